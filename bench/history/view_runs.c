/* The tables that results refer to, and the runs that a filter leaves. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bench/history/view.h"

void *bench_history_row(const struct bench_history_rows *rows, int64_t id)
{
    size_t low = 0, high = rows->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rows->ids[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == rows->count || rows->ids[low] != id)
        return NULL;
    return (char *)rows->items + low * rows->size;
}

void *bench_history_row_add(struct bench_history_rows *rows, int64_t id)
{
    if (rows->count == rows->capacity) {
        rows->capacity = rows->capacity ? 2 * rows->capacity : 16;
        rows->ids = bench_xrealloc(rows->ids, rows->capacity * sizeof *rows->ids);
        rows->items = bench_xrealloc(rows->items, rows->capacity * rows->size);
    }
    void *item = (char *)rows->items + rows->count * rows->size;
    memset(item, 0, rows->size);
    rows->ids[rows->count++] = id;
    return item;
}

void bench_history_rows_fini(struct bench_history_rows *rows)
{
    free(rows->ids);
    free(rows->items);
    rows->ids = NULL;
    rows->items = NULL;
    rows->count = rows->capacity = 0;
}

const char *bench_history_column(struct bench_arena *arena, sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    return text == NULL || text[0] == '\0' ? "" : bench_arena_strdup(arena, text);
}

double bench_history_column_double(sqlite3_stmt *statement, int column)
{
    return sqlite3_column_type(statement, column) == SQLITE_NULL
               ? NAN
               : sqlite3_column_double(statement, column);
}

/* Ends a loop over rows: `step` is what the last sqlite3_step returned. */
static int finish(struct bench_history_view *v, sqlite3_stmt *s, int step, struct bench_err *err)
{
    int rc =
        step == SQLITE_DONE ? BENCH_OK : bench_history_failed(v->history, "it cannot be read", err);
    sqlite3_finalize(s);
    return rc;
}

static int read_devices(struct bench_history_view *v, struct bench_err *err)
{
    sqlite3_stmt *s;
    int step,
        rc = bench_history_prepare(
            v->history, "SELECT id, kind, name, uuid, arch FROM devices ORDER BY id", &s, err);
    if (rc != BENCH_OK)
        return rc;
    v->devices.size = sizeof(struct bench_history_device);
    while ((step = sqlite3_step(s)) == SQLITE_ROW) {
        struct bench_history_device *d =
            bench_history_row_add(&v->devices, sqlite3_column_int64(s, 0));
        const char **texts[] = {&d->kind, &d->name, &d->uuid, &d->arch};
        for (int i = 0; i < 4; i++)
            *texts[i] = bench_history_column(v->arena, s, i + 1);
    }
    return finish(v, s, step, err);
}

static int read_environments(struct bench_history_view *v, struct bench_err *err)
{
    sqlite3_stmt *s;
    int step, rc = bench_history_prepare(
                  v->history,
                  "SELECT id, driver, compiler, libraries, python, bench_version, host, system "
                  "FROM environments ORDER BY id",
                  &s, err);
    if (rc != BENCH_OK)
        return rc;
    v->environments.size = sizeof(struct bench_history_environment);
    while ((step = sqlite3_step(s)) == SQLITE_ROW) {
        struct bench_history_environment *e =
            bench_history_row_add(&v->environments, sqlite3_column_int64(s, 0));
        const char **texts[] = {&e->driver,        &e->compiler, &e->libraries, &e->python,
                                &e->bench_version, &e->host,     &e->system};
        for (int i = 0; i < 7; i++)
            *texts[i] = bench_history_column(v->arena, s, i + 1);
    }
    return finish(v, s, step, err);
}

static int read_statuses(struct bench_history_view *v, struct bench_err *err)
{
    sqlite3_stmt *s;
    int step, rc = bench_history_prepare(v->history, "SELECT id, name FROM statuses ORDER BY id",
                                         &s, err);
    if (rc != BENCH_OK)
        return rc;
    v->statuses.size = sizeof(const char *);
    while ((step = sqlite3_step(s)) == SQLITE_ROW) {
        const char **name = bench_history_row_add(&v->statuses, sqlite3_column_int64(s, 0));
        *name = bench_history_column(v->arena, s, 1);
    }
    return finish(v, s, step, err);
}

static bool has_part(const char *text, const char *part)
{
    size_t length = strlen(part);
    for (; *text; text++)
        if (strncasecmp(text, part, length) == 0)
            return true;
    return length == 0;
}

bool bench_history_is_wanted_device(const struct bench_history_filter *f,
                                    const struct bench_history_device *d)
{
    return f->device == NULL || strcasecmp(d->kind, f->device) == 0 || has_part(d->name, f->device);
}

static void read_run(struct bench_history_view *v, sqlite3_stmt *s)
{
    static const struct bench_history_device no_device = {"", "", "", ""};
    static const struct bench_history_environment no_environment = {"", "", "", "", "", "", ""};
    const struct bench_history_device *device =
        bench_history_row(&v->devices, sqlite3_column_int64(s, 6));
    const struct bench_history_environment *environment =
        bench_history_row(&v->environments, sqlite3_column_int64(s, 7));
    device = device ? device : &no_device;
    struct bench_history_run *r = bench_history_row_add(&v->runs, sqlite3_column_int64(s, 0));
    r->device = *device;
    r->environment = environment ? *environment : no_environment;
    r->uid = bench_history_column(v->arena, s, 1);
    r->name = bench_history_column(v->arena, s, 2);
    r->folder = bench_history_column(v->arena, s, 3);
    r->started_s = sqlite3_column_int64(s, 4);
    r->duration_s = bench_history_column_double(s, 5);
    r->commit = bench_history_column(v->arena, s, 8);
    r->dirty = sqlite3_column_int(s, 9) != 0;
    r->mode = bench_history_column(v->arena, s, 10);
    r->cache = bench_history_column(v->arena, s, 11);
    r->seed = (uint64_t)sqlite3_column_int64(s, 12);
    r->command = bench_history_column(v->arena, s, 13);
    r->settings = bench_history_column(v->arena, s, 14);
    r->exit_code = sqlite3_column_int(s, 15);
    r->confirmations = sqlite3_column_int(s, 16);
    r->noise_floor = bench_history_column_double(s, 17);
    r->suite = bench_history_column(v->arena, s, 18);
    r->result_count = (size_t)sqlite3_column_int64(s, 19);
}

/* ---- the devices of each run ---- */

static bool is_wanted(const struct bench_history_filter *f, const struct bench_history_run *r)
{
    bool wanted = r->device_count == 0 && bench_history_is_wanted_device(f, &r->device);
    for (size_t i = 0; i < r->device_count; i++)
        wanted |= bench_history_is_wanted_device(f, r->devices[i]);
    return wanted;
}

/* One row a run and device, by run. */
static int read_run_devices(struct bench_history_view *v, struct bench_err *err)
{
    sqlite3_stmt *s;
    int step, rc;
    v->run_devices.size = sizeof(struct bench_history_device *);
    if (v->history->version < 2)
        return BENCH_OK;
    rc = bench_history_prepare(v->history,
                               "SELECT run_id, device_id FROM run_devices WHERE run_id >= ?1 "
                               "ORDER BY run_id, device_id",
                               &s, err);
    if (rc != BENCH_OK)
        return rc;
    sqlite3_bind_int64(s, 1, v->filter.since_s * BENCH_HISTORY_RUNS_A_SECOND);
    while ((step = sqlite3_step(s)) == SQLITE_ROW) {
        const struct bench_history_device *d =
            bench_history_row(&v->devices, sqlite3_column_int64(s, 1));
        if (d != NULL)
            *(const struct bench_history_device **)bench_history_row_add(
                &v->run_devices, sqlite3_column_int64(s, 0)) = d;
    }
    return finish(v, s, step, err);
}

/* Gives each run its devices, and leaves out those that have no result on one that is wanted. */
static void place_devices(struct bench_history_view *v)
{
    struct bench_history_run *runs = v->runs.items;
    const struct bench_history_device **devices = v->run_devices.items;
    const int64_t *of = v->run_devices.ids;
    size_t at = 0, kept = 0;
    for (size_t i = 0; i < v->runs.count; i++) {
        while (at < v->run_devices.count && of[at] < v->runs.ids[i])
            at++;
        size_t first = at;
        while (at < v->run_devices.count && of[at] == v->runs.ids[i])
            at++;
        if (at > first)
            runs[i].devices = devices + first;
        runs[i].device_count = at - first;
        if (!is_wanted(&v->filter, &runs[i]))
            continue;
        runs[kept] = runs[i];
        v->runs.ids[kept++] = v->runs.ids[i];
    }
    v->runs.count = kept;
}

static int read_runs(struct bench_history_view *v, struct bench_err *err)
{
    sqlite3_stmt *s;
    int step, rc = bench_history_prepare(
                  v->history,
                  "SELECT id, uid, name, folder, started, duration_s, device_id, environment_id, "
                  "commit_id, dirty, mode, cache, seed, command, settings, exit_code, "
                  "confirmations, noise_floor, suite, results FROM runs WHERE id >= ?1 AND (?2 IS "
                  "NULL OR suite = ?2) ORDER BY id",
                  &s, err);
    if (rc != BENCH_OK)
        return rc;
    v->runs.size = sizeof(struct bench_history_run);
    sqlite3_bind_int64(s, 1, v->filter.since_s * BENCH_HISTORY_RUNS_A_SECOND);
    if (v->filter.suite != NULL)
        bench_history_bind_text(s, 2, v->filter.suite);
    while ((step = sqlite3_step(s)) == SQLITE_ROW)
        read_run(v, s);
    return finish(v, s, step, err);
}

int bench_history_view_read_runs(struct bench_history_view *v, struct bench_err *err)
{
    int rc = read_devices(v, err);
    if (rc == BENCH_OK)
        rc = read_environments(v, err);
    if (rc == BENCH_OK)
        rc = read_statuses(v, err);
    if (rc == BENCH_OK)
        rc = read_runs(v, err);
    if (rc == BENCH_OK)
        rc = read_run_devices(v, err);
    if (rc == BENCH_OK)
        place_devices(v);
    return rc;
}
