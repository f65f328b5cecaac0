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
    bool again;                    /* `measured` is of the second measurement … */
    struct bench_speedup first; /* … and this of the first, which left the claim undetermined */
};

struct bench_reproduction {
    const struct bench_claims *claims;
    struct bench_reproduced *items; /* one a claim */
    size_t counts[BENCH_CLAIM_VERDICTS];
    double score;               /* share of all claims that are reproduced or better */
    size_t again;               /* claims that were measured a second time */
    const char *again_evidence; /* the folder of that run; NULL: there was none */
    double tolerance;
    const char *evidence; /* the folder of the run that measured them; NULL: nothing could be run */
    struct bench_environment environment; /* empty if nothing could be run */
    struct bench_arena *arena;
};

/* `measured` is the run of the plan's suite, NULL if no claim can be run; all of it must outlive
 * the reproduction. */
void bench_reproduction_init(struct bench_reproduction *r, const struct bench_reproduce_plan *plan,
                             const struct bench_claims *measured, double tolerance);
/* What `again`, a second run, says of the claims that the first left undetermined takes the place
 * of that, whatever it says. It counts alone: its numbers do not depend on why it was made, so its
 * intervals hold as those of the first do. (Pooled with times that were chosen for being undecided
 * they would not.) What it did not measure stays as it is. */
void bench_reproduction_again(struct bench_reproduction *r, const struct bench_reproduce_plan *plan,
                              const struct bench_claims *again);
void bench_reproduction_fini(struct bench_reproduction *r);

/* True if all claims are reproduced or better. */
bool bench_reproduction_holds(const struct bench_reproduction *r);

#endif
