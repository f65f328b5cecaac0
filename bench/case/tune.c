/* bench_measure_tune: which variant of an implementation stands for it. */
#include <math.h>
#include <string.h>

#include "bench/case/measure_case.h"
#include "bench/case/sample.h"
#include "bench/util/clock.h"
#include "bench/util/mem.h"

/* Fewest rounds when time is short. */
#define LEAST_TUNE_ROUNDS 3

static void fail_arm(struct bench_arm_timing *arm, const struct bench_err *err)
{
    arm->failed = true;
    arm->err = *err;
}

/* How many rounds fit the time that choosing may take, given what one round costs the host. */
static int rounds_that_fit(int wanted, double round_ns, double max_ns)
{
    double fit = round_ns > 0 ? floor(max_ns / round_ns) : wanted;
    if (fit >= wanted)
        return wanted;
    if (fit > LEAST_TUNE_ROUNDS)
        return (int)fit;
    return LEAST_TUNE_ROUNDS < wanted ? LEAST_TUNE_ROUNDS : wanted;
}

/* One untimed-for-the-record sample of each variant: warms up, and says what a round costs. */
static int warm_variants(struct bench_session *s, const struct bench_measure_settings *settings,
                         struct bench_arm_timing *arm, int number, double *round_ns,
                         struct bench_err *err)
{
    int64_t start = bench_clock_ns();
    for (size_t v = 0; v < arm->callable_count; v++) {
        double ns;
        settings->watch.at(settings->watch.data, number, (int)v, 0, 0);
        int rc = bench_sample(s, &settings->suite, &arm->callables[v], &ns, err);
        if (rc == BENCH_EPOISONED)
            return rc;
        if (rc != BENCH_OK) {
            fail_arm(arm, err);
            return BENCH_OK;
        }
    }
    *round_ns = (double)(bench_clock_ns() - start);
    return BENCH_OK;
}

static struct bench_sampler *variant_sampler(const struct bench_measure_settings *settings,
                                             const struct bench_arm_timing *arm, double round_ns,
                                             double budget_ns, int *rounds)
{
    *rounds = rounds_that_fit(settings->suite.tune_rounds, round_ns, budget_ns);
    struct bench_sampler_config config = {
        .arms = (int)arm->callable_count,
        .least_rounds = *rounds,
        .most_rounds = *rounds,
        .confidence = settings->suite.confidence,
        .precision = settings->suite.precision,
        .decided_precision = settings->suite.precision,
        .resamples = BENCH_MEASURE_RESAMPLES,
        .seed = settings->suite.seed + 1,
    };
    return bench_sampler_new(&config);
}

static void choose(struct bench_session *s, const struct bench_measure_settings *settings,
                   const struct bench_sampler *sampler, struct bench_arena *arena,
                   struct bench_arm_timing *arm)
{
    double resolution_ns = bench_measure_resolution_ns(s, settings);
    for (size_t i = 0; i < arm->callable_count; i++) {
        size_t count;
        const double *samples = bench_sampler_samples(sampler, (int)i, &count);
        arm->tuning_rounds = count;
        arm->tuning_ns[i] = bench_arena_alloc(arena, (count + 1) * sizeof *samples);
        memcpy(arm->tuning_ns[i], samples, count * sizeof *samples);
        arm->tuned_ns[i] = bench_grouped_median(samples, count, resolution_ns);
        if (arm->tuned_ns[i] < arm->tuned_ns[arm->chosen])
            arm->chosen = i;
    }
}

static int tune_arm(struct bench_session *s, const struct bench_measure_settings *settings,
                    struct bench_arm_timing *arm, int number, double budget_ns,
                    struct bench_arena *arena, struct bench_err *err)
{
    double round_ns = 0;
    int rounds, v, rc = warm_variants(s, settings, arm, number, &round_ns, err);
    if (rc != BENCH_OK || arm->failed)
        return rc;
    struct bench_sampler *sampler = variant_sampler(settings, arm, round_ns, budget_ns, &rounds);
    while (!arm->failed && (v = bench_sampler_next(sampler)) >= 0) {
        double ns;
        settings->watch.at(settings->watch.data, number, v, bench_sampler_round(sampler) + 1,
                           rounds);
        rc = bench_sample(s, &settings->suite, &arm->callables[v], &ns, err);
        if (rc == BENCH_EPOISONED)
            break;
        if (rc == BENCH_OK)
            bench_sampler_add(sampler, ns);
        else
            fail_arm(arm, err);
    }
    if (rc == BENCH_OK && !arm->failed)
        choose(s, settings, sampler, arena, arm);
    bench_sampler_free(sampler);
    return rc == BENCH_EPOISONED ? rc : BENCH_OK;
}

int bench_measure_tune(struct bench_session *s, const struct bench_measure_settings *settings,
                       struct bench_arm_timing *arms, size_t arm_count, struct bench_arena *arena,
                       struct bench_err *err)
{
    for (size_t i = 0; i < arm_count; i++) {
        struct bench_arm_timing *arm = &arms[i];
        arm->chosen = 0;
        arm->tuned_ns = bench_arena_alloc(arena, (arm->callable_count + 1) * sizeof(double));
        arm->tuning_ns = bench_arena_alloc(arena, (arm->callable_count + 1) * sizeof(double *));
        arm->tuning_rounds = 0;
        if (arm->callable_count < 2 || arm->failed)
            continue;
        if (arm->callable_count > BENCH_SAMPLER_MAX_ARMS) {
            bench_err_set(&arm->err, BENCH_ERROR, "%zu variants; at most %d can be tuned",
                          arm->callable_count, BENCH_SAMPLER_MAX_ARMS);
            arm->failed = true;
            continue;
        }
        double budget = settings->max_case_ns / (double)arm_count;
        int rc = tune_arm(s, settings, arm, (int)i, budget, arena, err);
        if (rc != BENCH_OK)
            return rc;
    }
    return BENCH_OK;
}
