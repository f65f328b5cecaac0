/*
 * Private to bench/selftest: work in a process of its own that leaves its results in memory which
 * both share. The process that runs the selftest never touches a device, so that every child starts
 * without one.
 */
#ifndef BENCH_SELFTEST_APART_H
#define BENCH_SELFTEST_APART_H

#include <signal.h>
#include <stddef.h>

#include "bench/util/err.h"

/* Zeroed memory that children share; ends the process if there is none. No pointers to the child's
 * own memory belong in it. */
void *selftest_shared_new(size_t bytes);
void selftest_shared_free(void *shared, size_t bytes);

typedef int (*selftest_body)(void *shared, struct bench_err *err);

/* Runs `body(shared)` in a child and waits for it: its return value and error. BENCH_ERROR with how
 * it ended and its last words if it died or was silent for `timeout_s`; BENCH_EINTERRUPTED if
 * *interrupted (may be NULL) was set. */
int selftest_apart(selftest_body body, void *shared, double timeout_s,
                   const volatile sig_atomic_t *interrupted, struct bench_err *err);

#endif
