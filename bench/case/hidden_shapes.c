#include "bench/case/hidden_shapes.h"

#include <stdio.h>
#include <string.h>

#include "bench/case/oracle.h"
#include "bench/case/verify.h"
#include "bench/util/rng.h"

/* Small: a hidden shape costs next to nothing beside the case. In Python each may be compiled and
 * tuned for anew, so there are two. */
#define MOST_ELEMENTS (1 << 16)
#define SHAPES 6
#define SHAPES_IN_PYTHON 2

/* One implementation of an operator, dtype and params, once known. */
struct bench_hidden {
    const struct bench_implementation *impl;
    enum bench_dtype dtype;
    const char *params;
    bool left_out; /* the last time that others were tried: nobody knows how it does */
    bool failed;
    const char *reason;
    int64_t right;
    struct bench_hidden *next;
};

struct hidden_case {
    struct bench_case c;
    struct bench_case_data data;
    struct bench_guarded *outputs;
    struct bench_binding *bindings;
    size_t binding_count;
    struct bench_oracle oracle;
};

/* ---- shapes ---- */

static int64_t random_between(struct bench_rng *rng, int64_t low, int64_t high)
{
    return low + (int64_t)bench_rng_below(rng, (uint64_t)(high - low + 1));
}

static int64_t prime_from(int64_t n)
{
    for (;; n++) {
        bool prime = n >= 2;
        for (int64_t d = 2; prime && d * d <= n; d++)
            prime = n % d != 0;
        if (prime)
            return n;
    }
}

/* What a dimension may be at most, so that all together have MOST_ELEMENTS. */
static int64_t most_of(int ndim)
{
    int64_t most = 2;
    for (;; most++) {
        double elements = 1;
        for (int d = 0; d < ndim; d++)
            elements *= (double)(most + 1);
        if (elements > MOST_ELEMENTS)
            return most;
    }
}

/* Near the case's own shape where that is small enough; its leading dimensions are cut where not.
 */
static void near_shape(const struct bench_case *c, int step, int64_t *shape)
{
    double elements = 1;
    for (int d = c->ndim - 1; d >= 0; d--) {
        int64_t size = c->shape[d] + step;
        double room = MOST_ELEMENTS / elements;
        size = (double)size > room ? (int64_t)room : size;
        shape[d] = size < 1 ? 1 : size;
        elements *= (double)shape[d];
    }
}

static void make_shape(int kind, const struct bench_case *c, struct bench_rng *rng, int64_t *shape)
{
    int64_t most = most_of(c->ndim > 0 ? c->ndim : 1);
    if (kind == 0)
        near_shape(c, 1, shape);
    else if (kind == 2)
        near_shape(c, -1, shape);
    for (int d = 0; d < c->ndim; d++) {
        int64_t high = c->shape[d] < most ? c->shape[d] : most;
        if (kind == 1) /* primes that nobody foresees */
            shape[d] = prime_from(random_between(rng, 2, most - most / 4));
        else if (kind == 3) /* odd */
            shape[d] = random_between(rng, 0, (most - 1) / 2) * 2 + 1;
        else if (kind == 4) /* turned round */
            shape[d] = c->shape[c->ndim - 1 - d] < most ? c->shape[c->ndim - 1 - d] : most;
        else if (kind == 5) /* tiny */
            shape[d] = random_between(rng, 1, high < 3 ? high : 3);
    }
}

int bench_hidden_shape_kinds(const struct bench_operator *op)
{
    return op->in_python ? SHAPES_IN_PYTHON : SHAPES;
}

void bench_hidden_shape(const struct bench_case *c, int kind, uint64_t seed,
                        int64_t shape[BENCH_MAX_DIMS])
{
    struct bench_rng rng;
    bench_rng_init(&rng, seed);
    make_shape(kind, c, &rng, shape);
}

/* Does the description allow that dimension `at` of the case's shape is 0? */
static bool may_be_empty(const struct bench_case *c, int at)
{
    const struct bench_operator *op = c->op;
    int spare = c->ndim - (int)op->dim_count; /* the star takes this many more than one */
    if (op->star_dim < 0 || at < op->star_dim)
        return op->may_be_empty[at];
    return op->may_be_empty[at > op->star_dim + spare ? at - spare : op->star_dim];
}

/* ---- one case ---- */

static void bind(struct hidden_case *h, struct bench_arena *arena)
{
    const struct bench_operator *op = h->c.op;
    h->binding_count = op->input_count + op->output_count;
    h->bindings = bench_arena_alloc(arena, (h->binding_count + 1) * sizeof *h->bindings);
    for (size_t i = 0; i < op->input_count; i++)
        h->bindings[i] = (struct bench_binding){op->inputs[i].name, h->data.inputs[i].data};
    for (size_t i = 0; i < op->output_count; i++)
        h->bindings[op->input_count + i] =
            (struct bench_binding){op->outputs[i].name, h->outputs[i].data};
}

static int take(struct bench_session *s, struct hidden_case *h, struct bench_arena *arena,
                struct bench_err *err)
{
    const struct bench_operator *op = h->c.op;
    h->outputs = bench_arena_alloc(arena, (op->output_count + 1) * sizeof *h->outputs);
    int rc = bench_case_data_take(s, &h->c, arena, &h->data, err);
    for (size_t i = 0; rc == BENCH_OK && i < op->output_count; i++)
        rc =
            bench_guarded_take(s, h->c.outputs[i].name, h->c.outputs[i].bytes, &h->outputs[i], err);
    if (rc == BENCH_OK)
        bind(h, arena);
    return rc;
}

/* The variant that was chosen for the case, or one that is loaded already and may run here. */
static const struct bench_callable *loaded_variant(struct bench_session *s,
                                                   const struct hidden_case *h,
                                                   const struct bench_actor *actor,
                                                   struct bench_arena *arena,
                                                   struct bench_variant **variant)
{
    struct bench_variant *variants;
    size_t count;
    struct bench_err ignored = {0};
    if (bench_implementation_supports(actor->impl, &h->c, &s->plan_device, &ignored) != BENCH_OK ||
        bench_variants_plan(actor->impl, &h->c, &s->plan_device, arena, &variants, &count,
                            &ignored) != BENCH_OK)
        return NULL;
    for (size_t v = 0; v < count; v++)
        for (size_t k = 0; k < actor->callable_count; k++)
            if (strcmp(variants[v].label, actor->callables[k].variant->label) == 0) {
                *variant = &variants[v];
                return &actor->callables[k];
            }
    return NULL;
}

/* *tried: it can run there. The verdict is the actor's at this shape. */
static int try_actor(struct bench_session *s, struct hidden_case *h,
                     const struct bench_actor *actor, struct bench_arena *arena, bool *tried,
                     struct bench_verdict *verdict, struct bench_err *err)
{
    struct bench_callable callable = {0};
    struct bench_variant *variant = NULL;
    memset(verdict, 0, sizeof *verdict);
    *tried = loaded_variant(s, h, actor, arena, &variant) != NULL;
    if (!*tried)
        return BENCH_OK;
    int rc = bench_callable_prepare(s, &h->c, actor->impl, variant, h->bindings, h->binding_count,
                                    arena, &callable, &verdict->status, err);
    if (rc == BENCH_EPOISONED)
        return rc;
    if (rc == BENCH_EUNSUPPORTED || rc == BENCH_EINPUT)
        *tried = false;
    else if (rc != BENCH_OK)
        snprintf(verdict->reason, sizeof verdict->reason, "%.2000s", err->message);
    else
        rc = bench_verify_call(s, &h->data, &callable, h->outputs, verdict, err);
    if (rc == BENCH_EPOISONED)
        return rc;
    bench_callable_fini(&callable);
    return BENCH_OK;
}

/* ---- what is known ---- */

static struct bench_hidden *find(struct bench_session *s, const struct bench_case *c,
                                 const struct bench_implementation *impl)
{
    for (struct bench_hidden *h = s->hidden; h != NULL; h = h->next)
        if (h->impl == impl && h->dtype == c->dtype && strcmp(h->params, c->params_json) == 0)
            return h;
    return NULL;
}

static struct bench_hidden *remember(struct bench_session *s, const struct bench_case *c,
                                     const struct bench_implementation *impl)
{
    struct bench_hidden *h = bench_arena_alloc(s->arena, sizeof *h);
    *h = (struct bench_hidden){.impl = impl,
                               .dtype = c->dtype,
                               .params = bench_arena_strdup(s->arena, c->params_json),
                               .reason = "",
                               .next = s->hidden};
    s->hidden = h;
    return h;
}

static void apply(struct bench_actor *actor, const struct bench_hidden *known,
                  struct bench_arena *arena)
{
    actor->record.checks.hidden_cases = known->right;
    if (known->failed && actor->record.roles & 1u << BENCH_CANDIDATE)
        bench_actor_fail(actor, arena, BENCH_STATUS_HIDDEN_SHAPE, "%s", known->reason);
}

/* ---- all of it ---- */

static void note_failure(struct bench_session *s, const struct hidden_case *h,
                         struct bench_hidden *known, const struct bench_verdict *verdict)
{
    known->failed = true;
    known->reason = bench_arena_printf(
        s->arena, "right at the shapes that are timed, but not for %s, where it is %s: %s",
        h->c.label, bench_status_name(verdict->status), verdict->reason);
}

#define RANKS 3

/* The order: candidates, the baseline, then others. */
static int rank(const struct bench_actor *actor)
{
    return actor->record.roles & 1u << BENCH_CANDIDATE  ? 0
           : actor->record.roles & 1u << BENCH_BASELINE ? 1
                                                        : 2;
}

/* Whoever is left out beside one candidate may be the candidate of another case. */
static bool leave_out(struct bench_session *s, const struct bench_case_job *job,
                      const struct bench_actor *actor, bool yes)
{
    struct bench_hidden *known = find(s, &job->suite_case->plan, actor->impl);
    if (known != NULL)
        known->left_out = yes;
    return yes;
}

/* Every implementation that runs, at one shape. Of an operator in Python only as many beside the
 * candidate as it takes until one is right there: more would tell nothing, and a reference may tune
 * itself for seconds at each new shape (FlagGems' leaky_relu: 2.9 s on an H100). The baseline, as
 * it comes with torch, does not. */
static int try_all(struct bench_session *s, const struct bench_case_job *job, struct hidden_case *h,
                   struct bench_cast *cast, struct bench_err *err)
{
    bool python = h->c.op->in_python, witness = !python;
    /* Who dies there must not seem to have died at the shape that is timed. */
    const char *another = bench_arena_printf(job->arena, "another shape, %s", h->c.label);
    bool *tried = bench_arena_alloc(job->arena, (cast->actor_count + 1) * sizeof *tried);
    struct bench_verdict *verdicts =
        bench_arena_alloc(job->arena, (cast->actor_count + 1) * sizeof *verdicts);
    int rc = BENCH_OK;
    for (int turn = 0; turn < RANKS; turn++) {
        for (size_t a = 0; rc == BENCH_OK && a < cast->actor_count; a++) {
            const struct bench_actor *actor = &cast->actors[a];
            if (!bench_actor_runs(actor) || rank(actor) != turn)
                continue;
            if (leave_out(s, job, actor, python && witness && turn > 0))
                continue;
            bench_position_implementation(job->position, actor->impl_index, actor->record.roles);
            bench_position_variant(job->position, another, 0, 0);
            rc = try_actor(s, h, actor, job->arena, &tried[a], &verdicts[a], err);
            bool right = rc == BENCH_OK && tried[a] && verdicts[a].status == BENCH_STATUS_OK;
            witness |= right && turn > 0;
        }
    }
    for (size_t a = 0; rc == BENCH_OK && witness && a < cast->actor_count; a++) {
        struct bench_hidden *known =
            tried[a] ? find(s, &job->suite_case->plan, cast->actors[a].impl) : NULL;
        if (known != NULL && verdicts[a].status == BENCH_STATUS_OK)
            known->right++;
        else if (known != NULL && !known->failed)
            note_failure(s, h, known, &verdicts[a]);
    }
    return rc;
}

/* A shape for which the description makes no sense, or the oracle has no answer, is none. */
static int try_shape(struct bench_session *s, const struct bench_case_job *job,
                     const int64_t *shape, uint64_t seed, const struct bench_json *params,
                     struct bench_cast *cast, struct bench_err *err)
{
    const struct bench_case *timed = &job->suite_case->plan;
    struct hidden_case h = {0};
    if (bench_case_plan(timed->op, timed->dtype, shape, timed->ndim, params, job->arena, &h.c,
                        err) != BENCH_OK)
        return BENCH_OK;
    bool small =
        !h.c.writes_nothing &&
        bench_case_data_bytes(&h.c, BENCH_ROLE_COUNT, BENCH_INPUT_SETS) <= 64.0 * MOST_ELEMENTS * 8;
    int rc = small ? take(s, &h, job->arena, err) : BENCH_OK;
    if (rc == BENCH_OK && small) {
        bench_position_implementation(job->position, BENCH_POSITION_NOBODY, 0);
        rc = bench_case_data_fill(s, &h.data, seed, err);
        if (rc == BENCH_OK)
            rc = bench_oracle_prepare(s, &h.data, job->arena, &h.oracle, err);
        if (rc == BENCH_OK)
            rc = bench_oracle_ask(s, &h.data, &h.oracle, 0, seed, BENCH_CHECK_HIDDEN, 0, err);
        if (rc == BENCH_OK)
            rc = try_all(s, job, &h, cast, err);
        else if (rc != BENCH_EPOISONED)
            rc = BENCH_OK;
    }
    if (rc != BENCH_EPOISONED)
        bench_oracle_fini(&h.oracle);
    bench_case_fini(&h.c);
    return rc;
}

static int try_shapes(struct bench_session *s, const struct bench_case_job *job,
                      struct bench_cast *cast, struct bench_err *err)
{
    const struct bench_case *c = &job->suite_case->plan;
    int count = bench_hidden_shape_kinds(c->op);
    struct bench_json_doc *params = NULL;
    int rc = bench_json_parse("params", c->params_json, strlen(c->params_json), &params, err);
    for (int kind = 0; rc == BENCH_OK && kind < count; kind++) {
        int64_t shape[BENCH_MAX_DIMS] = {0};
        uint64_t seed = bench_check_seed(job->seed, c->key, BENCH_CHECK_HIDDEN, (uint64_t)kind);
        bench_hidden_shape(c, kind, seed, shape);
        if (memcmp(shape, c->shape, (size_t)c->ndim * sizeof *shape) != 0)
            rc = try_shape(s, job, shape, seed, bench_json_root(params), cast, err);
    }
    for (int at = 0; rc == BENCH_OK && at < c->ndim; at++) {
        int64_t shape[BENCH_MAX_DIMS] = {0};
        uint64_t number = (uint64_t)(SHAPES + at);
        if (!may_be_empty(c, at))
            continue;
        near_shape(c, 0, shape);
        shape[at] = 0;
        rc = try_shape(s, job, shape,
                       bench_check_seed(job->seed, c->key, BENCH_CHECK_HIDDEN, number),
                       bench_json_root(params), cast, err);
    }
    bench_json_free(params);
    return rc;
}

int bench_hidden_shapes_check(struct bench_session *s, const struct bench_case_job *job,
                              struct bench_cast *cast, struct bench_err *err)
{
    const struct bench_case *c = &job->suite_case->plan;
    bool new = false;
    int rc = BENCH_OK;
    for (size_t a = 0; a < cast->actor_count; a++) {
        const struct bench_actor *actor = &cast->actors[a];
        struct bench_hidden *known = find(s, c, actor->impl);
        if (!bench_actor_runs(actor))
            continue;
        new |= (known == NULL || known->left_out) && actor->record.roles & 1u << BENCH_CANDIDATE;
        if (known == NULL)
            remember(s, c, actor->impl);
    }
    bench_position_phase(job->position, BENCH_PHASE_VERIFY);
    if (new && c->ndim > 0)
        rc = try_shapes(s, job, cast, err);
    for (size_t a = 0; rc == BENCH_OK && a < cast->actor_count; a++) {
        const struct bench_hidden *known = find(s, c, cast->actors[a].impl);
        if (known != NULL && bench_actor_runs(&cast->actors[a]))
            apply(&cast->actors[a], known, job->arena);
    }
    return rc;
}
