/*
 * Errors: a function returns 0 or a negative code, and describes the failure in the struct it was
 * handed last. An error message names the file, the place, what was found, what was expected and
 * what to do. Thread-safe because nothing is global: workers have threads.
 */
#ifndef BENCH_UTIL_ERR_H
#define BENCH_UTIL_ERR_H

#include <stdbool.h>

#define BENCH_OK 0
/* Any failure without a code of its own; the message says all. */
#define BENCH_ERROR (-1)
/* Not possible here, for the reason in the message: skip it, it is no failure. */
#define BENCH_EUNSUPPORTED (-2)
#define BENCH_ENOTFOUND (-3)
/* SIGINT or SIGTERM arrived. */
#define BENCH_EINTERRUPTED (-4)
/* The input (file, option) is wrong. */
#define BENCH_EINPUT (-5)
/* The device context can no longer be used (CUDA sticky error): the process must be replaced. */
#define BENCH_EPOISONED (-6)
/* The device has not enough free memory for this. What needs less may go on. */
#define BENCH_EMEMORY (-7)
/* A disk is full, which is nobody's fault here and ends whatever goes on. */
#define BENCH_EDISK (-8)

struct bench_err {
    int code;
    char message[6144];
};

/* Sets code and message; returns `code`, so that `return bench_err_set(err, ...)` works.
 * `err` may be NULL (only the code is returned). */
int bench_err_set(struct bench_err *err, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts context in front of the message ("suites/x.json: " + message); returns err->code. */
int bench_err_prefix(struct bench_err *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
