#include <criterion/criterion.h>
#include <stdatomic.h>
#include <string.h>

#include "bench/util/parallel.h"

enum { ITEMS = 10000 };

static atomic_int done[ITEMS];

static void count_item(void *context, size_t item)
{
    atomic_fetch_add((atomic_int *)context, 1);
    atomic_fetch_add(&done[item], 1);
}

static void expect_each_once(size_t count, int threads)
{
    atomic_int total = 0;
    memset(done, 0, sizeof done);
    bench_parallel_for(count, threads, count_item, &total);
    cr_expect_eq(total, (int)count, "%d of %zu items by %d threads", total, count, threads);
    for (size_t i = 0; i < ITEMS; i++)
        cr_assert_eq(done[i], i < count, "item %zu was done %d times", i, done[i]);
}

Test(parallel, each_item_is_done_once)
{
    static const int threads[] = {0, 1, 2, 7, 64, 1000, -3};
    static const size_t counts[] = {0, 1, 2, 63, ITEMS};
    for (size_t t = 0; t < sizeof threads / sizeof *threads; t++)
        for (size_t c = 0; c < sizeof counts / sizeof *counts; c++)
            expect_each_once(counts[c], threads[t]);
}
