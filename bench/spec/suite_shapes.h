/* Grids of suites: lists, products and powers of two, expanded to shapes. */
#ifndef BENCH_SPEC_SUITE_SHAPES_H
#define BENCH_SPEC_SUITE_SHAPES_H

#include "bench/spec/operator_reader.h"

/* More cases than this is a mistake in a grid: at a millisecond a case they would run for days. */
#define BENCH_SUITE_MAX_CASES 1000000

struct shape {
    int64_t dims[BENCH_MAX_DIMS];
    int ndim;
};

struct shape_set {
    struct shape *shapes; /* in the reader's arena */
    size_t count, capacity;
};

/* `v` is a list of shapes and products. */
int suite_shapes_read(struct reader *r, const struct bench_json *v, struct shape_set *out);

#endif
