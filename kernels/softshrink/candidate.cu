/*
 * softshrink in packs of 16 bytes. A clamp and a subtraction an element: only the loads and stores
 * count.
 */
#include "../common/pointwise.cuh"

struct Softshrink {
    float lambd;
    __device__ __forceinline__ float operator()(float x) const
    {
        return x - fminf(fmaxf(x, -lambd), lambd);
    }
};

__global__ void __launch_bounds__(BLOCK)
    softshrink_packs(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out, long long n,
                     float lambd)
{
    pointwise_packs<BLOCK, PACKS, BYTES>(out, n, Softshrink{lambd}, x);
}
