/*
 * The algorithm of FlagGems' hypot (src/flag_gems/ops/hypot.py): a program for each 1024 elements.
 */
#include "../common/triton_tiles.cuh"

struct Hypot {
    __device__ __forceinline__ float operator()(float x, float y) const
    {
        const float big = fmaxf(fabsf(x), fabsf(y));
        const float small = fminf(fabsf(x), fabsf(y));
        const float ratio = small / (big > 0.0f ? big : 1.0f);
        return big > 0.0f ? big * sqrtf(1.0f + ratio * ratio) : small;
    }
};

__global__ void __launch_bounds__(128)
    hypot_blocks(const BENCH_T *__restrict__ x, const BENCH_T *__restrict__ y,
                 BENCH_T *__restrict__ out, long long n)
{
    triton_block<128, 1024>(out, n, Hypot{}, x, y);
}
