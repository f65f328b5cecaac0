/* Wrong usage of `bench run`: a clear message, the right exit code, nothing written. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "bench/util/file.h"
#include "run_support.h"

TestSuite(run_usage, .init = cli_enter_folder, .fini = cli_leave_folder, .timeout = 300);

static void expect_refused(const struct bench_process_result *r, int code, const char *part)
{
    cli_expect_exit(r, code);
    cli_expect_in(r->err, part);
    cr_expect_not(bench_file_exists("results"), "something was written");
}

Test(run_usage, no_such_suite)
{
    const struct bench_process_result *r = cli_bench("run --suite nosuch --device null");
    expect_refused(r, 2, "no suite 'nosuch' in ");
    cr_expect_null(strstr(r->err, "did you mean"));
    expect_refused(cli_bench("run coer"), 2, ", did you mean 'core'?; there are: catalogue, core,");
}

Test(run_usage, two_suites)
{
    expect_refused(cli_bench("run quick --suite core"), 2, "two suites");
}

Test(run_usage, unknown_operator_and_dtype)
{
    expect_refused(run_suite("steady", "--device null --op scriptet"), 2, "scriptet");
    expect_refused(run_suite("steady", "--device null --dtype float13"), 2, "float13");
}

Test(run_usage, unknown_cache_mode)
{
    expect_refused(run_suite("steady", "--device null --cache warm"), 2, "expected cold or hot");
}

Test(run_usage, settings_out_of_range)
{
    expect_refused(run_suite("steady", "--device null --mode kernels"), 2,
                   "--mode: found 'kernels', expected kernel or operator");
    expect_refused(run_suite("steady", "--device null --precision 0"), 2,
                   "--precision is in per cent, above 0 and below 100");
    expect_refused(run_suite("steady", "--device null --confidence 0.95"), 2,
                   "--confidence is in per cent, above 50 and below 100");
    expect_refused(run_suite("steady", "--device null --confirm=2"), 2, "expected 3 to 100");
    expect_refused(run_suite("steady", "--device null --max-rounds 1"), 2, "expected 2 to 1000000");
}

Test(run_usage, settings_that_contradict_each_other)
{
    expect_refused(run_suite("steady", "--device null --rounds 9 --max-rounds 20"), 2,
                   "leave one out");
    expect_refused(run_suite("steady", "--device null --rounds 9 --precision 1"), 2,
                   "leave one out");
    expect_refused(run_suite("steady", "--device cpu --sanitize --confirm"), 2,
                   "nothing to --confirm");
}

Test(run_usage, no_such_device)
{
    expect_refused(run_suite("steady", "--device cuda:63"), 3, "cuda");
}

Test(run_usage, unknown_device)
{
    const struct bench_process_result *r = run_suite("steady", "--device tpu");
    cr_assert(r->exit_code == 2 || r->exit_code == 3, "exit code %d", r->exit_code);
    cli_expect_in(r->err, "tpu");
}

Test(run_usage, sanitize_is_for_the_cpu_device)
{
    expect_refused(run_suite("steady", "--device null --sanitize"), 2, "--device cpu");
}

Test(run_usage, an_output_folder_that_has_a_run_is_left_alone)
{
    cli_expect_exit(run_suite("steady", "--device null --output out"), 0);
    const struct bench_process_result *r = run_suite("steady", "--device null --output out");
    expect_refused(r, 2, "there is a run in it already");
}

Test(run_usage, an_output_folder_with_other_files_is_left_alone)
{
    char *text = NULL;
    cli_write("out/your_perf_data.json", "mine");
    const struct bench_process_result *r = run_suite("steady", "--device null --output out");
    expect_refused(r, 2, "--output out: is not empty (it has your_perf_data.json)");
    cr_assert_eq(bench_file_read("out/your_perf_data.json", 0, &text, NULL, NULL), 0);
    cr_expect_str_eq(text, "mine");
    cr_expect_not(bench_file_exists("out/run.json"));
    free(text);
    cli_write("new/.hidden", "");
    cli_expect_exit(run_suite("steady", "--device null --output new"), 0);
}
