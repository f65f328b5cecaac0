#include "run_support.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"

const struct bench_process_result *run_suite(const char *suite, const char *options)
{
    const char *resources = getenv("BENCH_TEST_RESOURCES");
    cr_assert_not_null(resources, "BENCH_TEST_RESOURCES is not set; run the tests with ctest");
    /* Where the program itself was built with AddressSanitizer, a crash must still look like one.
     */
    setenv("ASAN_OPTIONS", "handle_segv=0", 0);
    char *arguments = bench_xprintf("run %s/suites/%s.json --kernels %s/kernels %s", resources,
                                    suite, resources, options);
    const struct bench_process_result *result = cli_bench(arguments);
    free(arguments);
    return result;
}

pid_t run_start(const char *arguments, void (*prepare)(void), int *said)
{
    const char *binary = getenv("BENCH_BINARY");
    char *words = bench_xstrdup(arguments), *rest = NULL;
    char *argv[CLI_ARGUMENTS_MAX + 3] = {"bench", "run"};
    size_t count = 2;
    int fds[2];
    for (char *w = strtok_r(words, " ", &rest); w; w = strtok_r(NULL, " ", &rest)) {
        cr_assert_leq(count, CLI_ARGUMENTS_MAX);
        argv[count++] = w;
    }
    cr_assert_eq(pipe(fds), 0);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(fds[1], STDERR_FILENO);
        dup2(fds[1], STDOUT_FILENO);
        close(fds[0]);
        close(fds[1]);
        if (prepare != NULL)
            prepare();
        execv(binary, argv);
        _exit(127);
    }
    close(fds[1]);
    *said = fds[0];
    free(words);
    return pid;
}

pid_t run_start_suite(const char *suite, const char *options, void (*prepare)(void), int *said)
{
    const char *resources = getenv("BENCH_TEST_RESOURCES");
    cr_assert_not_null(resources, "BENCH_TEST_RESOURCES is not set; run the tests with ctest");
    char *arguments = bench_xprintf("%s/suites/%s.json --kernels %s/kernels %s", resources, suite,
                                    resources, options);
    pid_t pid = run_start(arguments, prepare, said);
    free(arguments);
    return pid;
}

void run_read_until(int said, const char *part)
{
    char text[8192] = "";
    size_t used = 0;
    while (strstr(text, part) == NULL) {
        ssize_t got = read(said, text + used, sizeof text - 1 - used);
        cr_assert_gt(got, 0, "'%s' was never said; it said:\n%s", part, text);
        used += (size_t)got;
        text[used] = '\0';
    }
}

int run_exit_code(pid_t pid)
{
    int status;
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_assert(WIFEXITED(status), "it died of signal %d", WTERMSIG(status));
    return WEXITSTATUS(status);
}

struct bench_json_doc *run_read(const char *path)
{
    struct bench_json_doc *doc = NULL;
    struct bench_err err = {0};
    cr_assert_eq(bench_json_read(path, 0, &doc, &err), 0, "%s", err.message);
    return doc;
}

void run_replace_in(const char *path, const char *old, const char *new)
{
    struct bench_err err = {0};
    char *text = NULL;
    cr_assert_eq(bench_file_read(path, 0, &text, NULL, &err), 0, "%s", err.message);
    char *at = strstr(text, old);
    cr_assert_not_null(at, "no '%s' in %s", old, path);
    char *changed = bench_xprintf("%.*s%s%s", (int)(at - text), text, new, at + strlen(old));
    cli_write(path, changed);
    free(changed);
    free(text);
}

void run_read_journal(const char *path, struct run_journal *journal)
{
    struct bench_err err = {0};
    char *text = NULL;
    journal->count = 0;
    cr_assert_eq(bench_file_read(path, 0, &text, NULL, &err), 0, "%s", err.message);
    for (char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        cr_assert_lt(journal->count, 256);
        struct bench_json_doc **doc = &journal->lines[journal->count++];
        cr_assert_eq(bench_json_parse("journal", line, (size_t)(end - line), doc, &err), 0, "%s",
                     err.message);
    }
    free(text);
}

void run_free_journal(struct run_journal *journal)
{
    for (size_t i = 0; i < journal->count; i++)
        bench_json_free(journal->lines[i]);
    journal->count = 0;
}

static bool plays(const struct bench_json *line, const char *role)
{
    const struct bench_json *roles = bench_json_get(line, "roles");
    for (const struct bench_json *r = bench_json_first(roles); r; r = bench_json_next(r))
        if (strcmp(bench_json_string(r), role) == 0)
            return true;
    return false;
}

const struct bench_json *run_find(const struct run_journal *journal, int fault, const char *role)
{
    for (size_t i = 0; i < journal->count; i++) {
        const struct bench_json *line = bench_json_root(journal->lines[i]);
        const struct bench_json *number = bench_json_get(bench_json_get(line, "params"), "fault");
        if (number != NULL && (int)bench_json_number(number) == fault && plays(line, role))
            return line;
    }
    return NULL;
}

const char *run_text(const struct bench_json *object, const char *key)
{
    const struct bench_json *v = bench_json_get(object, key);
    cr_assert(v != NULL && bench_json_type(v) == BENCH_JSON_STRING, "no text '%s'", key);
    return bench_json_string(v);
}

double run_number(const struct bench_json *object, const char *key)
{
    const struct bench_json *v = bench_json_get(object, key);
    cr_assert(v != NULL && bench_json_type(v) == BENCH_JSON_NUMBER, "no number '%s'", key);
    return bench_json_number(v);
}

void run_expect(const struct run_journal *journal, int fault, const char *role, const char *status,
                const char *part)
{
    const struct bench_json *line = run_find(journal, fault, role);
    cr_assert_not_null(line, "no line of case %d as %s", fault, role);
    cr_expect_str_eq(run_text(line, "status"), status, "case %d: %s is '%s' (%s), expected '%s'",
                     fault, role, run_text(line, "status"), run_text(line, "reason"), status);
    cli_expect_in(run_text(line, "reason"), part);
}
