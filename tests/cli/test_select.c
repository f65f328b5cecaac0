#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/perf/json.h"
#include "bench/util/file.h"
#include "support.h"

TestSuite(cli_select, .init = cli_enter_folder, .fini = cli_leave_folder);

static void make_run(void)
{
    cli_copy_resource("selector/your.json", "results/r1/your_perf_data.json");
    cli_copy_resource("selector/flaggems.json", "results/r1/flaggems_perf_data.json");
    cli_write("results/latest", "r1\n");
}

static void expect_totals(const char *path, int64_t operators, int64_t configs)
{
    struct bench_json_doc *doc;
    struct bench_err err;
    cr_assert_eq(bench_json_read(path, 0, &doc, &err), 0, "%s", err.message);
    const struct bench_json *root = bench_json_root(doc);
    int64_t n = -1;
    cr_assert_eq(bench_json_get_int(root, "total_operators", true, 0, 1000, &n, &err), 0);
    cr_expect_eq(n, operators);
    cr_assert_eq(bench_json_size(bench_json_get(root, "operators")), (size_t)operators);
    cr_assert_eq(bench_json_get_int(root, "total_configs", true, 0, 1000, &n, &err), 0);
    cr_expect_eq(n, configs);
    bench_json_free(doc);
}

Test(cli_select, without_options_both_batches_of_the_latest_run_are_decided)
{
    make_run();
    const struct bench_process_result *r = cli_bench("select");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "gelu            2/2     1.45x     1.40x       100%  selected: ");
    cli_expect_in(r->out, "Batch 1: 2 of 4 operators selected, with 3 cases: "
                          "results/r1/selected_batch1.json\n");
    cli_expect_in(r->out, "Batch 2: 1 of 2 operators selected, with 2 cases: "
                          "results/r1/selected_batch2.json\n");
    cli_expect_in(r->out, "Fastest against FlagGems:\n  sum: 2.00x\n  gelu: 1.45x\n");
    expect_totals("results/r1/selected_batch1.json", 2, 3);
    expect_totals("results/r1/selected_batch2.json", 1, 2);
}

Test(cli_select, a_run_without_references_has_new_operators_only)
{
    cli_copy_resource("selector/your.json", "r/your_perf_data.json");
    const struct bench_process_result *r = cli_bench("select r");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "Batch 1: there are no operators to compare with FlagGems");
    expect_totals("r/selected_batch1.json", 0, 0);
    expect_totals("r/selected_batch2.json", 2, 4);
}

Test(cli_select, the_options_of_the_plan_work)
{
    make_run();
    const struct bench_process_result *r =
        cli_bench("select --batch 1 --your-data results/r1/your_perf_data.json --flaggems-data "
                  "results/r1/flaggems_perf_data.json --output new/deep/s1.json --quiet");
    cli_expect_exit(r, 0);
    cr_assert_str_eq(r->out, "");
    cr_assert_str_eq(r->err, "");
    expect_totals("new/deep/s1.json", 2, 3);
    r = cli_bench("select --batch 2 --your-data results/r1/your_perf_data.json --output s2.json "
                  "--policy per-config");
    cli_expect_exit(r, 0);
    expect_totals("s2.json", 4, 4);
}

/* The user's plan: any operator may be judged against CUDA, also one that FlagGems has. */
Test(cli_select, a_batch_that_is_asked_for_has_all_operators_of_the_run)
{
    make_run();
    const struct bench_process_result *r = cli_bench("select --batch 2 --policy per-config");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "Batch 2: 4 of 6 operators selected");
    cr_expect_null(strstr(r->out, "Batch 1"));
    expect_totals("results/r1/selected_batch2.per-config.json", 4, 4);
    cr_expect_not(bench_file_exists("results/r1/selected_batch1.json"));

    r = cli_bench("select --batch 1 results/r1 --output elsewhere/s.json");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "Batch 1: 2 of 6 operators selected, with 3 cases: elsewhere/s.json\n");
    expect_totals("elsewhere/s.json", 2, 3);

    cli_copy_resource("selector/your.json", "r2/your_perf_data.json");
    r = cli_bench("select --batch 1 r2");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "r2/flaggems_perf_data.json: no such file; batch 1 needs");
}

#define RUN_ON(kind)                                                                               \
    "{\"gelu\": {\"device\": \"D\", \"device_kind\": \"" kind                                      \
    "\", \"configs\": [{\"shape\": [2], "                                                          \
    "\"dtype\": \"half\", \"your_time\": 1, \"cuda_time\": 1, \"near_floor\": true}]}}"

Test(cli_select, times_of_no_gpu_are_noted)
{
    cli_write("r/your_perf_data.json", RUN_ON("cpu"));
    const struct bench_process_result *r = cli_bench("select r");
    cli_expect_exit(r, 0);
    cli_expect_in(r->err, "measured on the cpu device (D): these times say nothing about a GPU");
    cli_write("r/your_perf_data.json", RUN_ON("null"));
    r = cli_bench("select r");
    cli_expect_in(r->err, "measured on the null device (D): the times are scripted");
    cli_write("r/your_perf_data.json", RUN_ON("cuda"));
    r = cli_bench("select r");
    cr_expect_str_eq(r->err, "");
    cli_expect_in(r->out, "over 1 case, at most 1.25; 1 of them is near the timing floor, where "
                          "ratios are uncertain");
}

Test(cli_select, a_folder_without_performance_data_is_no_finished_run)
{
    cli_write("r/run.json", "{}");
    const struct bench_process_result *r = cli_bench("select r");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "r has no your_perf_data.json");
    cli_expect_in(r->err, "run 'bench run'");
}

/* What is left of a run that was cut short says nothing about the cases that it did not reach. */
Test(cli_select, an_unfinished_run_is_refused)
{
    static const struct {
        const char *json;
        const char *message;
    } runs[] = {
        {"{\"status\": \"interrupted\", \"totals\": {\"cases\": 7, \"cases_done\": 3}}",
         "the run was interrupted after 3 of 7 cases; run it again"},
        {"{\"status\": \"failed\", \"totals\": {\"cases\": 7, \"cases_done\": 0}}",
         "the run failed after 0 of 7 cases; run it again"},
        {"{\"status\": \"running\"}", "the run is still running or was killed; run it again"},
        {"{}", "'status'"},
        {"{\"status\": ", "results/r1/run.json:1:"},
    };
    make_run();
    for (size_t i = 0; i < sizeof(runs) / sizeof(*runs); i++) {
        cli_write("results/r1/run.json", runs[i].json);
        const struct bench_process_result *r = cli_bench("select");
        cli_expect_exit(r, 2);
        cli_expect_in(r->err, runs[i].message);
        cr_expect_not(bench_file_exists("results/r1/selected_batch1.json"));
        r = cli_bench("validate results/r1");
        cli_expect_exit(r, 2);
        cli_expect_in(r->err, runs[i].message);
    }
    /* Whoever names the files has decided so. */
    cli_expect_exit(cli_bench("select --batch 2 --your-data results/r1/your_perf_data.json "
                              "--output s.json"),
                    0);
    cli_write("results/r1/run.json", "{\"status\": \"finished\"}");
    cli_expect_exit(cli_bench("select"), 0);
    cli_expect_exit(cli_bench("validate"), 0);
}

#define PLAYED(time, more)                                                                         \
    "{\"gelu\": {\"run\": \"r\", \"configs\": [{\"shape\": [2], \"dtype\": \"half\", \"" time      \
    "_time\": 1, \"cuda_time\": 1" more "}]}}"

Test(cli_select, stand_ins_are_named_and_not_called_flaggems_or_cuda)
{
    cli_write("r/your_perf_data.json", PLAYED("your", ", \"reference_implementation\": \"split\", "
                                                      "\"baseline_implementation\": \"cudnn\""));
    cli_write("r/flaggems_perf_data.json", PLAYED("flaggems", ""));
    const struct bench_process_result *r = cli_bench("select r");
    cli_expect_exit(r, 0);
    cr_expect_str_eq(r->err,
                     "bench select: note: reference: split (implementations of kernels/, not "
                     "FlagGems itself); baseline: cudnn\n");
    cli_expect_in(r->out, "Batch 1, operators that have a reference: ");
    cli_expect_in(r->out, "% of base");
    r = cli_bench("select r --batch 2");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "Best against the baseline:\n  gelu: 100% of the baseline\n");
    cli_expect_in(r->out, "1 of 1 operator selected, with 1 case: ");
    cr_expect_null(strstr(r->out, "CUDA"));
    cr_expect_str_eq(cli_bench("select r --quiet")->err, "");
}

Test(cli_select, another_policy_never_replaces_the_selection)
{
    make_run();
    cli_expect_exit(cli_bench("select"), 0);
    const struct bench_process_result *r = cli_bench("select --policy per-config");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "mean of kept");
    cli_expect_in(r->out, "softmax       1 of 2 kept        10.00x");
    cli_expect_in(r->out, "results/r1/selected_batch1.per-config.json\n");
    expect_totals("results/r1/selected_batch1.json", 2, 3);
    expect_totals("results/r1/selected_batch1.per-config.json", 4, 5);
    cr_expect(bench_file_exists("results/r1/selected_batch2.per-config.json"));
}

Test(cli_select, a_dangling_link_to_the_latest_run_is_said)
{
    cr_assert_eq(mkdir("results", 0777), 0);
    cr_assert_eq(symlink("gone", "results/latest"), 0);
    const struct bench_process_result *r = cli_bench("select");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "results/latest points to results/gone, which is no folder");
}

Test(cli_select, incomplete_options_say_what_is_missing)
{
    static const struct {
        const char *arguments;
        const char *message;
    } bad[] = {
        {"select --your-data x", "--batch is missing"},
        {"select --batch 1 --flaggems-data x", "--your-data is missing"},
        {"select --output x", "--batch is missing"},
        {"select --batch 2", "there is no results/latest"},
        {"select --batch 1 --your-data x", "batch 1 needs --flaggems-data"},
        {"select --batch 2 --your-data x", "--output is missing"},
        {"select --batch 2 --your-data . --output y", ".: is a folder, expected a file"},
        {"select --batch 2 --your-data x --output y folder", "not both"},
        {"select --policy median", "--policy: found 'median', expected geomean or per-config"},
        {"select --policy per-config --criteria x.json", "either --policy or --criteria, not both"},
        {"select --criteria nowhere.json", "nowhere.json: no such file"},
        {"select --format xml", "--format: found 'xml', expected text or json"},
        {"select --format json --markdown -", "both be written to standard output"},
        {"select --batch 2 --your-data x --output y", "x: no such file"},
        {"select nowhere", "nowhere: no such folder, expected the folder of a run"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        const struct bench_process_result *r = cli_bench(bad[i].arguments);
        cli_expect_exit(r, 2);
        cli_expect_in(r->err, bad[i].message);
    }
}

Test(cli_select, wrong_data_are_refused_and_nothing_is_written)
{
    cli_write("your.json", "{\"gelu\": {\"configs\": [{\"shape\": [2], \"dtype\": \"half\", "
                           "\"your_time\": -1, \"cuda_time\": 0}]}}");
    const struct bench_process_result *r =
        cli_bench("select --batch 2 --your-data your.json --output out.json");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "/gelu/configs/0/your_time: found -1");
    cli_expect_in(r->err, "/gelu/configs/0/cuda_time: found 0");
    cli_expect_in(r->err, "nothing was written");
    cr_assert_not(bench_file_exists("out.json"));
}

Test(cli_select, devices_are_not_mixed)
{
    cli_write(
        "r/your_perf_data.json",
        "{\"gelu\": {\"device\": \"H100\", \"configs\": [{\"shape\": [2], \"dtype\": \"half\", "
        "\"your_time\": 1, \"cuda_time\": 1}]}}");
    cli_write(
        "r/flaggems_perf_data.json",
        "{\"gelu\": {\"device\": \"cpu\", \"configs\": [{\"shape\": [2], \"dtype\": \"half\", "
        "\"flaggems_time\": 1, \"cuda_time\": 1}]}}");
    const struct bench_process_result *r = cli_bench("select r");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "'H100'");
    cli_expect_in(r->err, "'cpu'");
    cr_assert_not(bench_file_exists("r/selected_batch1.json"));
}

static void expect_in_file(const char *path, const char *part)
{
    struct bench_err err;
    char *text = NULL;
    size_t length;
    cr_assert_eq(bench_file_read(path, 0, &text, &length, &err), 0, "%s", err.message);
    cli_expect_in(text, part);
    free(text);
}

#define MEASURED(mode, cache)                                                                      \
    "{\"mode\": \"" mode "\", \"cache\": \"" cache                                                 \
    "\", \"configs\": [{\"shape\": [2], \"dtype\": \"half\", \"your_time\": 1, \"cuda_time\": "    \
    "1}]}"

Test(cli_select, times_of_whole_calls_and_hot_caches_are_noted)
{
    cli_write("y.json", "{\"gelu\": " MEASURED("operator", "hot") "}");
    const struct bench_process_result *r =
        cli_bench("select --batch 2 --your-data y.json --output s.json --markdown s.md");
    cli_expect_exit(r, 0);
    const char *note = "measured with mode 'operator', so the times are not the GPU's alone (mode "
                       "'kernel'), and with cache 'hot', so what is read may come from caches";
    cli_expect_in(r->err, note);
    expect_in_file("s.json", "\"mode\": \"operator\"");
    expect_in_file("s.json", "\"cache\": \"hot\"");
    expect_in_file("s.json", note);
    expect_in_file("s.md", "**Note**: measured with mode 'operator'");
    cli_write("y.json", "{\"gelu\": " MEASURED("kernel", "hot") "}");
    r = cli_bench("select --batch 2 --your-data y.json --output s.json");
    cli_expect_in(r->err, "note: measured with cache 'hot', so");
    cli_write("y.json", "{\"gelu\": " MEASURED("kernel", "cold") "}");
    r = cli_bench("select --batch 2 --your-data y.json --output s.json");
    cli_expect_exit(r, 0);
    cr_expect_null(strstr(r->err, "note"), "%s", r->err);
    expect_in_file("s.json", "\"note\": null");
}

Test(cli_select, modes_and_caches_are_not_mixed)
{
    cli_write("y.json", "{\"gelu\": " MEASURED("kernel", "cold") ", \"relu\": " MEASURED(
                            "operator", "hot") "}");
    const struct bench_process_result *r =
        cli_bench("select --batch 2 --your-data y.json --output s.json");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "'relu' was measured with mode 'operator'");
    cli_expect_in(r->err, "'relu' was measured with cache 'hot'");
    cr_assert_not(bench_file_exists("s.json"));
}

Test(cli_select, empty_data_give_empty_files_and_a_word)
{
    cli_write("r/your_perf_data.json", "{}");
    const struct bench_process_result *r = cli_bench("select r");
    cli_expect_exit(r, 0);
    cli_expect_in(r->err, "r/your_perf_data.json: holds no operators, so none can be selected");
    expect_totals("r/selected_batch1.json", 0, 0);
    expect_totals("r/selected_batch2.json", 0, 0);
}

Test(cli_select, an_output_that_cannot_be_written_is_a_system_failure)
{
    make_run();
    cli_write("plain", "x");
    const struct bench_process_result *r = cli_bench(
        "select --batch 2 --your-data results/r1/your_perf_data.json --output plain/s.json");
    cli_expect_exit(r, 4);
    cli_expect_in(r->err, "plain");
}

static void expect_jq(const char *options, const char *filter, const char *path,
                      const char *expected)
{
    const char *argv[] = {"jq", options, filter, path, NULL};
    struct bench_process_spec spec = {.argv = argv, .timeout_ms = 180000};
    struct bench_process_result result;
    struct bench_err err;
    cr_assert_eq(bench_process_run(&spec, &result, &err), 0, "%s", err.message);
    cr_expect_eq(result.exit_code, 0, "%s", result.err);
    cr_expect_str_eq(result.out, expected);
    bench_process_result_fini(&result);
}

/* The user's own commands on the result, to the letter. */
Test(cli_select, the_jq_commands_of_the_plan_print_what_they_promise)
{
    if (!bench_process_exists("jq"))
        cr_skip_test("jq is not installed (Debian package jq)");
    make_run();
    cli_expect_exit(cli_bench("select --quiet"), 0);
    expect_jq("-c", "{total_operators, total_configs, threshold, criterion}",
              "results/r1/selected_batch1.json",
              "{\"total_operators\":2,\"total_configs\":3,\"threshold\":1.3,"
              "\"criterion\":\"speedup_vs_flaggems\"}\n");
    expect_jq("-r",
              ".operators | to_entries | sort_by(.value.avg_speedup_vs_flaggems) | reverse | "
              ".[0:5] | .[] | \"\\(.key): \\(.value.avg_speedup_vs_flaggems)x\"",
              "results/r1/selected_batch1.json", "sum: 2x\ngelu: 1.4491376746189437x\n");
    cli_expect_exit(
        cli_bench("select --batch 2 --quiet --your-data results/r1/your_perf_data.json --output "
                  "results/r1/selected_batch2.json --policy per-config"),
        0);
    expect_jq(
        "-r",
        ".operators | to_entries | sort_by(.value.avg_relative_to_cuda) | .[0:5] | .[] | "
        "\"\\(.key): \\(.value.avg_relative_to_cuda | (1 / . * 100))% of CUDA\"",
        "results/r1/selected_batch2.json",
        "aten::gelu: 200% of CUDA\ncumsum: 200% of CUDA\nsoftmax: 100% of CUDA\nhuber_loss: 100% "
        "of CUDA\n");
}

#define OWN                                                                                        \
    "{\"name\": \"own\", \"field\": \"speedup_vs_flaggems\", \"threshold\": 1.3, "                 \
    "\"aggregate\": {\"share\": 0.5}, \"uncompared\": \"%s\"}"

static void write_own(const char *uncompared)
{
    char text[256];
    snprintf(text, sizeof text, OWN, uncompared);
    cli_write("own.json", text);
}

Test(cli_select, criteria_of_ones_own_have_files_of_their_own)
{
    make_run();
    write_own("ignore");
    const struct bench_process_result *r = cli_bench("select --criteria own.json");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "Batch 1, operators that FlagGems has: at least 50 % of the cases of "
                          "flaggems_time / your_time >= 1.30\n");
    cli_expect_in(r->out, "2 of 2 compared cases have a speedup of at least 1.30 (point "
                          "estimates): 100 % of 2, at least 50 %");
    expect_totals("results/r1/selected_batch1.own.json", 3, 5);
    cr_expect_not(bench_file_exists("results/r1/selected_batch1.json"));
    r = cli_bench("select --criteria own.json --batch 2");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "own.json is about speedup_vs_flaggems, so it is for batch 1");
    r = cli_bench("select --criteria own.json --your-data results/r1/your_perf_data.json "
                  "--flaggems-data results/r1/flaggems_perf_data.json --output o.json");
    cli_expect_exit(r, 0);
    expect_totals("o.json", 3, 5);
}

Test(cli_select, what_the_criteria_refuse_is_listed_and_nothing_is_written)
{
    make_run();
    write_own("refuse");
    const struct bench_process_result *r = cli_bench("select --criteria own.json");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "refused: cumsum: 1 of 2 cases cannot be compared");
    cli_expect_in(r->err, "refused: huber_loss: ");
    cli_expect_in(r->err, "own.json refuses 3 of 6 operators: nothing was written");
    cr_expect_not(bench_file_exists("results/r1/selected_batch1.own.json"));
}

Test(cli_select, markdown_for_pull_requests)
{
    make_run();
    const struct bench_process_result *r = cli_bench("select --markdown pages/selection.md");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "Batch 1: 2 of 4 operators selected");
    char *page;
    struct bench_err err;
    cr_assert_eq(bench_file_read("pages/selection.md", 0, &page, NULL, &err), 0, "%s", err.message);
    cli_expect_in(page, "### Batch 1: 2 of 4 operators selected\n\nCriteria geomean: ");
    cli_expect_in(page, "Decided by point estimate: the data tell no intervals.\n");
    cli_expect_in(page, "| sum | 1 of 1 | 2.00× | point estimate | 2.00× | – |\n"
                        "| gelu | 2 of 2 | 1.45× | point estimate | 1.40× | 100 % |\n");
    cli_expect_in(page, "<details><summary>Not selected: 2</summary>");
    cli_expect_in(page, "| softmax | fail | the geometric mean speedup ");
    cli_expect_in(page, "### Batch 2: 1 of 2 operators selected\n");
    cli_expect_in(page, "| huber_loss | 2 of 2 | 82 % | point estimate | 67 % |\n");
    r = cli_bench("select --markdown -");
    cli_expect_exit(r, 0);
    cr_expect_str_eq(r->out, page);
    free(page);
}

#define CALLING(op, device)                                                                        \
    "{\"" op "\": {\"device\": \"" device "\", \"configs\": [{\"shape\": [1], \"dtype\": "         \
    "\"half\", \"your_time\": 1, \"cuda_time\": 1}]}}"

/* Whoever makes data does not write to people, or into issues, by what is in them. */
Test(cli_select, data_call_nobody_in_a_pull_request)
{
    static const char select[] = "select --batch 2 --your-data y.json --output s.json --markdown -";
    cli_write("y.json", CALLING("@torvalds", "d"));
    cli_expect_exit(cli_bench(select), 2);
    cli_write("y.json", CALLING("gelu", "@o/team fixes o/n#12 <b>"));
    const struct bench_process_result *r = cli_bench(select);
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "Measured on @<!-- -->o/team fixes o/n#<!-- -->12 &#60;b&#62;.");
}

/* What was judged is over fresh processes and says 1.5; the times as they stand say 1.45. */
#define DECIDED                                                                                    \
    "\"run\": \"r\", \"decisions\": {\"speedup_vs_flaggems\": {\"estimate\": 1.5, \"low\": 1.4, "  \
    "\"high\": 1.6, \"threshold\": 1.3, \"answer\": \"pass\", \"cases\": 3, \"processes\": 3}}, "

Test(cli_select, what_was_judged_and_what_the_times_say_are_told_apart)
{
    cli_write("y.json",
              "{\"gelu\": {" DECIDED "\"configs\": ["
              "{\"shape\": [1], \"dtype\": \"half\", \"your_time\": 1, \"cuda_time\": 1},"
              "{\"shape\": [2], \"dtype\": \"half\", \"your_time\": 1, \"cuda_time\": 1},"
              "{\"shape\": [3], \"dtype\": \"half\", \"your_time\": 1, \"cuda_time\": 1}]}}");
    cli_write("f.json", "{\"gelu\": {\"run\": \"r\", \"configs\": ["
                        "{\"shape\": [1], \"dtype\": \"half\", \"flaggems_time\": 1.45},"
                        "{\"shape\": [2], \"dtype\": \"half\", \"flaggems_time\": 1.45},"
                        "{\"shape\": [3], \"dtype\": \"half\", \"flaggems_time\": 1.45}]}}");
    const struct bench_process_result *r =
        cli_bench("select --batch 1 --your-data y.json --flaggems-data f.json --output o.json "
                  "--markdown p.md");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out,
                  "operator      cases   speedup       min  % of CUDA            judged "
                  "speedup  verdict\n"
                  "gelu            3/3     1.45x     1.45x       100%          1.5 (1.4 to "
                  "1.6)  selected: the geometric mean speedup is 1.5x (interval 1.4 to 1.6, "
                  "over 3 fresh processes) over 3 cases, at least 1.30\n");
    cli_expect_in(r->out, "judged: the value and the interval that decided");
    cli_expect_in(r->out, "(avg_speedup_vs_flaggems in the file)");
    cli_expect_in(r->out, "  gelu: 1.45x\n");
    char *page;
    struct bench_err err;
    cr_assert_eq(bench_file_read("p.md", 0, &page, NULL, &err), 0, "%s", err.message);
    cli_expect_in(page, "| judged | worst case |");
    cli_expect_in(page,
                  "| gelu | 3 of 3 | 1.45× | 1.5 (1.4 to 1.6), 3 processes | 1.45× | 100 % |\n");
    cli_expect_in(page, "*judged*: the value and the interval that decided");
    free(page);
}

Test(cli_select, json_for_scripts)
{
    make_run();
    const struct bench_process_result *r = cli_bench("select --format json");
    cli_expect_exit(r, 0);
    struct bench_json_doc *doc;
    struct bench_err err;
    cr_assert_eq(bench_json_parse("out", r->out, strlen(r->out), &doc, &err), 0, "%s", err.message);
    const struct bench_json *first = bench_json_first(bench_json_root(doc));
    cr_assert_eq(bench_json_size(bench_json_root(doc)), 2);
    cr_expect_eq(bench_json_number(bench_json_get(first, "batch")), 1);
    cr_expect_eq(bench_json_size(bench_json_get(first, "operators")), 2);
    cr_expect_eq(bench_json_size(bench_json_get(first, "rejected")), 2);
    bench_json_free(doc);
}
