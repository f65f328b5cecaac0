#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/file.h"
#include "run_support.h"

TestSuite(cli_selftest, .init = cli_enter_folder, .fini = cli_leave_folder, .timeout = 480);

static const struct bench_json *find_line(const struct bench_json_doc *doc, const char *name)
{
    const struct bench_json *lines = bench_json_get(bench_json_root(doc), "lines");
    const struct bench_json *line = bench_json_first(lines);
    while (line != NULL && strcmp(run_text(line, "name"), name) != 0)
        line = bench_json_next(line);
    cr_assert_not_null(line, "there is no line '%s'", name);
    return line;
}

Test(cli_selftest, known_answers_are_found_on_the_null_device)
{
    const struct bench_process_result *r =
        cli_bench("selftest --device null --cases 50 --json report.json");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "pass     A/A decisions");
    cli_expect_in(r->out, "0 of 50 kernels are told apart from themselves by 5 %");
    cli_expect_in(r->out, "0 of 40 on the wrong side of 1.30");
    cli_expect_in(r->out, "Known ratios:");
    cli_expect_in(r->out, "checks: 6 pass, 0 fail,");

    struct bench_json_doc *doc = run_read("report.json");
    cr_assert_str_eq(run_text(bench_json_root(doc), "verdict"), "pass");
    cr_assert_eq(run_number(bench_json_root(doc), "format"), 1);
    const struct bench_json *line = find_line(doc, "A/A intervals");
    cr_assert_str_eq(run_text(line, "verdict"), "pass");
    cr_assert_eq(run_number(bench_json_get(line, "values"), "cases"), 50);
    line = find_line(doc, "A/A decisions");
    cr_assert_eq(bench_json_size(bench_json_get(bench_json_get(line, "values"), "cases_measured")),
                 50);
    const struct bench_json *first =
        bench_json_first(bench_json_get(bench_json_get(line, "values"), "cases_measured"));
    cr_expect_neq(run_text(first, "case")[0], '\0');
    cr_expect_gt(run_number(first, "time_ns"), 0);
    cr_expect_gt(run_number(first, "estimate"), 0);
    cr_expect_str_neq(run_text(first, "stopped"), "");
    line = find_line(doc, "CUPTI");
    cr_assert_str_eq(run_text(line, "verdict"), "skipped");
    cr_assert_str_neq(run_text(line, "reason"), "");
    bench_json_free(doc);
}

Test(cli_selftest, it_says_how_far_it_is_where_there_is_no_terminal)
{
    const struct bench_process_result *r = cli_bench("selftest --device null --cases 2");
    cli_expect_exit(r, 0);
    cli_expect_in(r->err, "selftest: 1 of 2 cases");
    r = cli_bench("selftest --device null --cases 2 --quiet");
    cr_expect_str_eq(r->err, "");
}

Test(cli_selftest, every_skipped_line_says_why)
{
    cli_expect_exit(cli_bench("selftest --device null --cases 2 --json report.json"), 0);
    struct bench_json_doc *doc = run_read("report.json");
    const struct bench_json *lines = bench_json_get(bench_json_root(doc), "lines");
    for (const struct bench_json *l = bench_json_first(lines); l != NULL; l = bench_json_next(l))
        cr_expect(strcmp(run_text(l, "verdict"), "skipped") != 0 ||
                      strlen(run_text(l, "reason")) > 10,
                  "%s", run_text(l, "name"));
    bench_json_free(doc);
}

Test(cli_selftest, runs_are_kept_where_asked_and_nowhere_else)
{
    const struct bench_process_result *r =
        cli_bench("selftest --device null --cases 2 --output kept --quiet");
    cli_expect_exit(r, 0);
    cr_expect_str_eq(r->out, "");
    cr_expect_str_eq(r->err, "");
    struct bench_json_doc *doc = run_read("kept/aa-scripted/run.json");
    cr_expect_str_eq(run_text(bench_json_root(doc), "status"), "finished");
    bench_json_free(doc);
    cr_expect(bench_file_exists("kept/known-scripted/journal.jsonl"));
    cr_expect_not(bench_file_is_dir("results"));

    r = cli_bench("selftest --device null --cases 2 --output kept");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "--output kept is there already");
}

/* Times of a shared CPU prove nothing, but everything that is measured is verified. */
Test(cli_selftest, kernels_are_verified_on_the_cpu)
{
#ifdef __SANITIZE_ADDRESS__
    cr_skip_test(
        "under AddressSanitizer it takes half a minute, of the code that `run` has as well");
#endif
    const struct bench_process_result *r = cli_bench("selftest --device cpu --cases 2");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "pass     A/A cases");
    cli_expect_in(r->out, "pass     known cases");
    cli_expect_in(r->out, "2 of 2 were verified and measured");
    cli_expect_in(r->out, " 2 pass, 0 fail,");
}

Test(cli_selftest, a_device_that_is_not_there_is_no_failed_check)
{
    const struct bench_process_result *r = cli_bench("selftest --device cuda:63");
    cli_expect_exit(r, 3);
    cr_expect_str_eq(r->out, "");
    cli_expect_in(r->err, "bench selftest: device cuda");
    cli_expect_exit(cli_bench("selftest --device nothing"), 2);
    cli_expect_exit(cli_bench("selftest --cases 1001"), 2);
}

Test(cli_selftest, its_descriptions_and_suites_are_in_order)
{
    char command[512];
    const char *home = getenv("BENCH_HOME");
    cr_assert_not_null(home);
    snprintf(command, sizeof command,
             "list --check --kernels %s/bench/selftest/kernels --configs %s/bench/selftest/suites",
             home, home);
    const struct bench_process_result *r = cli_bench(command);
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, ", 0 with a fault");
}

/* One of them has no oracle, having nothing to compute. */
Test(cli_selftest, its_kernels_compile_for_the_cpu)
{
    char command[512];
    const char *home = getenv("BENCH_HOME");
    cr_assert_not_null(home);
    snprintf(command, sizeof command, "compile --arch x86-64 --kernels %s/bench/selftest/kernels",
             home);
    const struct bench_process_result *r = cli_bench(command);
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "6 compiled for x86-64");
}
