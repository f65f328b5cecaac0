/* The table that ends a run says who played, over which cases a mean was taken, and in one unit. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "bench/run/table.h"
#include "judge_support.h"

static struct judged_run judged;
static struct bench_str text;

/* Every case: candidate 100 us, reference 200 us, baseline 50 us. */
static void setup(void)
{
    judged_run_init(&judged);
    bench_str_init(&text);
}

static void teardown(void)
{
    bench_str_fini(&text);
}

TestSuite(table, .init = setup, .fini = teardown);

static struct bench_record *record_of(size_t index, enum bench_role role)
{
    return judged_record(&judged, 0, index, role);
}

static void print(void)
{
    struct bench_judge judge;
    bench_judge_init(&judge, &judged.run);
    bench_table_write(&judged.run, &judge, false, &text);
    bench_judge_fini(&judge);
}

static void expect(const char *part)
{
    cr_expect_not_null(strstr(text.data, part), "no '%s' in:\n%s", part, text.data);
}

static void expect_no(const char *part)
{
    cr_expect_null(strstr(text.data, part), "'%s' in:\n%s", part, text.data);
}

Test(table, a_ratio_has_its_interval_and_its_answer)
{
    judged_set(&judged, record_of(1, BENCH_REFERENCE), 130e3, 0.005);
    record_of(2, BENCH_CANDIDATE)->near_floor = true;
    record_of(3, BENCH_CANDIDATE)->throttled = true;
    print();
    expect("2.00x ±0."); /* per cent */
    expect("% pass  50 % ±0.");
    expect("% fail");
    expect("1.30x ±0.");
    expect("% ?");
    expect(" us*  ");
    expect(" us!  ");
    expect("? undetermined: interval holds the threshold (1), throttled (2)\n");
    expect("* near the floor");
    expect("! the clock stayed throttled in 1 record");
    expect("medians of 64 rounds");
}

/* Ten of sixteen times are 800 us, the others 2.2 to 4.6 ms. "8.60x ±119% pass" would read as if it
 * could be nothing. */
Test(table, an_interval_far_to_both_sides_has_its_ends)
{
    struct bench_record *r = record_of(1, BENCH_REFERENCE);
    double *samples = judged.samples[r - judged.records];
    for (size_t i = 0; i < r->round_count; i++)
        samples[i] = i * 7 % 16 < 10 ? 800e3 : 2200e3 + 600e3 * (double)(i % 5);
    print();
    expect("  8.60x [");
}

/* Twice as fast by single launches, as fast by graphs. */
Test(table, two_estimates_that_contradict_each_other_are_told)
{
    static double samples[BENCH_ROLE_COUNT][32];
    print();
    expect_no("~");
    for (int role = BENCH_CANDIDATE; role <= BENCH_REFERENCE; role++) {
        struct bench_record *r = record_of(1, (enum bench_role)role);
        judged_draw(samples[role], 32, 8 * 100e3, 0.002, (uint64_t)role + 1);
        r->graph_elapsed_ns = samples[role];
        r->graph_round_count = 32;
        r->graph_launches = 8;
    }
    bench_str_clear(&text);
    print();
    expect("2.00x~ [1.00, 2.0");
    expect("? undetermined: event and graph timing disagree (1)\n");
    expect("~ timed by single launches and by graphs of many, the two differ in 1 ratio by more");
}

Test(table, a_mean_over_all_cases_says_nothing_more)
{
    print();
    expect("  geometric mean: 2.00x the reference's speed (");
    expect("): pass (at least 1.30x), not confirmed\n"
           "  geometric mean: 50 % of the baseline's speed (");
    expect("): fail (at least 80 %)\n");
}

Test(table, all_are_verified_only_if_none_has_failed)
{
    for (size_t i = 0; i < judged.run.record_count; i++)
        judged.run.records[i].verified = true;
    print();
    expect("taken off, all verified\n");
    bench_str_clear(&text);
    record_of(1, BENCH_CANDIDATE)->status = BENCH_STATUS_WRONG;
    record_of(1, BENCH_CANDIDATE)->round_count = 0;
    record_of(1, BENCH_CANDIDATE)->verified = false;
    print();
    expect("taken off\n");
}

Test(table, a_mean_over_some_cases_says_over_how_many)
{
    record_of(1, BENCH_CANDIDATE)->status = BENCH_STATUS_WRONG;
    print();
    expect("  geometric mean over 3 of 4 cases: 2.00x the reference's speed (");
    expect("): undetermined (the candidate has no time in 1 of 4 cases)\n");
}

Test(table, each_mean_has_its_own_cases)
{
    record_of(1, BENCH_REFERENCE)->status = BENCH_STATUS_UNSUPPORTED;
    print();
    expect("  geometric mean over 3 of 4 cases: 2.00x the reference's speed");
    expect("  geometric mean: 50 % of the baseline's speed");
}

Test(table, cases_that_were_never_reached_are_missing_from_a_mean)
{
    judged.run.cases_done = 2;
    judged.run.record_count = 2 * BENCH_ROLE_COUNT;
    print();
    expect("  geometric mean over 2 of 4 cases: 2.00x the reference's speed (");
}

Test(table, a_claim_says_over_how_many_processes_it_is)
{
    judged.run.settings.confirm = 3;
    for (int k = 0; k < 3; k++)
        judged_run_add_process(&judged);
    print();
    expect("): pass (at least 1.30x), over 3 fresh processes\n");
    expect("candidate: fast, reference: port, baseline: library\n");
}

Test(table, cases_with_one_set_of_inputs_are_counted)
{
    print();
    expect_no("set of inputs");
    record_of(0, BENCH_REFERENCE)->checks.sets_at_once = 1;
    print();
    expect("! 1 record is of cases for which the memory holds one set of inputs, not two");
}

Test(table, a_cache_check_that_could_not_tell_is_not_shown_as_passed)
{
    judged.run.cache_check = (struct bench_cache_check){
        .checked = true, .evicts = true, .clean = true, .why = "hot and evicted are too alike"};
    print();
    expect("Whether the cache flush evicts cannot be told: hot and evicted are too alike.");
    expect_no("Cache flush checked");
}

Test(table, the_footer_says_how_far_to_trust_it)
{
    static double twin[JUDGED_ROUNDS];
    struct bench_record *r = record_of(0, BENCH_REFERENCE);
    print();
    expect("Noise floor unknown: no kernel was measured against itself;");
    expect_no("(--no-aa)");
    bench_str_clear(&text);
    judged.run.settings.aa = false;
    print();
    expect("against itself (--no-aa);");
    bench_str_clear(&text);
    for (size_t i = 0; i < JUDGED_ROUNDS; i++)
        twin[i] = r->elapsed_ns[i] * 1.02;
    r->twin_elapsed_ns = twin;
    r->twin_round_count = JUDGED_ROUNDS;
    r->discarded_rounds = 3;
    judged.run.cache_check = (struct bench_cache_check){.checked = true, .why = "too fast"};
    print();
    expect("Noise floor 2.00 % (1 kernel against itself, worst 2.00 %, 1 interval without 1)");
    expect("The cache flush does not work: too fast.");
    expect("3 rounds discarded");
}

Test(table, of_the_roofline_where_it_is_known)
{
    print();
    expect_no("roofline");
    bench_str_clear(&text);
    record_of(0, BENCH_CANDIDATE)->roofline_ns = 75e3;
    print();
    expect("roofline");
    expect("75 %");
    expect_no("GB/s");
}

Test(table, a_name_within_another_is_a_name)
{
    record_of(0, BENCH_CANDIDATE)->implementation = "candidate_split";
    record_of(1, BENCH_CANDIDATE)->implementation = "candidate";
    record_of(2, BENCH_CANDIDATE)->implementation = "candidate";
    record_of(3, BENCH_CANDIDATE)->implementation = "candidate_split";
    print();
    expect("candidate: candidate_split, candidate, reference: port, baseline: library\n");
}

static void set_exact_times(void)
{
    for (size_t i = 0; i < JUDGED_CASES; i++)
        judged_set(&judged, record_of(i, BENCH_CANDIDATE), 100e3, 0);
}

Test(table, rates_of_an_operator_have_one_unit)
{
    set_exact_times();
    judged.cases[0].plan.bytes = 200e6; /* 2000 GB/s; the others 10 */
    judged.cases[1].plan.flops = 17e6;  /* alone it would be shown in FLOP/s */
    print();
    expect("2.00 TB/s");
    expect("0.010 TB/s");
    expect_no("GB/s");
    expect_no("FLOP/s");
}

Test(table, the_unit_does_not_hide_the_slowest)
{
    set_exact_times();
    judged.cases[0].plan.bytes = 200e6;
    judged.cases[1].plan.bytes = 100e3; /* 1 GB/s would be 0.001 TB/s */
    print();
    expect("2000 GB/s");
    expect("1.00 GB/s");
    expect_no("TB/s");
}

Test(table, a_driver_that_does_not_tell_what_kernels_take_is_pointed_out)
{
    judged.run.info.computes = judged.run.info.tells_params = true;
    print();
    expect_no("arguments of launches");
    bench_str_clear(&text);
    judged.run.info.tells_params = false;
    print();
    expect("The arguments of launches were not compared with what the kernels take");
}

Test(table, a_baseline_that_launches_nothing_is_pointed_out)
{
    for (size_t i = 0; i < JUDGED_CASES; i++) {
        record_of(i, BENCH_BASELINE)->launched = "[]";
        record_of(i, BENCH_BASELINE)->proof = "ok";
        record_of(i, BENCH_BASELINE)->proof_why = "no kernel at all: the answer is a view";
        record_of(i, BENCH_REFERENCE)->launched = "[{\"name\":\"copy\"}]";
        record_of(i, BENCH_REFERENCE)->proof = "ok";
    }
    strcpy(judged.run.info.kind, "cpu");
    judged.run.info.computes = judged.run.info.tells_params = true;
    print();
    expect_no("launches");
    bench_str_clear(&text);
    strcpy(judged.run.info.kind, "cuda");
    print();
    expect("the baseline launches no kernel at all: the answer is a view; its time is an empty "
           "stream's\n");
    expect_no("reference launches");
}
