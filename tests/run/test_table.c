/* The table that ends a run says who played, over which cases a mean was taken, and in one unit. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "bench/run/table.h"

#define CASES 4

static struct bench_operator op = {.name = "copy"};
static struct bench_operator *operators[] = {&op};
static struct bench_suite_case cases[CASES];
static struct bench_suite suite = {
    .operators = operators, .operator_count = 1, .cases = cases, .case_count = CASES};
static struct bench_record records[CASES * BENCH_ROLE_COUNT];
static double elapsed[CASES * BENCH_ROLE_COUNT];
static struct bench_run run;
static struct bench_str text;

/* Every case: candidate 100 ns, reference 200 ns, baseline 50 ns. */
static void setup(void)
{
    static const char *const names[] = {"fast", "port", "library"};
    static const double times[] = {100, 200, 50};
    run = (struct bench_run){.suite = &suite, .records = records, .cases_done = CASES};
    snprintf(run.info.kind, sizeof run.info.kind, "cuda");
    run.info.computes = true;
    for (size_t i = 0; i < CASES; i++) {
        cases[i].plan = (struct bench_case){.op = &op, .label = "copy case", .bytes = 1000};
        for (size_t r = 0; r < BENCH_ROLE_COUNT; r++) {
            struct bench_record *record = &records[run.record_count];
            elapsed[run.record_count++] = times[r];
            bench_record_init(record);
            record->case_index = i;
            record->roles = 1u << r;
            record->implementation = names[r];
            record->verified = true;
            record->elapsed_ns = &elapsed[record - records];
            record->round_count = 1;
        }
    }
    bench_str_init(&text);
}

static void teardown(void)
{
    bench_str_fini(&text);
}

TestSuite(table, .init = setup, .fini = teardown);

static struct bench_record *record_of(size_t index, enum bench_role role)
{
    return &records[index * BENCH_ROLE_COUNT + role];
}

static void expect(const char *part)
{
    cr_expect_not_null(strstr(text.data, part), "no '%s' in:\n%s", part, text.data);
}

static void expect_no(const char *part)
{
    cr_expect_null(strstr(text.data, part), "'%s' in:\n%s", part, text.data);
}

Test(table, a_mean_over_all_cases_says_nothing_more)
{
    bench_table_write(&run, false, &text);
    expect("  geometric mean: 2.00x the reference's speed, 50 % of the baseline's\n");
}

Test(table, a_mean_over_some_cases_says_over_how_many)
{
    record_of(1, BENCH_CANDIDATE)->status = BENCH_STATUS_WRONG;
    bench_table_write(&run, false, &text);
    expect("  geometric mean over 3 of 4 cases: 2.00x the reference's speed, 50 % of the "
           "baseline's\n");
}

Test(table, each_mean_has_its_own_cases)
{
    record_of(1, BENCH_REFERENCE)->status = BENCH_STATUS_UNSUPPORTED;
    record_of(2, BENCH_BASELINE)->near_floor = true;
    bench_table_write(&run, false, &text);
    expect("  geometric mean over 3 of 4 cases: 2.00x the reference's speed\n"
           "  geometric mean (1 near the floor): 50 % of the baseline's speed\n");
}

Test(table, cases_that_were_never_reached_are_missing_from_a_mean)
{
    run.cases_done = 2;
    run.record_count = 2 * BENCH_ROLE_COUNT;
    records[0].near_floor = records[3].near_floor = true;
    bench_table_write(&run, false, &text);
    expect("  geometric mean over 2 of 4 cases (2 near the floor): 2.00x the reference's speed, ");
}

Test(table, a_name_within_another_is_a_name)
{
    record_of(0, BENCH_CANDIDATE)->implementation = "candidate_split";
    record_of(1, BENCH_CANDIDATE)->implementation = "candidate";
    record_of(2, BENCH_CANDIDATE)->implementation = "candidate";
    record_of(3, BENCH_CANDIDATE)->implementation = "candidate_split";
    bench_table_write(&run, false, &text);
    expect("candidate: candidate_split, candidate, reference: port, baseline: library\n");
}

Test(table, rates_of_an_operator_have_one_unit)
{
    cases[0].plan.bytes = 200000; /* 2000 GB/s; the others 10 */
    cases[1].plan.flops = 17000;  /* alone it would be shown in FLOP/s */
    bench_table_write(&run, false, &text);
    expect("2.00 TB/s");
    expect("0.010 TB/s");
    expect_no("GB/s");
    expect_no("FLOP/s");
}

Test(table, the_unit_does_not_hide_the_slowest)
{
    cases[0].plan.bytes = 200000;
    cases[1].plan.bytes = 100; /* 1 GB/s would be 0.001 TB/s */
    bench_table_write(&run, false, &text);
    expect("2000 GB/s");
    expect("1.00 GB/s");
    expect_no("TB/s");
}
