/*
 * The worker process: runs cases on the device and reports each over a pipe, as one line of JSON:
 *   {"event":"ready","gated":{…},"ungated":{…},"facts":{…}}   the floors; the device's state
 *   {"event":"case","index":3,"records":[…],"facts":{…}}      a case is done
 *   {"event":"fault","code":-5,"message":"…"}   the device was lost; position says in what
 *   {"event":"fatal","code":-1,"message":"…"}   the harness itself cannot go on
 */
#ifndef BENCH_RUN_WORKER_H
#define BENCH_RUN_WORKER_H

#include "bench/run/position.h"
#include "bench/run/run.h"

struct bench_worker_job {
    const struct bench_run *run; /* as it is when the worker is started */
    size_t first_case;
    struct bench_position *position;
};

/* The body of the child (bench_child_start); `data` is a struct bench_worker_job. */
int bench_worker_main(void *data, int line_fd);

#endif
