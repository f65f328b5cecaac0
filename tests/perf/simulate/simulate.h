/*
 * Simulated cases with known answers, through the real sampler: how often the final interval holds
 * the true ratio, how often a decision is wrong, and what it costs in rounds. Times come from the
 * null device's scripts (bench/device/null/script.h); nothing is timed, so results depend on
 * nothing but the seed.
 */
#ifndef TESTS_PERF_SIMULATE_H
#define TESTS_PERF_SIMULATE_H

#include "bench/measure/sampler.h"

enum simulation {
    SIM_NORMAL,
    SIM_SKEWED,
    SIM_BIMODAL,
    SIM_DRIFTING,
    SIM_AUTOCORRELATED,
    SIM_STUDENT,
    SIM_SPIKES,
    SIM_QUANTISED,
    SIM_PHASED,
    SIM_FLOOR,
    SIM_PERSISTENT,
    SIM_COUNT
};

/* "normal", …; and what it is, in a line. */
const char *simulation_name(enum simulation kind);
const char *simulation_text(enum simulation kind);

/* Distances of the true ratio from the threshold, in relative terms. */
#define SIM_DISTANCES 13
extern const double simulation_distances[SIM_DISTANCES];

struct simulation_settings {
    double threshold; /* pass: ratio >= threshold */
    double confidence, precision;
    double decided_precision, decided_ns, decided_worst; /* as the sampler's */
    int least_rounds, most_rounds, resamples;
    int operator_cases; /* cases of an operator */
};
/* Those of a run: 1.30, 0.95, 0.005, 0.0075, 100 ns, 0.08, 16, 1024, 1000; operators of 8 cases. */
extern const struct simulation_settings simulation_defaults;

struct simulation_outcome {
    double truth; /* ratio of medians */
    struct bench_ratio ratio;
    enum bench_answer answer;
    enum bench_stop stop;
    int rounds;
};

/* One case of true ratio `truth`; everything else about it is drawn from `seed`. */
void simulate_case(enum simulation kind, double truth, const struct simulation_settings *settings,
                   uint64_t seed, struct simulation_outcome *out);

/* What cases of one true ratio (or all of one distribution) came to. */
struct simulation_tally {
    long cases;
    long held; /* the interval holds the truth */
    long passed, failed;
    long wrong; /* decided, against the truth; not counted where the truth is the threshold */
    long at_threshold; /* cases whose truth is the threshold, where no answer is wrong … */
    long decided_at_threshold; /* … but each would be, a hair's breadth to one side */
    long stopped[BENCH_STOP_NO_ARMS + 1];
    long rounds;
};

void simulation_count(struct simulation_tally *tally, const struct simulation_outcome *outcome,
                      double threshold);
void simulation_add(struct simulation_tally *sum, const struct simulation_tally *tally);

/* Cases first, first + step, … below `count`, of one distribution; tally[SIM_DISTANCES]. */
void simulate_cases(enum simulation kind, const struct simulation_settings *settings, uint64_t seed,
                    long first, long step, long count, struct simulation_tally *tally);

/* The same of operators: each of settings->operator_cases cases whose true ratios spread around the
 * true geometric mean; interval and answer as a run's judge has them. */
void simulate_operators(enum simulation kind, const struct simulation_settings *settings,
                        uint64_t seed, long first, long step, long count,
                        struct simulation_tally *tally);

#endif
