/*
 * The algorithm of FlagGems' gelu (src/flag_gems/ops/gelu.py), as its generator of pointwise
 * kernels lays it out. Constants and formulas are FlagGems'.
 */
#include "../common/triton_tiles.cuh"

struct GeluErf {
    __device__ __forceinline__ float operator()(float x) const
    {
        return 0.5f * x * (1.0f + erff(x * 0.7071067811f));
    }
};

struct GeluTanh {
    __device__ __forceinline__ float operator()(float x) const
    {
        const float inner = x * 0.79788456f * (1.0f + 0.044715f * (x * x));
        return 0.5f * x * (1.0f + tanhf(inner));
    }
};

__global__ void __launch_bounds__(128)
    gelu_tiles(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out, long long n, int tile,
               int approximate_tanh)
{
    if (approximate_tanh) {
        triton_tiles<128, 4, 1>(out, n, tile, GeluTanh{}, x);
    } else {
        triton_tiles<128, 4, 1>(out, n, tile, GeluErf{}, x);
    }
}
