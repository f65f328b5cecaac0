/*
 * The algorithm of FlagGems' masked_fill (src/flag_gems/ops/masked_fill.py), as its generator of
 * pointwise kernels lays it out.
 */
#include "../common/triton_tiles.cuh"

struct MaskedFill {
    float value;
    __device__ __forceinline__ float operator()(float x, bool mask) const
    {
        return mask ? value : x;
    }
};

__global__ void __launch_bounds__(128)
    masked_fill_tiles(const BENCH_T *__restrict__ x, const bool *__restrict__ mask,
                      BENCH_T *__restrict__ out, long long n, int tile, float value)
{
    triton_tiles<128, 4, 1>(out, n, tile, MaskedFill{value}, x, mask);
}
