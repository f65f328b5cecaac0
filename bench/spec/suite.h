/* Suites (configs/<name>.json): which operators, cases and roles, and measuring settings. */
#ifndef BENCH_SPEC_SUITE_H
#define BENCH_SPEC_SUITE_H

#include "bench/spec/plan.h"

enum bench_role { BENCH_CANDIDATE, BENCH_REFERENCE, BENCH_BASELINE, BENCH_ROLE_COUNT };
/* "candidate", "reference", "baseline" */
const char *bench_role_name(enum bench_role role);

enum bench_cache_mode { BENCH_CACHE_COLD, BENCH_CACHE_HOT };

struct bench_settings {
    int rounds;        /* timed rounds of a case; default 100 */
    int tune_rounds;   /* rounds to choose a variant; default 7 */
    int warmup_rounds; /* default 3 */
    enum bench_cache_mode cache;
    uint64_t seed; /* default 1 */
};

struct bench_role_choice {
    const char **names; /* implementations in order of preference */
    size_t count;       /* 0: the role is not filled */
};

struct bench_suite_case {
    struct bench_case plan;
    struct bench_role_choice roles[BENCH_ROLE_COUNT];
};

struct bench_suite {
    const char *name, *description, *file;
    char hash[33];
    struct bench_settings settings;
    struct bench_operator **operators; /* those the suite uses, owned */
    size_t operator_count;
    struct bench_suite_case *cases; /* in the order of the file; no duplicates */
    size_t case_count;
    const char **notes; /* what was skipped and why, for the user */
    size_t note_count;
};

/* Narrowing from the command line; empty lists mean no limit. A name that matches nothing is an
 * error that lists what there is. */
struct bench_suite_filter {
    const char *const *operators;
    size_t operator_count;
    const char *const *dtypes;
    size_t dtype_count;
    size_t max_cases_per_operator; /* 0: no limit */
};

/* Reads the suite and every operator it names from `kernels_dir`, expands the grids and plans every
 * case. Errors name file and place. */
int bench_suite_read(const char *path, const char *kernels_dir,
                     const struct bench_suite_filter *filter, struct bench_suite **suite,
                     struct bench_err *err);
void bench_suite_free(struct bench_suite *suite);

#endif
