/* clamp as one would write it first: one thread an element, float32 arithmetic. */
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

__global__ void clamp_plain(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out, long long n,
                            float low, float high)
{
    pointwise_plain(out, n, Clamp{low, high}, x);
}
