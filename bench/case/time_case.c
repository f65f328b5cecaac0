#include "bench/case/time_case.h"

#include <math.h>

#include "bench/case/do_bench.h"
#include "bench/case/format.h"
#include "bench/case/judge_ratio.h"
#include "bench/case/launched.h"
#include "bench/case/timed_check.h"
#include "bench/case/verify.h"

/* Times of which the floor of one empty kernel, or what medians are unsure by (1 % of two such
 * times), is so large a part that it can keep a ratio near the threshold open: a second estimate is
 * worth its few milliseconds there. */
#define NEAR_FLOOR_EMPTIES 6
/* For record.near_floor, which is for people. */
#define CLOSE_TO_FLOOR_EMPTIES 1.5
/* Graphs (bench/case/graph_time.h): enough calls that the graph's own start is a small part, and
 * enough rounds for an interval; and no longer than an implementation may take for one launch by
 * far, since nobody says where it is meanwhile. */
#define GRAPH_ROUNDS 32
#define GRAPH_CALLS 64
#define GRAPH_MAX_NS 1e9

struct timing {
    struct bench_session *s;
    const struct bench_case_job *job;
    const struct bench_case_data *data;
    struct bench_measure_settings settings;
    struct bench_arm_timing *arms;
    struct bench_actor **actors; /* actors[arm]; the twin's is that of its implementation */
    size_t count;
    int last_arm;
    struct bench_timed_check *check; /* NULL on a device that computes nothing */
};

static void watch_position(void *data, int arm, int variant, int round, int rounds)
{
    struct timing *t = data;
    const struct bench_actor *actor = t->actors[arm];
    if (arm != t->last_arm)
        bench_position_implementation(t->job->position, actor->impl_index, actor->record.roles);
    t->last_arm = arm;
    bench_position_variant(t->job->position, t->arms[arm].callables[variant].variant->label, round,
                           rounds);
}

/* An actor that was found wrong is out of the rounds with all its arms. */
static void drop_wrong(struct timing *t)
{
    for (size_t i = 0; i < t->count; i++)
        t->arms[i].failed |= !bench_actor_runs(t->actors[i]);
}

static int watch_round(void *data, struct bench_err *err)
{
    struct timing *t = data;
    int rc = t->check != NULL ? bench_timed_check_round(t->check, err) : BENCH_OK;
    t->last_arm = -1; /* the position may be the oracle's */
    drop_wrong(t);
    return rc;
}

static int watch_sample(void *data, int arm, int round, bool *wrong, struct bench_err *err)
{
    struct timing *t = data;
    int rc =
        t->check != NULL ? bench_timed_check_sample(t->check, (size_t)arm, round, err) : BENCH_OK;
    drop_wrong(t);
    *wrong = t->arms[arm].failed;
    return rc;
}

/* An arm for each actor that runs, and room for the twin. All cases draw the same orders (the seed
 * is the run's, so that whoever judges the samples again gets what the looks got); that arms are
 * numbered from another actor in each case keeps an effect of the order from being everywhere the
 * same implementation's. */
static void take_arms(struct timing *t, struct bench_cast *cast)
{
    size_t most = cast->actor_count + 1;
    t->arms = bench_arena_alloc(t->job->arena, most * sizeof *t->arms);
    t->actors = bench_arena_alloc(t->job->arena, most * sizeof(void *));
    for (size_t a = 0; a < cast->actor_count; a++) {
        struct bench_actor *actor = &cast->actors[(a + t->job->index) % cast->actor_count];
        if (!bench_actor_runs(actor))
            continue;
        t->arms[t->count] = (struct bench_arm_timing){
            .roles = actor->record.roles,
            .callables = actor->callables,
            .callable_count = actor->callable_count,
        };
        t->actors[t->count++] = actor;
    }
    t->settings = *t->job->settings;
    t->settings.watch = (struct bench_measure_watch){
        .at = watch_position, .round = watch_round, .sampled = watch_sample, .data = t};
    t->last_arm = -1;
}

static int tune(struct timing *t, struct bench_err *err)
{
    bench_position_phase(t->job->position, BENCH_PHASE_TUNE);
    int rc = bench_measure_tune(t->s, &t->settings, t->arms, t->count, t->job->arena, err);
    for (size_t i = 0; rc == BENCH_OK && i < t->count; i++) {
        t->actors[i]->chosen = t->arms[i].chosen;
        if (t->arms[i].failed)
            bench_actor_fail(t->actors[i], t->job->arena, bench_callable_status(&t->arms[i].err),
                             "%s (in a timed launch)", t->arms[i].err.message);
    }
    return rc;
}

static int add_twin(struct timing *t, struct bench_cast *cast, struct bench_twin *twin,
                    struct bench_err *err)
{
    int rc = bench_cast_twin(t->s, t->job, t->data, cast, twin, err);
    if (rc != BENCH_OK || twin->of == NULL)
        return rc;
    twin->callable.host_synchronises = twin->of->callables[twin->of->chosen].host_synchronises;
    t->arms[t->count] = (struct bench_arm_timing){
        .callables = &twin->callable,
        .callable_count = 1,
    };
    t->actors[t->count++] = twin->of;
    return BENCH_OK;
}

/* ---- into the records ---- */

static double median_ns(const struct bench_record *r)
{
    return bench_grouped_median(r->elapsed_ns, r->round_count, r->resolution_ns);
}

static void record_rounds(const struct timing *t, const struct bench_arm_timing *arm,
                          const struct bench_rounds_outcome *outcome, struct bench_record *r)
{
    const struct bench_callable *chosen = &arm->callables[arm->chosen];
    const struct bench_floor *floor = bench_measure_floor(&t->settings, chosen);
    r->elapsed_ns = arm->elapsed_ns;
    r->round_count = arm->round_count;
    r->floor_ns = floor->floor_ns;
    r->own_ns = floor->own_ns;
    r->floor_low_ns = floor->low_ns;
    r->floor_high_ns = floor->high_ns;
    r->floor_taken_ns = floor->floor_ns;
    r->resolution_ns = bench_measure_resolution_ns(t->s, &t->settings);
    r->near_floor = median_ns(r) < CLOSE_TO_FLOOR_EMPTIES * floor->empty_ns;
    r->host_synchronises = chosen->host_synchronises;
    r->operator_mode = t->settings.suite.mode == BENCH_MODE_OPERATOR;
    r->alpha = outcome->alpha;
    r->stopped = bench_stop_name(outcome->stopped);
    r->discarded_rounds = outcome->discarded;
    r->throttled = outcome->throttled;
    r->rounds_host_ns = outcome->host_ns;
    r->clock_median_mhz = outcome->clock_median_mhz;
    r->clock_min_mhz = outcome->clock_min_mhz;
}

static void record_tuning(const struct timing *t, const struct bench_arm_timing *arm,
                          struct bench_record *r)
{
    if (arm->callable_count < 2)
        return;
    r->tuned = bench_arena_alloc(t->job->arena, arm->callable_count * sizeof *r->tuned);
    r->tuned_count = arm->callable_count;
    for (size_t v = 0; v < arm->callable_count; v++)
        r->tuned[v] =
            (struct bench_tuned){arm->callables[v].variant->label, arm->callables[v].variant->json,
                                 arm->tuned_ns[v], arm->tuning_ns[v], arm->tuning_rounds};
}

/* The twin has the floor of its implementation, or its samples are not comparable. */
static void record_twin(const struct timing *t, const struct bench_twin *twin,
                        const struct bench_arm_timing *arm)
{
    struct bench_record *r = &twin->of->record;
    if (arm->failed) {
        r->twin_note =
            bench_arena_printf(t->job->arena, "not measured against itself: %s", arm->err.message);
    } else if (twin->callable.host_synchronises != r->host_synchronises) {
        r->twin_note = "not measured against itself: it waits for the device in some launches only";
    } else {
        r->twin_elapsed_ns = arm->elapsed_ns;
        r->twin_round_count = arm->round_count;
    }
}

static void record_all(const struct timing *t, const struct bench_twin *twin, size_t own_count,
                       const struct bench_rounds_outcome *outcome)
{
    for (size_t i = 0; i < own_count; i++) {
        const struct bench_arm_timing *arm = &t->arms[i];
        struct bench_actor *actor = t->actors[i];
        if (arm->failed) { /* what was found wrong has its verdict */
            bench_actor_fail(actor, t->job->arena, bench_callable_status(&arm->err),
                             "%s (in a timed launch)", arm->err.message);
            continue;
        }
        bench_actor_describe(actor, &arm->callables[arm->chosen]);
        record_rounds(t, arm, outcome, &actor->record);
        record_tuning(t, arm, &actor->record);
    }
    if (twin->of != NULL && bench_actor_runs(twin->of))
        record_twin(t, twin, &t->arms[own_count]);
}

/* The candidate in Python, whether it still runs or not; NULL: there is none. References and
 * baselines are not ours to doubt. */
static struct bench_actor *suspect(const struct bench_cast *cast)
{
    for (size_t a = 0; a < cast->actor_count; a++)
        if (cast->actors[a].impl->provider == BENCH_PROVIDER_PYTHON &&
            cast->actors[a].record.roles & 1u << BENCH_CANDIDATE)
            return &cast->actors[a];
    return NULL;
}

/* In Python no garbage is collected while the rounds run. Shared settings that were changed before
 * them, and were put back, cost the candidate the case and nobody else. What was changed while they
 * ran, or could not be put back, its partners were, or would be, measured with: like a crash it
 * ends this process, and they are measured again without it (BENCH_PYTHON_CHANGED_GLOBALS). */
static int switch_timing(struct timing *t, const struct bench_cast *cast, bool on,
                         struct bench_err *err)
{
    if (t->s->python == NULL)
        return BENCH_OK;
    int rc = bench_python_timing(t->s->python, on, err);
    if (rc != BENCH_PYTHON_CHANGED_GLOBALS && rc != BENCH_PYTHON_SPOILED_GLOBALS)
        return rc;
    struct bench_actor *actor = suspect(cast);
    if (actor == NULL)
        return BENCH_OK;
    if (!on || rc == BENCH_PYTHON_SPOILED_GLOBALS) {
        bench_position_implementation(t->job->position, actor->impl_index, actor->record.roles);
        return err->code = BENCH_PYTHON_CHANGED_GLOBALS;
    }
    bench_actor_fail(actor, t->job->arena, BENCH_STATUS_CHANGED_GLOBALS, "%s", err->message);
    drop_wrong(t);
    return BENCH_OK;
}

static int start_check(struct timing *t, struct bench_case_data *data,
                       const struct bench_oracle *oracle, const struct bench_cast *cast,
                       struct bench_err *err)
{
    struct bench_timed_arm *arms;
    if (!t->s->info->computes)
        return BENCH_OK;
    arms = bench_arena_alloc(t->job->arena, (t->count + 1) * sizeof *arms);
    for (size_t i = 0; i < t->count; i++)
        arms[i] = (struct bench_timed_arm){t->actors[i], &t->arms[i].callables[t->arms[i].chosen]};
    int rc =
        bench_timed_check_new(t->s, t->job, data, cast, oracle, arms, t->count, &t->check, err);
    drop_wrong(t);
    return rc;
}

int bench_time_rounds(struct bench_session *s, const struct bench_case_job *job,
                      struct bench_case_data *data, const struct bench_oracle *oracle,
                      struct bench_cast *cast, struct bench_twin *twin, struct bench_err *err)
{
    struct timing t = {.s = s, .job = job, .data = data};
    struct bench_rounds_outcome outcome = {0};
    *twin = (struct bench_twin){0};
    take_arms(&t, cast);
    size_t own_count = t.count;
    if (own_count == 0)
        return BENCH_OK;
    int rc = tune(&t, err);
    if (rc == BENCH_OK && job->twin)
        rc = add_twin(&t, cast, twin, err);
    if (rc == BENCH_OK)
        rc = start_check(&t, data, oracle, cast, err);
    bench_position_phase(job->position, BENCH_PHASE_MEASURE);
    t.last_arm = -1;
    if (rc == BENCH_OK)
        rc = switch_timing(&t, cast, true, err);
    if (rc == BENCH_OK)
        rc = bench_measure_rounds(s, &t.settings, t.arms, t.count, job->arena, &outcome, err);
    if (rc == BENCH_OK && t.check != NULL)
        rc = bench_timed_check_finish(t.check, err);
    if (rc == BENCH_OK)
        record_all(&t, twin, own_count, &outcome);
    if (rc == BENCH_OK)
        rc = switch_timing(&t, cast, false, err);
    return rc;
}

/* ---- the second estimate ---- */

/* Does what the events say leave this question open, for one side whose time is near the floor? */
static bool left_open(const struct timing *t, const struct bench_question *q)
{
    struct bench_pair p = {&t->actors[q->above]->record, &t->actors[q->below]->record};
    struct bench_ratio ratio;
    double near_ns = NEAR_FLOOR_EMPTIES * t->settings.gated.empty_ns;
    if (median_ns(p.above) >= near_ns && median_ns(p.below) >= near_ns)
        return false;
    bench_pair_events(&t->settings.suite, &p, &ratio, NULL);
    return bench_decide(&ratio, &q->criterion, 0) == BENCH_UNDETERMINED;
}

static bool wants_graphs(const struct timing *t)
{
    const struct bench_settings *suite = &t->settings.suite;
    struct bench_question questions[2];
    if (!t->s->info->graphs || t->job->graph_floor == NULL || suite->mode != BENCH_MODE_KERNEL ||
        suite->cache != BENCH_CACHE_COLD)
        return false;
    size_t count = bench_measure_questions(t->arms, t->count, suite, questions);
    for (size_t i = 0; i < count; i++)
        if (left_open(t, &questions[i]))
            return true;
    return false;
}

/* What the case leaves of nine tenths of the device's memory, but at most a quarter of it. */
static size_t graph_memory(const struct timing *t)
{
    double have = (double)t->s->info->memory_bytes;
    double left = 0.9 * have - bench_case_data_bytes(&t->job->suite_case->plan,
                                                     BENCH_ROLE_COUNT + 1, t->data->set_count);
    return (size_t)fmax(0, fmin(left, 0.25 * have));
}

static int time_graphs(struct timing *t, struct bench_err *err)
{
    struct bench_arena *arena = t->job->arena;
    const struct bench_callable **chosen = bench_arena_alloc(arena, t->count * sizeof *chosen);
    struct bench_graph_timing *timings = bench_arena_alloc(arena, t->count * sizeof *timings);
    struct bench_graph_settings settings = {
        .rounds = GRAPH_ROUNDS,
        .most_calls = GRAPH_CALLS,
        .memory_bytes = graph_memory(t),
        .max_ns = fmin(GRAPH_MAX_NS, t->settings.max_case_ns),
        .seed = t->settings.suite.seed + t->job->index,
    };
    for (size_t i = 0; i < t->count; i++)
        chosen[i] = &t->actors[i]->callables[t->actors[i]->chosen];
    bench_position_implementation(t->job->position, BENCH_POSITION_NOBODY, 0);
    int rc = bench_graph_time(t->s, t->data, chosen, t->count, t->job->graph_floor, &settings,
                              arena, timings, err);
    for (size_t i = 0; rc == BENCH_OK && i < t->count; i++) {
        struct bench_record *r = &t->actors[i]->record;
        r->graph_launches = timings[i].launches;
        r->graph_elapsed_ns = timings[i].elapsed_ns;
        r->graph_round_count = timings[i].round_count;
        r->graph_floor_low_ns = timings[i].floor_low_ns;
        r->graph_floor_high_ns = timings[i].floor_high_ns;
        r->graph_note = timings[i].note;
    }
    return rc;
}

/* ---- do_bench, roofline ---- */

static int run_do_bench(struct timing *t, struct bench_err *err)
{
    for (size_t i = 0; i < t->count; i++) {
        struct bench_actor *actor = t->actors[i];
        const struct bench_callable *callable = &actor->callables[actor->chosen];
        bench_position_implementation(t->job->position, actor->impl_index, actor->record.roles);
        bench_position_variant(t->job->position, callable->variant->label, 0, 0);
        int rc = bench_callable_reset(t->s, callable, err);
        if (rc == BENCH_OK)
            rc = bench_do_bench(t->s, callable, &actor->record.do_bench_ns, err);
        rc = bench_callable_failed(t->s, callable, rc, err);
        if (rc == BENCH_EPOISONED)
            return rc;
        if (rc != BENCH_OK)
            bench_actor_fail(actor, t->job->arena, bench_callable_status(err),
                             "%s (launched many times without a wait)", err->message);
    }
    return BENCH_OK;
}

static const char *why_impossible(const struct timing *t, double time_ns, double roofline_ns,
                                  bool memory)
{
    const struct bench_case *c = &t->job->suite_case->plan;
    const struct bench_roofline *rates = t->job->roofline;
    char time[32], least[32];
    bench_format_time(fmax(0, time_ns), time);
    bench_format_time(roofline_ns, least);
    if (memory)
        return bench_arena_printf(
            t->job->arena,
            "takes %s; reading and writing its %.4g MB takes at least %s on this device (memory "
            "measured at %.3g TB/s): it does not do the work",
            time, c->bytes * 1e-6, least,
            1e-12 * fmax(rates->read_bytes_s, fmax(rates->write_bytes_s, rates->copy_bytes_s)));
    return bench_arena_printf(t->job->arena,
                              "takes %s; its %.4g Gflop take at least %s on this device (%.3g "
                              "Tflop/s at best): it does not do the work",
                              time, c->flops * 1e-9, least, c->flops / roofline_ns * 1e-3);
}

/* Its time, the longest that the floor allows, is less than the least that the case can take. */
static void check_possible(const struct timing *t, struct bench_actor *actor, double roofline_ns,
                           const char *bound)
{
    struct bench_record *r = &actor->record;
    double time_ns = median_ns(r) - r->floor_low_ns;
    r->roofline_ns = roofline_ns;
    r->roofline_bound = bound;
    if (time_ns < BENCH_ROOFLINE_TOLERANCE * roofline_ns)
        bench_actor_fail(actor, t->job->arena, BENCH_STATUS_IMPOSSIBLE, "%s",
                         why_impossible(t, time_ns, roofline_ns, bound[0] == 'm'));
}

static void compare_with_roofline(struct timing *t)
{
    const char *bound = "";
    bool hot = t->settings.suite.cache == BENCH_CACHE_HOT;
    if (t->job->roofline == NULL)
        return;
    double roofline_ns = bench_roofline_case_ns(t->job->roofline, t->s->info,
                                                &t->job->suite_case->plan, hot, &bound);
    for (size_t i = 0; roofline_ns > 0 && i < t->count; i++)
        if (bench_actor_runs(t->actors[i]))
            check_possible(t, t->actors[i], roofline_ns, bound);
}

/* Arms as bench_time_rounds left them in the records. */
static void measured_arms(struct timing *t, struct bench_cast *cast)
{
    take_arms(t, cast);
    for (size_t i = 0; i < t->count; i++) {
        t->arms[i].chosen = t->actors[i]->chosen;
        t->arms[i].elapsed_ns = t->actors[i]->record.elapsed_ns;
        t->arms[i].round_count = t->actors[i]->record.round_count;
    }
}

int bench_time_more(struct bench_session *s, const struct bench_case_job *job,
                    const struct bench_case_data *data, struct bench_cast *cast,
                    struct bench_err *err)
{
    struct timing t = {.s = s, .job = job, .data = data};
    int rc = BENCH_OK;
    measured_arms(&t, cast);
    bench_position_phase(job->position, BENCH_PHASE_MEASURE);
    if (wants_graphs(&t))
        rc = time_graphs(&t, err);
    if (rc == BENCH_OK && t.settings.suite.do_bench && t.settings.suite.mode == BENCH_MODE_KERNEL)
        rc = run_do_bench(&t, err);
    if (rc == BENCH_OK)
        compare_with_roofline(&t);
    return rc == BENCH_OK ? bench_launched_record(s, job, cast, err) : rc;
}
