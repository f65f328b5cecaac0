#include "bench/run/measure_case.h"

#include <math.h>
#include <stdlib.h>

#include "bench/measure/sampler.h"
#include "bench/measure/stats.h"
#include "bench/run/sample.h"
#include "bench/run/verify.h"
#include "bench/util/clock.h"
#include "bench/util/mem.h"

/* Fewest rounds when time is short. */
#define LEAST_ROUNDS 5
#define LEAST_TUNE_ROUNDS 3
/* The SM clock is read once in so many rounds. */
#define CLOCK_EVERY 10

/* How many rounds fit the time a case may take, given what one round costs the host. */
static int rounds_that_fit(int wanted, int least, double round_ns, double max_ns)
{
    double fit = round_ns > 0 ? floor(max_ns / round_ns) : wanted;
    if (fit >= wanted)
        return wanted;
    return fit > least ? (int)fit : (least < wanted ? least : wanted);
}

static void fail_arm(struct bench_arm_timing *arm, const struct bench_err *err)
{
    arm->failed = true;
    arm->err = *err;
}

/* ---- choosing variants ---- */

/* One untimed-for-the-record sample of each variant: warms up, and says what a round costs. */
static int warm_variants(struct bench_session *s, const struct bench_measure_settings *settings,
                         struct bench_arm_timing *arm, int number, double *round_ns,
                         struct bench_err *err)
{
    int64_t start = bench_clock_ns();
    for (size_t v = 0; v < arm->callable_count; v++) {
        double ns;
        settings->watch.at(settings->watch.data, number, (int)v, 0, 0);
        int rc = bench_sample(s, settings->suite.cache, &arm->callables[v], &ns, err);
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

static int tune_arm(struct bench_session *s, const struct bench_measure_settings *settings,
                    struct bench_arm_timing *arm, int number, double budget_ns,
                    struct bench_err *err)
{
    double round_ns = 0;
    int rc = warm_variants(s, settings, arm, number, &round_ns, err);
    if (rc != BENCH_OK || arm->failed)
        return rc;
    struct bench_sampler_config config = {
        .arms = (int)arm->callable_count,
        .rounds =
            rounds_that_fit(settings->suite.tune_rounds, LEAST_TUNE_ROUNDS, round_ns, budget_ns),
        .seed = settings->suite.seed + 1,
    };
    struct bench_sampler *sampler = bench_sampler_new(&config);
    int v;
    while (!arm->failed && (v = bench_sampler_next(sampler)) >= 0) {
        double ns;
        settings->watch.at(settings->watch.data, number, v, bench_sampler_round(sampler) + 1,
                           config.rounds);
        rc = bench_sample(s, settings->suite.cache, &arm->callables[v], &ns, err);
        if (rc == BENCH_EPOISONED)
            break;
        if (rc == BENCH_OK)
            bench_sampler_add(sampler, ns);
        else
            fail_arm(arm, err);
    }
    for (size_t i = 0; rc == BENCH_OK && i < arm->callable_count; i++) {
        size_t count;
        const double *samples = bench_sampler_samples(sampler, (int)i, &count);
        arm->tuned_ns[i] = bench_median(samples, count);
        if (arm->tuned_ns[i] < arm->tuned_ns[arm->chosen])
            arm->chosen = i;
    }
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
        if (arm->callable_count < 2 || arm->failed)
            continue;
        if (arm->callable_count > BENCH_SAMPLER_MAX_ARMS) {
            bench_err_set(&arm->err, BENCH_ERROR, "%zu variants; at most %d can be tuned",
                          arm->callable_count, BENCH_SAMPLER_MAX_ARMS);
            arm->failed = true;
            continue;
        }
        double budget = settings->max_case_ns / (double)arm_count;
        int rc = tune_arm(s, settings, arm, (int)i, budget, err);
        if (rc != BENCH_OK)
            return rc;
    }
    return BENCH_OK;
}

/* ---- paired rounds ---- */

struct rounds {
    struct bench_session *s;
    const struct bench_measure_settings *settings;
    const struct bench_case_data *data;
    struct bench_arm_timing *arms;
    struct bench_sampler *sampler;
    int count;
    double *clocks_mhz;
    size_t clock_count;
};

static int run_arm(struct rounds *r, int number, int round, struct bench_err *err)
{
    struct bench_arm_timing *arm = &r->arms[number];
    struct bench_callable *callable = &arm->callables[arm->chosen];
    double ns = 0;
    int rc = BENCH_OK;
    r->settings->watch.at(r->settings->watch.data, number, (int)arm->chosen, round + 1, r->count);
    if (round == r->count - 1 && r->s->info->computes)
        rc = bench_verify_poison(r->s, r->data, arm->outputs, err);
    if (rc == BENCH_OK)
        rc = bench_sample(r->s, r->settings->suite.cache, callable, &ns, err);
    if (rc == BENCH_OK) {
        bench_sampler_add(r->sampler, ns);
    } else if (rc != BENCH_EPOISONED) {
        fail_arm(arm, err);
        bench_sampler_drop(r->sampler, number);
        rc = BENCH_OK;
    }
    return rc;
}

static int read_clock(struct rounds *r, struct bench_err *err)
{
    double mhz = 0;
    int rc = bench_device_clock_probe(r->s->device, err);
    if (rc == BENCH_OK)
        rc = bench_device_synchronize(r->s->device, err);
    if (rc == BENCH_OK)
        rc = bench_device_clock_read(r->s->device, &mhz, err);
    if (rc == BENCH_OK && mhz > 0)
        r->clocks_mhz[r->clock_count++] = mhz;
    return rc;
}

/* Warm-up rounds: all arms, in order; what the last of them costs says how many rounds fit. */
static int warm_up(struct rounds *r, size_t arm_count, double *round_ns, struct bench_err *err)
{
    int rounds = r->settings->suite.warmup_rounds > 0 ? r->settings->suite.warmup_rounds : 1;
    for (int round = 0; round < rounds; round++) {
        int64_t start = bench_clock_ns();
        for (size_t i = 0; i < arm_count; i++) {
            struct bench_arm_timing *arm = &r->arms[i];
            double ns;
            if (arm->failed)
                continue;
            r->settings->watch.at(r->settings->watch.data, (int)i, (int)arm->chosen, 0, 0);
            int rc = bench_sample(r->s, r->settings->suite.cache, &arm->callables[arm->chosen], &ns,
                                  err);
            if (rc == BENCH_EPOISONED)
                return rc;
            if (rc != BENCH_OK)
                fail_arm(arm, err);
        }
        *round_ns = (double)(bench_clock_ns() - start);
        if (*round_ns * (rounds + LEAST_ROUNDS) > r->settings->max_case_ns)
            break; /* a slow device: its time is better spent on rounds that count */
    }
    return BENCH_OK;
}

static int run_rounds(struct rounds *r, struct bench_err *err)
{
    bool clocked = r->s->info->reports_clock;
    int last_round = -1, arm, rc = BENCH_OK;
    while (rc == BENCH_OK && (arm = bench_sampler_next(r->sampler)) >= 0) {
        int round = bench_sampler_round(r->sampler);
        if (clocked && round != last_round && round % CLOCK_EVERY == 0)
            rc = read_clock(r, err);
        last_round = round;
        if (rc == BENCH_OK)
            rc = run_arm(r, arm, round, err);
    }
    return rc;
}

static void take_samples(struct rounds *r, size_t arm_count, struct bench_arena *arena)
{
    for (size_t i = 0; i < arm_count; i++) {
        struct bench_arm_timing *arm = &r->arms[i];
        const double *samples = bench_sampler_samples(r->sampler, (int)i, &arm->round_count);
        arm->elapsed_ns = bench_arena_alloc(arena, (arm->round_count + 1) * sizeof(double));
        for (size_t k = 0; k < arm->round_count; k++)
            arm->elapsed_ns[k] = samples[k];
    }
}

int bench_measure_rounds(struct bench_session *s, const struct bench_measure_settings *settings,
                         const struct bench_case_data *data, struct bench_arm_timing *arms,
                         size_t arm_count, struct bench_arena *arena,
                         struct bench_clock_summary *clock, struct bench_err *err)
{
    struct rounds r = {.s = s, .settings = settings, .data = data, .arms = arms};
    double round_ns = 0;
    *clock = (struct bench_clock_summary){0};
    int rc = warm_up(&r, arm_count, &round_ns, err);
    if (rc != BENCH_OK)
        return rc;
    r.count =
        rounds_that_fit(settings->suite.rounds, LEAST_ROUNDS, round_ns, settings->max_case_ns);
    struct bench_sampler_config config = {
        .arms = (int)arm_count,
        .rounds = r.count,
        .seed = settings->suite.seed,
    };
    r.sampler = bench_sampler_new(&config);
    for (size_t i = 0; i < arm_count; i++)
        if (arms[i].failed)
            bench_sampler_drop(r.sampler, (int)i);
    r.clocks_mhz = bench_xcalloc((size_t)r.count / CLOCK_EVERY + 2, sizeof(double));
    rc = run_rounds(&r, err);
    if (rc == BENCH_OK) {
        struct bench_summary summary;
        take_samples(&r, arm_count, arena);
        bench_summarize(r.clocks_mhz, r.clock_count, &summary);
        *clock = (struct bench_clock_summary){summary.median, summary.min};
    }
    free(r.clocks_mhz);
    bench_sampler_free(r.sampler);
    return rc;
}
