/* The text under the tape: lines, UTF-8, and numbers read where they stand. */
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bench/perf/json_internal.h"

#define MARK_BYTES ((size_t)4096)

static void mark_lines(struct bench_json_text *text)
{
    size_t blocks = text->length / MARK_BYTES + 1;
    text->marks = bench_xmalloc(blocks * sizeof(*text->marks));
    struct bench_json_mark at = {0, text->start};
    for (size_t i = 0; i < blocks; i++) {
        text->marks[i] = at;
        size_t begin = i * MARK_BYTES;
        size_t end = begin + MARK_BYTES < text->length ? begin + MARK_BYTES : text->length;
        const char *p = text->data + begin;
        const char *stop = text->data + end;
        while (p < stop && (p = memchr(p, '\n', (size_t)(stop - p)))) {
            p++;
            at.newlines++;
            at.line_start = (size_t)(p - text->data);
        }
    }
}

void bench_json_locate(struct bench_json_text *text, size_t offset, size_t *line, size_t *column)
{
    if (!text->marks)
        mark_lines(text);
    size_t block = offset / MARK_BYTES;
    struct bench_json_mark at = text->marks[block];
    const char *p = text->data + block * MARK_BYTES;
    const char *stop = text->data + offset;
    while (p < stop && (p = memchr(p, '\n', (size_t)(stop - p)))) {
        p++;
        at.newlines++;
        at.line_start = (size_t)(p - text->data);
    }
    *line = text->origin + at.newlines + 1;
    *column = offset >= at.line_start ? offset - at.line_start + 1 : 1;
    if (at.newlines == 0)
        *column += text->indent;
}

size_t bench_json_utf8_length(const unsigned char *s, size_t left)
{
    if (s[0] < 0x80)
        return 1;
    size_t n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4 || left < n)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    /* Overlong forms, surrogates, and beyond U+10FFFF. */
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
        (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
        return 0;
    return n;
}

bool bench_json_is_utf8(const char *text, size_t length)
{
    size_t n = 1;
    for (size_t i = 0; i < length && n > 0; i += n)
        n = bench_json_utf8_length((const unsigned char *)text + i, length - i);
    return n > 0;
}

const char *bench_json_text_of(const struct bench_json_doc *doc, const struct bench_json *v)
{
    if (bench_json_tag_of(v) == BENCH_JSON_OPENED)
        return doc->text.data + doc->opened[bench_json_offset_of(v)].offset;
    const char *p = doc->text.data + bench_json_offset_of(v);
    if (!bench_json_is_member(v))
        return p;
    p += strlen(p) + 1;
    while (*p != ':')
        p++;
    p++;
    while (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')
        p++;
    return p;
}

const char *bench_json_string_at(const struct bench_json_doc *doc, const char *quote)
{
    if (*quote != BENCH_JSON_DECODED)
        return quote + 1;
    uint32_t offset = (uint32_t)(quote + 1 - doc->text.data);
    size_t low = 0;
    size_t high = doc->decoded_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (doc->decoded[middle].offset <= offset)
            low = middle;
        else
            high = middle;
    }
    return doc->decoded[low].text;
}

/* Powers of ten that a double holds exactly. */
static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
#define EXACT_POWER 22
#define EXACT_DIGITS ((uint64_t)1 << 53)

#if LDBL_MANT_DIG == 64 && DBL_MANT_DIG == 53
/* 10^27 = 2^27 * 5^27, and 5^27 has 63 bits. */
#define EXTENDED_POWER 27

/* The quotient or product is rightly rounded to 64 bits. Rounding it again to 53 goes wrong only
 * where its last 11 bits stand near a half: NAN then. */
static double extended(uint64_t digits, int exponent)
{
    long double power = 1;
    int n = abs(exponent);
    if (n > EXACT_POWER) {
        power = (long double)powers[n - EXACT_POWER];
        n = EXACT_POWER;
    }
    power *= (long double)powers[n];
    long double value = exponent < 0 ? (long double)digits / power : (long double)digits * power;
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    unsigned tail = (unsigned)(bits & 0x7ff);
    return tail >= 0x3ff && tail <= 0x401 ? (double)NAN : (double)value;
}
#else
#define EXTENDED_POWER (-1)
static double extended(uint64_t digits, int exponent)
{
    (void)digits;
    (void)exponent;
    return NAN;
}
#endif

/* digits * 10^exponent, rightly rounded; NAN where that needs more than one operation. Clinger's
 * fast path: with digits and power of ten exact, one operation rounds rightly. */
static double decimal(uint64_t digits, int exponent)
{
    if (digits == 0)
        return 0;
    if (digits < EXACT_DIGITS && abs(exponent) <= EXACT_POWER)
        return exponent < 0 ? (double)digits / powers[-exponent]
                            : (double)digits * powers[exponent];
    return abs(exponent) <= EXTENDED_POWER ? extended(digits, exponent) : (double)NAN;
}

double bench_json_number_at(const char *text)
{
    const char *p = text;
    bool negative = *p == '-';
    p += negative || *p == '+';
    if (*p == 'N' || *p == 'n')
        return NAN;
    if (*p == 'I' || *p == 'i')
        return negative ? -INFINITY : INFINITY;
    uint64_t digits = 0;
    int count = 0;
    int exponent = 0;
    for (; *p >= '0' && *p <= '9'; p++) {
        digits = digits * 10 + (uint64_t)(*p - '0');
        count += count || *p != '0';
    }
    if (*p == '.') {
        for (p++; *p >= '0' && *p <= '9'; p++, exponent--) {
            digits = digits * 10 + (uint64_t)(*p - '0');
            count += count || *p != '0';
        }
    }
    if (count > 19) /* they may not fit 64 bits */
        return strtod(text, NULL);
    if (*p == 'e' || *p == 'E') {
        long written = strtol(p + 1, NULL, 10);
        if (written > 9999 || written < -9999)
            return strtod(text, NULL);
        exponent += (int)written;
    }
    double value = decimal(digits, exponent);
    if (isnan(value))
        return strtod(text, NULL);
    return negative ? -value : value;
}

const char *bench_json_quick_number(const char *text, double *out)
{
    const char *p = text;
    bool negative = *p == '-';
    p += negative;
    const char *first = p;
    uint64_t digits = 0;
    int exponent = 0;
    for (; *p >= '0' && *p <= '9'; p++)
        digits = digits * 10 + (uint64_t)(*p - '0');
    ptrdiff_t count = p - first;
    if (count == 0 || (count > 1 && *first == '0'))
        return NULL;
    if (*p == '.') {
        const char *point = p++;
        for (; *p >= '0' && *p <= '9'; p++)
            digits = digits * 10 + (uint64_t)(*p - '0');
        exponent = (int)(point + 1 - p);
        count -= exponent;
        if (exponent == 0)
            return NULL;
    }
    /* They may not fit 64 bits; zeros before them are rare, and counted. */
    if (count > 19)
        return NULL;
    if (*p == 'e' || *p == 'E') {
        bool down = *++p == '-';
        p += down || *p == '+';
        int written = 0;
        const char *begin = p;
        for (; *p >= '0' && *p <= '9' && p - begin < 4; p++)
            written = written * 10 + (*p - '0');
        if (p == begin || (*p >= '0' && *p <= '9'))
            return NULL;
        exponent += down ? -written : written;
    }
    double value = decimal(digits, exponent);
    if (isnan(value))
        return NULL;
    *out = negative ? -value : value;
    return p;
}
