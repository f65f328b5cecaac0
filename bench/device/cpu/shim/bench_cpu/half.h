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
/* a * b + c, rounded to odd. The product of halves (or bfloat16s) is exact in double; the sum's lost
 * part is found exactly (Knuth's TwoSum). */
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
    __half(type x) : bench_bits(bench_cpu_float_to_half(bench_cpu_float_odd(static_cast<double>(x)))) \
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

#define BENCH_CPU_NAN_HALF 0x7fff

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

/* --- arithmetic --- */

BENCH_CPU_FN __half __hadd(__half a, __half b)
{
    return __half(static_cast<float>(a) + static_cast<float>(b));
}
BENCH_CPU_FN __half __hadd_rn(__half a, __half b)
{
    return __hadd(a, b);
}
BENCH_CPU_FN __half __hsub(__half a, __half b)
{
    return __half(static_cast<float>(a) - static_cast<float>(b));
}
BENCH_CPU_FN __half __hsub_rn(__half a, __half b)
{
    return __hsub(a, b);
}
BENCH_CPU_FN __half __hmul(__half a, __half b)
{
    return __half(static_cast<float>(a) * static_cast<float>(b));
}
BENCH_CPU_FN __half __hmul_rn(__half a, __half b)
{
    return __hmul(a, b);
}
BENCH_CPU_FN __half __hdiv(__half a, __half b)
{
    return __half(static_cast<float>(a) / static_cast<float>(b));
}
BENCH_CPU_FN __half __hneg(__half a)
{
    return bench_cpu_half_bits(a.bench_bits ^ 0x8000u);
}
BENCH_CPU_FN __half __habs(__half a)
{
    return bench_cpu_half_bits(a.bench_bits & 0x7fffu);
}
BENCH_CPU_FN __half __hfma(__half a, __half b, __half c)
{
    return __half(bench_cpu_fma_odd(a, b, c));
}
BENCH_CPU_FN __half __hfma_relu(__half a, __half b, __half c)
{
    float r = __half(bench_cpu_fma_odd(a, b, c));
    return r < 0 ? __half(0.0f) : __half(r);
}
BENCH_CPU_FN __half __hadd_sat(__half a, __half b)
{
    return __half(__saturatef(__hadd(a, b)));
}
BENCH_CPU_FN __half __hsub_sat(__half a, __half b)
{
    return __half(__saturatef(__hsub(a, b)));
}
BENCH_CPU_FN __half __hmul_sat(__half a, __half b)
{
    return __half(__saturatef(__hmul(a, b)));
}

/* --- comparison: false if either is NaN, except the "u" forms and != --- */

BENCH_CPU_FN bool __heq(__half a, __half b)
{
    return static_cast<float>(a) == static_cast<float>(b);
}
BENCH_CPU_FN bool __hequ(__half a, __half b)
{
    float x = a, y = b;
    return x == y || x != x || y != y;
}
BENCH_CPU_FN bool __hlt(__half a, __half b)
{
    return static_cast<float>(a) < static_cast<float>(b);
}
BENCH_CPU_FN bool __hltu(__half a, __half b)
{
    return !(static_cast<float>(a) >= static_cast<float>(b));
}
BENCH_CPU_FN bool __hle(__half a, __half b)
{
    return static_cast<float>(a) <= static_cast<float>(b);
}
BENCH_CPU_FN bool __hleu(__half a, __half b)
{
    return !(static_cast<float>(a) > static_cast<float>(b));
}
BENCH_CPU_FN bool __hgt(__half a, __half b)
{
    return static_cast<float>(a) > static_cast<float>(b);
}
BENCH_CPU_FN bool __hgtu(__half a, __half b)
{
    return !(static_cast<float>(a) <= static_cast<float>(b));
}
BENCH_CPU_FN bool __hge(__half a, __half b)
{
    return static_cast<float>(a) >= static_cast<float>(b);
}
BENCH_CPU_FN bool __hgeu(__half a, __half b)
{
    return !(static_cast<float>(a) < static_cast<float>(b));
}
BENCH_CPU_FN bool __hneu(__half a, __half b)
{
    return static_cast<float>(a) != static_cast<float>(b);
}
BENCH_CPU_FN bool __hne(__half a, __half b)
{
    float x = a, y = b;
    return x < y || x > y;
}
BENCH_CPU_FN bool __hisnan(__half a)
{
    return __builtin_isnan(static_cast<float>(a));
}
BENCH_CPU_FN int __hisinf(__half a)
{
    float x = a;
    return __builtin_isinf(x) ? (x > 0 ? 1 : -1) : 0;
}
BENCH_CPU_FN __half __hmax(__half a, __half b)
{
    float r = fmaxf(a, b);
    return r != r ? bench_cpu_half_bits(BENCH_CPU_NAN_HALF) : __half(r);
}
BENCH_CPU_FN __half __hmax_nan(__half a, __half b)
{
    return __hisnan(a) || __hisnan(b) ? bench_cpu_half_bits(BENCH_CPU_NAN_HALF) : __hmax(a, b);
}
BENCH_CPU_FN __half __hmin(__half a, __half b)
{
    float r = fminf(a, b);
    return r != r ? bench_cpu_half_bits(BENCH_CPU_NAN_HALF) : __half(r);
}
BENCH_CPU_FN __half __hmin_nan(__half a, __half b)
{
    return __hisnan(a) || __hisnan(b) ? bench_cpu_half_bits(BENCH_CPU_NAN_HALF) : __hmin(a, b);
}

#define BENCH_CPU_OPERATOR(op, function)                                                           \
    BENCH_CPU_FN __half operator op(__half a, __half b)                                                     \
    {                                                                                              \
        return function(a, b);                                                                     \
    }                                                                                              \
    BENCH_CPU_FN __half &operator op##=(__half &a, __half b)                                                \
    {                                                                                              \
        return a = function(a, b);                                                                 \
    }
BENCH_CPU_OPERATOR(+, __hadd)
BENCH_CPU_OPERATOR(-, __hsub)
BENCH_CPU_OPERATOR(*, __hmul)
BENCH_CPU_OPERATOR(/, __hdiv)
#undef BENCH_CPU_OPERATOR
BENCH_CPU_FN __half operator-(__half a)
{
    return __hneg(a);
}
BENCH_CPU_FN __half operator+(__half a)
{
    return a;
}
BENCH_CPU_FN __half & operator++(__half &a)
{
    return a = a + __half(1.0f);
}
BENCH_CPU_FN __half & operator--(__half &a)
{
    return a = a - __half(1.0f);
}
BENCH_CPU_FN bool operator==(__half a, __half b)
{
    return __heq(a, b);
}
BENCH_CPU_FN bool operator!=(__half a, __half b)
{
    return __hneu(a, b);
}
BENCH_CPU_FN bool operator<(__half a, __half b)
{
    return __hlt(a, b);
}
BENCH_CPU_FN bool operator<=(__half a, __half b)
{
    return __hle(a, b);
}
BENCH_CPU_FN bool operator>(__half a, __half b)
{
    return __hgt(a, b);
}
BENCH_CPU_FN bool operator>=(__half a, __half b)
{
    return __hge(a, b);
}

/* --- functions --- */

BENCH_CPU_FN __half hexp(__half a)
{
    return __half(expf(a));
}
BENCH_CPU_FN __half hexp2(__half a)
{
    return __half(exp2f(a));
}
BENCH_CPU_FN __half hexp10(__half a)
{
    return __half(exp10f(a));
}
BENCH_CPU_FN __half hlog(__half a)
{
    return __half(logf(a));
}
BENCH_CPU_FN __half hlog2(__half a)
{
    return __half(log2f(a));
}
BENCH_CPU_FN __half hlog10(__half a)
{
    return __half(log10f(a));
}
BENCH_CPU_FN __half hsqrt(__half a)
{
    return __half(__builtin_sqrtf(a));
}
BENCH_CPU_FN __half hrsqrt(__half a)
{
    return __half(rsqrtf(a));
}
BENCH_CPU_FN __half hsin(__half a)
{
    return __half(sinf(a));
}
BENCH_CPU_FN __half hcos(__half a)
{
    return __half(cosf(a));
}
BENCH_CPU_FN __half htanh(__half a)
{
    return __half(tanhf(a));
}
BENCH_CPU_FN __half hfloor(__half a)
{
    return __half(__builtin_floorf(a));
}
BENCH_CPU_FN __half hceil(__half a)
{
    return __half(__builtin_ceilf(a));
}
BENCH_CPU_FN __half htrunc(__half a)
{
    return __half(__builtin_truncf(a));
}
BENCH_CPU_FN __half hrint(__half a)
{
    return __half(__builtin_rintf(a));
}
BENCH_CPU_FN __half hrcp(__half a)
{
    return __half(1.0f / static_cast<float>(a));
}

/* --- pairs --- */

BENCH_CPU_FN __half2 __hadd2(__half2 a, __half2 b)
{
    return __half2(__hadd(a.x, b.x), __hadd(a.y, b.y));
}
BENCH_CPU_FN __half2 __hadd2_rn(__half2 a, __half2 b)
{
    return __hadd2(a, b);
}
BENCH_CPU_FN __half2 __hsub2(__half2 a, __half2 b)
{
    return __half2(__hsub(a.x, b.x), __hsub(a.y, b.y));
}
BENCH_CPU_FN __half2 __hsub2_rn(__half2 a, __half2 b)
{
    return __hsub2(a, b);
}
BENCH_CPU_FN __half2 __hmul2(__half2 a, __half2 b)
{
    return __half2(__hmul(a.x, b.x), __hmul(a.y, b.y));
}
BENCH_CPU_FN __half2 __hmul2_rn(__half2 a, __half2 b)
{
    return __hmul2(a, b);
}
BENCH_CPU_FN __half2 __h2div(__half2 a, __half2 b)
{
    return __half2(__hdiv(a.x, b.x), __hdiv(a.y, b.y));
}
BENCH_CPU_FN __half2 __hfma2(__half2 a, __half2 b, __half2 c)
{
    return __half2(__hfma(a.x, b.x, c.x), __hfma(a.y, b.y, c.y));
}
BENCH_CPU_FN __half2 __hneg2(__half2 a)
{
    return __half2(__hneg(a.x), __hneg(a.y));
}
BENCH_CPU_FN __half2 __habs2(__half2 a)
{
    return __half2(__habs(a.x), __habs(a.y));
}
BENCH_CPU_FN __half2 __hmax2(__half2 a, __half2 b)
{
    return __half2(__hmax(a.x, b.x), __hmax(a.y, b.y));
}
BENCH_CPU_FN __half2 __hmax2_nan(__half2 a, __half2 b)
{
    return __half2(__hmax_nan(a.x, b.x), __hmax_nan(a.y, b.y));
}
BENCH_CPU_FN __half2 __hmin2(__half2 a, __half2 b)
{
    return __half2(__hmin(a.x, b.x), __hmin(a.y, b.y));
}
BENCH_CPU_FN __half2 __hmin2_nan(__half2 a, __half2 b)
{
    return __half2(__hmin_nan(a.x, b.x), __hmin_nan(a.y, b.y));
}
BENCH_CPU_FN __half2 __heq2(__half2 a, __half2 b)
{
    return __half2(__half(__heq(a.x, b.x) ? 1.0f : 0.0f), __half(__heq(a.y, b.y) ? 1.0f : 0.0f));
}
BENCH_CPU_FN bool __hbeq2(__half2 a, __half2 b)
{
    return __heq(a.x, b.x) && __heq(a.y, b.y);
}
BENCH_CPU_FN __half2 __hne2(__half2 a, __half2 b)
{
    return __half2(__half(__hne(a.x, b.x) ? 1.0f : 0.0f), __half(__hne(a.y, b.y) ? 1.0f : 0.0f));
}
BENCH_CPU_FN bool __hbne2(__half2 a, __half2 b)
{
    return __hne(a.x, b.x) && __hne(a.y, b.y);
}
BENCH_CPU_FN __half2 __hlt2(__half2 a, __half2 b)
{
    return __half2(__half(__hlt(a.x, b.x) ? 1.0f : 0.0f), __half(__hlt(a.y, b.y) ? 1.0f : 0.0f));
}
BENCH_CPU_FN bool __hblt2(__half2 a, __half2 b)
{
    return __hlt(a.x, b.x) && __hlt(a.y, b.y);
}
BENCH_CPU_FN __half2 __hle2(__half2 a, __half2 b)
{
    return __half2(__half(__hle(a.x, b.x) ? 1.0f : 0.0f), __half(__hle(a.y, b.y) ? 1.0f : 0.0f));
}
BENCH_CPU_FN bool __hble2(__half2 a, __half2 b)
{
    return __hle(a.x, b.x) && __hle(a.y, b.y);
}
BENCH_CPU_FN __half2 __hgt2(__half2 a, __half2 b)
{
    return __half2(__half(__hgt(a.x, b.x) ? 1.0f : 0.0f), __half(__hgt(a.y, b.y) ? 1.0f : 0.0f));
}
BENCH_CPU_FN bool __hbgt2(__half2 a, __half2 b)
{
    return __hgt(a.x, b.x) && __hgt(a.y, b.y);
}
BENCH_CPU_FN __half2 __hge2(__half2 a, __half2 b)
{
    return __half2(__half(__hge(a.x, b.x) ? 1.0f : 0.0f), __half(__hge(a.y, b.y) ? 1.0f : 0.0f));
}
BENCH_CPU_FN bool __hbge2(__half2 a, __half2 b)
{
    return __hge(a.x, b.x) && __hge(a.y, b.y);
}
BENCH_CPU_FN __half2 __hisnan2(__half2 a)
{
    return __half2(__half(__hisnan(a.x) ? 1.0f : 0.0f), __half(__hisnan(a.y) ? 1.0f : 0.0f));
}
BENCH_CPU_FN __half2 h2exp(__half2 a)
{
    return __half2(hexp(a.x), hexp(a.y));
}
BENCH_CPU_FN __half2 h2exp2(__half2 a)
{
    return __half2(hexp2(a.x), hexp2(a.y));
}
BENCH_CPU_FN __half2 h2exp10(__half2 a)
{
    return __half2(hexp10(a.x), hexp10(a.y));
}
BENCH_CPU_FN __half2 h2log(__half2 a)
{
    return __half2(hlog(a.x), hlog(a.y));
}
BENCH_CPU_FN __half2 h2log2(__half2 a)
{
    return __half2(hlog2(a.x), hlog2(a.y));
}
BENCH_CPU_FN __half2 h2log10(__half2 a)
{
    return __half2(hlog10(a.x), hlog10(a.y));
}
BENCH_CPU_FN __half2 h2sqrt(__half2 a)
{
    return __half2(hsqrt(a.x), hsqrt(a.y));
}
BENCH_CPU_FN __half2 h2rsqrt(__half2 a)
{
    return __half2(hrsqrt(a.x), hrsqrt(a.y));
}
BENCH_CPU_FN __half2 h2sin(__half2 a)
{
    return __half2(hsin(a.x), hsin(a.y));
}
BENCH_CPU_FN __half2 h2cos(__half2 a)
{
    return __half2(hcos(a.x), hcos(a.y));
}
BENCH_CPU_FN __half2 h2tanh(__half2 a)
{
    return __half2(htanh(a.x), htanh(a.y));
}
BENCH_CPU_FN __half2 h2floor(__half2 a)
{
    return __half2(hfloor(a.x), hfloor(a.y));
}
BENCH_CPU_FN __half2 h2ceil(__half2 a)
{
    return __half2(hceil(a.x), hceil(a.y));
}
BENCH_CPU_FN __half2 h2trunc(__half2 a)
{
    return __half2(htrunc(a.x), htrunc(a.y));
}
BENCH_CPU_FN __half2 h2rint(__half2 a)
{
    return __half2(hrint(a.x), hrint(a.y));
}
BENCH_CPU_FN __half2 h2rcp(__half2 a)
{
    return __half2(hrcp(a.x), hrcp(a.y));
}

#define BENCH_CPU_OPERATOR(op, function)                                                           \
    BENCH_CPU_FN __half2 operator op(__half2 a, __half2 b)                                                  \
    {                                                                                              \
        return function(a, b);                                                                     \
    }                                                                                              \
    BENCH_CPU_FN __half2 &operator op##=(__half2 &a, __half2 b)                                             \
    {                                                                                              \
        return a = function(a, b);                                                                 \
    }
BENCH_CPU_OPERATOR(+, __hadd2)
BENCH_CPU_OPERATOR(-, __hsub2)
BENCH_CPU_OPERATOR(*, __hmul2)
BENCH_CPU_OPERATOR(/, __h2div)
#undef BENCH_CPU_OPERATOR
BENCH_CPU_FN __half2 operator-(__half2 a)
{
    return __hneg2(a);
}
BENCH_CPU_FN bool operator==(__half2 a, __half2 b)
{
    return __hbeq2(a, b);
}
BENCH_CPU_FN bool operator!=(__half2 a, __half2 b)
{
    return __hneu(a.x, b.x) || __hneu(a.y, b.y);
}
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
