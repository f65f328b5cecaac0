/* Versions of what operators in Python run on, for run.json: results of two versions of torch are
 * not one run. */
#ifndef BENCH_RUN_PYTHON_VERSIONS_H
#define BENCH_RUN_PYTHON_VERSIONS_H

#include "bench/run/run.h"

/* {"python":"3.12.3","torch":"2.11.0+cu130","triton":"3.6.0","flag_gems":"files 0123…"} as text in
 * the arena, null for what is not installed; asks the interpreter, which imports nothing for it.
 * NULL if no operator of the suite is in Python, or the interpreter does not answer: its worker
 * will say why. */
const char *bench_python_versions(const struct bench_run *run, struct bench_arena *arena);

/* Whether operators can be called in `python` at all: it starts, and has torch. If not, err says
 * why (BENCH_EUNSUPPORTED). */
int bench_python_can_serve(const char *python, struct bench_err *err);

#endif
