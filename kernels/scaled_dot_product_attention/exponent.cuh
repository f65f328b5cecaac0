/*
 * Powers of 2 of what lies below a maximum: 2^x for x <= 0 in one instruction, relative error about
 * 2^-22; below 2^-126 it is 0. exp2f takes three more, for denormal results that no sum of weights
 * would notice beside the 1 of its maximum.
 */
#ifndef BENCH_KERNELS_SCALED_DOT_PRODUCT_ATTENTION_EXPONENT_CUH
#define BENCH_KERNELS_SCALED_DOT_PRODUCT_ATTENTION_EXPONENT_CUH

#include "../common/convert.cuh"

/* Where maxima start: finite, so that no difference of infinities can arise. */
__device__ __forceinline__ float lowest_score()
{
    return -3.402823466e38f;
}

__device__ __forceinline__ float exp2_of_negative(float x)
{
#ifdef BENCH_CPU
    return exp2f(x);
#else
    float y;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
#endif
}

#endif
