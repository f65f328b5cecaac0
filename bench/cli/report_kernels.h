/* `bench report --format kernels`: the page of a folder of operators. */
#ifndef BENCH_CLI_REPORT_KERNELS_H
#define BENCH_CLI_REPORT_KERNELS_H

#include "bench/report/report.h"

struct bench_report_kernels_options {
    const char *kernels; /* folder of operators; NULL: the installation's */
    const char *const *runs;
    size_t run_count; /* 0: descriptions alone */
    unsigned flags;   /* of bench_outcome_load */
};

/* Reads the descriptions, the suites of ../configs seen from their folder, if it is there, and the
 * runs, and writes the page. A description or suite with a fault is BENCH_EINPUT. */
int bench_cli_report_kernels(const struct bench_report_kernels_options *options,
                             bench_report_sink sink, void *context, struct bench_err *err);

#endif
