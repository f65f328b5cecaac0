/*
 * The interval of a median: what sampling alone leaves open of it.
 *
 * From samples: order statistics. Of n independent samples, the number below the true median is
 * binomial(n, 1/2), so that [x(r), x(n + 1 - r)] holds it with at least 1 - 2 P(B <= r - 1)
 * (Thompson 1936; Hahn, Meeker and Escobar, Statistical Intervals, 2nd ed. 2017, section 5.2); by
 * the normal approximation with its continuity correction, which is within one rank from n = 6 on.
 * From quartiles: median ± 1.96 * 1.2533 * s / sqrt(n) with s = IQR / 1.349, the standard error of
 * a normal sample's median (McGill, Tukey and Larsen 1978 draw the notches of box plots so).
 */
#ifndef BENCH_OUTCOME_OUTCOME_TIME_H
#define BENCH_OUTCOME_OUTCOME_TIME_H

#include <stddef.h>

/* `samples` in any order; a clock of steps of `resolution` widens the interval by half a step on
 * each side. Fewer than 6 samples: from the least to the largest, which is less than 95 %. */
void bench_outcome_interval(const double *samples, size_t count, double resolution, double *low,
                            double *high);
/* NANs where q25, q75 or rounds are not known. */
void bench_outcome_interval_of_quartiles(double median, double q25, double q75, size_t rounds,
                                         double *low, double *high);

#endif
