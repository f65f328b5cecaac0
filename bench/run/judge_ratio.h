/*
 * Ratios of two records' times, computed from their samples: what the judge decides by. Nothing
 * here knows of criteria or answers.
 */
#ifndef BENCH_RUN_JUDGE_RATIO_H
#define BENCH_RUN_JUDGE_RATIO_H

#include "bench/measure/ratio.h"
#include "bench/run/run.h"

/* The two records that a ratio is of, above / below; both timed, in rounds of the same case. */
struct bench_pair {
    const struct bench_record *above, *below;
};

/* What a time is of: either reading of the floor (bench/measure/ratio.h), so that a case's answer
 * holds whatever one calls a kernel's time; or what a call adds to a stream, its launch included,
 * of which alone a mean over cases can be taken: the time of a tiny kernel beyond an empty one is
 * nothing, and its ratio anything. The latter allows for what calibrations differ by from process
 * to process. */
enum bench_reading { BENCH_EITHER_READING, BENCH_STREAM_READING };

/* By the events around single launches, at the error probability of the rounds' last look. */
void bench_pair_events(const struct bench_run *run, const struct bench_pair *p,
                       enum bench_reading reading, struct bench_ratio *ratio);

bool bench_pair_has_graph(const struct bench_record *r);
/* By graphs of launches; both records have them. A second attempt at a question that the events
 * left open: half of the error probability. */
void bench_pair_graph(const struct bench_run *run, const struct bench_pair *p,
                      enum bench_reading reading, struct bench_ratio *ratio);

/* A record's twin against itself; it has one (twin_round_count > 1). 95 %. */
void bench_pair_twin(const struct bench_run *run, const struct bench_record *r,
                     struct bench_ratio *ratio);

#endif
