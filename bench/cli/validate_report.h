/* What bench validate says. */
#ifndef BENCH_CLI_VALIDATE_REPORT_H
#define BENCH_CLI_VALIDATE_REPORT_H

#include <stdbool.h>

#include "bench/cli/perf_data.h"

/* Faults to standard error; counts, unless `quiet`, to standard output. */
void bench_validate_report_text(const struct bench_perf_data *data, bool quiet, bool valid);
/* One document to standard output (docs/formats.md, "bench validate --format json"). */
void bench_validate_report_json(const struct bench_perf_data *data, bool valid);

#endif
