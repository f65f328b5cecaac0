/* What the check of timed outputs keeps; private to timed_check.c, which looks at the launches, and
 * timed_check_begin.c, which makes it and asks for the first answers. */
#ifndef BENCH_CASE_TIMED_CHECK_IMPL_H
#define BENCH_CASE_TIMED_CHECK_IMPL_H

#include "bench/case/timed_check.h"
#include "bench/util/rng.h"

/* Launches that may wait for us: 16 rounds of four arms. Each has a place where its outputs are put
 * away if their checksum is another, so that all of these are compared. Where outputs are so large
 * that fewer places fit, checksums are fetched as often as that takes: waiting for the device costs
 * little beside such launches. */
#define BENCH_TIMED_PLACES 64
/* Checksums of launches, and of inputs: before each round, and when they are fetched. */
#define BENCH_TIMED_SLOTS (2 * BENCH_TIMED_PLACES + 1)

struct bench_timed_pending {
    int arm;
    size_t set;
    int round;
    uint64_t expected;
    size_t place; /* where its outputs are put away; inputs have none */
};

struct bench_timed_state {
    struct bench_actor *actor;
    struct bench_callable *callable;
    uint64_t answer[BENCH_INPUT_SETS]; /* digest of its verified outputs */
    bool repeats;
    struct bench_checks counts;
};

struct bench_timed_check {
    struct bench_session *s;
    const struct bench_case_job *job;
    struct bench_case_data *data;
    struct bench_guarded *outputs;
    struct bench_guarded *aside; /* aside[output_count]: a place, as bench_verify_values wants it */
    unsigned char *hold;         /* hold[places][place_bytes]: outputs put away */
    size_t places, places_taken, place_bytes;
    const struct bench_oracle *oracle;
    struct bench_timed_state *arms;
    size_t arm_count, output_count;
    struct bench_rng rng;
    uint64_t sets_made, sums_key;
    int rounds, renewals;
    int first_renewal; /* a round; 0: as it is drawn */
    bool in_full;      /* this round: everything is compared */
    bool renewed;      /* and its answers are new */
    uint64_t *slots;   /* on the device: checksums[BENCH_TIMED_SLOTS]; for each place, whether it is
                          taken */
    uint64_t *host_slots;
    struct bench_timed_pending *pending; /* pending[BENCH_TIMED_SLOTS] */
    size_t pending_count;
};

/* Of a tensor, with what keeps the next one aligned. */
size_t bench_timed_aligned(size_t bytes);
/* New inputs for a set, which becomes the one in use. Whoever watches us sees an oracle for a
 * while.
 */
int bench_timed_renew(struct bench_timed_check *t, size_t set, struct bench_err *err);
/* Of the outputs as they are. */
int bench_timed_digest(struct bench_timed_check *t, uint64_t *digest, struct bench_err *err);

#endif
