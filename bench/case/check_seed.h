/*
 * Where the randomness of checks comes from: everything that a candidate must not foresee (inputs,
 * which rounds are looked at, hidden shapes, keys) is derived from the run's seed by a keyed hash,
 * so that a run can be repeated from its run.json, and nobody can tell one seed from the others.
 */
#ifndef BENCH_CASE_CHECK_SEED_H
#define BENCH_CASE_CHECK_SEED_H

#include <stdint.h>

enum bench_check_purpose {
    BENCH_CHECK_VERIFY = 1, /* inputs verified before anything is timed; number 0 */
    BENCH_CHECK_TIMED,      /* inputs in the rounds; number: how-manieth set of the case */
    BENCH_CHECK_ROUNDS,     /* what is drawn while the rounds run */
    BENCH_CHECK_HIDDEN,     /* shapes that no suite names, and their inputs */
    BENCH_CHECK_SEAL,       /* keys under which the oracle's answers lie */
    BENCH_CHECK_UNSEEN,     /* inputs of which each is used twice */
    BENCH_CHECK_SUMS,       /* the key of a case's checksums; number 0 */
    BENCH_CHECK_REHEARSAL   /* what is drawn while a candidate gets used to inputs */
};

/* `text` is the case's key, or what else it belongs to. */
uint64_t bench_check_seed(uint64_t run_seed, const char *text, enum bench_check_purpose purpose,
                          uint64_t number);

/* A seed for a run that was given none: 53 bits from the system. */
uint64_t bench_check_draw_seed(void);

#endif
