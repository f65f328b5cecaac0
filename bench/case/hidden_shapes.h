/*
 * Shapes that no suite names: one, odd, prime, next to the timed ones, turned round. An operator
 * has them once in a worker, for each dtype and parameters, drawn from the seed; who is wrong there
 * has learned the timed shapes by heart. What an implementation cannot do, its description says
 * ("requires"): such shapes are left out.
 */
#ifndef BENCH_CASE_HIDDEN_SHAPES_H
#define BENCH_CASE_HIDDEN_SHAPES_H

#include "bench/case/cast.h"

/* Fails candidates with `hidden_shape`, with the shape. Of an operator that is called in Python
 * only where another implementation was right at that shape: its description need not hold
 * everywhere. Errors as of bench_case_run. */
int bench_hidden_shapes_check(struct bench_session *s, const struct bench_case_job *job,
                              struct bench_cast *cast, struct bench_err *err);

/* How many kinds of hidden shapes the operator is tried at, and one of a kind (0 and up) near a
 * case: whoever compiles ahead asks with a seed of its own, and gets such shapes, but not those. */
int bench_hidden_shape_kinds(const struct bench_operator *op);
void bench_hidden_shape(const struct bench_case *c, int kind, uint64_t seed,
                        int64_t shape[BENCH_MAX_DIMS]);

#endif
