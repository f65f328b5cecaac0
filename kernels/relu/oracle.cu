/* relu by its definition, in float64, one thread an element. */
#include "../common/pointwise.cuh"

struct Relu {
    __device__ __forceinline__ double operator()(double x) const
    {
        return x > 0 || x != x ? x : 0.0;
    }
};

__global__ void relu_oracle(const BENCH_T *__restrict__ x, double *__restrict__ out, long long n)
{
    pointwise_oracle(out, n, Relu{}, x);
}
