#include "bench/cli/run_shard.h"

#include <stdio.h>
#include <stdlib.h>

#include "bench/run/cost.h"
#include "bench/run/shard.h"
#include "bench/util/mem.h"

static void say(const struct run_arguments *a, const struct bench_suite *suite, const int *shards,
                const double *costs)
{
    double all_s = 0, own_s = 0;
    size_t own = 0;
    for (size_t i = 0; i < suite->case_count; i++) {
        all_s += costs[i];
        own += shards[i] == a->shard_number;
        own_s += shards[i] == a->shard_number ? costs[i] : 0;
    }
    if (!a->quiet)
        fprintf(stderr, "shard %d of %d: %zu of %zu cases, about %.0f %% of the cost\n",
                a->shard_number, a->shard_count, own, suite->case_count, 100 * own_s / all_s);
}

int run_shard_choose(const struct run_arguments *a, struct bench_run *run, bool **mine,
                     struct bench_err *err)
{
    const struct bench_suite *suite = run->suite;
    *mine = NULL;
    if (a->shard_count == 0)
        return BENCH_OK;
    if (!run->settings.seed_given && a->resumed == NULL)
        return bench_err_set(err, BENCH_EINPUT,
                             "--shard %s: every shard would draw a seed of its own, and they could "
                             "not be put together; add --seed N, the same for all (the number of "
                             "the job, for one)",
                             a->shard);
    double *costs = bench_xmalloc((suite->case_count + 1) * sizeof *costs);
    int *shards = bench_xmalloc((suite->case_count + 1) * sizeof *shards);
    int rc = bench_costs_find(suite, a->costs, a->max_case_ms, run->settings.rounds, costs, err);
    if (rc == BENCH_OK) {
        *mine = bench_xcalloc(suite->case_count + 1, sizeof **mine);
        bench_shard_divide(suite, costs, a->shard_count, shards);
        for (size_t i = 0; i < suite->case_count; i++)
            (*mine)[i] = shards[i] == a->shard_number;
        say(a, suite, shards, costs);
        run->mine = *mine;
        run->options.shard = a->shard_number;
        run->options.shard_count = a->shard_count;
        run->parts = a->shard_count;
    }
    free(shards);
    free(costs);
    return rc;
}
