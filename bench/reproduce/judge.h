/* What became of the claims: each held against what was measured here. */
#ifndef BENCH_REPRODUCE_JUDGE_H
#define BENCH_REPRODUCE_JUDGE_H

#include "bench/reproduce/environment.h"
#include "bench/reproduce/plan.h"

struct bench_reproduced {
    enum bench_claim_verdict verdict;
    const char *why;               /* "" where the numbers say all */
    struct bench_speedup measured; /* NANs where nothing was measured */
    double your_ms;                /* the candidate's time here; NAN */
    const char *variant;           /* the candidate's here, if it is another than claimed; NULL */
};

struct bench_reproduction {
    const struct bench_claims *claims;
    struct bench_reproduced *items; /* one a claim */
    size_t counts[BENCH_CLAIM_VERDICTS];
    double score; /* share of all claims that are reproduced or better */
    double tolerance;
    const char *evidence; /* the folder of the run that measured them; NULL: nothing could be run */
    struct bench_environment environment; /* empty if nothing could be run */
    struct bench_arena *arena;
};

/* `measured` is the run of the plan's suite, NULL if no claim can be run; all of it must outlive
 * the reproduction. */
void bench_reproduction_init(struct bench_reproduction *r, const struct bench_reproduce_plan *plan,
                             const struct bench_claims *measured, double tolerance);
void bench_reproduction_fini(struct bench_reproduction *r);

/* True if all claims are reproduced or better. */
bool bench_reproduction_holds(const struct bench_reproduction *r);

#endif
