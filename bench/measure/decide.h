/*
 * The decision rule: three answers, from intervals and never from point estimates alone.
 */
#ifndef BENCH_MEASURE_DECIDE_H
#define BENCH_MEASURE_DECIDE_H

#include "bench/measure/ratio.h"

enum bench_answer { BENCH_UNDETERMINED, BENCH_PASS, BENCH_FAIL };

/* "undetermined", "pass", "fail". */
const char *bench_answer_name(enum bench_answer answer);

struct bench_criterion {
    double threshold;
    bool at_least; /* pass: ratio >= threshold; else ratio <= threshold */
};

/* pass or fail only if all of the interval lies on one side, and the estimate is farther from the
 * threshold than the run's noise floor (relative, 0.004 = 0.4 %; 0: none known). */
enum bench_answer bench_decide(const struct bench_ratio *ratio,
                               const struct bench_criterion *criterion, double noise_floor);

/* The geometric mean over an operator's cases: sampling errors of cases are independent and add in
 * squares, errors of floor and resolution are common and add up. count 0: estimate NAN, (0,
 * INFINITY). */
void bench_ratio_geomean(const struct bench_ratio *cases, size_t count, struct bench_ratio *out);

/*
 * Rounds that end once an answer is sure end sooner where chance was on the answer's side, so such
 * estimates lie farther from the threshold than the truth. A case's own interval allows for that
 * (it is paid for look by look); in a mean over many cases it does not cancel, while the interval
 * of the mean shrinks. Of a case that ended so (BENCH_STOP_DECIDED), the estimate within two
 * half-widths of the threshold, _allow_early widens the common part of the interval that goes into
 * the mean: by a quarter of its half-width. By simulation of the sampler (tests/perf/simulate) the
 * bias is up to 0.22 of it on average over such cases, and none farther off.
 */
bool bench_ratio_is_near(const struct bench_ratio *ratio, const struct bench_criterion *criterion);
void bench_ratio_allow_early(struct bench_ratio *part);

/* What a case's ratio may be off by for reasons of its own, relative (0.03 = 3 % on either side),
 * that no further round would tell: in the mean it counts as sampling errors do, in squares. Given
 * to a part after bench_ratio_allow_early, which is of sampling alone. */
void bench_ratio_allow_own(struct bench_ratio *part, double by);

/* The claim over processes: estimates[i] is one fresh process's ratio; the interval is Student's t
 * on their logarithms at `confidence`, widened by `common` (what all processes share: its
 * low/stat_low and high/stat_high; may be NULL). count < 2: (estimate, 0, INFINITY). */
void bench_ratio_over_processes(const double *estimates, size_t count, double confidence,
                                const struct bench_ratio *common, struct bench_ratio *out);

/* The noise floor that kernels against themselves show: the 95 % quantile of |log ratio|, the
 * largest of fewer than 20; 0 for none. */
double bench_noise_floor(const double *ratios, size_t count);

#endif
