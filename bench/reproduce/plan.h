/*
 * From claims to a suite: which of them can be measured here, with which implementations, and the
 * suite of exactly these cases.
 */
#ifndef BENCH_REPRODUCE_PLAN_H
#define BENCH_REPRODUCE_PLAN_H

#include "bench/reproduce/claims.h"
#include "bench/util/str.h"

struct bench_reproduce_options {
    const char *kernels; /* folder of operators */
    /* Who plays a role, whatever the claims say; NULL: who the claims name, else who `roles`
     * chooses. */
    const char *players[BENCH_ROLE_COUNT];
    const struct bench_suite *roles; /* NULL: none */
    bool allow_changed;              /* sources that are not those of the claims */
};

/* What will be measured for a claim. Strings live in the plan. */
struct bench_planned_claim {
    const char *cannot;   /* why it cannot be run; NULL: it can */
    const char *identity; /* as bench_claim_identity, with all params; NULL if it cannot be run */
    const char *note;     /* what is allowed and still worth saying; NULL: nothing */
    size_t number;        /* of its case in the suite; of a whole operator nothing */
};

struct bench_reproduce_plan {
    const struct bench_claims *claims;
    struct bench_planned_claim *items;       /* one a claim */
    size_t cases;                            /* different ones that can be run */
    size_t can_run;                          /* claims */
    struct bench_reproduce_planner *planner; /* private */
};

/* `claims`, and what the options point to, must outlive the plan. Nothing here fails: what is wrong
 * is why a claim cannot be run. */
void bench_reproduce_plan_init(struct bench_reproduce_plan *plan, const struct bench_claims *claims,
                               const struct bench_reproduce_options *options);
void bench_reproduce_plan_fini(struct bench_reproduce_plan *plan);

/* The suite, as a file has it. Its settings are those of the run that the claims come from, as far
 * as these are known: seed, rounds, precision, mode, cache. */
void bench_reproduce_plan_suite(const struct bench_reproduce_plan *plan, struct bench_str *out);
/* The suite of what wanted[claims] need alone (of a whole operator all of its cases), whose rounds
 * are for the command line to say. Returns the number of its cases. */
size_t bench_reproduce_plan_suite_again(const struct bench_reproduce_plan *plan, const bool *wanted,
                                        struct bench_str *out);

/* The folder of operators that the claims were measured from: its run has descriptions of its own,
 * or says where they were; NULL if there is none here. The caller frees. */
char *bench_reproduce_kernels(const struct bench_claims *claims);

#endif
