/*
 * sigmoid in packs of 16 bytes. exp2 and a reciprocal an element stay below what the memory leaves
 * time for.
 */
#include "../common/pointwise.cuh"

struct Sigmoid {
    __device__ __forceinline__ float operator()(float x) const
    {
        return fast_div(1.0f, 1.0f + fast_exp(-x));
    }
};

__global__ void __launch_bounds__(BLOCK)
    sigmoid_packs(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out, long long n)
{
    pointwise_packs<BLOCK, PACKS, BYTES>(out, n, Sigmoid{}, x);
}
