/* logit by its definition, in float64, one thread an element. */
#include "../common/pointwise.cuh"

struct Logit {
    double eps;
    __device__ __forceinline__ double operator()(double x) const
    {
        const double clamped = eps < 0 ? x : fmin(fmax(x, eps), 1.0 - eps);
        return log(clamped / (1.0 - clamped));
    }
};

__global__ void logit_oracle(const BENCH_T *__restrict__ x, double *__restrict__ out, long long n,
                             double eps)
{
    pointwise_oracle(out, n, Logit{eps}, x);
}
