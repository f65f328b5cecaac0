/*
 * __half and __half2 (cuda_fp16.h). Values are kept as bits; conversions round to nearest, ties to
 * even, unless the name says otherwise. Arithmetic goes through float and is exact in one rounding:
 * float has more than twice a half's digits (24 >= 2 * 11 + 2), so that rounding twice changes
 * nothing for + - * / and square root. FMA needs more care, see bench_cpu_fma_odd.
 */
#ifndef BENCH_CPU_HALF_H
#define BENCH_CPU_HALF_H
#pragma GCC system_header

/* --- bits of a half from and to float --- */

BENCH_CPU_FN float bench_cpu_half_to_float(unsigned short bits)
{
#if defined(__F16C__)
    typedef short v8hi __attribute__((vector_size(16)));
    v8hi v = {static_cast<short>(bits), 0, 0, 0, 0, 0, 0, 0};
    return __builtin_ia32_vcvtph2ps(v)[0];
#else
    unsigned sign = static_cast<unsigned>(bits & 0x8000) << 16;
    unsigned rest = bits & 0x7fff;
    if (rest >= 0x7c00) /* infinity, NaN (made quiet) */
        return bench_cpu_cast<float>(sign | 0x7f800000u | (rest & 0x3ff) << 13 |
                                     (rest > 0x7c00 ? 0x400000u : 0u));
    if (rest < 0x0400) { /* zero or subnormal: rest * 2^-24, exact in float */
        float value = static_cast<float>(rest) * 0x1p-24f;
        return bench_cpu_cast<float>(sign | bench_cpu_cast<unsigned>(value));
    }
    return bench_cpu_cast<float>(sign | ((rest << 13) + 0x38000000u));
#endif
}

/* mode: 0 nearest even, 1 towards zero, 2 up, 3 down. */
BENCH_CPU_FN unsigned short bench_cpu_float_to_half_soft(float x, int mode)
{
    unsigned bits = bench_cpu_cast<unsigned>(x);
    unsigned sign = bits >> 16 & 0x8000;
    bits &= 0x7fffffff;
    if (bits > 0x7f800000u)
        return static_cast<unsigned short>(sign | 0x7e00 | (bits >> 13 & 0x3ff));
    if (bits == 0x7f800000u)
        return static_cast<unsigned short>(sign | 0x7c00);
    int exponent = static_cast<int>(bits >> 23) - 127;
    unsigned mantissa = (bits & 0x7fffff) | (exponent > -127 ? 0x800000u : 0u);
    /* Digits that fall away: 13 for a normal half, more for a subnormal one. */
    int drop = exponent >= -14 ? 13 : -1 - exponent;
    if (drop > 25)
        drop = 25;
    unsigned kept = mantissa >> drop;
    unsigned lost = mantissa & ((1u << drop) - 1);
    unsigned middle = 1u << (drop - 1);
    bool away = mode == 0   ? lost > middle || (lost == middle && (kept & 1))
                : mode == 1 ? false
                            : lost != 0 && (mode == 2) == (sign == 0);
    unsigned result = kept + away;
    if (exponent >= -14)
        result += static_cast<unsigned>(exponent + 14) << 10;
    if (exponent > 15 || result >= 0x7c00) {
        bool infinite = mode == 0 || (mode != 1 && (mode == 2) == (sign == 0));
        result = infinite ? 0x7c00 : 0x7bff;
    }
    return static_cast<unsigned short>(sign | result);
}

BENCH_CPU_FN unsigned short bench_cpu_float_to_half(float x)
{
#if defined(__F16C__)
    typedef float v4sf __attribute__((vector_size(16)));
    v4sf v = {x, 0, 0, 0};
    return static_cast<unsigned short>(__builtin_ia32_vcvtps2ph(v, 0)[0]);
#else
    return bench_cpu_float_to_half_soft(x, 0);
#endif
}

/* --- results with more digits than float has, prepared for one more rounding --- */

/* Rounds to odd: where digits are lost, the last one kept is set. A following rounding to fewer
 * digits (by two at least) is then right (Boldo and Melquiond, "Emulation of FMA and correctly
 * rounded sums: proved algorithms using rounding to odd", 2008). */
BENCH_CPU_FN float bench_cpu_float_odd(double x)
{
    float f = static_cast<float>(x);
    double back = static_cast<double>(f);
    if (back == x || x != x || __builtin_isinf(f))
        return __builtin_isinf(f) && !__builtin_isinf(x) ? __builtin_copysignf(__FLT_MAX__, f) : f;
    unsigned bits = bench_cpu_cast<unsigned>(f);
    if (__builtin_fabs(back) > __builtin_fabs(x))
        bits--; /* towards zero first */
    return bench_cpu_cast<float>(bits | 1);
}
/* a * b + c, rounded to odd. The product of halves (or bfloat16s) is exact in double; the sum's
 * lost part is found exactly (Knuth's TwoSum). */
BENCH_CPU_FN float bench_cpu_fma_odd(float a, float b, float c)
{
    double p = bench_cpu_opaque(static_cast<double>(a) * static_cast<double>(b));
    double d = static_cast<double>(c);
    double s = bench_cpu_opaque(p + d);
    if (__builtin_isfinite(s)) {
        double t = bench_cpu_opaque(s - p);
        double lost = bench_cpu_opaque(p - bench_cpu_opaque(s - t)) + bench_cpu_opaque(d - t);
        unsigned long long bits = bench_cpu_cast<unsigned long long>(s);
        if (lost != 0 && !(bits & 1)) {
            bool larger = (lost > 0) == (s > 0); /* the exact sum's magnitude is above s */
            s = bench_cpu_cast<double>(larger ? bits | 1 : bits - 1);
        }
    }
    return bench_cpu_float_odd(s);
}

/* --- the types --- */

struct __attribute__((aligned(2))) __half_raw {
    unsigned short x;
};
struct __attribute__((aligned(4))) __half2_raw {
    unsigned short x, y;
};

struct __attribute__((aligned(2))) __half {
    unsigned short bench_bits;

    __half() = default;
    constexpr __half(__half_raw raw) : bench_bits(raw.x)
    {
    }
    __half(float x) : bench_bits(bench_cpu_float_to_half(x))
    {
    }
    __half(double x) : bench_bits(bench_cpu_float_to_half(bench_cpu_float_odd(x)))
    {
    }
#define BENCH_CPU_FROM_INTEGER(type)                                                               \
    __half(type x)                                                                                 \
        : bench_bits(bench_cpu_float_to_half(bench_cpu_float_odd(static_cast<double>(x))))         \
    {                                                                                              \
    }
    BENCH_CPU_FROM_INTEGER(short)
    BENCH_CPU_FROM_INTEGER(unsigned short)
    BENCH_CPU_FROM_INTEGER(int)
    BENCH_CPU_FROM_INTEGER(unsigned)
    BENCH_CPU_FROM_INTEGER(long)
    BENCH_CPU_FROM_INTEGER(unsigned long)
    BENCH_CPU_FROM_INTEGER(long long)
    BENCH_CPU_FROM_INTEGER(unsigned long long)
#undef BENCH_CPU_FROM_INTEGER
    operator float() const
    {
        return bench_cpu_half_to_float(bench_bits);
    }
    operator __half_raw() const
    {
        return {bench_bits};
    }
    explicit operator bool() const
    {
        return (bench_bits & 0x7fff) != 0;
    }
};
typedef __half half;
typedef __half __nv_half;

struct __attribute__((aligned(4))) __half2 {
    __half x, y;

    __half2() = default;
    __half2(__half a, __half b) : x(a), y(b)
    {
    }
    __half2(__half2_raw raw) : x(__half_raw{raw.x}), y(__half_raw{raw.y})
    {
    }
};
typedef __half2 half2;

BENCH_CPU_FN __half bench_cpu_half_bits(unsigned bits)
{
    return __half(__half_raw{static_cast<unsigned short>(bits)});
}

/* --- conversions --- */

BENCH_CPU_FN float __half2float(__half a)
{
    return a;
}
BENCH_CPU_FN __half __float2half(float x)
{
    return __half(x);
}
BENCH_CPU_FN __half __float2half_rn(float x)
{
    return __half(x);
}
BENCH_CPU_FN __half __float2half_rz(float x)
{
    return bench_cpu_half_bits(bench_cpu_float_to_half_soft(x, 1));
}
BENCH_CPU_FN __half __float2half_ru(float x)
{
    return bench_cpu_half_bits(bench_cpu_float_to_half_soft(x, 2));
}
BENCH_CPU_FN __half __float2half_rd(float x)
{
    return bench_cpu_half_bits(bench_cpu_float_to_half_soft(x, 3));
}
BENCH_CPU_FN __half __double2half(double x)
{
    return __half(x);
}
BENCH_CPU_FN __half2 __float2half2_rn(float x)
{
    return __half2(__half(x), __half(x));
}
BENCH_CPU_FN __half2 __floats2half2_rn(float x, float y)
{
    return __half2(__half(x), __half(y));
}
BENCH_CPU_FN __half2 __float22half2_rn(float2 v)
{
    return __half2(__half(v.x), __half(v.y));
}
BENCH_CPU_FN float2 __half22float2(__half2 a)
{
    return make_float2(a.x, a.y);
}
#define BENCH_CPU_INTEGERS(name, type)                                                             \
    BENCH_CPU_FN __half __##name##2half_rn(type x)                                                 \
    {                                                                                              \
        return __half(x);                                                                          \
    }                                                                                              \
    BENCH_CPU_FN type __half2##name##_rn(__half a)                                                 \
    {                                                                                              \
        return __float2##name##_rn(a);                                                             \
    }                                                                                              \
    BENCH_CPU_FN type __half2##name##_rz(__half a)                                                 \
    {                                                                                              \
        return __float2##name##_rz(a);                                                             \
    }                                                                                              \
    BENCH_CPU_FN type __half2##name##_ru(__half a)                                                 \
    {                                                                                              \
        return __float2##name##_ru(a);                                                             \
    }                                                                                              \
    BENCH_CPU_FN type __half2##name##_rd(__half a)                                                 \
    {                                                                                              \
        return __float2##name##_rd(a);                                                             \
    }
BENCH_CPU_INTEGERS(int, int)
BENCH_CPU_INTEGERS(uint, unsigned)
BENCH_CPU_INTEGERS(ll, long long)
BENCH_CPU_INTEGERS(ull, unsigned long long)
#undef BENCH_CPU_INTEGERS

BENCH_CPU_FN short __half_as_short(__half a)
{
    return static_cast<short>(a.bench_bits);
}
BENCH_CPU_FN unsigned short __half_as_ushort(__half a)
{
    return a.bench_bits;
}
BENCH_CPU_FN __half __short_as_half(short x)
{
    return bench_cpu_half_bits(static_cast<unsigned short>(x));
}
BENCH_CPU_FN __half __ushort_as_half(unsigned short x)
{
    return bench_cpu_half_bits(x);
}

#define BENCH_CPU_T __half
#define BENCH_CPU_PAIR __half2
#define BENCH_CPU_BITS bench_cpu_half_bits
#include "sixteen_bits.h"
#undef BENCH_CPU_T
#undef BENCH_CPU_PAIR
#undef BENCH_CPU_BITS

/* --- parts of pairs --- */

BENCH_CPU_FN __half __low2half(__half2 a)
{
    return a.x;
}
BENCH_CPU_FN __half __high2half(__half2 a)
{
    return a.y;
}
BENCH_CPU_FN __half2 __low2half2(__half2 a)
{
    return __half2(a.x, a.x);
}
BENCH_CPU_FN __half2 __high2half2(__half2 a)
{
    return __half2(a.y, a.y);
}
BENCH_CPU_FN __half2 __lowhigh2highlow(__half2 a)
{
    return __half2(a.y, a.x);
}
BENCH_CPU_FN __half2 __lows2half2(__half2 a, __half2 b)
{
    return __half2(a.x, b.x);
}
BENCH_CPU_FN __half2 __highs2half2(__half2 a, __half2 b)
{
    return __half2(a.y, b.y);
}
BENCH_CPU_FN __half2 __halves2half2(__half a, __half b)
{
    return __half2(a, b);
}
BENCH_CPU_FN __half2 __half2half2(__half a)
{
    return __half2(a, a);
}
BENCH_CPU_FN __half2 make_half2(__half a, __half b)
{
    return __half2(a, b);
}
BENCH_CPU_FN float __low2float(__half2 a)
{
    return a.x;
}
BENCH_CPU_FN float __high2float(__half2 a)
{
    return a.y;
}

#define CUDART_INF_FP16 __ushort_as_half(static_cast<unsigned short>(0x7c00U))
#define CUDART_NAN_FP16 __ushort_as_half(static_cast<unsigned short>(0x7fffU))
#define CUDART_MAX_NORMAL_FP16 __ushort_as_half(static_cast<unsigned short>(0x7bffU))
#define CUDART_ZERO_FP16 __ushort_as_half(static_cast<unsigned short>(0x0000U))
#define CUDART_ONE_FP16 __ushort_as_half(static_cast<unsigned short>(0x3c00U))

#endif
