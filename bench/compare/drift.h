/*
 * The drift of each process of two runs, from the kernels that did not change between them: every
 * time's log is mu[item] + gamma[process] + delta[process] / t + e (noise.h). Fitted by weighted
 * least squares, with weights (f + 1) / (f + z^2) that take Student's t for e (Lange, Little and
 * Taylor 1989), so that a few kernels that are off do not count, and with normal priors for gamma
 * and delta, so that few kernels, or none, give what they can: the posterior's variance then says
 * how little that is.
 *
 * The scale says by how much those kernels differ between the runs, beyond what the noise says: the
 * median of |z| of their changes, over that of a normal variable; at least 1.
 */
#ifndef BENCH_COMPARE_DRIFT_H
#define BENCH_COMPARE_DRIFT_H

#include <stddef.h>

#include "bench/compare/noise.h"

struct bench_drift_time {
    size_t item;    /* which kernel: one implementation of one case */
    size_t process; /* those of run A come first */
    double log_ns;
};

struct bench_drift {
    size_t processes_a, processes_b;
    double *gamma, *delta_ns; /* [processes_a + processes_b] */
    double (*covariance)[3];  /* of each: of gamma, of both, of delta */
    double scale;
    size_t items; /* that are in both runs, and so tell of the scale */
};

/* `items` is the number of kernels; times[count] in any order. */
void bench_drift_fit(const struct bench_noise *noise, const struct bench_drift_time *times,
                     size_t count, size_t items, size_t processes_a, size_t processes_b,
                     struct bench_drift *drift);
void bench_drift_fini(struct bench_drift *drift); /* a zeroed one is fine */

/* What a process adds to the log of a time of so many ns; inverse_ns is 1 / t, or for several
 * kernels the mean of that. And how uncertain that is. */
double bench_drift_at(const struct bench_drift *drift, size_t process, double inverse_ns);
double bench_drift_variance(const struct bench_drift *drift, size_t process, double inverse_ns);

#endif
