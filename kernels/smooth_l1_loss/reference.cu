/*
 * The algorithm of FlagGems' smooth_l1_loss (src/flag_gems/ops/smooth_l1_loss.py): a program for
 * each 1024 elements. Of its kernels the one without a reduction.
 */
#include "../common/triton_tiles.cuh"

struct SmoothL1Loss {
    float beta;
    __device__ __forceinline__ float operator()(float x, float y) const
    {
        const float d = fabsf(x - y);
        return d < beta ? 0.5f * d * d / beta : d - 0.5f * beta;
    }
};

__global__ void __launch_bounds__(128)
    smooth_l1_loss_blocks(const BENCH_T *__restrict__ x, const BENCH_T *__restrict__ y,
                          BENCH_T *__restrict__ out, long long n, float beta)
{
    triton_block<128, 1024>(out, n, SmoothL1Loss{beta}, x, y);
}
