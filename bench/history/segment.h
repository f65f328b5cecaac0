/*
 * Where a noisy series changes its level: the segmentation that minimises
 *
 *     Σ over segments of min over θ of Σ min((y_t − θ)² / scale², bound²)  +  penalty · changes
 *
 * exactly, by the functional pruning of R-FPOP with the biweight loss (Fearnhead and Rigaill,
 * "Changepoint Detection in the Presence of Outliers", JASA 114, 2019, algorithms 1 and 2; with
 * bound = INFINITY it is the least-squares FPOP of Maidstone et al. 2017, whose optimum is that of
 * PELT, Killick, Fearnhead and Eckley 2012). Because a point costs at most bound², a single outlier
 * cannot pay for two changes: an excursion is a segment only from about 2 · penalty / bound² points
 * on, and a step at the end is seen after penalty / bound² points at the earliest.
 *
 * Pure arithmetic: no I/O, no state. bench/history/change.h has what follows from it.
 */
#ifndef BENCH_HISTORY_SEGMENT_H
#define BENCH_HISTORY_SEGMENT_H

#include <stddef.h>

/* Writes where segments begin, ascending, into starts[count] (the first is 0), and returns how many
 * there are; 0 for no points. `y` are finite, scale > 0, bound > 0, penalty >= 0. *cost (may be
 * NULL) is the minimum above. */
size_t bench_segment(const double *y, size_t count, double scale, double bound, double penalty,
                     size_t *starts, double *cost);

/*
 * The standard deviation of the noise of a series whose level may change now and then: the largest
 * of
 *   - the mean of the smaller nine tenths of |y_t+1 − y_t|, scaled for normal noise. A step is one
 *     of these differences and an outlier two, so that both are left out; unlike a median it does
 *     not vanish where most values are equal, as times of few clock steps are;
 *   - the same over medians of consecutive blocks of 5, scaled up: where neighbours resemble each
 *     other (a warm week, a drift) it says how far levels wander, which the first does not see.
 * 0 for fewer than two points, or where all are equal.
 */
double bench_segment_scale(const double *y, size_t count);

#endif
