/* Criteria files: what is shipped, what is read, and what is refused with its place. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/perf/criteria.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "selector/criteria.h"
#include "support.h"

TestSuite(criteria, .init = test_enter_folder, .fini = test_leave_folder);

static struct bench_criteria *criteria;
static struct bench_err err;

static int read_text(const char *text)
{
    cr_assert_eq(bench_file_write_atomic("c.json", text, strlen(text), &err), 0);
    return bench_criteria_read("c.json", &criteria, &err);
}

static void expect_rule(const char *expected)
{
    char *rule = bench_criteria_describe(criteria);
    cr_expect_str_eq(rule, expected);
    free(rule);
    bench_criteria_free(criteria);
}

Test(criteria, those_of_the_batches_have_the_thresholds_that_runs_measure_until)
{
    static const char *const policies[] = {"geomean", "per-config"};
    static const char *const rules[2][2] = {{"geometric mean of flaggems_time / your_time >= 1.30",
                                             "geometric mean of your_time / cuda_time <= 1.25"},
                                            {"any case of flaggems_time / your_time >= 1.30",
                                             "any case of your_time / cuda_time <= 1.25"}};
    for (int p = 0; p < 2; p++)
        for (int batch = 1; batch <= 2; batch++) {
            cr_assert_eq(bench_criteria_shipped(batch, policies[p], &criteria, &err), 0, "%s",
                         err.message);
            cr_expect_str_eq(criteria->name, policies[p]);
            cr_expect_eq(bench_criteria_batch(criteria), batch);
            cr_expect_eq(criteria->threshold,
                         batch == 1 ? BENCH_SPEEDUP_THRESHOLD : BENCH_RELATIVE_THRESHOLD);
            cr_expect_eq(criteria->plan, p == 1);
            cr_expect_eq(criteria->intervals, p == 0);
            expect_rule(rules[p][batch - 1]);
        }
}

#define HEAD "{\"name\": \"x\", \"field\": \"speedup_vs_flaggems\", \"threshold\": 1.5, "

Test(criteria, what_is_left_out_is_strict)
{
    cr_assert_eq(read_text(HEAD "\"aggregate\": \"worst\"}"), 0, "%s", err.message);
    cr_expect(criteria->correct);
    cr_expect(criteria->intervals);
    cr_expect_eq(criteria->undetermined, BENCH_COUNTS_FAIL);
    cr_expect_eq(criteria->uncompared, BENCH_COUNTS_FAIL);
    cr_expect_eq(criteria->least_cases, 1);
    cr_expect(isnan(criteria->worst_bound));
    cr_expect_eq(bench_criteria_weight(criteria, 1e12), 1);
    expect_rule("worst case of flaggems_time / your_time >= 1.50");
}

Test(criteria, every_key_is_read)
{
    cr_assert_eq(
        read_text("{\"name\": \"x-1\", \"description\": \"d\", \"field\": \"relative_to_cuda\", "
                  "\"threshold\": 1.1, \"aggregate\": {\"quantile\": 0.25}, \"worst_case\": 3, "
                  "\"weights\": [{\"class\": \"s\", \"below\": 100, \"weight\": 0.5}, {\"class\": "
                  "\"m\", \"below\": 200, \"weight\": 2}, {\"class\": \"l\", \"weight\": 3}], "
                  "\"correct\": false, \"least_cases\": 7, \"least_dtypes\": 3, \"uncompared\": "
                  "\"ignore\", \"undetermined\": \"refuse\", \"evidence\": \"points\", "
                  "\"listing\": \"all\"}"),
        0, "%s", err.message);
    cr_expect_eq(bench_criteria_batch(criteria), 2);
    cr_expect_eq(criteria->part, 0.25);
    cr_expect_eq(criteria->worst_bound, 3);
    cr_expect_eq(bench_criteria_weight(criteria, 99), 0.5);
    cr_expect_eq(bench_criteria_weight(criteria, 100), 2, "the bound is of the next class");
    cr_expect_eq(bench_criteria_weight(criteria, 1e15), 3);
    cr_expect_not(criteria->correct);
    cr_expect_eq(criteria->least_cases, 7);
    cr_expect_eq(criteria->least_dtypes, 3);
    cr_expect_eq(criteria->uncompared, BENCH_COUNTS_IGNORE);
    cr_expect_eq(criteria->undetermined, BENCH_COUNTS_REFUSE);
    cr_expect_not(criteria->intervals);
    expect_rule("0.25-quantile (weighted) of your_time / cuda_time <= 1.10, no case above 3.00");
}

Test(criteria, words_for_aggregates)
{
    static const struct {
        const char *json, *name, *rule;
    } words[] = {
        {"\"every\"", "every", "every case of flaggems_time / your_time >= 1.50"},
        {"{\"share\": 1}", "every", "every case of flaggems_time / your_time >= 1.50"},
        {"{\"share\": 0.9}", "share",
         "at least 90 % of the cases of flaggems_time / your_time >= 1.50"},
        {"\"any\"", "any", "any case of flaggems_time / your_time >= 1.50"},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        char *text = bench_xprintf(HEAD "\"aggregate\": %s}", words[i].json);
        cr_assert_eq(read_text(text), 0, "%s", err.message);
        cr_expect_str_eq(bench_aggregate_name(criteria), words[i].name);
        expect_rule(words[i].rule);
        free(text);
    }
}

Test(criteria, faults_are_told_with_their_place)
{
    static const struct {
        const char *text, *message;
    } bad[] = {
        {"[]", "c.json:1:1: found an array, expected an object"},
        {"{\"name\": \"x\", ", "c.json:1:"},
        {HEAD "\"aggregate\": \"mean\"}", "/aggregate: found 'mean', expected geomean, worst"},
        {HEAD "\"aggregat\": \"worst\"}", "aggregat"},
        {HEAD "\"aggregate\": {}}", "/aggregate: found 0 keys, expected either quantile or share"},
        {HEAD "\"aggregate\": {\"share\": 0.5, \"quantile\": 0.5}}", "found 2 keys"},
        {HEAD "\"aggregate\": {\"share\": 0}}",
         "/aggregate/share: found 0, expected a number above"},
        {HEAD "\"aggregate\": {\"share\": 1.01}}", "/aggregate/share: found 1.01"},
        {HEAD "\"aggregate\": {\"quantile\": 1}}", "/aggregate/quantile: found 1, expected"},
        {HEAD "\"aggregate\": 3}", "/aggregate"},
        {HEAD "\"threshold\": 2, \"aggregate\": \"any\"}", "threshold"},
        {"{\"name\": \"../x\", \"field\": \"relative_to_cuda\", \"threshold\": 1, \"aggregate\": "
         "\"any\"}",
         "/name: found '../x', expected letters"},
        {"{\"name\": \"\", \"field\": \"relative_to_cuda\", \"threshold\": 1, \"aggregate\": "
         "\"any\"}",
         "/name: found ''"},
        {"{\"name\": \"x\", \"field\": \"speed\", \"threshold\": 1, \"aggregate\": \"any\"}",
         "/field: found 'speed', expected speedup_vs_flaggems or relative_to_cuda"},
        {"{\"name\": \"x\", \"field\": \"relative_to_cuda\", \"threshold\": 0, \"aggregate\": "
         "\"any\"}",
         "/threshold: found 0, expected a number above 0"},
        {"{\"name\": \"x\", \"field\": \"relative_to_cuda\", \"aggregate\": \"any\"}", "threshold"},
        {HEAD "\"aggregate\": \"geomean\", \"worst_case\": 1.6}",
         "/worst_case: found 1.6, expected at most the threshold, 1.5"},
        {HEAD "\"aggregate\": \"geomean\", \"weights\": []}", "/weights: no classes"},
        {HEAD "\"aggregate\": \"geomean\", \"weights\": [{\"class\": \"a\", \"below\": 1, "
              "\"weight\": 1}]}",
         "/weights/0/below: the last class has no bound"},
        {HEAD "\"aggregate\": \"geomean\", \"weights\": [{\"class\": \"a\", \"weight\": 1}, "
              "{\"class\": \"b\", \"weight\": 1}]}",
         "below"},
        {HEAD "\"aggregate\": \"geomean\", \"weights\": [{\"class\": \"a\", \"below\": 5, "
              "\"weight\": 1}, {\"class\": \"b\", \"below\": 5, \"weight\": 1}, {\"class\": \"c\", "
              "\"weight\": 1}]}",
         "/weights/1/below: found 5, expected more than 5: bounds ascend"},
        {HEAD "\"aggregate\": \"geomean\", \"weights\": [{\"class\": \"a\", \"weight\": 0}]}",
         "/weights/0/weight: found 0"},
        {HEAD "\"aggregate\": \"geomean\", \"undetermined\": \"maybe\"}",
         "/undetermined: found 'maybe', expected fail, pass, ignore or refuse"},
        {HEAD "\"aggregate\": \"geomean\", \"uncompared\": \"pass\"}",
         "/uncompared: found 'pass', expected fail, ignore or refuse"},
        {HEAD "\"aggregate\": \"geomean\", \"evidence\": \"none\"}",
         "/evidence: found 'none', expected intervals or points"},
        {HEAD "\"aggregate\": \"geomean\", \"least_cases\": 0}", "/least_cases"},
        {HEAD "\"aggregate\": \"geomean\", \"correct\": 1}", "/correct"},
        {HEAD "\"aggregate\": \"geomean\", \"listing\": \"plan\"}",
         "/listing: \"plan\" lists passing cases only"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_assert_eq(read_text(bad[i].text), BENCH_EINPUT, "%s", bad[i].text);
        cr_expect_not_null(strstr(err.message, bad[i].message), "expected '%s' in: %s",
                           bad[i].message, err.message);
    }
    cr_expect_eq(bench_criteria_read("nowhere.json", &criteria, &err), BENCH_ENOTFOUND);
}
