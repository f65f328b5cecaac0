/* Private to bench/selftest: putting lines into the report. */
#ifndef BENCH_SELFTEST_REPORT_H
#define BENCH_SELFTEST_REPORT_H

#include "bench/perf/json.h"
#include "bench/selftest/selftest.h"

/* Why times of the cpu device are held against no limit. */
#define SELFTEST_CPU_TIMES "times of a CPU that others use are held against no limit"

/* A new line of this name, to be filled in; its verdict is pass and its texts are "". */
struct bench_selftest_line *selftest_line(struct bench_selftest_report *report, const char *name);
/* A whole line, for what could not be done. */
void selftest_skip(struct bench_selftest_report *report, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void selftest_fail(struct bench_selftest_report *report, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Into the report's arena. */
const char *selftest_text(struct bench_selftest_report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A line fails if `ok` is false; the first reason stays. */
void selftest_require(struct bench_selftest_report *report, struct bench_selftest_line *line,
                      bool ok, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The numbers of a line: open, write members with `writer`, close. */
struct selftest_values {
    struct bench_str text;
    struct bench_json_writer writer;
};
void selftest_values_open(struct selftest_values *values);
/* Also frees. */
void selftest_values_close(struct selftest_values *values, struct bench_selftest_report *report,
                           struct bench_selftest_line *line);
/* A number, or null if it is not finite. */
void selftest_put(struct selftest_values *values, const char *key, double number);

#endif
