/* Runs of the selftest's suites on the null device, in a folder of their own. */
#ifndef TESTS_SELFTEST_SUPPORT_H
#define TESTS_SELFTEST_SUPPORT_H

#include "bench/selftest/suite_run.h"

/* Fails the test if the suite cannot be run. */
void selftest_run_null(const char *suite, size_t cases, struct selftest_suite_run *run);
/* The suite's own file, with nothing run. */
struct bench_suite *selftest_read_suite(const char *name);

#endif
