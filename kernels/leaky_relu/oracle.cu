/* leaky_relu by its definition, in float64, one thread an element. */
#include "../common/pointwise.cuh"

struct LeakyRelu {
    double negative_slope;
    __device__ __forceinline__ double operator()(double x) const
    {
        return x > 0 ? x : negative_slope * x;
    }
};

__global__ void leaky_relu_oracle(const BENCH_T *__restrict__ x, double *__restrict__ out,
                                  long long n, double negative_slope)
{
    pointwise_oracle(out, n, LeakyRelu{negative_slope}, x);
}
