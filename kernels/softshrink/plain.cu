/* softshrink as one would write it first: one thread an element, float32 arithmetic. */
#include "../common/pointwise.cuh"

struct Softshrink {
    float lambd;
    __device__ __forceinline__ float operator()(float x) const
    {
        return x > lambd ? x - lambd : x < -lambd ? x + lambd : x != x ? x : 0.0f;
    }
};

__global__ void softshrink_plain(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out,
                                 long long n, float lambd)
{
    pointwise_plain(out, n, Softshrink{lambd}, x);
}
