/*
 * Simulated nights: a suite of the same cases every night for years, with noise, single outliers,
 * steps of some candidates when their source changes, and new drivers that move everything. A night
 * is a function of the seed and its number alone.
 */
#ifndef TESTS_PERF_HISTORY_NIGHTS_H
#define TESTS_PERF_HISTORY_NIGHTS_H

#include "bench/history/history.h"
#include "bench/util/mem.h"

struct nights {
    size_t operators, cases; /* of each operator */
    uint64_t seed;
    int64_t first_s; /* start of night 0; the others follow day by day */
};

/* Night `number`, in the arena; *run can be handed to bench_history_add. */
void nights_make(const struct nights *nights, size_t number, struct bench_arena *arena,
                 struct bench_history_run *run);

/* When the source of an operator's candidate changes: the first night of its new speed, and the
 * ratio of times. SIZE_MAX if it never does. One operator in ten does so. */
size_t nights_step(const struct nights *nights, size_t op, double *ratio);

#endif
