#include "bench/run/confirm.h"

#include <math.h>
#include <stdlib.h>

#include "bench/run/judge.h"
#include "bench/run/progress.h"
#include "bench/util/mem.h"

/* Between the seeds of processes: odd, so that seeds are distinct modulo 2^64, and far apart (the
 * golden ratio's fraction, as in SplitMix64). */
#define SEED_STEP UINT64_C(0x9E3779B97F4A7C15)
/* Seeds are numbers of JSON files, exact up to 2^53. */
#define SEED_MASK (((uint64_t)1 << 53) - 1)

/* A shard knows a part of an operator's cases: what is left open there may pass over all of them.
 */
static bool may_pass(const struct bench_run *run, const struct bench_judge *judge,
                     size_t operator_index)
{
    for (int rule = 0; rule < BENCH_RULE_COUNT; rule++) {
        const struct bench_judgement *j = &judge->operators[operator_index][rule];
        if (j->answer == BENCH_PASS || (run->mine != NULL && j->answer == BENCH_UNDETERMINED &&
                                        j->known && isfinite(j->ratio.estimate)))
            return true;
    }
    return false;
}

/* Marks the cases of operators that passed; returns how many of them are this run's. */
static size_t choose(const struct bench_run *run, bool *wanted)
{
    struct bench_run main_run = *run;
    struct bench_judge judge;
    size_t count = 0;
    main_run.settings.confirm = 0; /* what it would be worth without */
    main_run.options.shard_count = 0;
    bench_judge_init(&judge, &main_run);
    for (size_t i = 0; i < run->suite->case_count; i++) {
        size_t op = 0;
        while (run->suite->operators[op] != run->suite->cases[i].plan.op)
            op++;
        wanted[i] = may_pass(run, &judge, op);
        count += wanted[i] && (run->mine == NULL || run->mine[i]);
    }
    bench_judge_fini(&judge);
    return count;
}

int bench_run_confirm(struct bench_run *run, struct bench_results *results,
                      struct bench_progress *progress, struct bench_err *err)
{
    const uint64_t seed = run->settings.seed;
    bool *wanted = bench_xcalloc(run->suite->case_count + 1, sizeof *wanted);
    size_t count = run->settings.confirm > 0 ? choose(run, wanted) : 0;
    int rc = BENCH_OK;
    run->wanted = wanted;
    run->main_seed = seed;
    for (int k = 1; rc == BENCH_OK && count > 0 && k <= run->settings.confirm; k++) {
        run->process = k;
        run->settings.seed = (seed + (uint64_t)k * SEED_STEP) & SEED_MASK;
        if (bench_run_first_due(run) < run->suite->case_count) { /* else it was done already */
            bench_progress_confirming(progress, run, count);
            rc = bench_run_cases(run, results, progress, err);
        }
        run->confirmations += rc == BENCH_OK;
    }
    run->process = 0;
    run->wanted = NULL;
    run->settings.seed = seed;
    free(wanted);
    return rc;
}
