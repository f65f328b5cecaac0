/* Group normalization as one would write it first: one block a group, three passes. */
#include "../common/reduce.cuh"

__global__ void __launch_bounds__(BLOCK)
    group_norm_plain(const BENCH_T *x, const BENCH_T *weight, const BENCH_T *bias, BENCH_T *out,
                     BENCH_T *mean, BENCH_T *rstd, long long groups, long long channels,
                     long long inner, float eps)
{
    const long long cols = channels * inner;
    x += blockIdx.x * cols;
    out += blockIdx.x * cols;
    weight += blockIdx.x % groups * channels;
    bias += blockIdx.x % groups * channels;
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
    const float factor = rsqrtf(group_reduce<BLOCK>(squares, Sum()) / cols + eps);
    for (long long i = threadIdx.x; i < cols; i += BLOCK) {
        const float normal = (to_float(x[i]) - centre) * factor;
        out[i] =
            from_float<BENCH_T>(normal * to_float(weight[i / inner]) + to_float(bias[i / inner]));
    }
    if (threadIdx.x == 0) {
        mean[blockIdx.x] = from_float<BENCH_T>(centre);
        rstd[blockIdx.x] = from_float<BENCH_T>(factor);
    }
}
