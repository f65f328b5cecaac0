/* The latest steps of all courses, for the overview: those of an operator's cases in one line, and
 * what moved everything in one, too. */
#ifndef BENCH_CLI_HISTORY_CHANGES_H
#define BENCH_CLI_HISTORY_CHANGES_H

#include "bench/cli/history_draw.h"

/* Prints them, the latest first, of the courses that the filter leaves. */
int history_changes(struct bench_history *history, const struct bench_history_filter *filter,
                    enum bench_history_role role, double least, const struct history_style *style,
                    struct bench_err *err);

#endif
