/*
 * One case from start to end, in a worker: who plays which role, compile, verify, tune, measure,
 * verify again. The answer is one record an implementation.
 */
#ifndef BENCH_RUN_RUN_CASE_H
#define BENCH_RUN_RUN_CASE_H

#include "bench/run/measure_case.h"
#include "bench/run/position.h"
#include "bench/run/record.h"

struct bench_case_job {
    const struct bench_suite_case *suite_case;
    size_t index;                                  /* in the suite */
    uint64_t seed;                                 /* the run's: of inputs */
    const struct bench_measure_settings *settings; /* NULL: verify only */
    /* Records of implementations of this case that ended earlier workers: they still play their
     * roles, but are not run again. */
    const struct bench_record *earlier;
    size_t earlier_count;
    struct bench_position *position;
    struct bench_arena *arena; /* of the records */
};

/* *records is in the arena. Errors: BENCH_EPOISONED if an implementation took the device with it
 * (job->position says which; err has the device's words), others if the harness itself failed. */
int bench_case_run(struct bench_session *s, const struct bench_case_job *job,
                   struct bench_record **records, size_t *count, struct bench_err *err);

#endif
