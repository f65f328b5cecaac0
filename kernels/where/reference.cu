/*
 * The algorithm of FlagGems' where (src/flag_gems/ops/where.py), as its generator of pointwise
 * kernels lays it out.
 */
#include "../common/triton_tiles.cuh"

struct Where {
    __device__ __forceinline__ float operator()(bool condition, float x, float y) const
    {
        return condition ? x : y;
    }
};

__global__ void __launch_bounds__(128)
    where_tiles(const bool *__restrict__ condition, const BENCH_T *__restrict__ x,
                const BENCH_T *__restrict__ y, BENCH_T *__restrict__ out, long long n, int tile)
{
    triton_tiles<128, 4, 1>(out, n, tile, Where{}, condition, x, y);
}
