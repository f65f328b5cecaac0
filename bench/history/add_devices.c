/* Which devices a run's results are on: written with the run, or, where version 1 of the file had
 * left it out, when the run is recorded again. */
#include <stdlib.h>

#include "bench/history/add.h"
#include "bench/util/mem.h"

void bench_history_add_tally(struct bench_history_adding *a, int64_t device_id)
{
    size_t i = 0;
    while (i < a->tally_count && a->tally[i].device_id != device_id)
        i++;
    if (i == a->tally_capacity) {
        a->tally_capacity = a->tally_capacity ? 2 * a->tally_capacity : 8;
        a->tally = bench_xrealloc(a->tally, a->tally_capacity * sizeof *a->tally);
    }
    if (i == a->tally_count)
        a->tally[a->tally_count++] = (struct bench_history_tally){.device_id = device_id};
    a->tally[i].results++;
}

static int insert(struct bench_history_adding *a, const struct bench_history_tally *t)
{
    sqlite3_stmt *s = bench_history_prepared(a->h, BENCH_HISTORY_INSERT_RUN_DEVICE, a->err);
    if (s == NULL)
        return a->err->code;
    sqlite3_bind_int64(s, 1, a->run_id);
    sqlite3_bind_int64(s, 2, t->device_id);
    sqlite3_bind_int64(s, 3, (int64_t)t->results);
    return bench_history_add_step(a, s);
}

int bench_history_add_devices(struct bench_history_adding *a)
{
    const struct bench_history_tally none = {.device_id = a->device_id};
    int rc = a->tally_count == 0 ? insert(a, &none) : BENCH_OK;
    for (size_t i = 0; rc == BENCH_OK && i < a->tally_count; i++)
        rc = insert(a, &a->tally[i]);
    return rc;
}

/* ---- completing ---- */

static int is_complete(struct bench_history_adding *a, bool *is)
{
    sqlite3_stmt *s = bench_history_prepared(a->h, BENCH_HISTORY_HAS_RUN_DEVICE, a->err);
    if (s == NULL)
        return a->err->code;
    sqlite3_bind_int64(s, 1, a->run_id);
    int step = sqlite3_step(s);
    *is = step == SQLITE_ROW;
    if (step != SQLITE_ROW && step != SQLITE_DONE)
        bench_history_failed(a->h, "this run cannot be completed", a->err);
    sqlite3_reset(s);
    return step == SQLITE_ROW || step == SQLITE_DONE ? BENCH_OK : a->err->code;
}

/* A result that is not there, as an older program may have named its case otherwise, is not
 * counted. */
static int complete_result(struct bench_history_adding *a, const struct bench_history_case *c,
                           int role)
{
    int64_t device = 0;
    int rc = bench_history_add_device(a, c->roles[role].device, &device);
    sqlite3_stmt *s =
        rc == BENCH_OK ? bench_history_prepared(a->h, BENCH_HISTORY_COMPLETE_RESULT, a->err) : NULL;
    if (s == NULL)
        return a->err->code;
    if (device != a->device_id)
        sqlite3_bind_int64(s, 1, device);
    sqlite3_bind_int64(s, 2, a->run_id);
    sqlite3_bind_int(s, 3, role);
    bench_history_bind_text(s, 4, c->operator_name);
    bench_history_bind_text(s, 5, c->dtype);
    bench_history_bind_text(s, 6, c->shape);
    bench_history_bind_text(s, 7, c->params);
    rc = bench_history_add_step(a, s);
    if (rc == BENCH_OK && sqlite3_changes(a->h->db) == 1)
        bench_history_add_tally(a, device);
    return rc;
}

int bench_history_add_complete(struct bench_history_adding *a, const struct bench_history_run *run)
{
    size_t found = 0;
    bool is = false;
    int rc = is_complete(a, &is);
    if (rc != BENCH_OK || is)
        return rc;
    for (size_t i = 0; i < run->case_count; i++)
        for (int role = 0; rc == BENCH_OK && role < BENCH_HISTORY_ROLES; role++)
            if (run->cases[i].roles[role].status != NULL)
                rc = complete_result(a, &run->cases[i], role);
    for (size_t i = 0; i < a->tally_count; i++)
        found += a->tally[i].results;
    if (rc != BENCH_OK || found != a->results)
        return rc;
    a->completed = true;
    return bench_history_add_devices(a);
}
