/*
 * clamp in packs of 16 bytes. Two selections an element: only the loads and stores count. fminf
 * and fmaxf would lose NaN.
 */
#include "../common/pointwise.cuh"

struct Clamp {
    float low;
    float high;
    __device__ __forceinline__ float operator()(float x) const
    {
        const float raised = x < low ? low : x;
        return raised > high ? high : raised;
    }
};

__global__ void __launch_bounds__(BLOCK)
    clamp_packs(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out, long long n, float low,
                float high)
{
    pointwise_packs<BLOCK, PACKS, BYTES>(out, n, Clamp{low, high}, x);
}
