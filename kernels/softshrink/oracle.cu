/* softshrink by its definition, in float64, one thread an element. */
#include "../common/pointwise.cuh"

struct Softshrink {
    double lambd;
    __device__ __forceinline__ double operator()(double x) const
    {
        return x > lambd ? x - lambd : x < -lambd ? x + lambd : x != x ? x : 0.0;
    }
};

__global__ void softshrink_oracle(const BENCH_T *__restrict__ x, double *__restrict__ out,
                                  long long n, double lambd)
{
    pointwise_oracle(out, n, Softshrink{lambd}, x);
}
