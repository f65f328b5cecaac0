/*
 * The exact product of each pair of matrices, in double: a[batch][M][K] b[batch][K][N] ->
 * out[batch][M][N], one thread an element, neighbouring threads on neighbouring columns. scale: see
 * rounding_scale.cuh.
 */
#include "../common/convert.cuh"
#include "../common/rounding_scale.cuh"

extern "C" __global__ void bmm_oracle(const BENCH_T *a, const BENCH_T *b, double *out,
                                      double *scale, long long batch, long long M, long long N,
                                      long long K)
{
    const long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= batch * M * N) {
        return;
    }
    const BENCH_T *row = a + i / N * K; /* matrices and their rows follow each other */
    const BENCH_T *column = b + i / (M * N) * K * N + i % N;
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
