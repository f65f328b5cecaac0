/* What a view has read. Private to bench/history. */
#ifndef BENCH_HISTORY_VIEW_H
#define BENCH_HISTORY_VIEW_H

#include "bench/history/course.h"
#include "bench/history/database.h"
#include "bench/util/mem.h"

/* Rows of a table that many rows refer to, by ascending id. */
struct bench_history_rows {
    int64_t *ids;
    void *items; /* items[count] of `size` bytes */
    size_t size, count, capacity;
};

struct bench_history_implementation_row {
    const char *name, *variant, *library, *source_hash, *binary_hash;
};

struct bench_history_view {
    struct bench_history *history;
    struct bench_arena *arena;
    struct bench_history_filter filter;
    struct bench_history_rows devices;      /* struct bench_history_device */
    struct bench_history_rows environments; /* struct bench_history_environment */
    struct bench_history_rows statuses;     /* const char * */
    struct bench_history_rows runs;         /* struct bench_history_run, that the filter leaves */
    struct bench_history_rows run_devices;  /* const struct bench_history_device *, by run */
    struct bench_history_rows implementations; /* struct bench_history_implementation_row */
    sqlite3_stmt *cases, *results, *reason;
    int64_t operator_id; /* whose implementations these are */
    const char *operator_name;

    /* The case in hand. */
    struct bench_history_course course;
    struct bench_history_night *all;    /* of its nights, by time */
    struct bench_history_night *nights; /* those of the course in hand */
    bool *taken;                        /* taken[all_count]: in a course already */
    size_t all_count, capacity;
};

/* The row of this id, or NULL. */
void *bench_history_row(const struct bench_history_rows *rows, int64_t id);
/* A zeroed row at the end; ids ascend. */
void *bench_history_row_add(struct bench_history_rows *rows, int64_t id);
void bench_history_rows_fini(struct bench_history_rows *rows);

/* A text of the current row, in the arena. */
const char *bench_history_column(struct bench_arena *arena, sqlite3_stmt *statement, int column);
double bench_history_column_double(sqlite3_stmt *statement, int column); /* NULL is NAN */

/* Fills devices, environments, statuses and runs. */
int bench_history_view_read_runs(struct bench_history_view *view, struct bench_err *err);

#endif
