/* tanh as one would write it first: one thread an element, float32 arithmetic. */
#include "../common/pointwise.cuh"

struct Tanh {
    __device__ __forceinline__ float operator()(float x) const
    {
        return tanhf(x);
    }
};

__global__ void tanh_plain(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out, long long n)
{
    pointwise_plain(out, n, Tanh{}, x);
}
