/* Checking the file, and deleting runs from it. */
#include <stdlib.h>
#include <string.h>

#include "bench/history/database.h"
#include "bench/util/mem.h"
#include "bench/util/str.h"

/* Every row of a query becomes a line of *report: `format` has a %s for each of the columns. */
static int report_rows(struct bench_history *h, const char *sql, const char *prefix,
                       struct bench_str *report, struct bench_err *err)
{
    sqlite3_stmt *s;
    int step;
    if (bench_history_prepare(h, sql, &s, err) != BENCH_OK)
        return err->code;
    while ((step = sqlite3_step(s)) == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(s, 0);
        if (text != NULL && strcmp(text, "ok") != 0)
            bench_str_addf(report, "%s%s\n", prefix, text);
    }
    int rc = step == SQLITE_DONE ? BENCH_OK : bench_history_failed(h, "it cannot be checked", err);
    sqlite3_finalize(s);
    return rc;
}

static const char incomplete_runs[] =
    "SELECT 'run ' || runs.name || ' has ' || coalesce(n, 0) || ' results, expected ' || "
    "runs.results FROM runs LEFT JOIN (SELECT run_id, count(*) AS n FROM results GROUP BY run_id) "
    "ON run_id = runs.id WHERE coalesce(n, 0) <> runs.results ORDER BY runs.id";

static const char miscounted_runs[] =
    "SELECT 'run ' || runs.name || ' has ' || n || ' results on all its devices, expected ' || "
    "runs.results FROM runs JOIN (SELECT run_id, sum(results) AS n FROM run_devices GROUP BY "
    "run_id) ON run_id = runs.id WHERE n <> runs.results ORDER BY runs.id";

int bench_history_check(struct bench_history *h, bool full, char **report, struct bench_err *err)
{
    struct bench_err own = {0};
    struct bench_str lines;
    err = err ? err : &own;
    bench_str_init(&lines);
    int rc =
        report_rows(h, full ? "PRAGMA integrity_check" : "PRAGMA quick_check", "", &lines, err);
    if (rc == BENCH_OK && lines.len == 0)
        rc = report_rows(h,
                         "SELECT 'a row of ' || \"table\" || ' refers to a row of ' || parent || "
                         "' that is not there' FROM pragma_foreign_key_check",
                         "", &lines, err);
    if (rc == BENCH_OK && lines.len == 0)
        rc = report_rows(h, incomplete_runs, "", &lines, err);
    if (rc == BENCH_OK && lines.len == 0 && h->version >= 2)
        rc = report_rows(h, miscounted_runs, "", &lines, err);
    if (rc == BENCH_OK && lines.len > 0)
        rc = bench_err_set(err, BENCH_EINPUT,
                           "%s: the file is damaged. Put back a copy, or move the file away and "
                           "import the run folders again: bench history import results",
                           h->path);
    *report = bench_str_take(&lines);
    bench_str_fini(&lines);
    return rc;
}

/* ---- deleting ---- */

/* The range of run numbers to delete, which are in the order of time. */
struct range {
    int64_t first, end; /* first <= id < end */
};

static int find_by_name(struct bench_history *h, const char *name, struct range *range,
                        struct bench_err *err)
{
    sqlite3_stmt *s;
    size_t found = 0;
    if (bench_history_prepare(h, "SELECT id FROM runs WHERE uid = ?1 OR name = ?1", &s, err) !=
        BENCH_OK)
        return err->code;
    bench_history_bind_text(s, 1, name);
    while (sqlite3_step(s) == SQLITE_ROW) {
        range->first = sqlite3_column_int64(s, 0);
        range->end = range->first + 1;
        found++;
    }
    sqlite3_finalize(s);
    if (found == 0)
        return bench_err_set(err, BENCH_ENOTFOUND, "%s: no run has the name '%s'", h->path, name);
    if (found > 1)
        return bench_err_set(err, BENCH_EINPUT,
                             "%s: %zu runs have the name '%s'; name one by its uid, which 'bench "
                             "history export json' has",
                             h->path, found, name);
    return BENCH_OK;
}

static int count(struct bench_history *h, const struct range *range, size_t *runs, size_t *results,
                 struct bench_err *err)
{
    sqlite3_stmt *s;
    if (bench_history_prepare(
            h, "SELECT count(*), total(results) FROM runs WHERE id >= ?1 AND id < ?2", &s, err) !=
        BENCH_OK)
        return err->code;
    sqlite3_bind_int64(s, 1, range->first);
    sqlite3_bind_int64(s, 2, range->end);
    int step = sqlite3_step(s);
    *runs = step == SQLITE_ROW ? (size_t)sqlite3_column_int64(s, 0) : 0;
    *results = step == SQLITE_ROW ? (size_t)sqlite3_column_int64(s, 1) : 0;
    int rc = step == SQLITE_ROW ? BENCH_OK : bench_history_failed(h, "it cannot be read", err);
    sqlite3_finalize(s);
    return rc;
}

/* Each text has ?1 and ?2 for the range. A range of results is found through every case, for there
 * is no index by run. */
static const char *const deletions[] = {
    "DELETE FROM results WHERE case_id IN (SELECT id FROM cases) AND run_id >= ?1 AND run_id < ?2",
    ("DELETE FROM decisions WHERE operator_id IN (SELECT id FROM operators) AND run_id >= ?1 AND "
     "run_id < ?2"),
    "DELETE FROM run_devices WHERE run_id >= ?1 AND run_id < ?2",
    "DELETE FROM runs WHERE id >= ?1 AND id < ?2",
};

/* What no other run uses. */
static const char orphans[] =
    "DELETE FROM cases WHERE id NOT IN (SELECT case_id FROM results);"
    "DELETE FROM implementations WHERE id NOT IN (SELECT implementation_id FROM results WHERE "
    "implementation_id IS NOT NULL);"
    "DELETE FROM reasons WHERE id NOT IN (SELECT reason_id FROM results WHERE reason_id IS NOT "
    "NULL UNION SELECT reason_id FROM decisions WHERE reason_id IS NOT NULL);"
    "DELETE FROM environments WHERE id NOT IN (SELECT environment_id FROM runs);"
    "DELETE FROM devices WHERE id NOT IN (SELECT device_id FROM runs) AND id NOT IN (SELECT "
    "device_id FROM results WHERE device_id IS NOT NULL) AND id NOT IN (SELECT device_id FROM "
    "run_devices);"
    "DELETE FROM operators WHERE id NOT IN (SELECT operator_id FROM cases) AND id NOT IN (SELECT "
    "operator_id FROM decisions) AND id NOT IN (SELECT operator_id FROM implementations)";

static int delete_range(struct bench_history *h, const struct range *range, bool with_orphans,
                        struct bench_err *err)
{
    static const char what[] = "runs cannot be deleted from it";
    int rc = bench_history_exec(h, "BEGIN IMMEDIATE", what, err);
    if (rc != BENCH_OK)
        return rc;
    for (size_t i = 0; rc == BENCH_OK && i < sizeof deletions / sizeof *deletions; i++) {
        sqlite3_stmt *s;
        rc = bench_history_prepare(h, deletions[i], &s, err);
        if (rc != BENCH_OK)
            break;
        sqlite3_bind_int64(s, 1, range->first);
        sqlite3_bind_int64(s, 2, range->end);
        if (sqlite3_step(s) != SQLITE_DONE)
            rc = bench_history_failed(h, what, err);
        sqlite3_finalize(s);
    }
    if (rc == BENCH_OK && with_orphans)
        rc = bench_history_exec(h, orphans, what, err);
    if (rc == BENCH_OK)
        rc = bench_history_exec(h, "COMMIT", what, err);
    if (rc != BENCH_OK && !sqlite3_get_autocommit(h->db))
        sqlite3_exec(h->db, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}

int bench_history_prune(struct bench_history *h, const struct bench_history_prune *what,
                        size_t *runs, size_t *results, struct bench_err *err)
{
    struct bench_err own = {0};
    struct range range = {.end = what->before_s * BENCH_HISTORY_RUNS_A_SECOND};
    /* Going over all results and writing the file anew takes 12 s in a file of ten years, in which
     * nobody else can write: too long for one run. */
    const bool is_thorough = what->run == NULL;
    err = err ? err : &own;
    int rc = what->run != NULL ? find_by_name(h, what->run, &range, err) : BENCH_OK;
    if (rc == BENCH_OK)
        rc = count(h, &range, runs, results, err);
    if (rc != BENCH_OK || what->dry_run || *runs == 0)
        return rc;
    /* With enforcement on, every deleted run would be looked for in all results. Everything that
     * refers to the deleted rows goes in the same transaction. */
    rc = bench_history_exec(h, "PRAGMA foreign_keys = OFF", "it cannot be set up", err);
    if (rc == BENCH_OK)
        rc = delete_range(h, &range, is_thorough, err);
    sqlite3_exec(h->db, "PRAGMA foreign_keys = ON", NULL, NULL, NULL);
    /* A file that stays larger is no failure. */
    if (rc == BENCH_OK && is_thorough)
        sqlite3_exec(h->db, "VACUUM; PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL);
    return rc;
}
