/*
 * The algorithm of FlagGems' elu (src/flag_gems/ops/elu.py), as its generator of pointwise kernels
 * lays it out.
 */
#include "../common/triton_tiles.cuh"

struct Elu {
    float alpha;
    __device__ __forceinline__ float operator()(float x) const
    {
        return x > 0.0f ? x : alpha * (fast_exp(x) - 1.0f);
    }
};

__global__ void __launch_bounds__(128)
    elu_tiles(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out, long long n, int tile,
              float alpha)
{
    triton_tiles<128, 4, 1>(out, n, tile, Elu{alpha}, x);
}
