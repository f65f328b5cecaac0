/*
 * The algorithm of FlagGems' sigmoid (src/flag_gems/ops/sigmoid.py), as its generator of pointwise
 * kernels lays it out. exp2 is the library's; the division is the full one.
 */
#include "../common/triton_tiles.cuh"

struct Sigmoid {
    __device__ __forceinline__ float operator()(float x) const
    {
        return 1.0f / (1.0f + exp2f(-x * 1.4426950408889634f));
    }
};

__global__ void __launch_bounds__(128)
    sigmoid_tiles(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out, long long n, int tile)
{
    triton_tiles<128, 4, 1>(out, n, tile, Sigmoid{}, x);
}
