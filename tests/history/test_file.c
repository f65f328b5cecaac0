/* The file: what is opened, what is refused, and what is recorded once and for all. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/history/database.h"
#include "bench/history/schema.h"
#include "bench/util/file.h"
#include "support.h"

TestSuite(history_file, .init = history_enter_folder, .fini = history_leave_folder, .timeout = 300);

/* The test fails unless opening is refused with this code and these words. */
static void expect_refused(const char *path, enum bench_history_access access, int code,
                           const char *words)
{
    struct bench_history *history;
    struct bench_err err = {0};
    cr_assert_eq(bench_history_open(path, access, &history, NULL, &err), code, "%s", err.message);
    cr_assert_null(history);
    history_expect_in(err.message, words);
    history_expect_in(err.message, path);
}

Test(history_file, is_made_with_its_folders_and_opened_again)
{
    struct bench_history *history;
    bool created = false;
    cr_assert_eq(bench_history_open("a/b/h.db", BENCH_HISTORY_WRITE, &history, &created, NULL), 0);
    cr_assert(created);
    history_add_nights(history, 0, 3);
    bench_history_close(history);
    cr_assert_eq(bench_history_open("a/b/h.db", BENCH_HISTORY_WRITE, &history, &created, NULL), 0);
    cr_assert_not(created);
    history_expect_whole(history);
    bench_history_close(history);
    cr_assert_eq(history_ask("a/b/h.db", "SELECT count(*) FROM runs"), 3);
    cr_assert_eq(history_ask("a/b/h.db", "SELECT count(*) FROM results"), 36);
    cr_assert_eq(history_ask("a/b/h.db", "SELECT count(*) FROM decisions"), 6);
    cr_assert_eq(history_ask("a/b/h.db", "PRAGMA user_version"), BENCH_HISTORY_VERSION);
}

Test(history_file, a_run_is_recorded_once)
{
    struct bench_history *history = history_file("h.db", BENCH_HISTORY_WRITE);
    struct bench_arena *arena = bench_arena_new();
    struct bench_history_run run;
    struct bench_err err = {0};
    bool added;
    history_add_nights(history, 0, 2);
    nights_make(&history_few, 1, arena, &run);
    cr_assert_eq(bench_history_add(history, &run, &added, &err), BENCH_OK, "%s", err.message);
    cr_assert_not(added);
    /* The same in a batch, and another one that starts in the same second. */
    cr_assert_eq(bench_history_begin(history, NULL), BENCH_OK);
    cr_assert_eq(bench_history_add(history, &run, &added, NULL), BENCH_OK);
    cr_assert_not(added);
    run.uid = "another";
    cr_assert_eq(bench_history_add(history, &run, &added, NULL), BENCH_OK);
    cr_assert(added);
    cr_assert_eq(bench_history_commit(history, NULL), BENCH_OK);
    history_expect_whole(history);
    bench_history_close(history);
    bench_arena_free(arena);
    cr_assert_eq(history_ask("h.db", "SELECT count(*) FROM runs"), 3);
}

/* A fault in one run of a batch costs nothing of the others. */
Test(history_file, a_bad_run_leaves_its_batch_alone)
{
    struct bench_history *history = history_file("h.db", BENCH_HISTORY_WRITE);
    struct bench_arena *arena = bench_arena_new();
    struct bench_history_run run;
    struct bench_err err = {0};
    bool added;
    nights_make(&history_few, 1, arena, &run);
    struct bench_history_case cases[2] = {run.cases[0], run.cases[0]}; /* a case twice */
    run.cases = cases;
    run.case_count = 2;
    cr_assert_eq(bench_history_begin(history, NULL), BENCH_OK);
    history_add_nights(history, 0, 1);
    cr_assert_eq(bench_history_add(history, &run, &added, &err), BENCH_ERROR);
    history_expect_in(err.message, "UNIQUE");
    history_add_nights(history, 2, 3);
    run.started_s = -5;
    cr_assert_eq(bench_history_add(history, &run, &added, &err), BENCH_EINPUT);
    cr_assert_eq(bench_history_commit(history, NULL), BENCH_OK);
    history_expect_whole(history);
    bench_history_close(history);
    bench_arena_free(arena);
    cr_assert_eq(history_ask("h.db", "SELECT count(*) FROM runs"), 2);
}

Test(history_file, times_are_kept_to_the_last_bit_and_long_reasons_are_cut)
{
    struct bench_history *history = history_file("h.db", BENCH_HISTORY_WRITE);
    struct bench_arena *arena = bench_arena_new();
    struct bench_history_run run;
    bool added;
    static char reason[6000];
    memset(reason, 'r', sizeof reason - 1);
    nights_make(&history_few, 0, arena, &run);
    struct bench_history_case c = run.cases[0];
    c.roles[0].time_ms = 0.1 + 0.2;
    c.roles[1].status = "wrong";
    c.roles[1].reason = reason;
    c.roles[1].time_ms = NAN;
    c.roles[2].status = NULL;
    run.cases = &c;
    run.case_count = 1;
    cr_assert_eq(bench_history_add(history, &run, &added, NULL), BENCH_OK);
    history_expect_whole(history);
    bench_history_close(history);
    bench_arena_free(arena);
    cr_assert_eq(history_ask("h.db", "SELECT count(*) FROM results WHERE time_ms = 0.1 + 0.2"), 1);
    cr_assert_eq(history_ask("h.db", "SELECT count(*) FROM results WHERE time_ms IS NULL"), 1);
    cr_assert_lt(history_ask("h.db", "SELECT max(length(text)) FROM reasons"), 1100);
}

/* ---- what is no history ---- */

Test(history_file, what_is_not_there)
{
    expect_refused("no.db", BENCH_HISTORY_READ, BENCH_ENOTFOUND, "there is no such file");
    expect_refused("no.db", BENCH_HISTORY_CHANGE, BENCH_ENOTFOUND, "bench history import");
    cr_assert_not(bench_file_exists("no.db"), "looking for a history must make none");
    mkdir("folder", 0755);
    expect_refused("folder", BENCH_HISTORY_WRITE, BENCH_EINPUT, "this is a folder");
    cr_assert_eq(bench_file_write_atomic("empty.db", "", 0, NULL), 0);
    expect_refused("empty.db", BENCH_HISTORY_READ, BENCH_ENOTFOUND, "no run was recorded");
}

Test(history_file, what_is_no_database)
{
    static char text[5000];
    memset(text, 'x', sizeof text);
    cr_assert_eq(bench_file_write_atomic("notes.txt", text, sizeof text, NULL), 0);
    expect_refused("notes.txt", BENCH_HISTORY_READ, BENCH_EINPUT, "no SQLite database");
    expect_refused("notes.txt", BENCH_HISTORY_WRITE, BENCH_EINPUT, "no SQLite database");
    struct stat st;
    cr_assert_eq(stat("notes.txt", &st), 0);
    cr_assert_eq(st.st_size, sizeof text);
}

Test(history_file, a_database_of_another_program)
{
    history_tell("other.db", "CREATE TABLE t (x); INSERT INTO t VALUES (1)");
    expect_refused("other.db", BENCH_HISTORY_WRITE, BENCH_EINPUT, "another program");
    cr_assert_eq(history_ask("other.db", "SELECT count(*) FROM sqlite_schema"), 1);
}

Test(history_file, a_newer_version_is_refused)
{
    bench_history_close(history_file("h.db", BENCH_HISTORY_WRITE));
    history_tell("h.db", "PRAGMA user_version = 99");
    expect_refused("h.db", BENCH_HISTORY_READ, BENCH_EINPUT, "a newer bench wrote this history");
    expect_refused("h.db", BENCH_HISTORY_WRITE, BENCH_EINPUT, "version 99");
    cr_assert_eq(history_ask("h.db", "PRAGMA user_version"), 99);
}

Test(history_file, damage_is_found)
{
    struct bench_history *history = history_file("h.db", BENCH_HISTORY_WRITE);
    struct bench_err err = {0};
    struct stat st;
    char *report = NULL;
    history_add_nights(history, 0, 60);
    bench_history_close(history);
    cr_assert_eq(stat("h.db", &st), 0);
    int fd = open("h.db", O_WRONLY);
    static char zeros[4096 * 4];
    cr_assert_eq(pwrite(fd, zeros, sizeof zeros, st.st_size / 4096 / 2 * 4096), sizeof zeros);
    close(fd);
    history = history_file("h.db", BENCH_HISTORY_READ);
    cr_assert_eq(bench_history_check(history, false, &report, &err), BENCH_EINPUT);
    cr_assert_gt(strlen(report), 0);
    history_expect_in(err.message, "import the run folders again");
    free(report);
    bench_history_close(history);
}

Test(history_file, results_that_are_missing_are_found)
{
    struct bench_history *history = history_file("h.db", BENCH_HISTORY_WRITE);
    struct bench_err err = {0};
    char *report = NULL;
    history_add_nights(history, 0, 3);
    history_tell("h.db", "DELETE FROM results WHERE role = 1 AND run_id = (SELECT max(id) FROM "
                         "runs)");
    cr_assert_eq(bench_history_check(history, false, &report, &err), BENCH_EINPUT);
    history_expect_in(report, "night-00002 has 8 results, expected 12");
    free(report);
    history_tell("h.db", "UPDATE runs SET results = 8 WHERE id = (SELECT max(id) FROM runs); "
                         "DELETE FROM cases WHERE id = 1");
    cr_assert_eq(bench_history_check(history, false, &report, &err), BENCH_EINPUT);
    history_expect_in(report, "a row of results refers to a row of cases that is not there");
    free(report);
    bench_history_close(history);
}

/* ---- where nothing can be written ---- */

Test(history_file, a_full_disk_loses_nothing_that_was_there)
{
    struct bench_history *history = history_file("h.db", BENCH_HISTORY_WRITE);
    struct bench_arena *arena = bench_arena_new();
    struct bench_history_run run;
    struct bench_err err = {0};
    struct rlimit limit;
    bool added;
    history_add_nights(history, 0, 3);
    nights_make(&history_few, 3, arena, &run);
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = 8192; /* smaller than the log is by now */
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    int rc = bench_history_add(history, &run, &added, &err);
    limit.rlim_cur = before;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    cr_assert_eq(rc, BENCH_ERROR);
    cr_assert_not(added);
    history_expect_in(err.message, "this run cannot be recorded");
    history_expect_whole(history);
    history_add_nights(history, 3, 4);
    bench_history_close(history);
    bench_arena_free(arena);
    cr_assert_eq(history_ask("h.db", "SELECT count(*) FROM runs"), 4);
}

Test(history_file, read_only)
{
    struct bench_history *history;
    struct bench_err err = {0};
    mkdir("r", 0755);
    history = history_file("r/h.db", BENCH_HISTORY_WRITE);
    history_add_nights(history, 0, 1);
    bench_history_close(history);
    cr_assert_eq(chmod("r/h.db", 0444), 0);
    cr_assert_eq(chmod("r", 0555), 0);
    /* Root may write everything: then as nobody. */
    bool is_root = geteuid() == 0;
    if (is_root)
        cr_assert(chmod(".", 0755) == 0 && seteuid(65534) == 0);
    history = history_file("r/h.db", BENCH_HISTORY_READ);
    history_expect_whole(history);
    bench_history_close(history);
    int rc = bench_history_open("r/h.db", BENCH_HISTORY_WRITE, &history, NULL, &err);
    if (rc == BENCH_OK) {
        struct bench_arena *arena = bench_arena_new();
        struct bench_history_run run;
        bool added;
        nights_make(&history_few, 1, arena, &run);
        rc = bench_history_add(history, &run, &added, &err);
        bench_history_close(history);
        bench_arena_free(arena);
    }
    cr_assert_eq(rc, BENCH_ERROR);
    history_expect_in(err.message, "read-only");
    cr_assert(!is_root || seteuid(0) == 0);
    cr_assert_eq(chmod("r", 0755), 0);
}

/* ---- several processes ---- */

/* All make the file at once, and each records nights of its own; every second night is one that
 * another process records, too. */
Test(history_file, several_processes_write_at_once)
{
    enum { PROCESSES = 6, NIGHTS = 12 };
    pid_t pids[PROCESSES];
    for (size_t p = 0; p < PROCESSES; p++) {
        pids[p] = fork();
        if (pids[p] > 0)
            continue;
        struct bench_history *history;
        struct bench_err err = {0};
        bool added;
        int rc = bench_history_open("h.db", BENCH_HISTORY_WRITE, &history, NULL, &err);
        for (size_t i = 0; rc == BENCH_OK && i < NIGHTS; i++) {
            struct bench_arena *arena = bench_arena_new();
            struct bench_history_run run;
            nights_make(&history_few, i % 2 ? i : 100 * (p + 1) + i, arena, &run);
            rc = bench_history_add(history, &run, &added, &err);
            bench_arena_free(arena);
        }
        if (rc != BENCH_OK)
            fprintf(stderr, "process %zu: %s\n", p, err.message);
        _exit(rc == BENCH_OK ? 0 : 1);
    }
    for (size_t p = 0; p < PROCESSES; p++) {
        int status;
        cr_assert_eq(waitpid(pids[p], &status, 0), pids[p]);
        cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "process %zu failed", p);
    }
    struct bench_history *history = history_file("h.db", BENCH_HISTORY_READ);
    history_expect_whole(history);
    bench_history_close(history);
    cr_assert_eq(history_ask("h.db", "SELECT count(*) FROM runs"),
                 PROCESSES * NIGHTS / 2 + NIGHTS / 2);
}

/* Who reads sees whole runs, while another writes. */
Test(history_file, readers_see_one_state)
{
    struct bench_history *writer = history_file("h.db", BENCH_HISTORY_WRITE);
    struct bench_history *reader;
    struct bench_history_view *view;
    const struct bench_history_course *course;
    history_add_nights(writer, 0, 5);
    reader = history_file("h.db", BENCH_HISTORY_READ);
    struct bench_history_filter all = {0};
    cr_assert_eq(bench_history_view_open(reader, &all, &view, NULL), BENCH_OK);
    history_add_nights(writer, 5, 9);
    while (bench_history_view_next(view, &course, NULL) == BENCH_OK && course != NULL)
        cr_assert_eq(course->count, 5);
    bench_history_view_close(view);
    cr_assert_eq(bench_history_view_open(reader, &all, &view, NULL), BENCH_OK);
    cr_assert_eq(bench_history_view_next(view, &course, NULL), BENCH_OK);
    cr_assert_eq(course->count, 9);
    bench_history_view_close(view);
    bench_history_close(reader);
    bench_history_close(writer);
}

/* What makes ten years as quick as one: a course, and the end of one, are a range of the table. */
Test(history_file, a_course_is_one_range)
{
    bench_history_close(history_file("h.db", BENCH_HISTORY_WRITE));
    cr_assert_eq(history_ask("h.db", "SELECT count(*) FROM pragma_table_list WHERE name = "
                                     "'results' AND wr = 1"),
                 1, "results must be WITHOUT ROWID: its key is its order");
    cr_assert_eq(history_ask("h.db", "SELECT group_concat(name) = 'case_id,run_id,role' FROM "
                                     "pragma_table_info('results') WHERE pk > 0 ORDER BY pk"),
                 1);
}

/* ---- deleting ---- */

Test(history_file, pruning_takes_whole_runs_and_what_only_they_used)
{
    struct bench_history *history = history_file("h.db", BENCH_HISTORY_WRITE);
    struct bench_history_prune what = {.before_s = history_few.first_s + 250 * 86400};
    struct bench_err err = {0};
    size_t runs, results;
    history_add_nights(history, 0, 260);
    what.dry_run = true;
    cr_assert_eq(bench_history_prune(history, &what, &runs, &results, &err), 0, "%s", err.message);
    cr_assert_eq(runs, 250);
    cr_assert_eq(results, 3000);
    cr_assert_eq(history_ask("h.db", "SELECT count(*) FROM environments"), 2);
    what.dry_run = false;
    cr_assert_eq(bench_history_prune(history, &what, &runs, &results, &err), 0, "%s", err.message);
    history_expect_whole(history);
    cr_assert_eq(history_ask("h.db", "SELECT count(*) FROM runs"), 10);
    cr_assert_eq(history_ask("h.db", "SELECT count(*) FROM results"), 120);
    cr_assert_eq(history_ask("h.db", "SELECT count(*) FROM environments"), 1);
    what = (struct bench_history_prune){.run = "night-00255"};
    cr_assert_eq(bench_history_prune(history, &what, &runs, &results, &err), 0, "%s", err.message);
    cr_assert_eq(runs, 1);
    cr_assert_eq(history_ask("h.db", "SELECT count(*) FROM results"), 108);
    cr_assert_eq(bench_history_prune(history, &what, &runs, &results, &err), BENCH_ENOTFOUND);
    history_add_nights(history, 255, 256); /* and can be recorded again */
    history_expect_whole(history);
    bench_history_close(history);
}

Test(history_file, default_place)
{
    struct {
        const char *own, *xdg, *home, *expected;
    } places[] = {{"/x/h.db", "/data", "/home/u", "/x/h.db"},
                  {"", "/data", "/home/u", NULL},
                  {NULL, "/data", "/home/u", "/data/bench/history.db"},
                  {NULL, "data", "/home/u", "/home/u/.local/share/bench/history.db"},
                  {NULL, NULL, "/home/u", "/home/u/.local/share/bench/history.db"}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const char *const names[] = {"BENCH_HISTORY", "XDG_DATA_HOME", "HOME"};
        const char *const values[] = {places[i].own, places[i].xdg, places[i].home};
        for (int k = 0; k < 3; k++)
            cr_assert_eq(values[k] ? setenv(names[k], values[k], 1) : unsetenv(names[k]), 0);
        char *path = bench_history_default_path();
        if (places[i].expected == NULL)
            cr_assert_null(path);
        else
            cr_assert_str_eq(path, places[i].expected);
        free(path);
    }
}
