/* bench history without an operator: what there is, and what changed lately. */
#ifndef BENCH_CLI_HISTORY_OVERVIEW_H
#define BENCH_CLI_HISTORY_OVERVIEW_H

#include "bench/cli/history_draw.h"

/* Prints it. Without filter->since_s, changes are looked for in the last 90 runs. */
int history_overview(struct bench_history *history, const struct bench_history_filter *filter,
                     enum bench_history_role role, double least, const struct history_style *style,
                     struct bench_err *err);

#endif
