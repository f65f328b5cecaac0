/* What a run says while it runs, on standard error: one line that is renewed on a terminal, plain
 * lines (one a case) otherwise. */
#ifndef BENCH_RUN_PROGRESS_H
#define BENCH_RUN_PROGRESS_H

#include <stdio.h>

#include "bench/case/position.h"
#include "bench/run/run.h"

struct bench_progress;

/* `terminal`: renew one line. `quiet`: say nothing. */
struct bench_progress *bench_progress_new(FILE *out, bool terminal, bool quiet);
/* Where there is no terminal: not a line a case, but every ten seconds how many are done, with
 * `head` before it, which is borrowed. */
void bench_progress_summarise(struct bench_progress *p, const char *head);
/* Takes the renewed line away. */
void bench_progress_free(struct bench_progress *p);

void bench_progress_compiled(struct bench_progress *p, size_t done, size_t total, const char *what);
/* The confirming process run->process begins, with so many cases. */
void bench_progress_confirming(struct bench_progress *p, const struct bench_run *run, size_t cases);
/* Every now and then, with where a worker is; it is at the case `case_index`. */
void bench_progress_tick(struct bench_progress *p, const struct bench_run *run, size_t case_index,
                         const struct bench_position *position);
/* A signal has come: what it waits for, and how not to. Said once, even if quiet. */
void bench_progress_stopping(struct bench_progress *p);
/* One of several devices is not used any more. Said even if quiet. */
void bench_progress_lost(struct bench_progress *p, const struct bench_run_device *device);
/* A record was taken; failures are told at once. */
void bench_progress_record(struct bench_progress *p, const struct bench_run *run,
                           const struct bench_record *record);
/* All records of a case were taken. */
void bench_progress_case(struct bench_progress *p, const struct bench_run *run, size_t case_index);

#endif
