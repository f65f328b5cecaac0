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

__global__ void __launch_bounds__(256)
    softshrink_packs(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out, long long n,
                     float lambd)
{
    pointwise_packs<256, PACKS>(out, n, Softshrink{lambd}, x);
}
