/*
 * Who plays which role in a case: the first of the names that the suite gives a role that can run
 * here. A role is never filled by anything else, and who was passed over, and why, is recorded.
 */
#ifndef BENCH_CASE_CAST_H
#define BENCH_CASE_CAST_H

#include "bench/case/run_case.h"

/* One implementation that plays one or more roles. */
struct bench_actor {
    const struct bench_implementation *impl;
    int impl_index; /* in the operator */
    struct bench_record record;
    struct bench_callable *callables; /* its variants */
    size_t callable_count;
    size_t chosen;
};

/* An actor's chosen variant, prepared once more with its own workspaces: what a kernel against
 * itself shows (A/A). */
struct bench_twin {
    struct bench_actor *of; /* NULL: there is none */
    struct bench_callable callable;
};

struct bench_cast {
    struct bench_actor *actors;
    size_t actor_count;
    /* outputs[op->output_count], shared by all: where a tensor lies in memory makes a kernel up to
     * 5 % faster or slower (seen on an H100 with kernels of 5 to 80 us against themselves, each arm
     * with outputs of its own), and no number of rounds averages that away. They run one after the
     * other, and outputs are poisoned before each run that is looked at. */
    struct bench_guarded *outputs;
    struct bench_record *unfilled; /* records of roles that nobody plays, or a dead one */
    size_t unfilled_count;
    struct bench_arena *arena;
};

/* Compiles, loads and binds every variant of every implementation wanted; of one that job->fixed
 * has, only the variant that it names. An implementation that
 * cannot be compiled or launched is cast all the same, as failed. Only BENCH_EPOISONED and failures
 * of the harness (no device memory) are errors. */
int bench_cast_choose(struct bench_session *s, const struct bench_case_job *job,
                      const struct bench_case_data *data, struct bench_cast *cast,
                      struct bench_err *err);
void bench_cast_fini(struct bench_cast *cast);

/* The reference's twin; the candidate's if no reference runs. Where there is no memory for its
 * workspaces, the actor's record says so (twin_note) and *twin is empty. BENCH_EPOISONED. */
int bench_cast_twin(struct bench_session *s, const struct bench_case_job *job,
                    const struct bench_case_data *data, struct bench_cast *cast,
                    struct bench_twin *twin, struct bench_err *err);
void bench_twin_fini(struct bench_twin *twin);

/* True while the actor has not failed. */
bool bench_actor_runs(const struct bench_actor *actor);
/* The first failure counts. */
void bench_actor_fail(struct bench_actor *actor, struct bench_arena *arena,
                      enum bench_status status, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Takes variant and provenance into the record. */
void bench_actor_describe(struct bench_actor *actor, const struct bench_callable *callable);

/* The records of all, in the order of roles. */
void bench_cast_records(const struct bench_cast *cast, struct bench_record **records,
                        size_t *count);
/* Records of a case that cannot run at all: every role that the suite names somebody for is
 * unsupported, for `reason`. */
void bench_cast_none(const struct bench_case_job *job, const char *reason,
                     struct bench_record **records, size_t *count);

#endif
