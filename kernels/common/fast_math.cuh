/*
 * What activation functions need in fewer instructions than CUDA's library, which holds for all
 * numbers, and without branches: where a thread has several elements, a branch for each would make
 * them wait for one another. So callers compute both sides of a choice first, then choose.
 *
 *   exp_of_negative(x)         exp(x) for x <= 0; 0 where that is below 2^-126
 *   log1p_of_unit<T>(x)        log(1 + x) for x in [0, 1]
 *   expm1_of_negative<T>(x)    exp(x) - 1 for x <= 0
 *   fast_sqrt(x)               square root to 1 ulp; denormal numbers count as 0
 *   fast_hypot(x, y)           sqrt(x^2 + y^2) without overflow on the way
 *
 * NaN stays NaN; for other numbers than these the result means nothing. Relative errors are below
 * 4e-7 where T, the type that the result is rounded to, is float, and below 1e-5 where it has 16
 * bits, a fiftieth of its last digit; exp_of_negative's are as fast_exp's (convert.cuh), and reach
 * 4e-6 at x = -87. The coefficients minimize the largest relative error (Lawson's iteration on
 * f(x) / x = 1 + x * polynomial); tiny numbers are exact, but -0 becomes 0.
 */
#ifndef BENCH_KERNELS_COMMON_FAST_MATH_CUH
#define BENCH_KERNELS_COMMON_FAST_MATH_CUH

#include "convert.cuh"

__device__ __forceinline__ float exp_of_negative(float x)
{
#ifdef BENCH_CPU
    return expf(x);
#else
    float y;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x * 1.4426950408889634f));
    return y;
#endif
}

__device__ __forceinline__ float fast_sqrt(float x)
{
#ifdef BENCH_CPU
    return sqrtf(x);
#else
    float y;
    asm("sqrt.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
#endif
}

/* x + x^2 * (c[0] + c[1] * x + ...) */
template <int Count>
__device__ __forceinline__ float near_identity(float x, const float (&c)[Count])
{
    float sum = c[Count - 1];
#pragma unroll
    for (int i = Count - 2; i >= 0; i--) {
        sum = fmaf(sum, x, c[i]);
    }
    return fmaf(x * sum, x, x);
}

template <class T> __device__ __forceinline__ float log1p_of_unit(float x)
{
    if constexpr (sizeof(T) == 2) {
        constexpr float c[] = {-0.49953946471214294f, 0.3262260854244232f, -0.21240419149398804f,
                               0.10359261929988861f, -0.024734532460570335f};
        return near_identity(x, c);
    } else {
        constexpr float c[] = {-0.49999648332595825f,  0.3332132399082184f,   -0.24857163429260254f,
                               0.191536545753479f,     -0.13753801584243774f, 0.07920453697443008f,
                               -0.030065791681408882f, 0.005364824086427689f};
        return near_identity(x, c);
    }
}

template <class T> __device__ __forceinline__ float expm1_of_negative(float x)
{
    float near_zero;
    if constexpr (sizeof(T) == 2) {
        constexpr float c[] = {0.4998299479484558f, 0.16461439430713654f, 0.034427203238010406f};
        near_zero = near_identity(x, c);
    } else {
        constexpr float c[] = {0.4999946355819702f, 0.16656360030174255f, 0.04104248434305191f,
                               0.006807608529925346f};
        near_zero = near_identity(x, c);
    }
    const float far = exp_of_negative(x) - 1.0f;
    return x >= -0.5f ? near_zero : far;
}

/* The squares of float16 fit float32. Others are scaled by a power of two first where theirs might
 * not: 2^63 and 2^-40 leave room on both sides. */
__device__ __forceinline__ float fast_hypot(float x, float y)
{
#if BENCH_T_IS_FLOAT16
    return fast_sqrt(fmaf(x, x, y * y));
#else
    const float big = fmaxf(fabsf(x), fabsf(y)); /* not NaN, if one of them is not */
    const float up = big < 0x1p-40f ? 0x1p100f : 1.0f, down = big < 0x1p-40f ? 0x1p-100f : 1.0f;
    const float there = big > 0x1p63f ? 0x1p-65f : up, back = big > 0x1p63f ? 0x1p65f : down;
    const float root = back * fast_sqrt(fmaf(x * there, x * there, y * there * (y * there)));
    return big == infinity() ? big : root;
#endif
}

#endif
