/*
 * The number that Triton's do_bench (and so FlagGems' benchmarks) would give: events around a
 * launch with no gate, 256 MB of zeros written before each, the next enqueued before the last has
 * ended, the median with nothing taken off. Recorded beside ours, never used to decide.
 */
#ifndef BENCH_CASE_DO_BENCH_H
#define BENCH_CASE_DO_BENCH_H

#include "bench/case/callable.h"

/* Repetitions: few, for do_bench's own 100 ms would cost more than all our rounds. */
#define BENCH_DO_BENCH_REPS 10

/* *median_ns 0 if the device cannot (info.overwrites), or the callable waits for the device. */
int bench_do_bench(struct bench_session *s, const struct bench_callable *callable,
                   double *median_ns, struct bench_err *err);

#endif
