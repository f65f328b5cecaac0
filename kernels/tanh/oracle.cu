/* tanh by its definition, in float64, one thread an element. */
#include "../common/pointwise.cuh"

struct Tanh {
    __device__ __forceinline__ double operator()(double x) const
    {
        return tanh(x);
    }
};

__global__ void tanh_oracle(const BENCH_T *__restrict__ x, double *__restrict__ out, long long n)
{
    pointwise_oracle(out, n, Tanh{}, x);
}
