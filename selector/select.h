/*
 * The decision: which operators earn their place, and why the others do not. The rule is data
 * (selector/criteria.h; docs/criteria.md says what each key means); the shipped ones are
 *
 *   batch 1  operators FlagGems has    speedup  = flaggems_time / your_time  >= 1.30
 *   batch 2  operators new to it       relative = your_time / cuda_time      <= 1.25
 *
 * over the geometric mean of all cases, every one of which must be comparable and right, and the
 * user's plan to the letter (per-config): one passing case is enough, only passing cases are kept,
 * averages are arithmetic means over those.
 *
 * Where the data tell intervals, those decide, so the answer may also be that nothing is certain:
 * what the run itself decided of the operator where that answers the same question, else what
 * follows from the intervals of its cases. Data without intervals, and criteria that ask for it,
 * are decided by point estimates, the ratios of two times as they stand in the data; the reasons
 * say so. Whatever the criteria, one more case that fails never selects an operator, unless they
 * count what is undetermined as passed.
 */
#ifndef SELECTOR_SELECT_H
#define SELECTOR_SELECT_H

#include "bench/measure/decide.h"
#include "selector/criteria.h"
#include "selector/dataset.h"
#include "selector/join.h"
#include "selector/players.h"

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
    bool pass; /* this case alone is right and reaches the threshold, by its point estimate */
};

/* What an answer rests on. */
enum bench_evidence {
    BENCH_BY_POINTS,
    BENCH_BY_CASES, /* the intervals of the cases */
    BENCH_BY_RUN    /* the run's own interval of the operator, maybe over fresh processes */
};

/* One of the things that were looked at, in numbers. */
enum bench_check_kind {
    BENCH_CHECK_CORRECT,   /* value: cases in which the candidate failed or was wrong */
    BENCH_CHECK_COMPARED,  /* value: cases that could not be compared */
    BENCH_CHECK_AGGREGATE, /* value: what criteria->aggregate makes of the cases */
    BENCH_CHECK_WORST,     /* value: the worst case */
    BENCH_CHECK_CASES,     /* value: cases that reach the threshold, each alone */
    BENCH_CHECK_DTYPES,    /* value: their dtypes */
    BENCH_CHECKS
};
struct bench_check {
    enum bench_check_kind kind;
    double value, low, high; /* low and high only where by says interval */
    double bound;
    enum bench_answer answer;
    enum bench_evidence by;
    const char *open; /* why it is undetermined; "" otherwise */
};

struct bench_selection_op {
    const struct bench_dataset_op *op;
    const struct bench_dataset_op *reference; /* NULL if FlagGems does not have it */
    bool selected;
    bool refused;             /* the criteria refuse to decide: nothing may be written */
    enum bench_answer answer; /* of all checks together, before `undetermined` counts as anything */
    struct bench_check checks[BENCH_CHECKS]; /* those that the criteria ask for, in this order */
    size_t check_count;
    const struct bench_dataset_decision *decision; /* with BENCH_BY_RUN, else NULL */
    const char *reason;                            /* a sentence: why it was selected, or why not */

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
    const struct bench_criteria *criteria;
    int batch;
    const struct bench_dataset *your;
    const char *your_path;                            /* as given */
    const char *flaggems_path;                        /* NULL in batch 2 without reference data */
    const char *device;                               /* NULL if the data do not tell */
    const char *device_kind;                          /* likewise: cuda, cpu, null */
    const char *conditions[BENCH_DATASET_CONDITIONS]; /* mode and cache, likewise */
    const char *note;               /* what is unusual of these; NULL if nothing is */
    struct bench_players players;   /* who stands for FlagGems and CUDA, if the data tell */
    struct bench_selection_op *ops; /* in the order of the data */
    size_t op_count;
    size_t selected_ops;
    size_t selected_cases;
    size_t refused_ops;
    size_t by_points;          /* operators whose answer rests on point estimates alone */
    struct bench_arena *arena; /* private */
};

/* Decides for every operator of `your` within the scope. The data must be free of errors
 * (bench_evidence_check as well) and outlive the selection, as must the criteria; `flaggems` may be
 * NULL for relative_to_cuda. */
struct bench_selection *bench_select(const struct bench_criteria *criteria,
                                     enum bench_select_scope scope,
                                     const struct bench_dataset *your,
                                     const struct bench_dataset *flaggems,
                                     const struct bench_join *join);
void bench_selection_free(struct bench_selection *selection); /* NULL-safe */

/* The check of this kind, or NULL. */
const struct bench_check *bench_selection_check(const struct bench_selection_op *op,
                                                enum bench_check_kind kind);

/* The check whose value stands for the operator as a ratio with an interval: what was judged, which
 * allows for the floor and may come from fresh processes, where avg_speedup and avg_relative are of
 * the times as they stand in the data. NULL where points decide, or where what is judged is no
 * ratio (a share of the cases). */
const struct bench_check *bench_selection_judged(const struct bench_selection *s,
                                                 const struct bench_selection_op *op);

#endif
