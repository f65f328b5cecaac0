/* A selection for people: on the terminal, a table with every operator and why, and the best of
 * them; as Markdown, the same for a pull request. */
#ifndef BENCH_CLI_SELECT_REPORT_H
#define BENCH_CLI_SELECT_REPORT_H

#include "bench/util/str.h"
#include "selector/select.h"

/* `path` is where the selection was written. */
void bench_select_report(const struct bench_selection *selection, const char *path);

void bench_select_markdown(const struct bench_selection *selection, struct bench_str *out);

/* The best of the selected operators by their mean speedup, or by their mean time relative to the
 * baseline: up to `count` in `best`, in that order; returns how many. */
size_t bench_select_best(const struct bench_selection *selection, bool speedup,
                         const struct bench_selection_op **best, size_t count);

#endif
