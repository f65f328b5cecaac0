#include "support.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"

static char folder[] = "/tmp/bench_test_cli_XXXXXX";
static struct bench_process_result last;

void cli_enter_folder(void)
{
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
    /* Whoever runs this has a history that is no affair of the tests. */
    cr_assert_eq(setenv("BENCH_HISTORY", "", 1), 0);
}

void cli_leave_folder(void)
{
    bench_process_result_fini(&last);
    cr_assert_eq(bench_file_remove_tree(folder, NULL), 0);
}

const struct bench_process_result *cli_bench(const char *arguments)
{
    const char *binary = getenv("BENCH_BINARY");
    cr_assert_not_null(binary, "BENCH_BINARY is not set; run the tests with ctest");
    char *words = bench_xstrdup(arguments);
    const char *argv[CLI_ARGUMENTS_MAX + 2] = {binary};
    size_t count = 1;
    char *rest = NULL;
    for (char *w = strtok_r(words, " ", &rest); w; w = strtok_r(NULL, " ", &rest)) {
        cr_assert_leq(count, CLI_ARGUMENTS_MAX);
        argv[count++] = w;
    }

    struct bench_err err;
    struct bench_process_spec spec = {.argv = argv, .timeout_ms = 480000};
    bench_process_result_fini(&last);
    cr_assert_eq(bench_process_run(&spec, &last, &err), 0, "%s", err.message);
    free(words);
    return &last;
}

void cli_write(const char *path, const char *text)
{
    struct bench_err err;
    cr_assert_eq(bench_file_write_atomic(path, text, strlen(text), &err), 0, "%s", err.message);
}

void cli_copy_resource(const char *name, const char *path)
{
    const char *resources = getenv("BENCH_TEST_RESOURCES");
    cr_assert_not_null(resources, "BENCH_TEST_RESOURCES is not set; run the tests with ctest");
    char *from = bench_path_join(resources, name);
    char *text;
    struct bench_err err;
    cr_assert_eq(bench_file_read(from, 0, &text, NULL, &err), 0, "%s", err.message);
    cli_write(path, text);
    free(text);
    free(from);
}

void cli_expect_exit(const struct bench_process_result *result, int code)
{
    cr_assert_eq(result->exit_code, code, "exit code %d (signal %d), expected %d; it said:\n%s%s",
                 result->exit_code, result->signal, code, result->out, result->err);
}

void cli_expect_in(const char *text, const char *part)
{
    cr_expect_not_null(strstr(text, part), "expected '%s' in:\n%s", part, text);
}
