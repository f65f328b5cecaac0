/*
 * How a case is measured (docs/design.md, "How a case is measured"): rounds in which every
 * implementation runs once, in random order, each timed on the device alone, until the questions
 * that its roles put are answered.
 */
#ifndef BENCH_CASE_MEASURE_CASE_H
#define BENCH_CASE_MEASURE_CASE_H

#include "bench/case/callable.h"
#include "bench/case/floor.h"
#include "bench/measure/sampler.h"

/* Called before everything that is launched, so that a supervisor knows where a worker is. `arm`
 * and `variant` are numbers in the arrays handed in; `round` counts from 1 to `rounds`, the most
 * there may be. */
struct bench_measure_watch {
    void (*at)(void *data, int arm, int variant, int round, int rounds);
    /* Both may be NULL; neither is called by tuning. Before each round; and after each sample of an
     * arm (round 0: of a warm-up), outside of what is timed: what it left can be looked at.
     * *wrong: the arm is out of the rounds. Errors end the case. */
    int (*round)(void *data, struct bench_err *err);
    int (*sampled)(void *data, int arm, int round, bool *wrong, struct bench_err *err);
    void *data;
};

struct bench_measure_settings {
    struct bench_settings suite;
    double max_case_ns; /* of host time for a case's rounds, without what watch.round takes; fewer
                           rounds then, at least 5 */
    struct bench_floor gated, ungated; /* operator mode: both are that of host times */
    struct bench_measure_watch watch;
};

/* One implementation in the rounds. */
struct bench_arm_timing {
    unsigned roles;                   /* that it plays, as in struct bench_record; a twin: 0 */
    struct bench_callable *callables; /* its variants, all verified */
    size_t callable_count;
    size_t chosen;      /* set by tuning */
    double *tuned_ns;   /* tuned_ns[callable_count]: medians; set by tuning */
    double **tuning_ns; /* tuning_ns[callable_count][tuning_rounds]: what the medians are of */
    size_t tuning_rounds;
    double *elapsed_ns; /* elapsed_ns[rounds]: set by measuring */
    size_t round_count;
    bool failed; /* out of the rounds; err says why if a launch failed (code 0: it was wrong) */
    struct bench_err err;
};

/* How the rounds of a case went. */
struct bench_rounds_outcome {
    enum bench_stop stopped;
    double alpha;                           /* of the last look; see struct bench_record */
    double clock_median_mhz, clock_min_mhz; /* of the rounds that count; 0: the device does not
                                               tell */
    double host_ns;                         /* of warm-up and rounds */
    size_t discarded;                       /* rounds thrown away (bench/case/clock_watch.h) */
    bool throttled;
};

/* The questions that arms put, by the roles they play: reference over candidate, and candidate over
 * baseline, each if two different arms play them. questions[2]; returns how many. */
size_t bench_measure_questions(const struct bench_arm_timing *arms, size_t arm_count,
                               const struct bench_settings *settings,
                               struct bench_question questions[2]);

/* Step of the clock that elapsed times have in this mode, in ns; 0: none known. */
double bench_measure_resolution_ns(const struct bench_session *s,
                                   const struct bench_measure_settings *settings);
/* The floor of a callable's times: gated or not. */
const struct bench_floor *bench_measure_floor(const struct bench_measure_settings *settings,
                                              const struct bench_callable *callable);

/* Chooses each arm's variant by the least median of interleaved rounds. These samples choose and do
 * nothing else: the result is judged on those of bench_measure_rounds, so that the winner of many
 * variants is not the luckiest. Arms with one variant are left alone. BENCH_EPOISONED if the device
 * is lost; failed launches fail their arm only. */
int bench_measure_tune(struct bench_session *s, const struct bench_measure_settings *settings,
                       struct bench_arm_timing *arms, size_t arm_count, struct bench_arena *arena,
                       struct bench_err *err);

/* A decided question must be so precise, too, for what is reported is a number. Times of one kernel
 * come in heaps 224 ns apart on an H100, and differ by 40 ns (one standard deviation) from process
 * to process: what is known to 100 ns is known as well as the next process will repeat it, and more
 * costs short kernels hundreds of rounds. That is 1 % of 10 us; never worse than 8 %. Of longer
 * kernels, two fresh runs' ratios stay within 0.5 % of each other when decided ones end at 1.5
 * times the precision that is asked for (0.75 %), in 2.25 times fewer rounds. All three were found
 * by giving recorded samples to the sampler again (docs/measurements/stopping.md). */
#define BENCH_MEASURE_DECIDED_NS 100.0
#define BENCH_MEASURE_DECIDED_WORST 0.08
#define BENCH_MEASURE_DECIDED_PRECISIONS 1.5

/* Of the bootstrap, at looks and wherever the samples are judged again. */
#define BENCH_MEASURE_RESAMPLES 1000

/* Rounds of a case that puts no question, where settings.rounds does not say: a median of 64
 * samples has a standard error of 1.25 / 8 of theirs, so 0.5 % at 3 % of noise. */
#define BENCH_MEASURE_UNASKED_ROUNDS 64

/* Measures the chosen variants in paired rounds until there are enough. */
int bench_measure_rounds(struct bench_session *s, const struct bench_measure_settings *settings,
                         struct bench_arm_timing *arms, size_t arm_count, struct bench_arena *arena,
                         struct bench_rounds_outcome *outcome, struct bench_err *err);

#endif
