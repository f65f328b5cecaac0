/* The measuring settings of a suite: defaults, limits, and what cannot go together. */
#include "bench/perf/criteria.h"
#include "bench/spec/suite_reader.h"

#define MAX_ROUNDS 1000000 /* samples of a case are kept in memory */

const struct bench_settings suite_default_settings = {
    .rounds = 0,
    .least_rounds = 16,
    .most_rounds = 1024,
    .precision = 0.005,
    .confidence = 0.95,
    .speedup_threshold = BENCH_SPEEDUP_THRESHOLD,
    .relative_threshold = BENCH_RELATIVE_THRESHOLD,
    .confirm = 0,
    .aa = true,
    .do_bench = true,
    .mode = BENCH_MODE_KERNEL,
    .tune_rounds = 7,
    .warmup_rounds = 3,
    .cache = BENCH_CACHE_COLD,
    .seed = 1,
};

static int get_rounds(const struct bench_json *object, const char *key, int64_t min, int *out,
                      struct bench_err *err)
{
    int64_t value = *out;
    int rc = bench_json_get_int(object, key, false, min, MAX_ROUNDS, &value, err);
    *out = (int)value;
    return rc;
}

static int get_word(struct reader *r, const struct bench_json *object, const char *key,
                    const char *const *words, size_t *index)
{
    const struct bench_json *v = bench_json_get(object, key);
    return v != NULL ? reader_word(r, v, key, words, index) : BENCH_OK;
}

/* A number between two others, neither of which it may be. */
static int get_between(const struct bench_json *object, const char *key, double above, double below,
                       double *out, struct bench_err *err)
{
    int rc = bench_json_get_double(object, key, false, out, err);
    if (rc == BENCH_OK && !(*out > above && *out < below)) {
        rc = bench_json_error(bench_json_get(object, key), err,
                              "found %g, expected a number above %g and below %g", *out, above,
                              below);
    }
    return rc;
}

static int read_all_rounds(struct reader *r, const struct bench_json *map,
                           struct bench_settings *settings)
{
    const struct bench_json *most = bench_json_get(map, "most_rounds");
    const struct bench_json *least = bench_json_get(map, "least_rounds");
    const struct bench_json *limit = most != NULL ? most : least;
    int rc = get_rounds(map, "rounds", 1, &settings->rounds, r->err);
    rc = rc == 0 ? get_rounds(map, "least_rounds", 2, &settings->least_rounds, r->err) : rc;
    rc = rc == 0 ? get_rounds(map, "most_rounds", 2, &settings->most_rounds, r->err) : rc;
    rc = rc == 0 ? get_rounds(map, "tune_rounds", 1, &settings->tune_rounds, r->err) : rc;
    rc = rc == 0 ? get_rounds(map, "warmup_rounds", 0, &settings->warmup_rounds, r->err) : rc;
    if (rc == 0 && settings->rounds > 0 && limit != NULL) {
        rc = bench_json_error(limit, r->err,
                              "\"rounds\" fixes their number, so that there is no least or most; "
                              "remove one of the two keys");
    }
    if (rc == 0 && settings->least_rounds > settings->most_rounds) {
        rc = bench_json_error(limit, r->err,
                              "least_rounds is %d and most_rounds %d; expected most_rounds to be "
                              "as many or more",
                              settings->least_rounds, settings->most_rounds);
    }
    return rc;
}

static int read_criteria(struct reader *r, const struct bench_json *map,
                         struct bench_settings *settings)
{
    const double most = 1000; /* a ratio beyond is a slip of the keyboard */
    int rc = get_between(map, "precision", 0, 1, &settings->precision, r->err);
    rc = rc == 0 ? get_between(map, "confidence", 0.5, 1, &settings->confidence, r->err) : rc;
    rc = rc == 0
             ? get_between(map, "speedup_threshold", 0, most, &settings->speedup_threshold, r->err)
             : rc;
    return rc == 0 ? get_between(map, "relative_threshold", 0, most, &settings->relative_threshold,
                                 r->err)
                   : rc;
}

static int read_confirm(struct reader *r, const struct bench_json *map,
                        struct bench_settings *settings)
{
    int64_t confirm = settings->confirm;
    int rc = bench_json_get_int(map, "confirm", false, 0, BENCH_CONFIRM_MOST, &confirm, r->err);
    if (rc == 0 && confirm > 0 && confirm < BENCH_CONFIRM_LEAST) {
        rc = bench_json_error(bench_json_get(map, "confirm"), r->err,
                              "found %d, expected 0 (off) or at least %d: a claim over fewer "
                              "processes says too little",
                              (int)confirm, BENCH_CONFIRM_LEAST);
    }
    settings->confirm = (int)confirm;
    return rc;
}

int suite_settings_read(struct suite_reader *s, const struct bench_json *root)
{
    static const char *const keys[] = {"rounds",
                                       "least_rounds",
                                       "most_rounds",
                                       "precision",
                                       "confidence",
                                       "speedup_threshold",
                                       "relative_threshold",
                                       "confirm",
                                       "aa",
                                       "do_bench",
                                       "mode",
                                       "tune_rounds",
                                       "warmup_rounds",
                                       "cache",
                                       "seed",
                                       NULL};
    static const char *const caches[] = {"cold", "hot", NULL};
    static const char *const modes[] = {"kernel", "operator", NULL};
    struct bench_settings *settings = &s->suite->settings;
    struct reader *r = &s->base;
    const struct bench_json *map = NULL;
    int rc = bench_json_get_object(root, "settings", false, &map, r->err);
    if (rc != 0 || map == NULL) {
        return rc;
    }
    size_t cache = (size_t)settings->cache, mode = (size_t)settings->mode;
    int64_t seed = (int64_t)settings->seed;
    rc = bench_json_expect_keys(map, keys, r->err);
    rc = rc == 0 ? read_all_rounds(r, map, settings) : rc;
    rc = rc == 0 ? read_criteria(r, map, settings) : rc;
    rc = rc == 0 ? read_confirm(r, map, settings) : rc;
    rc = rc == 0 ? bench_json_get_bool(map, "aa", false, &settings->aa, r->err) : rc;
    rc = rc == 0 ? bench_json_get_bool(map, "do_bench", false, &settings->do_bench, r->err) : rc;
    rc = rc == 0 ? get_word(r, map, "cache", caches, &cache) : rc;
    rc = rc == 0 ? get_word(r, map, "mode", modes, &mode) : rc;
    rc = rc == 0 ? bench_json_get_int(map, "seed", false, 0, (int64_t)1 << 53, &seed, r->err) : rc;
    settings->cache = (enum bench_cache_mode)cache;
    settings->mode = (enum bench_mode)mode;
    settings->seed = (uint64_t)seed;
    settings->seed_given |= bench_json_get(map, "seed") != NULL;
    return rc;
}
