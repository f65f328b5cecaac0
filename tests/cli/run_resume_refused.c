/* `bench run --resume`: what it does not go on with; and runs of sources, on the cpu device, which
 * are verified and may have been changed. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/util/mem.h"
#include "resume_support.h"

TestSuite(run_resume_refused, .init = cli_enter_folder, .fini = cli_leave_folder, .timeout = 480);

/* ---- refusals ---- */

/* A suite and kernels of the test's own, to be changed. */
static void copy_suite(void)
{
    cli_copy_resource("suites/resume.json", "suite.json");
    cli_copy_resource("kernels/scripted/scripted.json", "kernels/scripted/scripted.json");
}

static void start_own_suite_and_kill(void)
{
    int said;
    pid_t pid = run_start("suite.json --kernels kernels " RESUME_OPTIONS "part/r", NULL, &said);
    run_hold_at(said, "[3/6]");
    kill(pid, SIGKILL);
    resume_wait_for_kill(pid);
    close(said);
}

Test(run_resume_refused, what_was_changed_is_refused_by_name)
{
    copy_suite();
    start_own_suite_and_kill();
    run_replace_in("suite.json", "\"tune_rounds\": 1", "\"tune_rounds\": 2");
    resume_expect_refused("", "suite resume: it was changed (suite.json",
                          "tune_rounds: it was 1, and is 2");
    run_replace_in("suite.json", "\"tune_rounds\": 2", "\"tune_rounds\": 1");
    run_replace_in("kernels/scripted/scripted.json", "constant(2000)", "constant(2001)");
    resume_expect_refused("", "operator scripted: its description was changed",
                          "kernels/scripted/scripted.json");
    run_replace_in("kernels/scripted/scripted.json", "constant(2001)", "constant(2000)");
    cli_expect_exit(cli_bench("run --resume part/r"), 1);
}

Test(run_resume_refused, other_software_or_another_device_is_refused)
{
    copy_suite();
    start_own_suite_and_kill();
    run_replace_in("part/r/run.json", "\"bench_version\": \"", "\"bench_version\": \"0.0.");
    run_replace_in("part/r/run.json", "\"driver\": \"", "\"driver\": \"older ");
    resume_expect_refused("", "bench_version: it was \"0.0.", "device: driver: it was \"older ");
}

Test(run_resume_refused, options_that_contradict_are_refused_and_those_that_agree_are_not)
{
    resume_kill_run("resume", "[3/6]");
    resume_expect_refused(" --seed 7 --device cpu", "--seed: it was not given, and is 7",
                          "--device: it was null, and is cpu");
    resume_expect_refused(" --output elsewhere", "--output: it was part/r, and is elsewhere", "");
    resume_expect_refused(" --op scripted", "--op: it was not given, and is scripted", "");
    cli_expect_exit(cli_bench("run --resume part/r --device null"), 1);
}

Test(run_resume_refused, the_suite_may_have_moved)
{
    copy_suite();
    start_own_suite_and_kill();
    cr_assert_eq(rename("suite.json", "moved.json"), 0);
    cli_expect_exit(cli_bench("run --resume part/r"), 2);
    cli_expect_exit(cli_bench("run moved.json --resume part/r"), 1);
}

Test(run_resume_refused, a_run_that_goes_on_is_left_alone)
{
    int said;
    const char options[] = "--device null --timeout 100 --output part/r";
    pid_t pid = run_start_suite("resume_hang", options, NULL, &said);
    run_read_until(said, "[3/6]");
    resume_expect_refused("", "another process writes it", "part/r/journal.jsonl");
    kill(pid, SIGTERM);
    cr_expect_eq(run_exit_code(pid, said), 130);
    close(said);
}

Test(run_resume_refused, a_finished_run_needs_nothing)
{
    cli_expect_exit(run_suite("steady", "--device null"), 0);
    const struct bench_process_result *r = cli_bench("run --resume results/latest");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "-steady is finished: there is nothing to resume");
}

Test(run_resume_refused, what_is_no_run_is_refused)
{
    cli_write("file", "x");
    cli_write("empty/x", "x");
    cli_expect_exit(cli_bench("run --resume nowhere"), 2);
    cli_expect_exit(cli_bench("run --resume file"), 2);
    const struct bench_process_result *r = cli_bench("run --resume empty");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "there is no run.json");
}

/* ---- on the cpu device: verified, and from sources ---- */

static const char own_source[] =
    "#include \"made.cuh\"\n"
    "__global__ void oracle(const float *x, double *out, long long n)\n"
    "{\n    long long i = blockIdx.x * 64ll + threadIdx.x;\n"
    "    if (i < n)\n        out[i] = FACTOR * (double)x[i];\n}\n"
    "__global__ void plain(const float *x, float *out, long long n)\n"
    "{\n    long long i = blockIdx.x * 64ll + threadIdx.x;\n"
    "    if (n == 4096) {\n        %s\n    }\n"
    "    if (i < n)\n        out[i] = FACTOR * x[i];\n}\n";
static const char own_suite[] =
    "{\"name\": \"own\", \"dtypes\": [\"float32\"], \"settings\": {\"seed\": 3}, \"roles\": "
    "{\"candidate\": \"plain\"}, \"operators\": [{\"operator\": \"made\", \"shapes\": [[64], "
    "[4096], [128]]}]}\n";

/* `slow`: statements of the kernel where n is 4096. */
static void write_own(const char *slow)
{
    char *source = bench_xprintf(own_source, slow);
    cli_write("kernels/made/made.json", run_own_operator);
    cli_write("kernels/made/made.cu", source);
    cli_write("kernels/made/made.cuh", "#define FACTOR 2\n");
    cli_write("own.json", own_suite);
    free(source);
}

static pid_t start_own_on_cpu(int *said)
{
    setenv("ASAN_OPTIONS", "handle_segv=0", 0);
    return run_start("own.json --kernels kernels --device cpu:1 --cache hot --rounds 8 --no-aa "
                     "--no-do-bench --output part/r",
                     NULL, said);
}

Test(run_resume_refused, on_the_cpu_device_and_changed_sources_are_refused)
{
    struct run_journal j;
    int said;
    write_own("*(volatile int *)8 = 1;");
    pid_t pid = start_own_on_cpu(&said);
    run_hold_at(said, "[1/3]");
    kill(pid, SIGKILL);
    resume_wait_for_kill(pid);
    close(said);
    cli_write("kernels/made/made.cuh", "#define FACTOR 3\n");
    resume_expect_refused("", "operator made: the code of plain was changed (",
                          "operator made: the code of oracle was changed");
    cli_write("kernels/made/made.cuh", "#define FACTOR 2\n");
    cli_expect_exit(cli_bench("run --resume part/r"), 1);
    run_read_journal(RESUME_JOURNAL, &j);
    const struct bench_json *lines[256];
    size_t count = resume_lines_that_count(&j, lines);
    cr_assert_eq(count, 3 * 3);
    for (size_t i = 0; i < count; i++)
        cr_expect_eq(run_number(lines[i], "case"), (double)(i / 3));
    cr_expect_eq(resume_number_or_0(lines[0], "session"), 0);
    cr_expect_str_eq(run_text(lines[3], "status"), "crashed");
    cr_expect_str_eq(run_text(lines[6], "status"), "ok");
    cr_expect_eq(resume_number_or_0(lines[6], "session"), 1);
    cr_expect_str_eq(run_text(lines[0], "binary_hash"), run_text(lines[6], "binary_hash"));
    run_free_journal(&j);
}

/* The kernel of the second case ends when there is a file, and there is one after the signal. */
Test(run_resume_refused, the_case_that_sigint_came_in_is_not_lost)
{
    int said;
    char *here = getcwd(NULL, 0);
    char *wait =
        bench_xprintf("while (access(\"%s/go\", 0) != 0)\n            usleep(1000);", here);
    write_own(wait);
    cli_write("kernels/made/made.cuh", "#define FACTOR 2\n"
                                       "extern \"C\" int access(const char *, int), "
                                       "usleep(unsigned);\n");
    pid_t pid = start_own_on_cpu(&said);
    run_read_until(said, "[1/3]");
    kill(pid, SIGINT);
    run_read_until(said, "the case in hand is finished first");
    cli_write("go", "");
    run_read_until(said, "[2/3]");
    cr_expect_eq(run_exit_code(pid, said), 130);
    close(said);
    cli_expect_exit(cli_bench("run --resume part/r"), 0);
    cr_expect_eq(resume_cases_done_at(0), 2);
    cli_expect_exit(cli_bench("validate part/r"), 0);
    free(wait);
    free(here);
}
