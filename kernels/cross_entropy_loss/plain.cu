/* Cross entropy as one would write it first: one block a row, two passes, the mean afterwards. */
#include "loss.cuh"

template <class Out>
__device__ __forceinline__ void plain_row(const BENCH_T *x, const long long *target, Out *out,
                                          long long cols, long long ignore_index)
{
    const long long t = target[blockIdx.x];
    x += blockIdx.x * cols;
    float max = -infinity();
    for (long long i = threadIdx.x; i < cols; i += BLOCK) {
        max = fmaxf(max, to_float(x[i]));
    }
    max = group_reduce<BLOCK>(max, Max());
    float sum = 0.0f;
    for (long long i = threadIdx.x; i < cols; i += BLOCK) {
        sum += expf(to_float(x[i]) - max);
    }
    sum = group_reduce<BLOCK>(sum, Sum());
    if (threadIdx.x == 0) {
        const float loss = t == ignore_index ? 0.0f : logf(sum) - (to_float(x[t]) - max);
        out[blockIdx.x] = from_float<Out>(loss);
    }
}

__global__ void __launch_bounds__(BLOCK)
    cross_entropy_plain(const BENCH_T *x, const long long *target, BENCH_T *out, long long cols,
                        long long ignore_index)
{
    plain_row(x, target, out, cols, ignore_index);
}

__global__ void __launch_bounds__(BLOCK)
    cross_entropy_plain_losses(const BENCH_T *x, const long long *target, float *loss,
                               long long cols, long long ignore_index)
{
    plain_row(x, target, loss, cols, ignore_index);
}

__global__ void __launch_bounds__(256)
    cross_entropy_plain_mean(const float *loss, const long long *target, BENCH_T *out,
                             long long rows, long long ignore_index)
{
    mean_of_rows<256>(loss, target, out, rows, ignore_index);
}
