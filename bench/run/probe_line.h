/* The line in which the probing child tells what the device is: for bench_run_probe and its tests.
 */
#ifndef BENCH_RUN_PROBE_LINE_H
#define BENCH_RUN_PROBE_LINE_H

#include "bench/run/run.h"

/* Fills what _probe promises; the code that the child reported, if it had no device. */
int bench_run_probe_line(struct bench_run *run, const char *line, struct bench_err *err);

#endif
