/* hardshrink in packs of 16 bytes. One comparison an element: only the loads and stores count. */
#include "../common/pointwise.cuh"

struct Hardshrink {
    float lambd;
    __device__ __forceinline__ float operator()(float x) const
    {
        return fabsf(x) <= lambd ? 0.0f : x;
    }
};

__global__ void __launch_bounds__(BLOCK)
    hardshrink_packs(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out, long long n,
                     float lambd)
{
    pointwise_packs<BLOCK, PACKS, BYTES>(out, n, Hardshrink{lambd}, x);
}
