/*
 * Criteria files (docs/criteria.md; configs/criteria/): the rule by which the cases of an operator
 * become one decision, as data. What is shipped is read from the same files as one's own.
 */
#ifndef SELECTOR_CRITERIA_H
#define SELECTOR_CRITERIA_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/util/err.h"
#include "selector/dataset.h"

/* How the cases become one value, and what of it must reach the threshold. */
enum bench_aggregate {
    BENCH_AGGREGATE_GEOMEAN,  /* the weighted geometric mean */
    BENCH_AGGREGATE_WORST,    /* the worst case: the least speedup, the greatest relative time */
    BENCH_AGGREGATE_QUANTILE, /* the value that a share of 1 - part of the cases reaches */
    BENCH_AGGREGATE_SHARE,    /* the share of the cases that reach the threshold, against part */
    BENCH_AGGREGATE_ANY       /* one case is enough */
};

/* What an operator that is undetermined, or a case that cannot be compared, counts as. */
enum bench_counts_as {
    BENCH_COUNTS_FAIL,
    BENCH_COUNTS_PASS,
    BENCH_COUNTS_IGNORE,
    BENCH_COUNTS_REFUSE /* nothing is selected, and nothing written */
};

/* Cases by the product of the numbers in their shape. */
struct bench_shape_class {
    const char *name;
    double below; /* elements; INFINITY in the last class */
    double weight;
};

struct bench_criteria {
    const char *name; /* letters, digits, '-' and '_': part of file names */
    const char *file; /* the path it was read from */
    enum bench_dataset_rule field;
    double threshold;
    enum bench_aggregate aggregate;
    double part;        /* of QUANTILE, in [0, 1); of SHARE, in (0, 1]: 1 for "every" */
    double worst_bound; /* no case may be worse; NAN: there is none */
    const struct bench_shape_class *classes; /* bounds ascend */
    size_t class_count;                      /* 0: every case weighs 1 */
    bool correct;                            /* one wrong or failed case rules the operator out;
                                                else it counts as infinitely slow */
    size_t least_cases, least_dtypes;        /* of cases that reach the threshold, each alone */
    enum bench_counts_as undetermined;
    enum bench_counts_as uncompared; /* not PASS */
    bool intervals;                  /* they decide where the data have them; else points do */
    bool plan; /* lists and averages as the user's plan: passing cases only, arithmetic means,
                  rounded to three decimals; plain double arithmetic throughout */
    struct bench_json_doc *doc; /* private: owns the strings */
    struct bench_shape_class *owned_classes;
};

/* BENCH_EINPUT with the place of the fault, BENCH_ENOTFOUND. The caller frees. */
int bench_criteria_read(const char *path, struct bench_criteria **criteria, struct bench_err *err);
/* The same of a text; `name` stands for the path in messages. */
int bench_criteria_parse(const char *name, const char *text, size_t length,
                         struct bench_criteria **criteria, struct bench_err *err);
/* Those of configs/criteria: batch 1 or 2; policy "geomean" or "per-config". */
int bench_criteria_shipped(int batch, const char *policy, struct bench_criteria **criteria,
                           struct bench_err *err);
void bench_criteria_free(struct bench_criteria *criteria); /* NULL-safe */

/* 1 for speedup_vs_flaggems, 2 for relative_to_cuda. */
int bench_criteria_batch(const struct bench_criteria *criteria);
/* Higher is better. */
bool bench_criteria_at_least(const struct bench_criteria *criteria);
/* The value of one case, or a mean, reaches the bound. What differs from it by the rounding of a
 * division is equal to it, so that other units of time change no decision (not in `plan`, which
 * compares as the user's plan does). */
bool bench_criteria_reaches(const struct bench_criteria *criteria, double value, double bound);
/* Of a case with this many elements. */
double bench_criteria_weight(const struct bench_criteria *criteria, double elements);

/* The words of the file. */
const char *bench_aggregate_name(const struct bench_criteria *criteria);
const char *bench_counts_as_name(enum bench_counts_as counts_as);

/* The rule in a line: "geometric mean of flaggems_time / your_time >= 1.30, no case below 0.80";
 * the caller frees. */
char *bench_criteria_describe(const struct bench_criteria *criteria);

#endif
