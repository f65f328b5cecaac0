/*
 * The algorithm of FlagGems' relu (src/flag_gems/ops/relu.py), as its generator of pointwise
 * kernels lays it out. FlagGems' formula makes 0 of NaN, where torch keeps it.
 */
#include "../common/triton_tiles.cuh"

struct Relu {
    __device__ __forceinline__ float operator()(float x) const
    {
        return x > 0.0f ? x : 0.0f;
    }
};

__global__ void __launch_bounds__(128)
    relu_tiles(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out, long long n, int tile)
{
    triton_tiles<128, 4, 1>(out, n, tile, Relu{}, x);
}
