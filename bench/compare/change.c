#include "bench/compare/change.h"

#include <math.h>
#include <stdlib.h>

#include "bench/measure/student.h"
#include "bench/util/mem.h"

/* Below it, the exact distribution is worth its time. */
#define APPROXIMATE_TO 0.01

const char *bench_verdict_name(enum bench_verdict verdict)
{
    static const char *const names[] = {"undetermined", "same", "faster", "slower"};
    return names[verdict];
}

struct mean {
    double value, variance; /* of the mean */
    double freedom;
};

static struct mean mean_of(const struct bench_change_side *side,
                           const struct bench_change_prior *prior)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < side->count; i++)
        sum += side->values[i];
    struct mean m = {.value = sum / (double)side->count};
    for (size_t i = 0; i < side->count; i++)
        squares += (side->values[i] - m.value) * (side->values[i] - m.value);
    m.freedom = prior->freedom + prior->process_freedom * ((double)side->count - 1);
    m.variance = (prior->freedom * side->variance + prior->process_freedom * squares) / m.freedom /
                 (double)side->count;
    return m;
}

void bench_change_of(const struct bench_change_side *side_a, const struct bench_change_side *side_b,
                     const struct bench_change_prior *prior, struct bench_change *out)
{
    struct mean a = mean_of(side_a, prior), b = mean_of(side_b, prior);
    double difference = b.value - a.value;
    /* What was seen otherwise widens both sides alike. It was seen in these runs, noise that is
     * larger than usual included, so the scale does not come on top. */
    double widen = fmax(prior->scale * prior->scale, prior->spread / (a.variance + b.variance));
    a.variance = a.variance * widen + prior->common / 2;
    b.variance = b.variance * widen + prior->common / 2;
    const double variance = a.variance + b.variance, error = sqrt(variance);
    const double share = a.variance / variance, moved = fabs(difference);
    const double half = error * (share * bench_student_upper(0.025, a.freedom) +
                                 (1 - share) * bench_student_upper(0.025, b.freedom));
    *out =
        (struct bench_change){.known = true,
                              .change = exp(difference),
                              .low = exp(difference - half),
                              .high = exp(difference + half),
                              .p = 2 * (share * bench_student_tail(moved / error, a.freedom) +
                                        (1 - share) * bench_student_tail(moved / error, b.freedom)),
                              .reason = ""};
    if (out->p < APPROXIMATE_TO)
        out->p = bench_behrens_fisher_tail(moved, sqrt(a.variance), a.freedom, sqrt(b.variance),
                                           b.freedom);
    /* So far off no noise was ever seen: its tails end before. */
    if (prior->far > 0 && moved > prior->far)
        out->p = fmin(out->p, bench_behrens_fisher_tail(
                                  moved, sqrt(a.variance), fmax(a.freedom, prior->far_freedom),
                                  sqrt(b.variance), fmax(b.freedom, prior->far_freedom)));
    out->adjusted = out->p;
}

static int compare_p(const void *a, const void *b)
{
    const struct bench_change *x = *(struct bench_change *const *)a;
    const struct bench_change *y = *(struct bench_change *const *)b;
    return (x->p > y->p) - (x->p < y->p);
}

/* Holm: the k-th smallest of m counts m - k + 1 times, and no less than those before it. */
static void adjust(struct bench_change **known, size_t count)
{
    double most = 0;
    qsort(known, count, sizeof(struct bench_change *), compare_p);
    for (size_t i = 0; i < count; i++) {
        most = fmax(most, fmin(1, known[i]->p * (double)(count - i)));
        known[i]->adjusted = most;
    }
}

static void judge(struct bench_change *c, double family, double minimum)
{
    const double least = log1p(minimum), moved = fabs(log(c->change));
    c->verdict = BENCH_VERDICT_UNDETERMINED;
    if (c->reason[0] != '\0')
        return;
    if (c->adjusted <= family && moved >= least)
        c->verdict = c->change > 1 ? BENCH_VERDICT_SLOWER : BENCH_VERDICT_FASTER;
    else if (-log(c->low) <= least && log(c->high) <= least)
        c->verdict = BENCH_VERDICT_SAME;
    else if (moved >= least)
        c->reason = "so much may be noise";
    else
        c->reason = "the interval is wider than the minimum effect";
}

void bench_change_judge(struct bench_change **changes, size_t count, double family, double minimum)
{
    struct bench_change **known = bench_xmalloc((count + 1) * sizeof(struct bench_change *));
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        if (changes[i]->known)
            known[n++] = changes[i];
    adjust(known, n);
    for (size_t i = 0; i < n; i++)
        judge(known[i], family, minimum);
    free(known);
}
