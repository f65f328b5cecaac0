/*
 * The algorithm of FlagGems' silu_and_mul (src/flag_gems/fused/silu_and_mul.py), as its generator
 * of pointwise kernels lays it out.
 */
#include "../common/triton_tiles.cuh"

struct SiluAndMul {
    __device__ __forceinline__ float operator()(float x, float y) const
    {
        return fast_div(x, 1.0f + fast_exp(-x)) * y;
    }
};

__global__ void __launch_bounds__(128)
    silu_and_mul_tiles(const BENCH_T *__restrict__ x, const BENCH_T *__restrict__ y,
                       BENCH_T *__restrict__ out, long long n, int tile)
{
    triton_tiles<128, 4, 1>(out, n, tile, SiluAndMul{}, x, y);
}
