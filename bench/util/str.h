/* A growing string. `data` is always NUL-terminated after bench_str_init and never NULL. */
#ifndef BENCH_UTIL_STR_H
#define BENCH_UTIL_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct bench_str {
    char *data;
    size_t len;
    size_t cap;
};

void bench_str_init(struct bench_str *s);
void bench_str_fini(struct bench_str *s);
void bench_str_clear(struct bench_str *s);
void bench_str_add(struct bench_str *s, const char *text);
void bench_str_addn(struct bench_str *s, const char *text, size_t n);
void bench_str_addc(struct bench_str *s, char c);
void bench_str_addf(struct bench_str *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void bench_str_addv(struct bench_str *s, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
/* Hands the buffer to the caller, who frees it; `s` is empty afterwards. */
char *bench_str_take(struct bench_str *s);

/* Makes a text of others (what a candidate printed, raised, or is called) one that only says
 * something where it is shown: control characters, which steer terminals, become '?', those of
 * ISO 6429 that UTF-8 has in two bytes too; ends of lines and tabs stay. */
void bench_str_disarm(char *text);

bool bench_str_starts(const char *s, const char *prefix);
bool bench_str_ends(const char *s, const char *suffix);

/* The candidate closest to `word` by edit distance, or NULL if none is near enough to suggest:
 * used for "did you mean". */
const char *bench_str_nearest(const char *word, const char *const *candidates, size_t count);

#endif
