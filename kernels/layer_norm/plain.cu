/* Layer normalization as one would write it first: one block a row, three passes. */
#include "../common/reduce.cuh"

__global__ void __launch_bounds__(BLOCK)
    layer_norm_plain(const BENCH_T *x, const BENCH_T *weight, const BENCH_T *bias, BENCH_T *out,
                     long long cols, float eps)
{
    x += blockIdx.x * cols;
    out += blockIdx.x * cols;
    float sum = 0.0f;
    for (long long i = threadIdx.x; i < cols; i += BLOCK) {
        sum += to_float(x[i]);
    }
    const float mean = group_reduce<BLOCK>(sum, Sum()) / cols;
    float squares = 0.0f;
    for (long long i = threadIdx.x; i < cols; i += BLOCK) {
        const float d = to_float(x[i]) - mean;
        squares += d * d;
    }
    const float rstd = rsqrtf(group_reduce<BLOCK>(squares, Sum()) / cols + eps);
    for (long long i = threadIdx.x; i < cols; i += BLOCK) {
        const float normal = (to_float(x[i]) - mean) * rstd;
        out[i] = from_float<BENCH_T>(normal * to_float(weight[i]) + to_float(bias[i]));
    }
}
