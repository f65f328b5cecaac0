/* A selection on the terminal: a table with every operator and why, and the best of them. */
#ifndef BENCH_CLI_SELECT_REPORT_H
#define BENCH_CLI_SELECT_REPORT_H

#include "selector/select.h"

/* `path` is where the selection was written. */
void bench_select_report(const struct bench_selection *selection, const char *path);

#endif
