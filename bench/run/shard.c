#include "bench/run/shard.h"

#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"

int bench_shard_parse(const char *text, int *shard, int *count, struct bench_err *err)
{
    char *slash, *end;
    long i = strtol(text, &slash, 10);
    long n = *slash == '/' ? strtol(slash + 1, &end, 10) : 0;
    if (slash == text || *slash != '/' || end == slash + 1 || *end != '\0' || n < 1 ||
        n > BENCH_SHARD_MOST || i < 1 || i > n)
        return bench_err_set(err, BENCH_EINPUT,
                             "--shard %s: expected i/n with 1 <= i <= n <= %d, such as 2/4 for the "
                             "second of four",
                             text, BENCH_SHARD_MOST);
    *shard = (int)i;
    *count = (int)n;
    return BENCH_OK;
}

struct item {
    double cost;
    const char *key;
    size_t index;
};

static int dearest_first(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    if (x->cost != y->cost)
        return x->cost > y->cost ? -1 : 1;
    return strcmp(x->key, y->key);
}

void bench_shard_order(const struct bench_suite *suite, const double *costs, size_t *order)
{
    struct item *items = bench_xmalloc((suite->case_count + 1) * sizeof *items);
    for (size_t i = 0; i < suite->case_count; i++)
        items[i] = (struct item){costs[i], suite->cases[i].plan.key, i};
    qsort(items, suite->case_count, sizeof *items, dearest_first);
    for (size_t i = 0; i < suite->case_count; i++)
        order[i] = items[i].index;
    free(items);
}

void bench_shard_divide(const struct bench_suite *suite, const double *costs, int count,
                        int *shards)
{
    size_t *order = bench_xmalloc((suite->case_count + 1) * sizeof *order);
    double *load = bench_xcalloc((size_t)count, sizeof *load);
    bench_shard_order(suite, costs, order);
    for (size_t i = 0; i < suite->case_count; i++) {
        int least = 0;
        for (int s = 1; s < count; s++)
            if (load[s] < load[least])
                least = s;
        shards[order[i]] = least + 1;
        load[least] += costs[order[i]];
    }
    free(load);
    free(order);
}
