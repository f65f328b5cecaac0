/*
 * The thresholds that the user fixed, for all that asks or answers their two questions: suites
 * (what a run measures until), selections, and whoever tells of them.
 */
#ifndef BENCH_PERF_CRITERIA_H
#define BENCH_PERF_CRITERIA_H

/* speedup_vs_flaggems, the reference's time / the candidate's: at least this. */
#define BENCH_SPEEDUP_THRESHOLD 1.30
/* relative_to_cuda, the candidate's time / the baseline's: at most this (80 % of CUDA). */
#define BENCH_RELATIVE_THRESHOLD 1.25

#endif
