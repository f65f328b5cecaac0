/* `bench run --resume`: whatever ended a run, it goes on, and what comes out is what would have
 * come out. The null device's times never vary in these suites, so that "the same" means every
 * byte. */
#include <criterion/criterion.h>
#include <fcntl.h>
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

TestSuite(run_resume, .init = cli_enter_folder, .fini = cli_leave_folder, .timeout = 480);

#define OPTIONS "--device null --output "
#define JOURNAL "part/r/journal.jsonl"

static char *text_of(const char *path)
{
    struct bench_err err;
    char *text = NULL;
    cr_assert_eq(bench_file_read(path, 0, &text, NULL, &err), 0, "%s", err.message);
    return text;
}

static void expect_same_text(const char *a, const char *b)
{
    char *one = text_of(a), *other = text_of(b);
    cr_expect_str_eq(one, other, "%s and %s differ", a, b);
    free(one);
    free(other);
}

/* ---- what must be equal: all but times of the host, and the lines that do not count ---- */

static bool is_of_this_time(const char *key)
{
    static const char *const keys[] = {"started",   "finished",     "duration_s", "measuring_s",
                                       "resumed",   "command",      "session",    "rounds_host_ns",
                                       "git_dirty", "case_host_ns", "totals",     "workers_lost"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(key, keys[i]) == 0)
            return true;
    return false;
}

static char *lasting_part(const struct bench_json *object)
{
    struct bench_json_writer w;
    struct bench_str text;
    bench_str_init(&text);
    bench_json_writer_init(&w, &text, BENCH_JSON_PRETTY);
    bench_json_open_object(&w);
    for (const struct bench_json *v = bench_json_first(object); v; v = bench_json_next(v)) {
        if (is_of_this_time(bench_json_key(v)))
            continue;
        bench_json_put_key(&w, bench_json_key(v));
        bench_json_put_value(&w, v);
    }
    bench_json_close_object(&w);
    char *taken = bench_str_take(&text);
    bench_str_fini(&text);
    return taken;
}

static void expect_same_object(const struct bench_json *a, const struct bench_json *b)
{
    char *one = lasting_part(a), *other = lasting_part(b);
    cr_expect_str_eq(one, other);
    free(one);
    free(other);
}

static double number_or_0(const struct bench_json *line, const char *key)
{
    const struct bench_json *v = bench_json_get(line, key);
    return v != NULL ? bench_json_number(v) : 0;
}

static bool of_one_case(const struct bench_json *a, const struct bench_json *b)
{
    return run_number(a, "case") == run_number(b, "case") &&
           run_number(a, "process") == run_number(b, "process");
}

/* As docs/formats.md has it: of a case in a process, the lines of the last session. */
static size_t lines_that_count(const struct run_journal *j, const struct bench_json *out[256])
{
    size_t count = 0;
    for (size_t i = 0; i < j->count; i++) {
        const struct bench_json *line = bench_json_root(j->lines[i]);
        bool superseded = false;
        for (size_t k = 0; k < j->count; k++) {
            const struct bench_json *other = bench_json_root(j->lines[k]);
            superseded |= of_one_case(line, other) &&
                          number_or_0(other, "session") > number_or_0(line, "session");
        }
        if (!superseded)
            out[count++] = line;
    }
    return count;
}

static void expect_same_journals(const char *a, const char *b)
{
    const struct bench_json *one[256], *other[256];
    struct run_journal first, second;
    run_read_journal(a, &first);
    run_read_journal(b, &second);
    size_t count = lines_that_count(&first, one);
    cr_assert_eq(lines_that_count(&second, other), count);
    for (size_t i = 0; i < count; i++)
        expect_same_object(one[i], other[i]);
    run_free_journal(&first);
    run_free_journal(&second);
}

static void expect_same_runs(void)
{
    struct bench_json_doc *whole = run_read("whole/r/run.json"),
                          *part = run_read("part/r/run.json");
    expect_same_text("whole/r/your_perf_data.json", "part/r/your_perf_data.json");
    expect_same_text("whole/r/flaggems_perf_data.json", "part/r/flaggems_perf_data.json");
    expect_same_journals("whole/r/journal.jsonl", "part/r/journal.jsonl");
    expect_same_object(bench_json_root(whole), bench_json_root(part));
    expect_same_object(bench_json_get(bench_json_root(whole), "totals"),
                       bench_json_get(bench_json_root(part), "totals"));
    cr_expect_geq(run_number(bench_json_root(part), "duration_s"),
                  run_number(bench_json_root(part), "measuring_s"));
    bench_json_free(whole);
    bench_json_free(part);
}

/* ---- how runs end before their end ---- */

static void wait_for_kill(pid_t pid)
{
    int status;
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "it ended before it was killed");
}

/* Kills the run with SIGKILL when it has said so and nothing after it. */
static void run_and_kill(const char *suite, const char *when)
{
    int said;
    pid_t pid = run_start_suite(suite, OPTIONS "part/r", NULL, &said);
    run_hold_at(said, when);
    kill(pid, SIGKILL);
    wait_for_kill(pid);
    close(said);
}

static void resume_and_kill(const char *when)
{
    int said;
    pid_t pid = run_start("--resume part/r", NULL, &said);
    run_hold_at(said, when);
    kill(pid, SIGKILL);
    wait_for_kill(pid);
    close(said);
}

static size_t resumptions(void)
{
    struct bench_json_doc *run = run_read("part/r/run.json");
    size_t count = bench_json_size(bench_json_get(bench_json_root(run), "resumed"));
    bench_json_free(run);
    return count;
}

static double cases_done_at(size_t resumption)
{
    struct bench_json_doc *run = run_read("part/r/run.json");
    const struct bench_json *list = bench_json_get(bench_json_root(run), "resumed");
    cr_assert_lt(resumption, bench_json_size(list));
    double done = run_number(bench_json_at(list, resumption), "cases_done");
    bench_json_free(run);
    return done;
}

/* Cuts the journal to its first lines and `bytes` of the next, as a loss of power would. */
static void tear_journal(size_t lines, size_t bytes)
{
    char *text = text_of(JOURNAL), *at = text;
    for (size_t i = 0; i < lines; i++) {
        at = strchr(at, '\n');
        cr_assert_not_null(at);
        at++;
    }
    cr_assert_geq(strcspn(at, "\n"), bytes);
    cr_assert_eq(truncate(JOURNAL, (off_t)(at - text + (ptrdiff_t)bytes)), 0);
    free(text);
}

static void append_to_journal(const char *text, size_t length)
{
    int fd = open(JOURNAL, O_WRONLY | O_APPEND);
    cr_assert_eq(write(fd, text, length), (ssize_t)length);
    close(fd);
}

/* ---- going on ---- */

Test(run_resume, after_kill_9_all_is_as_if_it_had_run_through)
{
    cli_expect_exit(run_suite("resume", OPTIONS "whole/r"), 1);
    run_and_kill("resume", "[3/6]");
    cli_expect_exit(cli_bench("validate part/r"), 2);
    cli_expect_exit(cli_bench("run --resume part/r"), 1);
    cr_expect_eq(cases_done_at(0), 3);
    expect_same_runs();
}

Test(run_resume, a_resumed_run_can_be_resumed)
{
    cli_expect_exit(run_suite("resume", OPTIONS "whole/r"), 1);
    run_and_kill("resume", "[3/6]");
    resume_and_kill("[4/6]");
    cli_expect_exit(cli_bench("run --resume part/r --quiet"), 1);
    cr_expect_eq(resumptions(), 2);
    cr_expect_eq(cases_done_at(0), 3);
    cr_expect_eq(cases_done_at(1), 4);
    expect_same_runs();
}

/* The line of who died is there, those of its partners are not: all of the case is measured anew.
 */
Test(run_resume, a_case_that_is_there_in_part_is_measured_again_as_a_whole)
{
    struct run_journal j;
    cli_expect_exit(run_suite("resume", OPTIONS "whole/r"), 1);
    run_and_kill("resume", "crash: crashed");
    cli_expect_exit(cli_bench("run --resume part/r"), 1);
    run_read_journal(JOURNAL, &j);
    run_free_journal(&j);
    expect_same_runs();

    tear_journal(3, 0); /* one of the second case's two lines is gone */
    run_replace_in("part/r/run.json", "\"finished\"", "\"running\"");
    cli_expect_exit(cli_bench("run --resume part/r"), 1);
    run_read_journal(JOURNAL, &j);
    cr_expect_eq(j.count, 3 + 5 * 2, "the journal is only ever added to");
    cr_expect_eq(run_number(bench_json_root(j.lines[2]), "case"), 1);
    cr_expect_eq(run_number(bench_json_root(j.lines[3]), "case"), 1);
    cr_expect_gt(number_or_0(bench_json_root(j.lines[3]), "session"), 0);
    run_free_journal(&j);
    expect_same_runs();
}

Test(run_resume, a_torn_last_line_is_cut_off_and_never_taken)
{
    static const char garbage[] = "{\"case\": 1, \"proc\0\0\0\0";
    cli_expect_exit(run_suite("resume", OPTIONS "whole/r"), 1);
    run_and_kill("resume", "[2/6]");
    tear_journal(3, 40); /* the last of the second case */
    const struct bench_process_result *r = cli_bench("run --resume part/r");
    cli_expect_exit(r, 1);
    cli_expect_in(r->err, "the last line was torn, and is cut off");
    cr_expect_eq(cases_done_at(0), 1);
    expect_same_runs();

    /* Whole, but for its newline: it was not synced. And what was never written. */
    cli_expect_exit(cli_bench("run --resume part/r"), 0);
    bench_file_remove_tree("part", NULL);
    run_and_kill("resume", "[3/6]");
    append_to_journal(garbage, sizeof garbage - 1);
    r = cli_bench("run --resume part/r");
    cli_expect_exit(r, 1);
    cli_expect_in(r->err, "the last line was torn, and is cut off");
    cr_expect_eq(cases_done_at(0), 3);
    expect_same_runs();
}

Test(run_resume, a_line_without_its_newline_was_not_written_whole)
{
    cli_expect_exit(run_suite("resume", OPTIONS "whole/r"), 1);
    run_and_kill("resume", "[2/6]");
    struct stat st;
    tear_journal(4, 0);
    cr_assert_eq(stat(JOURNAL, &st), 0);
    cr_assert_eq(truncate(JOURNAL, st.st_size - 1), 0);
    cli_expect_in(cli_bench("run --resume part/r")->err, "torn");
    cr_expect_eq(cases_done_at(0), 1);
    expect_same_runs();
}

Test(run_resume, a_journal_damaged_elsewhere_is_refused)
{
    run_and_kill("resume", "[3/6]");
    char *text = text_of(JOURNAL);
    *strchr(text, ':') = ';';
    cli_write(JOURNAL, text);
    const struct bench_process_result *r = cli_bench("run --resume part/r");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "journal.jsonl:1:");
    *strchr(text, ';') = ':';
    char *second = strchr(text, '\n') + 1;
    cli_write(JOURNAL, second); /* the first line is gone */
    r = cli_bench("run --resume part/r");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "lines of case 0 are missing");
    char *after = text_of(JOURNAL);
    cr_expect_str_eq(after, second, "what is refused is left as it is");
    free(after);
    free(text);
}

/* As it was when the first case of the second confirming process was in the journal. */
Test(run_resume, while_confirming_what_is_confirmed_stays)
{
    cli_expect_exit(run_suite("resume_winner", OPTIONS "whole/r"), 0);
    cli_expect_exit(run_suite("resume_winner", OPTIONS "part/r"), 0);
    tear_journal(2 * 4 + 2, 7);
    run_replace_in("part/r/run.json", "\"finished\"", "\"running\"");
    const struct bench_process_result *r = cli_bench("run --resume part/r");
    cli_expect_exit(r, 0);
    cr_expect_null(strstr(r->err, "confirming 1/3"), "it was done: %s", r->err);
    cr_expect_null(strstr(r->err, "confirming 2/3 [1/2]"), "it was done: %s", r->err);
    cli_expect_in(r->err, "confirming 2/3 [2/2]");
    cli_expect_in(r->err, "confirming 3/3 [2/2]");
    cli_expect_in(r->out, "over 3 fresh processes");
    cr_expect_eq(cases_done_at(0), 2);
    expect_same_runs();
    cli_expect_exit(cli_bench("validate part/r"), 0);
    cli_expect_exit(cli_bench("select part/r"), 0);
}

Test(run_resume, killed_while_confirming)
{
    cli_expect_exit(run_suite("resume_winner", OPTIONS "whole/r"), 0);
    run_and_kill("resume_winner", "confirming 1/3 [1/2]");
    cli_expect_exit(cli_bench("run --resume part/r"), 0);
    expect_same_runs();
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
    expect_same_runs();
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
    expect_same_runs();
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
    char *text = text_of(JOURNAL);
    cr_expect_eq(text[strlen(text) - 1], '\n');
    free(text);
}

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
    pid_t pid = run_start("suite.json --kernels kernels " OPTIONS "part/r", NULL, &said);
    run_hold_at(said, "[3/6]");
    kill(pid, SIGKILL);
    wait_for_kill(pid);
    close(said);
}

static void expect_refused(const char *options, const char *part, const char *other_part)
{
    char *before = text_of(JOURNAL), *run = text_of("part/r/run.json");
    char *command = bench_xprintf("run --resume part/r%s", options);
    const struct bench_process_result *r = cli_bench(command);
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, part);
    cli_expect_in(r->err, other_part);
    char *after = text_of(JOURNAL), *run_after = text_of("part/r/run.json");
    cr_expect_str_eq(before, after);
    cr_expect_str_eq(run, run_after);
    free(before);
    free(after);
    free(run);
    free(run_after);
    free(command);
}

Test(run_resume, what_was_changed_is_refused_by_name)
{
    copy_suite();
    start_own_suite_and_kill();
    run_replace_in("suite.json", "\"tune_rounds\": 1", "\"tune_rounds\": 2");
    expect_refused("", "suite resume: it was changed (suite.json",
                   "tune_rounds: it was 1, and is 2");
    run_replace_in("suite.json", "\"tune_rounds\": 2", "\"tune_rounds\": 1");
    run_replace_in("kernels/scripted/scripted.json", "constant(2000)", "constant(2001)");
    expect_refused("", "operator scripted: its description was changed",
                   "kernels/scripted/scripted.json");
    run_replace_in("kernels/scripted/scripted.json", "constant(2001)", "constant(2000)");
    cli_expect_exit(cli_bench("run --resume part/r"), 1);
}

Test(run_resume, other_software_or_another_device_is_refused)
{
    copy_suite();
    start_own_suite_and_kill();
    run_replace_in("part/r/run.json", "\"bench_version\": \"", "\"bench_version\": \"0.0.");
    run_replace_in("part/r/run.json", "\"driver\": \"", "\"driver\": \"older ");
    expect_refused("", "bench_version: it was \"0.0.", "device: driver: it was \"older ");
}

Test(run_resume, options_that_contradict_are_refused_and_those_that_agree_are_not)
{
    run_and_kill("resume", "[3/6]");
    expect_refused(" --seed 7 --device cpu", "--seed: it was not given, and is 7",
                   "--device: it was null, and is cpu");
    expect_refused(" --output elsewhere", "--output: it was part/r, and is elsewhere", "");
    expect_refused(" --op scripted", "--op: it was not given, and is scripted", "");
    cli_expect_exit(cli_bench("run --resume part/r --device null"), 1);
}

Test(run_resume, the_suite_may_have_moved)
{
    copy_suite();
    start_own_suite_and_kill();
    cr_assert_eq(rename("suite.json", "moved.json"), 0);
    cli_expect_exit(cli_bench("run --resume part/r"), 2);
    cli_expect_exit(cli_bench("run moved.json --resume part/r"), 1);
}

Test(run_resume, a_run_that_goes_on_is_left_alone)
{
    int said;
    const char options[] = "--device null --timeout 100 --output part/r";
    pid_t pid = run_start_suite("resume_hang", options, NULL, &said);
    run_read_until(said, "[3/6]");
    expect_refused("", "another process writes it", "part/r/journal.jsonl");
    kill(pid, SIGTERM);
    cr_expect_eq(run_exit_code(pid, said), 130);
    close(said);
}

Test(run_resume, a_finished_run_needs_nothing)
{
    cli_expect_exit(run_suite("steady", "--device null"), 0);
    const struct bench_process_result *r = cli_bench("run --resume results/latest");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "-steady is finished: there is nothing to resume");
}

Test(run_resume, what_is_no_run_is_refused)
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

static const char own_operator[] =
    "{\"name\": \"made\", \"category\": \"pointwise\", \"dtypes\": [\"float32\"], \"dims\": "
    "[\"n*\"], \"inputs\": [{\"name\": \"x\", \"shape\": \"case\", \"fill\": {\"normal\": "
    "{\"mean\": 0, \"std\": 1}}}], \"outputs\": [{\"name\": \"out\", \"shape\": \"case\"}], "
    "\"bytes\": \"2 * numel * sizeof_T\", \"flops\": \"numel\", \"oracle\": {\"source\": "
    "\"made.cu\", \"entry\": \"oracle\", \"grid\": [\"ceildiv(n, 64)\"], \"block\": [64], "
    "\"args\": [\"x\", \"out\", {\"int64\": \"n\"}]}, \"implementations\": [{\"name\": \"plain\", "
    "\"provider\": \"cuda\", \"source\": \"made.cu\", \"entry\": \"plain\", \"grid\": "
    "[\"ceildiv(n, 64)\"], \"block\": [64], \"args\": [\"x\", \"out\", {\"int64\": \"n\"}]}]}\n";
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
    cli_write("kernels/made/made.json", own_operator);
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

Test(run_resume, on_the_cpu_device_and_changed_sources_are_refused)
{
    struct run_journal j;
    int said;
    write_own("*(volatile int *)8 = 1;");
    pid_t pid = start_own_on_cpu(&said);
    run_hold_at(said, "[1/3]");
    kill(pid, SIGKILL);
    wait_for_kill(pid);
    close(said);
    cli_write("kernels/made/made.cuh", "#define FACTOR 3\n");
    expect_refused("", "operator made: the code of plain was changed (",
                   "operator made: the code of oracle was changed");
    cli_write("kernels/made/made.cuh", "#define FACTOR 2\n");
    cli_expect_exit(cli_bench("run --resume part/r"), 1);
    run_read_journal(JOURNAL, &j);
    const struct bench_json *lines[256];
    size_t count = lines_that_count(&j, lines);
    cr_assert_eq(count, 3 * 3);
    for (size_t i = 0; i < count; i++)
        cr_expect_eq(run_number(lines[i], "case"), (double)(i / 3));
    cr_expect_eq(number_or_0(lines[0], "session"), 0);
    cr_expect_str_eq(run_text(lines[3], "status"), "crashed");
    cr_expect_str_eq(run_text(lines[6], "status"), "ok");
    cr_expect_eq(number_or_0(lines[6], "session"), 1);
    cr_expect_str_eq(run_text(lines[0], "binary_hash"), run_text(lines[6], "binary_hash"));
    run_free_journal(&j);
}

/* The kernel of the second case ends when there is a file, and there is one after the signal. */
Test(run_resume, the_case_that_sigint_came_in_is_not_lost)
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
    cr_expect_eq(cases_done_at(0), 2);
    cli_expect_exit(cli_bench("validate part/r"), 0);
    free(wait);
    free(here);
}
