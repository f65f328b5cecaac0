/* relu as one would write it first: one thread an element, float32 arithmetic. */
#include "../common/pointwise.cuh"

struct Relu {
    __device__ __forceinline__ float operator()(float x) const
    {
        return x <= 0.0f ? 0.0f : x;
    }
};

__global__ void relu_plain(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out, long long n)
{
    pointwise_plain(out, n, Relu{}, x);
}
