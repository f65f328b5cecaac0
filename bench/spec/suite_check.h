/* Checks that reading a suite leaves out: whether its implementations can be launched, and whether
 * there is one for each name in its roles. */
#ifndef BENCH_SPEC_SUITE_CHECK_H
#define BENCH_SPEC_SUITE_CHECK_H

#include "bench/spec/suite.h"

/*
 * Plans every variant and call of every implementation (and of the oracle) for one case of each
 * operator and dtype of the suite: the first one that `requires` lets it run and `where` leaves it
 * a variant in. A grid of a third, or a `where` that holds in no case, is found here rather than in
 * the run. Devices are those that the description names; what it asks of the number of
 * multiprocessors is answered for an H100. Then, that each name in the suite's own roles is one
 * that some operator of it has. Stops at the first fault; `err` then names the description's file,
 * or the suite's.
 */
int bench_suite_check(const struct bench_suite *suite, struct bench_err *err);

#endif
