/*
 * logit in packs of 16 bytes. One logarithm of a quotient rather than a difference of two. Its
 * error is absolute, below 1e-6, as large as that of the float32 quotient itself near x = 1/2.
 */
#include "../common/pointwise.cuh"

struct Logit {
    float eps;
    __device__ __forceinline__ float operator()(float x) const
    {
        const float clamped = eps < 0.0f ? x : fminf(fmaxf(x, eps), 1.0f - eps);
        return fast_log(fast_div(clamped, 1.0f - clamped));
    }
};

__global__ void __launch_bounds__(BLOCK)
    logit_packs(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out, long long n, float eps)
{
    pointwise_packs<BLOCK, PACKS, BYTES>(out, n, Logit{eps}, x);
}
