/*
 * Shards: a suite's cases divided among several runs, `bench run --shard i/n`, each on a host of
 * its own if need be. `bench merge` puts their folders together.
 *
 * The rule (Graham 1969, "Bounds on multiprocessing timing anomalies", longest processing time
 * first): cases in the order of their expected cost (bench/run/cost.h), the highest first, equal
 * ones by their keys; each goes to the shard that has the least cost so far, the first of several.
 * Where costs do not vary, that deals them out in turns. Nothing but costs, keys and n goes in: the
 * order of cases in the suite does not matter, and every host finds the same shards. The largest
 * shard costs at most 4/3 - 1/(3n) of what the best division would (Graham's bound).
 *
 * A case is never divided: its implementations are measured together.
 */
#ifndef BENCH_RUN_SHARD_H
#define BENCH_RUN_SHARD_H

#include "bench/spec/suite.h"

/* More tasks than any array of a scheduler has. */
#define BENCH_SHARD_MOST 100000

/* "2/4": the second of four. BENCH_EINPUT. */
int bench_shard_parse(const char *text, int *shard, int *count, struct bench_err *err);

/* shards[i] is the number of case i's shard, 1 … count. */
void bench_shard_divide(const struct bench_suite *suite, const double *costs, int count,
                        int *shards);

/* The order in which cases are best begun where several devices take them from one queue:
 * order[case_count] are their numbers, the highest cost first, equal ones by their keys. */
void bench_shard_order(const struct bench_suite *suite, const double *costs, size_t *order);

#endif
