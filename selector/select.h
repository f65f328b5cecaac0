/*
 * The decision: which operators earn their place, and why the others do not.
 *
 *   batch 1  operators FlagGems has    speedup  = flaggems_time / your_time  >= 1.30
 *   batch 2  operators new to it       relative = your_time / cuda_time      <= 1.25
 *
 * Policies differ in how the cases of an operator become one decision:
 *   geomean     every case of the operator must be comparable, none may have failed or be wrong,
 * and the geometric mean over all of them must pass. All cases are kept, averages are geometric
 * means. One more case that fails, whoever's, never selects an operator. per-config  the user's
 * plan to the letter: one passing case is enough, only passing cases are kept, and averages are
 * arithmetic means over those.
 *
 * geomean goes by what the run itself decided, where the data tell ("decisions"): from intervals,
 * so that the answer may also be that nothing is certain, which selects nothing. Data without it,
 * and per-config, are decided by point estimates, the ratios of two times as they stand in the
 * data; the reasons say so, and count the cases whose times are near the timing floor.
 */
#ifndef SELECTOR_SELECT_H
#define SELECTOR_SELECT_H

#include "selector/dataset.h"
#include "selector/join.h"
#include "selector/players.h"

#define BENCH_BATCH1_MIN_SPEEDUP 1.30
#define BENCH_BATCH2_MAX_RELATIVE 1.25

enum bench_policy { BENCH_POLICY_GEOMEAN, BENCH_POLICY_PER_CONFIG };

const char *bench_policy_name(enum bench_policy policy);
/* 0, or BENCH_EINPUT with the known names in the message. */
int bench_policy_parse(const char *name, enum bench_policy *policy, struct bench_err *err);

/* Which operators of the candidate data are looked at. */
enum bench_select_scope {
    BENCH_SCOPE_ALL,
    BENCH_SCOPE_KNOWN, /* those FlagGems has: with reference times, or failed attempts at them */
    BENCH_SCOPE_NEW    /* the others */
};

struct bench_selection_case {
    const struct bench_dataset_case *candidate;
    const struct bench_dataset_case *reference; /* NULL if there is none */
    double speedup;                             /* flaggems / your; NAN without a reference */
    double relative;                            /* your / cuda; NAN without a baseline */
    bool pass;                                  /* this case alone meets the criterion */
};

struct bench_selection_op {
    const struct bench_dataset_op *op;
    const struct bench_dataset_op *reference; /* NULL if FlagGems does not have it */
    bool selected;
    /* What the run decided by the criterion, and what selected went by; NULL: point estimates. */
    const struct bench_dataset_decision *decision;
    const char *reason; /* a sentence: why it was selected, or why not */

    size_t total;      /* all cases that the data name, also those that nobody could run; in batch
                          1 those of the reference data too */
    size_t measured;   /* cases with a candidate's time */
    size_t failed;     /* cases in which the candidate failed or was wrong */
    size_t compared;   /* cases for which the criterion can be calculated */
    size_t passed;     /* compared cases that meet it, taken alone */
    size_t near_floor; /* compared cases with a time near the timing floor: uncertain ratios */

    struct bench_selection_case *cases; /* those that the averages are over */
    size_t case_count;
    double avg_speedup;    /* NAN if no case has it */
    double avg_relative;   /* NAN if no case has it */
    double worst_speedup;  /* the least of all compared cases; NAN likewise */
    double worst_relative; /* the greatest; NAN likewise */
};

struct bench_selection {
    int batch;
    enum bench_policy policy;
    double threshold;
    const char *criterion;          /* "speedup_vs_flaggems" or "relative_to_cuda" */
    const char *your_path;          /* as given */
    const char *flaggems_path;      /* NULL in batch 2 without reference data */
    const char *device;             /* NULL if the data do not tell */
    const char *device_kind;        /* likewise: cuda, cpu, null */
    struct bench_players players;   /* who stands for FlagGems and CUDA, if the data tell */
    struct bench_selection_op *ops; /* in the order of the data */
    size_t op_count;
    size_t selected_ops;
    size_t selected_cases;
    struct bench_arena *arena; /* private */
};

/* Decides for every operator of `your` within the scope. The data must be free of errors and
 * outlive the selection; `flaggems` may be NULL in batch 2. */
struct bench_selection *bench_select(int batch, enum bench_policy policy,
                                     enum bench_select_scope scope,
                                     const struct bench_dataset *your,
                                     const struct bench_dataset *flaggems,
                                     const struct bench_join *join);
void bench_selection_free(struct bench_selection *selection); /* NULL-safe */

#endif
