/* gelu as one would write it first: one thread an element, float32 arithmetic. */
#include "../common/convert.cuh"

__global__ void gelu_plain(const BENCH_T *x, BENCH_T *out, long long n, int approximate_tanh)
{
    long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= n) {
        return;
    }
    float v = to_float(x[i]);
    float phi;
    if (approximate_tanh) {
        phi = 0.5f * (1.0f + tanhf(0.79788456f * (v + 0.044715f * v * v * v)));
    } else {
        phi = 0.5f * (1.0f + erff(v * 0.70710678f));
    }
    out[i] = from_float<BENCH_T>(v * phi);
}
