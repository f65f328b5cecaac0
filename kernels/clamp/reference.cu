/*
 * The algorithm of FlagGems' clamp (src/flag_gems/ops/clamp.py), as its generator of pointwise
 * kernels lays it out. FlagGems' formula makes `low` of NaN, where torch keeps it.
 */
#include "../common/triton_tiles.cuh"

struct Clamp {
    float low;
    float high;
    __device__ __forceinline__ float operator()(float x) const
    {
        return fminf(high, fmaxf(low, x));
    }
};

__global__ void __launch_bounds__(128)
    clamp_tiles(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out, long long n, int tile,
                float low, float high)
{
    triton_tiles<128, 4, 1>(out, n, tile, Clamp{low, high}, x);
}
