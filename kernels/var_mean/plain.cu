/* Variance and mean as one would write them first: one block a row, two passes. */
#include "../common/reduce.cuh"

__global__ void __launch_bounds__(BLOCK)
    var_mean_plain(const BENCH_T *x, BENCH_T *var, BENCH_T *mean, long long cols, float correction)
{
    x += blockIdx.x * cols;
    float sum = 0.0f;
    for (long long i = threadIdx.x; i < cols; i += BLOCK) {
        sum += to_float(x[i]);
    }
    const float centre = group_reduce<BLOCK>(sum, Sum()) / cols;
    float squares = 0.0f;
    for (long long i = threadIdx.x; i < cols; i += BLOCK) {
        const float d = to_float(x[i]) - centre;
        squares += d * d;
    }
    squares = group_reduce<BLOCK>(squares, Sum());
    if (threadIdx.x == 0) {
        var[blockIdx.x] = from_float<BENCH_T>(squares / fmaxf(cols - correction, 0.0f));
        mean[blockIdx.x] = from_float<BENCH_T>(centre);
    }
}
