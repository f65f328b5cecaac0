/*
 * After the rounds: do implementations still do what was verified? Their launches here look like
 * those of the rounds; their times do not count.
 */
#ifndef BENCH_CASE_RECHECK_H
#define BENCH_CASE_RECHECK_H

#include "bench/case/cast.h"
#include "bench/case/oracle.h"

/* One more launch of every arm, compared in full, with the outputs and the memory that an answer
 * may come from poisoned before; four of an arm that does not repeat itself to the bit, which no
 * checksum could tell. */
int bench_recheck(struct bench_session *s, const struct bench_case_job *job,
                  const struct bench_case_data *data, struct bench_cast *cast,
                  struct bench_twin *twin, struct bench_err *err);

/* Candidates are launched on inputs that they cannot have seen, and on the same ones once more: who
 * keeps answers by what its inputs are is slower on the former. Who was as slow on both, but not in
 * the rounds, may wait until it has seen inputs often: that is tried in the same way, with launches
 * as those of the rounds between the two. Fails those with `cached`. The
 * inputs are those of the second set, whose answer is lost; where there is one set only, the oracle
 * is asked anew afterwards. */
int bench_unseen_check(struct bench_session *s, const struct bench_case_job *job,
                       struct bench_case_data *data, const struct bench_oracle *oracle,
                       struct bench_cast *cast, struct bench_err *err);

#endif
