/*
 * Confirming: operators that passed a rule in the main run are measured again in fresh processes,
 * with other seeds (inputs, orders) and the variants that the main run chose. So the samples that
 * chose the best of many variants are not those that it is judged by, and what is peculiar to one
 * process (its memory's addresses, its clocks) shows as spread between processes.
 */
#ifndef BENCH_RUN_CONFIRM_H
#define BENCH_RUN_CONFIRM_H

#include "bench/run/run.h"

/* After bench_run_cases has ended well. Measures settings.confirm times, or not at all if no
 * operator passed. The records carry the number of their process, 1 and up; those of the main run
 * stay as they are, and an implementation that fails is lost to that process only. Errors as of
 * bench_run_cases. */
int bench_run_confirm(struct bench_run *run, struct bench_results *results,
                      struct bench_progress *progress, struct bench_err *err);

#endif
