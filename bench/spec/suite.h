/* Suites (configs/<name>.json): which operators, cases and roles, and measuring settings. */
#ifndef BENCH_SPEC_SUITE_H
#define BENCH_SPEC_SUITE_H

#include "bench/spec/plan.h"

enum bench_role { BENCH_CANDIDATE, BENCH_REFERENCE, BENCH_BASELINE, BENCH_ROLE_COUNT };
/* "candidate", "reference", "baseline" */
const char *bench_role_name(enum bench_role role);

enum bench_cache_mode { BENCH_CACHE_COLD, BENCH_CACHE_HOT };

/* Kernel: the device's time alone. Operator: a whole call as its user feels it, host time included.
 */
enum bench_mode { BENCH_MODE_KERNEL, BENCH_MODE_OPERATOR };

/* A claim over fewer processes says too little; over more it only costs. */
#define BENCH_CONFIRM_LEAST 3
#define BENCH_CONFIRM_MOST 100

struct bench_settings {
    int rounds;        /* timed rounds of a case; 0 (default): as many as it needs, see below */
    int least_rounds;  /* before the first look; default 16 */
    int most_rounds;   /* default 1024 */
    double precision;  /* enough: relative half-width of a ratio's interval; default 0.005 */
    double confidence; /* of intervals and decisions; default 0.95 */
    double speedup_threshold;  /* speedup_vs_flaggems at least; default 1.30 */
    double relative_threshold; /* relative_to_cuda at most; default 1.25 */
    int confirm;               /* fresh processes that measure winners again; default 0 */
    bool aa;                   /* measure some kernels against themselves; default true */
    bool do_bench;             /* record what Triton's do_bench would say; default true */
    enum bench_mode mode;      /* default kernel */
    int tune_rounds;           /* rounds to choose a variant; default 7 */
    int warmup_rounds;         /* default 3 */
    enum bench_cache_mode cache;
    uint64_t seed; /* of inputs and orders; 1 if not given, and then `bench run` draws one */
    bool seed_given;
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
    char hash[33]; /* of the file's bytes, and its base's */
    struct bench_settings settings;
    struct bench_operator **operators; /* those the suite uses, owned */
    size_t operator_count;
    struct bench_suite_case *cases; /* in the order of the file; no duplicates */
    size_t case_count;
    const char **notes; /* what was skipped and why, for the user */
    size_t note_count;
    const char *stray_name; /* the first name in `roles` that no operator has, as a fault with its
                               place; NULL: there is none, or a filter left operators out */
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

/* Sets in_python of every operator; bench_suite_read does it. */
void bench_suite_mark_python(struct bench_suite *suite);
/* True if anything that the roles name, or an oracle, is called in Python. */
bool bench_suite_is_in_python(const struct bench_suite *suite);
/* False where an oracle is in Python, where a case has no candidate that does without, or where no
 * case has a reference, or a baseline, that does: a suite of which some operators have one is still
 * worth measuring, and of the others it is said that they have none. */
bool bench_suite_can_leave_python(const struct bench_suite *suite);
/* For hosts without the interpreter that it takes: no operator is in Python any more, and what is
 * in Python cannot run, so that the next names of its roles play them. False, and nothing is
 * changed, where bench_suite_can_leave_python says no. */
bool bench_suite_leave_python(struct bench_suite *suite);

#endif
