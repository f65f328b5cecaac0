/*
 * gelu in packs of 16 bytes. It is bound by memory as long as the arithmetic stays below what that
 * leaves time for (some 70 instructions an element in float32 and 35 in float16 on an H100):
 * - tanh: 0.5 (1 + tanh(u)) = 1 / (1 + exp(-2u)), which is two special-function instructions and,
 *   unlike 1 + tanh(u), loses no digits for negative u;
 * - none: erff is a polynomial of about 20 instructions without branches.
 */
#include "../common/pointwise.cuh"

/* x / (1 + exp(-2u)), u = sqrt(2/pi) (x + 0.044715 x^3) */
struct GeluTanh {
    __device__ __forceinline__ float operator()(float x) const
    {
        const float minus_2_sqrt_2_over_pi = -1.5957691216057308f;
        const float u = x * fmaf(0.044715f * x, x, 1.0f);
        return fast_div(x, 1.0f + fast_exp(minus_2_sqrt_2_over_pi * u));
    }
};

struct GeluErf {
    __device__ __forceinline__ float operator()(float x) const
    {
        const float half = 0.5f * x;
        return fmaf(half, erff(x * 0.70710678118654752f), half);
    }
};

__global__ void __launch_bounds__(BLOCK)
    gelu_packs(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out, long long n,
               int approximate_tanh)
{
    if (approximate_tanh) {
        pointwise_packs<BLOCK, PACKS>(out, n, GeluTanh{}, x);
    } else {
        pointwise_packs<BLOCK, PACKS>(out, n, GeluErf{}, x);
    }
}
