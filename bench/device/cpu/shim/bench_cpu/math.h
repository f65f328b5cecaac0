/*
 * Mathematical functions: those of the C library, which are at least as exact as CUDA's, under
 * CUDA's names and overloads. Fast forms (__expf) are the exact ones.
 */
#ifndef BENCH_CPU_MATH_H
#define BENCH_CPU_MATH_H
#pragma GCC system_header

/* f(double) is the C library's; f(float) is CUDA's overload of it. */
#define BENCH_CPU_MATH1(name)                                                                      \
    extern "C" double name(double) noexcept;                                                       \
    extern "C" float name##f(float) noexcept;                                                      \
    BENCH_CPU_FN float name(float x)                                                               \
    {                                                                                              \
        return __builtin_##name##f(x);                                                             \
    }
#define BENCH_CPU_MATH2(name)                                                                      \
    extern "C" double name(double, double) noexcept;                                               \
    extern "C" float name##f(float, float) noexcept;                                               \
    BENCH_CPU_FN float name(float x, float y)                                                      \
    {                                                                                              \
        return __builtin_##name##f(x, y);                                                          \
    }

BENCH_CPU_MATH1(exp)
BENCH_CPU_MATH1(exp2)
BENCH_CPU_MATH1(expm1)
BENCH_CPU_MATH1(log)
BENCH_CPU_MATH1(log2)
BENCH_CPU_MATH1(log10)
BENCH_CPU_MATH1(log1p)
BENCH_CPU_MATH1(sqrt)
BENCH_CPU_MATH1(cbrt)
BENCH_CPU_MATH1(sin)
BENCH_CPU_MATH1(cos)
BENCH_CPU_MATH1(tan)
BENCH_CPU_MATH1(asin)
BENCH_CPU_MATH1(acos)
BENCH_CPU_MATH1(atan)
BENCH_CPU_MATH1(sinh)
BENCH_CPU_MATH1(cosh)
BENCH_CPU_MATH1(tanh)
BENCH_CPU_MATH1(asinh)
BENCH_CPU_MATH1(acosh)
BENCH_CPU_MATH1(atanh)
BENCH_CPU_MATH1(erf)
BENCH_CPU_MATH1(erfc)
BENCH_CPU_MATH1(lgamma)
BENCH_CPU_MATH1(tgamma)
BENCH_CPU_MATH1(floor)
BENCH_CPU_MATH1(ceil)
BENCH_CPU_MATH1(trunc)
BENCH_CPU_MATH1(round)
BENCH_CPU_MATH1(rint)
BENCH_CPU_MATH1(nearbyint)
BENCH_CPU_MATH1(fabs)
BENCH_CPU_MATH1(logb)
BENCH_CPU_MATH2(pow)
BENCH_CPU_MATH2(fmod)
BENCH_CPU_MATH2(remainder)
BENCH_CPU_MATH2(atan2)
BENCH_CPU_MATH2(hypot)
BENCH_CPU_MATH2(copysign)
BENCH_CPU_MATH2(fdim)
BENCH_CPU_MATH2(nextafter)

/* Not in every C library under one name. */
extern "C" double exp10(double) noexcept;
extern "C" float exp10f(float) noexcept;
extern "C" double j0(double) noexcept;
extern "C" double j1(double) noexcept;
extern "C" double y0(double) noexcept;
extern "C" double y1(double) noexcept;
extern "C" float j0f(float) noexcept;
extern "C" float j1f(float) noexcept;
extern "C" float y0f(float) noexcept;
extern "C" float y1f(float) noexcept;

extern "C" double ldexp(double, int) noexcept;
extern "C" float ldexpf(float, int) noexcept;
extern "C" double scalbn(double, int) noexcept;
extern "C" float scalbnf(float, int) noexcept;
extern "C" double frexp(double, int *) noexcept;
extern "C" float frexpf(float, int *) noexcept;
extern "C" double modf(double, double *) noexcept;
extern "C" float modff(float, float *) noexcept;
extern "C" int ilogb(double) noexcept;
extern "C" int ilogbf(float) noexcept;
extern "C" long lrint(double) noexcept;
extern "C" long lrintf(float) noexcept;
extern "C" long lround(double) noexcept;
extern "C" long lroundf(float) noexcept;
extern "C" long long llrint(double) noexcept;
extern "C" long long llrintf(float) noexcept;
extern "C" long long llround(double) noexcept;
extern "C" long long llroundf(float) noexcept;
extern "C" void sincos(double, double *, double *) noexcept;
extern "C" void sincosf(float, float *, float *) noexcept;
extern "C" double fma(double, double, double) noexcept;
extern "C" float fmaf(float, float, float) noexcept;

BENCH_CPU_FN float ldexp(float x, int e)
{
    return ldexpf(x, e);
}
BENCH_CPU_FN float fma(float x, float y, float z)
{
    return __builtin_fmaf(x, y, z);
}
BENCH_CPU_FN float pow(float x, int n)
{
    return powf(x, static_cast<float>(n));
}
BENCH_CPU_FN double pow(double x, int n)
{
    return pow(x, static_cast<double>(n));
}
BENCH_CPU_FN double sqrt(int x)
{
    return __builtin_sqrt(static_cast<double>(x));
}

template <class To, class From> BENCH_CPU_FN To bench_cpu_cast(From value)
{
    static_assert(sizeof(To) == sizeof(From), "");
    To result;
    __builtin_memcpy(&result, &value, sizeof(To));
    return result;
}
BENCH_CPU_FN int __float_as_int(float x)
{
    return bench_cpu_cast<int>(x);
}
BENCH_CPU_FN unsigned __float_as_uint(float x)
{
    return bench_cpu_cast<unsigned>(x);
}
BENCH_CPU_FN float __int_as_float(int x)
{
    return bench_cpu_cast<float>(x);
}
BENCH_CPU_FN float __uint_as_float(unsigned x)
{
    return bench_cpu_cast<float>(x);
}
BENCH_CPU_FN long long __double_as_longlong(double x)
{
    return bench_cpu_cast<long long>(x);
}
BENCH_CPU_FN double __longlong_as_double(long long x)
{
    return bench_cpu_cast<double>(x);
}
BENCH_CPU_FN int __double2hiint(double x)
{
    return static_cast<int>(bench_cpu_cast<unsigned long long>(x) >> 32);
}
BENCH_CPU_FN int __double2loint(double x)
{
    return static_cast<int>(bench_cpu_cast<unsigned long long>(x));
}

/* fmin and fmax: a NaN loses against a number, and -0 is below +0 (IEEE 754-2008 as CUDA has it).
 */
template <class T, class Bits> BENCH_CPU_FN T bench_cpu_fmax(T a, T b)
{
    if (a == b)
        return bench_cpu_cast<T>(bench_cpu_cast<Bits>(a) & bench_cpu_cast<Bits>(b));
    if (b != b)
        return a;
    return a > b ? a : b;
}
template <class T, class Bits> BENCH_CPU_FN T bench_cpu_fmin(T a, T b)
{
    if (a == b)
        return bench_cpu_cast<T>(bench_cpu_cast<Bits>(a) | bench_cpu_cast<Bits>(b));
    if (b != b)
        return a;
    return a < b ? a : b;
}
/* The C library has functions of these names; ours are inline, and are what is called. */
#define fmaxf bench_cpu_fmaxf
#define fminf bench_cpu_fminf
BENCH_CPU_FN float fmaxf(float a, float b)
{
    return bench_cpu_fmax<float, unsigned>(a, b);
}
BENCH_CPU_FN float fminf(float a, float b)
{
    return bench_cpu_fmin<float, unsigned>(a, b);
}
#define fmax bench_cpu_fmaxd
#define fmin bench_cpu_fmind
BENCH_CPU_FN double fmax(double a, double b)
{
    return bench_cpu_fmax<double, unsigned long long>(a, b);
}
BENCH_CPU_FN double fmin(double a, double b)
{
    return bench_cpu_fmin<double, unsigned long long>(a, b);
}
BENCH_CPU_FN float fmax(float a, float b)
{
    return fmaxf(a, b);
}
BENCH_CPU_FN float fmin(float a, float b)
{
    return fminf(a, b);
}

/* min, max: CUDA's overloads, no template, so that odd mixtures do not compile. */
#define BENCH_CPU_MINMAX(result, a_type, b_type)                                                   \
    BENCH_CPU_FN result max(a_type a, b_type b)                                                    \
    {                                                                                              \
        return static_cast<result>(a) > static_cast<result>(b) ? static_cast<result>(a)            \
                                                               : static_cast<result>(b);           \
    }                                                                                              \
    BENCH_CPU_FN result min(a_type a, b_type b)                                                    \
    {                                                                                              \
        return static_cast<result>(a) < static_cast<result>(b) ? static_cast<result>(a)            \
                                                               : static_cast<result>(b);           \
    }
#define BENCH_CPU_MINMAX_MIXED(signed_type)                                                        \
    BENCH_CPU_MINMAX(signed_type, signed_type, signed_type)                                        \
    BENCH_CPU_MINMAX(unsigned signed_type, unsigned signed_type, unsigned signed_type)             \
    BENCH_CPU_MINMAX(unsigned signed_type, signed_type, unsigned signed_type)                      \
    BENCH_CPU_MINMAX(unsigned signed_type, unsigned signed_type, signed_type)
BENCH_CPU_MINMAX_MIXED(int)
BENCH_CPU_MINMAX_MIXED(long)
BENCH_CPU_MINMAX_MIXED(long long)
#define BENCH_CPU_MINMAX_FLOAT(result, a_type, b_type)                                             \
    BENCH_CPU_FN result max(a_type a, b_type b)                                                    \
    {                                                                                              \
        return fmax(static_cast<result>(a), static_cast<result>(b));                               \
    }                                                                                              \
    BENCH_CPU_FN result min(a_type a, b_type b)                                                    \
    {                                                                                              \
        return fmin(static_cast<result>(a), static_cast<result>(b));                               \
    }
BENCH_CPU_MINMAX_FLOAT(float, float, float)
BENCH_CPU_MINMAX_FLOAT(double, double, double)
BENCH_CPU_MINMAX_FLOAT(double, float, double)
BENCH_CPU_MINMAX_FLOAT(double, double, float)

extern "C" int abs(int) noexcept;
extern "C" long labs(long) noexcept;
extern "C" long long llabs(long long) noexcept;
BENCH_CPU_FN long abs(long x)
{
    return x < 0 ? -x : x;
}
BENCH_CPU_FN long long abs(long long x)
{
    return x < 0 ? -x : x;
}
BENCH_CPU_FN float abs(float x)
{
    return __builtin_fabsf(x);
}
BENCH_CPU_FN double abs(double x)
{
    return __builtin_fabs(x);
}

#define BENCH_CPU_CLASSIFY(type)                                                                   \
    BENCH_CPU_FN bool isnan(type x)                                                                \
    {                                                                                              \
        return __builtin_isnan(x);                                                                 \
    }                                                                                              \
    BENCH_CPU_FN bool isinf(type x)                                                                \
    {                                                                                              \
        return __builtin_isinf(x);                                                                 \
    }                                                                                              \
    BENCH_CPU_FN bool isfinite(type x)                                                             \
    {                                                                                              \
        return __builtin_isfinite(x);                                                              \
    }                                                                                              \
    BENCH_CPU_FN bool signbit(type x)                                                              \
    {                                                                                              \
        return __builtin_signbit(x);                                                               \
    }
BENCH_CPU_CLASSIFY(float)
BENCH_CPU_CLASSIFY(double)

/* --- functions that only CUDA has --- */

BENCH_CPU_FN float rsqrtf(float x)
{
    return static_cast<float>(1.0 / __builtin_sqrt(static_cast<double>(x)));
}
BENCH_CPU_FN double rsqrt(double x)
{
    return 1.0 / __builtin_sqrt(x);
}
BENCH_CPU_FN float rsqrt(float x)
{
    return rsqrtf(x);
}
BENCH_CPU_FN float rcbrtf(float x)
{
    return static_cast<float>(1.0 / cbrt(static_cast<double>(x)));
}
BENCH_CPU_FN double rcbrt(double x)
{
    return 1.0 / cbrt(x);
}
BENCH_CPU_FN float rhypotf(float x, float y)
{
    return static_cast<float>(1.0 / hypot(static_cast<double>(x), static_cast<double>(y)));
}
BENCH_CPU_FN float normcdff(float x)
{
    return static_cast<float>(0.5 * erfc(-0.70710678118654752440 * static_cast<double>(x)));
}
BENCH_CPU_FN double normcdf(double x)
{
    return 0.5 * erfc(-0.70710678118654752440 * x);
}
BENCH_CPU_FN float erfcxf(float x)
{
    double d = static_cast<double>(x);
    /* exp(x^2) overflows in double beyond 26; there the first terms of the asymptotic series are
     * exact to float's precision. */
    if (d > 20)
        return static_cast<float>(0.56418958354775628695 / d * (1 - 0.5 / (d * d)));
    return static_cast<float>(exp(d * d) * erfc(d));
}
BENCH_CPU_FN float sinpif(float x)
{
    double r = fmod(static_cast<double>(x), 2.0);
    return static_cast<float>(r == 0 || r == 1 || r == -1 ? copysign(0.0, static_cast<double>(x))
                                                          : sin(3.14159265358979323846 * r));
}
BENCH_CPU_FN float cospif(float x)
{
    double r = fabs(fmod(static_cast<double>(x), 2.0));
    return static_cast<float>(r == 0.5 || r == 1.5 ? 0.0 : cos(3.14159265358979323846 * r));
}

BENCH_CPU_FN float __saturatef(float x)
{
    return x >= 1.0f ? 1.0f : x > 0.0f ? x : 0.0f; /* NaN gives 0 */
}
#define BENCH_CPU_FAST(name, plain)                                                                \
    BENCH_CPU_FN float name(float x)                                                               \
    {                                                                                              \
        return plain(x);                                                                           \
    }
BENCH_CPU_FAST(__expf, __builtin_expf)
BENCH_CPU_FAST(__exp10f, exp10f)
BENCH_CPU_FAST(__logf, __builtin_logf)
BENCH_CPU_FAST(__log2f, __builtin_log2f)
BENCH_CPU_FAST(__log10f, __builtin_log10f)
BENCH_CPU_FAST(__sinf, __builtin_sinf)
BENCH_CPU_FAST(__cosf, __builtin_cosf)
BENCH_CPU_FAST(__tanf, __builtin_tanf)
BENCH_CPU_FAST(__tanhf, __builtin_tanhf)
BENCH_CPU_FN void __sincosf(float x, float *s, float *c)
{
    sincosf(x, s, c);
}
BENCH_CPU_FN float __powf(float x, float y)
{
    return __builtin_powf(x, y);
}
BENCH_CPU_FN float __fdividef(float x, float y)
{
    return x / y;
}
BENCH_CPU_FN float fdividef(float x, float y)
{
    return x / y;
}

/* --- one rounding each, never merged into an FMA --- */

/* A value that the compiler cannot see through. */
template <class T> BENCH_CPU_FN T bench_cpu_opaque(T x)
{
#if defined(__x86_64__)
    __asm__("" : "+x"(x));
#elif defined(__aarch64__)
    __asm__("" : "+w"(x));
#else
    __asm__("" : "+m"(x));
#endif
    return x;
}
#define BENCH_CPU_ROUNDED(prefix, type, builtin_suffix)                                            \
    BENCH_CPU_FN type prefix##add_rn(type x, type y)                                               \
    {                                                                                              \
        return bench_cpu_opaque(bench_cpu_opaque(x) + bench_cpu_opaque(y));                        \
    }                                                                                              \
    BENCH_CPU_FN type prefix##sub_rn(type x, type y)                                               \
    {                                                                                              \
        return bench_cpu_opaque(bench_cpu_opaque(x) - bench_cpu_opaque(y));                        \
    }                                                                                              \
    BENCH_CPU_FN type prefix##mul_rn(type x, type y)                                               \
    {                                                                                              \
        return bench_cpu_opaque(x * y);                                                            \
    }                                                                                              \
    BENCH_CPU_FN type prefix##div_rn(type x, type y)                                               \
    {                                                                                              \
        return x / y;                                                                              \
    }                                                                                              \
    BENCH_CPU_FN type prefix##rcp_rn(type x)                                                       \
    {                                                                                              \
        return 1 / x;                                                                              \
    }                                                                                              \
    BENCH_CPU_FN type prefix##sqrt_rn(type x)                                                      \
    {                                                                                              \
        return __builtin_sqrt##builtin_suffix(x);                                                  \
    }
BENCH_CPU_ROUNDED(__f, float, f)
BENCH_CPU_ROUNDED(__d, double, )
BENCH_CPU_FN float __fmaf_rn(float x, float y, float z)
{
    return __builtin_fmaf(x, y, z);
}
BENCH_CPU_FN double __fma_rn(double x, double y, double z)
{
    return __builtin_fma(x, y, z);
}
BENCH_CPU_FN float __frsqrt_rn(float x)
{
    return rsqrtf(x);
}

/* --- conversions: out of range saturates and NaN gives 0, as in PTX's cvt --- */

template <class To> BENCH_CPU_FN To bench_cpu_to_integer(double x, double low, double beyond)
{
    if (x != x)
        return 0;
    if (x < low)
        return static_cast<To>(low);
    if (x >= beyond)
        return static_cast<To>(~static_cast<To>(0)) < 0
                   ? static_cast<To>(static_cast<To>(1) << (sizeof(To) * 8 - 2)) - 1 +
                         static_cast<To>(static_cast<To>(1) << (sizeof(To) * 8 - 2))
                   : static_cast<To>(~static_cast<To>(0));
    return static_cast<To>(x);
}
#define BENCH_CPU_ROUNDINGS(name, from, to, low, beyond)                                           \
    BENCH_CPU_FN to name##_rn(from x)                                                              \
    {                                                                                              \
        return bench_cpu_to_integer<to>(__builtin_rint(static_cast<double>(x)), low, beyond);      \
    }                                                                                              \
    BENCH_CPU_FN to name##_rz(from x)                                                              \
    {                                                                                              \
        return bench_cpu_to_integer<to>(__builtin_trunc(static_cast<double>(x)), low, beyond);     \
    }                                                                                              \
    BENCH_CPU_FN to name##_ru(from x)                                                              \
    {                                                                                              \
        return bench_cpu_to_integer<to>(__builtin_ceil(static_cast<double>(x)), low, beyond);      \
    }                                                                                              \
    BENCH_CPU_FN to name##_rd(from x)                                                              \
    {                                                                                              \
        return bench_cpu_to_integer<to>(__builtin_floor(static_cast<double>(x)), low, beyond);     \
    }
BENCH_CPU_ROUNDINGS(__float2int, float, int, -0x1p31, 0x1p31)
BENCH_CPU_ROUNDINGS(__float2uint, float, unsigned, 0.0, 0x1p32)
BENCH_CPU_ROUNDINGS(__float2ll, float, long long, -0x1p63, 0x1p63)
BENCH_CPU_ROUNDINGS(__float2ull, float, unsigned long long, 0.0, 0x1p64)
BENCH_CPU_ROUNDINGS(__double2int, double, int, -0x1p31, 0x1p31)
BENCH_CPU_ROUNDINGS(__double2uint, double, unsigned, 0.0, 0x1p32)
BENCH_CPU_ROUNDINGS(__double2ll, double, long long, -0x1p63, 0x1p63)
BENCH_CPU_ROUNDINGS(__double2ull, double, unsigned long long, 0.0, 0x1p64)

#define BENCH_CPU_CONVERT(name, from, to)                                                          \
    BENCH_CPU_FN to name(from x)                                                                   \
    {                                                                                              \
        return static_cast<to>(x);                                                                 \
    }
BENCH_CPU_CONVERT(__int2float_rn, int, float)
BENCH_CPU_CONVERT(__uint2float_rn, unsigned, float)
BENCH_CPU_CONVERT(__ll2float_rn, long long, float)
BENCH_CPU_CONVERT(__ull2float_rn, unsigned long long, float)
BENCH_CPU_CONVERT(__int2double_rn, int, double)
BENCH_CPU_CONVERT(__uint2double_rn, unsigned, double)
BENCH_CPU_CONVERT(__ll2double_rn, long long, double)
BENCH_CPU_CONVERT(__ull2double_rn, unsigned long long, double)
BENCH_CPU_CONVERT(__double2float_rn, double, float)

#define INFINITY __builtin_huge_valf()
#define NAN __builtin_nanf("")
#define CUDART_INF_F __builtin_huge_valf()
#define CUDART_INF __builtin_huge_val()
#define CUDART_NAN_F __builtin_nanf("")
#define CUDART_NAN __builtin_nan("")
#ifndef M_PI
#define M_PI 3.14159265358979323846
#define M_SQRT2 1.41421356237309504880
#define M_SQRT1_2 0.70710678118654752440
#define M_2_SQRTPI 1.12837916709551257390
#define M_LOG2E 1.44269504088896340736
#define M_LN2 0.69314718055994530942
#define M_E 2.71828182845904523536
#define M_1_PI 0.31830988618379067154
#define M_2_PI 0.63661977236758134308
#endif
#ifndef FLT_MAX
#define FLT_MAX __FLT_MAX__
#define FLT_MIN __FLT_MIN__
#define FLT_EPSILON __FLT_EPSILON__
#define DBL_MAX __DBL_MAX__
#define DBL_MIN __DBL_MIN__
#define DBL_EPSILON __DBL_EPSILON__
#endif
#ifndef INT_MAX
#define INT_MAX __INT_MAX__
#define INT_MIN (-__INT_MAX__ - 1)
#define UINT_MAX (__INT_MAX__ * 2U + 1U)
#define LLONG_MAX __LONG_LONG_MAX__
#define LLONG_MIN (-__LONG_LONG_MAX__ - 1LL)
#define ULLONG_MAX (__LONG_LONG_MAX__ * 2ULL + 1ULL)
#endif

#endif
