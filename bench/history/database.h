/* The open database: statements, transactions and what SQLite's errors mean. Private to
 * bench/history. */
#ifndef BENCH_HISTORY_DATABASE_H
#define BENCH_HISTORY_DATABASE_H

#include <sqlite3.h>

#include "bench/history/history.h"

/* PRAGMA application_id of a history: "bnch". `file` shows it, and other programs' databases are
 * told apart by it. */
#define BENCH_HISTORY_APPLICATION_ID 0x626e6368

/* Runs are numbered started_s * this + 0, 1, 2, …: in the order of their start, so that a time is a
 * range of numbers. */
#define BENCH_HISTORY_RUNS_A_SECOND 1000

/* Statements that are prepared once and kept; the texts are in statements.c. */
enum bench_history_statement {
    BENCH_HISTORY_FIND_DEVICE,
    BENCH_HISTORY_INSERT_DEVICE,
    BENCH_HISTORY_FIND_ENVIRONMENT,
    BENCH_HISTORY_INSERT_ENVIRONMENT,
    BENCH_HISTORY_FIND_OPERATOR,
    BENCH_HISTORY_INSERT_OPERATOR,
    BENCH_HISTORY_FIND_CASE,
    BENCH_HISTORY_INSERT_CASE,
    BENCH_HISTORY_FIND_IMPLEMENTATION,
    BENCH_HISTORY_INSERT_IMPLEMENTATION,
    BENCH_HISTORY_FIND_STATUS,
    BENCH_HISTORY_INSERT_STATUS,
    BENCH_HISTORY_FIND_REASON,
    BENCH_HISTORY_INSERT_REASON,
    BENCH_HISTORY_FIND_RUN,
    BENCH_HISTORY_LAST_OF_SECOND,
    BENCH_HISTORY_INSERT_RUN,
    BENCH_HISTORY_INSERT_RESULT,
    BENCH_HISTORY_INSERT_DECISION,
    BENCH_HISTORY_INSERT_RUN_DEVICE,
    BENCH_HISTORY_HAS_RUN_DEVICE,
    BENCH_HISTORY_COMPLETE_RESULT,
    BENCH_HISTORY_STATEMENTS
};

struct bench_history {
    sqlite3 *db;
    char *path;
    int64_t version; /* of its tables; older than ours where nothing can be written */
    sqlite3_stmt *statements[BENCH_HISTORY_STATEMENTS];
    bool in_batch;
    size_t batch_runs, completed;
    int64_t batch_since_ns;
};

/* The error that the last call on the connection gave, in the user's words; returns its code.
 * `what` is what was tried: "this run cannot be recorded". */
int bench_history_failed(const struct bench_history *history, const char *what,
                         struct bench_err *err);

/* Runs SQL texts that give no rows. */
int bench_history_exec(struct bench_history *history, const char *sql, const char *what,
                       struct bench_err *err);

/* One of the kept statements, reset and without bindings; NULL with an error. */
sqlite3_stmt *bench_history_prepared(struct bench_history *history,
                                     enum bench_history_statement which, struct bench_err *err);
/* Another one, which the caller finalizes. */
int bench_history_prepare(const struct bench_history *history, const char *sql,
                          sqlite3_stmt **statement, struct bench_err *err);

/* NULL is "". The text must outlive the statement's next step. */
void bench_history_bind_text(sqlite3_stmt *statement, int column, const char *text);
/* NAN and infinities are NULL. */
void bench_history_bind_double(sqlite3_stmt *statement, int column, double value);

#endif
