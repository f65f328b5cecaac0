/* `bench import` decides a selection again: what does not follow from its own cases is refused. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/file.h"
#include "support.h"

static void enter(void)
{
    cli_enter_folder();
    if (!bench_process_exists("python3")) {
        cr_skip_test("python3 is not installed");
    }
    cli_write("tree/src/flag_gems/__init__.py", "");
    cli_write("data/gelu.json",
              "{\"op_name\": \"gelu\", \"code\": \"def gelu(x):\\n    return x\\n\"}");
    cli_write("data/relu.json",
              "{\"op_name\": \"relu\", \"code\": \"def relu(x):\\n    return x\\n\"}");
    cli_write("your.json",
              "{\"gelu\": {\"configs\": ["
              "{\"shape\": [4], \"dtype\": \"float32\", \"your_time\": 1, \"cuda_time\": 2},"
              "{\"shape\": [8], \"dtype\": \"float32\", \"your_time\": 2, \"cuda_time\": 3}]}, "
              "\"relu\": {\"configs\": ["
              "{\"shape\": [4], \"dtype\": \"float32\", \"your_time\": 3, \"cuda_time\": 7}]}}");
    cli_write(
        "flaggems.json",
        "{\"gelu\": {\"configs\": ["
        "{\"shape\": [4], \"dtype\": \"float32\", \"flaggems_time\": 3, \"cuda_time\": 2},"
        "{\"shape\": [8], \"dtype\": \"float32\", \"flaggems_time\": 2.5, \"cuda_time\": 3}]}"
        ", \"relu\": {\"configs\": ["
        "{\"shape\": [4], \"dtype\": \"float32\", \"flaggems_time\": 5, \"cuda_time\": 7}]}}");
}

TestSuite(cli_recheck, .init = enter, .fini = cli_leave_folder, .timeout = 300);

#define SELECT                                                                                     \
    "select --batch 1 --your-data your.json --flaggems-data flaggems.json --output s.json "
#define IMPORT "import --into tree --operators data --input s.json "

/* Writes s.json anew with the first `from` in it made `to`. */
static void edit(const char *from, const char *to)
{
    char *text = NULL;
    static char edited[20000];
    struct bench_err err;
    cr_assert_eq(bench_file_read("s.json", 0, &text, NULL, &err), 0, "%s", err.message);
    char *at = strstr(text, from);
    cr_assert_not_null(at, "'%s' in %s", from, text);
    snprintf(edited, sizeof(edited), "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    free(text);
    cli_write("s.json", edited);
}

static void expect_refusal(const char *why)
{
    const struct bench_process_result *r = cli_bench(IMPORT);
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, why);
    cr_expect_not(bench_file_exists("tree/src/flag_gems/experimental"));
}

Test(cli_recheck, what_select_writes_is_taken)
{
    cli_expect_exit(cli_bench(SELECT), 0);
    cli_expect_exit(cli_bench(IMPORT "--dry-run"), 0);
    cli_expect_exit(cli_bench(SELECT "--policy per-config"), 0);
    cli_expect_exit(cli_bench(IMPORT "--dry-run"), 0);
    cli_write("criteria.json", "{\"name\": \"mine\", \"field\": \"speedup_vs_flaggems\", "
                               "\"threshold\": 1.2, \"aggregate\": \"worst\"}");
    cli_expect_exit(cli_bench("select --your-data your.json --flaggems-data flaggems.json --output "
                              "s.json --criteria criteria.json"),
                    0);
    const struct bench_process_result *r = cli_bench(IMPORT "--pull-request text.md");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "2 operators: 2 new");
    /* The pull request has the rule, and it is one that select takes. */
    char *text = NULL;
    cr_assert_eq(bench_file_read("text.md", 0, &text, NULL, NULL), 0);
    cli_expect_in(text, "bench select --batch 1 --criteria mine.json --your-data your.json");
    char *rule = strstr(text, "```json\n");
    cr_assert_not_null(rule);
    rule += strlen("```json\n");
    rule[strcspn(rule, "`")] = '\0';
    cli_write("mine.json", rule);
    free(text);
    cli_expect_exit(cli_bench("select --batch 1 --criteria mine.json --your-data your.json "
                              "--flaggems-data flaggems.json --output again.json"),
                    0);
}

/* gelu has 3x and 1.25x, of which the geometric mean is 1.94x. */
Test(cli_recheck, an_average_that_is_none_of_its_cases)
{
    cli_expect_exit(cli_bench(SELECT), 0);
    edit("\"avg_speedup_vs_flaggems\": 1.93", "\"avg_speedup_vs_flaggems\": 9.93");
    expect_refusal("gelu: avg_speedup_vs_flaggems is 9.93649, but that of its cases is 1.93649");
}

Test(cli_recheck, times_under_the_threshold_select_nothing)
{
    cli_expect_exit(cli_bench(SELECT), 0);
    edit("\"flaggems_time\": 5,", "\"flaggems_time\": 3,");
    expect_refusal("/operators/relu/configs/0/speedup_vs_flaggems: found 1.66667, but the case's "
                   "times are 3 and 3 ms");
    edit("\"speedup_vs_flaggems\": 1.6666666666666667,", "\"speedup_vs_flaggems\": 1,");
    expect_refusal("relu: by its own cases and the file's criteria it is not selected: ");
}

Test(cli_recheck, all_operators_at_fault_are_named)
{
    cli_expect_exit(cli_bench(SELECT), 0);
    edit("\"threshold\": 1.3", "\"threshold\": 2.5");
    expect_refusal("\n  gelu: by its own cases");
    expect_refusal("\n  relu: by its own cases");
}

/* A file of another tool has no criteria: one case must pass, averages may be rounded. */
#define PLAIN                                                                                      \
    "{\"batch\": 1, \"threshold\": 1.3, \"criterion\": \"speedup_vs_flaggems\", \"operators\": "   \
    "{\"gelu\": {\"avg_speedup_vs_flaggems\": %s, \"configs\": [{\"shape\": [4], \"dtype\": "      \
    "\"float32\", \"your_time\": 3, \"cuda_time\": 2, \"flaggems_time\": %s, "                     \
    "\"speedup_vs_flaggems\": %s, \"relative_to_cuda\": 1.5}, {\"shape\": [5], \"dtype\": "        \
    "\"float32\", \"your_time\": 1, \"cuda_time\": 1, \"flaggems_time\": 1, "                      \
    "\"speedup_vs_flaggems\": 1, \"relative_to_cuda\": 1}]}}}"

Test(cli_recheck, selections_of_other_tools)
{
    char text[2000];
    snprintf(text, sizeof(text), PLAIN, "1.167", "3.5", "1.167");
    cli_write("s.json", text);
    expect_refusal("gelu: by its own cases and the file's criteria it is not selected: ");
    snprintf(text, sizeof(text), PLAIN, "1.9", "5", "1.667");
    cli_write("s.json", text);
    expect_refusal("gelu: avg_speedup_vs_flaggems is 1.9, but that of its cases is 1.29099");
    snprintf(text, sizeof(text), PLAIN, "1.333", "5", "1.667");
    cli_write("s.json", text);
    cli_expect_exit(cli_bench(IMPORT "--dry-run"), 0);
    snprintf(text, sizeof(text), PLAIN, "1.291", "5", "1.667");
    cli_write("s.json", text);
    cli_expect_exit(cli_bench(IMPORT "--dry-run"), 0);
}

Test(cli_recheck, criteria_that_are_none)
{
    cli_expect_exit(cli_bench(SELECT), 0);
    edit("\"aggregate\": \"geomean\"", "\"aggregate\": \"kindness\"");
    expect_refusal("s.json, criteria:1:");
    expect_refusal("found 'kindness'");
}

/* The same case twice would count twice. */
Test(cli_recheck, data_with_faults)
{
    cli_expect_exit(cli_bench(SELECT), 0);
    edit("\"shape\": [8]", "\"shape\": [4]");
    expect_refusal("/operators/gelu/configs/1: ");
}
