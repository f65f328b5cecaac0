/*
 * The algorithm of FlagGems' softplus (src/flag_gems/ops/softplus.py): a program for each 1024
 * elements.
 */
#include "../common/triton_tiles.cuh"

struct Softplus {
    float beta;
    float threshold;
    __device__ __forceinline__ float operator()(float x) const
    {
        return x * beta > threshold ? x : fast_log(1.0f + fast_exp(x * beta)) / beta;
    }
};

__global__ void __launch_bounds__(128)
    softplus_blocks(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out, long long n,
                    float beta, float threshold)
{
    triton_block<128, 1024>(out, n, Softplus{beta, threshold}, x);
}
