/*
 * Claims about speed, from whatever they were published in: a run's folder, performance data, a
 * selection, FlagGems' own records, a small table. A claim says how much faster the candidate of an
 * operator is than another implementation, in one case or over all cases of the operator.
 */
#ifndef BENCH_REPRODUCE_CLAIMS_H
#define BENCH_REPRODUCE_CLAIMS_H

#include <stddef.h>
#include <stdint.h>

#include "bench/perf/json.h"
#include "bench/reproduce/verdict.h"
#include "bench/spec/suite.h"
#include "bench/util/mem.h"

/* Strings live in the arena of the claims; NULL where nothing is known. */
struct bench_claim {
    const char *op;    /* without "aten::" */
    const char *dtype; /* torch's name */
    int64_t shape[BENCH_MAX_DIMS];
    int ndim;
    const char *params; /* a JSON object; "{}" for none. In FlagGems' records what the arguments
                           were, as text */
    bool whole;         /* over `cases` cases of the operator; it has no dtype, shape and params */
    size_t cases;
    enum bench_role against; /* BENCH_REFERENCE or BENCH_BASELINE */
    struct bench_speedup speedup;
    double bar;         /* 1, or for a whole operator the threshold that it was held against */
    double your_ms;     /* the candidate's time; NAN: not told */
    const char *answer; /* of a whole operator: pass, fail, undetermined */
    const char *players[BENCH_ROLE_COUNT]; /* names of implementations */
    const char *source_hashes[BENCH_ROLE_COUNT];
    const char *variant; /* the candidate's, as JSON */
    const char *place;   /* "claims.csv:3", "x.json:12:7" */
    const char *note;    /* what is odd about it */
};

/* A case that the data say has no time: the role that failed, and how. */
struct bench_claim_failure {
    const char *op, *dtype, *params, *role, *status, *reason;
    int64_t shape[BENCH_MAX_DIMS];
    int ndim;
};

enum bench_claims_form {
    BENCH_CLAIMS_RUN,    /* the folder of a run */
    BENCH_CLAIMS_DATA,   /* performance data */
    BENCH_CLAIMS_RECORD, /* FlagGems' own record: its candidate is FlagGems, its baseline torch */
    BENCH_CLAIMS_SELECTION, /* what `bench select` wrote */
    BENCH_CLAIMS_TABLE      /* CSV */
};

struct bench_claims {
    const char *path; /* as it was given */
    enum bench_claims_form form;
    const char *form_name; /* "run folder", "performance data", … */
    struct bench_claim *items;
    size_t count, capacity;
    struct bench_claim_failure *failures;
    size_t failure_count, failure_capacity;
    const char *folder;              /* of a run: beside run.json; NULL: there is none */
    struct bench_json_doc *run_json; /* NULL: not known where the claims come from */
    const char *device, *device_kind, *mode, *cache; /* NULL: not told */
    struct bench_arena *arena;
};

/* Reads claims; `flaggems` is the file of reference times that belongs to performance data without
 * ratios, or NULL. BENCH_ENOTFOUND, BENCH_EINPUT with the place of the first fault. A run must be
 * finished. */
int bench_claims_load(const char *path, const char *flaggems, struct bench_claims **claims,
                      struct bench_err *err);
/* The same of a run that was made to check claims: it may have measured nothing that is one. */
int bench_claims_load_measured(const char *folder, struct bench_claims **claims,
                               struct bench_err *err);
void bench_claims_free(struct bench_claims *claims); /* NULL-safe */

/* Text that is equal for equal cases, whatever the order and spelling of the params (a JSON object,
 * or any text); in the arena. */
const char *bench_claim_identity(struct bench_arena *arena, const char *op, const char *dtype,
                                 const int64_t *shape, int ndim, const char *params);

/* "gelu float32 [64, 64] {"approximate":"none"}", or "gelu, 24 cases"; the caller frees. */
char *bench_claim_label(const struct bench_claim *claim);

#endif
