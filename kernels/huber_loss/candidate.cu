/*
 * huber_loss in packs of 16 bytes. Two loads and a store for six instructions: with m = min(d,
 * delta), both branches are m * (d - m / 2).
 */
#include "../common/pointwise.cuh"

struct HuberLoss {
    float delta;
    __device__ __forceinline__ float operator()(float x, float y) const
    {
        const float d = fabsf(x - y);
        const float m = fminf(d, delta);
        return m * (d - 0.5f * m);
    }
};

__global__ void __launch_bounds__(BLOCK)
    huber_loss_packs(const BENCH_T *__restrict__ x, const BENCH_T *__restrict__ y,
                     BENCH_T *__restrict__ out, long long n, float delta)
{
    pointwise_packs<BLOCK, PACKS, BYTES>(out, n, HuberLoss{delta}, x, y);
}
