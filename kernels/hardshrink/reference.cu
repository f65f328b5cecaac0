/*
 * The algorithm of FlagGems' hardshrink (src/flag_gems/ops/hardshrink.py): a program for each 1024
 * elements. The formula makes 0 of NaN, where torch keeps it.
 */
#include "../common/triton_tiles.cuh"

struct Hardshrink {
    float lambd;
    __device__ __forceinline__ float operator()(float x) const
    {
        return x > lambd || x < -lambd ? x : 0.0f;
    }
};

__global__ void __launch_bounds__(128)
    hardshrink_blocks(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out, long long n,
                      float lambd)
{
    triton_block<128, 1024>(out, n, Hardshrink{lambd}, x);
}
