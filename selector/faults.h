/* What is wrong with data: all of it is collected, so that one wrong value never hides another. */
#ifndef SELECTOR_FAULTS_H
#define SELECTOR_FAULTS_H

#include <stddef.h>

#include "bench/perf/json.h"

enum bench_fault_level {
    BENCH_FAULT_ERROR,  /* the data must not be used */
    BENCH_FAULT_WARNING /* they can be used, but somebody should look */
};

struct bench_fault {
    enum bench_fault_level level;
    char *message; /* "<file>:<line>:<col>: <pointer>: <what is wrong>" */
};

struct bench_faults {
    struct bench_fault *items; /* in the order found */
    size_t count;
    size_t errors;
    size_t warnings;
    size_t cap; /* private */
};

void bench_faults_init(struct bench_faults *faults);
void bench_faults_fini(struct bench_faults *faults);

/* `at` is the value at fault; NULL for faults of no one place. */
void bench_faults_add(struct bench_faults *faults, enum bench_fault_level level,
                      const struct bench_json *at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
