/*
 * Workers that are the user's Python interpreter. The supervisor starts
 *     <python> <share>/worker.py <library> <device> <job fd> <position fd> <line fd>
 * in the place of a fork. worker.py (bench/provider/python) makes the callbacks, loads the library
 * and calls bench_python_worker in it, which does what any worker does.
 */
#ifndef BENCH_RUN_PYTHON_WORKER_H
#define BENCH_RUN_PYTHON_WORKER_H

#include "bench/run/child.h"
#include "bench/run/worker.h"

/* As bench_child_start; the lines are those of bench/run/worker.h. BENCH_ENOTFOUND if the
 * installation lacks its Python part. That an interpreter cannot be started is told by a "fatal"
 * line. */
int bench_python_worker_start(struct bench_child *child, const struct bench_worker_job *job,
                              struct bench_err *err);

/* The folder of worker.py and bench_python; the caller frees. */
int bench_python_folder(char **path, struct bench_err *err);
/* "PYTHONPATH=…" with that folder before the user's own: for `python -m bench_python`; the caller
 * frees. */
char *bench_python_path(const char *folder);
/* The interpreter if none is named: $BENCH_PYTHON, else python3. */
const char *bench_python_default(void);

/* Memory without a name that holds `text`, for a child to inherit: *fd, at its beginning, closed on
 * exec. The caller closes it, after a failure too if it is not -1. */
int bench_python_hand_over(const char *name, const struct bench_str *text, int *fd,
                           struct bench_err *err);

/* In the interpreter: runs the job; returns the exit code of the process. `versions` is for the
 * records ("Python 3.12.3, torch 2.11.0"). */
int bench_python_worker(const struct bench_python_hooks *hooks, const char *versions, int job_fd,
                        int position_fd, int line_fd);

#endif
