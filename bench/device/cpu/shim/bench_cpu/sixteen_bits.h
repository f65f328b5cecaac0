#pragma GCC system_header
/*
 * What __half and __nv_bfloat16 have in common: arithmetic, comparisons, functions and pairs.
 * Included once for each, with BENCH_CPU_T the type, BENCH_CPU_PAIR the pair of it, and
 * BENCH_CPU_BITS the function that makes one from its bits. The NaN that CUDA makes has the bits
 * 0x7fff in both.
 */
/* --- arithmetic --- */

BENCH_CPU_FN BENCH_CPU_T __hadd(BENCH_CPU_T a, BENCH_CPU_T b)
{
    return BENCH_CPU_T(static_cast<float>(a) + static_cast<float>(b));
}
BENCH_CPU_FN BENCH_CPU_T __hadd_rn(BENCH_CPU_T a, BENCH_CPU_T b)
{
    return __hadd(a, b);
}
BENCH_CPU_FN BENCH_CPU_T __hsub(BENCH_CPU_T a, BENCH_CPU_T b)
{
    return BENCH_CPU_T(static_cast<float>(a) - static_cast<float>(b));
}
BENCH_CPU_FN BENCH_CPU_T __hsub_rn(BENCH_CPU_T a, BENCH_CPU_T b)
{
    return __hsub(a, b);
}
BENCH_CPU_FN BENCH_CPU_T __hmul(BENCH_CPU_T a, BENCH_CPU_T b)
{
    return BENCH_CPU_T(static_cast<float>(a) * static_cast<float>(b));
}
BENCH_CPU_FN BENCH_CPU_T __hmul_rn(BENCH_CPU_T a, BENCH_CPU_T b)
{
    return __hmul(a, b);
}
BENCH_CPU_FN BENCH_CPU_T __hdiv(BENCH_CPU_T a, BENCH_CPU_T b)
{
    return BENCH_CPU_T(static_cast<float>(a) / static_cast<float>(b));
}
BENCH_CPU_FN BENCH_CPU_T __hneg(BENCH_CPU_T a)
{
    return BENCH_CPU_BITS(a.bench_bits ^ 0x8000u);
}
BENCH_CPU_FN BENCH_CPU_T __habs(BENCH_CPU_T a)
{
    return BENCH_CPU_BITS(a.bench_bits & 0x7fffu);
}
BENCH_CPU_FN BENCH_CPU_T __hfma(BENCH_CPU_T a, BENCH_CPU_T b, BENCH_CPU_T c)
{
    return BENCH_CPU_T(bench_cpu_fma_odd(a, b, c));
}
BENCH_CPU_FN BENCH_CPU_T __hfma_relu(BENCH_CPU_T a, BENCH_CPU_T b, BENCH_CPU_T c)
{
    float r = BENCH_CPU_T(bench_cpu_fma_odd(a, b, c));
    return r < 0 ? BENCH_CPU_T(0.0f) : BENCH_CPU_T(r);
}
BENCH_CPU_FN BENCH_CPU_T __hadd_sat(BENCH_CPU_T a, BENCH_CPU_T b)
{
    return BENCH_CPU_T(__saturatef(__hadd(a, b)));
}
BENCH_CPU_FN BENCH_CPU_T __hsub_sat(BENCH_CPU_T a, BENCH_CPU_T b)
{
    return BENCH_CPU_T(__saturatef(__hsub(a, b)));
}
BENCH_CPU_FN BENCH_CPU_T __hmul_sat(BENCH_CPU_T a, BENCH_CPU_T b)
{
    return BENCH_CPU_T(__saturatef(__hmul(a, b)));
}

/* --- comparison: false if either is NaN, except the "u" forms and != --- */

BENCH_CPU_FN bool __heq(BENCH_CPU_T a, BENCH_CPU_T b)
{
    return static_cast<float>(a) == static_cast<float>(b);
}
BENCH_CPU_FN bool __hequ(BENCH_CPU_T a, BENCH_CPU_T b)
{
    float x = a, y = b;
    return x == y || x != x || y != y;
}
BENCH_CPU_FN bool __hlt(BENCH_CPU_T a, BENCH_CPU_T b)
{
    return static_cast<float>(a) < static_cast<float>(b);
}
BENCH_CPU_FN bool __hltu(BENCH_CPU_T a, BENCH_CPU_T b)
{
    return !(static_cast<float>(a) >= static_cast<float>(b));
}
BENCH_CPU_FN bool __hle(BENCH_CPU_T a, BENCH_CPU_T b)
{
    return static_cast<float>(a) <= static_cast<float>(b);
}
BENCH_CPU_FN bool __hleu(BENCH_CPU_T a, BENCH_CPU_T b)
{
    return !(static_cast<float>(a) > static_cast<float>(b));
}
BENCH_CPU_FN bool __hgt(BENCH_CPU_T a, BENCH_CPU_T b)
{
    return static_cast<float>(a) > static_cast<float>(b);
}
BENCH_CPU_FN bool __hgtu(BENCH_CPU_T a, BENCH_CPU_T b)
{
    return !(static_cast<float>(a) <= static_cast<float>(b));
}
BENCH_CPU_FN bool __hge(BENCH_CPU_T a, BENCH_CPU_T b)
{
    return static_cast<float>(a) >= static_cast<float>(b);
}
BENCH_CPU_FN bool __hgeu(BENCH_CPU_T a, BENCH_CPU_T b)
{
    return !(static_cast<float>(a) < static_cast<float>(b));
}
BENCH_CPU_FN bool __hneu(BENCH_CPU_T a, BENCH_CPU_T b)
{
    return static_cast<float>(a) != static_cast<float>(b);
}
BENCH_CPU_FN bool __hne(BENCH_CPU_T a, BENCH_CPU_T b)
{
    float x = a, y = b;
    return x < y || x > y;
}
BENCH_CPU_FN bool __hisnan(BENCH_CPU_T a)
{
    return __builtin_isnan(static_cast<float>(a));
}
BENCH_CPU_FN int __hisinf(BENCH_CPU_T a)
{
    float x = a;
    return __builtin_isinf(x) ? (x > 0 ? 1 : -1) : 0;
}
BENCH_CPU_FN BENCH_CPU_T __hmax(BENCH_CPU_T a, BENCH_CPU_T b)
{
    float r = fmaxf(a, b);
    return r != r ? BENCH_CPU_BITS(0x7fff) : BENCH_CPU_T(r);
}
BENCH_CPU_FN BENCH_CPU_T __hmax_nan(BENCH_CPU_T a, BENCH_CPU_T b)
{
    return __hisnan(a) || __hisnan(b) ? BENCH_CPU_BITS(0x7fff) : __hmax(a, b);
}
BENCH_CPU_FN BENCH_CPU_T __hmin(BENCH_CPU_T a, BENCH_CPU_T b)
{
    float r = fminf(a, b);
    return r != r ? BENCH_CPU_BITS(0x7fff) : BENCH_CPU_T(r);
}
BENCH_CPU_FN BENCH_CPU_T __hmin_nan(BENCH_CPU_T a, BENCH_CPU_T b)
{
    return __hisnan(a) || __hisnan(b) ? BENCH_CPU_BITS(0x7fff) : __hmin(a, b);
}

#define BENCH_CPU_OPERATOR(op, function)                                                           \
    BENCH_CPU_FN BENCH_CPU_T operator op(BENCH_CPU_T a, BENCH_CPU_T b)                             \
    {                                                                                              \
        return function(a, b);                                                                     \
    }                                                                                              \
    BENCH_CPU_FN BENCH_CPU_T &operator op##=(BENCH_CPU_T &a, BENCH_CPU_T b)                        \
    {                                                                                              \
        return a = function(a, b);                                                                 \
    }
BENCH_CPU_OPERATOR(+, __hadd)
BENCH_CPU_OPERATOR(-, __hsub)
BENCH_CPU_OPERATOR(*, __hmul)
BENCH_CPU_OPERATOR(/, __hdiv)
#undef BENCH_CPU_OPERATOR
BENCH_CPU_FN BENCH_CPU_T operator-(BENCH_CPU_T a)
{
    return __hneg(a);
}
BENCH_CPU_FN BENCH_CPU_T operator+(BENCH_CPU_T a)
{
    return a;
}
BENCH_CPU_FN BENCH_CPU_T &operator++(BENCH_CPU_T &a)
{
    return a = a + BENCH_CPU_T(1.0f);
}
BENCH_CPU_FN BENCH_CPU_T &operator--(BENCH_CPU_T &a)
{
    return a = a - BENCH_CPU_T(1.0f);
}
BENCH_CPU_FN bool operator==(BENCH_CPU_T a, BENCH_CPU_T b)
{
    return __heq(a, b);
}
BENCH_CPU_FN bool operator!=(BENCH_CPU_T a, BENCH_CPU_T b)
{
    return __hneu(a, b);
}
BENCH_CPU_FN bool operator<(BENCH_CPU_T a, BENCH_CPU_T b)
{
    return __hlt(a, b);
}
BENCH_CPU_FN bool operator<=(BENCH_CPU_T a, BENCH_CPU_T b)
{
    return __hle(a, b);
}
BENCH_CPU_FN bool operator>(BENCH_CPU_T a, BENCH_CPU_T b)
{
    return __hgt(a, b);
}
BENCH_CPU_FN bool operator>=(BENCH_CPU_T a, BENCH_CPU_T b)
{
    return __hge(a, b);
}

/* --- functions --- */

BENCH_CPU_FN BENCH_CPU_T hexp(BENCH_CPU_T a)
{
    return BENCH_CPU_T(expf(a));
}
BENCH_CPU_FN BENCH_CPU_T hexp2(BENCH_CPU_T a)
{
    return BENCH_CPU_T(exp2f(a));
}
BENCH_CPU_FN BENCH_CPU_T hexp10(BENCH_CPU_T a)
{
    return BENCH_CPU_T(exp10f(a));
}
BENCH_CPU_FN BENCH_CPU_T hlog(BENCH_CPU_T a)
{
    return BENCH_CPU_T(logf(a));
}
BENCH_CPU_FN BENCH_CPU_T hlog2(BENCH_CPU_T a)
{
    return BENCH_CPU_T(log2f(a));
}
BENCH_CPU_FN BENCH_CPU_T hlog10(BENCH_CPU_T a)
{
    return BENCH_CPU_T(log10f(a));
}
BENCH_CPU_FN BENCH_CPU_T hsqrt(BENCH_CPU_T a)
{
    return BENCH_CPU_T(__builtin_sqrtf(a));
}
BENCH_CPU_FN BENCH_CPU_T hrsqrt(BENCH_CPU_T a)
{
    return BENCH_CPU_T(rsqrtf(a));
}
BENCH_CPU_FN BENCH_CPU_T hsin(BENCH_CPU_T a)
{
    return BENCH_CPU_T(sinf(a));
}
BENCH_CPU_FN BENCH_CPU_T hcos(BENCH_CPU_T a)
{
    return BENCH_CPU_T(cosf(a));
}
BENCH_CPU_FN BENCH_CPU_T htanh(BENCH_CPU_T a)
{
    return BENCH_CPU_T(tanhf(a));
}
BENCH_CPU_FN BENCH_CPU_T hfloor(BENCH_CPU_T a)
{
    return BENCH_CPU_T(__builtin_floorf(a));
}
BENCH_CPU_FN BENCH_CPU_T hceil(BENCH_CPU_T a)
{
    return BENCH_CPU_T(__builtin_ceilf(a));
}
BENCH_CPU_FN BENCH_CPU_T htrunc(BENCH_CPU_T a)
{
    return BENCH_CPU_T(__builtin_truncf(a));
}
BENCH_CPU_FN BENCH_CPU_T hrint(BENCH_CPU_T a)
{
    return BENCH_CPU_T(__builtin_rintf(a));
}
BENCH_CPU_FN BENCH_CPU_T hrcp(BENCH_CPU_T a)
{
    return BENCH_CPU_T(1.0f / static_cast<float>(a));
}

/* --- pairs --- */

BENCH_CPU_FN BENCH_CPU_PAIR __hadd2(BENCH_CPU_PAIR a, BENCH_CPU_PAIR b)
{
    return BENCH_CPU_PAIR(__hadd(a.x, b.x), __hadd(a.y, b.y));
}
BENCH_CPU_FN BENCH_CPU_PAIR __hadd2_rn(BENCH_CPU_PAIR a, BENCH_CPU_PAIR b)
{
    return __hadd2(a, b);
}
BENCH_CPU_FN BENCH_CPU_PAIR __hsub2(BENCH_CPU_PAIR a, BENCH_CPU_PAIR b)
{
    return BENCH_CPU_PAIR(__hsub(a.x, b.x), __hsub(a.y, b.y));
}
BENCH_CPU_FN BENCH_CPU_PAIR __hsub2_rn(BENCH_CPU_PAIR a, BENCH_CPU_PAIR b)
{
    return __hsub2(a, b);
}
BENCH_CPU_FN BENCH_CPU_PAIR __hmul2(BENCH_CPU_PAIR a, BENCH_CPU_PAIR b)
{
    return BENCH_CPU_PAIR(__hmul(a.x, b.x), __hmul(a.y, b.y));
}
BENCH_CPU_FN BENCH_CPU_PAIR __hmul2_rn(BENCH_CPU_PAIR a, BENCH_CPU_PAIR b)
{
    return __hmul2(a, b);
}
BENCH_CPU_FN BENCH_CPU_PAIR __h2div(BENCH_CPU_PAIR a, BENCH_CPU_PAIR b)
{
    return BENCH_CPU_PAIR(__hdiv(a.x, b.x), __hdiv(a.y, b.y));
}
BENCH_CPU_FN BENCH_CPU_PAIR __hfma2(BENCH_CPU_PAIR a, BENCH_CPU_PAIR b, BENCH_CPU_PAIR c)
{
    return BENCH_CPU_PAIR(__hfma(a.x, b.x, c.x), __hfma(a.y, b.y, c.y));
}
BENCH_CPU_FN BENCH_CPU_PAIR __hneg2(BENCH_CPU_PAIR a)
{
    return BENCH_CPU_PAIR(__hneg(a.x), __hneg(a.y));
}
BENCH_CPU_FN BENCH_CPU_PAIR __habs2(BENCH_CPU_PAIR a)
{
    return BENCH_CPU_PAIR(__habs(a.x), __habs(a.y));
}
BENCH_CPU_FN BENCH_CPU_PAIR __hmax2(BENCH_CPU_PAIR a, BENCH_CPU_PAIR b)
{
    return BENCH_CPU_PAIR(__hmax(a.x, b.x), __hmax(a.y, b.y));
}
BENCH_CPU_FN BENCH_CPU_PAIR __hmax2_nan(BENCH_CPU_PAIR a, BENCH_CPU_PAIR b)
{
    return BENCH_CPU_PAIR(__hmax_nan(a.x, b.x), __hmax_nan(a.y, b.y));
}
BENCH_CPU_FN BENCH_CPU_PAIR __hmin2(BENCH_CPU_PAIR a, BENCH_CPU_PAIR b)
{
    return BENCH_CPU_PAIR(__hmin(a.x, b.x), __hmin(a.y, b.y));
}
BENCH_CPU_FN BENCH_CPU_PAIR __hmin2_nan(BENCH_CPU_PAIR a, BENCH_CPU_PAIR b)
{
    return BENCH_CPU_PAIR(__hmin_nan(a.x, b.x), __hmin_nan(a.y, b.y));
}
BENCH_CPU_FN BENCH_CPU_PAIR __heq2(BENCH_CPU_PAIR a, BENCH_CPU_PAIR b)
{
    return BENCH_CPU_PAIR(BENCH_CPU_T(__heq(a.x, b.x) ? 1.0f : 0.0f),
                          BENCH_CPU_T(__heq(a.y, b.y) ? 1.0f : 0.0f));
}
BENCH_CPU_FN bool __hbeq2(BENCH_CPU_PAIR a, BENCH_CPU_PAIR b)
{
    return __heq(a.x, b.x) && __heq(a.y, b.y);
}
BENCH_CPU_FN BENCH_CPU_PAIR __hne2(BENCH_CPU_PAIR a, BENCH_CPU_PAIR b)
{
    return BENCH_CPU_PAIR(BENCH_CPU_T(__hne(a.x, b.x) ? 1.0f : 0.0f),
                          BENCH_CPU_T(__hne(a.y, b.y) ? 1.0f : 0.0f));
}
BENCH_CPU_FN bool __hbne2(BENCH_CPU_PAIR a, BENCH_CPU_PAIR b)
{
    return __hne(a.x, b.x) && __hne(a.y, b.y);
}
BENCH_CPU_FN BENCH_CPU_PAIR __hlt2(BENCH_CPU_PAIR a, BENCH_CPU_PAIR b)
{
    return BENCH_CPU_PAIR(BENCH_CPU_T(__hlt(a.x, b.x) ? 1.0f : 0.0f),
                          BENCH_CPU_T(__hlt(a.y, b.y) ? 1.0f : 0.0f));
}
BENCH_CPU_FN bool __hblt2(BENCH_CPU_PAIR a, BENCH_CPU_PAIR b)
{
    return __hlt(a.x, b.x) && __hlt(a.y, b.y);
}
BENCH_CPU_FN BENCH_CPU_PAIR __hle2(BENCH_CPU_PAIR a, BENCH_CPU_PAIR b)
{
    return BENCH_CPU_PAIR(BENCH_CPU_T(__hle(a.x, b.x) ? 1.0f : 0.0f),
                          BENCH_CPU_T(__hle(a.y, b.y) ? 1.0f : 0.0f));
}
BENCH_CPU_FN bool __hble2(BENCH_CPU_PAIR a, BENCH_CPU_PAIR b)
{
    return __hle(a.x, b.x) && __hle(a.y, b.y);
}
BENCH_CPU_FN BENCH_CPU_PAIR __hgt2(BENCH_CPU_PAIR a, BENCH_CPU_PAIR b)
{
    return BENCH_CPU_PAIR(BENCH_CPU_T(__hgt(a.x, b.x) ? 1.0f : 0.0f),
                          BENCH_CPU_T(__hgt(a.y, b.y) ? 1.0f : 0.0f));
}
BENCH_CPU_FN bool __hbgt2(BENCH_CPU_PAIR a, BENCH_CPU_PAIR b)
{
    return __hgt(a.x, b.x) && __hgt(a.y, b.y);
}
BENCH_CPU_FN BENCH_CPU_PAIR __hge2(BENCH_CPU_PAIR a, BENCH_CPU_PAIR b)
{
    return BENCH_CPU_PAIR(BENCH_CPU_T(__hge(a.x, b.x) ? 1.0f : 0.0f),
                          BENCH_CPU_T(__hge(a.y, b.y) ? 1.0f : 0.0f));
}
BENCH_CPU_FN bool __hbge2(BENCH_CPU_PAIR a, BENCH_CPU_PAIR b)
{
    return __hge(a.x, b.x) && __hge(a.y, b.y);
}
BENCH_CPU_FN BENCH_CPU_PAIR __hisnan2(BENCH_CPU_PAIR a)
{
    return BENCH_CPU_PAIR(BENCH_CPU_T(__hisnan(a.x) ? 1.0f : 0.0f),
                          BENCH_CPU_T(__hisnan(a.y) ? 1.0f : 0.0f));
}
BENCH_CPU_FN BENCH_CPU_PAIR h2exp(BENCH_CPU_PAIR a)
{
    return BENCH_CPU_PAIR(hexp(a.x), hexp(a.y));
}
BENCH_CPU_FN BENCH_CPU_PAIR h2exp2(BENCH_CPU_PAIR a)
{
    return BENCH_CPU_PAIR(hexp2(a.x), hexp2(a.y));
}
BENCH_CPU_FN BENCH_CPU_PAIR h2exp10(BENCH_CPU_PAIR a)
{
    return BENCH_CPU_PAIR(hexp10(a.x), hexp10(a.y));
}
BENCH_CPU_FN BENCH_CPU_PAIR h2log(BENCH_CPU_PAIR a)
{
    return BENCH_CPU_PAIR(hlog(a.x), hlog(a.y));
}
BENCH_CPU_FN BENCH_CPU_PAIR h2log2(BENCH_CPU_PAIR a)
{
    return BENCH_CPU_PAIR(hlog2(a.x), hlog2(a.y));
}
BENCH_CPU_FN BENCH_CPU_PAIR h2log10(BENCH_CPU_PAIR a)
{
    return BENCH_CPU_PAIR(hlog10(a.x), hlog10(a.y));
}
BENCH_CPU_FN BENCH_CPU_PAIR h2sqrt(BENCH_CPU_PAIR a)
{
    return BENCH_CPU_PAIR(hsqrt(a.x), hsqrt(a.y));
}
BENCH_CPU_FN BENCH_CPU_PAIR h2rsqrt(BENCH_CPU_PAIR a)
{
    return BENCH_CPU_PAIR(hrsqrt(a.x), hrsqrt(a.y));
}
BENCH_CPU_FN BENCH_CPU_PAIR h2sin(BENCH_CPU_PAIR a)
{
    return BENCH_CPU_PAIR(hsin(a.x), hsin(a.y));
}
BENCH_CPU_FN BENCH_CPU_PAIR h2cos(BENCH_CPU_PAIR a)
{
    return BENCH_CPU_PAIR(hcos(a.x), hcos(a.y));
}
BENCH_CPU_FN BENCH_CPU_PAIR h2tanh(BENCH_CPU_PAIR a)
{
    return BENCH_CPU_PAIR(htanh(a.x), htanh(a.y));
}
BENCH_CPU_FN BENCH_CPU_PAIR h2floor(BENCH_CPU_PAIR a)
{
    return BENCH_CPU_PAIR(hfloor(a.x), hfloor(a.y));
}
BENCH_CPU_FN BENCH_CPU_PAIR h2ceil(BENCH_CPU_PAIR a)
{
    return BENCH_CPU_PAIR(hceil(a.x), hceil(a.y));
}
BENCH_CPU_FN BENCH_CPU_PAIR h2trunc(BENCH_CPU_PAIR a)
{
    return BENCH_CPU_PAIR(htrunc(a.x), htrunc(a.y));
}
BENCH_CPU_FN BENCH_CPU_PAIR h2rint(BENCH_CPU_PAIR a)
{
    return BENCH_CPU_PAIR(hrint(a.x), hrint(a.y));
}
BENCH_CPU_FN BENCH_CPU_PAIR h2rcp(BENCH_CPU_PAIR a)
{
    return BENCH_CPU_PAIR(hrcp(a.x), hrcp(a.y));
}

#define BENCH_CPU_OPERATOR(op, function)                                                           \
    BENCH_CPU_FN BENCH_CPU_PAIR operator op(BENCH_CPU_PAIR a, BENCH_CPU_PAIR b)                    \
    {                                                                                              \
        return function(a, b);                                                                     \
    }                                                                                              \
    BENCH_CPU_FN BENCH_CPU_PAIR &operator op##=(BENCH_CPU_PAIR &a, BENCH_CPU_PAIR b)               \
    {                                                                                              \
        return a = function(a, b);                                                                 \
    }
BENCH_CPU_OPERATOR(+, __hadd2)
BENCH_CPU_OPERATOR(-, __hsub2)
BENCH_CPU_OPERATOR(*, __hmul2)
BENCH_CPU_OPERATOR(/, __h2div)
#undef BENCH_CPU_OPERATOR
BENCH_CPU_FN BENCH_CPU_PAIR operator-(BENCH_CPU_PAIR a)
{
    return __hneg2(a);
}
BENCH_CPU_FN bool operator==(BENCH_CPU_PAIR a, BENCH_CPU_PAIR b)
{
    return __hbeq2(a, b);
}
BENCH_CPU_FN bool operator!=(BENCH_CPU_PAIR a, BENCH_CPU_PAIR b)
{
    return __hneu(a.x, b.x) || __hneu(a.y, b.y);
}
