/* hardshrink by its definition, in float64, one thread an element. */
#include "../common/pointwise.cuh"

struct Hardshrink {
    double lambd;
    __device__ __forceinline__ double operator()(double x) const
    {
        return x >= -lambd && x <= lambd ? 0.0 : x;
    }
};

__global__ void hardshrink_oracle(const BENCH_T *__restrict__ x, double *__restrict__ out,
                                  long long n, double lambd)
{
    pointwise_oracle(out, n, Hardshrink{lambd}, x);
}
