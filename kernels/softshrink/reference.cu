/*
 * The algorithm of FlagGems' softshrink (src/flag_gems/ops/softshrink.py): a program for each 1024
 * elements.
 */
#include "../common/triton_tiles.cuh"

struct Softshrink {
    float lambd;
    __device__ __forceinline__ float operator()(float x) const
    {
        return x != x ? x : x > lambd ? x - lambd : x < -lambd ? x + lambd : 0.0f;
    }
};

__global__ void __launch_bounds__(128)
    softshrink_blocks(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out, long long n,
                      float lambd)
{
    triton_block<128, 1024>(out, n, Softshrink{lambd}, x);
}
