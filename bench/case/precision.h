/*
 * Whether a candidate computes in the precision that it was asked for. Tolerances are for elements;
 * small answers lie within them whatever is written. So the error as a whole is compared with that
 * of the baseline and the reference, which compute the same with the same inputs.
 */
#ifndef BENCH_CASE_PRECISION_H
#define BENCH_CASE_PRECISION_H

#include "bench/case/cast.h"

/* Fails candidates with `precision`, or `wrong` where zeros would have done as well. Judges the
 * errors that the records have so far. */
void bench_precision_judge(struct bench_cast *cast, const struct bench_case *c);

#endif
