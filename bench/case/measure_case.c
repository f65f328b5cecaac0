/* The rounds of a case: warm up -> rounds -> looks (the sampler's) -> done. */
#include "bench/case/measure_case.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "bench/case/clock_watch.h"
#include "bench/case/sample.h"
#include "bench/case/verify.h"
#include "bench/measure/stats.h"
#include "bench/util/clock.h"
#include "bench/util/mem.h"

/* Fewest rounds when time is short. */
#define LEAST_ROUNDS 5
/* How long a warm-up waits for a steady clock. A GPU that was idle takes some hundred milliseconds
 * to reach it; the first case of a process finds it so. Later ones find it busy. */
#define FIRST_WARMUP_NS 1e9
#define LATER_WARMUP_NS 50e6
#define LONGEST_REST_NS 20e6
struct rounds {
    struct bench_session *s;
    const struct bench_measure_settings *settings;
    struct bench_arm_timing *arms;
    size_t arm_count;
    struct bench_sampler *sampler;
    int most;         /* rounds */
    double round_ns;  /* what one costs the host */
    double *warm_ns;  /* warm_ns[arm_count]: the shortest elapsed time in warming up; 0: none */
    int64_t start_ns; /* of the rounds, later by what was done between them */
    bool start_again; /* the rounds so far are of no use: see run_until_done */
    struct bench_clock_watch clock;
    double *clocks_mhz; /* of the rounds that count: clocks_mhz[most] */
    size_t clock_count;
};

/* ---- what is asked ---- */

static int find_role(const struct bench_arm_timing *arms, size_t arm_count, enum bench_role role)
{
    for (size_t i = 0; i < arm_count; i++)
        if (!arms[i].failed && arms[i].roles & 1u << role)
            return (int)i;
    return -1;
}

size_t bench_measure_questions(const struct bench_arm_timing *arms, size_t arm_count,
                               const struct bench_settings *settings,
                               struct bench_question questions[2])
{
    int candidate = find_role(arms, arm_count, BENCH_CANDIDATE);
    int reference = find_role(arms, arm_count, BENCH_REFERENCE);
    int baseline = find_role(arms, arm_count, BENCH_BASELINE);
    size_t count = 0;
    if (candidate >= 0 && reference >= 0 && reference != candidate)
        questions[count++] = (struct bench_question){
            .above = reference,
            .below = candidate,
            .criterion = {.threshold = settings->speedup_threshold, .at_least = true},
        };
    if (candidate >= 0 && baseline >= 0 && baseline != candidate)
        questions[count++] = (struct bench_question){
            .above = candidate,
            .below = baseline,
            .criterion = {.threshold = settings->relative_threshold, .at_least = false},
        };
    return count;
}

double bench_measure_resolution_ns(const struct bench_session *s,
                                   const struct bench_measure_settings *settings)
{
    if (settings->suite.mode == BENCH_MODE_KERNEL && s->info->resolution_ns > 0)
        return s->info->resolution_ns;
    return settings->gated.resolution_ns;
}

const struct bench_floor *bench_measure_floor(const struct bench_measure_settings *settings,
                                              const struct bench_callable *callable)
{
    return callable->host_synchronises ? &settings->ungated : &settings->gated;
}

static struct bench_sampler_arm sampler_arm(const struct rounds *r,
                                            const struct bench_arm_timing *arm, double warm_ns)
{
    const struct bench_callable *callable = &arm->callables[arm->chosen];
    const struct bench_floor *floor = bench_measure_floor(r->settings, callable);
    return (struct bench_sampler_arm){
        .floor = {floor->low_ns, floor->high_ns, floor->own_ns, floor->floor_ns},
        .gated = r->settings->suite.mode == BENCH_MODE_KERNEL && !callable->host_synchronises,
        .unsure_ns = r->settings->suite.mode == BENCH_MODE_KERNEL
                         ? bench_floor_unsure_ns(floor->empty_ns)
                         : 0,
        .about_ns = warm_ns > 0 ? fmax(warm_ns - floor->floor_ns, fmax(floor->own_ns, 1)) : 0,
    };
}

/* Adaptive where there are questions and no number of rounds was asked for. */
static void start_sampler(struct rounds *r)
{
    const struct bench_settings *suite = &r->settings->suite;
    struct bench_question questions[2];
    size_t asked = bench_measure_questions(r->arms, r->arm_count, suite, questions);
    struct bench_sampler_arm *arms = bench_xcalloc(r->arm_count, sizeof *arms);
    for (size_t i = 0; i < r->arm_count; i++)
        arms[i] = sampler_arm(r, &r->arms[i], r->warm_ns[i]);
    if (suite->rounds > 0)
        r->most = suite->rounds;
    else
        r->most = asked > 0 ? suite->most_rounds : BENCH_MEASURE_UNASKED_ROUNDS;
    struct bench_sampler_config config = {
        .arms = (int)r->arm_count,
        .arm = arms,
        .least_rounds = suite->least_rounds < r->most ? suite->least_rounds : r->most,
        .most_rounds = r->most,
        .questions = suite->rounds > 0 ? NULL : questions,
        .question_count = suite->rounds > 0 ? 0 : asked,
        .confidence = suite->confidence,
        .precision = suite->precision,
        .decided_precision = BENCH_MEASURE_DECIDED_PRECISIONS * suite->precision,
        .decided_ns = BENCH_MEASURE_DECIDED_NS,
        .decided_worst = BENCH_MEASURE_DECIDED_WORST,
        .resolution_ns = bench_measure_resolution_ns(r->s, r->settings),
        .resamples = BENCH_MEASURE_RESAMPLES,
        .seed = suite->seed,
    };
    r->sampler = bench_sampler_new(&config);
    for (size_t i = 0; i < r->arm_count; i++)
        if (r->arms[i].failed)
            bench_sampler_drop(r->sampler, (int)i);
    free(arms);
}

/* ---- one sample ---- */

static void fail_arm(struct bench_arm_timing *arm, const struct bench_err *err)
{
    arm->failed = true;
    arm->err = *err;
}

/* One sample of an arm; with `mhz`, the clock's reading too: the probe is queued before everything
 * else and has ended when the sample has, so it costs no wait of its own. A launch that fails fails
 * the arm; 0 then, too. */
static int look_at_outputs(struct rounds *r, int number, int round, struct bench_err *err)
{
    const struct bench_measure_watch *watch = &r->settings->watch;
    bool wrong = false;
    int rc = watch->sampled ? watch->sampled(watch->data, number, round, &wrong, err) : BENCH_OK;
    r->arms[number].failed |= wrong;
    return rc;
}

static int sample_arm(struct rounds *r, int number, int round, double *ns, double *mhz,
                      struct bench_err *err)
{
    struct bench_arm_timing *arm = &r->arms[number];
    int rc = BENCH_OK;
    r->settings->watch.at(r->settings->watch.data, number, (int)arm->chosen, round,
                          round > 0 ? r->most : 0);
    if (mhz != NULL)
        rc = bench_device_clock_probe(r->s->device, err);
    if (rc != BENCH_OK)
        return rc;
    rc = bench_sample(r->s, &r->settings->suite, &arm->callables[arm->chosen], ns, err);
    if (rc == BENCH_EPOISONED)
        return rc;
    if (rc != BENCH_OK) {
        fail_arm(arm, err);
        return BENCH_OK;
    }
    if (mhz != NULL)
        rc = bench_device_clock_read(r->s->device, mhz, err);
    return rc == BENCH_OK ? look_at_outputs(r, number, round, err) : rc;
}

/* ---- warm up ---- */

static int warm_round(struct rounds *r, bool *ran, double *mhz, struct bench_err *err)
{
    *ran = false;
    *mhz = 0;
    for (size_t i = 0; i < r->arm_count; i++) {
        double ns;
        bool probes = r->s->info->reports_clock && !*ran;
        if (r->arms[i].failed)
            continue;
        int rc = sample_arm(r, (int)i, 0, &ns, probes ? mhz : NULL, err);
        if (rc != BENCH_OK)
            return rc;
        if (r->arms[i].failed)
            continue;
        r->warm_ns[i] = r->warm_ns[i] > 0 ? fmin(r->warm_ns[i], ns) : ns;
        *ran = true;
    }
    return BENCH_OK;
}

/* As steady as it gets: the last readings agree, and not on a clock that idling has left behind
 * (one that was higher in an earlier case may come back; a load that never reaches it again waits
 * for the limit of time). */
static bool clock_is_steady(struct rounds *r, double mhz)
{
    if (!r->s->info->reports_clock)
        return true;
    double steady_mhz = bench_clock_watch_warm(&r->clock, mhz);
    return steady_mhz > 0 && steady_mhz >= BENCH_CLOCK_LEAST * r->s->highest_mhz;
}

static size_t count_waiting(const struct rounds *r)
{
    size_t count = 0;
    for (size_t i = 0; i < r->arm_count; i++)
        count += r->arms[i].callables[r->arms[i].chosen].host_synchronises;
    return count;
}

/* At least settings.warmup_rounds; then until the clock is steady, within limits. A round in which
 * an arm is found to wait for the device inside tells nothing of what a round costs, for it waited
 * for gates that opened late. */
static int warm_up(struct rounds *r, struct bench_err *err)
{
    int wanted = r->settings->suite.warmup_rounds > 0 ? r->settings->suite.warmup_rounds : 1;
    double limit_ns = r->s->was_warm ? LATER_WARMUP_NS : FIRST_WARMUP_NS;
    int64_t begin_ns = bench_clock_ns();
    bool ran = true, steady = false, late = false;
    for (int round = 1; ran && !(round > wanted && (steady || late)); round++) {
        int64_t start_ns = bench_clock_ns();
        size_t waiting = count_waiting(r);
        double mhz;
        int rc = warm_round(r, &ran, &mhz, err);
        if (rc != BENCH_OK)
            return rc;
        if (count_waiting(r) > waiting) { /* once an arm at most */
            round--;
            continue;
        }
        r->round_ns = (double)(bench_clock_ns() - start_ns);
        steady = clock_is_steady(r, mhz);
        late = (double)(bench_clock_ns() - begin_ns) > limit_ns;
        if (r->round_ns * (wanted + LEAST_ROUNDS) > r->settings->max_case_ns)
            break; /* a slow device: its time is better spent on rounds that count */
    }
    bench_clock_watch_begin(&r->clock);
    r->s->highest_mhz = fmax(r->s->highest_mhz, r->clock.steady_mhz);
    r->s->was_warm = true;
    return BENCH_OK;
}

/* ---- paired rounds ---- */

static bool out_of_time(const struct rounds *r)
{
    double spent_ns = (double)(bench_clock_ns() - r->start_ns);
    return bench_sampler_round(r->sampler) >= LEAST_ROUNDS &&
           spent_ns + r->round_ns > r->settings->max_case_ns;
}

/* A load that reaches the power limit gets its clocks back when it rests: twice as long as a round
 * takes, so that a third of the time is load. */
static void rest(const struct rounds *r)
{
    int64_t ns = (int64_t)fmin(2 * r->round_ns, LONGEST_REST_NS);
    struct timespec pause = {ns / 1000000000, ns % 1000000000};
    nanosleep(&pause, NULL);
}

/* What the clock at a round's start says of the round; true: go on with it. */
static bool clock_allows(struct rounds *r, double mhz)
{
    enum bench_clock_verdict verdict = bench_clock_watch_round(&r->clock, mhz);
    if (verdict == BENCH_CLOCK_DISCARD) {
        bench_sampler_discard_round(r->sampler);
        rest(r);
    } else if (verdict == BENCH_CLOCK_AGAIN)
        r->start_again = true;
    else if (mhz > 0)
        r->clocks_mhz[r->clock_count++] = mhz;
    return verdict == BENCH_CLOCK_KEEP;
}

static int run_arm(struct rounds *r, int number, bool starts_round, struct bench_err *err)
{
    struct bench_arm_timing *arm = &r->arms[number];
    const struct bench_callable *callable = &arm->callables[arm->chosen];
    bool was_gated = !callable->host_synchronises;
    bool probes = starts_round && r->s->info->reports_clock;
    double ns = 0, mhz = 0;
    int rc =
        sample_arm(r, number, bench_sampler_round(r->sampler) + 1, &ns, probes ? &mhz : NULL, err);
    if (rc != BENCH_OK)
        return rc;
    if (arm->failed)
        bench_sampler_drop(r->sampler, number);
    else if (was_gated && callable->host_synchronises)
        r->start_again = true; /* its samples so far have another floor */
    else if (!probes || clock_allows(r, mhz))
        bench_sampler_add(r->sampler, ns);
    return BENCH_OK;
}

/* Arms that were found wrong since they ran last: true if `next` is among them. */
static bool drop_failed(struct rounds *r, int next)
{
    for (size_t i = 0; i < r->arm_count; i++)
        if (r->arms[i].failed)
            bench_sampler_drop(r->sampler, (int)i);
    return r->arms[next].failed;
}

/* An oracle that is asked anew between two rounds must not cost others. */
static int announce_round(struct rounds *r, struct bench_err *err)
{
    const struct bench_measure_watch *watch = &r->settings->watch;
    int64_t begin_ns = bench_clock_ns();
    int rc = watch->round != NULL ? watch->round(watch->data, err) : BENCH_OK;
    r->start_ns += bench_clock_ns() - begin_ns;
    return rc;
}

static int run_rounds(struct rounds *r, struct bench_err *err)
{
    int arm, rc = BENCH_OK;
    while (rc == BENCH_OK && !r->start_again && (arm = bench_sampler_next(r->sampler)) >= 0) {
        bool starts_round = bench_sampler_starts_round(r->sampler);
        if (starts_round && out_of_time(r)) {
            bench_sampler_finish(r->sampler);
            continue;
        }
        if (starts_round)
            rc = announce_round(r, err);
        if (rc == BENCH_OK && !drop_failed(r, arm))
            rc = run_arm(r, arm, starts_round, err);
    }
    return rc;
}

/* All rounds; again from the first where an arm turned out to wait for the device inside only after
 * the warm-up (once an arm at most, for it is then known to), or where the warm-up turned out to
 * have ended too early (BENCH_CLOCK_LEVELS times at most). */
static int run_until_done(struct rounds *r, struct bench_err *err)
{
    int rc = BENCH_OK;
    r->start_ns = bench_clock_ns();
    do {
        bench_sampler_free(r->sampler);
        free(r->clocks_mhz);
        start_sampler(r);
        r->clocks_mhz = bench_xcalloc((size_t)r->most + 1, sizeof(double));
        r->clock_count = 0;
        r->start_again = false;
        rc = run_rounds(r, err);
    } while (rc == BENCH_OK && r->start_again);
    return rc;
}

/* ---- results ---- */

static void take_samples(struct rounds *r, struct bench_arena *arena)
{
    for (size_t i = 0; i < r->arm_count; i++) {
        struct bench_arm_timing *arm = &r->arms[i];
        const double *samples = bench_sampler_samples(r->sampler, (int)i, &arm->round_count);
        arm->elapsed_ns = bench_arena_alloc(arena, (arm->round_count + 1) * sizeof(double));
        for (size_t k = 0; k < arm->round_count; k++)
            arm->elapsed_ns[k] = samples[k];
    }
}

static void take_outcome(const struct rounds *r, struct bench_rounds_outcome *outcome)
{
    struct bench_summary clocks;
    bench_summarize(r->clocks_mhz, r->clock_count, &clocks);
    *outcome = (struct bench_rounds_outcome){
        .stopped = bench_sampler_stopped(r->sampler),
        .alpha = bench_sampler_alpha(r->sampler),
        .clock_median_mhz = clocks.median,
        .clock_min_mhz = clocks.min,
        .discarded = r->clock.discarded,
        .throttled = r->clock.throttled,
    };
}

int bench_measure_rounds(struct bench_session *s, const struct bench_measure_settings *settings,
                         struct bench_arm_timing *arms, size_t arm_count, struct bench_arena *arena,
                         struct bench_rounds_outcome *outcome, struct bench_err *err)
{
    struct rounds r = {.s = s, .settings = settings, .arms = arms, .arm_count = arm_count};
    *outcome = (struct bench_rounds_outcome){0};
    r.warm_ns = bench_xcalloc(arm_count + 1, sizeof *r.warm_ns);
    int64_t begin_ns = bench_clock_ns();
    int rc = warm_up(&r, err);
    if (rc == BENCH_OK)
        rc = run_until_done(&r, err);
    if (rc == BENCH_OK) {
        take_samples(&r, arena);
        take_outcome(&r, outcome);
        outcome->host_ns = (double)(bench_clock_ns() - begin_ns);
    }
    free(r.clocks_mhz);
    free(r.warm_ns);
    bench_sampler_free(r.sampler);
    return rc;
}
