/*
 * The algorithm of FlagGems' silu (src/flag_gems/ops/silu.py), as its generator of pointwise
 * kernels lays it out. tl.fdiv and tl.exp are the fast forms.
 */
#include "../common/triton_tiles.cuh"

struct Silu {
    __device__ __forceinline__ float operator()(float x) const
    {
        return fast_div(x, 1.0f + fast_exp(-x));
    }
};

__global__ void __launch_bounds__(128)
    silu_tiles(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out, long long n, int tile)
{
    triton_tiles<128, 4, 1>(out, n, tile, Silu{}, x);
}
