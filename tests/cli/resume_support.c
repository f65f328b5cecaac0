#include "resume_support.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"

char *resume_text_of(const char *path)
{
    struct bench_err err;
    char *text = NULL;
    cr_assert_eq(bench_file_read(path, 0, &text, NULL, &err), 0, "%s", err.message);
    return text;
}

static void expect_same_text(const char *a, const char *b)
{
    char *one = resume_text_of(a), *other = resume_text_of(b);
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

static void expect_same_object(const struct bench_json *a, const struct bench_json *b)
{
    char *one = run_without(a, is_of_this_time), *other = run_without(b, is_of_this_time);
    cr_expect_str_eq(one, other);
    free(one);
    free(other);
}

double resume_number_or_0(const struct bench_json *line, const char *key)
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
size_t resume_lines_that_count(const struct run_journal *j, const struct bench_json *out[256])
{
    size_t count = 0;
    for (size_t i = 0; i < j->count; i++) {
        const struct bench_json *line = bench_json_root(j->lines[i]);
        bool superseded = false;
        for (size_t k = 0; k < j->count; k++) {
            const struct bench_json *other = bench_json_root(j->lines[k]);
            superseded |= of_one_case(line, other) && resume_number_or_0(other, "session") >
                                                          resume_number_or_0(line, "session");
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
    size_t count = resume_lines_that_count(&first, one);
    cr_assert_eq(resume_lines_that_count(&second, other), count);
    for (size_t i = 0; i < count; i++)
        expect_same_object(one[i], other[i]);
    run_free_journal(&first);
    run_free_journal(&second);
}

void resume_expect_same_runs(void)
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

void resume_wait_for_kill(pid_t pid)
{
    int status;
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "it ended before it was killed");
}

/* Kills the run with SIGKILL when it has said so and nothing after it. */
void resume_kill_run(const char *suite, const char *when)
{
    int said;
    pid_t pid = run_start_suite(suite, RESUME_OPTIONS "part/r", NULL, &said);
    run_hold_at(said, when);
    kill(pid, SIGKILL);
    resume_wait_for_kill(pid);
    close(said);
}

void resume_kill_resumed(const char *when)
{
    int said;
    pid_t pid = run_start("--resume part/r", NULL, &said);
    run_hold_at(said, when);
    kill(pid, SIGKILL);
    resume_wait_for_kill(pid);
    close(said);
}

size_t resume_count(void)
{
    struct bench_json_doc *run = run_read("part/r/run.json");
    size_t count = bench_json_size(bench_json_get(bench_json_root(run), "resumed"));
    bench_json_free(run);
    return count;
}

double resume_cases_done_at(size_t resumption)
{
    struct bench_json_doc *run = run_read("part/r/run.json");
    const struct bench_json *list = bench_json_get(bench_json_root(run), "resumed");
    cr_assert_lt(resumption, bench_json_size(list));
    double done = run_number(bench_json_at(list, resumption), "cases_done");
    bench_json_free(run);
    return done;
}

void resume_expect_refused(const char *options, const char *part, const char *other_part)
{
    char *before = resume_text_of(RESUME_JOURNAL), *run = resume_text_of("part/r/run.json");
    char *command = bench_xprintf("run --resume part/r%s", options);
    const struct bench_process_result *r = cli_bench(command);
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, part);
    cli_expect_in(r->err, other_part);
    char *after = resume_text_of(RESUME_JOURNAL), *run_after = resume_text_of("part/r/run.json");
    cr_expect_str_eq(before, after);
    cr_expect_str_eq(run, run_after);
    free(before);
    free(after);
    free(run);
    free(run_after);
    free(command);
}
