#include "bench/case/run_case.h"

#include "bench/case/cast.h"
#include "bench/case/hidden_shapes.h"
#include "bench/case/oracle.h"
#include "bench/case/precision.h"
#include "bench/case/recheck.h"
#include "bench/case/time_case.h"
#include "bench/case/verify.h"
#include "bench/util/clock.h"

static void merge_errors(struct bench_errors *to, const struct bench_errors *from)
{
    to->elements = from->elements > to->elements ? from->elements : to->elements;
    to->max_abs = from->max_abs > to->max_abs ? from->max_abs : to->max_abs;
    to->max_ratio = from->max_ratio > to->max_ratio ? from->max_ratio : to->max_ratio;
    to->rel_l2 = from->rel_l2 > to->rel_l2 ? from->rel_l2 : to->rel_l2;
    to->rel_scale = from->rel_scale > to->rel_scale ? from->rel_scale : to->rel_scale;
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
            int rc = bench_verify_call(s, data, callable, cast->outputs, &verdict, err);
            if (rc != BENCH_OK)
                return rc;
            apply_verdict(actor, callable, &verdict, "", job->arena);
        }
        actor->record.verified = actor->record.status == BENCH_STATUS_OK;
    }
    bench_precision_judge(cast, &job->suite_case->plan);
    return BENCH_OK;
}

/* ---- timing ---- */

/* Rounds, and what else is to be measured. On a device that computes nothing only the times are
 * real. */
static int time_case(struct bench_session *s, const struct bench_case_job *job,
                     struct bench_case_data *data, const struct bench_oracle *oracle,
                     struct bench_cast *cast, struct bench_err *err)
{
    struct bench_twin twin;
    int rc = bench_time_rounds(s, job, data, oracle, cast, &twin, err);
    if (rc == BENCH_OK && s->info->computes)
        rc = bench_recheck(s, job, data, cast, &twin, err);
    if (rc == BENCH_OK && s->info->computes)
        rc = bench_unseen_check(s, job, data, oracle, cast, err);
    if (rc != BENCH_EPOISONED)
        bench_twin_fini(&twin);
    return rc == BENCH_OK ? bench_time_more(s, job, data, cast, err) : rc;
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
                           struct bench_oracle *oracle, struct bench_err *err)
{
    bench_position_phase(job->position, BENCH_PHASE_ORACLE);
    int rc = bench_oracle_prepare(s, data, job->arena, oracle, err);
    if (rc == BENCH_OK)
        rc = bench_oracle_ask(s, data, oracle, 0, job->seed, BENCH_CHECK_VERIFY, 0, err);
    if (rc == BENCH_EPOISONED || rc == BENCH_EMEMORY || rc == BENCH_EDISK)
        return rc;
    if (rc != BENCH_OK) {
        bench_err_prefix(err, "the oracle failed, so nothing can be verified: ");
        fail_all(cast, job->arena, BENCH_STATUS_ORACLE_FAILED, err->message);
        return BENCH_OK;
    }
    rc = verify_all(s, job, data, cast, err);
    if (rc != BENCH_OK || data->plan->empty)
        return rc;
    rc = bench_hidden_shapes_check(s, job, cast, err);
    if (rc == BENCH_OK && job->settings != NULL)
        rc = time_case(s, job, data, oracle, cast, err);
    return rc;
}

/* A time of no work is no claim: who is right is `checked`. */
static void note_empty(const struct bench_case *c, struct bench_cast *cast)
{
    for (size_t a = 0; c->empty && a < cast->actor_count; a++) {
        struct bench_actor *actor = &cast->actors[a];
        if (!bench_actor_runs(actor))
            continue;
        actor->record.status = BENCH_STATUS_CHECKED;
        if (c->writes_nothing && actor->impl->provider != BENCH_PROVIDER_PYTHON)
            actor->record.notes = "no output has an element, so no kernel was launched";
    }
}

static int take_data(struct bench_session *s, const struct bench_case_job *job, size_t sets,
                     struct bench_case_data *data, struct bench_err *err)
{
    const struct bench_case *c = &job->suite_case->plan;
    int rc = bench_case_data_take(s, c, job->arena, data, err);
    if (rc == BENCH_OK && job->settings != NULL && sets > 1)
        rc = bench_case_data_take_second(s, job->arena, data, err);
    /* Operators in Python are called when they are prepared. */
    if (rc == BENCH_OK && s->python != NULL && c->op->in_python)
        rc = bench_case_data_fill(s, data,
                                  bench_check_seed(job->seed, c->key, BENCH_CHECK_VERIFY, 0), err);
    return rc;
}

/* BENCH_EMEMORY: so many sets of inputs, with all else, are too much for what is free. */
static int run_on_sets(struct bench_session *s, const struct bench_case_job *job, size_t sets,
                       struct bench_record **records, size_t *count, struct bench_err *err)
{
    struct bench_case_data data;
    struct bench_oracle oracle = {0};
    struct bench_cast cast;
    bench_position_phase(job->position, BENCH_PHASE_PREPARE);
    int rc = take_data(s, job, sets, &data, err);
    if (rc == BENCH_OK)
        rc = bench_cast_choose(s, job, &data, &cast, err);
    if (rc == BENCH_OK) {
        if (s->info->computes)
            rc = verify_and_time(s, job, &data, &cast, &oracle, err);
        else if (job->settings != NULL)
            rc = time_case(s, job, &data, &oracle, &cast, err);
        if (rc == BENCH_EMEMORY && sets == 1) { /* what is known already counts */
            fail_all(&cast, job->arena, BENCH_STATUS_UNSUPPORTED, err->message);
            rc = BENCH_OK;
        }
        if (rc == BENCH_OK)
            note_empty(data.plan, &cast);
        bench_cast_records(&cast, records, count);
        bench_cast_fini(&cast);
    }
    if (rc != BENCH_EPOISONED)
        bench_oracle_fini(&oracle);
    bench_session_reclaim(s);
    return rc;
}

int bench_case_run(struct bench_session *s, const struct bench_case_job *job,
                   struct bench_record **records, size_t *count, struct bench_err *err)
{
    int64_t begin_ns = bench_clock_ns();
    bench_position_case(job->position, job->index);

    if (job->suite_case->plan.empty && !s->info->computes) {
        bench_cast_none(job,
                        bench_arena_printf(job->arena,
                                           "an empty case is checked and not timed, and the %s "
                                           "device computes nothing that could be checked",
                                           s->info->kind),
                        records, count);
        return BENCH_OK;
    }
    /* Others may use the device, too: less may be free than it has. */
    int rc = BENCH_EMEMORY;
    size_t sets = bench_case_sets_that_fit(s, &job->suite_case->plan, BENCH_ROLE_COUNT, err);
    for (; rc == BENCH_EMEMORY && sets > 0; sets--)
        rc = run_on_sets(s, job, sets, records, count, err);
    if (rc == BENCH_EMEMORY) {
        bench_cast_none(job, err->message, records, count);
        return BENCH_OK;
    }
    for (size_t i = 0; rc == BENCH_OK && i < *count; i++)
        (*records)[i].case_host_ns = (double)(bench_clock_ns() - begin_ns);
    return rc;
}
