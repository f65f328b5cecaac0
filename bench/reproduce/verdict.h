/*
 * Whether a measurement bears out a claim: one ratio against another (docs/reproduce.md).
 *
 * All ratios are speedups: the other's time ÷ the candidate's, so that more is better. Every value
 * that the true ratio may have, given the claim, has a verdict of its own:
 *
 *     not reproduced |  worse  |  reproduced  |  better
 *     ---------------+---------+--------------+--------->  ratio
 *                   bar     low/(1+t)     high·(1+t)
 *
 * with [low, high] the claimed interval (the number itself where the claim has none) and t the
 * tolerance. Below the bar lies what contradicts the claim's side; a claim below the bar has no
 * such side, nor has one whose own interval reaches below it. What the measured interval lies in,
 * all of it, is the verdict; where it lies across a border:
 *
 *     reproduced and worse, or reproduced and better   reproduced: the claim lies within the
 *                                                      interval, widened by the tolerance
 *         of a claim whose own interval holds the bar  only if the estimate agrees, else
 *                                                      undetermined
 *     worse and not reproduced                         worse: only the side is open
 *     reproduced and not reproduced                    undetermined
 *     worse, reproduced and better                     reproduced if the estimate agrees, else
 *                                                      undetermined: wider than any agreement
 */
#ifndef BENCH_REPRODUCE_VERDICT_H
#define BENCH_REPRODUCE_VERDICT_H

#include <stdbool.h>

enum bench_claim_verdict {
    BENCH_CLAIM_REPRODUCED,
    BENCH_CLAIM_BETTER,
    BENCH_CLAIM_WORSE,
    BENCH_CLAIM_NOT_REPRODUCED,
    BENCH_CLAIM_UNDETERMINED,
    BENCH_CLAIM_CANNOT_RUN, /* nothing was measured that it could be held against */
    BENCH_CLAIM_VERDICTS
};

/* "reproduced", "better", "worse", "not reproduced", "undetermined", "cannot be run". */
const char *bench_claim_verdict_name(enum bench_claim_verdict verdict);

/* low <= estimate <= high; low and high are NAN where only the number is known, high is INFINITY
 * where nothing bounds it. */
struct bench_speedup {
    double estimate, low, high;
};

bool bench_speedup_has_interval(const struct bench_speedup *ratio);
/* 1 ÷ the ratio. */
struct bench_speedup bench_speedup_inverse(const struct bench_speedup *ratio);

/* `measured` has an interval; `bar` > 0 and `tolerance` >= 0 (0.05: 5 %). *why is a literal that
 * says what is open, "" where nothing is. Never BENCH_CLAIM_CANNOT_RUN. */
enum bench_claim_verdict bench_claim_judge(const struct bench_speedup *claimed,
                                           const struct bench_speedup *measured, double bar,
                                           double tolerance, const char **why);

#endif
