/* RMS normalization as one would write it first: one block a row, two passes. */
#include "../common/reduce.cuh"

__global__ void __launch_bounds__(BLOCK)
    rms_norm_plain(const BENCH_T *x, const BENCH_T *weight, BENCH_T *out, long long cols, float eps)
{
    x += blockIdx.x * cols;
    out += blockIdx.x * cols;
    float squares = 0.0f;
    for (long long i = threadIdx.x; i < cols; i += BLOCK) {
        squares += to_float(x[i]) * to_float(x[i]);
    }
    const float scale = rsqrtf(group_reduce<BLOCK>(squares, Sum()) / cols + eps);
    for (long long i = threadIdx.x; i < cols; i += BLOCK) {
        out[i] = from_float<BENCH_T>(to_float(x[i]) * scale * to_float(weight[i]));
    }
}
