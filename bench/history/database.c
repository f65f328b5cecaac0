#include "bench/history/database.h"

#include <math.h>
#include <string.h>

#include "bench/history/statements.h"

/* What the system said, where SQLite asked it something. */
static const char *system_said(const struct bench_history *h, char text[128])
{
    int number = sqlite3_system_errno(h->db);
    if (number == 0)
        return sqlite3_errmsg(h->db);
    return strerror_r(number, text, 128);
}

int bench_history_failed(const struct bench_history *h, const char *what, struct bench_err *err)
{
    char text[128];
    switch (sqlite3_errcode(h->db)) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return bench_err_set(err, BENCH_ERROR,
                             "%s: %s: other processes have been writing to it for %d s; try again "
                             "when they have ended",
                             h->path, what, BENCH_HISTORY_PATIENCE_MS / 1000);
    case SQLITE_READONLY:
        return bench_err_set(err, BENCH_ERROR,
                             "%s: %s: the file or its folder is read-only for this user; allow "
                             "writing, or name another file",
                             h->path, what);
    case SQLITE_FULL:
        return bench_err_set(err, BENCH_ERROR, "%s: %s: the disk is full; make room", h->path,
                             what);
    case SQLITE_CORRUPT:
        return bench_err_set(err, BENCH_EINPUT,
                             "%s: %s: the file is damaged (%s). 'bench history check' says where. "
                             "Put back a copy, or move the file away and import the run folders "
                             "again: bench history import results",
                             h->path, what, sqlite3_errmsg(h->db));
    case SQLITE_NOTADB:
        return bench_err_set(err, BENCH_EINPUT,
                             "%s: %s: this is no SQLite database; name another file", h->path,
                             what);
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return bench_err_set(err, BENCH_ERROR, "%s: %s: %s", h->path, what, system_said(h, text));
    default:
        return bench_err_set(err, BENCH_ERROR, "%s: %s: %s", h->path, what, sqlite3_errmsg(h->db));
    }
}

int bench_history_exec(struct bench_history *h, const char *sql, const char *what,
                       struct bench_err *err)
{
    if (sqlite3_exec(h->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return bench_history_failed(h, what, err);
    return BENCH_OK;
}

int bench_history_prepare(const struct bench_history *h, const char *sql, sqlite3_stmt **statement,
                          struct bench_err *err)
{
    if (sqlite3_prepare_v2(h->db, sql, -1, statement, NULL) != SQLITE_OK)
        return bench_history_failed(h, "it cannot be read", err);
    return BENCH_OK;
}

sqlite3_stmt *bench_history_prepared(struct bench_history *h, enum bench_history_statement which,
                                     struct bench_err *err)
{
    sqlite3_stmt **kept = &h->statements[which];
    if (*kept != NULL) {
        sqlite3_reset(*kept);
        sqlite3_clear_bindings(*kept);
        return *kept;
    }
    const char *sql = bench_history_statements[which];
    if (sqlite3_prepare_v3(h->db, sql, -1, SQLITE_PREPARE_PERSISTENT, kept, NULL) != SQLITE_OK)
        bench_history_failed(h, "a statement cannot be prepared", err);
    return *kept;
}

void bench_history_bind_text(sqlite3_stmt *statement, int column, const char *text)
{
    sqlite3_bind_text(statement, column, text ? text : "", -1, SQLITE_STATIC);
}

void bench_history_bind_double(sqlite3_stmt *statement, int column, double value)
{
    if (isfinite(value))
        sqlite3_bind_double(statement, column, value);
    else
        sqlite3_bind_null(statement, column);
}
