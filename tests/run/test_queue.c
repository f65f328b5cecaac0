/* Which case a device takes next. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/queue.h"

/* Four groups: two operators in two dtypes, five cases each; a case's cost is one more than its
 * number, so that of a group the last is the dearest. */
#define OPERATORS 2
#define DTYPES 2
#define GROUP 5
#define CASES (OPERATORS * DTYPES * GROUP)

static struct bench_operator operators[OPERATORS];
static struct bench_suite_case cases[CASES];
static struct bench_suite suite = {.name = "some", .cases = cases, .case_count = CASES};
static double costs[CASES];
static struct bench_queue *queue;

static void setup(void)
{
    static const enum bench_dtype dtypes[DTYPES] = {BENCH_FLOAT32, BENCH_FLOAT16};
    for (size_t i = 0; i < CASES; i++) {
        cases[i].plan.op = &operators[i / (DTYPES * GROUP)];
        cases[i].plan.dtype = dtypes[i / GROUP % DTYPES];
        costs[i] = (double)(i + 1);
    }
    queue = bench_queue_new(&suite, costs);
}

static void teardown(void)
{
    bench_queue_free(queue);
}

TestSuite(queue, .init = setup, .fini = teardown);

/* All that costs at least so much, the cheapest first. */
static void fill(double least)
{
    for (size_t i = 0; i < CASES; i++)
        if (costs[i] >= least)
            bench_queue_put(queue, i);
}

static void expect_taken(size_t *group, size_t expected)
{
    size_t index = bench_queue_take(queue, group);
    cr_expect_eq(index, expected, "case %zu and not %zu", index, expected);
}

Test(queue, a_worker_stays_with_an_operator_and_dtype_the_dearest_case_first)
{
    size_t one = BENCH_QUEUE_NOWHERE, two = BENCH_QUEUE_NOWHERE;
    fill(0);
    cr_expect_eq(bench_queue_count(queue), CASES);
    expect_taken(&one, 19); /* of the group with the most cost */
    expect_taken(&two, 14); /* of the one after it */
    expect_taken(&one, 18);
    expect_taken(&one, 17);
    expect_taken(&two, 13);
    expect_taken(&one, 16);
    expect_taken(&one, 15);
    expect_taken(&one, 9); /* nobody is there */
    cr_expect_eq(bench_queue_count(queue), CASES - 8);
}

Test(queue, where_every_group_has_a_worker_the_next_helps_who_has_most_left)
{
    size_t at[4] = {BENCH_QUEUE_NOWHERE, BENCH_QUEUE_NOWHERE, BENCH_QUEUE_NOWHERE,
                    BENCH_QUEUE_NOWHERE};
    fill(11); /* two groups: 11 to 15 and 16 to 20 */
    expect_taken(&at[0], 19);
    expect_taken(&at[1], 14);
    expect_taken(&at[2], 18); /* 70 left against 50 */
    expect_taken(&at[3], 13); /* 51 for two against 50 for one */
    expect_taken(&at[1], 12);
    expect_taken(&at[0], 17);
    expect_taken(&at[2], 16);
    expect_taken(&at[2], 15);
    expect_taken(&at[2], 11); /* its own has none */
    expect_taken(&at[0], 10);
    cr_expect_eq(bench_queue_count(queue), 0);
}

Test(queue, what_a_lost_device_gives_back_is_next_and_its_group_is_free)
{
    size_t lost = BENCH_QUEUE_NOWHERE, other = BENCH_QUEUE_NOWHERE, third = BENCH_QUEUE_NOWHERE;
    fill(11);
    expect_taken(&lost, 19);
    expect_taken(&lost, 18);
    expect_taken(&other, 14);
    bench_queue_put(queue, 18);
    bench_queue_put(queue, 19);
    bench_queue_leave(queue, &lost);
    cr_expect_eq(lost, BENCH_QUEUE_NOWHERE);
    bench_queue_leave(queue, &lost); /* once is enough */
    expect_taken(&third, 19);
    expect_taken(&third, 18);
}

Test(queue, cases_may_be_missing_as_of_a_run_that_goes_on)
{
    size_t at = BENCH_QUEUE_NOWHERE;
    bench_queue_put(queue, 7);
    bench_queue_put(queue, 2);
    expect_taken(&at, 7); /* the dearer of two groups with a case each */
    expect_taken(&at, 2);
    cr_expect_eq(bench_queue_count(queue), 0);
    bench_queue_put(queue, 7);
    expect_taken(&at, 7);
}

/* ---- many cases ---- */

#define MANY 2000
#define MANY_GROUPS 40
#define WORKERS 4
#define LOADING 3.0 /* of a group, by a worker that was at another */

static struct bench_operator many_operators[MANY_GROUPS];

struct outcome {
    double finished; /* when the last worker was */
    size_t loads;
};

/* Workers take cases whenever they are idle. */
static struct outcome work(const struct bench_suite *of, struct bench_queue *q, const double *cost,
                           bool seen[MANY])
{
    size_t at[WORKERS];
    const struct bench_operator *loaded[WORKERS] = {NULL};
    double idle_at[WORKERS] = {0};
    struct outcome o = {0};
    for (size_t w = 0; w < WORKERS; w++)
        at[w] = BENCH_QUEUE_NOWHERE;
    while (bench_queue_count(q) > 0) {
        size_t next = 0;
        for (size_t w = 1; w < WORKERS; w++)
            if (idle_at[w] < idle_at[next])
                next = w;
        size_t index = bench_queue_take(q, &at[next]);
        cr_assert(index < MANY && !seen[index], "case %zu twice", index);
        seen[index] = true;
        const struct bench_operator *op = of->cases[index].plan.op;
        o.loads += loaded[next] != op;
        idle_at[next] += cost[index] + (loaded[next] != op ? LOADING : 0);
        loaded[next] = op;
        o.finished = idle_at[next] > o.finished ? idle_at[next] : o.finished;
    }
    return o;
}

Test(queue, every_case_is_taken_once_groups_are_loaded_once_and_nobody_waits_long_at_the_end)
{
    static struct bench_suite_case all[MANY];
    static double cost[MANY];
    static bool seen[MANY];
    struct bench_suite many = {.name = "many", .cases = all, .case_count = MANY};
    double sum = 0, dearest = 0;
    unsigned state = 20261123;
    for (size_t i = 0; i < MANY; i++) {
        state = state * 1664525u + 1013904223u;
        all[i].plan.op = &many_operators[i * i / (MANY * MANY / MANY_GROUPS)];
        all[i].plan.dtype = BENCH_FLOAT32;
        cost[i] = 0.5 + (double)(state >> 8) / (1 << 24);
        sum += cost[i];
        dearest = cost[i] > dearest ? cost[i] : dearest;
    }
    struct bench_queue *q = bench_queue_new(&many, cost);
    for (size_t i = 0; i < MANY; i++)
        bench_queue_put(q, i);
    struct outcome o = work(&many, q, cost, seen);
    bench_queue_free(q);
    for (size_t i = 0; i < MANY; i++)
        cr_assert(seen[i], "case %zu was left", i);
    cr_expect_leq(o.loads, MANY_GROUPS + 2 * WORKERS, "%zu", o.loads);
    double best = (sum + MANY_GROUPS * LOADING) / WORKERS;
    cr_expect_leq(o.finished, best + 2 * (dearest + LOADING) + LOADING, "%g of %g", o.finished,
                  best);
}
