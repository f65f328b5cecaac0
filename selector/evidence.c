#include "selector/evidence.h"

#include <math.h>
#include <string.h>

/* Why an answer is open although the interval holds; of all other reasons the interval is worthless
 * (bench/run/judge.c). */
static const char *const sound[] = {"interval holds the threshold", "noise floor",
                                    "event and graph timing disagree"};

static const struct bench_json *object_of(const struct bench_json *parent, const char *key)
{
    const struct bench_json *v = parent ? bench_json_get(parent, key) : NULL;
    return v && bench_json_type(v) == BENCH_JSON_OBJECT ? v : NULL;
}

static const struct bench_json *stats_of(const struct bench_dataset_case *c)
{
    const struct bench_json *v = bench_dataset_case_extra(c, "stats");
    return v && bench_json_type(v) == BENCH_JSON_OBJECT ? v : NULL;
}

static const char *string_of(const struct bench_json *object, const char *key)
{
    const struct bench_json *v = object ? bench_json_get(object, key) : NULL;
    return v && bench_json_type(v) == BENCH_JSON_STRING ? bench_json_string(v) : "";
}

/* null is what nothing bounds; NAN for anything that is no number. */
static double number_of(const struct bench_json *object, const char *key)
{
    const struct bench_json *v = object ? bench_json_get(object, key) : NULL;
    if (v && bench_json_type(v) == BENCH_JSON_NULL)
        return INFINITY;
    return v && bench_json_type(v) == BENCH_JSON_NUMBER ? bench_json_number(v) : NAN;
}

/* NULL where the data tell no interval. */
static const struct bench_json *judgement_of(const struct bench_dataset_case *c,
                                             enum bench_dataset_rule field)
{
    const struct bench_json *stats = stats_of(c);
    const struct bench_json *v =
        stats ? bench_json_get(stats, bench_dataset_rule_key(field)) : NULL;
    /* Runs from before there were answers have another statistic of this name. */
    bool answers = v && bench_json_get(v, "answer");
    return answers ? v : NULL;
}

static bool read_ratio(const struct bench_json *judgement, struct bench_ratio *r)
{
    if (bench_json_type(judgement) != BENCH_JSON_OBJECT)
        return false;
    *r = (struct bench_ratio){.estimate = number_of(judgement, "estimate"),
                              .low = number_of(judgement, "low"),
                              .high = number_of(judgement, "high"),
                              .stat_low = number_of(judgement, "stat_low"),
                              .stat_high = number_of(judgement, "stat_high")};
    if (!(r->estimate > 0 && isfinite(r->estimate) && r->low >= 0 && r->low <= r->estimate &&
          r->high >= r->estimate && r->stat_low >= 0 && r->stat_high >= 0))
        return false;
    /* The ends of the sampling part may lie on one side of the estimate by rounding. */
    r->stat_low = fmax(r->low, fmin(r->stat_low, r->estimate));
    r->stat_high = fmin(r->high, fmax(r->stat_high, r->estimate));
    return true;
}

static bool is_sound(const struct bench_json *judgement)
{
    if (strcmp(string_of(judgement, "answer"), "undetermined") != 0 ||
        string_of(judgement, "reason")[0] == '\0')
        return true;
    for (size_t i = 0; i < sizeof sound / sizeof sound[0]; i++)
        if (strcmp(string_of(judgement, "reason"), sound[i]) == 0)
            return true;
    return false;
}

bool bench_evidence_read(const struct bench_dataset_case *c, enum bench_dataset_rule field,
                         struct bench_sample *sample)
{
    const struct bench_json *judgement = judgement_of(c, field);
    if (!judgement || !read_ratio(judgement, &sample->ratio))
        return false;
    const struct bench_json *candidate = object_of(stats_of(c), "candidate");
    double rounds = number_of(candidate, "rounds");
    sample->freedom = rounds >= 2 && isfinite(rounds) ? rounds - 1 : 1;
    if (!is_sound(judgement)) {
        sample->ratio.low = sample->ratio.stat_low = 0;
        sample->ratio.high = sample->ratio.stat_high = INFINITY;
        return true;
    }
    struct bench_criterion asked = {number_of(judgement, "threshold"),
                                    field == BENCH_DATASET_SPEEDUP};
    if (strcmp(string_of(candidate, "stopped"), "decided") == 0 && asked.threshold > 0 &&
        bench_ratio_is_near(&sample->ratio, &asked))
        bench_ratio_allow_early(&sample->ratio);
    return true;
}

void bench_evidence_check(const struct bench_dataset *dataset, enum bench_dataset_rule field,
                          struct bench_faults *faults)
{
    bool all_plain = dataset->plain_count == dataset->case_count;
    for (size_t i = 0; i < dataset->case_count && !all_plain; i++) {
        struct bench_ratio ratio;
        const struct bench_json *judgement = judgement_of(&dataset->cases[i], field);
        if (judgement && !read_ratio(judgement, &ratio))
            bench_faults_add(faults, BENCH_FAULT_ERROR, judgement,
                             "this is no interval: expected numbers estimate, low, high, stat_low "
                             "and stat_high with low <= estimate <= high (null: no bound)");
    }
}

double bench_evidence_noise_floor(const struct bench_dataset_op *op)
{
    double floor = number_of(op->json, "noise_floor");
    return isfinite(floor) && floor > 0 ? floor : 0;
}
