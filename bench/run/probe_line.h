/* The probing child and the line in which it tells what the device is: for bench_run_probe, fleets,
 * and tests. */
#ifndef BENCH_RUN_PROBE_LINE_H
#define BENCH_RUN_PROBE_LINE_H

#include "bench/run/child.h"
#include "bench/run/run.h"

/* bench_run_probe in two halves, for who probes several devices at once: opening a GPU takes a
 * second or two. _finish also ends the child. */
int bench_run_probe_start(struct bench_run *run, struct bench_child *child, struct bench_err *err);
int bench_run_probe_finish(struct bench_run *run, struct bench_child *child, struct bench_err *err);

/* Fills what _probe promises; the code that the child reported, if it had no device. */
int bench_run_probe_line(struct bench_run *run, const char *line, struct bench_err *err);

#endif
