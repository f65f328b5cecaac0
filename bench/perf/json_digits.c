/* Numbers as text: the fewest digits that read back to the same double. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/perf/json_internal.h"

/* A decimal number: digits[0].digits[1]... * 10^exponent, without zeros at its end. */
struct decimal {
    char digits[20];
    int count;
    int exponent;
};

/* Any decimal of so many digits reads back to a double of its own; below the normal range a double
 * has fewer. */
#define LEAST_DIGITS 15

/* Fewest significant digits that read back to the same double, as d.ddde+xx. Fifteen digits (with
 * the zeros at the end cut later) do for numbers that people write. */
static void search_shortest(double v, int precision, char out[32])
{
    for (; precision <= 16; precision++) {
        snprintf(out, 32, "%.*e", precision, v);
        if (strtod(out, NULL) == v)
            return;
        /* Above a power of two doubles lie twice as far apart as below, so that the neighbour away
         * from zero may read back where the nearest decimal does not. */
        char *last = strchr(out, 'e') - 1;
        if (precision == 15 && *last != '9') {
            ++*last;
            if (strtod(out, NULL) == v)
                return;
        }
    }
}

/* No fewer than `least` digits. */
static void slow_shortest(double v, int least, struct decimal *d)
{
    char text[32];
    const char *p = text;
    search_shortest(v, least - 1, text);
    d->count = 0;
    for (; *p && *p != 'e'; p++)
        if (*p >= '0' && *p <= '9')
            d->digits[d->count++] = *p;
    while (d->count > 1 && d->digits[d->count - 1] == '0')
        d->count--;
    d->exponent = (int)strtol(p + 1, NULL, 10);
}

#if LDBL_MANT_DIG == 64 && DBL_MANT_DIG == 53
/* Two digits at a time. */
static size_t put_digits(uint64_t n, char *out)
{
    char text[20];
    size_t at = sizeof text;
    for (; n >= 100; n /= 100) {
        unsigned pair = (unsigned)(n % 100);
        text[--at] = (char)('0' + pair % 10);
        text[--at] = (char)('0' + pair / 10);
    }
    if (n >= 10)
        text[--at] = (char)('0' + n % 10);
    text[--at] = (char)('0' + (n >= 10 ? n / 10 : n));
    memcpy(out, text + at, sizeof text - at);
    return sizeof text - at;
}

/* `whole` of `count` digits, without the zeros at its end. */
static void put_decimal(uint64_t whole, struct decimal *d)
{
    if (whole % 100000000 == 0)
        whole /= 100000000;
    if (whole % 10000 == 0)
        whole /= 10000;
    if (whole % 100 == 0)
        whole /= 100;
    while (whole % 10 == 0)
        whole /= 10;
    d->count = (int)put_digits(whole, d->digits);
}

/* As people write them: up to six decimals, and fifteen digits in all, of which no two make the
 * same double, so that there is no shorter one. */
static bool six_decimals(double size, struct decimal *d)
{
    if (!(size >= 1e-6 && size < 1e9))
        return false;
    int64_t millionths = (int64_t)(size * 1e6 + 0.5);
    if ((double)millionths / 1e6 != size)
        return false;
    int digits = 1;
    for (int64_t bound = 10; millionths >= bound; bound *= 10)
        digits++;
    put_decimal((uint64_t)millionths, d);
    d->exponent = digits - 7;
    return true;
}

/* A number with 17 digits before its point: floor + rest; the next double is 2 * half away. */
struct scaled {
    int64_t floor;
    long double rest, half;
};

enum found { FOUND, TOO_FAR, UNCERTAIN };

/* The nearest multiple of `unit`: is it nearer than half way to the next double? */
static inline enum found try_unit(const struct scaled *x, int64_t unit, struct decimal *d)
{
    const long double unsure = 0.006L;
    int64_t below = x->floor / unit;
    long double over = (long double)(x->floor % unit) + x->rest;
    long double middle = (long double)unit / 2;
    if (fabsl(over - middle) < unsure)
        return UNCERTAIN; /* nearer to which? */
    bool up = over > middle;
    long double off = up ? (long double)unit - over : over;
    if (fabsl(off - x->half) < unsure)
        return UNCERTAIN;
    if (off > x->half)
        return TOO_FAR;
    put_decimal((uint64_t)(below + up), d);
    return FOUND;
}

/* Arithmetic for numbers of ordinary size. Returns 0, or how many digits are needed at least where
 * it is not certain, or where the spacing of doubles is uneven (at powers of two).
 *
 * The number is scaled to 17 digits before the point, with an error below 1e17 * 2^-64 = 0.0055
 * from its one operation. A decimal reads back to the number if it is nearer than half the distance
 * between doubles; the nearest with 15, 16 or 17 digits is a multiple of 100, 10 or 1. */
static int quick_shortest(double size, struct decimal *d)
{
    static const long double powers[] = {
        1e0L,  1e1L,  1e2L,  1e3L,  1e4L,  1e5L,  1e6L,  1e7L,  1e8L,  1e9L,  1e10L, 1e11L, 1e12L,
        1e13L, 1e14L, 1e15L, 1e16L, 1e17L, 1e18L, 1e19L, 1e20L, 1e21L, 1e22L, 1e23L, 1e24L};
    if (six_decimals(size, d))
        return 0;
    uint64_t bits;
    memcpy(&bits, &size, sizeof bits);
    if (!(size >= 1e-8 && size < 1e15) || (bits & (((uint64_t)1 << 52) - 1)) == 0)
        return LEAST_DIGITS;
    int binary = (int)(bits >> 52) - 1022;
    /* 1233 / 4096 is just above log10(2); one step too high at times. */
    int decimal = (binary * 1233) >> 12;
    long double value = (long double)size * powers[16 - decimal];
    if (value < 1e16L)
        value = (long double)size * powers[16 - --decimal];
    if (value < 1e16L || value >= 1e17L - 100)
        return LEAST_DIGITS;
    /* Half of 2^(binary - 53), the last of 53 bits. */
    uint64_t half_bits = (uint64_t)(binary - 54 + 1023) << 52;
    double half_step;
    memcpy(&half_step, &half_bits, sizeof half_step);
    struct scaled x = {.floor = (int64_t)value, .half = half_step * powers[16 - decimal]};
    x.rest = value - (long double)x.floor;

    d->exponent = decimal;
    int digits = LEAST_DIGITS;
    enum found found = try_unit(&x, 100, d);
    if (found == TOO_FAR) {
        digits++;
        found = try_unit(&x, 10, d);
    }
    if (found == TOO_FAR) {
        digits++;
        found = try_unit(&x, 1, d);
    }
    return found == FOUND ? 0 : digits;
}
#else
static size_t put_digits(uint64_t n, char *out)
{
    return (size_t)sprintf(out, "%llu", (unsigned long long)n);
}

static int quick_shortest(double size, struct decimal *d)
{
    (void)size;
    (void)d;
    return LEAST_DIGITS;
}
#endif

size_t bench_json_format_int(int64_t v, char out[24])
{
    uint64_t size = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    *out = '-';
    return put_digits(size, out + (v < 0)) + (v < 0);
}

/* As Python's repr: plain from 1e-4 to 1e16, else with an exponent of at least two digits. A whole
 * number gets ".0" in Python's style alone. */
size_t bench_json_format_double(double v, bool python, char out[BENCH_JSON_NUMBER_MAX])
{
    struct decimal d = {.count = 0};
    char *p = out;
    int least = quick_shortest(fabs(v), &d);
    if (least)
        slow_shortest(fabs(v), fabs(v) < 0x1p-1022 ? 1 : least, &d);
    size_t n = (size_t)d.count;
    if (signbit(v))
        *p++ = '-';
    if (d.exponent < -4 || d.exponent >= 16) {
        p += sprintf(p, "%c%s%.*se%s%02d", d.digits[0], n > 1 ? "." : "", d.count - 1, d.digits + 1,
                     d.exponent < 0 ? "-" : "+", abs(d.exponent));
        return (size_t)(p - out);
    }
    /* "0.000ddd", "ddd.ddd" or "ddd000". */
    size_t whole = d.exponent < 0 ? 0 : (size_t)d.exponent + 1;
    if (whole == 0) {
        size_t zeros = (size_t)(1 - d.exponent);
        memcpy(p, "0.000", zeros);
        memcpy(p + zeros, d.digits, n);
        return (size_t)(p - out) + zeros + n;
    }
    if (n > whole) {
        memcpy(p, d.digits, whole);
        p[whole] = '.';
        memcpy(p + whole + 1, d.digits + whole, n - whole);
        return (size_t)(p - out) + n + 1;
    }
    memcpy(p, d.digits, n);
    memset(p + n, '0', whole - n);
    p += whole;
    if (python) {
        *p++ = '.';
        *p++ = '0';
    }
    return (size_t)(p - out);
}
