/* Where a claim was measured and where it is reproduced, side by side. */
#ifndef BENCH_REPRODUCE_ENVIRONMENT_H
#define BENCH_REPRODUCE_ENVIRONMENT_H

#include "bench/reproduce/claims.h"

struct bench_environment_fact {
    const char *name;               /* "device", "driver", "sm_clock_max_mhz", … */
    const char *claimed, *measured; /* NULL: not told */
    bool differs; /* both are told, and are not the same; never of what is measured (the floor) */
};

struct bench_environment {
    struct bench_environment_fact *facts; /* only those that one of the two tells */
    size_t count;
    size_t differ;
};

/* Texts live in `arena`, as the array does. Facts that say when or under which name something was
 * measured are left out. */
void bench_environment_compare(const struct bench_claims *claimed,
                               const struct bench_claims *measured, struct bench_arena *arena,
                               struct bench_environment *environment);

#endif
