/*
 * From the ratios of an operator's cases to one value, its interval, and one of three answers.
 * Pure arithmetic; docs/criteria.md has the method with its sources, in short:
 *
 * geomean     x_i = log ratio_i, w_i the weight. The value is exp(Σ w x / Σ w). Sampling errors of
 *             cases are independent and add in squares, sqrt(Σ (w d)²) / Σ w; what is common to
 *             them (floor, clock) adds up, Σ w c / Σ w.
 * quantile,   By "reaches": a case that surely reaches the threshold, or surely does not. To claim
 * share,      that cases of weight R reach it, of a total W, is to reject that those which do not
 * worst, any  weigh more than W - R. That claim is wrong only if one of m certain cases is claimed
 *             wrongly, m the least number of cases that can weigh so much; so every case is asked
 *             at 1 / m of the error probability (the Bonferroni form of the partial conjunction
 *             test, Benjamini and Heller 2008; for R = W, "every case", m is 1: the
 *             intersection-union test, Berger 1982). The claim that they do not is asked likewise.
 *             A case's interval at 1 / m is its own, sampling part stretched by Student's t with
 *             its rounds less one degrees of freedom.
 */
#ifndef SELECTOR_AGGREGATE_H
#define SELECTOR_AGGREGATE_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/measure/decide.h"
#include "selector/criteria.h"

/* One case of an operator. */
struct bench_sample {
    struct bench_ratio ratio; /* an unknown interval is 0 to INFINITY */
    double freedom;           /* rounds less one, at least 1 */
    double weight;            /* > 0 */
    bool lost;                /* counts as infinitely slow; ratio means nothing */
};

struct bench_aggregated {
    double value;     /* a ratio, or for BENCH_AGGREGATE_SHARE a share of 0 to 1; NAN where all
                         cases are lost */
    double low, high; /* its interval; the value itself with points */
    enum bench_answer answer;
};

/* Point estimates decide: pass or fail. `count` > 0. */
void bench_aggregate_points(const struct bench_criteria *criteria,
                            const struct bench_sample *samples, size_t count,
                            struct bench_aggregated *out);
/* Intervals decide; a ratio nearer to the threshold than `noise_floor` (relative, 0.004 = 0.4 %;
 * 0: none known) is on no side of it. `value` is that of the points. */
void bench_aggregate_intervals(const struct bench_criteria *criteria,
                               const struct bench_sample *samples, size_t count, double noise_floor,
                               struct bench_aggregated *out);

/* Whether no case is worse than criteria->worst_bound, which must not be NAN. */
void bench_aggregate_worst_points(const struct bench_criteria *criteria,
                                  const struct bench_sample *samples, size_t count,
                                  struct bench_aggregated *out);
void bench_aggregate_worst_intervals(const struct bench_criteria *criteria,
                                     const struct bench_sample *samples, size_t count,
                                     double noise_floor, struct bench_aggregated *out);

/* m above, at least 1: the least number of cases that weigh more than all do, less `required`.
 * `weights` ascend. */
size_t bench_aggregate_divisor(const double *weights, size_t count, double required);

/* A geometric mean as it grows. */
struct bench_mean {
    long double product; /* of the values of weight 1: one logarithm for all of them */
    long exponent;       /* that the product is to be scaled by */
    long double sum;     /* of the weighed logarithms of all others */
    long double weights;
};
void bench_mean_init(struct bench_mean *mean);
void bench_mean_add(struct bench_mean *mean, double value, double weight); /* value > 0 */
double bench_mean_value(const struct bench_mean *mean);                    /* NAN without values */

#endif
