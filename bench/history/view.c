/* Courses, one after the other: of each case one range of results, split by device and mode. */
#include "bench/history/view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/perf/json.h"
#include "bench/util/str.h"

static int refused(const struct bench_history_view *v, struct bench_err *err)
{
    return bench_history_failed(v->history, "it cannot be read", err);
}

/* ---- opening ---- */

static int prepare(struct bench_history_view *v, struct bench_err *err)
{
    static const char cases[] =
        "SELECT cases.id, operators.id, operators.name, dtype, shape, params FROM operators JOIN "
        "cases ON operator_id = operators.id WHERE (?1 IS NULL OR operators.name = ?1) AND (?2 IS "
        "NULL OR dtype = ?2) AND (?3 IS NULL OR shape = ?3) ORDER BY operators.name, cases.id";
    static const char results[] =
        "SELECT run_id, role, implementation_id, device_id, status_id, reason_id, time_ms, low_ms, "
        "high_ms, notes FROM results WHERE case_id = ?1 AND run_id >= ?2";
    const struct bench_history_filter *f = &v->filter;
    int rc = bench_history_prepare(v->history, cases, &v->cases, err);
    if (rc == BENCH_OK)
        rc = bench_history_prepare(v->history, results, &v->results, err);
    if (rc == BENCH_OK)
        rc = bench_history_prepare(v->history, "SELECT text FROM reasons WHERE id = ?1", &v->reason,
                                   err);
    if (rc != BENCH_OK)
        return rc;
    const char *const texts[] = {f->operator_name, f->dtype, f->shape};
    for (int i = 0; i < 3; i++)
        if (texts[i] != NULL)
            bench_history_bind_text(v->cases, i + 1, texts[i]);
    return BENCH_OK;
}

static int no_such_operator(struct bench_history_view *v, struct bench_err *err)
{
    struct bench_history_rows names = {.size = sizeof(const char *)};
    sqlite3_stmt *s;
    int rc = bench_history_prepare(v->history, "SELECT name FROM operators", &s, err);
    if (rc != BENCH_OK)
        return rc;
    while (sqlite3_step(s) == SQLITE_ROW)
        *(const char **)bench_history_row_add(&names, (int64_t)names.count) =
            bench_history_column(v->arena, s, 0);
    sqlite3_finalize(s);
    const char *near =
        bench_str_nearest(v->filter.operator_name, (const char *const *)names.items, names.count);
    rc = bench_err_set(err, BENCH_ENOTFOUND, "%s: no run of the operator '%s' was recorded%s%s%s",
                       v->history->path, v->filter.operator_name, near ? "; did you mean '" : "",
                       near ? near : "", near ? "'?" : "");
    bench_history_rows_fini(&names);
    return rc;
}

static int check_operator(struct bench_history_view *v, struct bench_err *err)
{
    sqlite3_stmt *s;
    if (v->filter.operator_name == NULL)
        return BENCH_OK;
    int rc = bench_history_prepare(v->history, "SELECT 1 FROM operators WHERE name = ?1", &s, err);
    if (rc != BENCH_OK)
        return rc;
    bench_history_bind_text(s, 1, v->filter.operator_name);
    int step = sqlite3_step(s);
    rc = step == SQLITE_ROW ? BENCH_OK : step == SQLITE_DONE ? BENCH_ENOTFOUND : refused(v, err);
    sqlite3_finalize(s);
    return rc == BENCH_ENOTFOUND ? no_such_operator(v, err) : rc;
}

int bench_history_view_open(struct bench_history *h, const struct bench_history_filter *filter,
                            struct bench_history_view **view, struct bench_err *err)
{
    struct bench_err own = {0};
    struct bench_history_view *v = bench_xcalloc(1, sizeof *v);
    err = err ? err : &own;
    v->history = h;
    v->filter = *filter;
    v->arena = bench_arena_new();
    v->operator_id = -1;
    v->implementations.size = sizeof(struct bench_history_implementation_row);
    /* One transaction, so that the whole view is of one state whoever writes meanwhile. */
    int rc = bench_history_exec(h, "BEGIN", "it cannot be read", err);
    if (rc == BENCH_OK)
        rc = check_operator(v, err);
    if (rc == BENCH_OK)
        rc = bench_history_view_read_runs(v, err);
    if (rc == BENCH_OK)
        rc = prepare(v, err);
    if (rc != BENCH_OK) {
        bench_history_view_close(v);
        v = NULL;
    }
    *view = v;
    return rc;
}

void bench_history_view_close(struct bench_history_view *v)
{
    if (v == NULL)
        return;
    sqlite3_finalize(v->cases);
    sqlite3_finalize(v->results);
    sqlite3_finalize(v->reason);
    if (!sqlite3_get_autocommit(v->history->db))
        sqlite3_exec(v->history->db, "COMMIT", NULL, NULL, NULL);
    bench_history_rows_fini(&v->devices);
    bench_history_rows_fini(&v->environments);
    bench_history_rows_fini(&v->statuses);
    bench_history_rows_fini(&v->runs);
    bench_history_rows_fini(&v->run_devices);
    bench_history_rows_fini(&v->implementations);
    free(v->all);
    free(v->nights);
    free(v->taken);
    bench_arena_free(v->arena);
    free(v);
}

const struct bench_history_run *bench_history_view_runs(const struct bench_history_view *v,
                                                        size_t *count)
{
    *count = v->runs.count;
    return v->runs.items;
}

/* ---- a case ---- */

static int read_implementations(struct bench_history_view *v, int64_t operator_id,
                                struct bench_err *err)
{
    sqlite3_stmt *s;
    int step, rc = bench_history_prepare(v->history,
                                         "SELECT id, name, variant, library, source_hash, "
                                         "binary_hash FROM implementations WHERE "
                                         "operator_id = ?1 ORDER BY id",
                                         &s, err);
    if (rc != BENCH_OK)
        return rc;
    v->implementations.count = 0;
    v->operator_id = operator_id;
    sqlite3_bind_int64(s, 1, operator_id);
    while ((step = sqlite3_step(s)) == SQLITE_ROW) {
        struct bench_history_implementation_row *row =
            bench_history_row_add(&v->implementations, sqlite3_column_int64(s, 0));
        const char **texts[] = {&row->name, &row->variant, &row->library, &row->source_hash,
                                &row->binary_hash};
        for (int i = 0; i < 5; i++)
            *texts[i] = bench_history_column(v->arena, s, i + 1);
    }
    rc = step == SQLITE_DONE ? BENCH_OK : refused(v, err);
    sqlite3_finalize(s);
    return rc;
}

static const char *reason(struct bench_history_view *v, int64_t id)
{
    const char *text = "";
    sqlite3_bind_int64(v->reason, 1, id);
    if (sqlite3_step(v->reason) == SQLITE_ROW)
        text = bench_history_column(v->arena, v->reason, 0);
    sqlite3_reset(v->reason);
    return text;
}

static struct bench_history_night *new_night(struct bench_history_view *v,
                                             const struct bench_history_run *run)
{
    if (v->all_count == v->capacity) {
        v->capacity = v->capacity ? 2 * v->capacity : 256;
        v->all = bench_xrealloc(v->all, v->capacity * sizeof *v->all);
        v->nights = bench_xrealloc(v->nights, v->capacity * sizeof *v->nights);
        v->taken = bench_xrealloc(v->taken, v->capacity * sizeof *v->taken);
    }
    struct bench_history_night *night = &v->all[v->all_count];
    v->all_count++;
    *night = (struct bench_history_night){.run = run};
    return night;
}

static void read_result(struct bench_history_view *v, sqlite3_stmt *s,
                        struct bench_history_result *r)
{
    const struct bench_history_implementation_row *row =
        bench_history_row(&v->implementations, sqlite3_column_int64(s, 2));
    const char **status = bench_history_row(&v->statuses, sqlite3_column_int64(s, 4));
    *r = (struct bench_history_result){
        .status = status ? *status : "",
        .reason = "",
        .time_ms = bench_history_column_double(s, 6),
        .low_ms = bench_history_column_double(s, 7),
        .high_ms = bench_history_column_double(s, 8),
        .notes = (unsigned)sqlite3_column_int(s, 9),
    };
    if (row != NULL) {
        r->implementation = row->name;
        r->variant = row->variant;
        r->library = row->library;
        r->source_hash = row->source_hash;
        r->binary_hash = row->binary_hash;
    }
    if (sqlite3_column_type(s, 3) != SQLITE_NULL)
        r->device = bench_history_row(&v->devices, sqlite3_column_int64(s, 3));
    if (sqlite3_column_type(s, 5) != SQLITE_NULL)
        r->reason = reason(v, sqlite3_column_int64(s, 5));
}

static const struct bench_history_device *device_of(const struct bench_history_night *night)
{
    for (int role = 0; role < BENCH_HISTORY_ROLES; role++)
        if (night->roles[role].device != NULL)
            return night->roles[role].device;
    return &night->run->device;
}

/* All nights of a case. Results and runs are both by time: one pass over each. */
static int read_case(struct bench_history_view *v, int64_t case_id, struct bench_err *err)
{
    const struct bench_history_run *runs = v->runs.items;
    size_t at = 0;
    int64_t last_id = -1;
    int step;
    sqlite3_stmt *s = v->results;
    v->all_count = 0;
    sqlite3_reset(s);
    sqlite3_bind_int64(s, 1, case_id);
    sqlite3_bind_int64(s, 2, v->runs.count > 0 ? v->runs.ids[0] : INT64_MAX);
    while ((step = sqlite3_step(s)) == SQLITE_ROW) {
        int64_t id = sqlite3_column_int64(s, 0);
        int role = sqlite3_column_int(s, 1);
        while (at < v->runs.count && v->runs.ids[at] < id)
            at++;
        if (at == v->runs.count)
            break;
        if (v->runs.ids[at] != id || role < 0 || role >= BENCH_HISTORY_ROLES)
            continue;
        if (id != last_id)
            new_night(v, &runs[at]);
        last_id = id;
        read_result(v, s, &v->all[v->all_count - 1].roles[role]);
    }
    if (step != SQLITE_DONE && step != SQLITE_ROW)
        return refused(v, err);
    sqlite3_reset(s);
    /* A run on several devices is wanted for those of its cases that are on one of them. */
    for (size_t i = 0; i < v->all_count; i++)
        v->taken[i] = !bench_history_is_wanted_device(&v->filter, device_of(&v->all[i]));
    return BENCH_OK;
}

static bool is_of_course(const struct bench_history_night *a, const struct bench_history_night *b)
{
    const struct bench_history_device *x = device_of(a), *y = device_of(b);
    return (x == y || (strcmp(x->name, y->name) == 0 && strcmp(x->kind, y->kind) == 0)) &&
           strcmp(a->run->mode, b->run->mode) == 0 && strcmp(a->run->cache, b->run->cache) == 0;
}

/* The nights that are in no course yet and go with the first of them; false if there are none. */
static bool take_course(struct bench_history_view *v)
{
    size_t first = 0, count = 0;
    while (first < v->all_count && v->taken[first])
        first++;
    if (first == v->all_count)
        return false;
    for (size_t i = first; i < v->all_count; i++) {
        if (v->taken[i] || !is_of_course(&v->all[first], &v->all[i]))
            continue;
        v->taken[i] = true;
        v->nights[count++] = v->all[i];
    }
    const struct bench_history_device *device = device_of(&v->nights[0]);
    v->course.device_kind = device->kind;
    v->course.device_name = device->name;
    v->course.mode = v->nights[0].run->mode;
    v->course.cache = v->nights[0].run->cache;
    v->course.nights = v->nights;
    v->course.count = count;
    if (v->filter.last > 0 && count > v->filter.last) {
        v->course.nights = v->nights + (count - v->filter.last);
        v->course.count = v->filter.last;
    }
    return true;
}

/* BENCH_ENOTFOUND after the last. */
static int next_case(struct bench_history_view *v, struct bench_err *err)
{
    int step = sqlite3_step(v->cases);
    if (step == SQLITE_DONE)
        return BENCH_ENOTFOUND;
    if (step != SQLITE_ROW)
        return refused(v, err);
    int64_t operator_id = sqlite3_column_int64(v->cases, 1);
    if (operator_id != v->operator_id) {
        int rc = read_implementations(v, operator_id, err);
        if (rc != BENCH_OK)
            return rc;
        v->operator_name = bench_history_column(v->arena, v->cases, 2);
    }
    v->course.operator_name = v->operator_name;
    v->course.dtype = bench_history_column(v->arena, v->cases, 3);
    v->course.shape = bench_history_column(v->arena, v->cases, 4);
    v->course.params = bench_history_column(v->arena, v->cases, 5);
    return read_case(v, sqlite3_column_int64(v->cases, 0), err);
}

int bench_history_view_next(struct bench_history_view *v,
                            const struct bench_history_course **course, struct bench_err *err)
{
    struct bench_err own = {0};
    err = err ? err : &own;
    *course = NULL;
    while (!take_course(v)) {
        int rc = next_case(v, err);
        if (rc != BENCH_OK)
            return rc == BENCH_ENOTFOUND ? BENCH_OK : rc;
    }
    *course = &v->course;
    return BENCH_OK;
}

/* {"dim":1} as "dim=1"; other texts as they are. */
static void add_params(const char *params, struct bench_str *out)
{
    struct bench_json_doc *doc = NULL;
    if (bench_json_parse("params", params, strlen(params), &doc, NULL) != BENCH_OK ||
        bench_json_type(bench_json_root(doc)) != BENCH_JSON_OBJECT) {
        bench_str_addf(out, " %s", params);
        bench_json_free(doc);
        return;
    }
    struct bench_json_writer w;
    for (const struct bench_json *v = bench_json_first(bench_json_root(doc)); v != NULL;
         v = bench_json_next(v)) {
        bench_str_addf(out, " %s=", bench_json_key(v));
        if (bench_json_type(v) == BENCH_JSON_STRING) {
            bench_str_add(out, bench_json_string(v));
            continue;
        }
        bench_json_writer_init(&w, out, BENCH_JSON_COMPACT);
        bench_json_put_value(&w, v);
    }
    bench_json_free(doc);
}

char *bench_history_course_label(const struct bench_history_course *c)
{
    struct bench_str label;
    bench_str_init(&label);
    bench_str_addf(&label, "%s %s", c->dtype, c->shape);
    if (c->params[0] != '\0')
        add_params(c->params, &label);
    char *text = bench_str_take(&label);
    bench_str_fini(&label);
    return text;
}

/* ---- decisions ---- */

static void read_decision(struct bench_history_view *v, sqlite3_stmt *s,
                          struct bench_history_past_decision *d)
{
    d->run = bench_history_row(&v->runs, sqlite3_column_int64(s, 0));
    d->decision = (struct bench_history_decision){
        .operator_name = bench_history_column(v->arena, s, 1),
        .criterion = bench_history_column(v->arena, s, 2),
        .answer = bench_history_column(v->arena, s, 3),
        .estimate = bench_history_column_double(s, 4),
        .low = bench_history_column_double(s, 5),
        .high = bench_history_column_double(s, 6),
        .threshold = bench_history_column_double(s, 7),
        .processes = sqlite3_column_int(s, 8),
        .reason = bench_history_column(v->arena, s, 9),
    };
}

int bench_history_view_decisions(struct bench_history_view *v,
                                 const struct bench_history_past_decision **decisions,
                                 size_t *count, struct bench_err *err)
{
    struct bench_history_past_decision *items = NULL;
    size_t capacity = 0;
    sqlite3_stmt *s;
    int step,
        rc = bench_history_prepare(
            v->history,
            "SELECT run_id, operators.name, criterion, answer, estimate, low, high, "
            "threshold, processes, reasons.text FROM operators JOIN decisions ON operator_id "
            "= operators.id LEFT JOIN reasons ON reasons.id = reason_id WHERE (?1 IS NULL OR "
            "operators.name = ?1) AND run_id >= ?2 ORDER BY run_id, operators.name, criterion",
            &s, err);
    *count = 0;
    *decisions = NULL;
    if (rc != BENCH_OK)
        return rc;
    if (v->filter.operator_name != NULL)
        bench_history_bind_text(s, 1, v->filter.operator_name);
    sqlite3_bind_int64(s, 2, v->runs.count > 0 ? v->runs.ids[0] : INT64_MAX);
    while ((step = sqlite3_step(s)) == SQLITE_ROW) {
        if (*count == capacity) {
            capacity = capacity ? 2 * capacity : 64;
            items = bench_xrealloc(items, capacity * sizeof *items);
        }
        read_decision(v, s, &items[*count]);
        *count += items[*count].run != NULL; /* else the filter left its run out */
    }
    rc = step == SQLITE_DONE ? BENCH_OK : refused(v, err);
    sqlite3_finalize(s);
    if (*count > 0) {
        void *kept = bench_arena_alloc(v->arena, *count * sizeof *items);
        memcpy(kept, items, *count * sizeof *items);
        *decisions = kept;
    }
    free(items);
    return rc;
}
