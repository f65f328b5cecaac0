/* Counting faults, and keeping some of them. */
#include <criterion/criterion.h>

#include "selector/faults.h"

TestSuite(faults);

Test(faults, all_are_counted_and_some_kept_of_each_kind)
{
    struct bench_faults faults;
    bench_faults_init(&faults);
    faults.keep = 2;
    for (int i = 0; i < 1000; i++) {
        bench_faults_report(&faults, BENCH_FAULT_ERROR, "time", NULL, "error %d", i);
        bench_faults_report(&faults, BENCH_FAULT_WARNING, "unit", NULL, "warning %d", i);
    }
    bench_faults_found(&faults, "type", NULL, "a", "b");
    cr_assert_eq(faults.errors, 1001);
    cr_assert_eq(faults.warnings, 1000);
    cr_assert_eq(faults.count, 5);
    cr_assert_str_eq(faults.items[2].message, "error 1");
    cr_assert_str_eq(faults.items[4].message, "found a, expected b");
    cr_assert_eq(faults.kind_count, 3);
    cr_assert_eq(faults.kinds[0].count, 1000);
    cr_assert_eq(faults.kinds[0].kept, 2);
    bench_faults_fini(&faults);
}

Test(faults, moving_keeps_counts_and_order)
{
    struct bench_faults to, from;
    bench_faults_init(&to);
    bench_faults_init(&from);
    to.keep = from.keep = 3;
    for (int i = 0; i < 2; i++)
        bench_faults_report(&to, BENCH_FAULT_ERROR, "time", NULL, "first %d", i);
    for (int i = 0; i < 5; i++)
        bench_faults_report(&from, BENCH_FAULT_ERROR, "time", NULL, "second %d", i);
    bench_faults_move(&to, &from);
    cr_assert_eq(to.errors, 7);
    cr_assert_eq(to.count, 3);
    cr_assert_str_eq(to.items[2].message, "second 0");
    cr_assert_eq(to.kinds[0].count, 7);
    cr_assert_eq(from.errors, 0);
    bench_faults_fini(&to);
    bench_faults_fini(&from);
}
