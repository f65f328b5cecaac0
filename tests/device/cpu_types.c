/* The 16-bit types and CUDA's own functions on the cpu device. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "bench/util/rng.h"
#include "cpu_support.h"

TestSuite(cpu_types, .init = cpu_setup, .fini = cpu_teardown);

/* A binary format of 16 bits. */
struct format {
    int exponent_bits, mantissa_bits;
};
static const struct format half = {5, 10};
static const struct format bfloat16 = {8, 7};

static long double decode(struct format f, uint16_t bits)
{
    int bias = (1 << (f.exponent_bits - 1)) - 1;
    int exponent = bits >> f.mantissa_bits & ((1 << f.exponent_bits) - 1);
    int mantissa = bits & ((1 << f.mantissa_bits) - 1);
    long double sign = bits & 0x8000 ? -1 : 1;
    if (exponent == (1 << f.exponent_bits) - 1)
        return mantissa ? (long double)NAN : sign * (long double)INFINITY;
    if (exponent == 0)
        return sign * ldexpl(mantissa, 1 - bias - f.mantissa_bits);
    return sign * ldexpl((1 << f.mantissa_bits) + mantissa, exponent - bias - f.mantissa_bits);
}

/* To nearest, ties to even, by scaling to an integer: independent of how the shim does it. */
static uint16_t encode(struct format f, long double x)
{
    int bias = (1 << (f.exponent_bits - 1)) - 1;
    uint16_t sign = signbit(x) ? 0x8000 : 0;
    x = fabsl(x);
    int infinity = ((1 << f.exponent_bits) - 1) << f.mantissa_bits;
    if (isinf(x))
        return (uint16_t)(sign | infinity);
    if (x == 0)
        return sign;
    int exponent;
    frexpl(x, &exponent);
    exponent -= 1;
    if (exponent < 1 - bias)
        exponent = 1 - bias;
    long double scaled = nearbyintl(ldexpl(x, f.mantissa_bits - exponent));
    /* A carry goes into the exponent by itself. */
    long long bits = (long long)scaled + ((long long)(exponent + bias - 1) << f.mantissa_bits);
    return (uint16_t)(sign | (bits > infinity ? infinity : bits));
}

static bool is_nan(struct format f, uint16_t bits)
{
    return isnan(decode(f, bits));
}

static void check_to_float(const char *kernel, struct format f)
{
    int n = 65536;
    uint16_t *in = cpu_memory(NULL, 65536 * sizeof(*in));
    float *out = cpu_memory(NULL, 65536 * sizeof(*out));
    for (int i = 0; i < n; i++)
        in[i] = (uint16_t)i;
    void *args[] = {&in, &out, &n};
    cpu_launch(cpu_kernel("types.cu", kernel), 256, 256, 0, args);
    for (int i = 0; i < n; i++) {
        long double want = decode(f, (uint16_t)i);
        cr_assert(isnan(want) ? isnan(out[i])
                              : out[i] == (float)want && !signbit(out[i]) == !signbit(want),
                  "%04x: %g, not %Lg", (unsigned)i, (double)out[i], want);
    }
}

/* All values of the format, the middles between neighbours, and the floats next to both. */
static int interesting(struct format f, float *out)
{
    int n = 0;
    for (int i = 0; i < 65535; i++) {
        float a = (float)decode(f, (uint16_t)i);
        float b = (float)decode(f, (uint16_t)(i + 1));
        if (!isfinite(a)) {
            out[n++] = a;
            continue;
        }
        float middle = isfinite(b) ? a / 2 + b / 2 : a;
        const float around[] = {
            a,      nextafterf(a, INFINITY),      nextafterf(a, -INFINITY),
            middle, nextafterf(middle, INFINITY), nextafterf(middle, -INFINITY)};
        memcpy(out + n, around, sizeof(around));
        n += 6;
    }
    const float extreme[] = {65519.996f, 65520.0f,   1e38f,      3.4e38f,   1e-30f,
                             0x1p-25f,   0x1.8p-25f, -0x1p-149f, 3.3961e38f};
    memcpy(out + n, extreme, sizeof(extreme));
    return n + (int)(sizeof(extreme) / sizeof(extreme[0]));
}

static void check_from_float(const char *kernel, struct format f)
{
    float *in = cpu_memory(NULL, 400000 * sizeof(*in));
    uint16_t *out = cpu_memory(NULL, 400000 * sizeof(*out));
    int n = interesting(f, in);
    void *args[] = {&in, &out, &n};
    cpu_launch(cpu_kernel("types.cu", kernel), (uint32_t)(n + 255) / 256, 256, 0, args);
    for (int i = 0; i < n; i++) {
        uint16_t want = encode(f, isnan(in[i]) ? 0 : (long double)in[i]);
        cr_assert(isnan(in[i]) ? is_nan(f, out[i]) : out[i] == want, "%a: %04x, not %04x",
                  (double)in[i], out[i], want);
    }
}

Test(cpu_types, all_halves_become_floats)
{
    check_to_float("half_to_float", half);
}

Test(cpu_types, floats_round_to_the_nearest_half)
{
    check_from_float("float_to_half", half);
}

Test(cpu_types, all_bfloat16s_become_floats)
{
    check_to_float("bfloat16_to_float", bfloat16);
}

Test(cpu_types, floats_round_to_the_nearest_bfloat16)
{
    check_from_float("float_to_bfloat16", bfloat16);
}

Test(cpu_types, directed_roundings_enclose_the_value)
{
    float *in = cpu_memory(NULL, 400000 * sizeof(*in));
    uint16_t *out = cpu_memory(NULL, 3 * 400000 * sizeof(*out));
    int n = interesting(half, in);
    void *args[] = {&in, &out, &n};
    cpu_launch(cpu_kernel("types.cu", "float_to_half_directed"), (uint32_t)(n + 255) / 256, 256, 0,
               args);
    for (int i = 0; i < n; i++) {
        if (!isfinite(in[i]))
            continue;
        long double zero = decode(half, out[3 * i]);
        long double up = decode(half, out[3 * i + 1]);
        long double down = decode(half, out[3 * i + 2]);
        cr_assert(up >= in[i] && down <= in[i], "%a", (double)in[i]);
        cr_assert(zero == (signbit(in[i]) ? up : down), "%a", (double)in[i]);
        /* No half lies strictly between them. */
        cr_assert(up == down || (long double)nextafterf((float)down, INFINITY) <= up);
        long double nearest = decode(half, encode(half, in[i]));
        cr_assert(nearest == up || nearest == down, "%a", (double)in[i]);
    }
}

Test(cpu_types, doubles_round_once)
{
    /* Just above a tie of halves by less than float can show: rounding twice would be wrong. */
    const double in[] = {1.0 + 0x1p-11,
                         1.0 + 0x1p-11 + 0x1p-40,
                         1.0 + 3 * 0x1p-11 - 0x1p-45,
                         0x1p-25,
                         0x1p-25 + 0x1p-60,
                         65520.0 - 0x1p-30,
                         1e300,
                         -1e-300};
    int n = sizeof(in) / sizeof(in[0]);
    double *input = cpu_memory(in, sizeof(in));
    uint16_t *out = cpu_memory(NULL, 16 * sizeof(*out));
    void *args[] = {&input, &out, &n};
    cpu_launch(cpu_kernel("types.cu", "double_to_half"), 1, 32, 0, args);
    for (int i = 0; i < n; i++)
        cr_expect_eq(out[i], encode(half, in[i]), "%a: %04x, not %04x", in[i], out[i],
                     encode(half, in[i]));
}

Test(cpu_types, half_arithmetic_rounds_once)
{
    int n = 40000;
    struct bench_rng rng;
    bench_rng_init(&rng, 3);
    uint16_t *in = cpu_memory(NULL, 3 * 40000 * sizeof(*in));
    uint16_t *out = cpu_memory(NULL, 4 * 40000 * sizeof(*out));
    for (int i = 0; i < 3 * n; i++) /* magnitudes 2^-7 … 2^8: long double holds all results */
        in[i] = (uint16_t)((bench_rng_below(&rng, 2) << 15) |
                           (bench_rng_below(&rng, 16) + 8) << 10 | bench_rng_below(&rng, 1024));
    void *args[] = {&in, &out, &n};
    cpu_launch(cpu_kernel("types.cu", "half_arithmetic"), (uint32_t)(n + 127) / 128, 128, 0, args);
    for (int i = 0; i < n; i++) {
        long double a = decode(half, in[3 * i]);
        long double b = decode(half, in[3 * i + 1]);
        long double c = decode(half, in[3 * i + 2]);
        const long double exact[] = {a + b, a * b, a / b, a * b + c};
        for (int op = 0; op < 4; op++)
            cr_assert_eq(out[4 * i + op], encode(half, exact[op]),
                         "operation %d of %La %La %La: %04x, not %04x", op, a, b, c,
                         out[4 * i + op], encode(half, exact[op]));
    }
}

Test(cpu_types, functions_that_only_cuda_has)
{
    float *out = cpu_memory(NULL, 32 * sizeof(float));
    void *args[] = {&out};
    cpu_launch(cpu_kernel("types.cu", "functions"), 1, 1, 0, args);
    const float want[] = {1,     1, INFINITY,      -INFINITY, 7.5f, 75, 1,    1,  3.14159274f,
                          0.75f, 3, 2147483648.0f, -13,       18,   1,  5.5f, 26, 0};
    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
        cr_expect_eq(out[i], want[i], "number %zu: %g, not %g", i, (double)out[i], (double)want[i]);
}
