/* Private to bench/selftest: what runs of the suites aa and known say, as lines of the report. */
#ifndef BENCH_SELFTEST_SUITE_LINES_H
#define BENCH_SELFTEST_SUITE_LINES_H

#include "bench/selftest/suite_run.h"

/* `failure` is the message if the run came to no end, else NULL. Times of devices for which they
 * say nothing are not held against limits: those lines are skipped, unless a case failed. */
void selftest_aa_report(const struct selftest_suite_run *run, const char *failure,
                        struct bench_selftest_report *report);
void selftest_known_report(const struct selftest_suite_run *run, const char *failure,
                           struct bench_selftest_report *report);

void selftest_operator_report(const struct selftest_suite_run *run, const char *failure,
                              struct bench_selftest_report *report);

/* On devices whose times are held against nothing: all cases went well. */
void selftest_cases_report(struct bench_selftest_report *report, const char *name, size_t cases);

/* The best rate of the stream cases that are several times as large as the cache, in bytes a
 * second, without what the cache may have kept of their writes; 0: there is none. */
double selftest_stream_bytes_s(const struct selftest_suite_run *run);

/* How many of `count` intervals of 95 % may miss before chance no longer explains it: the least k
 * with P(more than k miss) <= 0.001. */
size_t selftest_misses_allowed(size_t count);

#endif
