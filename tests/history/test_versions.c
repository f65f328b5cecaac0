/* Files of older versions: they are brought up to date, or read as they are, and nothing is lost.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/history/database.h"
#include "bench/history/schema.h"
#include "bench/util/file.h"
#include "support.h"

TestSuite(history_versions, .init = history_enter_folder, .fini = history_leave_folder,
          .timeout = 300);

/* tests/resources/history/version-<v>.sql is a file as version v wrote it, with one night of
 * history_few. */
Test(history_versions, every_version_that_was_released_is_brought_up_to_date)
{
    const char *resources = getenv("BENCH_TEST_RESOURCES");
    cr_assert_not_null(resources, "BENCH_TEST_RESOURCES is not set; run the tests with ctest");
    for (int v = 1; v <= BENCH_HISTORY_VERSION; v++) {
        char path[4096], name[64], *sql;
        snprintf(path, sizeof path, "%s/history/version-%d.sql", resources, v);
        snprintf(name, sizeof name, "v%d.db", v);
        cr_assert_eq(bench_file_read(path, 0, &sql, NULL, NULL), 0, "%s is missing", path);
        history_tell(name, sql);
        free(sql);
        cr_assert_eq(history_ask(name, "PRAGMA user_version"), v);
        struct bench_history *history = history_file(name, BENCH_HISTORY_READ);
        history_expect_whole(history);
        bench_history_close(history);
        history = history_file(name, BENCH_HISTORY_WRITE);
        history_add_nights(history, 1, 2); /* night 0 is there */
        history_expect_whole(history);
        bench_history_close(history);
        cr_assert_eq(history_ask(name, "PRAGMA user_version"), BENCH_HISTORY_VERSION);
        cr_assert_eq(history_ask(name, "SELECT count(*) FROM results"), 24);
        /* Nothing was taken for new that was there. */
        cr_assert_eq(history_ask(name, "SELECT count(*) FROM cases"), 4);
        cr_assert_eq(history_ask(name, "SELECT count(*) FROM devices"), 1);
    }
}

/* tests/resources/history/version-1-devices.sql: version 1 recorded a run on two models of devices
 * (night1), as if all were on the first, and one on that model (night2). Three cases each. */
static void make_first_version(const char *name)
{
    const char *resources = getenv("BENCH_TEST_RESOURCES");
    cr_assert_not_null(resources, "BENCH_TEST_RESOURCES is not set; run the tests with ctest");
    char *path = bench_path_join(resources, "history/version-1-devices.sql"), *sql;
    cr_assert_eq(bench_file_read(path, 0, &sql, NULL, NULL), 0, "%s is missing", path);
    history_tell(name, sql);
    free(sql);
    free(path);
}

/* Records night1 again as its folder has it: the second case was on the second device. `shape` is
 * that of the third case. */
static size_t record_night1(struct bench_history *history, const char *shape)
{
    static const struct bench_history_device first = {"null", "scripted times, model 1", "null",
                                                      "null"},
                                             second = {"null", "scripted times, model 2", "null-1",
                                                       "null"};
    const char *const shapes[] = {"[64]", "[128]", shape};
    struct bench_history_case cases[3];
    struct bench_history_run run = {.uid = "d90de20de02c3201745fd964fabf4771",
                                    .name = "night1",
                                    .started_s = 1795388784,
                                    .device = first,
                                    .cases = cases,
                                    .case_count = 3};
    const size_t before = bench_history_completed(history);
    struct bench_err err = {0};
    bool added = true;
    memset(cases, 0, sizeof cases);
    for (int i = 0; i < 3; i++) {
        cases[i] =
            (struct bench_history_case){"scripted", "float32", shapes[i], "{\"fault\":0}", {{0}}};
        for (int role = 0; role < BENCH_HISTORY_ROLES; role++)
            cases[i].roles[role] =
                (struct bench_history_result){.status = "ok", .device = i == 1 ? &second : &first};
    }
    cr_assert_eq(bench_history_add(history, &run, &added, &err), 0, "%s", err.message);
    cr_assert_not(added);
    return bench_history_completed(history) - before;
}

/* Runs that version 1 recorded wait for their folders to say what they were on. */
Test(history_versions, devices_that_version_1_left_out_are_completed)
{
    make_first_version("h.db");
    struct bench_history *history = history_file("h.db", BENCH_HISTORY_WRITE);
    history_expect_whole(history);
    cr_assert_eq(history_ask("h.db", "PRAGMA user_version"), BENCH_HISTORY_VERSION);
    cr_assert_eq(history_ask("h.db", "SELECT count(*) FROM run_devices"), 0);
    cr_assert_eq(history_ask("h.db", "SELECT count(*) FROM results WHERE device_id IS NOT NULL"),
                 0);
    cr_assert_eq(record_night1(history, "[256]"), 1);
    cr_assert_eq(record_night1(history, "[256]"), 0, "it is complete");
    history_expect_whole(history);
    cr_assert_eq(history_ask("h.db", "SELECT count(*) FROM results"), 18);
    cr_assert_eq(history_ask("h.db", "SELECT count(*) FROM results JOIN devices ON devices.id = "
                                     "device_id WHERE name = 'scripted times, model 2'"),
                 3);
    cr_assert_eq(history_ask("h.db", "SELECT group_concat(results) = '6,3' FROM run_devices"), 1);
    /* Pruning takes these rows with the run, and the device that only it was on. */
    struct bench_history_prune what = {.before_s = 1795388785};
    size_t runs, results;
    cr_assert_eq(bench_history_prune(history, &what, &runs, &results, NULL), 0);
    history_expect_whole(history);
    bench_history_close(history);
    cr_assert_eq(runs, 1);
    cr_assert_eq(history_ask("h.db", "SELECT count(*) FROM run_devices"), 0);
    cr_assert_eq(history_ask("h.db", "SELECT count(*) FROM devices"), 1);
}

/* A case that the history has by another name is not completed, and then the run is not. */
Test(history_versions, a_run_that_is_not_found_in_full_is_not_complete)
{
    make_first_version("h.db");
    struct bench_history *history = history_file("h.db", BENCH_HISTORY_WRITE);
    cr_assert_eq(record_night1(history, "[257]"), 0);
    history_expect_whole(history);
    cr_assert_eq(history_ask("h.db", "SELECT count(*) FROM run_devices"), 0);
    cr_assert_eq(history_ask("h.db", "SELECT count(*) FROM cases"), 3);
    cr_assert_eq(record_night1(history, "[256]"), 1);
    bench_history_close(history);
}

Test(history_versions, results_that_are_on_no_device_are_found)
{
    struct bench_history *history = history_file("h.db", BENCH_HISTORY_WRITE);
    history_add_nights(history, 0, 1);
    cr_assert_eq(history_ask("h.db", "SELECT results FROM run_devices"), 12);
    history_tell("h.db", "UPDATE run_devices SET results = 11");
    struct bench_err err = {0};
    char *report;
    cr_assert_eq(bench_history_check(history, false, &report, &err), BENCH_EINPUT);
    history_expect_in(report, "has 11 results on all its devices, expected 12");
    free(report);
    bench_history_close(history);
}

/* Where nothing can be written an older file is read as it is. */
Test(history_versions, an_older_version_that_is_read_only)
{
    struct bench_history_filter all = {0};
    struct bench_history_view *view;
    struct bench_err err = {0};
    size_t count;
    mkdir("r", 0755);
    make_first_version("r/h.db");
    cr_assert_eq(chmod("r/h.db", 0444), 0);
    cr_assert_eq(chmod("r", 0555), 0);
    bool is_root = geteuid() == 0;
    if (is_root)
        cr_assert(chmod(".", 0755) == 0 && seteuid(65534) == 0);
    struct bench_history *history = history_file("r/h.db", BENCH_HISTORY_READ);
    history_expect_whole(history);
    cr_assert_eq(bench_history_view_open(history, &all, &view, &err), 0, "%s", err.message);
    bench_history_view_runs(view, &count);
    cr_assert_eq(count, 2);
    bench_history_view_close(view);
    bench_history_close(history);
    cr_assert(!is_root || seteuid(0) == 0);
    cr_assert_eq(history_ask("r/h.db", "PRAGMA user_version"), 1);
    cr_assert_eq(chmod("r", 0755), 0);
}

Test(history_versions, a_migration_that_fails_changes_nothing)
{
    const char *schema[BENCH_HISTORY_VERSION + 2];
    struct bench_err err = {0};
    memcpy(schema, bench_history_schema, sizeof bench_history_schema);
    schema[BENCH_HISTORY_VERSION] =
        "ALTER TABLE runs ADD COLUMN colour TEXT NOT NULL DEFAULT 'red'";
    schema[BENCH_HISTORY_VERSION + 1] = "DROP TABLE decisions; INSERT INTO nowhere VALUES (1)";
    struct bench_history *history = history_file("h.db", BENCH_HISTORY_WRITE);
    history_add_nights(history, 0, 2);
    cr_assert_neq(bench_history_migrate(history, schema, BENCH_HISTORY_VERSION + 2, &err), 0);
    history_expect_in(err.message, "nowhere");
    cr_assert_eq(history_ask("h.db", "PRAGMA user_version"), BENCH_HISTORY_VERSION);
    cr_assert_eq(history_ask("h.db", "SELECT count(*) FROM decisions"), 4);
    cr_assert_eq(history_ask("h.db", "SELECT count(*) FROM pragma_table_info('runs') WHERE name = "
                                     "'colour'"),
                 0);
    /* And one that succeeds keeps what is there. */
    cr_assert_eq(bench_history_migrate(history, schema, BENCH_HISTORY_VERSION + 1, &err), 0, "%s",
                 err.message);
    bench_history_close(history);
    cr_assert_eq(history_ask("h.db", "PRAGMA user_version"), BENCH_HISTORY_VERSION + 1);
    cr_assert_eq(history_ask("h.db", "SELECT count(*) FROM runs WHERE colour = 'red'"), 2);
    cr_assert_eq(history_ask("h.db", "SELECT count(*) FROM results"), 24);
}
