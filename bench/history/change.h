/*
 * Steps in a course: when a series of logarithms of times (or of ratios of times), one a run,
 * changed its level for good, by how much, and how sure that is.
 *
 * 1. bench_segment (R-FPOP with the biweight loss) proposes where segments begin.
 * 2. A step must be one: of two neighbouring segments with a common slope, a step between them must
 *    explain more than the slope alone, or it is a drift cut into stairs and the two are joined,
 * the least convincing first.
 * 3. It must be worth a word: at least `least`.
 *
 * docs/history.md has the evidence: false alarms on courses without a step, how often and after how
 * many nights steps of 2, 3 and 5 % are found, and the methods that it was compared with.
 */
#ifndef BENCH_HISTORY_CHANGE_H
#define BENCH_HISTORY_CHANGE_H

#include <stddef.h>

/* Where bench_segment has its penalty and bound: seven or so points at two standard deviations pay
 * for a step, or three far off. Chosen by tests/perf/history/changes.c; 2 log n, the usual penalty,
 * is 10 to 16 here and has many times the false alarms on noise that is not normal. */
#define BENCH_CHANGE_PENALTY 20.0
#define BENCH_CHANGE_BOUND 3.0
/* Least likelihood gain of a step beside a slope: that of a bit more than three standard errors. */
#define BENCH_CHANGE_GAIN 10.0

struct bench_change_settings {
    double least; /* |log ratio| of a step that is told; 0.00995 is 1 % */
    double noise; /* the noise is taken for no smaller than this: what single runs know of
                     themselves (their intervals); > 0 */
};

struct bench_change {
    size_t at;                   /* y[at] is the first after the step */
    size_t earliest, latest;     /* it may as well lie here: about 95 % */
    size_t before, after;        /* points that the levels are over, the nearest 100 at most */
    double log_ratio, low, high; /* level after − level before, with its 95 % interval */
};

/* Finds the steps in y[count], ascending, into *changes, which the caller frees (NULL if there is
 * none), and returns how many. *scale (may be NULL): the noise that was found. */
size_t bench_change_find(const double *y, size_t count,
                         const struct bench_change_settings *settings,
                         struct bench_change **changes, double *scale);

/* The level of some points: their median, then the mean of those within the bound of it. */
double bench_change_level(const double *y, size_t count, double scale);

#endif
