/*
 * The exact product with 8-bit weights, in double: a[M][K] w[N][K] scale[N] -> out[M][N], one
 * thread an element. magnitude: see rounding_scale.cuh.
 */
#include "../common/convert.cuh"
#include "../common/rounding_scale.cuh"

extern "C" __global__ void weight_int8pack_mm_oracle(const BENCH_T *a, const signed char *w,
                                                     const BENCH_T *scale, double *out,
                                                     double *magnitude, long long M, long long N,
                                                     long long K)
{
    const long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= M * N) {
        return;
    }
    const BENCH_T *row = a + i / N * K;
    const signed char *weights = w + i % N * K;
    double sum = 0, magnitudes = 0;
#pragma unroll 4
    for (long long k = 0; k < K; k++) {
        const double product = to_double(row[k]) * to_double(weights[k]);
        sum += product;
        magnitudes += fabs(product);
    }
    const double factor = to_double(scale[i % N]);
    out[i] = sum * factor;
    magnitude[i] = rounding_scale<BENCH_T>(magnitudes * fabs(factor));
}
