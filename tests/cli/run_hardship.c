/* Interruptions, full disks, folders that cannot be written: one clear message, an exit code that
 * fits, and nothing that was journalled is lost. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "run_support.h"

TestSuite(run_hardship, .init = cli_enter_folder, .fini = cli_leave_folder, .timeout = 300);

static pid_t start_run(const char *suite, const char *rounds, void (*prepare)(void), int *said)
{
    char *options = bench_xprintf("--device null --rounds %s --max-case-ms 60000", rounds);
    pid_t pid = run_start_suite(suite, options, prepare, said);
    free(options);
    return pid;
}

static void expect_run_json(const char *path, const char *status, double cases_done)
{
    struct bench_json_doc *run = run_read(path);
    cr_expect_str_eq(run_text(bench_json_root(run), "status"), status);
    cr_expect_eq(run_number(bench_json_get(bench_json_root(run), "totals"), "cases_done"),
                 cases_done);
    bench_json_free(run);
}

static size_t configs_in(const char *path, const char *name)
{
    struct bench_json_doc *doc = run_read(path);
    const struct bench_json *op = bench_json_get(bench_json_root(doc), name);
    size_t count = bench_json_size(bench_json_get(op, "configs"));
    bench_json_free(doc);
    return count;
}

static size_t lines_in(const char *path)
{
    struct run_journal journal;
    run_read_journal(path, &journal);
    size_t count = journal.count;
    run_free_journal(&journal);
    return count;
}

/* `again`: it has to be sent twice, for the case in hand never ends. */
static void expect_kept_after(int number, bool again)
{
    int said;
    pid_t pid = start_run("stuck", "12", NULL, &said);
    run_read_until(said, "[1/2]");
    kill(pid, number);
    if (again) {
        run_read_until(said, "the case in hand is finished first");
        kill(pid, number);
    }
    cr_expect_eq(run_exit_code(pid, said), 130);
    close(said);
    expect_run_json("results/latest/run.json", "interrupted", 1);
    cr_expect_eq(configs_in("results/latest/your_perf_data.json", "scripted"), 1);
    cr_expect_eq(lines_in("results/latest/journal.jsonl"), 3);
}

Test(run_hardship, a_run_interrupted_twice_keeps_what_was_finished)
{
    expect_kept_after(SIGINT, true);
}

Test(run_hardship, a_terminated_run_keeps_what_was_finished)
{
    expect_kept_after(SIGTERM, false);
}

Test(run_hardship, a_closed_terminal_ends_a_run_in_order)
{
    signal(SIGHUP, SIG_DFL); /* the tests may run under nohup */
    expect_kept_after(SIGHUP, false);
}

Test(run_hardship, a_reader_that_leaves_costs_no_results)
{
    int said;
    pid_t pid = start_run("steady", "12", NULL, &said);
    close(said);
    cr_expect_eq(run_exit_code(pid, -1),
                 4); /* the table was not delivered; the rest is all there */
    expect_run_json("results/latest/run.json", "finished", 2);
    cr_expect_eq(configs_in("results/latest/your_perf_data.json", "scripted"), 2);
}

static void close_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        close(fd);
}

/* No file takes their place, so nothing that is printed gets into one. */
Test(run_hardship, without_standard_streams_nothing_is_printed_into_files)
{
    int said;
    pid_t pid = start_run("steady", "12", close_standard_streams, &said);
    close(said);
    cr_expect_eq(run_exit_code(pid, -1), 4); /* the table was not delivered */
    expect_run_json("results/latest/run.json", "finished", 2);
    cr_expect_eq(lines_in("results/latest/journal.jsonl"), 6);
}

/* Room for the first case's samples and not for the second's. */
static void limit_file_size(void)
{
    struct rlimit limit = {150000, 150000};
    setrlimit(RLIMIT_FSIZE, &limit);
}

Test(run_hardship, a_full_disk_keeps_what_was_written)
{
    int said;
    pid_t pid = start_run("steady", "3000", limit_file_size, &said);
    run_read_until(said, "journal.jsonl: a line cannot be written: File too large");
    cr_expect_eq(run_exit_code(pid, said), 4);
    close(said);
    expect_run_json("results/latest/run.json", "failed", 1);
    cr_expect_eq(configs_in("results/latest/your_perf_data.json", "scripted"), 1);
    /* The line that did not fit is not there in part. */
    char *text;
    size_t length;
    cr_assert_eq(bench_file_read("results/latest/journal.jsonl", 0, &text, &length, NULL), 0);
    cr_expect_gt(length, 0);
    cr_expect_eq(text[length - 1], '\n');
    free(text);
    cr_expect_geq(lines_in("results/latest/journal.jsonl"), 3);
}

/* `latest` stays what it is, and the run is none the worse. */
Test(run_hardship, something_else_called_latest_is_left_alone)
{
    cli_write("results/latest/mine", "a folder");
    const struct bench_process_result *r = run_suite("steady", "--device null");
    cli_expect_exit(r, 0);
    cli_expect_in(r->err, "results/latest does not point to this run");
    cr_expect(bench_file_exists("results/latest/mine"));
    cr_assert_eq(bench_file_remove_tree("results/latest", NULL), 0);
    cli_write("results/latest", "a file");
    cli_expect_exit(run_suite("steady", "--device null"), 0);
    char *text;
    cr_assert_eq(bench_file_read("results/latest", 0, &text, NULL, NULL), 0);
    cr_expect_str_eq(text, "a file");
    free(text);
}

Test(run_hardship, an_output_folder_that_cannot_be_one_is_refused)
{
    cli_write("file", "x");
    cli_write("begun/journal.jsonl", "");
    const struct bench_process_result *r = run_suite("steady", "--device null --output file");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "file: is no folder");
    r = run_suite("steady", "--device null --output begun");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "there is a run in it already");
    r = run_suite("steady", "--device null --output=");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "empty");
    r = run_suite("steady", "--device null --output file/below");
    cli_expect_exit(r, 4);
    cli_expect_in(r->err, "file/below");
    cli_write("results", "no folder");
    r = run_suite("steady", "--device null");
    cli_expect_exit(r, 4);
    cli_expect_in(r->err, "results: exists and is no folder; move it away");
}

Test(run_hardship, without_kernels_it_says_where_it_looked)
{
    const struct bench_process_result *r =
        cli_bench("run quick --device null --kernels nowhere --output out");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "nowhere");
    cr_expect_not(bench_file_exists("out"));
}

/* Compiled code then goes to a folder of the user's own, and what the cache has is used. */
Test(run_hardship, a_cache_that_cannot_be_written_is_done_without)
{
    char cwd[4096];
    cr_assert_not_null(getcwd(cwd, sizeof cwd));
    char *temporary = bench_xprintf("%s/temporary", cwd);
    cr_assert_eq(mkdir(temporary, 0700), 0);
    cli_write("file", "x");
    setenv("BENCH_CACHE", "file/cache", 1);
    setenv("TMPDIR", temporary, 1);
    free(temporary);
    cli_expect_exit(run_suite("oracles", "--device cpu --cache hot --output out"), 1);
    cr_expect_gt(configs_in("out/your_perf_data.json", "faulty_oracle"), 0);
    char *kept = bench_xprintf("temporary/bench-cache-%ld/compile", (long)geteuid());
    cr_expect(bench_file_is_dir(kept));
    free(kept);
}

Test(run_hardship, odd_surroundings_do_not_matter)
{
    unsetenv("HOME");
    setenv("TMPDIR", "/nonexistent", 1);
    setenv("BENCH_CACHE", "a folder with 'quotes'", 1);
    cli_expect_exit(run_suite("oracles", "--device cpu --cache hot --output out"), 1);
    cr_expect_gt(configs_in("out/your_perf_data.json", "faulty_oracle"), 0);
}
