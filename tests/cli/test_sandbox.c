/* What candidates cannot do to their host, on the cpu device, where they are programs like any
 * other. tests/resources/kernels/escaper is right where it was prevented. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bench/run/sandbox.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "run_support.h"

/* A folder that a variable names. */
static void name_folder(const char *variable, const char *name)
{
    char *here = getcwd(NULL, 0), *path = bench_path_join(here, name);
    cr_assert_eq(mkdir(path, 0700), 0);
    setenv(variable, path, 1);
    free(path);
    free(here);
}

static void setup(void)
{
    cli_enter_folder();
    name_folder("HOME", "home");
    name_folder("ESCAPER_NOTES", "notes");
}

TestSuite(cli_sandbox, .init = setup, .fini = cli_leave_folder, .timeout = 480);

/* A kernel that has none of it is not where this can be tested. */
static void need_sandbox(void)
{
    struct bench_sandbox_host host;
    bench_sandbox_probe(&host);
    if (host.landlock == 0 || !host.seccomp)
        cr_skip_test("this host enforces no sandbox: %s", host.lacks);
}

#define CPU "--device cpu --cache hot --output r "

Test(cli_sandbox, every_attempt_is_prevented_and_honest_work_is_not)
{
    struct run_journal j;
    need_sandbox();
    cli_expect_exit(run_suite("escapes", CPU), 0);
    run_read_journal("r/journal.jsonl", &j);
    size_t tried = 0;
    for (size_t i = 0; i < j.count; i++)
        tried += bench_json_get(bench_json_root(j.lines[i]), "errors") != NULL;
    cr_expect_eq(tried, 2 * 16, "%zu", tried);
    run_free_journal(&j);
    cr_expect_not(bench_file_exists("home/escaped"));
    cr_expect_not(bench_file_exists("r/scratch"), "temporary files of workers are left");
}

/* Otherwise the test above could say so of anything. */
Test(cli_sandbox, without_it_attempts_succeed_and_that_is_said)
{
    const struct bench_process_result *result = run_suite("escape_free", CPU "--no-sandbox");
    cli_expect_exit(result, 1);
    cli_expect_in(result->err, "WARNING: no sandbox");
    cli_expect_in(result->out, "Candidates ran without a sandbox");
    cr_expect(bench_file_exists("home/escaped"));
    struct bench_json_doc *doc = run_read("r/run.json");
    const struct bench_json *sandbox = bench_json_get(bench_json_root(doc), "sandbox");
    cr_expect_not(bench_json_bool(bench_json_get(sandbox, "on")));
    bench_json_free(doc);
}

/* Neither gone nor dead and waiting to be asked for by its parent. */
static bool is_alive(long pid)
{
    char path[64], state = 'Z';
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return false;
    if (fscanf(file, "%*d %*s %c", &state) != 1)
        state = 'Z';
    fclose(file);
    return state != 'Z' && state != 'X';
}

/* One that was killed may take its time to die on a busy machine; one that was not never does. */
static bool survives(long pid)
{
    const struct timespec pause = {0, 10000000};
    for (int i = 0; i < 6000 && is_alive(pid); i++)
        nanosleep(&pause, NULL);
    return is_alive(pid);
}

static size_t survivors(void)
{
    size_t noted = 0, alive = 0;
    long pid;
    FILE *file = fopen("notes/pids", "r");
    cr_assert_not_null(file, "nobody noted a process");
    while (alive == 0 && fscanf(file, "%ld", &pid) == 1) {
        noted++;
        alive += survives(pid);
    }
    fclose(file);
    cr_expect_gt(noted, 1);
    return alive;
}

Test(cli_sandbox, too_much_memory_and_too_many_processes_are_verdicts_and_no_orphan_survives)
{
    struct run_journal j;
    need_sandbox();
    cli_expect_exit(run_suite("escape_watch", CPU "--max-processes 100 --max-memory 0.75 "
                                                  "--allow-write notes"),
                    1);
    run_read_journal("r/journal.jsonl", &j);
    const char *parts[] = {"", "processes, and 100 are allowed", "GiB of memory, and 0.8 are"};
    const char *statuses[] = {"ok", "crashed", "crashed"};
    for (size_t way = 0; way < 3; way++) {
        const struct bench_json *line = NULL;
        for (size_t i = 0; i < j.count && line == NULL; i++) {
            const struct bench_json *l = bench_json_root(j.lines[i]);
            const struct bench_json *name = bench_json_get(l, "implementation");
            if (run_number(l, "case") == (double)way &&
                bench_json_type(name) == BENCH_JSON_STRING &&
                strcmp(bench_json_string(name), "escape") == 0)
                line = l;
        }
        cr_assert_not_null(line);
        cr_expect_str_eq(run_text(line, "status"), statuses[way]);
        cli_expect_in(run_text(line, "reason"), parts[way]);
    }
    run_free_journal(&j);
    cr_expect_eq(survivors(), 0);
}

/* On the cpu device tensors are a worker's own memory: a case of more is not begun. */
Test(cli_sandbox, a_case_beyond_the_memory_limit_is_left_out_and_nobody_is_blamed)
{
    struct run_journal j;
    need_sandbox();
    cli_write("kernels/made/made.json", run_own_operator);
    cli_write("kernels/made/made.cu",
              "extern \"C\" __global__ void plain(const float *x, float *out, long long n)\n"
              "{\n"
              "    long long i = blockIdx.x * 64LL + threadIdx.x;\n"
              "    if (i < n)\n"
              "        out[i] = x[i];\n"
              "}\n"
              "extern \"C\" __global__ void oracle(const float *x, double *out, long long n)\n"
              "{\n"
              "    long long i = blockIdx.x * 64LL + threadIdx.x;\n"
              "    if (i < n)\n"
              "        out[i] = x[i];\n"
              "}\n");
    cli_write("s.json",
              "{\"name\": \"s\", \"dtypes\": [\"float32\"], \"settings\": {\"rounds\": 5, "
              "\"cache\": \"hot\"}, \"roles\": {\"candidate\": \"plain\"}, \"operators\": "
              "[{\"operator\": \"made\", \"shapes\": [[1000000000], [10]]}]}");
    cli_expect_exit(cli_bench("run --suite s.json --kernels kernels --device cpu --output r "
                              "--max-memory 2"),
                    0);
    run_read_journal("r/journal.jsonl", &j);
    cr_assert_eq(j.count, 6);
    const struct bench_json *large = bench_json_root(j.lines[0]);
    cr_expect_str_eq(run_text(large, "status"), "unsupported");
    cli_expect_in(run_text(large, "reason"), "the case needs 24.0 GB of device memory");
    cr_expect_str_eq(run_text(bench_json_root(j.lines[3]), "status"), "ok");
    run_free_journal(&j);
}

Test(cli_sandbox, a_folder_that_is_to_be_written_must_be_there)
{
    const struct bench_process_result *result = run_suite("escape_free", CPU "--allow-write no");
    cli_expect_exit(result, 2);
    cli_expect_in(result->err, "--allow-write no: there is no such folder");
}
