/* How much a series depends on its own past. */
#ifndef BENCH_MEASURE_CORRELATION_H
#define BENCH_MEASURE_CORRELATION_H

#include <stddef.h>

/* The integrated autocorrelation time of a series: the variance of a mean (or median) of it is that
 * many times what it would be for independent values. At least 1. By ranks, so that outliers
 * neither hide nor feign a dependence. Fewer than 4 values: 1. */
double bench_correlation_time(const double *series, size_t count);

#endif
