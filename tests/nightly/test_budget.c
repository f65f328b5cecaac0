/* What a night's time is spent on. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "bench/nightly/budget.h"

Test(budget, times_are_read_and_nonsense_is_not)
{
    cr_expect_eq(bench_nightly_seconds("2h"), 7200);
    cr_expect_eq(bench_nightly_seconds("90m"), 5400);
    cr_expect_eq(bench_nightly_seconds("1h30m"), 5400);
    cr_expect_eq(bench_nightly_seconds("0.5h"), 1800);
    cr_expect_eq(bench_nightly_seconds("45s"), 45);
    cr_expect_eq(bench_nightly_seconds("3600"), 3600);
    const char *const bad[] = {"", "h", "2x", "2h30", "-1h", "soon", "1h ", "infh", "nan"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_expect_lt(bench_nightly_seconds(bad[i]), 0, "'%s'", bad[i]);
}

Test(budget, nearness_is_one_on_the_threshold_and_falls)
{
    cr_expect_eq(bench_nightly_nearness(1.2, 1.4, 1.3), 1);
    cr_expect_eq(bench_nightly_nearness(1.3, 1.4, 1.3), 1);
    double near = bench_nightly_nearness(1.31, 1.4, 1.3), far = bench_nightly_nearness(2, 3, 1.3);
    cr_expect(near > 0.8 && near < 1);
    cr_expect(far > 0 && far < 1e-3);
    cr_expect_float_eq(bench_nightly_nearness(1.1, 1.2, 1.3),
                       bench_nightly_nearness(1.3 * 1.3 / 1.2, 2, 1.3), 1e-12, "both sides alike");
    cr_expect_eq(bench_nightly_nearness(1.2, INFINITY, 1.3), 1);
    cr_expect_eq(bench_nightly_nearness(NAN, 1, 1.3), 0);
}

#define UNIT(name, n, age, near, cost)                                                             \
    {                                                                                              \
        .op = name, .cases = n, .age_days = age, .nearness = near, .cost_s = cost                  \
    }

static const struct bench_nightly_unit *find(const struct bench_nightly_unit *units, size_t count,
                                             const char *op)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(units[i].op, op) == 0)
            return &units[i];
    cr_assert_fail("no %s", op);
    return NULL;
}

Test(budget, the_undecided_and_the_old_come_first)
{
    struct bench_nightly_unit units[] = {UNIT("decided", 1, 1, 0, 10), UNIT("open", 1, 1, 1, 10),
                                         UNIT("old", 1, 8, 0, 10), UNIT("new", 1, INFINITY, 0, 10)};
    bench_nightly_budget(units, 4, 30);
    cr_expect_str_eq(units[0].op, "new");
    cr_expect_str_eq(units[1].op, "open"); /* 1 day x 10 */
    cr_expect_str_eq(units[2].op, "old");  /* 8 days */
    cr_expect(units[0].wanted && units[1].wanted && units[2].wanted);
    cr_expect_not(units[3].wanted);
}

Test(budget, shorter_ones_fill_what_a_long_one_leaves)
{
    struct bench_nightly_unit units[] = {UNIT("a", 1, 3, 0, 50), UNIT("long", 1, 2, 0, 80),
                                         UNIT("b", 1, 1, 0, 40)};
    bench_nightly_budget(units, 3, 100);
    cr_expect(find(units, 3, "a")->wanted);
    cr_expect_not(find(units, 3, "long")->wanted);
    cr_expect(find(units, 3, "b")->wanted);
}

/* Night after night: also what is longer than the budget, and far from every threshold, has its
 * turn. */
Test(budget, nothing_starves)
{
    int nights_since[3] = {0, 0, 0}, worst[3] = {0, 0, 0};
    static const char *const names[] = {"open", "far", "huge"};
    for (int night = 0; night < 200; night++) {
        struct bench_nightly_unit units[3];
        for (int i = 0; i < 3; i++)
            units[i] = (struct bench_nightly_unit)UNIT(names[i], 1, nights_since[i] + 1,
                                                       i == 0 ? 1 : 0, i == 2 ? 500 : 60);
        bench_nightly_budget(units, 3, 100);
        for (int i = 0; i < 3; i++) {
            nights_since[i] = find(units, 3, names[i])->wanted ? 0 : nights_since[i] + 1;
            worst[i] = nights_since[i] > worst[i] ? nights_since[i] : worst[i];
        }
    }
    cr_expect(worst[0] <= 3, "the undecided one waits %d nights", worst[0]);
    cr_expect(worst[1] <= 15 && worst[2] <= 15, "%d and %d nights", worst[1], worst[2]);
}

Test(budget, unknown_costs_are_those_of_other_cases)
{
    struct bench_nightly_unit units[] = {UNIT("known", 10, 1, 0, 20),
                                         UNIT("new", 5, INFINITY, 0, NAN)};
    bench_nightly_budget(units, 2, 1000);
    cr_expect_eq(find(units, 2, "new")->cost_s, 10);
    cr_expect(find(units, 2, "new")->guessed);
    cr_expect_not(find(units, 2, "known")->guessed);
    struct bench_nightly_unit first = UNIT("first", 10, INFINITY, 0, NAN);
    bench_nightly_budget(&first, 1, 1);
    cr_expect_float_eq(first.cost_s, 10 * BENCH_NIGHTLY_CASE_S, 1e-12);
    cr_expect(first.wanted, "the first is taken in any case");
}
