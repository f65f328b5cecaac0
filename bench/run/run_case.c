#include "bench/run/run_case.h"

#include <inttypes.h>

#include "bench/run/cast.h"
#include "bench/run/sample.h"
#include "bench/run/time_case.h"
#include "bench/run/verify.h"
#include "bench/util/clock.h"

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
            int rc = bench_verify_call(s, data, callable, cast->outputs, &verdict, err);
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

/* What a timed launch leaves must be right, too: once more like in the rounds, its time not
 * counted, with the outputs poisoned before. */
static int recheck(struct bench_session *s, const struct bench_case_job *job,
                   const struct bench_case_data *data, const struct bench_cast *cast,
                   struct bench_actor *actor, struct bench_callable *callable, const char *when,
                   struct bench_err *err)
{
    struct bench_verdict verdict;
    double ns;
    if (!bench_actor_runs(actor))
        return BENCH_OK;
    bench_position_implementation(job->position, actor->impl_index, actor->record.roles);
    int rc = bench_verify_poison(s, data, cast->outputs, err);
    if (rc != BENCH_OK)
        return rc;
    rc = bench_callable_poison(s, callable, err);
    if (rc == BENCH_OK)
        rc = bench_sample(s, &job->settings->suite, callable, &ns, err);
    if (rc == BENCH_OK)
        rc = bench_callable_collect(s, callable, err);
    if (rc == BENCH_EPOISONED)
        return rc;
    if (rc != BENCH_OK) {
        bench_actor_fail(actor, job->arena, bench_callable_status(err), "%s%s", err->message, when);
        return bench_case_data_restore(s, data, err);
    }
    rc = bench_verify_outputs(s, data, callable, cast->outputs, &verdict, err);
    if (rc == BENCH_OK)
        apply_verdict(actor, callable, &verdict, when, job->arena);
    return rc;
}

static int recheck_all(struct bench_session *s, const struct bench_case_job *job,
                       const struct bench_case_data *data, struct bench_cast *cast,
                       struct bench_twin *twin, struct bench_err *err)
{
    int rc = BENCH_OK;
    bench_position_phase(job->position, BENCH_PHASE_RECHECK);
    for (size_t a = 0; rc == BENCH_OK && a < cast->actor_count; a++) {
        struct bench_actor *actor = &cast->actors[a];
        rc = recheck(s, job, data, cast, actor, &actor->callables[actor->chosen],
                     " (in the outputs of the timed launch)", err);
    }
    if (rc == BENCH_OK && twin->of != NULL && twin->of->record.twin_elapsed_ns != NULL)
        rc = recheck(s, job, data, cast, twin->of, &twin->callable,
                     " (in the outputs of the timed launch, prepared once more)", err);
    return rc;
}

/* Rounds, a look at what they left, and what else is to be measured. On a device that computes
 * nothing only the times are real. */
static int time_case(struct bench_session *s, const struct bench_case_job *job,
                     const struct bench_case_data *data, struct bench_cast *cast,
                     struct bench_err *err)
{
    struct bench_twin twin;
    int rc = bench_time_rounds(s, job, data, cast, &twin, err);
    if (rc == BENCH_OK && s->info->computes)
        rc = recheck_all(s, job, data, cast, &twin, err);
    if (rc != BENCH_EPOISONED)
        bench_twin_fini(&twin);
    if (rc == BENCH_OK)
        rc = bench_time_more(s, job, data, cast, err);
    return rc;
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
        rc = time_case(s, job, data, cast, err);
    return rc;
}

int bench_case_run(struct bench_session *s, const struct bench_case_job *job,
                   struct bench_record **records, size_t *count, struct bench_err *err)
{
    const struct bench_case *c = &job->suite_case->plan;
    struct bench_case_data data;
    struct bench_callable oracle = {0};
    struct bench_cast cast;
    int64_t begin_ns = bench_clock_ns();
    bench_position_case(job->position, job->index);
    bench_position_phase(job->position, BENCH_PHASE_PREPARE);

    if (!bench_case_fits_memory(s, c, BENCH_ROLE_COUNT, err)) {
        bench_cast_none(job, err->message, records, count);
        return BENCH_OK;
    }
    int rc = bench_case_data_take(s, c, job->arena, &data, err);
    /* Operators in Python are called when they are prepared. */
    if (rc == BENCH_OK && s->python != NULL && bench_operator_uses(c->op, BENCH_PROVIDER_PYTHON))
        rc = bench_case_data_fill(s, &data, fill_seed(job, FILL_VERIFY), err);
    if (rc == BENCH_OK)
        rc = bench_cast_choose(s, job, &data, &cast, err);
    if (rc == BENCH_OK) {
        if (s->info->computes)
            rc = verify_and_time(s, job, &data, &cast, &oracle, err);
        else if (job->settings != NULL)
            rc = time_case(s, job, &data, &cast, err);
        bench_cast_records(&cast, records, count);
        for (size_t i = 0; i < *count; i++)
            (*records)[i].case_host_ns = (double)(bench_clock_ns() - begin_ns);
        bench_cast_fini(&cast);
    }
    if (rc != BENCH_EPOISONED)
        bench_callable_fini(&oracle);
    bench_session_reclaim(s);
    return rc;
}
