/* `bench run --shard`: which cases the run has. */
#ifndef BENCH_CLI_RUN_SHARD_H
#define BENCH_CLI_RUN_SHARD_H

#include "bench/cli/run_arguments.h"
#include "bench/run/run.h"

/* Sets run->mine and what goes with it; does nothing without --shard. The caller frees *mine after
 * the run. BENCH_EINPUT where every shard would draw a seed of its own, or --costs cannot be used.
 */
int run_shard_choose(const struct run_arguments *a, struct bench_run *run, bool **mine,
                     struct bench_err *err);

#endif
