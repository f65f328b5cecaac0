#include "bench/run/measure_case.h"

#include <math.h>
#include <stdlib.h>

#include "bench/measure/sampler.h"
#include "bench/measure/stats.h"
#include "bench/run/support.h"
#include "bench/run/verify.h"
#include "bench/util/clock.h"
#include "bench/util/mem.h"

enum { EVENT_START, EVENT_STOP };

/* Rounds that calibrate the floor; fewer, but at least 20, where they take longer than that. */
#define FLOOR_ROUNDS 200
#define FLOOR_LEAST_ROUNDS 20
#define FLOOR_MAX_NS 350e6
/* Before they count: a GPU that was idle takes tens of milliseconds to raise its clocks. */
#define FLOOR_WARMUP_NS 100e6
/* Further empty kernels in one sample, to tell a kernel's own part from the timing's. */
#define FLOOR_EXTRA 8
/* Fewest rounds when time is short. */
#define LEAST_ROUNDS 5
#define LEAST_TUNE_ROUNDS 3
/* The SM clock is read once in so many rounds. */
#define CLOCK_EVERY 10

typedef int (*launch_function)(struct bench_session *s, const void *what, struct bench_err *err);

/* Times what `launch` launches. Between the two events lies device time alone: everything is queued
 * behind a closed gate before any of it may start. */
static int time_launch(struct bench_session *s, bool gated, launch_function launch,
                       const void *what, double *elapsed_ns, bool *was_late, struct bench_err *err)
{
    struct bench_device *device = s->device;
    int rc = BENCH_OK;
    *was_late = false;
    if (gated)
        rc = bench_device_gate_close(device, err);
    if (rc == BENCH_OK)
        rc = bench_device_record(device, EVENT_START, err);
    if (rc == BENCH_OK)
        rc = launch(s, what, err);
    if (rc == BENCH_OK)
        rc = bench_device_record(device, EVENT_STOP, err);
    if (gated) { /* also after a failure: nothing may be left waiting */
        int opened = bench_device_gate_open(device, was_late, rc == BENCH_OK ? err : NULL);
        rc = rc == BENCH_OK ? opened : rc;
    }
    if (rc == BENCH_OK)
        rc = bench_device_synchronize(device, err);
    if (rc == BENCH_OK)
        rc = bench_device_elapsed(device, EVENT_START, EVENT_STOP, elapsed_ns, err);
    if (rc == BENCH_OK && !(isfinite(*elapsed_ns) && *elapsed_ns >= 0))
        rc = bench_err_set(err, BENCH_ERROR, "the device reports an elapsed time of %g ns",
                           *elapsed_ns);
    return rc;
}

static int launch_callable(struct bench_session *s, const void *what, struct bench_err *err)
{
    return bench_callable_launch(s, what, err);
}

static int launch_empty(struct bench_session *s, const void *what, struct bench_err *err)
{
    int rc = BENCH_OK;
    for (int i = 0; rc == BENCH_OK && i < *(const int *)what; i++)
        rc = bench_support_empty(s, err);
    return rc;
}

/* Cold: the caches are emptied before. Hot: an untimed launch of the same brings everything in. */
static int set_cache(struct bench_session *s, enum bench_cache_mode mode,
                     const struct bench_callable *callable, struct bench_err *err)
{
    return mode == BENCH_CACHE_COLD ? bench_device_flush(s->device, err)
                                    : bench_callable_launch(s, callable, err);
}

/* One sample. An implementation that waits for the device inside would wait for ever behind a
 * closed gate: the gate opens late by itself, and it is timed without one from then on. */
static int sample(struct bench_session *s, enum bench_cache_mode mode,
                  struct bench_callable *callable, double *elapsed_ns, struct bench_err *err)
{
    bool was_late = false;
    int rc = set_cache(s, mode, callable, err);
    if (rc == BENCH_OK)
        rc = time_launch(s, !callable->host_synchronises, launch_callable, callable, elapsed_ns,
                         &was_late, err);
    if (rc != BENCH_OK || !was_late)
        return rc;
    callable->host_synchronises = true;
    rc = set_cache(s, mode, callable, err);
    if (rc == BENCH_OK)
        rc = time_launch(s, false, launch_callable, callable, elapsed_ns, &was_late, err);
    return rc;
}

/* Elapsed times around one and around several empty kernels, in turns. */
struct empty_samples {
    double one[FLOOR_ROUNDS], several[FLOOR_ROUNDS];
    size_t count;
};

static int time_empty(struct bench_session *s, bool gated, int kernels, double *elapsed_ns,
                      struct bench_err *err)
{
    bool was_late;
    int rc = bench_device_flush(s->device, err);
    if (rc == BENCH_OK)
        rc = time_launch(s, gated, launch_empty, &kernels, elapsed_ns, &was_late, err);
    return rc;
}

static int sample_floor(struct bench_session *s, bool gated, struct empty_samples *samples,
                        struct bench_err *err)
{
    int64_t start = bench_clock_ns();
    int rc = BENCH_OK;
    samples->count = 0;
    while (rc == BENCH_OK && samples->count < FLOOR_ROUNDS) {
        double spent_ns = (double)(bench_clock_ns() - start);
        double *one = &samples->one[samples->count], *several = &samples->several[samples->count];
        if (samples->count >= FLOOR_LEAST_ROUNDS && spent_ns > FLOOR_MAX_NS)
            break;
        rc = time_empty(s, gated, 1, one, err);
        if (rc == BENCH_OK)
            rc = time_empty(s, gated, 1 + FLOOR_EXTRA, several, err);
        if (spent_ns >= FLOOR_WARMUP_NS)
            samples->count++;
    }
    return rc;
}

int bench_measure_floor(struct bench_session *s, bool gated, struct bench_floor *floor,
                        struct bench_err *err)
{
    struct empty_samples samples;
    *floor = (struct bench_floor){0};
    if (!s->info->computes)
        return BENCH_OK;
    int rc = sample_floor(s, gated, &samples, err);
    if (rc != BENCH_OK)
        return rc;
    double one_ns = bench_median(samples.one, samples.count);
    double several_ns = bench_median(samples.several, samples.count);
    /* Kernels queued one behind the other are at least as far apart as each is long: the empty
     * kernel's own part is not underestimated, so no more than the floor is taken off. */
    floor->empty_ns = one_ns;
    floor->own_ns = fmax(0, (several_ns - one_ns) / FLOOR_EXTRA);
    floor->floor_ns = fmax(0, one_ns - floor->own_ns);
    return BENCH_OK;
}

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
        int rc = sample(s, settings->suite.cache, &arm->callables[v], &ns, err);
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
        rc = sample(s, settings->suite.cache, &arm->callables[v], &ns, err);
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
        rc = sample(r->s, r->settings->suite.cache, callable, &ns, err);
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
            int rc = sample(r->s, r->settings->suite.cache, &arm->callables[arm->chosen], &ns, err);
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
