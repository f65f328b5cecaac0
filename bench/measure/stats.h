/*
 * Statistics on samples of times. No I/O, no device, no allocation kept.
 * Quantiles are type 7 of Hyndman and Fan (1996), as numpy and R have them.
 */
#ifndef BENCH_MEASURE_STATS_H
#define BENCH_MEASURE_STATS_H

#include <stddef.h>

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
/* 0 <= q <= 1. */
double bench_quantile(const double *samples, size_t count, double q);

/* The order statistic values[rank] of the sorted values, rank < count, and in *next the one after
 * it, INFINITY if there is none. Reorders `values`, which are no NaN; in linear time in the mean
 * (Hoare's FIND, 1961). */
double bench_order_statistic(double *values, size_t count, size_t rank, double *next);

double bench_geomean(const double *values, size_t count);

#endif
