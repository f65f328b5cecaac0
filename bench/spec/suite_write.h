/* Suites that programs make: exactly these cases, as "operators" of a suite file has them. */
#ifndef BENCH_SPEC_SUITE_WRITE_H
#define BENCH_SPEC_SUITE_WRITE_H

#include "bench/spec/suite.h"

/* One case; all is borrowed. */
struct bench_suite_line {
    const char *op; /* name */
    enum bench_dtype dtype;
    const int64_t *shape; /* shape[ndim] */
    int ndim;
    const char *params;                    /* a JSON object with all params; "{}" for none */
    const struct bench_role_choice *roles; /* roles[BENCH_ROLE_COUNT] */
};

/* Writes the array that "operators" is. Lines that follow each other and differ in their shapes
 * alone become one entry, so the suite has the cases in this order. */
void bench_suite_write_operators(const struct bench_suite_line *lines, size_t count,
                                 struct bench_json_writer *w);
/* Writes the object that "settings" is. */
void bench_suite_write_settings(const struct bench_settings *settings, struct bench_json_writer *w);

#endif
