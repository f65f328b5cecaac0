/* How cases are divided, and in which order several devices take them. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/cost.h"
#include "bench/run/shard.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "judge_support.h"

#define CASES 50

static struct bench_suite_case cases[CASES];
static struct bench_suite suite = {.name = "some", .cases = cases, .case_count = CASES};
static double costs[CASES];
static int shards[CASES];

static void setup(void)
{
    for (int i = 0; i < CASES; i++) {
        snprintf(cases[i].plan.key, sizeof cases[i].plan.key, "%08x%024d",
                 (unsigned)i * 2654435761u, i);
        costs[i] = 1 + i % 7 * (i % 3);
    }
}

TestSuite(shard, .init = setup);

static void expect_parsed(const char *text, int shard, int count)
{
    struct bench_err err = {0};
    int i = 0, n = 0;
    cr_expect_eq(bench_shard_parse(text, &i, &n, &err), 0, "%s: %s", text, err.message);
    cr_expect_eq(i, shard);
    cr_expect_eq(n, count);
}

Test(shard, a_shard_is_a_number_of_a_number)
{
    static const char *const wrong[] = {"",    "/",    "1",    "1/",      "/2",   "0/2",
                                        "3/2", "-1/2", "1/0",  "1/2x",    "x1/2", "1 of 2",
                                        "a/b", "1//2", "1/-2", "1/100001"};
    int i, n;
    expect_parsed("1/1", 1, 1);
    expect_parsed("2/4", 2, 4);
    expect_parsed("100000/100000", 100000, 100000);
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++)
        cr_expect_eq(bench_shard_parse(wrong[k], &i, &n, NULL), BENCH_EINPUT, "'%s'", wrong[k]);
}

static double load_of(int shard)
{
    double load = 0;
    for (int i = 0; i < CASES; i++)
        load += shards[i] == shard ? costs[i] : 0;
    return load;
}

/* Graham's bound holds against the best division, which costs at least the mean and the largest
 * case. */
static void expect_balanced(int count)
{
    double all = 0, largest = 0, most = 0;
    for (int i = 0; i < CASES; i++) {
        all += costs[i];
        largest = costs[i] > largest ? costs[i] : largest;
        cr_expect(shards[i] >= 1 && shards[i] <= count, "case %d is in shard %d", i, shards[i]);
    }
    for (int s = 1; s <= count; s++)
        most = load_of(s) > most ? load_of(s) : most;
    double best = all / count > largest ? all / count : largest;
    cr_expect_leq(most, best + largest, "%d shards: the largest is %g, the mean %g", count, most,
                  all / count);
}

Test(shard, every_case_is_in_one_shard_and_they_are_balanced)
{
    for (int count = 1; count <= 60; count++) {
        bench_shard_divide(&suite, costs, count, shards);
        expect_balanced(count);
    }
}

Test(shard, equal_costs_are_dealt_out_evenly)
{
    for (int i = 0; i < CASES; i++)
        costs[i] = 2.5;
    bench_shard_divide(&suite, costs, 7, shards);
    for (int s = 1; s <= 7; s++)
        cr_expect(load_of(s) >= 2.5 * 7 && load_of(s) <= 2.5 * 8, "shard %d has %g", s, load_of(s));
}

Test(shard, the_order_of_cases_changes_nothing)
{
    int before[CASES];
    bench_shard_divide(&suite, costs, 4, shards);
    memcpy(before, shards, sizeof before);
    for (int i = 0; i < CASES / 2; i++) {
        struct bench_suite_case c = cases[i];
        double cost = costs[i];
        cases[i] = cases[CASES - 1 - i];
        costs[i] = costs[CASES - 1 - i];
        cases[CASES - 1 - i] = c;
        costs[CASES - 1 - i] = cost;
    }
    bench_shard_divide(&suite, costs, 4, shards);
    for (int i = 0; i < CASES; i++)
        cr_expect_eq(shards[i], before[CASES - 1 - i]);
}

Test(shard, the_dearest_case_comes_first_and_equal_ones_by_key)
{
    size_t order[CASES];
    bench_shard_order(&suite, costs, order);
    for (int i = 1; i < CASES; i++) {
        size_t a = order[i - 1], b = order[i];
        cr_expect(costs[a] > costs[b] ||
                  (costs[a] == costs[b] && strcmp(cases[a].plan.key, cases[b].plan.key) < 0));
    }
}

/* ---- costs ---- */

static struct judged_run judged;

static void setup_judged(void)
{
    judged_run_init(&judged);
    for (size_t i = 0; i < JUDGED_CASES; i++) {
        snprintf(judged.cases[i].plan.key, sizeof judged.cases[i].plan.key, "key%zu", i);
        judged.cases[i].plan.bytes = i == 3 ? 4e9 : 4096;
    }
}

TestSuite(cost, .init = setup_judged);

Test(cost, a_larger_case_is_expected_to_cost_more_up_to_what_it_may)
{
    double found[JUDGED_CASES];
    cr_assert_eq(bench_costs_find(&judged.suite, NULL, 2000, 0, found, NULL), 0);
    cr_expect_eq(found[0], found[1]);
    cr_expect_gt(found[0], 0);
    cr_expect_gt(found[3], found[0]);
    cr_assert_eq(bench_costs_find(&judged.suite, NULL, 100, 0, found, NULL), 0);
    cr_expect_lt(found[3], 0.1 * BENCH_ROLE_COUNT + 0.1 + 1e-9);
}

static char folder[] = "/tmp/bench-test-costs-XXXXXX";

static void write_journal(const char *text)
{
    char *path = bench_xprintf("%s/journal.jsonl", folder);
    cr_assert_eq(bench_file_write_atomic(path, text, strlen(text), NULL), 0);
    free(path);
}

Test(cost, an_earlier_run_tells_what_cases_cost)
{
    double found[JUDGED_CASES];
    struct bench_err err = {0};
    cr_assert_not_null(mkdtemp(folder));
    write_journal("{\"case\":7,\"process\":0,\"key\":\"key2\",\"case_host_ns\":3e9}\n"
                  "{\"case\":7,\"process\":1,\"key\":\"key2\",\"case_host_ns\":9e9}\n"
                  "{\"case\":8,\"process\":0,\"key\":\"key0\",\"case_host_ns\":1e9}\n"
                  "{\"case\":9,\"process\":0,\"key\":\"another\",\"case_host_ns\":5e9}\n"
                  "{\"case\":9,\"process\":0,\"key\":\"torn");
    cr_assert_eq(bench_costs_find(&judged.suite, folder, 2000, 0, found, &err), 0, "%s",
                 err.message);
    cr_expect_eq(found[2], 3);
    cr_expect_eq(found[0], 1);
    cr_expect_eq(found[1], 2); /* not known: the median of its operator's */
    write_journal("{\"case\":9,\"process\":0,\"key\":\"another\",\"case_host_ns\":5e9}\n");
    cr_expect_eq(bench_costs_find(&judged.suite, folder, 2000, 0, found, &err), BENCH_EINPUT);
    write_journal("no JSON\n");
    cr_expect_eq(bench_costs_find(&judged.suite, folder, 2000, 0, found, &err), BENCH_EINPUT);
    bench_file_remove_tree(folder, NULL);
    cr_expect_eq(bench_costs_find(&judged.suite, folder, 2000, 0, found, &err), BENCH_ENOTFOUND);
}
