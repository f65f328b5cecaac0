#include "bench/reproduce/judge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/reproduce/claims_impl.h"
#include "selector/index.h"

/* What was measured, by case and role. */
struct lookup {
    const struct bench_claims *measured;
    struct bench_index *claims, *failures;
    struct bench_arena *arena;
};

static const char *with_role(struct bench_arena *arena, const char *identity, const char *role)
{
    return bench_arena_printf(arena, "%s %s", role, identity);
}

static const char *identity_of(struct bench_arena *arena, const struct bench_claim *c)
{
    return c->whole ? c->op
                    : bench_claim_identity(arena, c->op, c->dtype, c->shape, c->ndim, c->params);
}

static void lookup_init(struct lookup *l, const struct bench_claims *measured,
                        struct bench_arena *arena)
{
    *l = (struct lookup){.measured = measured,
                         .claims = bench_index_new(),
                         .failures = bench_index_new(),
                         .arena = arena};
    for (size_t i = 0; measured != NULL && i < measured->count; i++)
        bench_index_add(l->claims,
                        with_role(arena, identity_of(arena, &measured->items[i]),
                                  bench_role_name(measured->items[i].against)),
                        i);
    for (size_t i = 0; measured != NULL && i < measured->failure_count; i++) {
        const struct bench_claim_failure *f = &measured->failures[i];
        const char *identity =
            bench_claim_identity(arena, f->op, f->dtype, f->shape, f->ndim, f->params);
        bench_index_add(l->failures, with_role(arena, identity, f->role), i);
    }
}

static void lookup_fini(struct lookup *l)
{
    bench_index_free(l->claims);
    bench_index_free(l->failures);
}

static const struct bench_claim *find(const struct lookup *l, const char *identity,
                                      enum bench_role against)
{
    size_t i = bench_index_find(l->claims, with_role(l->arena, identity, bench_role_name(against)));
    return i != BENCH_INDEX_NONE ? &l->measured->items[i] : NULL;
}

static const struct bench_claim_failure *find_failure(const struct lookup *l, const char *identity,
                                                      enum bench_role role)
{
    size_t i = bench_index_find(l->failures, with_role(l->arena, identity, bench_role_name(role)));
    return i != BENCH_INDEX_NONE ? &l->measured->failures[i] : NULL;
}

/* A candidate that fails contradicts a claim about its speed; a partner that does leaves it open.
 */
static void judge_failure(const struct lookup *l, const char *identity, const struct bench_claim *c,
                          struct bench_reproduced *item)
{
    const struct bench_claim_failure *own = find_failure(l, identity, BENCH_CANDIDATE);
    const struct bench_claim_failure *its = find_failure(l, identity, c->against);
    const struct bench_claim_failure *f = own != NULL ? own : its;
    item->verdict = BENCH_CLAIM_CANNOT_RUN;
    if (f == NULL) {
        item->why = "it was not measured";
        return;
    }
    if (own != NULL && strcmp(f->status, "unsupported") != 0 &&
        strcmp(f->status, "unavailable") != 0)
        item->verdict = BENCH_CLAIM_NOT_REPRODUCED;
    item->why = bench_arena_printf(l->arena, "the %s here is %s: %.300s", f->role, f->status,
                                   f->reason[0] ? f->reason : "no reason is told");
}

static void judge_measured(const struct lookup *l, const struct bench_claim *c,
                           const struct bench_claim *m, double tolerance,
                           struct bench_reproduced *item)
{
    const char *why = "";
    item->measured = m->speedup;
    item->your_ms = m->your_ms;
    if (c->variant != NULL && m->variant != NULL && strcmp(c->variant, m->variant) != 0)
        item->variant = m->variant;
    if (c->whole && m->cases != c->cases) {
        item->verdict = BENCH_CLAIM_CANNOT_RUN;
        item->why = bench_arena_printf(l->arena, "%zu of its %zu cases have both times here",
                                       m->cases, c->cases);
        return;
    }
    if (!bench_speedup_has_interval(&m->speedup)) {
        item->verdict = BENCH_CLAIM_UNDETERMINED;
        item->why = "the measurement here has no interval: raise --max-rounds or --max-case-ms";
        return;
    }
    item->verdict = bench_claim_judge(&c->speedup, &m->speedup, c->bar, tolerance, &why);
    item->why = why;
}

static void judge_claim(const struct lookup *l, const struct bench_claim *c,
                        const struct bench_planned_claim *planned, double tolerance,
                        struct bench_reproduced *item)
{
    *item = (struct bench_reproduced){
        .measured = {.estimate = NAN, .low = NAN, .high = NAN}, .your_ms = NAN, .why = ""};
    if (planned->cannot != NULL) {
        item->verdict = BENCH_CLAIM_CANNOT_RUN;
        item->why = bench_arena_strdup(l->arena, planned->cannot);
        return;
    }
    const struct bench_claim *m = find(l, planned->identity, c->against);
    if (m == NULL)
        judge_failure(l, planned->identity, c, item);
    else
        judge_measured(l, c, m, tolerance, item);
}

static void count(struct bench_reproduction *r)
{
    memset(r->counts, 0, sizeof r->counts);
    for (size_t i = 0; i < r->claims->count; i++)
        r->counts[r->items[i].verdict]++;
    r->score = (double)(r->counts[BENCH_CLAIM_REPRODUCED] + r->counts[BENCH_CLAIM_BETTER]) /
               (double)r->claims->count;
}

void bench_reproduction_init(struct bench_reproduction *r, const struct bench_reproduce_plan *plan,
                             const struct bench_claims *measured, double tolerance)
{
    struct lookup l;
    memset(r, 0, sizeof *r);
    r->claims = plan->claims;
    r->tolerance = tolerance;
    r->arena = bench_arena_new();
    r->items = bench_arena_alloc(r->arena, (plan->claims->count + 1) * sizeof *r->items);
    lookup_init(&l, measured, r->arena);
    for (size_t i = 0; i < plan->claims->count; i++)
        judge_claim(&l, &plan->claims->items[i], &plan->items[i], tolerance, &r->items[i]);
    lookup_fini(&l);
    count(r);
    if (measured != NULL) {
        r->evidence = measured->folder;
        bench_environment_compare(plan->claims, measured, r->arena, &r->environment);
    }
}

void bench_reproduction_again(struct bench_reproduction *r, const struct bench_reproduce_plan *plan,
                              const struct bench_claims *again)
{
    struct lookup l;
    lookup_init(&l, again, r->arena);
    for (size_t i = 0; i < plan->claims->count; i++) {
        struct bench_reproduced second, *item = &r->items[i];
        if (item->verdict != BENCH_CLAIM_UNDETERMINED)
            continue;
        judge_claim(&l, &plan->claims->items[i], &plan->items[i], r->tolerance, &second);
        if (second.verdict == BENCH_CLAIM_CANNOT_RUN)
            continue;
        second.again = true;
        second.first = item->measured;
        *item = second;
        r->again++;
    }
    lookup_fini(&l);
    r->again_evidence = again->folder;
    count(r);
}

void bench_reproduction_fini(struct bench_reproduction *r)
{
    bench_arena_free(r->arena);
    memset(r, 0, sizeof *r);
}

bool bench_reproduction_holds(const struct bench_reproduction *r)
{
    return r->counts[BENCH_CLAIM_REPRODUCED] + r->counts[BENCH_CLAIM_BETTER] == r->claims->count;
}
