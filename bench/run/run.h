/*
 * A run: a suite on a device, from start to end. The process that calls these functions is the
 * supervisor: it never touches the device, nor code of candidates; children do. It watches their
 * deadlines, writes each result to the journal before it counts, and replaces a dead worker, losing
 * only the implementation at fault.
 */
#ifndef BENCH_RUN_RUN_H
#define BENCH_RUN_RUN_H

#include <signal.h>

#include "bench/run/facts.h"
#include "bench/run/floor.h"
#include "bench/run/record.h"

struct bench_progress;
struct bench_results;

struct bench_run_options {
    const char *device; /* as for bench_device_open */
    bool sanitize;      /* the process has AddressSanitizer loaded; cpu device only */
    int jobs;           /* compilations at a time; 0: one a CPU */
    double timeout_s;   /* for one launch, sample or check of an implementation */
    double max_case_ms; /* host time that the rounds of one case may take */
    const volatile sig_atomic_t *interrupted; /* set by a signal handler; the run then ends */
};

struct bench_run {
    const struct bench_suite *suite;
    struct bench_settings settings; /* the suite's, with those of the command line */
    struct bench_run_options options;

    struct bench_device_info info;     /* set by _probe */
    char why[256];                     /* which device was taken, and why */
    char compiler[256];                /* "NVRTC 13.0"; or why there is none */
    struct bench_floor gated, ungated; /* set by each worker: the last one's */
    struct bench_facts facts_at_start; /* after the first worker's calibration */
    struct bench_facts facts_at_end;   /* after the last case that was finished */

    struct bench_record *records; /* all so far, in the order of the journal */
    size_t record_count, record_capacity;
    size_t cases_done;
    size_t workers_lost; /* died or were killed */
    double measuring_s;  /* host time between the first and last case's records */
    bool was_interrupted;
    struct bench_arena *arena; /* of the records */
};

/* `suite`, and what the options point to, must outlive the run. */
void bench_run_init(struct bench_run *run, const struct bench_suite *suite,
                    const struct bench_run_options *options);
void bench_run_fini(struct bench_run *run);

/* True, and noted in the run, once a signal has come. */
bool bench_run_interrupted(struct bench_run *run);

/* Opens the device in a child, to learn what it is. BENCH_ENOTFOUND if there is none. */
int bench_run_probe(struct bench_run *run, struct bench_err *err);
/* Compiles ahead, in a child with several threads. What cannot be compiled is not reported here:
 * the worker will, for the implementation at fault. BENCH_EINTERRUPTED. */
int bench_run_compile(struct bench_run *run, struct bench_progress *progress,
                      struct bench_err *err);
/* Runs all cases in workers. BENCH_EINTERRUPTED if it was ended by a signal; other errors mean that
 * no worker can run here. What was finished is in the journal in every case. */
int bench_run_cases(struct bench_run *run, struct bench_results *results,
                    struct bench_progress *progress, struct bench_err *err);

/* The record of the implementation that plays a role in a case, or NULL. */
const struct bench_record *bench_run_find(const struct bench_run *run, size_t case_index,
                                          enum bench_role role);
/* How many records have failed, in the sense of bench_status_failed. */
size_t bench_run_failures(const struct bench_run *run);

#endif
