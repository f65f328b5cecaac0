/* For tests of whole cases (bench_case_run) on an operator that the test writes itself. */
#ifndef TESTS_RUN_JOB_FIXTURE_H
#define TESTS_RUN_JOB_FIXTURE_H

#include "bench/case/run_case.h"

struct job_fixture {
    char folder[32];
    struct bench_session s;
    struct bench_arena *arena;
    struct bench_operator *op;
    struct bench_suite_case suite_case;
    struct bench_measure_settings settings;
    struct bench_case_job job;
    struct bench_record *records; /* of the last run */
    size_t record_count;
};

/* Adaptive settings: kernel mode, cold cache, no do_bench; no roofline. */
void job_open(struct job_fixture *f, const char *device);
/* An operator `made` of float32 tensors x[n] -> out[n] (8 n bytes, n flops) with the
 * implementations of a JSON array; `source` (may be NULL) becomes made.cu, and its kernel `oracle`
 * the oracle. */
void job_operator(struct job_fixture *f, const char *implementations, const char *source,
                  int64_t n);
/* Who plays what; NULL: nobody. */
void job_roles(struct job_fixture *f, const char *candidate, const char *reference,
               const char *baseline);
/* Runs the case; fails the test if the harness does. */
void job_run(struct job_fixture *f);
/* The record of who plays `role`, of the last run. */
const struct bench_record *job_record(const struct job_fixture *f, enum bench_role role);
void job_close(struct job_fixture *f);

#endif
