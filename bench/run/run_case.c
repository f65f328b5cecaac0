#include "bench/run/run_case.h"

#include <inttypes.h>

#include "bench/measure/stats.h"
#include "bench/run/cast.h"
#include "bench/run/support.h"
#include "bench/run/verify.h"

/* Seeds of one case's inputs: what is verified before timing is not what is timed. */
enum { FILL_VERIFY = 1, FILL_TIMED = 2 };

static uint64_t fill_seed(const struct bench_case_job *job, uint64_t purpose)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a over the case's key */
    for (const char *c = job->suite_case->plan.key; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 1099511628211u;
    return hash ^ (job->seed * 0x9e3779b97f4a7c15u + purpose);
}

static int prepare_oracle(struct bench_session *s, const struct bench_case_job *job,
                          const struct bench_case_data *data, struct bench_callable *oracle,
                          struct bench_err *err)
{
    const struct bench_case *c = &job->suite_case->plan;
    const struct bench_operator *op = c->op;
    struct bench_variant *none;
    size_t variant_count, n = 0;
    enum bench_status status;
    struct bench_binding *bindings =
        bench_arena_alloc(job->arena, (op->input_count + op->output_count + 1) * sizeof *bindings);
    for (size_t i = 0; i < op->input_count; i++)
        bindings[n++] = (struct bench_binding){op->inputs[i].name, data->inputs[i].data};
    for (size_t i = 0; i < op->output_count; i++)
        bindings[n++] = (struct bench_binding){op->outputs[i].name, data->wants[i]};
    if (op->oracle.has_scale)
        bindings[n++] = (struct bench_binding){"scale", data->scale};
    int rc = bench_variants_plan(&op->oracle, c, &s->plan_device, job->arena, &none, &variant_count,
                                 err);
    if (rc == BENCH_OK)
        rc = bench_callable_prepare(s, c, &op->oracle, &none[0], bindings, n, job->arena, oracle,
                                    &status, err);
    return rc;
}

/* New inputs, and what the oracle makes of them. */
static int ask_oracle(struct bench_session *s, const struct bench_case_job *job,
                      struct bench_case_data *data, const struct bench_callable *oracle,
                      uint64_t purpose, struct bench_err *err)
{
    bench_position_phase(job->position, BENCH_PHASE_ORACLE);
    int rc = bench_case_data_fill(s, data, fill_seed(job, purpose), err);
    if (rc == BENCH_OK)
        rc = bench_verify_oracle(s, oracle, data, err);
    return rc;
}

static void merge_errors(struct bench_errors *to, const struct bench_errors *from)
{
    to->elements = from->elements > to->elements ? from->elements : to->elements;
    to->max_abs = from->max_abs > to->max_abs ? from->max_abs : to->max_abs;
    to->max_ratio = from->max_ratio > to->max_ratio ? from->max_ratio : to->max_ratio;
    to->rel_l2 = from->rel_l2 > to->rel_l2 ? from->rel_l2 : to->rel_l2;
}

static void apply_verdict(struct bench_actor *actor, const struct bench_callable *callable,
                          const struct bench_verdict *verdict, const char *when,
                          struct bench_arena *arena)
{
    merge_errors(&actor->record.errors, &verdict->errors);
    if (verdict->status == BENCH_STATUS_OK)
        return;
    const char *label = callable->variant->label;
    bench_actor_fail(actor, arena, verdict->status, "%s%s%s%s%s", verdict->reason, when,
                     label[0] ? " [" : "", label, label[0] ? "]" : "");
}

/* Every variant of every implementation, before any is timed. */
static int verify_all(struct bench_session *s, const struct bench_case_job *job,
                      const struct bench_case_data *data, struct bench_cast *cast,
                      struct bench_err *err)
{
    bench_position_phase(job->position, BENCH_PHASE_VERIFY);
    for (size_t a = 0; a < cast->actor_count; a++) {
        struct bench_actor *actor = &cast->actors[a];
        bench_position_implementation(job->position, actor->impl_index, actor->record.roles);
        for (size_t v = 0; v < actor->callable_count && bench_actor_runs(actor); v++) {
            struct bench_callable *callable = &actor->callables[v];
            struct bench_verdict verdict;
            bench_position_variant(job->position, callable->variant->label, 0, 0);
            int rc = bench_verify_call(s, data, callable, actor->outputs, &verdict, err);
            if (rc != BENCH_OK)
                return rc;
            apply_verdict(actor, callable, &verdict, "", job->arena);
        }
        actor->record.verified = actor->record.status == BENCH_STATUS_OK;
    }
    return BENCH_OK;
}

/* ---- timing ---- */

/* What shows that two runs, on whatever devices, were timed on the same inputs. */
static int digest_inputs(struct bench_session *s, const struct bench_case_job *job,
                         const struct bench_case_data *data, struct bench_cast *cast,
                         struct bench_err *err)
{
    uint64_t digest = 0;
    int rc = bench_case_data_digest(s, data, &digest, err);
    if (rc != BENCH_OK)
        return rc;
    const char *text = bench_arena_printf(job->arena, "%016" PRIx64, digest);
    for (size_t a = 0; a < cast->actor_count; a++)
        if (bench_actor_runs(&cast->actors[a]))
            cast->actors[a].record.inputs_digest = text;
    return BENCH_OK;
}

struct watch {
    const struct bench_case_job *job;
    struct bench_actor **actors; /* actors[arm] */
    int last_arm;
};

static void watch_position(void *data, int arm, int variant, int round, int rounds)
{
    struct watch *w = data;
    const struct bench_actor *actor = w->actors[arm];
    if (arm != w->last_arm)
        bench_position_implementation(w->job->position, actor->impl_index, actor->record.roles);
    w->last_arm = arm;
    bench_position_variant(w->job->position, actor->callables[variant].variant->label, round,
                           rounds);
}

static void record_timing(const struct bench_case_job *job, struct bench_actor *actor,
                          const struct bench_arm_timing *arm,
                          const struct bench_clock_summary *clock)
{
    struct bench_record *r = &actor->record;
    struct bench_callable *chosen = &actor->callables[arm->chosen];
    const struct bench_floor *floor =
        chosen->host_synchronises ? &job->settings->ungated : &job->settings->gated;
    actor->chosen = arm->chosen;
    bench_actor_describe(actor, chosen);
    r->elapsed_ns = arm->elapsed_ns;
    r->round_count = arm->round_count;
    r->floor_ns = floor->floor_ns;
    r->own_ns = floor->own_ns;
    r->near_floor = bench_median(arm->elapsed_ns, arm->round_count) < 1.5 * floor->empty_ns;
    r->host_synchronises = chosen->host_synchronises;
    r->clock_median_mhz = clock->median_mhz;
    r->clock_min_mhz = clock->min_mhz;
    if (arm->callable_count < 2)
        return;
    r->tuned = bench_arena_alloc(job->arena, arm->callable_count * sizeof *r->tuned);
    r->tuned_count = arm->callable_count;
    for (size_t v = 0; v < arm->callable_count; v++)
        r->tuned[v] = (struct bench_tuned){actor->callables[v].variant->label,
                                           actor->callables[v].variant->json, arm->tuned_ns[v]};
}

static int time_all(struct bench_session *s, const struct bench_case_job *job,
                    const struct bench_case_data *data, struct bench_cast *cast,
                    struct bench_err *err)
{
    struct bench_arm_timing *arms =
        bench_arena_alloc(job->arena, (cast->actor_count + 1) * sizeof *arms);
    struct watch watch = {
        .job = job,
        .actors = bench_arena_alloc(job->arena, (cast->actor_count + 1) * sizeof(void *)),
        .last_arm = -1,
    };
    size_t count = 0;
    for (size_t a = 0; a < cast->actor_count; a++) {
        struct bench_actor *actor = &cast->actors[a];
        if (!bench_actor_runs(actor))
            continue;
        arms[count] = (struct bench_arm_timing){.callables = actor->callables,
                                                .callable_count = actor->callable_count,
                                                .outputs = actor->outputs};
        watch.actors[count++] = actor;
    }
    if (count == 0)
        return BENCH_OK;

    struct bench_measure_settings settings = *job->settings;
    struct bench_clock_summary clock = {0};
    settings.watch = (struct bench_measure_watch){watch_position, &watch};
    settings.suite.seed += 1000003 * (uint64_t)job->index; /* each case its own orders */
    bench_position_phase(job->position, BENCH_PHASE_TUNE);
    int rc = bench_measure_tune(s, &settings, arms, count, job->arena, err);
    if (rc == BENCH_OK) {
        bench_position_phase(job->position, BENCH_PHASE_MEASURE);
        watch.last_arm = -1;
        rc = bench_measure_rounds(s, &settings, data, arms, count, job->arena, &clock, err);
    }
    for (size_t i = 0; rc == BENCH_OK && i < count; i++) {
        if (arms[i].failed)
            bench_actor_fail(watch.actors[i], job->arena, bench_verify_launch_status(&arms[i].err),
                             "%s (in a timed launch)", arms[i].err.message);
        else
            record_timing(job, watch.actors[i], &arms[i], &clock);
    }
    return rc;
}

/* What the last timed launch of each has left must be right, too. */
static int recheck_all(struct bench_session *s, const struct bench_case_job *job,
                       const struct bench_case_data *data, struct bench_cast *cast,
                       struct bench_err *err)
{
    bench_position_phase(job->position, BENCH_PHASE_RECHECK);
    for (size_t a = 0; a < cast->actor_count; a++) {
        struct bench_actor *actor = &cast->actors[a];
        struct bench_verdict verdict;
        if (!bench_actor_runs(actor))
            continue;
        struct bench_callable *callable = &actor->callables[actor->chosen];
        bench_position_implementation(job->position, actor->impl_index, actor->record.roles);
        int rc = bench_verify_outputs(s, data, callable, actor->outputs, &verdict, err);
        if (rc != BENCH_OK)
            return rc;
        apply_verdict(actor, callable, &verdict, " (in the outputs of the timed launch)",
                      job->arena);
    }
    return BENCH_OK;
}

/* ---- the whole case ---- */

static void fail_all(struct bench_cast *cast, struct bench_arena *arena, enum bench_status status,
                     const char *reason)
{
    for (size_t a = 0; a < cast->actor_count; a++)
        if (bench_actor_runs(&cast->actors[a]))
            bench_actor_fail(&cast->actors[a], arena, status, "%s", reason);
}

static int verify_and_time(struct bench_session *s, const struct bench_case_job *job,
                           struct bench_case_data *data, struct bench_cast *cast,
                           struct bench_callable *oracle, struct bench_err *err)
{
    bench_position_phase(job->position, BENCH_PHASE_ORACLE);
    int rc = prepare_oracle(s, job, data, oracle, err);
    if (rc == BENCH_OK)
        rc = ask_oracle(s, job, data, oracle, FILL_VERIFY, err);
    if (rc == BENCH_EPOISONED)
        return rc;
    if (rc != BENCH_OK) {
        bench_err_prefix(err, "the oracle failed, so nothing can be verified: ");
        fail_all(cast, job->arena, BENCH_STATUS_ORACLE_FAILED, err->message);
        return BENCH_OK;
    }
    rc = verify_all(s, job, data, cast, err);
    if (rc != BENCH_OK || job->settings == NULL)
        return rc;
    rc = ask_oracle(s, job, data, oracle, FILL_TIMED, err);
    if (rc == BENCH_OK)
        rc = digest_inputs(s, job, data, cast, err);
    if (rc == BENCH_OK)
        rc = time_all(s, job, data, cast, err);
    if (rc == BENCH_OK)
        rc = recheck_all(s, job, data, cast, err);
    return rc;
}

/* On a device that computes nothing only the times are real. */
static int time_unverified(struct bench_session *s, const struct bench_case_job *job,
                           const struct bench_case_data *data, struct bench_cast *cast,
                           struct bench_err *err)
{
    return job->settings ? time_all(s, job, data, cast, err) : BENCH_OK;
}

static bool fits_memory(const struct bench_session *s, const struct bench_case *c,
                        struct bench_err *err)
{
    /* Nine tenths: libraries and the system need some. */
    double need = bench_case_data_bytes(c, BENCH_ROLE_COUNT);
    double have = 0.9 * (double)s->info->memory_bytes;
    if (!s->info->computes || need <= have)
        return true;
    bench_err_set(err, BENCH_EUNSUPPORTED,
                  "the case needs %.1f GB of device memory; %s can give %.1f GB", need * 1e-9,
                  s->info->name, have * 1e-9);
    return false;
}

int bench_case_run(struct bench_session *s, const struct bench_case_job *job,
                   struct bench_record **records, size_t *count, struct bench_err *err)
{
    const struct bench_case *c = &job->suite_case->plan;
    struct bench_case_data data;
    struct bench_callable oracle = {0};
    struct bench_cast cast;
    bench_position_case(job->position, job->index);
    bench_position_phase(job->position, BENCH_PHASE_PREPARE);

    if (!fits_memory(s, c, err)) {
        bench_cast_none(job, err->message, records, count);
        return BENCH_OK;
    }
    int rc = bench_case_data_take(s, c, job->arena, &data, err);
    if (rc == BENCH_OK)
        rc = bench_cast_choose(s, job, &data, &cast, err);
    if (rc == BENCH_OK) {
        rc = s->info->computes ? verify_and_time(s, job, &data, &cast, &oracle, err)
                               : time_unverified(s, job, &data, &cast, err);
        bench_cast_records(&cast, records, count);
        bench_cast_fini(&cast);
    }
    if (rc != BENCH_EPOISONED)
        bench_callable_fini(&oracle);
    bench_session_reclaim(s);
    return rc;
}
