/* smooth_l1_loss as one would write it first: one thread an element, float32 arithmetic. */
#include "../common/pointwise.cuh"

struct SmoothL1Loss {
    float beta;
    __device__ __forceinline__ float operator()(float x, float y) const
    {
        const float d = fabsf(x - y);
        return d < beta ? 0.5f * d * d / beta : d - 0.5f * beta;
    }
};

__global__ void smooth_l1_loss_plain(const BENCH_T *__restrict__ x, const BENCH_T *__restrict__ y,
                                     BENCH_T *__restrict__ out, long long n, float beta)
{
    pointwise_plain(out, n, SmoothL1Loss{beta}, x, y);
}
