/*
 * silu_and_mul in packs of 16 bytes. Two loads, a store, and two special-function instructions an
 * element.
 */
#include "../common/pointwise.cuh"

struct SiluAndMul {
    __device__ __forceinline__ float operator()(float x, float y) const
    {
        return fast_div(x * y, 1.0f + fast_exp(-x));
    }
};

__global__ void __launch_bounds__(BLOCK)
    silu_and_mul_packs(const BENCH_T *__restrict__ x, const BENCH_T *__restrict__ y,
                       BENCH_T *__restrict__ out, long long n)
{
    pointwise_packs<BLOCK, PACKS, BYTES>(out, n, SiluAndMul{}, x, y);
}
