/* `bench run --resume`: whatever ended a run, it goes on, and what comes out is what would have
 * come out. The null device's times never vary in these suites, so that "the same" means every
 * byte. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/util/file.h"
#include "resume_support.h"

TestSuite(run_resume, .init = cli_enter_folder, .fini = cli_leave_folder, .timeout = 480);

/* Cuts the journal to its first lines and `bytes` of the next, as a loss of power would. */
static void tear_journal(size_t lines, size_t bytes)
{
    char *text = resume_text_of(RESUME_JOURNAL), *at = text;
    for (size_t i = 0; i < lines; i++) {
        at = strchr(at, '\n');
        cr_assert_not_null(at);
        at++;
    }
    cr_assert_geq(strcspn(at, "\n"), bytes);
    cr_assert_eq(truncate(RESUME_JOURNAL, (off_t)(at - text + (ptrdiff_t)bytes)), 0);
    free(text);
}

static void append_to_journal(const char *text, size_t length)
{
    int fd = open(RESUME_JOURNAL, O_WRONLY | O_APPEND);
    cr_assert_eq(write(fd, text, length), (ssize_t)length);
    close(fd);
}

/* ---- going on ---- */

Test(run_resume, after_kill_9_all_is_as_if_it_had_run_through)
{
    cli_expect_exit(run_suite("resume", RESUME_OPTIONS "whole/r"), 1);
    resume_kill_run("resume", "[3/6]");
    cli_expect_exit(cli_bench("validate part/r"), 2);
    cli_expect_exit(cli_bench("run --resume part/r"), 1);
    cr_expect_eq(resume_cases_done_at(0), 3);
    resume_expect_same_runs();
}

Test(run_resume, a_resumed_run_can_be_resumed)
{
    cli_expect_exit(run_suite("resume", RESUME_OPTIONS "whole/r"), 1);
    resume_kill_run("resume", "[3/6]");
    resume_kill_resumed("[4/6]");
    cli_expect_exit(cli_bench("run --resume part/r --quiet"), 1);
    cr_expect_eq(resume_count(), 2);
    cr_expect_eq(resume_cases_done_at(0), 3);
    cr_expect_eq(resume_cases_done_at(1), 4);
    resume_expect_same_runs();
}

/* The line of who died is there, those of its partners are not: all of the case is measured anew.
 */
Test(run_resume, a_case_that_is_there_in_part_is_measured_again_as_a_whole)
{
    struct run_journal j;
    cli_expect_exit(run_suite("resume", RESUME_OPTIONS "whole/r"), 1);
    resume_kill_run("resume", "crash: crashed");
    cli_expect_exit(cli_bench("run --resume part/r"), 1);
    run_read_journal(RESUME_JOURNAL, &j);
    run_free_journal(&j);
    resume_expect_same_runs();

    tear_journal(3, 0); /* one of the second case's two lines is gone */
    run_replace_in("part/r/run.json", "\"finished\"", "\"running\"");
    cli_expect_exit(cli_bench("run --resume part/r"), 1);
    run_read_journal(RESUME_JOURNAL, &j);
    cr_expect_eq(j.count, 3 + 5 * 2, "the journal is only ever added to");
    cr_expect_eq(run_number(bench_json_root(j.lines[2]), "case"), 1);
    cr_expect_eq(run_number(bench_json_root(j.lines[3]), "case"), 1);
    cr_expect_gt(resume_number_or_0(bench_json_root(j.lines[3]), "session"), 0);
    run_free_journal(&j);
    resume_expect_same_runs();
}

Test(run_resume, a_torn_last_line_is_cut_off_and_never_taken)
{
    static const char garbage[] = "{\"case\": 1, \"proc\0\0\0\0";
    cli_expect_exit(run_suite("resume", RESUME_OPTIONS "whole/r"), 1);
    resume_kill_run("resume", "[2/6]");
    tear_journal(3, 40); /* the last of the second case */
    const struct bench_process_result *r = cli_bench("run --resume part/r");
    cli_expect_exit(r, 1);
    cli_expect_in(r->err, "the last line was torn, and is cut off");
    cr_expect_eq(resume_cases_done_at(0), 1);
    resume_expect_same_runs();

    /* Whole, but for its newline: it was not synced. And what was never written. */
    cli_expect_exit(cli_bench("run --resume part/r"), 0);
    bench_file_remove_tree("part", NULL);
    resume_kill_run("resume", "[3/6]");
    append_to_journal(garbage, sizeof garbage - 1);
    r = cli_bench("run --resume part/r");
    cli_expect_exit(r, 1);
    cli_expect_in(r->err, "the last line was torn, and is cut off");
    cr_expect_eq(resume_cases_done_at(0), 3);
    resume_expect_same_runs();
}

Test(run_resume, a_line_without_its_newline_was_not_written_whole)
{
    cli_expect_exit(run_suite("resume", RESUME_OPTIONS "whole/r"), 1);
    resume_kill_run("resume", "[2/6]");
    struct stat st;
    tear_journal(4, 0);
    cr_assert_eq(stat(RESUME_JOURNAL, &st), 0);
    cr_assert_eq(truncate(RESUME_JOURNAL, st.st_size - 1), 0);
    cli_expect_in(cli_bench("run --resume part/r")->err, "torn");
    cr_expect_eq(resume_cases_done_at(0), 1);
    resume_expect_same_runs();
}

Test(run_resume, a_journal_damaged_elsewhere_is_refused)
{
    resume_kill_run("resume", "[3/6]");
    char *text = resume_text_of(RESUME_JOURNAL);
    *strchr(text, ':') = ';';
    cli_write(RESUME_JOURNAL, text);
    const struct bench_process_result *r = cli_bench("run --resume part/r");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "journal.jsonl:1:");
    *strchr(text, ';') = ':';
    char *second = strchr(text, '\n') + 1;
    cli_write(RESUME_JOURNAL, second); /* the first line is gone */
    r = cli_bench("run --resume part/r");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "lines of case 0 are missing");
    char *after = resume_text_of(RESUME_JOURNAL);
    cr_expect_str_eq(after, second, "what is refused is left as it is");
    free(after);
    free(text);
}

/* As it was when the first case of the second confirming process was in the journal. */
Test(run_resume, while_confirming_what_is_confirmed_stays)
{
    cli_expect_exit(run_suite("resume_winner", RESUME_OPTIONS "whole/r"), 0);
    cli_expect_exit(run_suite("resume_winner", RESUME_OPTIONS "part/r"), 0);
    tear_journal(2 * 4 + 2, 7);
    run_replace_in("part/r/run.json", "\"finished\"", "\"running\"");
    const struct bench_process_result *r = cli_bench("run --resume part/r");
    cli_expect_exit(r, 0);
    cr_expect_null(strstr(r->err, "confirming 1/3"), "it was done: %s", r->err);
    cr_expect_null(strstr(r->err, "confirming 2/3 [1/2]"), "it was done: %s", r->err);
    cli_expect_in(r->err, "confirming 2/3 [2/2]");
    cli_expect_in(r->err, "confirming 3/3 [2/2]");
    cli_expect_in(r->out, "over 3 fresh processes");
    cr_expect_eq(resume_cases_done_at(0), 2);
    resume_expect_same_runs();
    cli_expect_exit(cli_bench("validate part/r"), 0);
    cli_expect_exit(cli_bench("select part/r"), 0);
}

Test(run_resume, killed_while_confirming)
{
    cli_expect_exit(run_suite("resume_winner", RESUME_OPTIONS "whole/r"), 0);
    resume_kill_run("resume_winner", "confirming 1/3 [1/2]");
    cli_expect_exit(cli_bench("run --resume part/r"), 0);
    resume_expect_same_runs();
}

/* Room for the first case's samples and not for all of the second's. */
static void limit_file_size(void)
{
    struct rlimit limit = {70000, 70000};
    setrlimit(RLIMIT_FSIZE, &limit);
}

#define MANY_ROUNDS "--device null --rounds 3000 --max-case-ms 60000 --no-confirm --output "

Test(run_resume, when_there_is_room_again_after_a_full_disk)
{
    int said;
    cli_expect_exit(run_suite("resume_winner", MANY_ROUNDS "whole/r"), 0);
    pid_t pid = run_start_suite("resume_winner", MANY_ROUNDS "part/r", limit_file_size, &said);
    run_read_until(said, "  bench run --resume part/r\n");
    cr_expect_eq(run_exit_code(pid, said), 4);
    close(said);
    cli_expect_exit(cli_bench("run --resume part/r"), 0);
    resume_expect_same_runs();
}

/* ---- signals ---- */

#define GIVES_UP "--device null --timeout 8 --output "

Test(run_resume, sigint_finishes_the_case_in_hand_and_says_how_to_go_on)
{
    int said;
    cli_expect_exit(run_suite("resume_hang", GIVES_UP "whole/r"), 1);
    pid_t pid = run_start_suite("resume_hang", GIVES_UP "part/r", NULL, &said);
    run_read_until(said, "[3/6]");
    kill(pid, SIGINT); /* the fourth never comes back by itself, and is given up */
    run_read_until(said, "the case in hand is finished first");
    run_read_until(said, "  bench run --resume part/r\n");
    cr_expect_eq(run_exit_code(pid, said), 130);
    close(said);
    struct bench_json_doc *run = run_read("part/r/run.json");
    cr_expect_str_eq(run_text(bench_json_root(run), "status"), "interrupted");
    bench_json_free(run);
    cli_expect_exit(cli_bench("run --resume part/r"), 1);
    resume_expect_same_runs();
}

Test(run_resume, a_second_sigint_stops_at_once_and_nothing_is_lost)
{
    int said;
    const char options[] = "--device null --timeout 100 --output part/r";
    pid_t pid = run_start_suite("resume_hang", options, NULL, &said);
    run_read_until(said, "[3/6]");
    kill(pid, SIGINT);
    run_read_until(said, "the case in hand is finished first");
    kill(pid, SIGINT);
    cr_expect_eq(run_exit_code(pid, said), 130);
    close(said);
    struct bench_json_doc *run = run_read("part/r/run.json");
    const struct bench_json *root = bench_json_root(run);
    cr_expect_str_eq(run_text(root, "status"), "interrupted");
    cr_expect_eq(run_number(bench_json_get(root, "totals"), "cases_done"), 3);
    bench_json_free(run);
    char *text = resume_text_of(RESUME_JOURNAL);
    cr_expect_eq(text[strlen(text) - 1], '\n');
    free(text);
}
