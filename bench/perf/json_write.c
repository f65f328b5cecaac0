#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/perf/json_internal.h"

/* Bits of writer.state[depth]. */
enum {
    IN_OBJECT = 1,
    HAS_ITEMS = 2,
    AFTER_KEY = 4,
    ON_LINES = 8 /* its items stand on lines of their own */
};

/* Broken documents must never reach a disk, so this stays in release builds, where assert does not.
 */
static void require(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "bench: programming error in writing JSON: %s\n", what);
        abort();
    }
}

/* Pieces are a few bytes long and there are many: what fits is copied here. */
static inline void add_bytes(struct bench_str *out, const char *text, size_t n)
{
    if (out->cap - out->len <= n) {
        bench_str_addn(out, text, n);
        return;
    }
    memcpy(out->data + out->len, text, n);
    out->len += n;
    out->data[out->len] = '\0';
}

static inline void add_char(struct bench_str *out, char c)
{
    add_bytes(out, &c, 1);
}

static inline void add_text(struct bench_str *out, const char *text)
{
    add_bytes(out, text, strlen(text));
}

void bench_json_writer_init(struct bench_json_writer *w, struct bench_str *out,
                            enum bench_json_style style)
{
    memset(w, 0, sizeof(*w));
    w->out = out;
    w->style = style;
}

static void new_line(struct bench_json_writer *w, int depth)
{
    add_char(w->out, '\n');
    for (int i = 0; i < depth; i++)
        add_text(w->out, "  ");
}

/* What stands before an item or a key: comma, line, indent. */
static void separate(struct bench_json_writer *w, bool container)
{
    unsigned char *state = &w->state[w->depth];
    if (w->depth == 0) {
        require(!(*state & HAS_ITEMS), "a document has one root");
        *state |= HAS_ITEMS;
        return;
    }
    /* An array of plain values stays on its line until something larger comes. */
    if (container && w->style == BENCH_JSON_PRETTY)
        *state |= ON_LINES;
    if (*state & HAS_ITEMS)
        add_text(w->out, *state & ON_LINES || w->style == BENCH_JSON_COMPACT ? "," : ", ");
    if (*state & ON_LINES)
        new_line(w, w->depth);
    *state |= HAS_ITEMS;
}

static void before_value(struct bench_json_writer *w, bool container)
{
    unsigned char *state = &w->state[w->depth];
    if (*state & AFTER_KEY) {
        *state &= (unsigned char)~AFTER_KEY;
        return;
    }
    require(!(*state & IN_OBJECT), "a value in an object needs a key");
    separate(w, container);
}

static void open_container(struct bench_json_writer *w, char bracket, unsigned char state)
{
    before_value(w, true);
    add_char(w->out, bracket);
    require(w->depth + 1 < (int)sizeof(w->state), "nested too deep");
    w->state[++w->depth] = state;
}

static void close_container(struct bench_json_writer *w, char bracket)
{
    unsigned char state = w->state[w->depth];
    require(w->depth > 0 && !(state & AFTER_KEY), "a key needs a value, a closing an opening");
    w->depth--;
    if ((state & HAS_ITEMS) && (state & ON_LINES))
        new_line(w, w->depth);
    add_char(w->out, bracket);
}

void bench_json_open_object(struct bench_json_writer *w)
{
    open_container(w, '{', w->style == BENCH_JSON_COMPACT ? IN_OBJECT : IN_OBJECT | ON_LINES);
}

void bench_json_close_object(struct bench_json_writer *w)
{
    require(w->state[w->depth] & IN_OBJECT, "an object is closed where an array is open");
    close_container(w, '}');
}

void bench_json_open_array(struct bench_json_writer *w)
{
    open_container(w, '[', w->style == BENCH_JSON_PYTHON ? ON_LINES : 0);
}

void bench_json_close_array(struct bench_json_writer *w)
{
    require(!(w->state[w->depth] & IN_OBJECT), "an array is closed where an object is open");
    close_container(w, ']');
}

/* The code point at *p, which is moved on. What is no UTF-8 becomes U+FFFD, so that the text stays
 * valid whatever it was made of (a compiler's log, a file name). */
static uint32_t next_code_point(const char **p)
{
    const unsigned char *s = (const unsigned char *)*p;
    size_t n = bench_json_utf8_length(s, strlen(*p) < 4 ? strlen(*p) : 4);
    if (n == 0) {
        *p += 1;
        return 0xfffd;
    }
    static const unsigned char masks[5] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t c = s[0] & masks[n];
    for (size_t i = 1; i < n; i++)
        c = c << 6 | (s[i] & 0x3f);
    *p += n;
    return c;
}

static void add_non_ascii(struct bench_json_writer *w, const char **p)
{
    const char *begin = *p;
    uint32_t c = next_code_point(p);
    if (w->style != BENCH_JSON_PYTHON && c != 0xfffd)
        add_bytes(w->out, begin, (size_t)(*p - begin));
    else if (w->style != BENCH_JSON_PYTHON)
        add_text(w->out, "\xef\xbf\xbd");
    else if (c < 0x10000)
        bench_str_addf(w->out, "\\u%04" PRIx32, c);
    else
        bench_str_addf(w->out, "\\u%04" PRIx32 "\\u%04" PRIx32, 0xd800 + ((c - 0x10000) >> 10),
                       0xdc00 + ((c - 0x10000) & 0x3ff));
}

static void add_escaped(struct bench_json_writer *w, char c)
{
    static const char from[] = "\"\\\n\r\t\b\f";
    static const char to[] = "\"\\nrtbf";
    const char *at = strchr(from, c);
    if (at)
        bench_str_addf(w->out, "\\%c", to[at - from]);
    else
        bench_str_addf(w->out, "\\u%04x", (unsigned)c);
}

static void add_string(struct bench_json_writer *w, const char *s)
{
    add_char(w->out, '"');
    while (*s) {
        const char *plain = s;
        while ((unsigned char)*s >= 0x20 && (unsigned char)*s < 0x7f && *s != '"' && *s != '\\')
            s++;
        add_bytes(w->out, plain, (size_t)(s - plain));
        if (!*s)
            break;
        if ((unsigned char)*s >= 0x80)
            add_non_ascii(w, &s);
        else if (*s == 0x7f && w->style != BENCH_JSON_PYTHON)
            add_char(w->out, *s++);
        else
            add_escaped(w, *s++);
    }
    add_char(w->out, '"');
}

void bench_json_put_key(struct bench_json_writer *w, const char *key)
{
    require((w->state[w->depth] & IN_OBJECT) && !(w->state[w->depth] & AFTER_KEY),
            "a key stands in an object, and a value after each");
    separate(w, false);
    add_string(w, key);
    add_text(w->out, w->style == BENCH_JSON_COMPACT ? ":" : ": ");
    w->state[w->depth] |= AFTER_KEY;
}

void bench_json_put_string(struct bench_json_writer *w, const char *s)
{
    before_value(w, false);
    if (s)
        add_string(w, s);
    else
        add_text(w->out, "null");
}

void bench_json_put_int(struct bench_json_writer *w, int64_t v)
{
    before_value(w, false);
    bench_str_addf(w->out, "%" PRId64, v);
}

/* Fewest significant digits that read back to the same double, as d.ddde+xx. Fifteen digits (with
 * the zeros at the end cut later) do for numbers that people write. */
static void search_shortest(double v, char out[32])
{
    /* Below the normal range a double has fewer digits. */
    int precision = fabs(v) < 0x1p-1022 ? 0 : 14;
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

/* The digits and the exponent of d.ddde+xx; zeros at the end are cut. */
static int split_digits(const char *text, char digits[20])
{
    size_t n = 0;
    const char *p = text;
    for (; *p && *p != 'e'; p++)
        if (*p >= '0' && *p <= '9')
            digits[n++] = *p;
    while (n > 1 && digits[n - 1] == '0')
        n--;
    digits[n] = '\0';
    return (int)strtol(p + 1, NULL, 10);
}

#if LDBL_MANT_DIG == 64 && DBL_MANT_DIG == 53
/* The nearest whole number; 0 where the error of `x` leaves two. */
static uint64_t certain_round(long double x)
{
    long double whole = floorl(x);
    long double rest = x - whole;
    if (fabsl(rest - 0.5L) < 0.005L)
        return 0;
    return (uint64_t)whole + (rest > 0.5L);
}

/* The same by arithmetic, for numbers of ordinary size; false where that is not certain, or where
 * the spacing of doubles is uneven. Seventeen digits fit the 64 bits of a long double, whose error
 * after one operation with an exact power of ten is below 0.004 of the last digit. */
static bool quick_shortest(double v, char digits[20], int *exponent)
{
    static const long double powers[] = {
        1e0L,  1e1L,  1e2L,  1e3L,  1e4L,  1e5L,  1e6L,  1e7L,  1e8L,  1e9L,  1e10L, 1e11L, 1e12L,
        1e13L, 1e14L, 1e15L, 1e16L, 1e17L, 1e18L, 1e19L, 1e20L, 1e21L, 1e22L, 1e23L, 1e24L};
    double size = fabs(v);
    int binary;
    if (!(size >= 1e-8 && size < 1e15) || frexp(size, &binary) == 0.5)
        return false;
    /* 1233 / 4096 is just above log10(2); one step too high at times. */
    int decimal = (int)(((int64_t)binary * 1233) >> 12);
    if ((long double)size * powers[16 - decimal] < 1e16L)
        decimal--;
    long double x = (long double)size * powers[16 - decimal];
    if (x < 1e16L || x >= 1e17L - 1)
        return false;
    for (int n = 15; n <= 17; n++) {
        long double step = powers[17 - n];
        uint64_t whole = certain_round(x / step);
        if (whole == 0)
            return false;
        /* Farther away than doubles lie apart, no decimal reads back. */
        if (fabsl((long double)whole * step - x) > x * 0x1p-52L)
            continue;
        double back = bench_json_decimal(whole, decimal + 1 - n);
        if (isnan(back))
            return false;
        if (back != size)
            continue;
        for (; whole % 10 == 0; n--)
            whole /= 10;
        digits[n] = '\0';
        *exponent = decimal;
        for (int i = n; i-- > 0; whole /= 10)
            digits[i] = (char)('0' + whole % 10);
        return whole == 0;
    }
    return false;
}
#else
static bool quick_shortest(double v, char digits[20], int *exponent)
{
    (void)v;
    (void)digits;
    (void)exponent;
    return false;
}
#endif

static int shortest_digits(double v, char digits[20])
{
    int exponent;
    if (quick_shortest(v, digits, &exponent))
        return exponent;
    char text[32];
    search_shortest(v, text);
    return split_digits(text, digits);
}

/* As Python's repr: plain from 1e-4 to 1e16, else with an exponent of at least two digits. A whole
 * number gets ".0" in Python's style alone. */
static void add_double(struct bench_json_writer *w, double v)
{
    char digits[20];
    int exponent = shortest_digits(v, digits);
    int n = (int)strlen(digits);
    if (signbit(v))
        add_char(w->out, '-');
    if (exponent < -4 || exponent >= 16) {
        bench_str_addf(w->out, "%c%s%se%s%02d", digits[0], n > 1 ? "." : "", digits + 1,
                       exponent < 0 ? "-" : "+", abs(exponent));
    } else if (exponent < 0) {
        add_bytes(w->out, "0.000", (size_t)(1 - exponent));
        add_bytes(w->out, digits, (size_t)n);
    } else if (n > exponent + 1) {
        add_bytes(w->out, digits, (size_t)exponent + 1);
        add_char(w->out, '.');
        add_bytes(w->out, digits + exponent + 1, (size_t)(n - exponent - 1));
    } else {
        bench_str_addf(w->out, "%s%.*s%s", digits, exponent + 1 - n, "0000000000000000",
                       w->style == BENCH_JSON_PYTHON ? ".0" : "");
    }
}

void bench_json_put_double(struct bench_json_writer *w, double v)
{
    require(isfinite(v), "NaN and Infinity are no JSON");
    before_value(w, false);
    add_double(w, v);
}

void bench_json_put_bool(struct bench_json_writer *w, bool v)
{
    before_value(w, false);
    add_text(w->out, v ? "true" : "false");
}

void bench_json_put_null(struct bench_json_writer *w)
{
    before_value(w, false);
    add_text(w->out, "null");
}

/* A number is copied as it was written, so that no digit of it is lost (NaN and Infinity, which are
 * no JSON, become strings), but Python would have made
 * a float of what has a point or an exponent, and writes that its own way. */
static void put_number(struct bench_json_writer *w, const struct bench_json *v)
{
    const char *text = bench_json_text_of(bench_json_doc_of(v), v);
    char first = text[*text == '-'];
    if (first < '0' || first > '9') {
        double number = bench_json_number_at(text);
        bench_json_put_string(w, isnan(number) ? "NaN" : number < 0 ? "-Infinity" : "Infinity");
        return;
    }
    size_t n = strspn(text, "0123456789+-.eE");
    bool is_float = memchr(text, '.', n) || memchr(text, 'e', n) || memchr(text, 'E', n);
    if (is_float && w->style == BENCH_JSON_PYTHON) {
        bench_json_put_double(w, bench_json_number_at(text));
        return;
    }
    before_value(w, false);
    add_bytes(w->out, text, n);
}

void bench_json_put_value(struct bench_json_writer *w, const struct bench_json *v)
{
    switch (bench_json_type_of(v)) {
    case BENCH_JSON_NULL:
        bench_json_put_null(w);
        return;
    case BENCH_JSON_BOOL:
        bench_json_put_bool(w, bench_json_bool(v));
        return;
    case BENCH_JSON_NUMBER:
        put_number(w, v);
        return;
    case BENCH_JSON_STRING:
        bench_json_put_string(w, bench_json_string(v));
        return;
    case BENCH_JSON_ARRAY:
        bench_json_open_array(w);
        for (const struct bench_json *c = bench_json_first(v); c; c = bench_json_next(c))
            bench_json_put_value(w, c);
        bench_json_close_array(w);
        return;
    case BENCH_JSON_OBJECT:
        bench_json_open_object(w);
        for (const struct bench_json *c = bench_json_first(v); c; c = bench_json_next(c)) {
            bench_json_put_key(w, bench_json_key(c));
            bench_json_put_value(w, c);
        }
        bench_json_close_object(w);
        return;
    }
}

void bench_json_put_key_string(struct bench_json_writer *w, const char *key, const char *s)
{
    bench_json_put_key(w, key);
    bench_json_put_string(w, s);
}

void bench_json_put_key_int(struct bench_json_writer *w, const char *key, int64_t v)
{
    bench_json_put_key(w, key);
    bench_json_put_int(w, v);
}

void bench_json_put_key_double(struct bench_json_writer *w, const char *key, double v)
{
    bench_json_put_key(w, key);
    bench_json_put_double(w, v);
}

void bench_json_put_key_bool(struct bench_json_writer *w, const char *key, bool v)
{
    bench_json_put_key(w, key);
    bench_json_put_bool(w, v);
}
