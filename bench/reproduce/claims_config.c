/* One config of performance data or of a selection, and the claims that it makes. */
#include <math.h>
#include <string.h>

#include "bench/perf/op_name.h"
#include "bench/perf/torch_dtype.h"
#include "bench/reproduce/claims_impl.h"

/* Two ways to write one number down agree to this. */
#define SAME 1e-6

static bool is_same(double a, double b)
{
    return fabs(a - b) <= SAME * fabs(b);
}

static int read_shape(const struct bench_json *config, struct bench_claim *claim,
                      struct bench_err *err)
{
    const struct bench_json *shape = NULL;
    int rc = bench_json_get_array(config, "shape", true, &shape, err);
    if (rc != BENCH_OK)
        return rc;
    if (bench_json_size(shape) > BENCH_MAX_DIMS)
        return bench_json_error(shape, err, "found %zu dimensions, expected at most %d",
                                bench_json_size(shape), BENCH_MAX_DIMS);
    for (const struct bench_json *d = bench_json_first(shape); d; d = bench_json_next(d))
        if (bench_json_type(d) != BENCH_JSON_NUMBER ||
            !bench_json_is_int(d, &claim->shape[claim->ndim]) || claim->shape[claim->ndim++] < 1)
            return bench_json_error(d, err, "expected a dimension, a whole number of 1 or more");
    return BENCH_OK;
}

static const char *params_text(const struct bench_claims *claims, const struct bench_json *config)
{
    const struct bench_json *params = bench_claims_member(config, "params");
    struct bench_json_writer w;
    struct bench_str text;
    if (params == NULL || bench_json_type(params) == BENCH_JSON_NULL)
        return "{}";
    if (bench_json_type(params) == BENCH_JSON_STRING)
        return bench_arena_strdup(claims->arena, bench_json_string(params));
    bench_str_init(&text);
    bench_json_writer_init(&w, &text, BENCH_JSON_COMPACT);
    bench_json_put_value(&w, params);
    const char *copy = bench_arena_strdup(claims->arena, text.data);
    bench_str_fini(&text);
    return copy;
}

static const char *copy(const struct bench_claims *claims, const char *text)
{
    return text != NULL ? bench_arena_strdup(claims->arena, text) : NULL;
}

static const char *place_of(const struct bench_claims *claims, const struct bench_json *v)
{
    size_t line, column;
    bench_json_place(v, &line, &column);
    return bench_arena_printf(claims->arena, "%s:%zu:%zu", bench_json_name(bench_json_document(v)),
                              line, column);
}

/* Who played which role, where the data tell. */
static void read_players(const struct bench_claims *claims, const struct bench_json *config,
                         struct bench_claim *c)
{
    const struct bench_json *variant = bench_claims_member(config, "variant");
    const char *own = bench_claims_text(config, "candidate_implementation");
    static const char *const names[BENCH_ROLE_COUNT] = {
        "implementation", "reference_implementation", "baseline_implementation"};
    for (int r = 0; r < BENCH_ROLE_COUNT; r++)
        c->players[r] = copy(claims, bench_claims_text(config, names[r]));
    if (own != NULL) /* of reference data, whose own implementation is the reference */
        c->players[BENCH_CANDIDATE] = copy(claims, own);
    const struct bench_json *stats = bench_claims_member(config, "stats");
    for (int r = 0; r < BENCH_ROLE_COUNT; r++)
        c->source_hashes[r] =
            copy(claims,
                 bench_claims_text(bench_claims_member(stats, bench_role_name((enum bench_role)r)),
                                   "source_hash"));
    if (c->source_hashes[BENCH_CANDIDATE] == NULL && own == NULL)
        c->source_hashes[BENCH_CANDIDATE] = copy(claims, bench_claims_text(config, "source_hash"));
    if (variant != NULL && bench_json_type(variant) == BENCH_JSON_OBJECT) {
        struct bench_str text;
        struct bench_json_writer w;
        bench_str_init(&text);
        bench_json_writer_init(&w, &text, BENCH_JSON_COMPACT);
        bench_json_put_value(&w, variant);
        c->variant = copy(claims, text.data);
        bench_str_fini(&text);
    }
}

static double median_of(const struct bench_json *stats, enum bench_role role)
{
    return bench_claims_number(bench_claims_member(stats, bench_role_name(role)), "median_ms");
}

/* True if the times are those that the statistics are of; such data were not edited by hand. */
static bool times_are_of(const struct bench_json *stats, double your, double other,
                         enum bench_role against)
{
    double own = median_of(stats, BENCH_CANDIDATE), its = median_of(stats, against);
    return (isnan(own) || isnan(your) || is_same(own, your)) &&
           (isnan(its) || isnan(other) || is_same(its, other));
}

/* The ratio is that of the statistics' own times. */
static bool ratio_is_of(const struct bench_json *stats, double said, enum bench_role against)
{
    return is_same(median_of(stats, against) / median_of(stats, BENCH_CANDIDATE), said);
}

/* The statistics of a ratio as a speedup; without the interval if the estimate is not within it.
 * False if there are none. */
static bool read_statistics(const struct bench_json *stats, enum bench_role against,
                            struct bench_speedup *speedup)
{
    const struct bench_json *ratio = bench_claims_member(
        stats, against == BENCH_REFERENCE ? "speedup_vs_flaggems" : "relative_to_cuda");
    struct bench_speedup r = {.estimate = bench_claims_number(ratio, "estimate"),
                              .low = bench_claims_number(ratio, "low"),
                              .high = bench_claims_number(ratio, "high")};
    if (isnan(r.high) && !isnan(r.low))
        r.high = INFINITY; /* null: nothing bounds it */
    if (!(r.estimate > 0))
        return false;
    if (!(r.low >= 0 && r.low <= r.estimate && r.estimate <= r.high))
        r.low = r.high = NAN;
    *speedup = against == BENCH_REFERENCE ? r : bench_speedup_inverse(&r);
    return true;
}

/* The ratio that a selection states, as a speedup; NAN if it states none. */
static double stated(const struct bench_json *config, enum bench_role against)
{
    return against == BENCH_REFERENCE ? bench_claims_number(config, "speedup_vs_flaggems")
                                      : 1 / bench_claims_number(config, "relative_to_cuda");
}

/*
 * What the config claims against a role, which is the number that somebody edited: the times, if
 * they are not those of the statistics and a stated ratio is; else a stated ratio, if it is not
 * that of the times; else that of the statistics if these are of the times, else of the times.
 */
static bool read_speedup(const struct bench_claims *claims, const struct bench_json *config,
                         enum bench_role against, double your, double other, struct bench_claim *c)
{
    const struct bench_json *stats = bench_claims_member(config, "stats");
    double of_times = other / your, said = stated(config, against);
    bool has_stats = read_statistics(stats, against, &c->speedup);
    bool untouched = times_are_of(stats, your, other, against);
    bool edited_times = !untouched && ratio_is_of(stats, said, against);
    if (said > 0 && !isinf(said) && !edited_times &&
        (isnan(of_times) || !is_same(said, of_times))) {
        c->speedup = (struct bench_speedup){.estimate = said, .low = NAN, .high = NAN};
        if (!isnan(of_times))
            c->note = bench_arena_printf(claims->arena,
                                         "it states %.4g, and its times make %.4g: what is stated "
                                         "counts",
                                         said, of_times);
    } else if (!has_stats || !untouched) {
        c->speedup = (struct bench_speedup){.estimate = of_times, .low = NAN, .high = NAN};
        if (has_stats || edited_times)
            c->note = "its times are not those of its statistics: the times count";
    } else if (!bench_speedup_has_interval(&c->speedup)) {
        c->note = "its estimate is not within its own interval: the estimate counts";
    }
    return c->speedup.estimate > 0 && !isinf(c->speedup.estimate);
}

int bench_claims_read_config(struct bench_claims *claims, const char *op,
                             const struct bench_json *config, double flaggems_ms,
                             struct bench_err *err)
{
    struct bench_claim base = {.bar = 1};
    const char *dtype = NULL;
    double your = bench_claims_number(config, "your_time");
    double others[BENCH_ROLE_COUNT] = {[BENCH_REFERENCE] =
                                           bench_claims_number(config, "flaggems_time"),
                                       [BENCH_BASELINE] = bench_claims_number(config, "cuda_time")};
    if (isnan(others[BENCH_REFERENCE]))
        others[BENCH_REFERENCE] = flaggems_ms;
    int rc = bench_json_get_string(config, "dtype", true, &dtype, err);
    if (rc == BENCH_OK && bench_dtype_normalise(dtype) == NULL)
        rc = bench_json_error(config, err, "/dtype: '%s' is no type of torch's", dtype);
    rc = rc == BENCH_OK ? read_shape(config, &base, err) : rc;
    if (rc != BENCH_OK)
        return rc;
    base.op = bench_arena_strdup(claims->arena, bench_op_name_bare(op));
    base.dtype = bench_dtype_normalise(dtype);
    base.params = params_text(claims, config);
    base.place = place_of(claims, config);
    base.your_ms = your;
    read_players(claims, config, &base);
    for (int against = BENCH_REFERENCE; against < BENCH_ROLE_COUNT; against++) {
        struct bench_claim c = base;
        c.against = (enum bench_role)against;
        if (read_speedup(claims, config, c.against, your, others[against], &c))
            *bench_claims_add(claims) = c;
    }
    return BENCH_OK;
}
