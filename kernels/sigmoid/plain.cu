/* sigmoid as one would write it first: one thread an element, float32 arithmetic. */
#include "../common/pointwise.cuh"

struct Sigmoid {
    __device__ __forceinline__ float operator()(float x) const
    {
        return 1.0f / (1.0f + expf(-x));
    }
};

__global__ void sigmoid_plain(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out, long long n)
{
    pointwise_plain(out, n, Sigmoid{}, x);
}
