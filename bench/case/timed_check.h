/*
 * The outputs of timed launches, all of them, looked at between one launch and the next.
 *
 * Every round has one of two sets of inputs, drawn at random and copied to where implementations
 * look for them; each set has a verified answer of each implementation. (Where the memory holds one
 * set only, that is made anew in one of the first eight rounds, drawn at random, and then as
 * below.) After every launch a kernel adds up a checksum of the outputs, which must be that of the
 * verified answer, and the outputs are poisoned; nobody waits for it, the numbers are fetched once
 * in a while. Outputs whose checksum is another are put away on the device, all of them, and
 * compared with the oracle (once for the same checksum of the same inputs): where they are right,
 * too, the implementation does not repeat itself to the bit, and rounds drawn at random compare it
 * in full from then on. In further rounds drawn at random one set is filled anew, and everything is
 * compared in full.
 *
 * All of that lies outside the two events and before the cache is flushed, and is the same for all
 * arms. The oracle's answers lie sealed meanwhile.
 */
#ifndef BENCH_CASE_TIMED_CHECK_H
#define BENCH_CASE_TIMED_CHECK_H

#include "bench/case/cast.h"
#include "bench/case/oracle.h"

/* One arm of the rounds. A twin is an arm of its own, with the actor of its implementation. */
struct bench_timed_arm {
    struct bench_actor *actor;
    struct bench_callable *callable;
};

struct bench_timed_check;

/* Fills both sets, asks the oracle, and has every arm answer twice on each: compared in full, and
 * with itself. What is wrong fails its actor. Lives in job->arena. */
int bench_timed_check_new(struct bench_session *s, const struct bench_case_job *job,
                          struct bench_case_data *data, const struct bench_cast *cast,
                          const struct bench_oracle *oracle, const struct bench_timed_arm *arms,
                          size_t arm_count, struct bench_timed_check **check,
                          struct bench_err *err);

/* Before a round. */
int bench_timed_check_round(struct bench_timed_check *check, struct bench_err *err);
/* After each launch of an arm (round 0: a warm-up). What is wrong fails its actor, not the call. */
int bench_timed_check_sample(struct bench_timed_check *check, size_t arm, int round,
                             struct bench_err *err);
/* After the last round: what is still to be fetched, and the counts into the actors' records. */
int bench_timed_check_finish(struct bench_timed_check *check, struct bench_err *err);

#endif
