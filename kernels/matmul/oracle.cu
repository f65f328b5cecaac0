/*
 * The exact product, in double: a[M][K] b[K][N] -> out[M][N], one thread an element, neighbouring
 * threads on neighbouring columns. scale: see rounding_scale.cuh.
 */
#include "../common/convert.cuh"
#include "../common/rounding_scale.cuh"

extern "C" __global__ void matmul_oracle(const BENCH_T *a, const BENCH_T *b, double *out,
                                         double *scale, long long M, long long N, long long K)
{
    const long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= M * N) {
        return;
    }
    const BENCH_T *row = a + i / N * K;
    const BENCH_T *column = b + i % N;
    double sum = 0, magnitude = 0;
#pragma unroll 4
    for (long long k = 0; k < K; k++) {
        const double product = to_double(row[k]) * to_double(column[k * N]);
        sum += product;
        magnitude += fabs(product);
    }
    out[i] = sum;
    scale[i] = rounding_scale<BENCH_T>(magnitude);
}
