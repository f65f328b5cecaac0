#include "selector/join.h"

#include <stdlib.h>

#include "selector/index.h"

static void join_ops(struct bench_join *join, const struct bench_dataset *your,
                     const struct bench_dataset *flaggems)
{
    struct bench_index *names = bench_index_new();
    for (size_t i = 0; i < flaggems->op_count; i++)
        bench_index_add(names, flaggems->ops[i].name, i);
    for (size_t i = 0; i < your->op_count; i++) {
        size_t at = bench_index_find(names, your->ops[i].name);
        if (at != BENCH_INDEX_NONE)
            join->op_partner[i] = &flaggems->ops[at];
    }
    bench_index_free(names);
}

/* One operator's table at a time: it is small enough for the processor's cache. */
static void join_cases(struct bench_join *join, const struct bench_dataset *your,
                       const struct bench_dataset *flaggems)
{
    struct bench_index *keys = bench_index_new();
    for (size_t op = 0; op < your->op_count; op++) {
        const struct bench_dataset_op *mine = &your->ops[op];
        const struct bench_dataset_op *theirs = join->op_partner[op];
        if (!theirs)
            continue;
        bench_index_clear(keys, theirs->case_count);
        for (size_t i = theirs->first_case; i < theirs->first_case + theirs->case_count; i++)
            bench_index_add_hashed(keys, flaggems->cases[i].key, flaggems->cases[i].key_hash, i);
        for (size_t i = mine->first_case; i < mine->first_case + mine->case_count; i++) {
            const struct bench_dataset_case *c = &your->cases[i];
            size_t at = bench_index_find_hashed(keys, c->key, c->key_hash);
            if (at == BENCH_INDEX_NONE)
                continue;
            join->partner[i] = &flaggems->cases[at];
            join->matched++;
        }
    }
    bench_index_free(keys);
}

void bench_join_init(struct bench_join *join, const struct bench_dataset *your,
                     const struct bench_dataset *flaggems)
{
    *join = (struct bench_join){0};
    join->partner = bench_xcalloc(your->case_count, sizeof(const struct bench_dataset_case *));
    join->op_partner = bench_xcalloc(your->op_count, sizeof(const struct bench_dataset_op *));
    if (flaggems) {
        join_ops(join, your, flaggems);
        join_cases(join, your, flaggems);
        join->flaggems_only = flaggems->case_count - join->matched;
    }
    join->your_only = your->case_count - join->matched;
}

void bench_join_fini(struct bench_join *join)
{
    free(join->partner);
    free(join->op_partner);
    *join = (struct bench_join){0};
}
