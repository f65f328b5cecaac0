/*
 * The ratio of two implementations' times, and how far it can be trusted.
 *
 * A sample is the elapsed time between two events: the kernel's time and a floor, the timing's own
 * part. What that floor is depends on what one calls the kernel's time, so it is a range:
 *   low   of an empty kernel's elapsed time, the part that a further empty kernel does not add: a
 *         kernel's time is then GPU time, an empty kernel's included (the smaller correction, which
 *         never flatters)
 *   high  an empty kernel's whole elapsed time: a kernel's time is then what it takes beyond an
 *         empty one
 * Intervals hold under both, and under everything between. Both ends also allow for the
 * calibration, which may be off. Estimates take off the lower reading as it was calibrated, `best`,
 * and not the end of that allowance: over three processes of which one had an uncertain
 * calibration, times of less than 10 us then spread by 3.2 instead of 6.9 %
 * (docs/measurements/2026-11-23-h100-truth).
 */
#ifndef BENCH_MEASURE_RATIO_H
#define BENCH_MEASURE_RATIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bench_floor_range {
    double low_ns, high_ns; /* 0 <= low_ns <= high_ns */
    double least_ns;        /* no kernel takes less, its launch included: net times at the best
                               floor and lower ones are raised to it; >= 0 */
    double best_ns;         /* what estimates take off; brought into low_ns to high_ns, so that 0 is
                               low_ns */
};

/* best_ns within low_ns to high_ns. */
double bench_floor_best_ns(const struct bench_floor_range *floor);

/* One side of a ratio: elapsed_ns[i] is of round i. */
struct bench_side {
    const double *elapsed_ns;
    struct bench_floor_range floor;
    bool gated; /* sides of different gating have floors that vary independently */
    /* What its median may be off by either way, however many rounds there are: as half a step of
     * the clock, and on top of it. Each side's own. >= 0 */
    double unsure_ns;
};

/* No defaults: every field must be set. */
struct bench_ratio_options {
    double alpha;         /* 1 - confidence of this one interval */
    int resamples;        /* of the bootstrap */
    double resolution_ns; /* steps of the clock; 0: found from the samples (bench_lattice_ns) */
    uint64_t seed;
};

struct bench_ratio {
    double estimate;            /* median(a) / median(b), the best floors taken off; NAN: none */
    double low, high;           /* holds everything: sampling, floor, resolution, what medians are
                                   unsure by; 0 and INFINITY where nothing is known */
    double stat_low, stat_high; /* sampling alone, at the best floors */
};

/* Two rounds cannot tell their own spread: intervals from them hold the truth in as few as 90 % of
 * the cases where they should in 95 %, from three on they hold it (by simulation; of independent
 * rounds). */
#define BENCH_RATIO_LEAST_ROUNDS 3

/* a / b over `count` paired rounds. Fewer than BENCH_RATIO_LEAST_ROUNDS give (estimate, 0,
 * INFINITY); none, NAN for an estimate. */
void bench_ratio_of(const struct bench_side *a, const struct bench_side *b, size_t count,
                    const struct bench_ratio_options *options, struct bench_ratio *out);

/* The same, and *other from the same bootstrap: what it would be if the floors of a and b went up
 * to other_high_ns[0] and [1], and the medians were sure. `other` may be NULL, and other_high_ns
 * then too. */
void bench_ratio_of_both(const struct bench_side *a, const struct bench_side *b, size_t count,
                         const struct bench_ratio_options *options, struct bench_ratio *out,
                         const double other_high_ns[2], struct bench_ratio *other);

/* The same in two steps, for who asks at several error probabilities: the bootstrap is made once,
 * and options->alpha not looked at. The samples are borrowed until it is freed (NULL-safe). */
struct bench_resampled;
struct bench_resampled *bench_resampled_new(const struct bench_side *a, const struct bench_side *b,
                                            size_t count,
                                            const struct bench_ratio_options *options);
void bench_resampled_ratio(struct bench_resampled *r, double alpha, struct bench_ratio *out,
                           const double other_high_ns[2], struct bench_ratio *other);
void bench_resampled_free(struct bench_resampled *r);

/* The estimate alone, without a bootstrap. */
double bench_ratio_estimate(const struct bench_side *a, const struct bench_side *b, size_t count,
                            double resolution_ns);

/* Median of samples that a clock has rounded to multiples of `resolution_ns`: interpolated within
 * the median's step (the median of grouped data). resolution_ns 0: the plain median. */
double bench_grouped_median(const double *samples, size_t count, double resolution_ns);

/* The step of the clock that shows in samples: the greatest s >= 1 ns of which all differences are
 * whole multiples, where there are ties enough to tell; else 0. */
double bench_lattice_ns(const double *samples, size_t count);

/* Net time of one arm in ns: grouped median minus the best floor, at least least_ns. */
double bench_net_median(const struct bench_side *side, size_t count, double resolution_ns);

#endif
