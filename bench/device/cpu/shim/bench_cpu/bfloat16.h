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

#define BENCH_CPU_NAN_BFLOAT16 0x7fff

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

/* --- arithmetic --- */

BENCH_CPU_FN __nv_bfloat16 __hadd(__nv_bfloat16 a, __nv_bfloat16 b)
{
    return __nv_bfloat16(static_cast<float>(a) + static_cast<float>(b));
}
BENCH_CPU_FN __nv_bfloat16 __hadd_rn(__nv_bfloat16 a, __nv_bfloat16 b)
{
    return __hadd(a, b);
}
BENCH_CPU_FN __nv_bfloat16 __hsub(__nv_bfloat16 a, __nv_bfloat16 b)
{
    return __nv_bfloat16(static_cast<float>(a) - static_cast<float>(b));
}
BENCH_CPU_FN __nv_bfloat16 __hsub_rn(__nv_bfloat16 a, __nv_bfloat16 b)
{
    return __hsub(a, b);
}
BENCH_CPU_FN __nv_bfloat16 __hmul(__nv_bfloat16 a, __nv_bfloat16 b)
{
    return __nv_bfloat16(static_cast<float>(a) * static_cast<float>(b));
}
BENCH_CPU_FN __nv_bfloat16 __hmul_rn(__nv_bfloat16 a, __nv_bfloat16 b)
{
    return __hmul(a, b);
}
BENCH_CPU_FN __nv_bfloat16 __hdiv(__nv_bfloat16 a, __nv_bfloat16 b)
{
    return __nv_bfloat16(static_cast<float>(a) / static_cast<float>(b));
}
BENCH_CPU_FN __nv_bfloat16 __hneg(__nv_bfloat16 a)
{
    return bench_cpu_bfloat16_bits(a.bench_bits ^ 0x8000u);
}
BENCH_CPU_FN __nv_bfloat16 __habs(__nv_bfloat16 a)
{
    return bench_cpu_bfloat16_bits(a.bench_bits & 0x7fffu);
}
BENCH_CPU_FN __nv_bfloat16 __hfma(__nv_bfloat16 a, __nv_bfloat16 b, __nv_bfloat16 c)
{
    return __nv_bfloat16(bench_cpu_fma_odd(a, b, c));
}
BENCH_CPU_FN __nv_bfloat16 __hfma_relu(__nv_bfloat16 a, __nv_bfloat16 b, __nv_bfloat16 c)
{
    float r = __nv_bfloat16(bench_cpu_fma_odd(a, b, c));
    return r < 0 ? __nv_bfloat16(0.0f) : __nv_bfloat16(r);
}
BENCH_CPU_FN __nv_bfloat16 __hadd_sat(__nv_bfloat16 a, __nv_bfloat16 b)
{
    return __nv_bfloat16(__saturatef(__hadd(a, b)));
}
BENCH_CPU_FN __nv_bfloat16 __hsub_sat(__nv_bfloat16 a, __nv_bfloat16 b)
{
    return __nv_bfloat16(__saturatef(__hsub(a, b)));
}
BENCH_CPU_FN __nv_bfloat16 __hmul_sat(__nv_bfloat16 a, __nv_bfloat16 b)
{
    return __nv_bfloat16(__saturatef(__hmul(a, b)));
}

/* --- comparison: false if either is NaN, except the "u" forms and != --- */

BENCH_CPU_FN bool __heq(__nv_bfloat16 a, __nv_bfloat16 b)
{
    return static_cast<float>(a) == static_cast<float>(b);
}
BENCH_CPU_FN bool __hequ(__nv_bfloat16 a, __nv_bfloat16 b)
{
    float x = a, y = b;
    return x == y || x != x || y != y;
}
BENCH_CPU_FN bool __hlt(__nv_bfloat16 a, __nv_bfloat16 b)
{
    return static_cast<float>(a) < static_cast<float>(b);
}
BENCH_CPU_FN bool __hltu(__nv_bfloat16 a, __nv_bfloat16 b)
{
    return !(static_cast<float>(a) >= static_cast<float>(b));
}
BENCH_CPU_FN bool __hle(__nv_bfloat16 a, __nv_bfloat16 b)
{
    return static_cast<float>(a) <= static_cast<float>(b);
}
BENCH_CPU_FN bool __hleu(__nv_bfloat16 a, __nv_bfloat16 b)
{
    return !(static_cast<float>(a) > static_cast<float>(b));
}
BENCH_CPU_FN bool __hgt(__nv_bfloat16 a, __nv_bfloat16 b)
{
    return static_cast<float>(a) > static_cast<float>(b);
}
BENCH_CPU_FN bool __hgtu(__nv_bfloat16 a, __nv_bfloat16 b)
{
    return !(static_cast<float>(a) <= static_cast<float>(b));
}
BENCH_CPU_FN bool __hge(__nv_bfloat16 a, __nv_bfloat16 b)
{
    return static_cast<float>(a) >= static_cast<float>(b);
}
BENCH_CPU_FN bool __hgeu(__nv_bfloat16 a, __nv_bfloat16 b)
{
    return !(static_cast<float>(a) < static_cast<float>(b));
}
BENCH_CPU_FN bool __hneu(__nv_bfloat16 a, __nv_bfloat16 b)
{
    return static_cast<float>(a) != static_cast<float>(b);
}
BENCH_CPU_FN bool __hne(__nv_bfloat16 a, __nv_bfloat16 b)
{
    float x = a, y = b;
    return x < y || x > y;
}
BENCH_CPU_FN bool __hisnan(__nv_bfloat16 a)
{
    return __builtin_isnan(static_cast<float>(a));
}
BENCH_CPU_FN int __hisinf(__nv_bfloat16 a)
{
    float x = a;
    return __builtin_isinf(x) ? (x > 0 ? 1 : -1) : 0;
}
BENCH_CPU_FN __nv_bfloat16 __hmax(__nv_bfloat16 a, __nv_bfloat16 b)
{
    float r = fmaxf(a, b);
    return r != r ? bench_cpu_bfloat16_bits(BENCH_CPU_NAN_BFLOAT16) : __nv_bfloat16(r);
}
BENCH_CPU_FN __nv_bfloat16 __hmax_nan(__nv_bfloat16 a, __nv_bfloat16 b)
{
    return __hisnan(a) || __hisnan(b) ? bench_cpu_bfloat16_bits(BENCH_CPU_NAN_BFLOAT16) : __hmax(a, b);
}
BENCH_CPU_FN __nv_bfloat16 __hmin(__nv_bfloat16 a, __nv_bfloat16 b)
{
    float r = fminf(a, b);
    return r != r ? bench_cpu_bfloat16_bits(BENCH_CPU_NAN_BFLOAT16) : __nv_bfloat16(r);
}
BENCH_CPU_FN __nv_bfloat16 __hmin_nan(__nv_bfloat16 a, __nv_bfloat16 b)
{
    return __hisnan(a) || __hisnan(b) ? bench_cpu_bfloat16_bits(BENCH_CPU_NAN_BFLOAT16) : __hmin(a, b);
}

#define BENCH_CPU_OPERATOR(op, function)                                                           \
    BENCH_CPU_FN __nv_bfloat16 operator op(__nv_bfloat16 a, __nv_bfloat16 b)                                                     \
    {                                                                                              \
        return function(a, b);                                                                     \
    }                                                                                              \
    BENCH_CPU_FN __nv_bfloat16 &operator op##=(__nv_bfloat16 &a, __nv_bfloat16 b)                                                \
    {                                                                                              \
        return a = function(a, b);                                                                 \
    }
BENCH_CPU_OPERATOR(+, __hadd)
BENCH_CPU_OPERATOR(-, __hsub)
BENCH_CPU_OPERATOR(*, __hmul)
BENCH_CPU_OPERATOR(/, __hdiv)
#undef BENCH_CPU_OPERATOR
BENCH_CPU_FN __nv_bfloat16 operator-(__nv_bfloat16 a)
{
    return __hneg(a);
}
BENCH_CPU_FN __nv_bfloat16 operator+(__nv_bfloat16 a)
{
    return a;
}
BENCH_CPU_FN __nv_bfloat16 & operator++(__nv_bfloat16 &a)
{
    return a = a + __nv_bfloat16(1.0f);
}
BENCH_CPU_FN __nv_bfloat16 & operator--(__nv_bfloat16 &a)
{
    return a = a - __nv_bfloat16(1.0f);
}
BENCH_CPU_FN bool operator==(__nv_bfloat16 a, __nv_bfloat16 b)
{
    return __heq(a, b);
}
BENCH_CPU_FN bool operator!=(__nv_bfloat16 a, __nv_bfloat16 b)
{
    return __hneu(a, b);
}
BENCH_CPU_FN bool operator<(__nv_bfloat16 a, __nv_bfloat16 b)
{
    return __hlt(a, b);
}
BENCH_CPU_FN bool operator<=(__nv_bfloat16 a, __nv_bfloat16 b)
{
    return __hle(a, b);
}
BENCH_CPU_FN bool operator>(__nv_bfloat16 a, __nv_bfloat16 b)
{
    return __hgt(a, b);
}
BENCH_CPU_FN bool operator>=(__nv_bfloat16 a, __nv_bfloat16 b)
{
    return __hge(a, b);
}

/* --- functions --- */

BENCH_CPU_FN __nv_bfloat16 hexp(__nv_bfloat16 a)
{
    return __nv_bfloat16(expf(a));
}
BENCH_CPU_FN __nv_bfloat16 hexp2(__nv_bfloat16 a)
{
    return __nv_bfloat16(exp2f(a));
}
BENCH_CPU_FN __nv_bfloat16 hexp10(__nv_bfloat16 a)
{
    return __nv_bfloat16(exp10f(a));
}
BENCH_CPU_FN __nv_bfloat16 hlog(__nv_bfloat16 a)
{
    return __nv_bfloat16(logf(a));
}
BENCH_CPU_FN __nv_bfloat16 hlog2(__nv_bfloat16 a)
{
    return __nv_bfloat16(log2f(a));
}
BENCH_CPU_FN __nv_bfloat16 hlog10(__nv_bfloat16 a)
{
    return __nv_bfloat16(log10f(a));
}
BENCH_CPU_FN __nv_bfloat16 hsqrt(__nv_bfloat16 a)
{
    return __nv_bfloat16(__builtin_sqrtf(a));
}
BENCH_CPU_FN __nv_bfloat16 hrsqrt(__nv_bfloat16 a)
{
    return __nv_bfloat16(rsqrtf(a));
}
BENCH_CPU_FN __nv_bfloat16 hsin(__nv_bfloat16 a)
{
    return __nv_bfloat16(sinf(a));
}
BENCH_CPU_FN __nv_bfloat16 hcos(__nv_bfloat16 a)
{
    return __nv_bfloat16(cosf(a));
}
BENCH_CPU_FN __nv_bfloat16 htanh(__nv_bfloat16 a)
{
    return __nv_bfloat16(tanhf(a));
}
BENCH_CPU_FN __nv_bfloat16 hfloor(__nv_bfloat16 a)
{
    return __nv_bfloat16(__builtin_floorf(a));
}
BENCH_CPU_FN __nv_bfloat16 hceil(__nv_bfloat16 a)
{
    return __nv_bfloat16(__builtin_ceilf(a));
}
BENCH_CPU_FN __nv_bfloat16 htrunc(__nv_bfloat16 a)
{
    return __nv_bfloat16(__builtin_truncf(a));
}
BENCH_CPU_FN __nv_bfloat16 hrint(__nv_bfloat16 a)
{
    return __nv_bfloat16(__builtin_rintf(a));
}
BENCH_CPU_FN __nv_bfloat16 hrcp(__nv_bfloat16 a)
{
    return __nv_bfloat16(1.0f / static_cast<float>(a));
}

/* --- pairs --- */

BENCH_CPU_FN __nv_bfloat162 __hadd2(__nv_bfloat162 a, __nv_bfloat162 b)
{
    return __nv_bfloat162(__hadd(a.x, b.x), __hadd(a.y, b.y));
}
BENCH_CPU_FN __nv_bfloat162 __hadd2_rn(__nv_bfloat162 a, __nv_bfloat162 b)
{
    return __hadd2(a, b);
}
BENCH_CPU_FN __nv_bfloat162 __hsub2(__nv_bfloat162 a, __nv_bfloat162 b)
{
    return __nv_bfloat162(__hsub(a.x, b.x), __hsub(a.y, b.y));
}
BENCH_CPU_FN __nv_bfloat162 __hsub2_rn(__nv_bfloat162 a, __nv_bfloat162 b)
{
    return __hsub2(a, b);
}
BENCH_CPU_FN __nv_bfloat162 __hmul2(__nv_bfloat162 a, __nv_bfloat162 b)
{
    return __nv_bfloat162(__hmul(a.x, b.x), __hmul(a.y, b.y));
}
BENCH_CPU_FN __nv_bfloat162 __hmul2_rn(__nv_bfloat162 a, __nv_bfloat162 b)
{
    return __hmul2(a, b);
}
BENCH_CPU_FN __nv_bfloat162 __h2div(__nv_bfloat162 a, __nv_bfloat162 b)
{
    return __nv_bfloat162(__hdiv(a.x, b.x), __hdiv(a.y, b.y));
}
BENCH_CPU_FN __nv_bfloat162 __hfma2(__nv_bfloat162 a, __nv_bfloat162 b, __nv_bfloat162 c)
{
    return __nv_bfloat162(__hfma(a.x, b.x, c.x), __hfma(a.y, b.y, c.y));
}
BENCH_CPU_FN __nv_bfloat162 __hneg2(__nv_bfloat162 a)
{
    return __nv_bfloat162(__hneg(a.x), __hneg(a.y));
}
BENCH_CPU_FN __nv_bfloat162 __habs2(__nv_bfloat162 a)
{
    return __nv_bfloat162(__habs(a.x), __habs(a.y));
}
BENCH_CPU_FN __nv_bfloat162 __hmax2(__nv_bfloat162 a, __nv_bfloat162 b)
{
    return __nv_bfloat162(__hmax(a.x, b.x), __hmax(a.y, b.y));
}
BENCH_CPU_FN __nv_bfloat162 __hmax2_nan(__nv_bfloat162 a, __nv_bfloat162 b)
{
    return __nv_bfloat162(__hmax_nan(a.x, b.x), __hmax_nan(a.y, b.y));
}
BENCH_CPU_FN __nv_bfloat162 __hmin2(__nv_bfloat162 a, __nv_bfloat162 b)
{
    return __nv_bfloat162(__hmin(a.x, b.x), __hmin(a.y, b.y));
}
BENCH_CPU_FN __nv_bfloat162 __hmin2_nan(__nv_bfloat162 a, __nv_bfloat162 b)
{
    return __nv_bfloat162(__hmin_nan(a.x, b.x), __hmin_nan(a.y, b.y));
}
BENCH_CPU_FN __nv_bfloat162 __heq2(__nv_bfloat162 a, __nv_bfloat162 b)
{
    return __nv_bfloat162(__nv_bfloat16(__heq(a.x, b.x) ? 1.0f : 0.0f), __nv_bfloat16(__heq(a.y, b.y) ? 1.0f : 0.0f));
}
BENCH_CPU_FN bool __hbeq2(__nv_bfloat162 a, __nv_bfloat162 b)
{
    return __heq(a.x, b.x) && __heq(a.y, b.y);
}
BENCH_CPU_FN __nv_bfloat162 __hne2(__nv_bfloat162 a, __nv_bfloat162 b)
{
    return __nv_bfloat162(__nv_bfloat16(__hne(a.x, b.x) ? 1.0f : 0.0f), __nv_bfloat16(__hne(a.y, b.y) ? 1.0f : 0.0f));
}
BENCH_CPU_FN bool __hbne2(__nv_bfloat162 a, __nv_bfloat162 b)
{
    return __hne(a.x, b.x) && __hne(a.y, b.y);
}
BENCH_CPU_FN __nv_bfloat162 __hlt2(__nv_bfloat162 a, __nv_bfloat162 b)
{
    return __nv_bfloat162(__nv_bfloat16(__hlt(a.x, b.x) ? 1.0f : 0.0f), __nv_bfloat16(__hlt(a.y, b.y) ? 1.0f : 0.0f));
}
BENCH_CPU_FN bool __hblt2(__nv_bfloat162 a, __nv_bfloat162 b)
{
    return __hlt(a.x, b.x) && __hlt(a.y, b.y);
}
BENCH_CPU_FN __nv_bfloat162 __hle2(__nv_bfloat162 a, __nv_bfloat162 b)
{
    return __nv_bfloat162(__nv_bfloat16(__hle(a.x, b.x) ? 1.0f : 0.0f), __nv_bfloat16(__hle(a.y, b.y) ? 1.0f : 0.0f));
}
BENCH_CPU_FN bool __hble2(__nv_bfloat162 a, __nv_bfloat162 b)
{
    return __hle(a.x, b.x) && __hle(a.y, b.y);
}
BENCH_CPU_FN __nv_bfloat162 __hgt2(__nv_bfloat162 a, __nv_bfloat162 b)
{
    return __nv_bfloat162(__nv_bfloat16(__hgt(a.x, b.x) ? 1.0f : 0.0f), __nv_bfloat16(__hgt(a.y, b.y) ? 1.0f : 0.0f));
}
BENCH_CPU_FN bool __hbgt2(__nv_bfloat162 a, __nv_bfloat162 b)
{
    return __hgt(a.x, b.x) && __hgt(a.y, b.y);
}
BENCH_CPU_FN __nv_bfloat162 __hge2(__nv_bfloat162 a, __nv_bfloat162 b)
{
    return __nv_bfloat162(__nv_bfloat16(__hge(a.x, b.x) ? 1.0f : 0.0f), __nv_bfloat16(__hge(a.y, b.y) ? 1.0f : 0.0f));
}
BENCH_CPU_FN bool __hbge2(__nv_bfloat162 a, __nv_bfloat162 b)
{
    return __hge(a.x, b.x) && __hge(a.y, b.y);
}
BENCH_CPU_FN __nv_bfloat162 __hisnan2(__nv_bfloat162 a)
{
    return __nv_bfloat162(__nv_bfloat16(__hisnan(a.x) ? 1.0f : 0.0f), __nv_bfloat16(__hisnan(a.y) ? 1.0f : 0.0f));
}
BENCH_CPU_FN __nv_bfloat162 h2exp(__nv_bfloat162 a)
{
    return __nv_bfloat162(hexp(a.x), hexp(a.y));
}
BENCH_CPU_FN __nv_bfloat162 h2exp2(__nv_bfloat162 a)
{
    return __nv_bfloat162(hexp2(a.x), hexp2(a.y));
}
BENCH_CPU_FN __nv_bfloat162 h2exp10(__nv_bfloat162 a)
{
    return __nv_bfloat162(hexp10(a.x), hexp10(a.y));
}
BENCH_CPU_FN __nv_bfloat162 h2log(__nv_bfloat162 a)
{
    return __nv_bfloat162(hlog(a.x), hlog(a.y));
}
BENCH_CPU_FN __nv_bfloat162 h2log2(__nv_bfloat162 a)
{
    return __nv_bfloat162(hlog2(a.x), hlog2(a.y));
}
BENCH_CPU_FN __nv_bfloat162 h2log10(__nv_bfloat162 a)
{
    return __nv_bfloat162(hlog10(a.x), hlog10(a.y));
}
BENCH_CPU_FN __nv_bfloat162 h2sqrt(__nv_bfloat162 a)
{
    return __nv_bfloat162(hsqrt(a.x), hsqrt(a.y));
}
BENCH_CPU_FN __nv_bfloat162 h2rsqrt(__nv_bfloat162 a)
{
    return __nv_bfloat162(hrsqrt(a.x), hrsqrt(a.y));
}
BENCH_CPU_FN __nv_bfloat162 h2sin(__nv_bfloat162 a)
{
    return __nv_bfloat162(hsin(a.x), hsin(a.y));
}
BENCH_CPU_FN __nv_bfloat162 h2cos(__nv_bfloat162 a)
{
    return __nv_bfloat162(hcos(a.x), hcos(a.y));
}
BENCH_CPU_FN __nv_bfloat162 h2tanh(__nv_bfloat162 a)
{
    return __nv_bfloat162(htanh(a.x), htanh(a.y));
}
BENCH_CPU_FN __nv_bfloat162 h2floor(__nv_bfloat162 a)
{
    return __nv_bfloat162(hfloor(a.x), hfloor(a.y));
}
BENCH_CPU_FN __nv_bfloat162 h2ceil(__nv_bfloat162 a)
{
    return __nv_bfloat162(hceil(a.x), hceil(a.y));
}
BENCH_CPU_FN __nv_bfloat162 h2trunc(__nv_bfloat162 a)
{
    return __nv_bfloat162(htrunc(a.x), htrunc(a.y));
}
BENCH_CPU_FN __nv_bfloat162 h2rint(__nv_bfloat162 a)
{
    return __nv_bfloat162(hrint(a.x), hrint(a.y));
}
BENCH_CPU_FN __nv_bfloat162 h2rcp(__nv_bfloat162 a)
{
    return __nv_bfloat162(hrcp(a.x), hrcp(a.y));
}

#define BENCH_CPU_OPERATOR(op, function)                                                           \
    BENCH_CPU_FN __nv_bfloat162 operator op(__nv_bfloat162 a, __nv_bfloat162 b)                                                  \
    {                                                                                              \
        return function(a, b);                                                                     \
    }                                                                                              \
    BENCH_CPU_FN __nv_bfloat162 &operator op##=(__nv_bfloat162 &a, __nv_bfloat162 b)                                             \
    {                                                                                              \
        return a = function(a, b);                                                                 \
    }
BENCH_CPU_OPERATOR(+, __hadd2)
BENCH_CPU_OPERATOR(-, __hsub2)
BENCH_CPU_OPERATOR(*, __hmul2)
BENCH_CPU_OPERATOR(/, __h2div)
#undef BENCH_CPU_OPERATOR
BENCH_CPU_FN __nv_bfloat162 operator-(__nv_bfloat162 a)
{
    return __hneg2(a);
}
BENCH_CPU_FN bool operator==(__nv_bfloat162 a, __nv_bfloat162 b)
{
    return __hbeq2(a, b);
}
BENCH_CPU_FN bool operator!=(__nv_bfloat162 a, __nv_bfloat162 b)
{
    return __hneu(a.x, b.x) || __hneu(a.y, b.y);
}
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
