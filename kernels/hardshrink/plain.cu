/* hardshrink as one would write it first: one thread an element, float32 arithmetic. */
#include "../common/pointwise.cuh"

struct Hardshrink {
    float lambd;
    __device__ __forceinline__ float operator()(float x) const
    {
        return x >= -lambd && x <= lambd ? 0.0f : x;
    }
};

__global__ void hardshrink_plain(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out,
                                 long long n, float lambd)
{
    pointwise_plain(out, n, Hardshrink{lambd}, x);
}
