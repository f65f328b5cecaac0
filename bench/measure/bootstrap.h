/*
 * Bootstrap of medians over rounds. A round is drawn whole, for all arms, so that what they had in
 * common in it (clock, temperature, neighbours) stays in common.
 *
 * Each arm is sorted once; a resample is how often each round was drawn, and its median is found by
 * walking these counts in sorted order: O(count) a resample, with no sorting.
 */
#ifndef BENCH_MEASURE_BOOTSTRAP_H
#define BENCH_MEASURE_BOOTSTRAP_H

#include <stddef.h>
#include <stdint.h>

/* Samples of one arm, sorted, equal steps of the clock together. */
struct bench_ranked {
    size_t count, steps;
    uint32_t *round;  /* round[count]: of the sample at each rank */
    uint32_t *step;   /* step[count]: that each rank belongs to */
    uint32_t *first;  /* first[steps + 1]: rank of each step, and count */
    double *value;    /* value[steps]: what all samples of a step count as */
    double half_step; /* half of the clock's resolution; 0: none */
};

/* At most UINT32_MAX samples, none NAN (asserted). resolution_ns 0: every sample is a step of its
 * own, without width. */
void bench_ranked_init(struct bench_ranked *r, const double *samples, size_t count,
                       double resolution_ns);
void bench_ranked_fini(struct bench_ranked *r);

/* The median where round i counts draws[i] times, `count` times all together; draws NULL: each
 * once. Within the median's step it is interpolated. count > 0. */
double bench_ranked_median(const struct bench_ranked *r, const uint32_t *draws);

/* medians_a[i], medians_b[i]: of resample i; both arms have the same count. */
void bench_bootstrap_medians(const struct bench_ranked *a, const struct bench_ranked *b,
                             int resamples, uint64_t seed, double *medians_a, double *medians_b);

#endif
