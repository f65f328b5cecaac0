/* addcmul by its definition, in float64, one thread an element. */
#include "../common/pointwise.cuh"

struct Addcmul {
    double value;
    __device__ __forceinline__ double operator()(double x, double y, double z) const
    {
        return x + value * y * z;
    }
};

__global__ void addcmul_oracle(const BENCH_T *__restrict__ x, const BENCH_T *__restrict__ y,
                               const BENCH_T *__restrict__ z, double *__restrict__ out, long long n,
                               double value)
{
    pointwise_oracle(out, n, Addcmul{value}, x, y, z);
}
