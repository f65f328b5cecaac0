/* What the supervisor knows of its worker; private to supervise.c, which fills it, and to tests of
 * what it makes of a worker's lines. */
#ifndef BENCH_RUN_SUPERVISE_IMPL_H
#define BENCH_RUN_SUPERVISE_IMPL_H

#include "bench/case/position.h"
#include "bench/run/child.h"
#include "bench/run/progress.h"
#include "bench/run/results.h"

struct bench_supervisor {
    struct bench_run *run;
    struct bench_results *results;
    struct bench_progress *progress;
    struct bench_position *position;
    struct bench_child child;
    pid_t pid;    /* its process */
    bool started; /* this worker has said "ready" */
    bool fatal;   /* it said that nothing can be done; err has why */
    char *fault;  /* what it ran cost it its device, or all that is shared; the message */
    enum bench_status fault_status; /* which */
    char *killed_why;               /* we killed it, for this; NULL: we did not */
    uint64_t token;                 /* that this worker's lines have; 0: they need none (tests) */
    bool forged;                    /* a line had not: it was written by somebody else */
    size_t case_due;                /* that it is at; case_count: none */
    bool timed_out;                 /* it was silent for after_s seconds, and was killed for that */
    double after_s;
    size_t kept;               /* records of run->records that stay there while it measures */
    struct bench_arena *arena; /* of the case's records, as its worker reported them */
    size_t forgiven;           /* case in which a worker was killed by others, and one; 0: none */
    int64_t watched_ns;        /* when its processes were looked at last */
    int64_t looked_ns;         /* when its silence was */
    int64_t patient_ns;        /* silence before that does not count: nobody could look */
    int64_t stalled_at_ns;     /* the silence that was, */
    int stalls;                /* and how often */
    int false_starts;          /* in a row */
    bool stopping;             /* a signal has come: nothing after the case in hand */
    size_t last_case;          /* that one */

    /* Of a worker on one of several devices (fleet.c): */
    struct bench_run_device *device; /* NULL: the run's only one */
    const struct bench_affinity *cpus;
    void (*next)(struct bench_supervisor *v); /* a case is done: sets case_due; NULL: in order */
    void *owner;
    struct bench_supervisor *const *others; /* whose workers are no business of this one */
    size_t other_count;
};

/* Workers that die before they have begun a case, one after the other: then none ever will. */
#define BENCH_SUPERVISOR_FALSE_STARTS 2

/* A record of the case that is due: into the journal first; then it counts. */
int bench_supervisor_take_record(struct bench_supervisor *v, struct bench_record *record,
                                 struct bench_err *err);
/* All of them were taken. */
void bench_supervisor_finish_case(struct bench_supervisor *v);

/* Starts a worker at v->case_due. _step waits for its next line, or its end, for so long, and looks
 * after it; `heard`: there was something. BENCH_EINTERRUPTED: it is not waited for any more. After
 * its end, _bury finds who is to blame, and _forget takes the rest of it away; of a living one,
 * too. */
int bench_supervisor_start(struct bench_supervisor *v, struct bench_err *err);
int bench_supervisor_step(struct bench_supervisor *v, int timeout_ms, bool *ended, bool *heard,
                          struct bench_err *err);
int bench_supervisor_bury(struct bench_supervisor *v, struct bench_err *err);
void bench_supervisor_forget(struct bench_supervisor *v);

/* One line (bench/run/worker.h), taken as any candidate in the worker's process might have forged
 * it. BENCH_EINPUT: no worker says that, and nothing of it was taken; other errors: the run cannot
 * go on. */
int bench_supervisor_take_line(struct bench_supervisor *v, const char *text, struct bench_err *err);

#endif
