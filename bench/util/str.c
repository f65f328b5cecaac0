#include "bench/util/str.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"

void bench_str_init(struct bench_str *s)
{
    s->cap = 32;
    s->len = 0;
    s->data = bench_xmalloc(s->cap);
    s->data[0] = '\0';
}

void bench_str_fini(struct bench_str *s)
{
    free(s->data);
    s->data = NULL;
    s->len = 0;
    s->cap = 0;
}

void bench_str_clear(struct bench_str *s)
{
    s->len = 0;
    s->data[0] = '\0';
}

/* Room for `n` more bytes and the terminator. */
static void reserve(struct bench_str *s, size_t n)
{
    if (s->cap - s->len > n)
        return;
    size_t cap = s->cap;
    while (cap - s->len <= n)
        cap = cap > SIZE_MAX / 2 ? SIZE_MAX : cap * 2;
    s->data = bench_xrealloc(s->data, cap);
    s->cap = cap;
}

void bench_str_addn(struct bench_str *s, const char *text, size_t n)
{
    reserve(s, n);
    memcpy(s->data + s->len, text, n);
    s->len += n;
    s->data[s->len] = '\0';
}

void bench_str_add(struct bench_str *s, const char *text)
{
    bench_str_addn(s, text, strlen(text));
}

void bench_str_addc(struct bench_str *s, char c)
{
    bench_str_addn(s, &c, 1);
}

void bench_str_addv(struct bench_str *s, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    if (length > 0) {
        reserve(s, (size_t)length);
        vsnprintf(s->data + s->len, (size_t)length + 1, format, again);
        s->len += (size_t)length;
    }
    va_end(again);
}

void bench_str_addf(struct bench_str *s, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    bench_str_addv(s, format, args);
    va_end(args);
}

char *bench_str_take(struct bench_str *s)
{
    char *data = s->data;
    bench_str_init(s);
    return data;
}

void bench_str_disarm(char *text)
{
    for (unsigned char *c = (unsigned char *)text; *c; c++) {
        if ((*c < 0x20 && *c != '\n' && *c != '\t') || *c == 0x7f)
            *c = '?';
        else if (c[0] == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f) /* U+0080 to U+009F */
            c[0] = c[1] = '?';
    }
}

bool bench_str_starts(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool bench_str_ends(const char *s, const char *suffix)
{
    size_t length = strlen(s);
    size_t n = strlen(suffix);
    return length >= n && memcmp(s + length - n, suffix, n) == 0;
}
