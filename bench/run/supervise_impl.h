/* What the supervisor knows of its worker; private to supervise.c, which fills it, and to tests of
 * what it makes of a worker's lines. */
#ifndef BENCH_RUN_SUPERVISE_IMPL_H
#define BENCH_RUN_SUPERVISE_IMPL_H

#include "bench/run/child.h"
#include "bench/run/position.h"
#include "bench/run/progress.h"
#include "bench/run/results.h"

struct bench_supervisor {
    struct bench_run *run;
    struct bench_results *results;
    struct bench_progress *progress;
    struct bench_position *position;
    struct bench_child child;
    pid_t pid;                 /* its process */
    bool started;              /* this worker has said "ready" */
    bool fatal;                /* it said that nothing can be done; err has why */
    char *fault;               /* it lost its device; the message */
    char *killed_why;          /* we killed it, for this; NULL: we did not */
    uint64_t token;            /* that this worker's lines have; 0: they need none (tests) */
    bool forged;               /* a line had not: it was written by somebody else */
    size_t kept;               /* records of run->records that stay there while it measures */
    struct bench_arena *arena; /* of the case's records, as its worker reported them */
    size_t forgiven;           /* case in which a worker was killed by others, and one; 0: none */
    int64_t watched_ns;        /* when its processes were looked at last */
    int false_starts;          /* in a row */
    bool stopping;             /* a signal has come: nothing after the case in hand */
    size_t last_case;          /* that one */
};

/* One line (bench/run/worker.h), taken as any candidate in the worker's process might have forged
 * it. BENCH_EINPUT: no worker says that, and nothing of it was taken; other errors: the run cannot
 * go on. */
int bench_supervisor_take_line(struct bench_supervisor *v, const char *text, struct bench_err *err);

#endif
