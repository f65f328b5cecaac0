/*
 * Triton kernels compiled ahead, while the GPU measures: a process of the user's interpreter
 * (python -m bench_python ahead) calls the operators of the cases to come on a GPU that is not
 * there, so that they compile, into Triton's own cache, and nothing is launched. It sees no GPU
 * (CUDA_VISIBLE_DEVICES is empty) and runs only where the CPUs are idle, so what is measured is not
 * disturbed. Nothing depends on it: what it cannot do, the worker does as it would have.
 */
#ifndef BENCH_RUN_AHEAD_PYTHON_H
#define BENCH_RUN_AHEAD_PYTHON_H

#include "bench/run/child.h"
#include "bench/run/run.h"

#define BENCH_AHEAD_LOG "ahead.jsonl"

/* Requests of `prepare` without addresses (bench/provider/python/README.md), one a line: every
 * implementation in Python of the candidate's and reference's roles, of the cases that run->process
 * still has to measure, in their order; after the first of an operator, dtype and parameters, the
 * same for shapes of the kinds that are hidden (bench/case/hidden_shapes.h). "" if there
 * is none. */
int bench_ahead_python_plan(const struct bench_run *run, struct bench_str *plan,
                            struct bench_err *err);

/* Starts it if the device is a GPU and the plan is not empty; else 0 with child->pid 0. It writes
 * to <folder>/ahead.jsonl: a line for each operator, the totals last. The caller ends it with
 * bench_child_fini, which also ends one that is not done. */
int bench_ahead_python_start(const struct bench_run *run, const char *folder,
                             struct bench_child *child, struct bench_err *err);

#endif
