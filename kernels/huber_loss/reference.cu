/*
 * The algorithm of FlagGems' huber_loss (src/flag_gems/ops/huber_loss.py): a program for each 1024
 * elements. Of its kernels the one without a reduction.
 */
#include "../common/triton_tiles.cuh"

struct HuberLoss {
    float delta;
    __device__ __forceinline__ float operator()(float x, float y) const
    {
        const float d = fabsf(x - y);
        return d <= delta ? 0.5f * d * d : delta * (d - 0.5f * delta);
    }
};

__global__ void __launch_bounds__(128)
    huber_loss_blocks(const BENCH_T *__restrict__ x, const BENCH_T *__restrict__ y,
                      BENCH_T *__restrict__ out, long long n, float delta)
{
    triton_block<128, 1024>(out, n, HuberLoss{delta}, x, y);
}
