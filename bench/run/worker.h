/*
 * The worker process: runs cases on the device and reports each over a pipe, as one line of JSON:
 *   {"event":"ready","gated":{…},"ungated":{…},"graph_floor":{…},"cache_check":{…},
 *    "roofline":{…},"facts":{…}}                calibration; the device's state
 *   {"event":"case","index":3,"records":[…],"facts":{…}}      a case is done
 *   {"event":"fault","code":-6,"message":"…"}   the device was lost (BENCH_EPOISONED), or what
 *    all in the process share was changed (BENCH_PYTHON_CHANGED_GLOBALS); position says by whom
 *   {"event":"fatal","code":-1,"message":"…"}   the harness itself cannot go on
 */
#ifndef BENCH_RUN_WORKER_H
#define BENCH_RUN_WORKER_H

#include "bench/case/position.h"
#include "bench/provider/python/python.h"
#include "bench/run/run.h"

/* What is measured for which process, and which cases have a twin, the run says (run->process,
 * bench_run_wants, bench_run_has_twin). Records of that process in run->records are of
 * implementations that ended an earlier worker: they are not run again. In a confirming process
 * (> 0) implementations use the variants that they have in the records of process 0. */
struct bench_worker_job {
    uint64_t
        token; /* in every line as "token", 16 hexadecimal digits: others may write to the pipe */
    const struct bench_run *run; /* as it is when the worker is started */
    size_t first_case;           /* those before it are done */
    bool ordered; /* cases are those that `position` hands out, one after the other */
    const struct bench_run_device *device;     /* one of several; NULL: run->options.device */
    const struct bench_affinity *cpus;         /* where it may run; NULL: anywhere */
    const struct bench_supervisor *supervisor; /* who starts it; NULL in the worker itself */
    uint64_t memory_bytes; /* that it may hold with all that it starts; 0: no limit */
    struct bench_position *position;
    const struct bench_python_hooks *python; /* NULL: this process is no interpreter */
    const char *python_versions;             /* "Python 3.12.3, torch 2.11.0"; NULL */
};

/* Its exit code where its lines can no longer be written. As it has not closed its pipe, what it
 * runs has, if the supervisor lives to see it. */
#define BENCH_WORKER_UNHEARD 111

/* The body of the child (bench_child_start); `data` is a struct bench_worker_job. Returns the exit
 * code: 0 once all cases are done, or after a line that says why not. */
int bench_worker_main(void *data, int line_fd);

#endif
