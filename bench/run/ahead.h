/* What a run will need compiled: every implementation, dtype and variant of its cases, the oracles,
 * and the harness's own kernels. */
#ifndef BENCH_RUN_AHEAD_H
#define BENCH_RUN_AHEAD_H

#include "bench/case/build.h"
#include "bench/run/run.h"

/* The units live until the end of the process: this is called in a child that compiles and ends. */
void bench_ahead_units(const struct bench_run *run, struct bench_build_unit **units, size_t *count);

/* The body of that child (bench_child_start); `data` is a struct bench_run. A line for each unit:
 * {"event":"compiled","done":3,"total":40,"what":"gelu candidate float32 BLOCK=256"}. */
int bench_ahead_main(void *data, int line_fd);

#endif
