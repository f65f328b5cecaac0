/* The oracle of a case, bound to the answers of its sets of inputs (bench/case/case_data.h). */
#ifndef BENCH_CASE_ORACLE_H
#define BENCH_CASE_ORACLE_H

#include "bench/case/callable.h"
#include "bench/case/check_seed.h"
#include "bench/case/run_case.h"

struct bench_oracle {
    struct bench_callable of_set[BENCH_INPUT_SETS];
};

/* Compiles and binds it to every set that has memory. */
int bench_oracle_prepare(struct bench_session *s, struct bench_case_data *data,
                         struct bench_arena *arena, struct bench_oracle *oracle,
                         struct bench_err *err);
/* A zeroed one is fine. */
void bench_oracle_fini(struct bench_oracle *oracle);

/* New inputs for set number `set`, which becomes the one in use; what the oracle makes of them,
 * under seal; and their digests. `text` is the case's key. */
int bench_oracle_ask(struct bench_session *s, struct bench_case_data *data,
                     const struct bench_oracle *oracle, size_t set, uint64_t run_seed,
                     enum bench_check_purpose purpose, uint64_t number, struct bench_err *err);

#endif
