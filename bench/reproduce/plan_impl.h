/* What plans and their suites share; private to this folder. */
#ifndef BENCH_REPRODUCE_PLAN_IMPL_H
#define BENCH_REPRODUCE_PLAN_IMPL_H

#include "bench/reproduce/plan.h"
#include "selector/index.h"

struct bench_planned_op {
    struct bench_operator *op; /* NULL: */
    const char *cannot;        /* why there is none */
    const char **hashes;       /* of its implementations' sources; NULL: not looked at yet */
};

/* A case that will be measured, once, whatever claims there are about it. */
struct bench_planned_case {
    const struct bench_operator *op;
    enum bench_dtype dtype;
    int64_t shape[BENCH_MAX_DIMS];
    int ndim;
    const char *params; /* all of them, in the operator's order */
    struct bench_role_choice roles[BENCH_ROLE_COUNT];
};

struct bench_reproduce_planner {
    const struct bench_claims *claims;
    struct bench_reproduce_options options;
    struct bench_arena *arena;
    struct bench_planned_op **ops;
    size_t op_count;
    struct bench_index *op_names; /* -> ops */
    struct bench_planned_case *cases;
    size_t case_count, case_capacity;
    struct bench_index *keys; /* -> cases */
    const char *cannot;       /* of the claim that is planned */
};

#endif
