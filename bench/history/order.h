/* Order statistics without sorting all: courses of ten years are looked at while somebody waits.
 * Private to bench/history. */
#ifndef BENCH_HISTORY_ORDER_H
#define BENCH_HISTORY_ORDER_H

#include <stddef.h>

/* Puts the `rank` smallest values first, and the next one at values[rank] (Hoare's quickselect,
 * with the median of three for a pivot). rank < count; none is NAN. */
void bench_history_select(double *values, size_t count, size_t rank);

/* Reorders values[count], count > 0. */
double bench_history_median(double *values, size_t count);

#endif
