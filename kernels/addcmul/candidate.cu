/*
 * addcmul in packs of 16 bytes. Three loads and a store for two instructions: with three tensors
 * in flight, fewer packs a thread suffice.
 */
#include "../common/pointwise.cuh"

struct Addcmul {
    float value;
    __device__ __forceinline__ float operator()(float x, float y, float z) const
    {
        return fmaf(value * y, z, x);
    }
};

__global__ void __launch_bounds__(BLOCK)
    addcmul_packs(const BENCH_T *__restrict__ x, const BENCH_T *__restrict__ y,
                  const BENCH_T *__restrict__ z, BENCH_T *__restrict__ out, long long n,
                  float value)
{
    pointwise_packs<BLOCK, PACKS, BYTES>(out, n, Addcmul{value}, x, y, z);
}
