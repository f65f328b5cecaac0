/* Which cases are measured, and which of them with a kernel against itself. */
#include <criterion/criterion.h>

#include "judge_support.h"

static struct judged_run judged;

static void setup(void)
{
    judged_run_init(&judged);
}

TestSuite(run_cases, .init = setup);

static size_t count_twins(size_t cases)
{
    size_t count = 0;
    judged.suite.case_count = cases;
    for (size_t i = 0; i < cases; i++)
        count += bench_run_has_twin(&judged.run, i);
    return count;
}

Test(run_cases, a_tenth_has_a_twin_but_at_least_eight)
{
    cr_expect_eq(count_twins(1), 1);
    cr_expect_eq(count_twins(5), 5);
    cr_expect_eq(count_twins(9), 8);
    cr_expect_eq(count_twins(80), 8);
    cr_expect_eq(count_twins(219), 21);
    cr_expect_eq(count_twins(100000), 10000);
}

Test(run_cases, twins_are_evenly_spread)
{
    size_t last = 0;
    count_twins(219);
    cr_expect(bench_run_has_twin(&judged.run, 0));
    for (size_t i = 1; i < 219; i++) {
        if (!bench_run_has_twin(&judged.run, i))
            continue;
        cr_expect(i - last == 10 || i - last == 11, "%zu after %zu", i, last);
        last = i;
    }
    cr_expect_geq(last, 219 - 11);
}

Test(run_cases, no_twins_where_they_say_nothing)
{
    judged.run.settings.aa = false;
    cr_expect_eq(count_twins(100), 0);
    judged.run.settings.aa = true;
    judged.run.process = 1;
    cr_expect_eq(count_twins(100), 0);
    judged.run.process = 0;
    judged.run.options.sanitize = true;
    cr_expect_eq(count_twins(100), 0);
}

Test(run_cases, records_are_found_by_process)
{
    judged_run_add_process(&judged);
    cr_expect_eq(bench_run_find(&judged.run, 2, BENCH_REFERENCE),
                 judged_record(&judged, 0, 2, BENCH_REFERENCE));
    cr_expect_eq(bench_run_find_process(&judged.run, 2, BENCH_REFERENCE, 1),
                 judged_record(&judged, 1, 2, BENCH_REFERENCE));
    cr_expect_null(bench_run_find_process(&judged.run, 2, BENCH_REFERENCE, 2));
}

Test(run_cases, all_are_wanted_where_nothing_is_said)
{
    static const bool wanted[JUDGED_CASES] = {false, true, false, true};
    cr_expect(bench_run_wants(&judged.run, 0));
    judged.run.wanted = wanted;
    cr_expect_not(bench_run_wants(&judged.run, 0));
    cr_expect(bench_run_wants(&judged.run, 3));
}
