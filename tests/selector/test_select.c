/* The decision, and the file that it is written to. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "selector/write.h"
#include "support.h"

TestSuite(select, .init = test_enter_folder, .fini = test_leave_folder);

static struct test_data data;
static struct bench_criteria *criteria;
static struct bench_selection *selection;

static void select_all(int batch, const char *policy, enum bench_select_scope scope)
{
    struct bench_err err;
    cr_assert_eq(bench_criteria_shipped(batch, policy, &criteria, &err), 0, "%s", err.message);
    selection = bench_select(criteria, scope, data.your, data.flaggems, &data.join);
}

static void decide(int batch, const char *policy, const char *your, const char *flaggems)
{
    test_load(&data, your, flaggems);
    cr_assert_eq(data.faults.errors, 0, "%s", data.faults.items[0].message);
    select_all(batch, policy, BENCH_SCOPE_ALL);
}

static void clean_up(void)
{
    bench_selection_free(selection);
    bench_criteria_free(criteria);
    test_unload(&data);
}

#define YOUR(shape, time)                                                                          \
    "{\"shape\": [" #shape "], \"dtype\": \"float32\", \"your_time\": " #time ", \"cuda_time\": "  \
    "1}"
#define FLAGGEMS(shape, time)                                                                      \
    "{\"shape\": [" #shape "], \"dtype\": \"float32\", \"flaggems_time\": " #time "}"
#define OP(configs) "{\"gelu\": {\"configs\": [" configs "]}}"

Test(select, one_good_case_of_ten_does_not_carry_an_operator)
{
    static const char your[] =
        OP(YOUR(1, 0.1) "," YOUR(2, 1) "," YOUR(3, 1) "," YOUR(4, 1) "," YOUR(5, 1) "," YOUR(
            6, 1) "," YOUR(7, 1) "," YOUR(8, 1) "," YOUR(9, 1) "," YOUR(10, 1));
    static const char flaggems[] =
        OP(FLAGGEMS(1, 1) "," FLAGGEMS(2, 1) "," FLAGGEMS(3, 1) "," FLAGGEMS(4, 1) "," FLAGGEMS(
            5, 1) "," FLAGGEMS(6,
                               1) "," FLAGGEMS(7,
                                               1) "," FLAGGEMS(8,
                                                               1) "," FLAGGEMS(9,
                                                                               1) "," FLAGGEMS(10,
                                                                                               1));
    decide(1, "geomean", your, flaggems);
    cr_assert_not(selection->ops[0].selected);
    cr_assert_float_eq(selection->ops[0].avg_speedup, pow(10, 0.1), 1e-12);
    cr_assert_eq(selection->ops[0].worst_speedup, 1);
    cr_assert_eq(selection->ops[0].compared, 10);
    cr_assert_eq(selection->ops[0].passed, 1);
    cr_assert_str_eq(
        selection->ops[0].reason,
        "the geometric mean speedup (point estimate) is 1.259x over 10 cases, less than 1.30");
    clean_up();

    decide(1, "per-config", your, flaggems);
    cr_assert(selection->ops[0].selected);
    cr_assert_eq(selection->ops[0].avg_speedup, 10);
    cr_assert_eq(selection->ops[0].case_count, 1);
    cr_assert_eq(selection->selected_cases, 1);
    cr_assert_str_eq(selection->ops[0].reason,
                     "1 of 10 compared cases has a speedup of at least 1.30 (point estimates)");
    clean_up();
}

Test(select, the_threshold_itself_passes)
{
    decide(1, "geomean", OP(YOUR(1, 1) "," YOUR(2, 10) "," YOUR(3, 2)),
           OP(FLAGGEMS(1, 1.3) "," FLAGGEMS(2, 13) "," FLAGGEMS(3, 2.6)));
    cr_assert(selection->ops[0].selected, "%s", selection->ops[0].reason);
    cr_assert_eq(selection->ops[0].avg_speedup, 1.3);
    clean_up();
    decide(2, "geomean", OP(YOUR(1, 1.25) "," YOUR(2, 1.25)), NULL);
    cr_assert(selection->ops[0].selected, "%s", selection->ops[0].reason);
    clean_up();
}

Test(select, beside_the_threshold_the_reason_shows_the_side)
{
    decide(1, "geomean", OP(YOUR(1, 1)), OP(FLAGGEMS(1, 1.2999999)));
    cr_assert_not(selection->ops[0].selected);
    cr_assert_str_eq(
        selection->ops[0].reason,
        "the geometric mean speedup (point estimate) is 1.2999999x over 1 case, less than "
        "1.30");
    clean_up();
}

Test(select, very_fast_operators_keep_all_their_digits)
{
    decide(2, "geomean", OP(YOUR(1, 0.0001)), NULL);
    cr_assert(selection->ops[0].selected);
    cr_assert_eq(selection->ops[0].avg_relative, 0.0001);
    struct bench_str text;
    bench_str_init(&text);
    bench_selection_format(selection, &text);
    cr_assert_not_null(strstr(text.data, "\"avg_relative_to_cuda\": 0.0001,"));
    bench_str_fini(&text);
    clean_up();
}

Test(select, empty_data_give_an_empty_selection)
{
    decide(1, "geomean", "{}", "{}");
    cr_assert_eq(selection->op_count, 0);
    struct bench_str text;
    bench_str_init(&text);
    bench_selection_format(selection, &text);
    cr_assert_not_null(strstr(text.data, "\"total_operators\": 0,"));
    cr_assert_not_null(strstr(text.data, "\"operators\": {},"));
    bench_str_fini(&text);
    clean_up();
}

Test(select, a_failed_case_rules_an_operator_out_but_not_per_config)
{
    static const char your[] =
        "{\"gelu\": {\"configs\": [" YOUR(1, 0.1) "], \"failed\": [{\"shape\": [2], \"dtype\": "
                                                  "\"half\", \"role\": \"candidate\", \"status\": "
                                                  "\"crashed\", \"reason\": \"signal 11\"}]}}";
    decide(1, "geomean", your, OP(FLAGGEMS(1, 1)));
    cr_assert_not(selection->ops[0].selected);
    cr_assert_str_eq(
        selection->ops[0].reason,
        "the candidate has no right result in 1 case, in float16 [2]: crashed: signal 11");
    clean_up();
    decide(1, "per-config", your, OP(FLAGGEMS(1, 1)));
    cr_assert(selection->ops[0].selected);
    clean_up();
}

Test(select, a_wrong_result_is_never_fast)
{
    static const char your[] = OP(
        "{\"shape\": [1], \"dtype\": \"half\", \"your_time\": 0.01, \"cuda_time\": 1, \"correct\": "
        "false}");
    decide(2, "geomean", your, NULL);
    cr_assert_not(selection->ops[0].selected);
    cr_assert_str_eq(selection->ops[0].reason,
                     "the candidate's result is wrong in 1 case, in float16 [1]");
    clean_up();
    decide(2, "per-config", your, NULL);
    cr_assert_not(selection->ops[0].selected);
    clean_up();
}

#define NEAR(shape, key, time)                                                                     \
    "{\"shape\": [" #shape "], \"dtype\": \"float32\", \"" key "\": " #time                        \
    ", \"cuda_time\": 1, \"near_floor\": true}"

/* A case is near the floor if one of the two times of its ratio is. */
Test(select, cases_near_the_floor_are_counted)
{
    decide(1, "geomean", OP(NEAR(1, "your_time", 1) "," YOUR(2, 1) "," YOUR(3, 1)),
           OP(FLAGGEMS(1, 2) "," NEAR(2, "flaggems_time", 2) "," FLAGGEMS(3, 2)));
    cr_assert_eq(selection->ops[0].near_floor, 2);
    cr_assert_str_eq(selection->ops[0].reason,
                     "the geometric mean speedup (point estimate) is 2x over 3 cases, at least "
                     "1.30; 2 of them are near the timing floor, where ratios are uncertain");
    clean_up();
    /* Batch 2 does not look at the reference. */
    decide(2, "per-config", OP(NEAR(1, "your_time", 1) "," YOUR(2, 1)),
           OP(NEAR(2, "flaggems_time", 2)));
    cr_assert_eq(selection->ops[0].near_floor, 1);
    clean_up();
}

/* The reference exists, although this device cannot run it: FlagGems has the operator. */
Test(select, an_operator_with_an_unsupported_reference_is_not_new)
{
    test_load(
        &data,
        "{\"gelu\": {\"reference_unavailable\": \"no tensor cores\", \"failed\": [{\"shape\": "
        "[1], \"dtype\": \"float32\", \"role\": \"reference\", \"status\": \"unsupported\", "
        "\"reason\": \"no tensor cores\"}], \"configs\": [" YOUR(1, 1) "]}}",
        "{\"gelu\": {\"configs\": []}}");
    cr_assert_eq(data.faults.errors, 0, "%s", data.faults.items[0].message);
    select_all(2, "geomean", BENCH_SCOPE_NEW);
    cr_assert_eq(selection->op_count, 0);
    clean_up();
}

Test(select, what_cannot_be_compared_says_why)
{
    decide(1, "geomean", OP(YOUR(1, 1)), "{}");
    cr_assert_str_eq(selection->ops[0].reason,
                     "FlagGems has no times for it: 'gelu' is not in flaggems.json");
    clean_up();
    decide(1, "geomean", OP(YOUR(1, 1)), OP(FLAGGEMS(2, 1)));
    cr_assert_str_eq(selection->ops[0].reason,
                     "no case has the same dtype, shape and params in the reference data");
    clean_up();
    decide(1, "geomean",
           "{\"gelu\": {\"reference_unavailable\": \"no reference is named\", \"configs\": [" YOUR(
               1, 1) "]}}",
           OP(""));
    cr_assert_str_eq(selection->ops[0].reason,
                     "there are no reference times: no reference is named");
    clean_up();
    decide(1, "geomean", OP(YOUR(1, 1)),
           "{\"gelu\": {\"configs\": [], \"failed\": [{\"shape\": [1], \"dtype\": "
           "\"float32\", \"role\": \"reference\", \"status\": \"timeout\"}]}}");
    cr_assert_str_eq(selection->ops[0].reason,
                     "the reference has no time in 1 case, in float32 [1]: timeout");
    clean_up();
    decide(2, "geomean",
           "{\"gelu\": {\"baseline_unavailable\": \"cuDNN was not found\", \"configs\": ["
           "{\"shape\": [1], \"dtype\": \"half\", \"your_time\": 1}]}}",
           NULL);
    cr_assert_str_eq(selection->ops[0].reason, "there are no CUDA times: cuDNN was not found");
    clean_up();
    decide(1, "geomean", OP(YOUR(1, 0.5) "," YOUR(2, 1)), OP(FLAGGEMS(1, 1)));
    cr_assert_not(selection->ops[0].selected);
    cr_assert_str_eq(selection->ops[0].reason,
                     "only 1 of 2 cases could be compared with the reference: the others are in "
                     "one of the two files only");
    clean_up();
}

#define FAILED(shape, role, status)                                                                \
    "{\"shape\": [" #shape "], \"dtype\": \"float32\", \"role\": \"" role                          \
    "\", \"status\": \"" status "\", \"reason\": \"no luck\"}"

/* "Over all cases" is over all that the data name: a few good ones do not stand for the rest. */
Test(select, some_compared_cases_do_not_carry_an_operator)
{
    decide(1, "geomean", OP(YOUR(1, 0.1) "," YOUR(2, 0.1) "," YOUR(3, 0.1)),
           "{\"gelu\": {\"configs\": [" FLAGGEMS(1, 1) "], \"failed\": [" FAILED(
               2, "reference", "crashed") "," FAILED(3, "reference", "unsupported") "]}}");
    cr_assert_not(selection->ops[0].selected);
    cr_assert_eq(selection->ops[0].total, 3);
    cr_assert_str_eq(selection->ops[0].reason,
                     "only 1 of 3 cases could be compared with the reference: the reference has no "
                     "time in 2 cases, first in float32 [2]: crashed: no luck");
    clean_up();
    decide(2, "geomean",
           "{\"gelu\": {\"configs\": [" YOUR(1, 0.1) ", {\"shape\": [2], \"dtype\": \"float32\", "
                                                     "\"your_time\": 0.1}], \"failed\": [" FAILED(
                                                         2, "baseline", "wrong") "]}}",
           NULL);
    cr_assert_not(selection->ops[0].selected);
    cr_assert_str_eq(selection->ops[0].reason,
                     "only 1 of 2 cases could be compared with the baseline: the baseline has no "
                     "time in 1 case, in float32 [2]: wrong: no luck");
    clean_up();
}

/* Reference data that have more cases than the candidate's: its slow ones may have been left out.
 */
Test(select, cases_without_a_candidate_count)
{
    decide(1, "geomean", OP(YOUR(1, 0.1)), OP(FLAGGEMS(1, 1) "," FLAGGEMS(2, 1)));
    cr_assert_not(selection->ops[0].selected);
    cr_assert_eq(selection->ops[0].total, 2);
    clean_up();
}

static const char *const roles[] = {"candidate", "reference", "baseline"};
static const char *const statuses[] = {"wrong",        "crashed",     "timeout",
                                       "build_failed", "unsupported", "unavailable"};

static bool is_selected(int batch, const char *extra_your, const char *extra_flaggems,
                        const char *time)
{
    char *your = bench_xprintf("{\"gelu\": {\"configs\": [{\"shape\": [1], \"dtype\": \"float32\", "
                               "\"your_time\": %s, \"cuda_time\": 1}], \"failed\": [%s]}}",
                               time, extra_your);
    char *flaggems = bench_xprintf(
        "{\"gelu\": {\"configs\": [" FLAGGEMS(1, 1) "], \"failed\": [%s]}}", extra_flaggems);
    decide(batch, "geomean", your, flaggems);
    bool selected = selection->ops[0].selected;
    clean_up();
    free(your);
    free(flaggems);
    return selected;
}

Test(select, one_more_failing_case_never_selects_an_operator)
{
    for (int batch = 1; batch <= 2; batch++) {
        cr_assert(is_selected(batch, "", "", "0.1"));
        for (size_t r = 0; r < 3; r++)
            for (size_t s = 0; s < sizeof(statuses) / sizeof(*statuses); s++) {
                char *failure = bench_xprintf("{\"shape\": [2], \"dtype\": \"float32\", \"role\": "
                                              "\"%s\", \"status\": \"%s\"}",
                                              roles[r], statuses[s]);
                /* A case that failed is one that could not be compared, so a fast operator falls,
                 * and a slow one does not rise. */
                cr_expect_not(is_selected(batch, failure, "", "0.1"), "batch %d: %s", batch,
                              failure);
                cr_expect_not(is_selected(batch, failure, "", "10"), "batch %d: %s", batch,
                              failure);
                cr_expect_not(is_selected(1, "", failure, "0.1"), "%s", failure);
                free(failure);
            }
    }
}

#define PLAYED(shape, reference, baseline)                                                         \
    "{\"shape\": [" #shape "], \"dtype\": \"float32\", \"your_time\": 1, \"cuda_time\": 1, "       \
    "\"reference_implementation\": \"" reference "\", \"baseline_implementation\": \"" baseline    \
    "\"}"

/* FlagGems' own functions are called so, ports are not. */
Test(select, whose_the_reference_is)
{
    static const struct {
        const char *your, *start;
    } cases[] = {
        {OP(PLAYED(1, "flag_gems", "plain")), "FlagGems' own functions"},
        {OP(PLAYED(1, "reference", "plain")), "implementations of kernels/, not"},
        {OP(PLAYED(1, "my_flag_gems", "plain") "," PLAYED(2, "flag_gems_port", "flag_gems")),
         "implementations of kernels/, not"},
        {OP(PLAYED(1, "reference", "plain") "," PLAYED(2, "flag_gems", "plain")),
         "flag_gems: FlagGems' own functions; the others"},
        {OP(PLAYED(1, "flag_gems", "plain") "," PLAYED(2, "reference", "plain")),
         "flag_gems: FlagGems' own functions; the others"},
        {OP(YOUR(1, 1)), "implementations of kernels/, not"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        decide(1, "geomean", cases[i].your, OP(FLAGGEMS(1, 2) "," FLAGGEMS(2, 2)));
        const char *words = bench_players_whose_reference(&selection->players);
        cr_expect_eq(strncmp(words, cases[i].start, strlen(cases[i].start)), 0, "%zu: %s", i,
                     words);
        clean_up();
    }
}

/* What stands in for FlagGems or CUDA is called by its name. */
Test(select, the_data_tell_who_played_reference_and_baseline)
{
    static const char your[] = OP(PLAYED(1, "reference", "cudnn") "," PLAYED(
        2, "reference_split", "plain") "," PLAYED(3, "reference", "cudnn"));
    static const char flaggems[] = OP(FLAGGEMS(1, 2) "," FLAGGEMS(2, 2) "," FLAGGEMS(3, 2));
    decide(1, "geomean", your, flaggems);
    cr_assert_str_eq(selection->players.reference, "reference, reference_split");
    cr_assert_str_eq(selection->players.baseline, "cudnn, plain");
    clean_up();
    decide(2, "geomean", your, NULL);
    cr_assert_null(selection->players.reference);
    cr_assert_str_eq(selection->ops[0].reason,
                     "the geometric mean time (point estimate) is 1 of the baseline's (100 % of "
                     "the baseline) over 3 cases, at most 1.25");
    clean_up();
    decide(1, "geomean", OP(YOUR(1, 1)), OP(FLAGGEMS(1, 2)));
    cr_assert_null(selection->players.reference);
    cr_assert_null(selection->players.baseline);
    clean_up();
}

static char *format_selection(void)
{
    struct bench_str text;
    bench_str_init(&text);
    bench_selection_format(selection, &text);
    char *copy = bench_str_take(&text);
    bench_str_fini(&text);
    return copy;
}

/* The files may be of two runs: what the one says of its own reference is then beside the point. */
Test(select, reference_data_of_another_origin_speak_for_themselves)
{
    static const char of_run[] =
        "{\"gelu\": {\"run\": \"r1\", \"configs\": [" PLAYED(1, "reference", "plain") "]}}";
    decide(1, "geomean", of_run, OP(FLAGGEMS(1, 2)));
    cr_assert_null(selection->players.reference, "these are FlagGems' own times");
    char *text = format_selection();
    cr_expect_null(strstr(text, "reference_implementation"));
    free(text);
    clean_up();
    decide(1, "geomean", of_run,
           "{\"gelu\": {\"run\": \"r2\", \"description_file\": \"gelu.json\", \"configs\": "
           "[{\"shape\": [1], \"dtype\": \"float32\", \"flaggems_time\": 2, \"implementation\": "
           "\"better\"}]}}");
    cr_assert_str_eq(selection->players.reference, "better");
    text = format_selection();
    cr_expect_not_null(strstr(text, "\"reference_implementation\": \"better\""));
    free(text);
    clean_up();
}

Test(select, the_scope_parts_known_operators_from_new_ones)
{
    static const char your[] =
        "{\"gelu\": {\"configs\": [" YOUR(1, 1) "]}, \"sum\": {\"configs\": [" YOUR(
            1, 1) "]},"
                  "\"erf\": {\"configs\": [" YOUR(
                      1, 1) "], \"failed\": [{\"shape\": [1], \"dtype\": "
                            "\"float32\", \"role\": \"reference\", \"status\": \"crashed\"}]},"
                            "\"exp\": {\"configs\": [" YOUR(
                                1, 1) "], \"failed\": [{\"shape\": [1], \"dtype\": "
                                      "\"float32\", \"role\": \"reference\", \"status\": "
                                      "\"unavailable\"}]}}";
    test_load(&data, your, OP(FLAGGEMS(1, 1)));
    select_all(1, "geomean", BENCH_SCOPE_KNOWN);
    cr_assert_eq(selection->op_count, 2);
    cr_assert_str_eq(selection->ops[0].op->name, "gelu");
    cr_assert_str_eq(selection->ops[1].op->name, "erf");
    bench_selection_free(selection);
    bench_criteria_free(criteria);
    select_all(2, "geomean", BENCH_SCOPE_NEW);
    cr_assert_eq(selection->op_count, 2);
    cr_assert_str_eq(selection->ops[0].op->name, "sum");
    cr_assert_str_eq(selection->ops[1].op->name, "exp");
    clean_up();
}

Test(select, policies_are_found_by_name)
{
    struct bench_err err;
    cr_assert_eq(bench_criteria_shipped(1, "per-config", &criteria, &err), 0, "%s", err.message);
    cr_assert_str_eq(criteria->name, "per-config");
    bench_criteria_free(criteria);
    cr_assert_eq(bench_criteria_shipped(1, "median", &criteria, &err), BENCH_EINPUT);
    cr_assert_str_eq(err.message, "found policy 'median', expected geomean or per-config (other "
                                  "rules: --criteria FILE)");
}

Test(select, a_selection_is_written_whole_into_a_new_folder)
{
    struct bench_err err;
    decide(2, "geomean", OP(YOUR(1, 1)), NULL);
    cr_assert_eq(bench_selection_write(selection, "new/folder/s.json", &err), 0, "%s", err.message);
    char **names;
    size_t count;
    cr_assert_eq(bench_file_list("new/folder", &names, &count, &err), 0);
    cr_assert_eq(count, 1);
    bench_file_list_free(names, count);
    clean_up();
}

/* The same data as the golden files were made of, and checked by hand. */
static void compare_golden(int batch, const char *policy, const char *golden)
{
    const char *resources = getenv("BENCH_TEST_RESOURCES");
    cr_assert_not_null(resources, "BENCH_TEST_RESOURCES is not set; run the tests with ctest");
    char *folder = bench_path_join(resources, "selector");
    cr_assert_eq(chdir(folder), 0);
    free(folder);

    test_load_files(&data, "your.json", batch == 1 ? "flaggems.json" : NULL);
    cr_assert_eq(data.faults.count, 0);
    select_all(batch, policy, BENCH_SCOPE_ALL);
    struct bench_str text;
    bench_str_init(&text);
    bench_selection_format(selection, &text);
    char *expected;
    struct bench_err err;
    cr_assert_eq(bench_file_read(golden, 0, &expected, NULL, &err), 0, "%s", err.message);
    cr_assert_str_eq(text.data, expected);
    free(expected);
    bench_str_fini(&text);
    clean_up();
}

Test(select, golden_batch1)
{
    compare_golden(1, "geomean", "selected_batch1.json");
}

Test(select, golden_batch1_per_config)
{
    compare_golden(1, "per-config", "selected_batch1_per_config.json");
}

Test(select, golden_batch2)
{
    compare_golden(2, "geomean", "selected_batch2.json");
}

/* ---- what a run decided ---- */

#define DECIDED(estimate, low, high, answer, extra)                                                \
    "{\"gelu\": {\"run\": \"r\", \"decisions\": {\"speedup_vs_flaggems\": "                        \
    "{\"estimate\": " #estimate ", \"low\": " #low ", \"high\": " #high                            \
    ", \"threshold\": 1.3, \"answer\": \"" answer "\", \"cases\": 2, \"processes\": 0" extra       \
    "}}, \"configs\": [" YOUR(1, 1) "," YOUR(2, 1) "]}}"
static const char reference_of_run[] =
    "{\"gelu\": {\"run\": \"r\", \"configs\": [" FLAGGEMS(1, 1.4) "," FLAGGEMS(2, 1.4) "]}}";

Test(select, the_interval_of_the_run_decides_and_not_the_point)
{
    decide(1, "geomean", DECIDED(1.4, 1.35, 1.45, "pass", ""), reference_of_run);
    cr_assert(selection->ops[0].selected);
    cr_assert_str_eq(selection->ops[0].reason,
                     "the geometric mean speedup is 1.4x (interval 1.35 "
                     "to 1.45, of one process) over 2 cases, at least 1.30");
    clean_up();
    decide(1, "geomean", DECIDED(1.4, 1.2, null, "undetermined", ", \"reason\": \"noise floor\""),
           reference_of_run);
    cr_assert_not(selection->ops[0].selected, "the point estimate is above the threshold");
    cr_assert_str_eq(
        selection->ops[0].reason,
        "the geometric mean speedup is 1.4x (interval 1.2 to any, of one process) over 2 cases: "
        "undetermined against 1.30, noise floor");
    clean_up();
    decide(1, "geomean",
           DECIDED(1.4, 1.2, 1.5, "undetermined", ", \"reason\": \"interval holds the threshold\""),
           reference_of_run);
    cr_assert_str_eq(
        selection->ops[0].reason,
        "the geometric mean speedup is 1.4x (interval 1.2 to 1.5, of one process) over 2 cases: "
        "undetermined against 1.30, interval holds the threshold; more rounds may "
        "decide it");
    clean_up();
    decide(1, "per-config", DECIDED(1.4, 1.2, 1.5, "undetermined", ""), reference_of_run);
    cr_assert(selection->ops[0].selected, "the plan's policy knows points only");
    clean_up();
}

Test(select, a_decision_about_other_data_is_no_decision)
{
    static const char other_run[] =
        "{\"gelu\": {\"run\": \"s\", \"configs\": [" FLAGGEMS(1, 1.4) "," FLAGGEMS(2, 1.4) "]}}";
    decide(1, "geomean", DECIDED(1.2, 1.1, 1.25, "fail", ""), other_run);
    cr_assert_null(selection->ops[0].decision);
    cr_assert(selection->ops[0].selected, "%s", selection->ops[0].reason);
    clean_up();
}

Test(select, an_answer_that_its_interval_does_not_bear_is_an_error)
{
    test_expect_error(DECIDED(1.4, 1.25, 1.45, "pass", ""),
                      "your.json:1:60: /gelu/decisions/speedup_vs_flaggems: the answer is 'pass', "
                      "which an interval of 1.25 to 1.45 does not bear at a threshold of 1.3");
    test_expect_error(DECIDED(1.5, 1.25, 1.45, "undetermined", ""),
                      "your.json:1:60: /gelu/decisions/speedup_vs_flaggems: the estimate 1.5 is "
                      "not within its interval, 1.25 to 1.45");
    test_expect_error(DECIDED(1.4, 1.25, 1.45, "maybe", ""),
                      "your.json:1:133: /gelu/decisions/speedup_vs_flaggems/answer: found 'maybe', "
                      "expected pass, fail or undetermined");
}
