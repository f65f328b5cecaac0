/*
 * The quick way through the cases of large files. Most look alike: shape, dtype and times, in a few
 * dtypes, and no fault. Those are taken straight from the text, each of its bytes once; whatever
 * has another key, an unusual value or a fault is left to dataset_case.c, which says what is wrong.
 * So there is one place for every message, and this file only ever says "this is fine".
 *
 * The text ends with a NUL, which is none of the bytes that anything here goes on after.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/perf/torch_dtype.h"
#include "selector/dataset_impl.h"

/* "[" with dimensions and commas, and a dtype's name: longer ones are unusual. */
#define SHAPE_MAX 96
#define DTYPE_MAX 24
/* Of the keys, with the closing quote. */
#define KEY_MAX 14
/* Of a dimension: 2^53 has 16. */
#define DIGITS_MAX 15

/* Cases before it is guessed how many there will be. */
#define CASES_MIN ((size_t)1024)

enum { SHAPE = 1, DTYPE = 2, OWN_TIME = 4, CUDA_TIME = 8 };

struct skimming {
    struct bench_dataset_reader *r;
    const char *end; /* of the text */
    char shape[SHAPE_MAX];
    size_t shape_length;
    double elements;
    uint32_t dtype;
    double time_ms, cuda_ms;
};

static inline const char *skip_space(const char *p)
{
    while (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')
        p++;
    return p;
}

/* "[2, 3]" without its spaces; each of these functions returns what follows, or NULL. */
static inline const char *take_shape(struct skimming *s, const char *p)
{
    char *out = s->shape;
    double elements = 1;
    if (*p != '[')
        return NULL;
    do {
        *out++ = *p == '[' ? '[' : ',';
        p = skip_space(p + 1);
        const char *first = p;
        uint64_t n = 0;
        if (*p == '0' || out + DIGITS_MAX + 2 > s->shape + SHAPE_MAX)
            return NULL;
        for (; *p >= '0' && *p <= '9' && p - first < DIGITS_MAX; p++) {
            n = n * 10 + (uint64_t)(*p - '0');
            *out++ = *p;
        }
        if (p == first) /* also a shape without dimensions */
            return NULL;
        elements *= (double)n;
        p = skip_space(p);
    } while (*p == ',');
    if (*p != ']' || elements > BENCH_DATASET_ELEMENTS_MAX)
        return NULL;
    *out++ = ']';
    s->shape_length = (size_t)(out - s->shape);
    s->elements = elements;
    return p + 1;
}

/* A spelling that was not met before. Longer ones than fit the two words are unusual. */
static const char *add_dtype(struct skimming *s, const char *p)
{
    struct bench_dataset_reader *r = s->r;
    size_t n = strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.");
    if (n == 0 || n >= sizeof s->r->spelling->word || p[n] != '"' ||
        r->dtype_count >= BENCH_DATASET_SPELLINGS)
        return NULL;
    size_t at = r->dtype_count;
    bench_dataset_find_dtype(r, bench_arena_strndup(r->set->arena, p, n));
    if (r->dtype_count == at) /* unknown */
        return NULL;
    memset(&r->spelling[at], 0, sizeof r->spelling[at]);
    memcpy(r->spelling[at].word, p, n + 1);
    memset(r->spelling[at].mask, 0xff, n + 1);
    s->dtype = (uint32_t)at;
    return p + n + 1;
}

static inline const char *take_dtype(struct skimming *s, const char *p)
{
    const struct bench_dataset_reader *r = s->r;
    uint64_t word[2];
    if (*p++ != '"' || s->end - p < (ptrdiff_t)sizeof word)
        return NULL;
    memcpy(word, p, sizeof word);
    for (uint32_t i = 0; i < r->dtype_count && i < BENCH_DATASET_SPELLINGS; i++) {
        const struct bench_dataset_spelling *known = &r->spelling[i];
        if ((word[0] & known->mask[0]) == known->word[0] &&
            (word[1] & known->mask[1]) == known->word[1] && known->mask[0]) {
            s->dtype = i;
            return p + r->dtypes[i].written_length + 1;
        }
    }
    return add_dtype(s, p);
}

static inline const char *take_time(const char *p, double *ms)
{
    p = bench_json_quick_number(p, ms);
    return p && *ms >= BENCH_DATASET_TIME_MIN_MS && *ms <= BENCH_DATASET_TIME_MAX_MS ? p : NULL;
}

/* Which of the keys begins at `*p`, behind its quote; 0: another. Moves behind the closing quote.
 */
static inline unsigned take_key(const struct skimming *s, const char **p)
{
    const char *at = *p;
    if (s->end - at < KEY_MAX)
        return 0;
    if (memcmp(at, "shape\"", 6) == 0) {
        *p += 6;
        return SHAPE;
    }
    if (memcmp(at, "dtype\"", 6) == 0) {
        *p += 6;
        return DTYPE;
    }
    if (memcmp(at, "cuda_time\"", 10) == 0) {
        *p += 10;
        return CUDA_TIME;
    }
    bool your = s->r->set->kind == BENCH_DATASET_YOUR;
    if (your ? memcmp(at, "your_time\"", 10) != 0 : memcmp(at, "flaggems_time\"", 14) != 0)
        return 0;
    *p += your ? 10 : 14;
    return OWN_TIME;
}

static inline const char *take_value(struct skimming *s, unsigned key, const char *p)
{
    if (key == SHAPE)
        return take_shape(s, p);
    if (key == DTYPE)
        return take_dtype(s, p);
    return take_time(p, key == OWN_TIME ? &s->time_ms : &s->cuda_ms);
}

/* The whole object; `*found` tells which keys it has. */
static const char *take_members(struct skimming *s, const char *p, unsigned *found)
{
    do {
        p = skip_space(p + 1);
        if (*p++ != '"')
            return NULL;
        unsigned key = take_key(s, &p);
        if (key == 0 || *found & key)
            return NULL;
        *found |= key;
        p = skip_space(p);
        if (*p++ != ':')
            return NULL;
        p = take_value(s, key, skip_space(p));
        if (!p)
            return NULL;
        p = skip_space(p);
    } while (*p == ',');
    return *p == '}' ? p + 1 : NULL;
}

static const char *store_key(struct skimming *s, uint32_t *hash)
{
    char key[DTYPE_MAX + SHAPE_MAX + 3];
    size_t n = 0;
    for (const char *name = s->r->dtypes[s->dtype].name; *name; name++)
        key[n++] = *name;
    key[n++] = BENCH_DATASET_SEPARATOR;
    memcpy(key + n, s->shape, s->shape_length);
    n += s->shape_length;
    key[n++] = BENCH_DATASET_SEPARATOR;
    *hash = bench_index_hash(key, n);
    return bench_dataset_store_key(s->r, key, n);
}

/* Room for one more, by what the text before it took. */
static struct bench_dataset_case *new_case(struct bench_dataset_reader *r, const char *object)
{
    struct bench_dataset *set = r->set;
    if (r->skimmed_count == r->case_cap) {
        double bytes_each = (double)(object - r->text + 1) / (double)(r->skimmed_count + 1);
        size_t expected = (size_t)((double)(r->text_end - r->text) / bytes_each * 1.02);
        size_t cap = r->case_cap ? r->case_cap * 2 : CASES_MIN;
        cap = r->case_cap && expected > cap ? expected : cap;
        struct bench_dataset_case *cases = bench_xmalloc_large(cap * sizeof(*cases));
        if (r->skimmed_count)
            memcpy(cases, set->cases, r->skimmed_count * sizeof(*cases));
        free(set->cases);
        set->cases = cases;
        r->case_cap = cap;
    }
    return &set->cases[r->skimmed_count++];
}

const char *bench_dataset_skim(void *context, const char *object)
{
    struct bench_dataset_reader *r = context;
    struct skimming s;
    s.r = r;
    s.end = r->text_end;
    s.cuda_ms = NAN;
    unsigned found = 0;
    const char *end = take_members(&s, object, &found);
    /* References need no baseline. */
    unsigned needed =
        SHAPE | DTYPE | OWN_TIME | (r->set->kind == BENCH_DATASET_YOUR ? CUDA_TIME : 0);
    if (!end || (found & needed) != needed) {
        r->declined++;
        return NULL;
    }

    struct bench_dataset_case *out = new_case(r, object);
    *out =
        (struct bench_dataset_case){.skimmed = object,
                                    .dtype = r->dtypes[s.dtype].name,
                                    .params = "",
                                    .time_ms = s.time_ms,
                                    .cuda_ms = s.cuda_ms,
                                    .bytes = (float)(s.elements * (double)r->dtypes[s.dtype].bytes),
                                    .spelling = s.dtype & (BENCH_DATASET_SPELLINGS - 1),
                                    .plain = true,
                                    .correct = true};
    out->key = store_key(&s, &out->key_hash);
    return end;
}
