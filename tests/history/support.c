#include "support.h"

#include <criterion/criterion.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/util/file.h"

static char folder[] = "/tmp/bench_test_history_XXXXXX";

const struct nights history_few = {.operators = 2, .cases = 2, .seed = 3, .first_s = 1700000000};

void history_enter_folder(void)
{
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
}

void history_leave_folder(void)
{
    cr_assert_eq(bench_file_remove_tree(folder, NULL), 0);
}

struct bench_history *history_file(const char *path, enum bench_history_access access)
{
    struct bench_history *history;
    struct bench_err err = {0};
    cr_assert_eq(bench_history_open(path, access, &history, NULL, &err), BENCH_OK, "%s",
                 err.message);
    return history;
}

void history_add_nights(struct bench_history *history, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++) {
        struct bench_arena *arena = bench_arena_new();
        struct bench_history_run run;
        struct bench_err err = {0};
        bool added;
        nights_make(&history_few, i, arena, &run);
        cr_assert_eq(bench_history_add(history, &run, &added, &err), BENCH_OK, "%s", err.message);
        cr_assert(added, "night %zu is there already", i);
        bench_arena_free(arena);
    }
}

int64_t history_ask(const char *path, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK, "%s: %s", sql,
                 sqlite3_errmsg(db));
    cr_assert_eq(sqlite3_step(statement), SQLITE_ROW, "%s: %s", sql, sqlite3_errmsg(db));
    int64_t value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return value;
}

void history_tell(const char *path, const char *sql)
{
    sqlite3 *db;
    char *message = NULL;
    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, &message), SQLITE_OK, "%s: %s", sql, message);
    sqlite3_close(db);
}

void history_expect_whole(struct bench_history *history)
{
    struct bench_err err = {0};
    char *report = NULL;
    cr_expect_eq(bench_history_check(history, true, &report, &err), BENCH_OK, "%s\n%s", report,
                 err.message);
    cr_expect_str_eq(report, "");
    free(report);
}

void history_expect_in(const char *text, const char *part)
{
    cr_expect_not_null(strstr(text, part), "expected '%s' in:\n%s", part, text);
}
