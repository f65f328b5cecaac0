/*
 * Private to bench/selftest: how far a median of event times can move although nothing changed.
 *
 * On an H100 the elapsed times of one kernel lie in two to four heaps, 160 to 230 ns apart (3.42,
 * 3.59, 3.75 and 3.92 us of one kernel), whatever the kernel's length: as where a fetch of code or
 * arguments from memory meets a refresh, or misses in a table of pages. Where two heaps are about
 * as frequent, the median falls on either, and which is more frequent changes with the place of
 * code and data in memory: from kernel to kernel and from process to process. So a single median is
 * sure to one such step only, 0.2 us, and no better by taking more samples. Ratios' intervals
 * allow for it (bench_floor_unsure_ns).
 */
#ifndef BENCH_SELFTEST_STEPS_H
#define BENCH_SELFTEST_STEPS_H

#include <stddef.h>

/* Of an empty kernel's elapsed time: what empty kernels, calibrated floors and other medians may
 * differ by from process to process. On an H100 they differ by 6 % (2.96 to 3.13 us);
 * 10 % are a step and a half. It costs no ratio: each process calibrates its own floor, and an
 * interval holds for every floor between that and a whole empty kernel, several times as far. */
#define SELFTEST_PROCESS_SHARE 0.10

/* From the 10 % to the 90 % quantile: with two heaps that each hold a tenth at least, the distance
 * between them. */
double selftest_spread_ns(const double *samples, size_t count);

/* A step: the median of the spreads of many kernels; 0 if there are none. However much times are
 * spread, at most SELFTEST_PROCESS_SHARE of an empty kernel's elapsed time: noise must not widen
 * the limits that it is held against. */
double selftest_step_ns(const double *spreads_ns, size_t count, double empty_ns);

#endif
