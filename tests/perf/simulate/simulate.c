#include "tests/perf/simulate/simulate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/case/measure_case.h"
#include "bench/perf/criteria.h"
#include "bench/util/mem.h"
#include "bench/util/rng.h"
#include "tests/perf/simulate/source.h"

const double simulation_distances[SIM_DISTANCES] = {-0.5,  -0.2, -0.05, -0.02, -0.01, -0.005, 0,
                                                    0.005, 0.01, 0.02,  0.05,  0.2,   1};

const struct simulation_settings simulation_defaults = {
    .threshold = BENCH_SPEEDUP_THRESHOLD,
    .confidence = 0.95,
    .precision = 0.005,
    .decided_precision = 0.005 * BENCH_MEASURE_DECIDED_PRECISIONS,
    .decided_ns = BENCH_MEASURE_DECIDED_NS,
    .decided_worst = BENCH_MEASURE_DECIDED_WORST,
    .least_rounds = 16,
    .most_rounds = 1024,
    .resamples = BENCH_MEASURE_RESAMPLES,
    .operator_cases = 8};

static const struct {
    const char *name, *text;
} kinds[SIM_COUNT] = {
    [SIM_NORMAL] = {"normal", "normal"},
    [SIM_SKEWED] = {"skewed", "a constant and a lognormal excess, deviation of its logarithm 0.8"},
    [SIM_BIMODAL] = {"bimodal", "normal, 5 to 30 % of the samples 5 to 50 % longer"},
    [SIM_DRIFTING] = {"drifting", "normal, both arms slower by 0.001 to 0.1 % each round"},
    [SIM_AUTOCORRELATED] = {"autocorrelated", "each arm its own AR(1) with phi 0.6"},
    [SIM_STUDENT] = {"student", "Student's t with 2 degrees of freedom"},
    [SIM_SPIKES] = {"spikes", "normal, 5 % of the samples 2 to 8 times as long"},
    [SIM_QUANTISED] = {"quantised", "normal, rounded to 32 ns"},
    [SIM_PHASED] = {"phased", "normal, both time stamps cut off to 32 ns"},
    [SIM_FLOOR] = {"floor", "phased, under a floor known to lie within 1400 and 3070 ns"},
    [SIM_PERSISTENT] = {"persistent", "each arm its own AR(1) with phi 0.9"},
};

const char *simulation_name(enum simulation kind)
{
    return kinds[kind].name;
}

const char *simulation_text(enum simulation kind)
{
    return kinds[kind].text;
}

/* ---- one case ---- */

/* The H100's (docs/design.md): an empty kernel is 3070 ns between events, of which 1400 are the
 * timing's own. */
#define FLOOR_LOW_NS 1400
#define FLOOR_HIGH_NS 3070

static void run_sampler(const struct bench_sampler_config *config,
                        struct simulation_source *sources, struct simulation_outcome *out)
{
    struct bench_sampler *sampler = bench_sampler_new(config);
    int arm;
    while ((arm = bench_sampler_next(sampler)) >= 0)
        bench_sampler_add(sampler, simulation_source_draw(&sources[arm]));
    out->answer = bench_sampler_answer(sampler, 0, &out->ratio);
    out->stop = bench_sampler_stopped(sampler);
    out->rounds = bench_sampler_round(sampler);
    bench_sampler_free(sampler);
}

void simulate_case(enum simulation kind, double truth, const struct simulation_settings *settings,
                   uint64_t seed, struct simulation_outcome *out)
{
    struct bench_rng rng;
    bench_rng_init(&rng, seed);
    double median_ns = simulation_log_uniform(&rng, 3000, 100000);
    double growth = simulation_growth(kind, &rng);
    double floor_ns = kind == SIM_FLOOR ? simulation_uniform(&rng, FLOOR_LOW_NS, FLOOR_HIGH_NS) : 0;
    struct simulation_source sources[2];
    simulation_source_init(&sources[0], kind, median_ns * truth, floor_ns, growth, &rng);
    simulation_source_init(&sources[1], kind, median_ns, floor_ns, growth, &rng);
    struct bench_sampler_arm arms[2] = {{.gated = true}, {.gated = true}};
    for (int i = 0; i < 2; i++) {
        if (kind == SIM_FLOOR)
            arms[i].floor =
                (struct bench_floor_range){FLOOR_LOW_NS, FLOOR_HIGH_NS, 0, FLOOR_LOW_NS};
        arms[i].about_ns = simulation_source_about(&sources[i], arms[i].floor.low_ns);
    }
    struct bench_question question = {0, 1, {settings->threshold, true}};
    struct bench_sampler_config config = {.arms = 2,
                                          .arm = arms,
                                          .least_rounds = settings->least_rounds,
                                          .most_rounds = settings->most_rounds,
                                          .questions = &question,
                                          .question_count = 1,
                                          .confidence = settings->confidence,
                                          .precision = settings->precision,
                                          .decided_precision = settings->decided_precision,
                                          .decided_ns = settings->decided_ns,
                                          .decided_worst = settings->decided_worst,
                                          .resolution_ns = sources[0].script.quantum_ns,
                                          .resamples = settings->resamples,
                                          .seed = bench_rng_u64(&rng)};
    run_sampler(&config, sources, out);
    out->truth = truth;
}

/* ---- tallies ---- */

/* Products and quotients of doubles are off in the last digits; without noise that shows. */
#define ROUNDING 1e-12

void simulation_count(struct simulation_tally *tally, const struct simulation_outcome *outcome,
                      double threshold)
{
    bool at_threshold = fabs(outcome->truth / threshold - 1) < ROUNDING;
    bool above = outcome->truth > threshold;
    enum bench_answer answer = outcome->answer;
    tally->cases++;
    tally->held += outcome->ratio.low <= outcome->truth * (1 + ROUNDING) &&
                   outcome->truth <= outcome->ratio.high * (1 + ROUNDING);
    tally->passed += answer == BENCH_PASS;
    tally->failed += answer == BENCH_FAIL;
    if (!at_threshold)
        tally->wrong += answer == (above ? BENCH_FAIL : BENCH_PASS);
    tally->at_threshold += at_threshold;
    tally->decided_at_threshold += at_threshold && answer != BENCH_UNDETERMINED;
    tally->stopped[outcome->stop]++;
    tally->rounds += outcome->rounds;
}

void simulation_add(struct simulation_tally *sum, const struct simulation_tally *tally)
{
    sum->cases += tally->cases;
    sum->held += tally->held;
    sum->passed += tally->passed;
    sum->failed += tally->failed;
    sum->wrong += tally->wrong;
    sum->at_threshold += tally->at_threshold;
    sum->decided_at_threshold += tally->decided_at_threshold;
    for (int i = 0; i <= BENCH_STOP_NO_ARMS; i++)
        sum->stopped[i] += tally->stopped[i];
    sum->rounds += tally->rounds;
}

void simulate_cases(enum simulation kind, const struct simulation_settings *settings, uint64_t seed,
                    long first, long step, long count, struct simulation_tally *tally)
{
    for (long i = first; i < count; i += step) {
        struct simulation_outcome outcome;
        int distance = (int)(i % SIM_DISTANCES);
        double truth = settings->threshold * (1 + simulation_distances[distance]);
        simulate_case(kind, truth, settings, simulation_seed(seed, (int)kind * 2, i), &outcome);
        simulation_count(&tally[distance], &outcome, settings->threshold);
    }
}

/* ---- operators ---- */

static void simulate_operator(enum simulation kind, double truth,
                              const struct simulation_settings *settings, uint64_t seed,
                              struct simulation_outcome *out)
{
    int cases = settings->operator_cases;
    double *logs = bench_xmalloc((size_t)cases * sizeof *logs), mean = 0;
    struct bench_ratio *ratios = bench_xmalloc((size_t)cases * sizeof *ratios);
    struct bench_criterion criterion = {settings->threshold, true};
    struct bench_rng rng;
    bench_rng_init(&rng, seed);
    double spread = simulation_uniform(&rng, 0, 0.2);
    for (int i = 0; i < cases; i++) {
        logs[i] = spread * bench_rng_normal(&rng);
        mean += logs[i] / cases;
    }
    *out = (struct simulation_outcome){.truth = truth, .stop = BENCH_STOP_PRECISE};
    for (int i = 0; i < cases; i++) {
        struct simulation_outcome one;
        simulate_case(kind, truth * exp(logs[i] - mean), settings, bench_rng_u64(&rng), &one);
        ratios[i] = one.ratio;
        if (one.stop == BENCH_STOP_DECIDED && bench_ratio_is_near(&one.ratio, &criterion))
            bench_ratio_allow_early(&ratios[i]);
        out->rounds += one.rounds;
    }
    bench_ratio_geomean(ratios, (size_t)cases, &out->ratio);
    out->answer = bench_decide(&out->ratio, &criterion, 0);
    free(ratios);
    free(logs);
}

void simulate_operators(enum simulation kind, const struct simulation_settings *settings,
                        uint64_t seed, long first, long step, long count,
                        struct simulation_tally *tally)
{
    for (long i = first; i < count; i += step) {
        struct simulation_outcome outcome;
        int distance = (int)(i % SIM_DISTANCES);
        double truth = settings->threshold * (1 + simulation_distances[distance]);
        simulate_operator(kind, truth, settings, simulation_seed(seed, (int)kind * 2 + 1, i),
                          &outcome);
        simulation_count(&tally[distance], &outcome, settings->threshold);
    }
}
