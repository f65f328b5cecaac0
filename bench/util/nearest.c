/* "Did you mean": edit distance with swapped neighbours (optimal string alignment). */
#include <stdbool.h>
#include <string.h>

#include "bench/util/str.h"

/* Longer words are no typing errors of anything here. */
#define WORD_MAX 64

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : (c == '_' ? '-' : c);
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t distance(const char *a, size_t n, const char *b, size_t m)
{
    size_t row[3][WORD_MAX + 1];
    for (size_t j = 0; j <= m; j++)
        row[0][j] = j;

    for (size_t i = 1; i <= n; i++) {
        size_t *now = row[i % 3];
        const size_t *before = row[(i - 1) % 3];
        const size_t *two_before = row[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= m; j++) {
            bool same = lower(a[i - 1]) == lower(b[j - 1]);
            size_t best = smaller(smaller(before[j], now[j - 1]) + 1, before[j - 1] + !same);
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                lower(a[i - 2]) == lower(b[j - 1]))
                best = smaller(best, two_before[j - 2] + 1);
            now[j] = best;
        }
    }
    return row[n % 3][m];
}

const char *bench_str_nearest(const char *word, const char *const *candidates, size_t count)
{
    size_t n = strlen(word);
    if (n == 0 || n > WORD_MAX)
        return NULL;

    /* A third of the letters may be wrong; a beginning of at least three letters counts as near. */
    size_t limit = n < 3 ? 1 : (n + 2) / 3;
    size_t best = limit + 1;
    const char *nearest = NULL;
    for (size_t i = 0; i < count; i++) {
        size_t m = strlen(candidates[i]);
        if (m > WORD_MAX)
            continue;
        size_t d = distance(word, n, candidates[i], m);
        if (d > limit && n >= 3 && strncmp(word, candidates[i], n) == 0)
            d = limit;
        if (d < best && d < n) {
            best = d;
            nearest = candidates[i];
        }
    }
    return nearest;
}
