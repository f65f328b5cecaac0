#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"
#include "bench/util/process.h"

static struct bench_process_result result;
static struct bench_err err;

static void run_shell(const char *script, const char *input, int timeout_ms)
{
    const char *argv[] = {"sh", "-c", script, NULL};
    struct bench_process_spec spec = {.argv = argv,
                                      .input = input,
                                      .input_length = input ? strlen(input) : 0,
                                      .timeout_ms = timeout_ms};
    cr_assert_eq(bench_process_run(&spec, &result, &err), 0, "%s", err.message);
}

Test(process, collects_both_outputs_and_the_exit_code)
{
    run_shell("echo out; echo err >&2; exit 3", NULL, 0);
    cr_assert_eq(result.exit_code, 3);
    cr_assert_eq(result.signal, 0);
    cr_assert_str_eq(result.out, "out\n");
    cr_assert_str_eq(result.err, "err\n");
    cr_assert_eq(result.out_length, 4);
    bench_process_result_fini(&result);
}

Test(process, large_input_and_output_do_not_block_each_other)
{
    size_t size = 5u << 20;
    char *input = bench_xmalloc(size + 1);
    memset(input, 'x', size);
    input[size] = '\0';
    run_shell("tee /dev/stderr", input, 0);
    cr_assert_eq(result.exit_code, 0);
    cr_assert_eq(result.out_length, size);
    cr_assert_eq(result.err_length, size);
    bench_process_result_fini(&result);

    run_shell("exit 0", input, 0); /* reads none of it */
    cr_assert_eq(result.exit_code, 0);
    bench_process_result_fini(&result);
    free(input);
}

Test(process, a_signal_is_told)
{
    run_shell("kill -SEGV $$", NULL, 0);
    cr_assert_eq(result.exit_code, -1);
    cr_assert_eq(result.signal, SIGSEGV);
    cr_assert_not(result.timed_out);
    bench_process_result_fini(&result);
}

Test(process, the_deadline_ends_the_whole_group_and_keeps_what_was_said, .timeout = 180)
{
    run_shell("echo begun; sleep 1000 & sleep 1000", NULL, 15000);
    cr_assert(result.timed_out);
    cr_assert_eq(result.signal, SIGKILL);
    cr_assert_str_eq(result.out, "begun\n");
    bench_process_result_fini(&result);

    run_shell("yes", NULL, 100);
    cr_assert(result.timed_out);
    bench_process_result_fini(&result);
}

Test(process, a_grandchild_that_keeps_the_pipes_is_not_waited_for, .timeout = 180)
{
    run_shell("sleep 100 & echo $!", NULL, 0);
    cr_assert_eq(result.exit_code, 0);
    cr_assert_gt(result.out_length, 0);
    kill(atoi(result.out), SIGKILL);
    bench_process_result_fini(&result);
}

Test(process, environment_and_folder)
{
    const char *argv[] = {"sh", "-c", "echo $ONE $PATH; pwd", NULL};
    const char *env[] = {"ONE=1", "PATH=/bin:/usr/bin", NULL};
    struct bench_process_spec spec = {.argv = argv, .env = env, .cwd = "/"};
    cr_assert_eq(bench_process_run(&spec, &result, &err), 0, "%s", err.message);
    cr_assert_str_eq(result.out, "1 /bin:/usr/bin\n/\n");
    bench_process_result_fini(&result);
}

Test(process, a_missing_program_or_folder_is_an_error)
{
    const char *argv[] = {"no-such-program-here", NULL};
    struct bench_process_spec spec = {.argv = argv};
    cr_assert_eq(bench_process_run(&spec, &result, &err), BENCH_ENOTFOUND);
    cr_assert_str_eq(err.message, "no-such-program-here: no such program");
    bench_process_result_fini(&result);

    const char *true_argv[] = {"true", NULL};
    spec = (struct bench_process_spec){.argv = true_argv, .cwd = "/no/such/folder"};
    cr_assert_eq(bench_process_run(&spec, &result, &err), BENCH_ERROR);
    cr_assert_not_null(strstr(err.message, "/no/such/folder"));
    bench_process_result_fini(&result);
}

Test(process, exists)
{
    cr_assert(bench_process_exists("sh"));
    cr_assert(bench_process_exists("/bin/sh"));
    cr_assert_not(bench_process_exists("no-such-program-here"));
    cr_assert_not(bench_process_exists("/bin"));
}
