/*
 * Statistics on samples of times. No I/O, no device, no allocation kept.
 * Quantiles are type 7 of Hyndman and Fan (1996), as numpy and R have them.
 */
#ifndef BENCH_MEASURE_STATS_H
#define BENCH_MEASURE_STATS_H

#include <stddef.h>
#include <stdint.h>

struct bench_summary {
    size_t count;
    double min, q05, q25, median, q75, q95, max; /* in the samples' unit */
    double mean, stddev;                         /* stddev: n - 1 in the denominator */
    double mad;                                  /* median absolute deviation, unscaled */
};

/* `samples` need not be sorted and is not changed. count 0 gives all zeros. NaN samples are a
 * programming error (asserted). */
void bench_summarize(const double *samples, size_t count, struct bench_summary *out);

double bench_median(const double *samples, size_t count);

struct bench_interval {
    double estimate, low, high;
};

/* Ratio of medians a / b of paired rounds (a[i] and b[i] are of the same round), with the
 * percentile bootstrap interval over rounds (Efron 1979) at `confidence` (0.95) from `resamples`
 * draws, seeded. count < 2 gives low = high = estimate. */
void bench_ratio_interval(const double *a, const double *b, size_t count, double confidence,
                          int resamples, uint64_t seed, struct bench_interval *out);

double bench_geomean(const double *values, size_t count);

#endif
