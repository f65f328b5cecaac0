/* log_softmax as one would write it first: one block a row, three passes (maximum, sum, output). */
#include "../common/reduce.cuh"

__global__ void __launch_bounds__(BLOCK)
    log_softmax_plain(const BENCH_T *x, BENCH_T *out, long long cols)
{
    x += blockIdx.x * cols;
    out += blockIdx.x * cols;
    float max = -infinity();
    for (long long i = threadIdx.x; i < cols; i += BLOCK) {
        max = fmaxf(max, to_float(x[i]));
    }
    max = group_reduce<BLOCK>(max, Max());
    float sum = 0.0f;
    for (long long i = threadIdx.x; i < cols; i += BLOCK) {
        sum += expf(to_float(x[i]) - max);
    }
    const float log_sum = logf(group_reduce<BLOCK>(sum, Sum()));
    for (long long i = threadIdx.x; i < cols; i += BLOCK) {
        out[i] = from_float<BENCH_T>(to_float(x[i]) - max - log_sum);
    }
}
