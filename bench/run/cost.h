/*
 * What measuring each case of a suite is expected to cost, in seconds of its device. Only the order
 * of cases, and how they are divided, depends on it: a bad estimate costs time and no result.
 *
 * Known costs are those of an earlier run of the same cases (`case_host_ns` of its journal, found
 * by the case's key, so that another suite's run will do). A case that it does not have costs what
 * the median of its operator did. Without an earlier run all costs are
 * estimated from the description alone, equally on every host:
 *
 *   players * (0.1 s + rounds * max(bytes / 1 TB/s, flops / 10 TFLOP/s)) + rounds * players * 60 us
 *
 * with 128 rounds (what adaptive rounds take in the middle), the rounds' part at most
 * --max-case-ms, and `players` the different implementations that play a role. The rates are round
 * numbers of the order of today's GPUs; dividing wants ratios of costs, not costs.
 */
#ifndef BENCH_RUN_COST_H
#define BENCH_RUN_COST_H

#include "bench/spec/suite.h"

/* costs[suite->case_count], all above 0. `folder` of an earlier run, or NULL; BENCH_ENOTFOUND or
 * BENCH_EINPUT, with the place, if its journal cannot be read or has none of these cases.
 * `max_case_ms` as of `bench run`; `rounds` of the settings, 0: not fixed. */
int bench_costs_find(const struct bench_suite *suite, const char *folder, double max_case_ms,
                     int rounds, double *costs, struct bench_err *err);

#endif
