/* A run of tests/resources/suites/null.json, as it is before its first case: what journals, worker
 * messages and run folders are read into. */
#ifndef TESTS_FUZZ_RUN_FIXTURE_H
#define TESTS_FUZZ_RUN_FIXTURE_H

#include "bench/run/run.h"

/* Probed once a process; free what was added with fuzz_run_fini. */
void fuzz_run_init(struct bench_run *run);
void fuzz_run_fini(struct bench_run *run);
/* What is done with any records: judged, and written as performance data, run.json and table. */
void fuzz_run_report(const struct bench_run *run);

#endif
