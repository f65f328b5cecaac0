/*
 * The algorithm of FlagGems' logit (src/flag_gems/ops/logit.py): a program for each 1024 elements.
 */
#include "../common/triton_tiles.cuh"

struct Logit {
    float eps;
    __device__ __forceinline__ float operator()(float x) const
    {
        const float clamped = eps < 0.0f ? x : fminf(fmaxf(x, eps), 1.0f - eps);
        return logf(fast_div(clamped, 1.0f - clamped));
    }
};

__global__ void __launch_bounds__(128)
    logit_blocks(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out, long long n, float eps)
{
    triton_block<128, 1024>(out, n, Logit{eps}, x);
}
