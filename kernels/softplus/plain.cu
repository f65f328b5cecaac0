/* softplus as one would write it first: one thread an element, float32 arithmetic. */
#include "../common/pointwise.cuh"

struct Softplus {
    float beta;
    float threshold;
    __device__ __forceinline__ float operator()(float x) const
    {
        return x * beta > threshold ? x : log1pf(expf(x * beta)) / beta;
    }
};

__global__ void softplus_plain(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out,
                               long long n, float beta, float threshold)
{
    pointwise_plain(out, n, Softplus{beta, threshold}, x);
}
