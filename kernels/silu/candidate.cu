/*
 * silu in packs of 16 bytes. Two special-function instructions an element, exp2 and a reciprocal,
 * stay below what the memory leaves time for.
 */
#include "../common/pointwise.cuh"

struct Silu {
    __device__ __forceinline__ float operator()(float x) const
    {
        return fast_div(x, 1.0f + fast_exp(-x));
    }
};

__global__ void __launch_bounds__(BLOCK)
    silu_packs(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out, long long n)
{
    pointwise_packs<BLOCK, PACKS, BYTES>(out, n, Silu{}, x);
}
