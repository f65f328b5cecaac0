/* What the parts of the selection share; private to selector/. */
#ifndef SELECTOR_SELECT_IMPL_H
#define SELECTOR_SELECT_IMPL_H

#include "selector/aggregate.h"
#include "selector/select.h"

struct bench_selector {
    struct bench_selection *out;
    const struct bench_dataset *your;
    const struct bench_dataset *flaggems; /* NULL if there is none */
    const struct bench_join *join;
    bool *taken; /* of each case of flaggems: some candidate's partner; NULL without flaggems */

    /* Of the operator in hand: what the criteria see of its cases. */
    struct bench_sample *samples;
    size_t sample_count;
    size_t sample_cap;
    size_t known; /* samples that are not lost and have an interval */
    size_t lost;
};

/* select_cases.c: counts, op->cases and the samples. */
void bench_selector_read_cases(struct bench_selector *sel, struct bench_selection_op *op);

/* select_checks.c: op->checks, answer, decision. */
void bench_selector_check(struct bench_selector *sel, struct bench_selection_op *op);

/* select_reason.c: the sentence, in the selection's arena. */
const char *bench_selector_reason(const struct bench_selector *sel,
                                  const struct bench_selection_op *op);

/* The value that the criterion is about. */
double bench_selection_value(const struct bench_selection *s, const struct bench_selection_case *c);
/* The run's intervals are of these very data: of batch 1, the reference data are of the same run.
 */
bool bench_selection_has_intervals(const struct bench_selection *s,
                                   const struct bench_selection_op *op);

#endif
