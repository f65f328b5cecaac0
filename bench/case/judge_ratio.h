/*
 * Ratios of two records' times, computed from their samples: what the judge decides by. Nothing
 * here knows of criteria or answers.
 */
#ifndef BENCH_CASE_JUDGE_RATIO_H
#define BENCH_CASE_JUDGE_RATIO_H

#include "bench/case/record.h"
#include "bench/measure/ratio.h"

/* The two records that a ratio is of, above / below; both timed, in rounds of the same case. */
struct bench_pair {
    const struct bench_record *above, *below;
};

/*
 * By the events a ratio has two intervals, by what a time is of. `either` holds under either
 * reading of the floor (bench/measure/ratio.h), so that a case's answer does not depend on what one
 * calls a kernel's time. `at_low` is of GPU times, an empty kernel's included, of which alone a
 * mean over cases can be taken: the time of a tiny kernel beyond an empty one is nothing, and its
 * ratio anything. `settings` are the run's: seed and confidence.
 */

/* By the events around single launches, at the error probability of the rounds' last look. The
 * latter allows for what calibrations differ by from process to process. */
void bench_pair_events(const struct bench_settings *settings, const struct bench_pair *p,
                       struct bench_ratio *either, struct bench_ratio *at_low);

/* What the ratio by the events may be off by because its two medians are unsure, each for itself
 * (bench_floor_unsure_ns), relative. `either` has it in it; `at_low` has not, for in a mean such
 * errors of cases of different lengths cancel. */
double bench_pair_unsure(const struct bench_pair *p);

bool bench_pair_has_graph(const struct bench_record *r);
/* By graphs of launches; both records have them: either. A second attempt at a question that the
 * events left open: half of the error probability. Not all cases have it, so it has no part in a
 * mean. */
void bench_pair_graph(const struct bench_settings *settings, const struct bench_pair *p,
                      struct bench_ratio *ratio);

/* Do the events' ratio and the graphs' contradict each other? Their intervals need not: each is as
 * wide as its floor is uncertain. How much longer the one takes than the other is free of floors,
 * and by events and by graphs the same but for what medians are unsure by, here half as much
 * again, and sampling. What lies further apart is no matter of timing: several kernels to a call
 * follow each other faster in a graph, calls of a graph overlap, or one of the two does other work
 * there. */
bool bench_pair_disagrees(const struct bench_pair *p, const struct bench_ratio *events,
                          const struct bench_ratio *graph);

/* The estimate by the events alone, without an interval. */
double bench_pair_estimate(const struct bench_pair *p);

/* A record's twin against itself; it has one (twin_round_count > 1). 95 %. */
void bench_pair_twin(const struct bench_settings *settings, const struct bench_record *r,
                     struct bench_ratio *ratio);

#endif
