/* What the files of the comparison share; private to bench/compare. */
#ifndef BENCH_COMPARE_COMPARE_IMPL_H
#define BENCH_COMPARE_COMPARE_IMPL_H

#include "bench/compare/compare.h"
#include "bench/util/mem.h"

/* BENCH_EINPUT if the runs cannot be compared. */
int bench_compare_check(const struct bench_comparison *c, struct bench_err *err);
/* Fills in differences. */
void bench_compare_environment(struct bench_comparison *c);
/* Fills in the times of cases and operators, and judges them. */
void bench_compare_times(struct bench_comparison *c);
/* Fills in news, regressions and summary. */
void bench_compare_news(struct bench_comparison *c);

void bench_compare_note(struct bench_comparison *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The role is ok, and has a time. */
bool bench_compare_has_time(const struct bench_outcome_role *role);
/* Both are the same implementation of the same code, as far as both tell. */
bool bench_compare_same_code(const struct bench_outcome_role *a,
                             const struct bench_outcome_role *b);
/* "3.1 % slower", "0.4 % faster"; of a change B / A. */
const char *bench_compare_percent(struct bench_arena *arena, double change);
/* "1 case", "3 cases" */
const char *bench_compare_count(struct bench_arena *arena, size_t count, const char *one,
                                const char *many);

#endif
