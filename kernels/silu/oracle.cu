/* silu by its definition, in float64, one thread an element. */
#include "../common/pointwise.cuh"

struct Silu {
    __device__ __forceinline__ double operator()(double x) const
    {
        return x / (1.0 + exp(-x));
    }
};

__global__ void silu_oracle(const BENCH_T *__restrict__ x, double *__restrict__ out, long long n)
{
    pointwise_oracle(out, n, Silu{}, x);
}
