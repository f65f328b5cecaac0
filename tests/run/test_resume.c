/* Which lines of a journal count when a run is resumed, and what is refused. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/run/journal.h"
#include "bench/run/journal_heads.h"
#include "bench/util/file.h"
#include "judge_support.h"

#define ALL (1u << BENCH_CANDIDATE | 1u << BENCH_REFERENCE | 1u << BENCH_BASELINE)
#define TWO (1u << BENCH_CANDIDATE | 1u << BENCH_BASELINE)
#define REFERENCE (1u << BENCH_REFERENCE)

static struct judged_run judged;
static struct bench_str journal;
static char path[] = "/tmp/bench-test-journal-XXXXXX";

static void setup(void)
{
    judged_run_init(&judged);
    judged.run.records = NULL;
    judged.run.record_count = judged.run.record_capacity = 0;
    judged.run.cases_done = 0;
    judged.run.arena = bench_arena_new();
    for (size_t i = 0; i < JUDGED_CASES; i++) {
        judged.cases[i].plan.params_json = "{}";
        judged.cases[i].plan.key[0] = (char)('a' + i);
    }
    bench_str_init(&journal);
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    close(fd);
}

static void teardown(void)
{
    unlink(path);
    free(judged.run.records);
    free(judged.run.done);
    bench_arena_free(judged.run.arena);
    bench_str_fini(&journal);
}

TestSuite(journal, .init = setup, .fini = teardown);

/* `name` tells the lines apart. */
static void add(size_t case_index, int process, int session, unsigned roles, const char *name)
{
    struct bench_json_writer w;
    struct bench_record r;
    bench_record_init(&r);
    r.case_index = case_index;
    r.process = process;
    r.session = session;
    r.roles = roles;
    r.implementation = name;
    bench_json_writer_init(&w, &journal, BENCH_JSON_COMPACT);
    bench_record_write(&r, &judged.cases[case_index].plan, &w);
    bench_str_addc(&journal, '\n');
}

static int read_it(bool *torn, int64_t *whole_bytes, struct bench_err *err)
{
    cr_assert_eq(bench_file_write_atomic(path, journal.data, journal.len, NULL), 0);
    return bench_journal_read(path, &judged.run, whole_bytes, torn, err);
}

/* A scan lets go of what a reading keeps. */
static void expect_scan(size_t records, size_t cases_done, int64_t length, bool is_torn)
{
    struct bench_run run = judged.run;
    struct bench_err err = {0};
    bool torn;
    int64_t whole;
    run.records = NULL;
    run.record_count = run.record_capacity = run.cases_done = 0;
    run.done = NULL;
    run.done_processes = 0;
    run.arena = bench_arena_new();
    cr_assert_eq(bench_journal_scan(path, &run, &whole, &torn, &err), 0, "%s", err.message);
    cr_expect_eq(run.record_count + run.let_go_count, records);
    cr_expect_eq(run.cases_done, cases_done);
    cr_expect_eq(whole, length);
    cr_expect_eq(torn, is_torn);
    free(run.records);
    free(run.done);
    bench_arena_free(run.arena);
}

static void expect_records(const char *names, size_t cases_done)
{
    struct bench_str found;
    struct bench_err err = {0};
    bool torn;
    int64_t whole;
    cr_assert_eq(read_it(&torn, &whole, &err), 0, "%s", err.message);
    bench_str_init(&found);
    for (size_t i = 0; i < judged.run.record_count; i++)
        bench_str_add(&found, judged.run.records[i].implementation);
    cr_expect_str_eq(found.data, names);
    cr_expect_eq(judged.run.cases_done, cases_done);
    cr_expect_not(torn);
    cr_expect_eq(whole, (int64_t)journal.len);
    expect_scan(judged.run.record_count, cases_done, whole, false);
    bench_str_fini(&found);
}

static void expect_refused(const char *part)
{
    struct bench_err err = {0};
    bool torn;
    int64_t whole;
    cr_expect_eq(read_it(&torn, &whole, &err), BENCH_EINPUT);
    struct bench_err scanned = {0};
    judged.run.record_count = 0;
    cr_expect_eq(bench_journal_scan(path, &judged.run, &whole, &torn, &scanned), BENCH_EINPUT);
    cr_expect_str_eq(scanned.message, err.message);
    cr_expect_not_null(strstr(err.message, part), "expected '%s' in: %s", part, err.message);
}

Test(journal, an_empty_one_is_fine)
{
    expect_records("", 0);
}

Test(journal, cases_that_are_whole_count)
{
    add(0, 0, 0, TWO, "A");
    add(0, 0, 0, REFERENCE, "B");
    add(1, 0, 0, ALL, "C");
    expect_records("ABC", 2);
}

Test(journal, a_case_in_part_does_not_count)
{
    add(0, 0, 0, ALL, "A");
    add(1, 0, 0, TWO, "B");
    expect_records("A", 1);
}

/* Parts of two attempts would make a whole; their samples were not taken side by side. */
Test(journal, only_the_last_attempt_counts)
{
    add(0, 0, 0, TWO, "A");
    add(0, 0, 1, REFERENCE, "B");
    expect_records("", 0);
    add(0, 0, 3, TWO, "C");
    add(0, 0, 3, REFERENCE, "D");
    judged.run.record_count = 0;
    expect_records("CD", 1);
}

Test(journal, processes_are_apart)
{
    judged.run.settings.confirm = 3;
    for (size_t i = 0; i < JUDGED_CASES; i++)
        add(i, 0, 0, ALL, "A");
    add(0, 1, 0, TWO, "B");
    add(0, 1, 1, ALL, "C");
    cr_assert_gt(JUDGED_CASES, 1);
    struct bench_err err = {0};
    bool torn;
    int64_t whole;
    cr_assert_eq(read_it(&torn, &whole, &err), 0, "%s", err.message);
    cr_expect_eq(judged.run.record_count, JUDGED_CASES + 1);
    cr_expect_eq(judged.run.cases_done, JUDGED_CASES);
    cr_expect_eq(bench_run_first_due(&judged.run), JUDGED_CASES);
    judged.run.process = 1;
    cr_expect_eq(bench_run_first_due(&judged.run), 1);
    judged.run.process = 2;
    cr_expect_eq(bench_run_first_due(&judged.run), 0);
}

/* Every length that a torn last line can have, its newline missing at the last. */
Test(journal, a_torn_last_line_is_left_out_wherever_it_is_torn)
{
    struct bench_err err = {0};
    add(0, 0, 0, ALL, "A");
    size_t first = journal.len;
    add(1, 0, 0, ALL, "B");
    size_t all = journal.len;
    for (size_t length = first + 1; length < all; length++) {
        bool torn;
        int64_t whole;
        judged.run.record_count = 0;
        journal.len = length;
        cr_assert_eq(read_it(&torn, &whole, &err), 0, "%s", err.message);
        cr_assert(torn);
        cr_assert_eq(whole, (int64_t)first);
        cr_assert_eq(judged.run.record_count, 1);
        expect_scan(1, 1, whole, true);
    }
}

/* A file that has its new length and not its new bytes. */
Test(journal, bytes_that_were_never_written_are_a_torn_line)
{
    struct bench_err err = {0};
    bool torn;
    int64_t whole;
    add(0, 0, 0, ALL, "A");
    size_t first = journal.len;
    bench_str_addn(&journal, "\0\0\0\0\0\0\0", 7);
    cr_assert_eq(read_it(&torn, &whole, &err), 0, "%s", err.message);
    cr_expect(torn);
    cr_expect_eq(whole, (int64_t)first);
    expect_scan(1, 1, whole, true);
}

static struct bench_line_heads heads_by(int threads)
{
    struct bench_line_heads heads;
    struct bench_err err = {0};
    cr_assert_eq(bench_line_heads_read(path, &judged.run, threads, &heads, &err), 0, "%s",
                 err.message);
    return heads;
}

/* Wherever the file is cut for the threads: each line is found once, in the order of the file, by
 * whichever of them. Lines that nobody knows by their heads are among them, and a torn one. */
Test(journal, threads_find_the_same_lines)
{
    for (int session = 0; session < 3; session++)
        for (size_t i = 0; i < JUDGED_CASES; i++)
            add(i, 0, session, i % 2 == 0 ? TWO : ALL, "with a name of some length, \"quoted\"");
    bench_str_add(&journal, "\n{\"case\": 1}\n{\"case\":0,\"process\":0,\"ke");
    cr_assert_eq(bench_file_write_atomic(path, journal.data, journal.len, NULL), 0);
    struct bench_line_heads one = heads_by(1);
    cr_assert_eq(one.count, 3 * JUDGED_CASES + 3);
    cr_assert_eq(one.bytes, (int64_t)journal.len);
    for (size_t i = 0; i < one.count; i++)
        cr_expect_eq(one.items[i].is_known, i < 3 * JUDGED_CASES, "line %zu", i + 1);
    for (int threads = 2; threads <= 8; threads++) {
        struct bench_line_heads more = heads_by(threads);
        cr_assert_eq(more.count, one.count, "%d threads find %zu lines", threads, more.count);
        for (size_t i = 0; i < one.count; i++) {
            const struct bench_line_head *a = &one.items[i], *b = &more.items[i];
            cr_expect(a->offset == b->offset && a->is_known == b->is_known);
            cr_expect(a->case_index == b->case_index && a->session == b->session &&
                      a->roles == b->roles && a->status == b->status);
        }
        free(more.items);
    }
    free(one.items);
}

Test(journal, damage_elsewhere_is_refused_with_its_line)
{
    add(0, 0, 0, ALL, "A");
    bench_str_add(&journal, "{\"case\": 1, \n");
    add(1, 0, 0, ALL, "B");
    expect_refused(":2:");
}

/* In a line that is whole by its brackets and quotes. */
Test(journal, a_byte_0_behind_a_backslash_is_refused)
{
    add(0, 0, 0, ALL, "A\\B");
    char *backslash = strchr(journal.data, '\\');
    cr_assert_not_null(backslash);
    backslash[1] = '\0';
    add(1, 0, 0, ALL, "B");
    expect_refused(":1:");
}

Test(journal, a_missing_case_is_refused)
{
    add(1, 0, 0, ALL, "B");
    expect_refused("lines of case 0 are missing");
}

Test(journal, confirming_before_the_main_run_has_ended_is_refused)
{
    judged.run.settings.confirm = 3;
    add(0, 0, 0, ALL, "A");
    add(0, 1, 0, ALL, "B");
    expect_refused("lines of case 1 are missing");
}

Test(journal, lines_of_another_suite_are_refused)
{
    add(0, 0, 0, ALL, "A");
    judged.cases[0].plan.key[0] = 'z';
    expect_refused("not that of the suite");
}

Test(journal, a_process_that_the_run_does_not_have_is_refused)
{
    add(0, 1, 0, ALL, "A");
    expect_refused("process 1");
}

Test(journal, one_that_others_write_is_not_opened)
{
    struct bench_err err = {0};
    struct bench_journal first, second;
    cr_assert_eq(bench_journal_open(path, false, &first, &err), 0, "%s", err.message);
    cr_expect_eq(bench_journal_open(path, false, &second, &err), BENCH_EINPUT);
    cr_expect_eq(second.fd, -1);
    cr_expect_eq(second.held, -1);
    bench_journal_close(&first);
    cr_assert_eq(bench_journal_open(path, false, &second, &err), 0, "%s", err.message);
    bench_journal_close(&second);
}

/* As a worker does, which runs code of others. */
Test(journal, a_child_holds_it_and_cannot_change_it)
{
    struct bench_err err = {0};
    struct bench_journal mine;
    int gate[2], status = 0, other = open(path, O_RDONLY | O_CLOEXEC);
    char byte = 0;
    cr_assert_geq(other, 0);
    cr_assert_eq(pipe(gate), 0);
    cr_assert_eq(bench_journal_open(path, false, &mine, &err), 0, "%s", err.message);
    pid_t pid = fork();
    if (pid == 0) {
        close(gate[1]);
        bench_journal_leave(&mine);
        bool cannot = mine.fd == -1 && ftruncate(mine.held, 0) != 0 && write(mine.held, "x", 1) < 0;
        _exit(read(gate[0], &byte, 1) == 0 && cannot ? 0 : 1);
    }
    bench_journal_close(&mine);
    cr_expect_eq(flock(other, LOCK_EX | LOCK_NB), -1, "the child lives");
    close(gate[1]);
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_expect_eq(status, 0);
    cr_expect_eq(flock(other, LOCK_EX | LOCK_NB), 0);
    close(other);
    close(gate[0]);
}

/* ---- NFS, by wrapping flock (tests/CMakeLists.txt) ---- */

static bool is_nfs;

int __wrap_flock(int fd, int how);
int __real_flock(int fd, int how);

int __wrap_flock(int fd, int how)
{
    if (!is_nfs || (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY)
        return __real_flock(fd, how);
    errno = EBADF;
    return -1;
}

Test(journal, where_only_writers_can_lock_it_is_held_all_the_same)
{
    struct bench_err err = {0};
    struct bench_journal mine;
    int other = open(path, O_WRONLY | O_CLOEXEC);
    cr_assert_geq(other, 0);
    is_nfs = true;
    cr_assert_eq(bench_journal_open(path, false, &mine, &err), 0, "%s", err.message);
    cr_expect_eq(flock(other, LOCK_EX | LOCK_NB), -1);
    bench_journal_close(&mine);
    cr_expect_eq(flock(other, LOCK_EX | LOCK_NB), 0);
    close(other);
}
