#include "run_support.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"

/* After "run". How many rounds a case has must not depend on how busy the machine is: their limit
 * in time is far away on the null device, where a round takes none. */
static char *suite_arguments(const char *suite, const char *options)
{
    const char *resources = getenv("BENCH_TEST_RESOURCES");
    bool scripted = strstr(options, "--device null") && !strstr(options, "--max-case-ms");
    cr_assert_not_null(resources, "BENCH_TEST_RESOURCES is not set; run the tests with ctest");
    /* Where the program itself was built with AddressSanitizer, a crash must still look like one.
     */
    setenv("ASAN_OPTIONS", "handle_segv=0", 0);
    return bench_xprintf("%s/suites/%s.json --kernels %s/kernels%s %s", resources, suite, resources,
                         scripted ? " --max-case-ms 60000" : "", options);
}

const char run_own_operator[] =
    "{\"name\": \"made\", \"category\": \"pointwise\", \"dtypes\": [\"float32\"], \"dims\": "
    "[\"n*\"], \"inputs\": [{\"name\": \"x\", \"shape\": \"case\", \"fill\": {\"normal\": "
    "{\"mean\": 0, \"std\": 1}}}], \"outputs\": [{\"name\": \"out\", \"shape\": \"case\"}], "
    "\"bytes\": \"2 * numel * sizeof_T\", \"flops\": \"numel\", \"oracle\": {\"source\": "
    "\"made.cu\", \"entry\": \"oracle\", \"grid\": [\"ceildiv(n, 64)\"], \"block\": [64], "
    "\"args\": [\"x\", \"out\", {\"int64\": \"n\"}]}, \"implementations\": [{\"name\": \"plain\", "
    "\"provider\": \"cuda\", \"source\": \"made.cu\", \"entry\": \"plain\", \"grid\": "
    "[\"ceildiv(n, 64)\"], \"block\": [64], \"args\": [\"x\", \"out\", {\"int64\": \"n\"}]}]}\n";

const struct bench_process_result *run_suite(const char *suite, const char *options)
{
    char *rest = suite_arguments(suite, options), *arguments = bench_xprintf("run %s", rest);
    const struct bench_process_result *result = cli_bench(arguments);
    free(arguments);
    free(rest);
    return result;
}

/* A pipe with room for one message, which is read as a whole: whoever says more waits. */
static void make_pipe(int fds[2])
{
    cr_assert_eq(pipe2(fds, O_DIRECT), 0);
    cr_assert_eq(fcntl(fds[1], F_SETPIPE_SZ, (int)sysconf(_SC_PAGESIZE)), sysconf(_SC_PAGESIZE));
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
    make_pipe(fds);
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
    char *arguments = suite_arguments(suite, options);
    pid_t pid = run_start(arguments, prepare, said);
    free(arguments);
    return pid;
}

/* The next message: taken out of the pipe, or left in it. 0: there will be none. */
static size_t next_message(int said, bool leave, char *text, size_t size)
{
    int copy[2], from = said;
    if (leave) {
        make_pipe(copy);
        cr_assert_geq(tee(said, copy[1], size, 0), 0);
        close(copy[1]);
        from = copy[0];
    }
    ssize_t got = read(from, text, size);
    cr_assert_geq(got, 0);
    if (leave)
        close(copy[0]);
    return (size_t)got;
}

/* Messages that are passed over are taken out in any case. */
static void read_until(int said, const char *part, bool leave)
{
    char text[8192] = "";
    size_t used = 0;
    for (;;) {
        size_t got = next_message(said, leave, text + used, sizeof text - 1 - used);
        cr_assert_gt(got, 0, "'%s' was never said; it said:\n%s", part, text);
        used += got;
        text[used] = '\0';
        if (strstr(text, part) != NULL)
            return;
        if (leave) {
            char taken[sizeof text];
            next_message(said, false, taken, sizeof taken);
        }
    }
}

void run_read_until(int said, const char *part)
{
    read_until(said, part, false);
}

void run_hold_at(int said, const char *part)
{
    read_until(said, part, true);
}

int run_exit_code(pid_t pid, int said)
{
    char text[4096];
    int status;
    while (said >= 0 && next_message(said, false, text, sizeof text) > 0)
        continue;
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

char *run_without(const struct bench_json *object, bool (*is_left_out)(const char *key))
{
    struct bench_json_writer w;
    struct bench_str text;
    bench_str_init(&text);
    bench_json_writer_init(&w, &text, BENCH_JSON_PRETTY);
    bench_json_open_object(&w);
    for (const struct bench_json *v = bench_json_first(object); v; v = bench_json_next(v)) {
        if (is_left_out(bench_json_key(v)))
            continue;
        bench_json_put_key(&w, bench_json_key(v));
        bench_json_put_value(&w, v);
    }
    bench_json_close_object(&w);
    char *taken = bench_str_take(&text);
    bench_str_fini(&text);
    return taken;
}
