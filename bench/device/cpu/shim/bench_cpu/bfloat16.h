/*
 * __nv_bfloat16 and __nv_bfloat162 (cuda_bf16.h): the upper half of a float. As half.h has it:
 * conversions round to nearest, ties to even, and arithmetic is exact in one rounding.
 */
#ifndef BENCH_CPU_BFLOAT16_H
#define BENCH_CPU_BFLOAT16_H
#pragma GCC system_header

BENCH_CPU_FN float bench_cpu_bfloat16_to_float(unsigned short bits)
{
    return bench_cpu_cast<float>(static_cast<unsigned>(bits) << 16);
}

/* mode: 0 nearest even, 1 towards zero, 2 up, 3 down. */
BENCH_CPU_FN unsigned short bench_cpu_float_to_bfloat16(float x, int mode)
{
    unsigned bits = bench_cpu_cast<unsigned>(x);
    if (x != x)
        return 0x7fff; /* the one NaN that CUDA's conversion gives */
    if (mode == 0)
        return static_cast<unsigned short>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
    bool away = mode != 1 && (bits & 0xffff) != 0 && (mode == 2) == (bits >> 31 == 0);
    return static_cast<unsigned short>((bits >> 16) + away);
}

struct __attribute__((aligned(2))) __nv_bfloat16_raw {
    unsigned short x;
};
struct __attribute__((aligned(4))) __nv_bfloat162_raw {
    unsigned short x, y;
};

struct __attribute__((aligned(2))) __nv_bfloat16 {
    unsigned short bench_bits;

    __nv_bfloat16() = default;
    constexpr __nv_bfloat16(__nv_bfloat16_raw raw) : bench_bits(raw.x)
    {
    }
    __nv_bfloat16(float x) : bench_bits(bench_cpu_float_to_bfloat16(x, 0))
    {
    }
    __nv_bfloat16(double x) : bench_bits(bench_cpu_float_to_bfloat16(bench_cpu_float_odd(x), 0))
    {
    }
#define BENCH_CPU_FROM_INTEGER(type)                                                               \
    __nv_bfloat16(type x)                                                                          \
        : bench_bits(bench_cpu_float_to_bfloat16(bench_cpu_float_odd(static_cast<double>(x)), 0))  \
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
        return bench_cpu_bfloat16_to_float(bench_bits);
    }
    operator __nv_bfloat16_raw() const
    {
        return {bench_bits};
    }
    explicit operator bool() const
    {
        return (bench_bits & 0x7fff) != 0;
    }
};
typedef __nv_bfloat16 nv_bfloat16;

struct __attribute__((aligned(4))) __nv_bfloat162 {
    __nv_bfloat16 x, y;

    __nv_bfloat162() = default;
    __nv_bfloat162(__nv_bfloat16 a, __nv_bfloat16 b) : x(a), y(b)
    {
    }
    __nv_bfloat162(__nv_bfloat162_raw raw)
        : x(__nv_bfloat16_raw{raw.x}), y(__nv_bfloat16_raw{raw.y})
    {
    }
};
typedef __nv_bfloat162 nv_bfloat162;

BENCH_CPU_FN __nv_bfloat16 bench_cpu_bfloat16_bits(unsigned bits)
{
    return __nv_bfloat16(__nv_bfloat16_raw{static_cast<unsigned short>(bits)});
}

/* --- conversions --- */

BENCH_CPU_FN float __bfloat162float(__nv_bfloat16 a)
{
    return a;
}
BENCH_CPU_FN __nv_bfloat16 __float2bfloat16(float x)
{
    return __nv_bfloat16(x);
}
BENCH_CPU_FN __nv_bfloat16 __float2bfloat16_rn(float x)
{
    return __nv_bfloat16(x);
}
BENCH_CPU_FN __nv_bfloat16 __float2bfloat16_rz(float x)
{
    return bench_cpu_bfloat16_bits(bench_cpu_float_to_bfloat16(x, 1));
}
BENCH_CPU_FN __nv_bfloat16 __float2bfloat16_ru(float x)
{
    return bench_cpu_bfloat16_bits(bench_cpu_float_to_bfloat16(x, 2));
}
BENCH_CPU_FN __nv_bfloat16 __float2bfloat16_rd(float x)
{
    return bench_cpu_bfloat16_bits(bench_cpu_float_to_bfloat16(x, 3));
}
BENCH_CPU_FN __nv_bfloat16 __double2bfloat16(double x)
{
    return __nv_bfloat16(x);
}
BENCH_CPU_FN __nv_bfloat162 __float2bfloat162_rn(float x)
{
    return __nv_bfloat162(__nv_bfloat16(x), __nv_bfloat16(x));
}
BENCH_CPU_FN __nv_bfloat162 __floats2bfloat162_rn(float x, float y)
{
    return __nv_bfloat162(__nv_bfloat16(x), __nv_bfloat16(y));
}
BENCH_CPU_FN __nv_bfloat162 __float22bfloat162_rn(float2 v)
{
    return __nv_bfloat162(__nv_bfloat16(v.x), __nv_bfloat16(v.y));
}
BENCH_CPU_FN float2 __bfloat1622float2(__nv_bfloat162 a)
{
    return make_float2(a.x, a.y);
}
#define BENCH_CPU_INTEGERS(name, type)                                                             \
    BENCH_CPU_FN __nv_bfloat16 __##name##2bfloat16_rn(type x)                                      \
    {                                                                                              \
        return __nv_bfloat16(x);                                                                   \
    }                                                                                              \
    BENCH_CPU_FN type __bfloat162##name##_rn(__nv_bfloat16 a)                                      \
    {                                                                                              \
        return __float2##name##_rn(a);                                                             \
    }                                                                                              \
    BENCH_CPU_FN type __bfloat162##name##_rz(__nv_bfloat16 a)                                      \
    {                                                                                              \
        return __float2##name##_rz(a);                                                             \
    }                                                                                              \
    BENCH_CPU_FN type __bfloat162##name##_ru(__nv_bfloat16 a)                                      \
    {                                                                                              \
        return __float2##name##_ru(a);                                                             \
    }                                                                                              \
    BENCH_CPU_FN type __bfloat162##name##_rd(__nv_bfloat16 a)                                      \
    {                                                                                              \
        return __float2##name##_rd(a);                                                             \
    }
BENCH_CPU_INTEGERS(int, int)
BENCH_CPU_INTEGERS(uint, unsigned)
BENCH_CPU_INTEGERS(ll, long long)
BENCH_CPU_INTEGERS(ull, unsigned long long)
#undef BENCH_CPU_INTEGERS

BENCH_CPU_FN short __bfloat16_as_short(__nv_bfloat16 a)
{
    return static_cast<short>(a.bench_bits);
}
BENCH_CPU_FN unsigned short __bfloat16_as_ushort(__nv_bfloat16 a)
{
    return a.bench_bits;
}
BENCH_CPU_FN __nv_bfloat16 __short_as_bfloat16(short x)
{
    return bench_cpu_bfloat16_bits(static_cast<unsigned short>(x));
}
BENCH_CPU_FN __nv_bfloat16 __ushort_as_bfloat16(unsigned short x)
{
    return bench_cpu_bfloat16_bits(x);
}

#define BENCH_CPU_T __nv_bfloat16
#define BENCH_CPU_PAIR __nv_bfloat162
#define BENCH_CPU_BITS bench_cpu_bfloat16_bits
#include "sixteen_bits.h"
#undef BENCH_CPU_T
#undef BENCH_CPU_PAIR
#undef BENCH_CPU_BITS

/* --- parts of pairs --- */

BENCH_CPU_FN __nv_bfloat16 __low2bfloat16(__nv_bfloat162 a)
{
    return a.x;
}
BENCH_CPU_FN __nv_bfloat16 __high2bfloat16(__nv_bfloat162 a)
{
    return a.y;
}
BENCH_CPU_FN __nv_bfloat162 __low2bfloat162(__nv_bfloat162 a)
{
    return __nv_bfloat162(a.x, a.x);
}
BENCH_CPU_FN __nv_bfloat162 __high2bfloat162(__nv_bfloat162 a)
{
    return __nv_bfloat162(a.y, a.y);
}
BENCH_CPU_FN __nv_bfloat162 __lowhigh2highlow(__nv_bfloat162 a)
{
    return __nv_bfloat162(a.y, a.x);
}
BENCH_CPU_FN __nv_bfloat162 __lows2bfloat162(__nv_bfloat162 a, __nv_bfloat162 b)
{
    return __nv_bfloat162(a.x, b.x);
}
BENCH_CPU_FN __nv_bfloat162 __highs2bfloat162(__nv_bfloat162 a, __nv_bfloat162 b)
{
    return __nv_bfloat162(a.y, b.y);
}
BENCH_CPU_FN __nv_bfloat162 __halves2bfloat162(__nv_bfloat16 a, __nv_bfloat16 b)
{
    return __nv_bfloat162(a, b);
}
BENCH_CPU_FN __nv_bfloat162 __bfloat162bfloat162(__nv_bfloat16 a)
{
    return __nv_bfloat162(a, a);
}
BENCH_CPU_FN __nv_bfloat162 make_bfloat162(__nv_bfloat16 a, __nv_bfloat16 b)
{
    return __nv_bfloat162(a, b);
}
BENCH_CPU_FN float __low2float(__nv_bfloat162 a)
{
    return a.x;
}
BENCH_CPU_FN float __high2float(__nv_bfloat162 a)
{
    return a.y;
}

#define CUDART_INF_BF16 __ushort_as_bfloat16(static_cast<unsigned short>(0x7f80U))
#define CUDART_NAN_BF16 __ushort_as_bfloat16(static_cast<unsigned short>(0x7fffU))
#define CUDART_ZERO_BF16 __ushort_as_bfloat16(static_cast<unsigned short>(0x0000U))
#define CUDART_ONE_BF16 __ushort_as_bfloat16(static_cast<unsigned short>(0x3f80U))

#endif
