/*
 * The page of a folder of operators, docs/kernels.md: what each computes, how its implementations
 * go about it and how they are verified, from the descriptions; what they reach, from runs. It says
 * nothing that is not in these, so that it can be made anew whenever one of them changes.
 *
 * Goals that the page holds candidates against: on large cases that wait for memory,
 * BENCH_GOAL_COPY of the measured copy bandwidth; products in float16 and bfloat16,
 * BENCH_GOAL_LIBRARY of the library's speed; and the two rules by which winners are imported, as
 * each run decided them.
 */
#ifndef BENCH_REPORT_KERNELS_H
#define BENCH_REPORT_KERNELS_H

#include "bench/outcome/tuning.h"
#include "bench/report/report.h"
#include "bench/spec/suite.h"

#define BENCH_GOAL_COPY 0.90
#define BENCH_GOAL_LIBRARY 0.80
/* A case is large if the device's limits let it take no less than so many empty kernels: what a
 * launch costs, about one of them, is then less than the tenth that the goal for memory leaves. It
 * is small if they would let it be done within one. */
#define BENCH_LARGE_EMPTIES 10

struct bench_kernels {
    const struct bench_operator *const *operators; /* operators[operator_count], by name */
    size_t operator_count;
    /* Who plays which role: of each operator, as the first of these that has it says. */
    const struct bench_suite *const *suites;
    size_t suite_count;
    /* Oldest first. An operator's numbers are of the last run that has measured it; or, where its
     * candidates have other sources now, of the last with as many cases that measured these. All of
     * them tell what its variants took. */
    const struct bench_outcome *const *runs;
    const struct bench_tunings *const *tunings; /* tunings[run_count] */
    size_t run_count;
};

/* As GitHub shows it, with links as from docs/. */
void bench_report_kernels(const struct bench_kernels *kernels, bench_report_sink sink,
                          void *context);

#endif
