/*
 * The exact sum over one dimension: x[outer][n][inner] -> out[outer][inner], one thread an output,
 * added one after the other in double. scale: see rounding_scale.cuh.
 */
#include "../common/convert.cuh"
#include "../common/rounding_scale.cuh"

extern "C" __global__ void sum_oracle(const BENCH_T *x, double *out, double *scale, long long outer,
                                      long long n, long long inner)
{
    const long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= outer * inner) {
        return;
    }
    const BENCH_T *first = x + i / inner * n * inner + i % inner;
    double sum = 0, magnitude = 0;
#pragma unroll 8
    for (long long k = 0; k < n; k++) {
        const double value = to_double(first[k * inner]);
        sum += value;
        magnitude += fabs(value);
    }
    out[i] = sum;
    scale[i] = rounding_scale<BENCH_T>(magnitude);
}
