/* Times of a simulated arm: a distribution of bench/device/null/script.h with random parameters.
 */
#ifndef TESTS_PERF_SIMULATE_SOURCE_H
#define TESTS_PERF_SIMULATE_SOURCE_H

#include "bench/device/null/script.h"
#include "tests/perf/simulate/simulate.h"

/* The H100's events tick every 32 ns. */
#define SIM_TICK_NS 32

/* An arm's times: shift + a draw, both times what drift has come to. */
struct simulation_source {
    struct bench_script script, drift;
    struct bench_script_state state, drift_state;
    double shift_ns;
    struct bench_rng rng;
};

double simulation_uniform(struct bench_rng *rng, double low, double high);
double simulation_log_uniform(struct bench_rng *rng, double low, double high);

/* Noise of a GPU: 0.3 to 3 % of the time. The median of the draws is median_ns + floor_ns, but for
 * drift: there it is of the first draw, and grows by the share `growth` of it with each. */
void simulation_source_init(struct simulation_source *s, enum simulation kind, double median_ns,
                            double floor_ns, double growth, struct bench_rng *rng);
double simulation_source_draw(struct simulation_source *s);
/* How long it takes about, as a warm-up finds: the shortest of three draws, which are no others',
 * without the floor. */
double simulation_source_about(struct simulation_source *s, double floor_ns);

/* By how much a distribution's times grow with each draw: 0 but for drifting ones. Draws from rng
 * for these alone. */
double simulation_growth(enum simulation kind, struct bench_rng *rng);

/* Every simulated case has a seed of its own, so it is the same whoever simulates it. `series`
 * tells apart what is simulated. */
uint64_t simulation_seed(uint64_t seed, int series, long number);

#endif
