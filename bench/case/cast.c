#include "bench/case/cast.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/str.h"

bool bench_actor_runs(const struct bench_actor *actor)
{
    return actor->record.status == BENCH_STATUS_OK;
}

void bench_actor_fail(struct bench_actor *actor, struct bench_arena *arena,
                      enum bench_status status, const char *format, ...)
{
    struct bench_str text;
    va_list args;
    if (!bench_actor_runs(actor))
        return;
    bench_str_init(&text);
    va_start(args, format);
    bench_str_addv(&text, format, args);
    va_end(args);
    actor->record.status = status;
    actor->record.reason = bench_arena_strdup(arena, text.data);
    actor->record.verified = false;
    bench_str_fini(&text);
}

void bench_actor_describe(struct bench_actor *actor, const struct bench_callable *callable)
{
    struct bench_record *r = &actor->record;
    r->variant = callable->variant->label;
    r->variant_json = callable->variant->json;
    r->library = callable->library;
    if (callable->python != NULL) {
        r->source_hash = callable->python->source_hash;
        r->import_ns = callable->python->import_ns;
        r->first_call_ns = callable->python->first_call_ns;
        r->later_call_ns = callable->python->later_call_ns;
        r->notes = callable->python->notes;
    }
    if (callable->kernels == NULL)
        return;
    r->source_hash = callable->kernels->source_hash;
    r->binary_hash = callable->kernels->binary_hash;
    r->registers = callable->kernels->registers;
    r->shared_bytes = callable->kernels->shared_bytes;
    r->spill_bytes = callable->kernels->spill_bytes;
}

/* ---- one actor ---- */

static int take_outputs(struct bench_session *s, const struct bench_case_job *job,
                        struct bench_cast *cast, struct bench_err *err)
{
    const struct bench_case *c = &job->suite_case->plan;
    int rc = BENCH_OK;
    cast->outputs =
        bench_arena_alloc(job->arena, (c->op->output_count + 1) * sizeof *cast->outputs);
    for (size_t i = 0; rc == BENCH_OK && i < c->op->output_count; i++)
        rc = bench_guarded_take(s, c->outputs[i].name, c->outputs[i].bytes, &cast->outputs[i], err);
    return rc;
}

/* The case's inputs, and the outputs that all share. */
static void bind_tensors(const struct bench_case_job *job, const struct bench_case_data *data,
                         const struct bench_cast *cast, struct bench_binding **bindings,
                         size_t *count)
{
    const struct bench_operator *op = job->suite_case->plan.op;
    struct bench_binding *all;
    *count = op->input_count + op->output_count;
    all = *bindings = bench_arena_alloc(job->arena, (*count + 1) * sizeof *all);
    for (size_t i = 0; i < op->input_count; i++)
        all[i] = (struct bench_binding){op->inputs[i].name, data->inputs[i].data};
    for (size_t i = 0; i < op->output_count; i++)
        all[op->input_count + i] =
            (struct bench_binding){op->outputs[i].name, cast->outputs[i].data};
}

static const struct bench_record *find_record(const struct bench_record *records, size_t count,
                                              const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (records[i].implementation && strcmp(records[i].implementation, name) == 0)
            return &records[i];
    return NULL;
}

/* Leaves only the variant that an earlier process chose, if it did. */
static int fix_variant(const struct bench_case_job *job, const struct bench_implementation *impl,
                       struct bench_variant **variants, size_t *count, struct bench_err *err)
{
    const struct bench_record *fixed = find_record(job->fixed, job->fixed_count, impl->name);
    if (fixed == NULL || fixed->status != BENCH_STATUS_OK)
        return BENCH_OK;
    for (size_t v = 0; v < *count; v++)
        if (strcmp((*variants)[v].label, fixed->variant) == 0) {
            *variants += v;
            *count = 1;
            return BENCH_OK;
        }
    return bench_err_set(err, BENCH_ERROR,
                         "the variant '%s', which the main run chose, is none that this device and "
                         "description allow: was the description changed meanwhile?",
                         fixed->variant);
}

/* Prepares all variants. 0 also if the implementation failed (its record says so);
 * BENCH_EUNSUPPORTED if another may be tried; BENCH_EDISK if none could be compiled. */
static int prepare_actor(struct bench_session *s, const struct bench_case_job *job,
                         const struct bench_case_data *data, const struct bench_cast *cast,
                         struct bench_actor *actor, struct bench_err *err)
{
    const struct bench_case *c = &job->suite_case->plan;
    struct bench_binding *bindings;
    struct bench_variant *variants;
    size_t binding_count, variant_count;
    int rc = bench_implementation_supports(actor->impl, c, &s->plan_device, err);
    if (rc == BENCH_OK)
        rc = bench_variants_plan(actor->impl, c, &s->plan_device, job->arena, &variants,
                                 &variant_count, err);
    if (rc == BENCH_EUNSUPPORTED)
        return rc;
    if (rc == BENCH_OK)
        rc = fix_variant(job, actor->impl, &variants, &variant_count, err);
    if (rc != BENCH_OK) {
        bench_actor_fail(actor, job->arena, BENCH_STATUS_LAUNCH_ERROR, "%s", err->message);
        return BENCH_OK;
    }
    bind_tensors(job, data, cast, &bindings, &binding_count);
    actor->callables =
        bench_arena_alloc(job->arena, (variant_count + 1) * sizeof *actor->callables);
    for (size_t v = 0; v < variant_count; v++) {
        enum bench_status status;
        const char *label = variants[v].label;
        bench_position_variant(job->position, label, 0, 0);
        rc = bench_callable_prepare(s, c, actor->impl, &variants[v], bindings, binding_count,
                                    job->arena, &actor->callables[v], &status, err);
        if (rc == BENCH_EPOISONED || rc == BENCH_EDISK || status == BENCH_STATUS_UNSUPPORTED)
            return rc;
        if (rc != BENCH_OK) {
            bench_actor_fail(actor, job->arena, status, "%s%s%s%s", err->message,
                             label[0] ? " [" : "", label, label[0] ? "]" : "");
            return BENCH_OK;
        }
        actor->callables[v].outputs = cast->outputs;
        actor->callables[v].plan = c;
        actor->callable_count = v + 1;
    }
    bench_actor_describe(actor, &actor->callables[0]);
    return BENCH_OK;
}

static void free_actor(struct bench_actor *actor)
{
    for (size_t v = 0; v < actor->callable_count; v++)
        bench_callable_fini(&actor->callables[v]);
    actor->callable_count = 0;
}

/* ---- roles ---- */

static struct bench_actor *find_actor(struct bench_cast *cast,
                                      const struct bench_implementation *impl)
{
    for (size_t i = 0; i < cast->actor_count; i++)
        if (cast->actors[i].impl == impl)
            return &cast->actors[i];
    return NULL;
}

static struct bench_record *add_unfilled(struct bench_cast *cast, const struct bench_case_job *job,
                                         enum bench_role role)
{
    struct bench_record *r = &cast->unfilled[cast->unfilled_count++];
    bench_record_init(r);
    r->case_index = job->index;
    r->process = job->process;
    r->roles = 1u << role;
    return r;
}

/* The role is played by one that ended an earlier worker; its record is in the journal, but perhaps
 * without this role. */
static void cast_earlier(struct bench_cast *cast, const struct bench_case_job *job,
                         enum bench_role role, const struct bench_record *earlier)
{
    for (size_t i = 0; i < job->earlier_count; i++)
        if (job->earlier[i].roles & 1u << role)
            return;
    struct bench_record *r = add_unfilled(cast, job, role);
    r->implementation = earlier->implementation;
    r->status = earlier->status;
    r->reason = earlier->reason;
}

/* An implementation in Python that has ended too many workers plays its role as failed. */
static bool cast_dead(struct bench_cast *cast, const struct bench_case_job *job,
                      enum bench_role role, const struct bench_implementation *impl)
{
    const struct bench_record *last = NULL;
    size_t count = 0;
    for (size_t i = 0; i < job->death_count; i++)
        if (job->deaths[i].implementation != NULL &&
            strcmp(job->deaths[i].implementation, impl->name) == 0) {
            last = &job->deaths[i];
            count++;
        }
    if (impl->provider != BENCH_PROVIDER_PYTHON || count < BENCH_RUN_MOST_DEATHS)
        return false;
    struct bench_record *r = add_unfilled(cast, job, role);
    r->implementation = impl->name;
    r->status = last->status;
    r->reason = bench_arena_printf(cast->arena,
                                   BENCH_RUN_NOT_RUN
                                   "in other cases it ended the worker process %zu times: "
                                   "%s",
                                   count, last->reason);
    return true;
}

/* 0 if `name` plays the role from now on; BENCH_EUNSUPPORTED if it cannot. */
static int try_name(struct bench_session *s, const struct bench_case_job *job,
                    const struct bench_case_data *data, struct bench_cast *cast,
                    enum bench_role role, const char *name, const char *passed_over,
                    struct bench_err *err)
{
    const struct bench_operator *op = job->suite_case->plan.op;
    const struct bench_implementation *impl = bench_operator_find(op, name);
    if (impl == NULL)
        return bench_err_set(err, BENCH_EUNSUPPORTED, "operator '%s' has no such implementation",
                             op->name);
    const struct bench_record *earlier = find_record(job->earlier, job->earlier_count, name);
    if (earlier != NULL) {
        cast_earlier(cast, job, role, earlier);
        return BENCH_OK;
    }
    if (cast_dead(cast, job, role, impl))
        return BENCH_OK;
    struct bench_actor *actor = find_actor(cast, impl);
    if (actor != NULL) {
        actor->record.roles |= 1u << role;
        if (actor->record.passed_over[0] == '\0')
            actor->record.passed_over = bench_arena_strdup(cast->arena, passed_over);
        return BENCH_OK;
    }
    actor = &cast->actors[cast->actor_count];
    *actor = (struct bench_actor){.impl = impl, .impl_index = (int)(impl - op->implementations)};
    bench_record_init(&actor->record);
    actor->record.case_index = job->index;
    actor->record.process = job->process;
    actor->record.roles = 1u << role;
    actor->record.implementation = impl->name;
    actor->record.passed_over = bench_arena_strdup(cast->arena, passed_over);
    bench_position_implementation(job->position, actor->impl_index, actor->record.roles);
    int rc = prepare_actor(s, job, data, cast, actor, err);
    if (rc == BENCH_OK)
        cast->actor_count++;
    else if (rc != BENCH_EPOISONED)
        free_actor(actor);
    return rc;
}

static const char *not_named(struct bench_arena *arena, enum bench_role role)
{
    return bench_arena_printf(arena, "the suite names no %s", bench_role_name(role));
}

static int fill_role(struct bench_session *s, const struct bench_case_job *job,
                     const struct bench_case_data *data, struct bench_cast *cast,
                     enum bench_role role, struct bench_err *err)
{
    const struct bench_role_choice *choice = &job->suite_case->roles[role];
    struct bench_str passed_over;
    int rc = BENCH_EUNSUPPORTED;
    if (choice->count == 0) {
        struct bench_record *r = add_unfilled(cast, job, role);
        r->status = BENCH_STATUS_UNAVAILABLE;
        r->reason = not_named(cast->arena, role);
        return BENCH_OK;
    }
    bench_str_init(&passed_over);
    for (size_t i = 0; rc == BENCH_EUNSUPPORTED && i < choice->count; i++) {
        rc = try_name(s, job, data, cast, role, choice->names[i], passed_over.data, err);
        if (rc == BENCH_EUNSUPPORTED)
            bench_str_addf(&passed_over, "%s%s: %s", passed_over.len ? "; " : "", choice->names[i],
                           err->message);
    }
    if (rc == BENCH_EUNSUPPORTED) {
        struct bench_record *r = add_unfilled(cast, job, role);
        r->status = BENCH_STATUS_UNSUPPORTED;
        r->reason = bench_arena_strdup(cast->arena, passed_over.data);
        rc = BENCH_OK;
    }
    bench_str_fini(&passed_over);
    return rc;
}

/* Whoever comes first in this process finds everything as it was: nobody knows the candidate. */
static const enum bench_role filling_order[BENCH_ROLE_COUNT] = {BENCH_REFERENCE, BENCH_BASELINE,
                                                                BENCH_CANDIDATE};

static unsigned lowest_role(unsigned roles)
{
    return roles & (~roles + 1);
}

/* In the order of roles; who has several counts by the first. */
static int compare_records(const void *a, const void *b)
{
    const struct bench_record *first = a, *second = b;
    unsigned one = lowest_role(first->roles), other = lowest_role(second->roles);
    return (one > other) - (one < other);
}

static int compare_actors(const void *a, const void *b)
{
    const struct bench_actor *first = a, *second = b;
    return compare_records(&first->record, &second->record);
}

int bench_cast_choose(struct bench_session *s, const struct bench_case_job *job,
                      const struct bench_case_data *data, struct bench_cast *cast,
                      struct bench_err *err)
{
    size_t most = 1;
    int rc = BENCH_OK;
    for (int r = 0; r < BENCH_ROLE_COUNT; r++)
        most += job->suite_case->roles[r].count;
    *cast = (struct bench_cast){
        .arena = job->arena,
        .actors = bench_arena_alloc(job->arena, most * sizeof *cast->actors),
        .unfilled = bench_arena_alloc(job->arena, BENCH_ROLE_COUNT * sizeof *cast->unfilled),
    };
    rc = take_outputs(s, job, cast, err);
    for (int r = 0; rc == BENCH_OK && r < BENCH_ROLE_COUNT; r++)
        rc = fill_role(s, job, data, cast, filling_order[r], err);
    qsort(cast->actors, cast->actor_count, sizeof *cast->actors, compare_actors);
    qsort(cast->unfilled, cast->unfilled_count, sizeof *cast->unfilled, compare_records);
    if (rc != BENCH_OK && rc != BENCH_EPOISONED)
        bench_cast_fini(cast);
    return rc;
}

void bench_cast_fini(struct bench_cast *cast)
{
    for (size_t i = 0; i < cast->actor_count; i++)
        free_actor(&cast->actors[i]);
}

/* ---- the twin ---- */

static struct bench_actor *twin_of(struct bench_cast *cast)
{
    const enum bench_role preferred[] = {BENCH_REFERENCE, BENCH_CANDIDATE};
    for (size_t r = 0; r < sizeof preferred / sizeof *preferred; r++)
        for (size_t i = 0; i < cast->actor_count; i++)
            if (bench_actor_runs(&cast->actors[i]) &&
                cast->actors[i].record.roles & 1u << preferred[r])
                return &cast->actors[i];
    return NULL;
}

static int prepare_twin(struct bench_session *s, const struct bench_case_job *job,
                        const struct bench_case_data *data, const struct bench_cast *cast,
                        const struct bench_actor *actor, struct bench_twin *twin,
                        struct bench_err *err)
{
    struct bench_binding *bindings;
    size_t count;
    enum bench_status status;
    bind_tensors(job, data, cast, &bindings, &count);
    return bench_callable_prepare(s, &job->suite_case->plan, actor->impl,
                                  actor->callables[actor->chosen].variant, bindings, count,
                                  job->arena, &twin->callable, &status, err);
}

int bench_cast_twin(struct bench_session *s, const struct bench_case_job *job,
                    const struct bench_case_data *data, struct bench_cast *cast,
                    struct bench_twin *twin, struct bench_err *err)
{
    struct bench_actor *actor = twin_of(cast);
    *twin = (struct bench_twin){0};
    if (actor == NULL)
        return BENCH_OK;
    bench_position_implementation(job->position, actor->impl_index, actor->record.roles);
    int rc = prepare_twin(s, job, data, cast, actor, twin, err);
    if (rc == BENCH_EPOISONED)
        return rc;
    twin->callable.outputs = cast->outputs;
    twin->callable.plan = &job->suite_case->plan;
    if (rc == BENCH_OK)
        twin->of = actor;
    else
        actor->record.twin_note =
            bench_arena_printf(job->arena, "not measured against itself: %s", err->message);
    return BENCH_OK;
}

void bench_twin_fini(struct bench_twin *twin)
{
    bench_callable_fini(&twin->callable);
    twin->of = NULL;
}

void bench_cast_records(const struct bench_cast *cast, struct bench_record **records, size_t *count)
{
    *count = 0;
    *records = bench_arena_alloc(cast->arena,
                                 (cast->actor_count + cast->unfilled_count + 1) * sizeof **records);
    for (size_t i = 0; i < cast->actor_count; i++)
        (*records)[(*count)++] = cast->actors[i].record;
    for (size_t i = 0; i < cast->unfilled_count; i++)
        (*records)[(*count)++] = cast->unfilled[i];
}

void bench_cast_none(const struct bench_case_job *job, const char *reason,
                     struct bench_record **records, size_t *count)
{
    struct bench_cast cast = {
        .arena = job->arena,
        .unfilled = bench_arena_alloc(job->arena, BENCH_ROLE_COUNT * sizeof(struct bench_record)),
    };
    for (int r = 0; r < BENCH_ROLE_COUNT; r++) {
        struct bench_record *record = add_unfilled(&cast, job, (enum bench_role)r);
        bool named = job->suite_case->roles[r].count > 0;
        record->status = named ? BENCH_STATUS_UNSUPPORTED : BENCH_STATUS_UNAVAILABLE;
        record->reason = named ? bench_arena_strdup(job->arena, reason)
                               : not_named(job->arena, (enum bench_role)r);
    }
    bench_cast_records(&cast, records, count);
}
