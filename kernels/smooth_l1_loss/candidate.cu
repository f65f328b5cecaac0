/*
 * smooth_l1_loss in packs of 16 bytes. Two loads and a store for six instructions: with m = min(d,
 * beta), both branches are (m / beta) * (d - m / 2).
 */
#include "../common/pointwise.cuh"

struct SmoothL1Loss {
    float beta;
    __device__ __forceinline__ float operator()(float x, float y) const
    {
        const float d = fabsf(x - y);
        const float m = fminf(d, beta);
        return fast_div(m, beta) * (d - 0.5f * m);
    }
};

__global__ void __launch_bounds__(BLOCK)
    smooth_l1_loss_packs(const BENCH_T *__restrict__ x, const BENCH_T *__restrict__ y,
                         BENCH_T *__restrict__ out, long long n, float beta)
{
    pointwise_packs<BLOCK, PACKS, BYTES>(out, n, SmoothL1Loss{beta}, x, y);
}
