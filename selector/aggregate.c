#include "selector/aggregate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/measure/student.h"
#include "bench/util/mem.h"

/* Sums of weights are compared with this slack, so that 0.9 of 10 cases are 9 of them. */
#define WEIGHT_SLACK 1e-12
/* Of a case's interval, on each of its sides (suites may ask for more confidence: then too wide).
 */
#define TAIL 0.025

static double total_weight(const struct bench_sample *samples, size_t count)
{
    long double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += samples[i].weight;
    return (double)sum;
}

/* ---- the geometric mean ---- */

void bench_mean_init(struct bench_mean *mean)
{
    *mean = (struct bench_mean){.product = 1};
}

/* Long doubles, so that the mean of equal values is that value and a case on the threshold is on
 * it. Of a product of n values, 2^-64 is lost n times; of its n-th root, once. */
void bench_mean_add(struct bench_mean *mean, double value, double weight)
{
    mean->weights += weight;
    if (weight != 1) {
        mean->sum += weight * logl(value);
        return;
    }
    mean->product *= value;
    if (mean->product > 0x1p+8000L || mean->product < 0x1p-8000L) {
        int exponent;
        mean->product = frexpl(mean->product, &exponent);
        mean->exponent += exponent;
    }
}

double bench_mean_value(const struct bench_mean *mean)
{
    long double log = logl(mean->product) + (long double)mean->exponent * M_LN2l + mean->sum;
    return mean->weights > 0 ? (double)expl(log / mean->weights) : NAN;
}

/* Over the samples that are not lost. */
static double geomean(const struct bench_sample *samples, size_t count)
{
    struct bench_mean mean;
    bench_mean_init(&mean);
    for (size_t i = 0; i < count; i++)
        if (!samples[i].lost)
            bench_mean_add(&mean, samples[i].ratio.estimate, samples[i].weight);
    return bench_mean_value(&mean);
}

/* As bench_ratio_geomean, with weights. */
static struct bench_ratio geomean_ratio(const struct bench_sample *samples, size_t count)
{
    double squares_down = 0, squares_up = 0, common_down = 0, common_up = 0;
    for (size_t i = 0; i < count; i++) {
        const struct bench_ratio *r = &samples[i].ratio;
        double w = samples[i].weight;
        double down = w * log(r->estimate / r->stat_low), up = w * log(r->stat_high / r->estimate);
        squares_down += down * down;
        squares_up += up * up;
        common_down += w * log(r->stat_low / r->low);
        common_up += w * log(r->high / r->stat_high);
    }
    double total = total_weight(samples, count);
    struct bench_ratio out = {.estimate = geomean(samples, count)};
    out.stat_low = out.estimate * exp(-sqrt(squares_down) / total);
    out.stat_high = out.estimate * exp(sqrt(squares_up) / total);
    /* Not a number where a case is unbounded already without floor and clock. */
    out.low = isnan(common_down) ? 0 : out.stat_low * exp(-common_down / total);
    out.high = isnan(common_up) ? INFINITY : out.stat_high * exp(common_up / total);
    return out;
}

static bool any_lost(const struct bench_sample *samples, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (samples[i].lost)
            return true;
    return false;
}

/* ---- what cases of a certain weight reach ---- */

struct weighed {
    double value; /* higher is better, whatever the field */
    double weight;
};

static int best_first(const void *a, const void *b)
{
    double x = ((const struct weighed *)a)->value, y = ((const struct weighed *)b)->value;
    return (x < y) - (x > y);
}

/* The greatest value that cases of weight `required` reach. */
static double reached(struct weighed *values, size_t count, double required)
{
    double sum = 0;
    qsort(values, count, sizeof *values, best_first);
    for (size_t i = 0; i < count; i++) {
        sum += values[i].weight;
        if (sum >= required * (1 - WEIGHT_SLACK))
            return values[i].value;
    }
    return values[count - 1].value;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

size_t bench_aggregate_divisor(const double *weights, size_t count, double required)
{
    double total = 0, sum = 0;
    size_t m = 0;
    for (size_t i = 0; i < count; i++)
        total += weights[i];
    while (m < count && sum <= (total - required) * (1 + WEIGHT_SLACK) + WEIGHT_SLACK * total)
        sum += weights[m++];
    return m ? m : 1;
}

/* By how much an interval's sampling part is stretched for 1 / m of its error probability. Finding
 * a quantile takes longer than all else here, and many cases have the same number of rounds. */
#define STRETCHES 256
struct stretches {
    double m;
    double freedom[STRETCHES]; /* 0: not known yet */
    double stretch[STRETCHES];
};

static void stretches_init(struct stretches *s, size_t m)
{
    *s = (struct stretches){.m = (double)m};
}

static double stretch_of(struct stretches *s, double freedom)
{
    size_t slot = (size_t)fmod(freedom, STRETCHES);
    if (s->m <= 1)
        return 1;
    if (s->freedom[slot] != freedom) {
        s->freedom[slot] = freedom;
        s->stretch[slot] =
            bench_student_upper(TAIL / s->m, freedom) / bench_student_upper(TAIL, freedom);
    }
    return s->stretch[slot];
}

enum end { LOW, HIGH };

/* One end of a case's interval as a ratio, at least as far from the estimate as the noise floor. */
static double end_of(const struct bench_sample *s, enum end end, struct stretches *stretches,
                     double noise_floor)
{
    const struct bench_ratio *r = &s->ratio;
    double beyond = stretch_of(stretches, s->freedom) - 1;
    if (end == LOW) {
        double low = r->low > 0 ? r->low * pow(r->stat_low / r->estimate, beyond) : 0;
        return fmin(low, r->estimate * exp(-noise_floor));
    }
    double high = isfinite(r->high) ? r->high * pow(r->stat_high / r->estimate, beyond) : INFINITY;
    return fmax(high, r->estimate * exp(noise_floor));
}

/* What is asked of the cases: that those of weight `required` reach `bound`. */
struct question {
    const struct bench_criteria *criteria;
    const struct bench_sample *samples;
    size_t count;
    double total, required, bound, noise_floor;
};

/* Ratios of which less is better change sign: the best case is then the greatest value. Lost cases
 * are below all others. */
static struct weighed weigh(const struct question *q, size_t i, double ratio)
{
    double value = bench_criteria_at_least(q->criteria) ? ratio : -ratio;
    return (struct weighed){q->samples[i].lost ? -INFINITY : value, q->samples[i].weight};
}

static double unweigh(const struct question *q, double value)
{
    if (isinf(value) && value < 0)
        return bench_criteria_at_least(q->criteria) ? 0 : INFINITY;
    return bench_criteria_at_least(q->criteria) ? value : -value;
}

static double reached_by_points(const struct question *q, struct weighed *values)
{
    for (size_t i = 0; i < q->count; i++)
        values[i] = weigh(q, i, q->samples[i].ratio.estimate);
    return unweigh(q, reached(values, q->count, q->required));
}

/* The worse (better) end of what they reach, which the claim that they do (do not) rests on. */
static double reached_by_ends(const struct question *q, struct weighed *values, bool worse,
                              size_t m)
{
    enum end end = bench_criteria_at_least(q->criteria) == worse ? LOW : HIGH;
    struct stretches stretches;
    stretches_init(&stretches, m);
    for (size_t i = 0; i < q->count; i++) {
        bool lost = q->samples[i].lost;
        values[i] = weigh(q, i, lost ? 1 : end_of(&q->samples[i], end, &stretches, q->noise_floor));
    }
    return unweigh(q, reached(values, q->count, q->required));
}

/* Of the claim that cases of the required weight reach the bound, or of the claim that they do not:
 * those which do then weigh as much at least. */
static size_t divisor(const struct question *q, bool that_they_do)
{
    double *weights = bench_xmalloc(q->count * sizeof *weights);
    for (size_t i = 0; i < q->count; i++)
        weights[i] = q->samples[i].weight;
    qsort(weights, q->count, sizeof *weights, ascending);
    size_t m = bench_aggregate_divisor(
        weights, q->count, that_they_do ? q->required : q->total - q->required * (1 - 1e-9));
    free(weights);
    return m;
}

static void ask_points(const struct question *q, struct bench_aggregated *out)
{
    struct weighed *values = bench_xmalloc(q->count * sizeof *values);
    double value = reached_by_points(q, values);
    bool pass = bench_criteria_reaches(q->criteria, value, q->bound);
    *out = (struct bench_aggregated){value, value, value, pass ? BENCH_PASS : BENCH_FAIL};
    free(values);
}

static void ask_intervals(const struct question *q, struct bench_aggregated *out)
{
    struct weighed *values = bench_xmalloc(q->count * sizeof *values);
    double value = reached_by_points(q, values);
    double worse = reached_by_ends(q, values, true, divisor(q, true));
    double better = reached_by_ends(q, values, false, divisor(q, false));
    bool at_least = bench_criteria_at_least(q->criteria);
    *out = (struct bench_aggregated){.value = value,
                                     .low = at_least ? worse : better,
                                     .high = at_least ? better : worse,
                                     .answer = BENCH_UNDETERMINED};
    if (at_least ? worse >= q->bound : worse <= q->bound)
        out->answer = BENCH_PASS;
    else if (at_least ? better < q->bound : better > q->bound)
        out->answer = BENCH_FAIL;
    free(values);
}

/* ---- shares ---- */

/* The share of the weight with this answer at 1 / m of the error probability; with points (m 0)
 * of those that reach the threshold. */
static double share_of(const struct question *q, enum bench_answer answer, size_t m)
{
    double sum = 0;
    struct stretches stretches;
    stretches_init(&stretches, m);
    for (size_t i = 0; i < q->count; i++) {
        const struct bench_sample *s = &q->samples[i];
        bool at_least = bench_criteria_at_least(q->criteria);
        bool is;
        if (s->lost)
            is = answer == BENCH_FAIL;
        else if (m == 0)
            is = bench_criteria_reaches(q->criteria, s->ratio.estimate, q->bound);
        else if (answer == BENCH_PASS)
            is = at_least ? end_of(s, LOW, &stretches, q->noise_floor) >= q->bound
                          : end_of(s, HIGH, &stretches, q->noise_floor) <= q->bound;
        else
            is = at_least ? end_of(s, HIGH, &stretches, q->noise_floor) < q->bound
                          : end_of(s, LOW, &stretches, q->noise_floor) > q->bound;
        sum += is ? s->weight : 0;
    }
    return sum / q->total;
}

/* ---- from criteria to questions ---- */

static struct question ask(const struct bench_criteria *c, const struct bench_sample *samples,
                           size_t count)
{
    struct question q = {.criteria = c,
                         .samples = samples,
                         .count = count,
                         .total = total_weight(samples, count),
                         .bound = c->threshold};
    q.required = q.total;
    if (c->aggregate == BENCH_AGGREGATE_QUANTILE)
        q.required = q.total * (1 - c->part);
    if (c->aggregate == BENCH_AGGREGATE_SHARE)
        q.required = q.total * c->part;
    if (c->aggregate == BENCH_AGGREGATE_ANY) {
        for (size_t i = 0; i < count; i++)
            q.required = fmin(q.required, samples[i].weight);
    }
    return q;
}

void bench_aggregate_points(const struct bench_criteria *c, const struct bench_sample *samples,
                            size_t count, struct bench_aggregated *out)
{
    struct question q = ask(c, samples, count);
    if (c->aggregate == BENCH_AGGREGATE_GEOMEAN) {
        double value = geomean(samples, count);
        bool pass = !any_lost(samples, count) && bench_criteria_reaches(c, value, c->threshold);
        *out = (struct bench_aggregated){value, value, value, pass ? BENCH_PASS : BENCH_FAIL};
        return;
    }
    ask_points(&q, out);
    if (c->aggregate == BENCH_AGGREGATE_SHARE || c->aggregate == BENCH_AGGREGATE_ANY)
        out->value = out->low = out->high = share_of(&q, BENCH_PASS, 0);
}

static void geomean_intervals(const struct bench_criteria *c, const struct bench_sample *samples,
                              size_t count, double noise_floor, struct bench_aggregated *out)
{
    const struct bench_criterion criterion = {c->threshold, bench_criteria_at_least(c)};
    if (any_lost(samples, count)) {
        bench_aggregate_points(c, samples, count, out);
        return;
    }
    struct bench_ratio ratio = geomean_ratio(samples, count);
    *out = (struct bench_aggregated){ratio.estimate, ratio.low, ratio.high,
                                     bench_decide(&ratio, &criterion, noise_floor)};
}

void bench_aggregate_intervals(const struct bench_criteria *c, const struct bench_sample *samples,
                               size_t count, double noise_floor, struct bench_aggregated *out)
{
    if (c->aggregate == BENCH_AGGREGATE_GEOMEAN) {
        geomean_intervals(c, samples, count, noise_floor, out);
        return;
    }
    struct question q = ask(c, samples, count);
    q.noise_floor = noise_floor;
    ask_intervals(&q, out);
    if (c->aggregate == BENCH_AGGREGATE_SHARE || c->aggregate == BENCH_AGGREGATE_ANY) {
        out->value = share_of(&q, BENCH_PASS, 0);
        out->low = share_of(&q, BENCH_PASS, divisor(&q, true));
        out->high = 1 - share_of(&q, BENCH_FAIL, divisor(&q, false));
    }
}

static struct question ask_worst(const struct bench_criteria *c, const struct bench_sample *samples,
                                 size_t count)
{
    struct question q = ask(c, samples, count);
    q.required = q.total;
    q.bound = c->worst_bound;
    return q;
}

void bench_aggregate_worst_points(const struct bench_criteria *c,
                                  const struct bench_sample *samples, size_t count,
                                  struct bench_aggregated *out)
{
    struct question q = ask_worst(c, samples, count);
    ask_points(&q, out);
}

void bench_aggregate_worst_intervals(const struct bench_criteria *c,
                                     const struct bench_sample *samples, size_t count,
                                     double noise_floor, struct bench_aggregated *out)
{
    struct question q = ask_worst(c, samples, count);
    q.noise_floor = noise_floor;
    ask_intervals(&q, out);
}
