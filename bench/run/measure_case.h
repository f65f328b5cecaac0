/*
 * How a case is measured (docs/design.md, "How a case is measured"): rounds in which every
 * implementation runs once, in random order, each timed on the device alone.
 */
#ifndef BENCH_RUN_MEASURE_CASE_H
#define BENCH_RUN_MEASURE_CASE_H

#include "bench/run/callable.h"
#include "bench/run/floor.h"

/* Called before everything that is launched, so that a supervisor knows where a worker is. `arm`
 * and `variant` are numbers in the arrays handed in; `round` counts from 1 to `rounds`. */
struct bench_measure_watch {
    void (*at)(void *data, int arm, int variant, int round, int rounds);
    void *data;
};

struct bench_measure_settings {
    struct bench_settings suite;
    double max_case_ns; /* of host time for a case's rounds; fewer rounds then, at least 5 */
    struct bench_floor gated, ungated;
    struct bench_measure_watch watch;
};

/* One implementation in the rounds. */
struct bench_arm_timing {
    struct bench_callable *callables; /* its variants, all verified */
    size_t callable_count;
    size_t chosen;      /* set by tuning */
    double *tuned_ns;   /* tuned_ns[callable_count]: medians; set by tuning */
    double *elapsed_ns; /* elapsed_ns[rounds]: set by measuring */
    size_t round_count;
    struct bench_guarded *outputs;
    bool failed; /* a launch failed: err has why, and it is out of the rounds */
    struct bench_err err;
};

struct bench_clock_summary {
    double median_mhz, min_mhz; /* 0: the device does not tell */
};

/* Chooses each arm's variant by the least median of interleaved rounds. Arms with one variant are
 * left alone. BENCH_EPOISONED if the device is lost; failed launches fail their arm only. */
int bench_measure_tune(struct bench_session *s, const struct bench_measure_settings *settings,
                       struct bench_arm_timing *arms, size_t arm_count, struct bench_arena *arena,
                       struct bench_err *err);

/* Measures the chosen variants in paired rounds. Outputs are poisoned before the last round's
 * launches, so that what is found in them afterwards was written by a timed launch. */
int bench_measure_rounds(struct bench_session *s, const struct bench_measure_settings *settings,
                         const struct bench_case_data *data, struct bench_arm_timing *arms,
                         size_t arm_count, struct bench_arena *arena,
                         struct bench_clock_summary *clock, struct bench_err *err);

#endif
