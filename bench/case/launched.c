#include "bench/case/launched.h"

#include <string.h>

static bool is_proof(const char *verdict)
{
    return strcmp(verdict, "ok") == 0 || strcmp(verdict, "unproven") == 0;
}

/* The candidate may run what it likes: if it is a call of the library in disguise its time says so,
 * and the record shows it. */
static void judge_role(struct bench_actor *actor, struct bench_arena *arena)
{
    const struct bench_record *r = &actor->record;
    const bool reference = r->roles & 1u << BENCH_REFERENCE;
    const bool baseline = r->roles & 1u << BENCH_BASELINE;
    if ((!reference && !baseline) || is_proof(r->proof))
        return;
    bench_actor_fail(actor, arena, BENCH_STATUS_OTHER_KERNELS, "the %s '%s' ran something else: %s",
                     bench_role_name(reference ? BENCH_REFERENCE : BENCH_BASELINE),
                     actor->impl->name, r->proof_why);
}

static void add_note(struct bench_actor *actor, struct bench_arena *arena, const char *note)
{
    const char *before = actor->record.notes;
    if (note[0] != '\0')
        actor->record.notes =
            bench_arena_printf(arena, "%s%s%s", before, before[0] ? "; " : "", note);
}

/* Its time is not the work's, then. Of those that are compared with it is noted: they were not made
 * to win here, and it makes them look better. */
static void judge_stream(struct bench_actor *actor, struct bench_arena *arena, const char *why)
{
    if (why[0] == '\0')
        return;
    if (actor->record.roles & 1u << BENCH_CANDIDATE)
        bench_actor_fail(actor, arena, BENCH_STATUS_OTHER_STREAM, "%s", why);
    else
        add_note(actor, arena, why);
}

/* A candidate that errs is wrong. Of the others, which are compared with and not imported, it is
 * noted: their own users live with it. */
static int try_special_values(struct bench_session *s, struct bench_actor *actor,
                              struct bench_arena *arena, struct bench_err *err)
{
    const struct bench_callable *callable = &actor->callables[actor->chosen];
    const char *notes;
    int rc = bench_python_special_values(callable->python, arena, &notes, err);
    if (rc == BENCH_OK) {
        add_note(actor, arena, notes);
        return BENCH_OK;
    }
    rc = bench_callable_failed(s, callable, rc, err);
    if (rc == BENCH_EPOISONED)
        return rc;
    if (actor->record.roles & 1u << BENCH_CANDIDATE)
        bench_actor_fail(actor, arena, bench_callable_status(err), "%s", err->message);
    else
        add_note(actor, arena, err->message);
    return BENCH_OK;
}

static int record_actor(struct bench_session *s, struct bench_actor *actor,
                        struct bench_arena *arena, struct bench_err *err)
{
    const struct bench_callable *callable = &actor->callables[actor->chosen];
    struct bench_python_facts facts;
    int rc = bench_python_facts(callable->python, arena, &facts, err);
    if (rc != BENCH_OK) {
        rc = bench_callable_failed(s, callable, rc, err);
        if (rc == BENCH_EPOISONED)
            return rc;
        bench_actor_fail(actor, arena, bench_callable_status(err), "%s (under the profiler)",
                         err->message);
        return BENCH_OK;
    }
    actor->record.launched = facts.kernels;
    actor->record.launches = facts.launches;
    actor->record.allocated_bytes = facts.allocated_bytes;
    actor->record.proof = facts.verdict;
    actor->record.proof_why = facts.why;
    judge_role(actor, arena);
    if (bench_actor_runs(actor))
        judge_stream(actor, arena, facts.other_stream);
    return BENCH_OK;
}

int bench_launched_record(struct bench_session *s, const struct bench_case_job *job,
                          struct bench_cast *cast, struct bench_err *err)
{
    int rc = BENCH_OK;
    for (size_t i = 0; rc == BENCH_OK && i < cast->actor_count; i++) {
        struct bench_actor *actor = &cast->actors[i];
        if (!bench_actor_runs(actor) || actor->callables[actor->chosen].python == NULL)
            continue;
        bench_position_implementation(job->position, actor->impl_index, actor->record.roles);
        rc = try_special_values(s, actor, job->arena, err);
        if (rc == BENCH_OK && bench_actor_runs(actor))
            rc = record_actor(s, actor, job->arena, err);
    }
    return rc;
}
