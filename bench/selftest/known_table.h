/* Private to bench/selftest: what known ratios should be, and all of them in one table. */
#ifndef BENCH_SELFTEST_KNOWN_TABLE_H
#define BENCH_SELFTEST_KNOWN_TABLE_H

#include "bench/selftest/suite_lines.h"

/*
 * The time of a kernel of n steps is start + n * step, beyond an empty kernel. `start` is what the
 * kernel takes besides its steps (fetching its code and arguments from a cold cache): seen where it
 * makes none. `step` is seen where there are most of them. The ratio of m to k passes of w steps is
 * then (start + m w step) / (start + k w step): m / k, if start were nothing.
 */
struct selftest_law {
    bool known; /* false: times are scripted, and exactly as m to k */
    double start_ns, step_ns;
};
void selftest_law_find(const struct selftest_suite_run *run, struct selftest_law *law);
double selftest_law_ratio(const struct selftest_law *law, const struct selftest_case *c);

/* A row for each length, a column for each ratio. */
const char *selftest_known_table(const struct selftest_suite_run *run,
                                 const struct selftest_law *law,
                                 struct bench_selftest_report *report);
/* A member "cases_measured": an array of all of them. */
void selftest_known_put(const struct selftest_suite_run *run, const struct selftest_law *law,
                        struct selftest_values *values);

#endif
