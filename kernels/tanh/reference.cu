/*
 * The algorithm of FlagGems' tanh (src/flag_gems/ops/tanh.py), as its generator of pointwise
 * kernels lays it out. libdevice's tanh.
 */
#include "../common/triton_tiles.cuh"

struct Tanh {
    __device__ __forceinline__ float operator()(float x) const
    {
        return tanhf(x);
    }
};

__global__ void __launch_bounds__(128)
    tanh_tiles(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out, long long n, int tile)
{
    triton_tiles<128, 4, 1>(out, n, tile, Tanh{}, x);
}
