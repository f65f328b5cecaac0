/*
 * One case from start to end, in a worker: who plays which role, compile, verify, tune, measure,
 * verify again. The answer is one record an implementation.
 */
#ifndef BENCH_CASE_RUN_CASE_H
#define BENCH_CASE_RUN_CASE_H

#include "bench/case/graph_time.h"
#include "bench/case/measure_case.h"
#include "bench/case/position.h"
#include "bench/case/record.h"
#include "bench/case/roofline.h"

/* A new interpreter imports torch and compiles anew: some ten seconds a death. An operator that
 * dies in two cases dies in the others as well. */
#define BENCH_RUN_MOST_DEATHS 2
/* What the reason of such a record begins with. */
#define BENCH_RUN_NOT_RUN "not run: "

struct bench_case_job {
    const struct bench_suite_case *suite_case;
    size_t index;  /* in the suite */
    uint64_t seed; /* the run's: of inputs */
    int process;   /* 0: the main run; see struct bench_record */
    bool twin;     /* one implementation is an arm twice, to compare it with itself */
    const struct bench_measure_settings *settings; /* NULL: verify only */
    const struct bench_graph_floor *graph_floor;   /* NULL: no second estimate by graphs */
    const struct bench_roofline *roofline;         /* NULL: nothing is known */
    /* Records of implementations of this case that ended earlier workers: they still play their
     * roles, but are not run again. */
    const struct bench_record *earlier;
    size_t earlier_count;
    /* Records of process 0 of this case; fixed[0] if there are none. An implementation that was
     * measured there uses the variant that was chosen there. */
    const struct bench_record *fixed;
    size_t fixed_count;
    /* Records of this operator in other cases that ended a worker. An implementation in Python
     * that has BENCH_RUN_MOST_DEATHS of them is not run again. */
    const struct bench_record *deaths;
    size_t death_count;
    struct bench_position *position;
    struct bench_arena *arena; /* of the records */
};

/* *records is in the arena. Errors: BENCH_EPOISONED if an implementation took the device with it
 * (job->position says which; err has the device's words), BENCH_EDISK if nothing can be compiled
 * because a disk is full, others if the harness itself failed. */
int bench_case_run(struct bench_session *s, const struct bench_case_job *job,
                   struct bench_record **records, size_t *count, struct bench_err *err);

#endif
