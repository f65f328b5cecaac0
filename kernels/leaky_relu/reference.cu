/*
 * The algorithm of FlagGems' leaky_relu (src/flag_gems/ops/leaky_relu.py). FlagGems tunes the
 * block and the number of warps; a block a program.
 */
#include "../common/triton_tiles.cuh"

struct LeakyRelu {
    float negative_slope;
    __device__ __forceinline__ float operator()(float x) const
    {
        return x >= 0.0f ? x : negative_slope * x;
    }
};

__global__ void __launch_bounds__(THREADS)
    leaky_relu_blocks(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out, long long n,
                      float negative_slope)
{
    triton_block<THREADS, TILE>(out, n, LeakyRelu{negative_slope}, x);
}
