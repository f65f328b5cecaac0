/* Answers come from intervals; what cannot be trusted decides nothing, and says why. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "judge_support.h"

static struct judged_run judged;
static struct bench_judge judge;

static void setup(void)
{
    judged_run_init(&judged);
}

static void teardown(void)
{
    bench_judge_fini(&judge);
}

TestSuite(judge, .init = setup, .fini = teardown);

static void decide(void)
{
    bench_judge_fini(&judge);
    bench_judge_init(&judge, &judged.run);
}

static struct bench_record *record(size_t case_index, enum bench_role role)
{
    return judged_record(&judged, 0, case_index, role);
}

static const struct bench_judgement *speedup(size_t case_index)
{
    return &judge.cases[case_index][BENCH_RULE_SPEEDUP];
}

static const struct bench_judgement *speedup_of_all(void)
{
    return &judge.operators[0][BENCH_RULE_SPEEDUP];
}

static void expect(const struct bench_judgement *j, enum bench_answer answer, const char *reason)
{
    cr_expect_eq(j->answer, answer, "%s (%s), expected %s: %g, %g to %g",
                 bench_answer_name(j->answer), j->reason, bench_answer_name(answer),
                 j->ratio.estimate, j->ratio.low, j->ratio.high);
    cr_expect_not_null(strstr(j->reason, reason), "the reason is '%s', expected '%s'", j->reason,
                       reason);
}

/* Every case has a twin of its reference, which differs from it by so much. */
static void add_twins(double difference)
{
    static double twins[JUDGED_CASES][JUDGED_ROUNDS];
    for (size_t i = 0; i < JUDGED_CASES; i++) {
        struct bench_record *r = record(i, BENCH_REFERENCE);
        for (size_t k = 0; k < JUDGED_ROUNDS; k++)
            twins[i][k] = r->elapsed_ns[k] * (1 + difference);
        r->twin_elapsed_ns = twins[i];
        r->twin_round_count = JUDGED_ROUNDS;
    }
}

/* A second estimate for candidate and reference: so many ns a call, without floors. */
static void add_graphs(double candidate_ns, double reference_ns)
{
    enum { LAUNCHES = 32, ROUNDS = 32 };
    static double samples[JUDGED_CASES][2][ROUNDS];
    for (size_t i = 0; i < JUDGED_CASES; i++) {
        for (int r = BENCH_CANDIDATE; r <= BENCH_REFERENCE; r++) {
            double ns = r == BENCH_CANDIDATE ? candidate_ns : reference_ns;
            struct bench_record *rec = record(i, (enum bench_role)r);
            judged_draw(samples[i][r], ROUNDS, ns * LAUNCHES, 0.002, 7 * i + (size_t)r);
            rec->graph_elapsed_ns = samples[i][r];
            rec->graph_round_count = ROUNDS;
            rec->graph_launches = LAUNCHES;
        }
    }
}

static void confirm_with(int processes)
{
    judged.run.settings.confirm = 3;
    for (int k = 0; k < processes; k++)
        judged_run_add_process(&judged);
}

Test(judge, the_thresholds_of_a_suite_are_the_users)
{
    decide();
    cr_expect_eq(judge.criteria[BENCH_RULE_SPEEDUP].threshold, 1.30);
    cr_expect(judge.criteria[BENCH_RULE_SPEEDUP].at_least);
    cr_expect_eq(judge.criteria[BENCH_RULE_RELATIVE].threshold, 1.25);
    cr_expect_not(judge.criteria[BENCH_RULE_RELATIVE].at_least);
}

Test(judge, three_answers)
{
    judged_set(&judged, record(1, BENCH_REFERENCE), 110e3, 0.005);
    judged_set(&judged, record(2, BENCH_REFERENCE), 130e3, 0.005);
    decide();
    expect(speedup(0), BENCH_PASS, "");
    expect(speedup(1), BENCH_FAIL, "");
    expect(speedup(2), BENCH_UNDETERMINED, "interval holds the threshold");
    expect(&judge.cases[0][BENCH_RULE_RELATIVE], BENCH_FAIL, "");
    cr_expect_float_eq(speedup(0)->ratio.estimate, 2, 0.01);
    cr_expect_str_eq(speedup(0)->method, "events");
}

Test(judge, the_estimate_is_the_ratio_of_the_times_shown)
{
    struct bench_record *a = record(0, BENCH_REFERENCE), *b = record(0, BENCH_CANDIDATE);
    a->floor_low_ns = b->floor_low_ns = 2000;
    a->floor_high_ns = b->floor_high_ns = 3000;
    decide();
    cr_expect_float_eq(speedup(0)->ratio.estimate,
                       bench_record_time_ns(a) / bench_record_time_ns(b), 1e-12);
}

Test(judge, an_operator_is_the_geometric_mean_of_its_cases)
{
    judged_set(&judged, record(1, BENCH_REFERENCE), 50e3, 0.005);
    decide();
    cr_expect(speedup_of_all()->known);
    cr_expect_eq(speedup_of_all()->cases, JUDGED_CASES);
    cr_expect_float_eq(speedup_of_all()->ratio.estimate, pow(2 * 2 * 2 * 0.5, 0.25), 0.01);
    expect(speedup_of_all(), BENCH_PASS, "");
    cr_expect_eq(speedup_of_all()->processes, 0);
}

/* Log of the operator's interval: high over low. */
static double width_of_all(void)
{
    return log(speedup_of_all()->ratio.high / speedup_of_all()->ratio.low);
}

Test(judge, a_mean_of_cases_that_ended_on_near_answers_allows_for_their_luck)
{
    double part = 0;
    for (size_t i = 0; i < JUDGED_CASES; i++) {
        judged_set(&judged, record(i, BENCH_REFERENCE), 134e3, 0.04);
        judged_set(&judged, record(i, BENCH_CANDIDATE), 100e3, 0.04);
        for (int r = 0; r < BENCH_ROLE_COUNT; r++)
            record(i, (enum bench_role)r)->stopped = "precise";
    }
    decide();
    double width = width_of_all();
    for (size_t i = 0; i < JUDGED_CASES; i++)
        part += 0.25 * log(speedup(i)->ratio.stat_high / speedup(i)->ratio.stat_low);
    for (size_t i = 0; i < JUDGED_CASES; i++)
        record(i, BENCH_CANDIDATE)->stopped = "decided";
    decide();
    cr_expect_float_eq(width_of_all(), width + part / JUDGED_CASES, 1e-9);
}

Test(judge, a_mean_of_cases_far_from_the_threshold_has_no_luck_to_allow_for)
{
    decide();
    double width = width_of_all();
    for (size_t i = 0; i < JUDGED_CASES; i++)
        record(i, BENCH_CANDIDATE)->stopped = "decided";
    decide();
    cr_expect_float_eq(width_of_all(), width, 1e-12);
}

Test(judge, a_case_without_times_leaves_the_operator_undetermined)
{
    record(1, BENCH_CANDIDATE)->status = BENCH_STATUS_WRONG;
    record(2, BENCH_BASELINE)->status = BENCH_STATUS_UNSUPPORTED;
    decide();
    cr_expect_not(speedup(1)->known);
    cr_expect_not(speedup_of_all()->known);
    cr_expect_eq(speedup_of_all()->cases, JUDGED_CASES - 1);
    expect(speedup_of_all(), BENCH_UNDETERMINED, "the candidate has no time in 1 of 4 cases");
    record(1, BENCH_CANDIDATE)->status = BENCH_STATUS_OK;
    decide();
    expect(speedup_of_all(), BENCH_PASS, "");
    expect(&judge.operators[0][BENCH_RULE_RELATIVE], BENCH_UNDETERMINED, "the baseline has no");
}

static void make_empty(size_t case_index)
{
    judged.cases[case_index].plan.empty = true;
    for (int r = 0; r < BENCH_ROLE_COUNT; r++) {
        record(case_index, (enum bench_role)r)->status = BENCH_STATUS_CHECKED;
        record(case_index, (enum bench_role)r)->round_count = 0;
    }
}

Test(judge, an_empty_case_counts_in_no_mean_but_must_be_right)
{
    make_empty(1);
    decide();
    cr_expect_not(speedup(1)->known);
    expect(speedup_of_all(), BENCH_PASS, "");
    cr_expect(speedup_of_all()->known);
    cr_expect_eq(speedup_of_all()->cases, JUDGED_CASES - 1);
    record(1, BENCH_CANDIDATE)->status = BENCH_STATUS_UNSUPPORTED;
    decide();
    expect(speedup_of_all(), BENCH_PASS, "");
    record(1, BENCH_CANDIDATE)->status = BENCH_STATUS_NAN;
    decide();
    expect(speedup_of_all(), BENCH_UNDETERMINED, "the candidate failed (nan) in the empty case");
}

Test(judge, an_empty_case_is_confirmed_by_being_right)
{
    make_empty(1);
    confirm_with(3);
    for (int process = 1; process <= 3; process++)
        judged_record(&judged, process, 1, BENCH_CANDIDATE)->status = BENCH_STATUS_CHECKED;
    decide();
    expect(speedup_of_all(), BENCH_PASS, "");
    cr_expect_eq(speedup_of_all()->processes, 3);
    judged_record(&judged, 2, 1, BENCH_CANDIDATE)->status = BENCH_STATUS_OUT_OF_BOUNDS;
    decide();
    expect(speedup_of_all(), BENCH_UNDETERMINED, "the candidate failed in process 2");
}

Test(judge, an_operator_of_empty_cases_alone_has_no_answer)
{
    for (size_t i = 0; i < JUDGED_CASES; i++)
        make_empty(i);
    decide();
    cr_expect_not(speedup_of_all()->known);
    expect(speedup_of_all(), BENCH_UNDETERMINED, "all of its cases are empty");
}

Test(judge, a_role_that_nobody_plays_has_no_ratio)
{
    for (size_t i = 0; i < JUDGED_CASES; i++)
        record(i, BENCH_BASELINE)->status = BENCH_STATUS_UNAVAILABLE;
    decide();
    cr_expect(isnan(judge.operators[0][BENCH_RULE_RELATIVE].ratio.estimate));
    cr_expect_eq(judge.operators[0][BENCH_RULE_RELATIVE].cases, 0);
}

Test(judge, without_twins_the_noise_floor_is_unknown)
{
    decide();
    cr_expect_eq(judge.aa_cases, 0);
    cr_expect_eq(judge.noise_floor, 0);
}

Test(judge, the_noise_floor_is_what_twins_differ_by)
{
    add_twins(0.03);
    decide();
    cr_expect_eq(judge.aa_cases, JUDGED_CASES);
    cr_expect_eq(judge.aa_outside, JUDGED_CASES);
    cr_expect_float_eq(judge.aa_worst, 0.03, 1e-9);
    cr_expect_float_eq(judge.noise_floor, log(1.03), 1e-9);
}

Test(judge, nothing_nearer_than_the_noise_floor_is_decided)
{
    judged_set(&judged, record(1, BENCH_REFERENCE), 135e3, 0.005);
    decide();
    expect(speedup(1), BENCH_PASS, "");
    add_twins(0.05);
    decide();
    expect(speedup(1), BENCH_UNDETERMINED, "noise floor");
    expect(speedup(0), BENCH_PASS, "");
}

Test(judge, throttled_times_decide_nothing)
{
    record(2, BENCH_CANDIDATE)->throttled = true;
    decide();
    expect(speedup(0), BENCH_PASS, "");
    expect(speedup(2), BENCH_UNDETERMINED, "throttled");
    expect(speedup_of_all(), BENCH_UNDETERMINED, "throttled");
}

Test(judge, a_flush_that_does_not_work_decides_nothing)
{
    judged.run.cache_check = (struct bench_cache_check){.checked = true, .clean = true};
    decide();
    expect(speedup(0), BENCH_UNDETERMINED, "the cache flush does not work");
    expect(speedup_of_all(), BENCH_UNDETERMINED, "the cache flush does not work");
    judged.run.settings.cache = BENCH_CACHE_HOT; /* where nothing is flushed */
    decide();
    expect(speedup_of_all(), BENCH_PASS, "");
}

Test(judge, graphs_decide_where_events_cannot)
{
    for (size_t i = 0; i < JUDGED_CASES; i++) {
        judged_set(&judged, record(i, BENCH_CANDIDATE), 4000, 0.005);
        judged_set(&judged, record(i, BENCH_REFERENCE), 4500, 0.005);
        for (int r = BENCH_CANDIDATE; r <= BENCH_REFERENCE; r++) {
            record(i, (enum bench_role)r)->floor_ns = 2200;
            record(i, (enum bench_role)r)->floor_low_ns = 2200;
            record(i, (enum bench_role)r)->floor_high_ns = 3100;
            record(i, (enum bench_role)r)->own_ns = 900;
        }
    }
    decide();
    expect(speedup(0), BENCH_UNDETERMINED, "interval holds the threshold");
    add_graphs(1000, 1400);
    decide();
    expect(speedup(0), BENCH_PASS, "");
    cr_expect_str_eq(speedup(0)->method, "graph");
    cr_expect_float_eq(speedup(0)->ratio.estimate, 1.4, 0.01);
    /* A mean is of one kind of time: of all cases by events, with the low floor. */
    cr_expect_float_eq(speedup_of_all()->ratio.estimate, 2300.0 / 1800, 0.01);
    expect(speedup_of_all(), BENCH_UNDETERMINED, "interval holds the threshold");
}

Test(judge, graphs_that_contradict_leave_it_open)
{
    judged_set(&judged, record(0, BENCH_REFERENCE), 130e3, 0.005);
    add_graphs(100e3, 200e3);
    decide();
    expect(speedup(0), BENCH_UNDETERMINED, "event and graph timing disagree");
    cr_expect(speedup(0)->disagree);
    cr_expect_float_eq(speedup(0)->ratio.estimate, 1.3, 0.01);
    expect(speedup_of_all(), BENCH_PASS, ""); /* whichever of the two is right */
    expect(speedup(1), BENCH_PASS, "");
}

Test(judge, graphs_that_agree_change_nothing_where_events_have_decided)
{
    add_graphs(100e3, 199e3);
    decide();
    expect(speedup(0), BENCH_PASS, "");
    cr_expect_not(speedup(0)->disagree);
    cr_expect_str_eq(speedup(0)->method, "events");
    add_graphs(100e3, 100e3); /* but none is decided against them */
    decide();
    expect(speedup(0), BENCH_UNDETERMINED, "event and graph timing disagree");
    cr_expect(speedup(0)->disagree);
}

/* An empty kernel of 3 us, 0.8 of them its own: whichever of them one takes off, the intervals of
 * short kernels overlap. How much longer the reference takes does not hang on that. */
Test(judge, differences_that_contradict_are_seen_through_wide_floors)
{
    for (size_t i = 0; i < JUDGED_CASES; i++) {
        judged_set(&judged, record(i, BENCH_CANDIDATE), 4200, 0.005);
        judged_set(&judged, record(i, BENCH_REFERENCE), 4800, 0.005);
        for (int r = BENCH_CANDIDATE; r <= BENCH_REFERENCE; r++) {
            struct bench_record *rec = record(i, (enum bench_role)r);
            rec->floor_ns = rec->floor_low_ns = 2200;
            rec->floor_high_ns = 3000;
            rec->own_ns = 800;
        }
    }
    add_graphs(2000, 2550);
    decide();
    cr_expect_not(speedup(0)->disagree, "600 and 550 ns");
    cr_expect_str_eq(speedup(0)->method, "graph");
    add_graphs(2000, 3200);
    decide();
    cr_expect(speedup(0)->disagree, "600 and 1200 ns");
    expect(speedup(0), BENCH_UNDETERMINED, "event and graph timing disagree");
    cr_expect_lt(speedup(0)->ratio.low, 1.3);
    cr_expect_gt(speedup(0)->ratio.high, 1.59);
}

/* An empty kernel of 4 us: each median may be off by 100 ns. */
Test(judge, a_case_s_interval_holds_what_medians_are_unsure_by)
{
    struct bench_record *a = record(0, BENCH_REFERENCE), *b = record(0, BENCH_CANDIDATE);
    judged_set(&judged, a, 7000, 0.002);
    judged_set(&judged, b, 5000, 0.002);
    decide();
    double width = log(speedup(0)->ratio.high / speedup(0)->ratio.low);
    double mean_width = log(speedup_of_all()->ratio.high / speedup_of_all()->ratio.low);
    a->floor_ns = b->floor_ns = 0;
    a->own_ns = b->own_ns = 4000;
    decide();
    double more = 2 * (100.0 / 7000 + 100.0 / 5000);
    cr_expect_float_eq(log(speedup(0)->ratio.high / speedup(0)->ratio.low) - width, more, 1e-3);
    cr_expect_float_eq(bench_record_unsure_ns(a), 100, 1e-9);
    double mean_more = log(speedup_of_all()->ratio.high / speedup_of_all()->ratio.low) - mean_width;
    cr_expect(mean_more > 0 && mean_more < more / JUDGED_CASES, "in a mean it counts in squares");
    a->operator_mode = b->operator_mode = true;
    cr_expect_eq(bench_record_unsure_ns(a), 0, "nothing of an empty kernel is in a call's time");
}

Test(judge, graphs_that_contradict_change_no_answer_that_both_bear)
{
    record(0, BENCH_CANDIDATE)->near_floor = true; /* 2x by events */
    add_graphs(100e3, 170e3);
    decide();
    expect(speedup(0), BENCH_PASS, "");
    cr_expect(speedup(0)->disagree);
    cr_expect_lt(speedup(0)->ratio.low, 1.7);
    cr_expect_gt(speedup(0)->ratio.high, 2);
}

Test(judge, a_claim_is_over_the_confirming_processes)
{
    confirm_with(3);
    for (size_t i = 0; i < JUDGED_CASES; i++) /* luck of the main run */
        judged_set(&judged, record(i, BENCH_REFERENCE), 300e3, 0.005);
    decide();
    expect(speedup_of_all(), BENCH_PASS, "");
    cr_expect_eq(speedup_of_all()->processes, 3);
    cr_expect_float_eq(speedup_of_all()->ratio.estimate, 2, 0.01);
    cr_expect_float_eq(speedup(0)->ratio.estimate, 3, 0.02, "cases stay those of the main run");
}

Test(judge, a_pass_that_fresh_processes_do_not_bear_is_not_confirmed)
{
    confirm_with(3);
    for (size_t i = 0; i < JUDGED_CASES; i++)
        judged_set(&judged, judged_record(&judged, 2, i, BENCH_REFERENCE), 120e3, 0.005);
    decide();
    expect(speedup_of_all(), BENCH_UNDETERMINED, "not confirmed");
    cr_expect_eq(speedup_of_all()->processes, 3);
}

Test(judge, what_fails_in_fresh_processes_fails)
{
    confirm_with(3);
    for (int k = 1; k <= 3; k++)
        for (size_t i = 0; i < JUDGED_CASES; i++)
            judged_set(&judged, judged_record(&judged, k, i, BENCH_REFERENCE), 105e3, 0.001);
    decide();
    expect(speedup_of_all(), BENCH_FAIL, "");
}

Test(judge, fewer_than_three_processes_confirm_nothing)
{
    confirm_with(3);
    judged_record(&judged, 2, 1, BENCH_CANDIDATE)->status = BENCH_STATUS_CRASHED;
    decide();
    expect(speedup_of_all(), BENCH_UNDETERMINED, "not confirmed: 2 of 3 processes");
    cr_expect_eq(speedup_of_all()->processes, 0);
    cr_expect_float_eq(speedup_of_all()->ratio.estimate, 2, 0.01);
}

Test(judge, a_candidate_that_fails_in_one_of_many_processes_is_not_confirmed)
{
    confirm_with(5);
    judged.run.settings.confirm = 5;
    decide();
    expect(speedup_of_all(), BENCH_PASS, "");
    judged_record(&judged, 4, 2, BENCH_CANDIDATE)->status = BENCH_STATUS_WRONG;
    decide();
    expect(speedup_of_all(), BENCH_UNDETERMINED, "the candidate failed in process 4 (wrong)");
    judged_record(&judged, 4, 2, BENCH_CANDIDATE)->status = BENCH_STATUS_OK;
    judged_record(&judged, 4, 2, BENCH_REFERENCE)->status = BENCH_STATUS_CRASHED;
    decide();
    expect(speedup_of_all(), BENCH_PASS, "");
    cr_expect_eq(speedup_of_all()->processes, 4);
}

Test(judge, times_of_another_reference_confirm_nothing)
{
    confirm_with(3);
    judged_record(&judged, 3, 1, BENCH_REFERENCE)->implementation = "another";
    decide();
    expect(speedup_of_all(), BENCH_UNDETERMINED, "not confirmed: 2 of 3 processes");
}

Test(judge, what_does_not_pass_is_not_confirmed_either_way)
{
    confirm_with(0);
    for (size_t i = 0; i < JUDGED_CASES; i++)
        judged_set(&judged, record(i, BENCH_REFERENCE), 110e3, 0.005);
    decide();
    expect(speedup_of_all(), BENCH_FAIL, "");
}

static void expect_same(const struct bench_judgement *a, const struct bench_judgement *b, int jobs)
{
    cr_expect_eq(a->known, b->known);
    cr_expect_eq(a->answer, b->answer);
    cr_expect_eq(memcmp(&a->ratio, &b->ratio, sizeof a->ratio), 0, "with %d threads", jobs);
    cr_expect_eq(memcmp(&a->at_low, &b->at_low, sizeof a->at_low), 0, "with %d threads", jobs);
    cr_expect_str_eq(a->reason, b->reason);
    cr_expect_str_eq(a->method, b->method);
}

/* To the bit, whoever's turn it was. */
Test(judge, the_number_of_threads_changes_nothing)
{
    struct bench_judge alone;
    add_twins(0.004);
    add_graphs(100e3, 131e3);
    confirm_with(4);
    judged.run.options.jobs = 1;
    bench_judge_init(&alone, &judged.run);
    for (int jobs = 2; jobs <= 5; jobs++) {
        judged.run.options.jobs = jobs;
        decide();
        cr_expect_eq(memcmp(&judge.noise_floor, &alone.noise_floor, sizeof(double)), 0);
        cr_expect_eq(judge.aa_cases, JUDGED_CASES);
        cr_expect_eq(judge.aa_outside, alone.aa_outside);
        for (int rule = 0; rule < BENCH_RULE_COUNT; rule++) {
            for (size_t i = 0; i < JUDGED_CASES; i++)
                expect_same(&judge.cases[i][rule], &alone.cases[i][rule], jobs);
            expect_same(&judge.operators[0][rule], &alone.operators[0][rule], jobs);
        }
    }
    bench_judge_fini(&alone);
}
