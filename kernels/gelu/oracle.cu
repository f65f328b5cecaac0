/* gelu by its definition, in float64, one thread an element. */
#include "../common/convert.cuh"

__global__ void gelu_oracle(const BENCH_T *x, double *out, long long n, int approximate_tanh)
{
    long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= n) {
        return;
    }
    double v = to_double(x[i]);
    if (approximate_tanh) {
        const double sqrt_2_over_pi = 0.79788456080286535588;
        out[i] = 0.5 * v * (1.0 + tanh(sqrt_2_over_pi * (v + 0.044715 * v * v * v)));
    } else {
        /* erfc instead of 1 + erf: exact for large negative v too. */
        const double sqrt_half = 0.70710678118654752440;
        out[i] = 0.5 * v * erfc(-v * sqrt_half);
    }
}
