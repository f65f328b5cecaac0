/* Recording a run: what it shares with others is looked up or added, then one row a result. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/history/add.h"
#include "bench/util/clock.h"
#include "bench/util/hash.h"
#include "bench/util/mem.h"

/* 31 December 9999: what is later is no time but a fault of whoever wrote it. */
#define LATEST_S INT64_C(253402300799)
#define BATCH_RUNS 64
#define BATCH_NS INT64_C(1000000000)
/* Compilers' logs are as long as they like; the journal has them whole. */
#define REASON_BYTES 1000

const char *const bench_history_role_names[BENCH_HISTORY_ROLES] = {"candidate", "reference",
                                                                   "baseline"};

static const char not_recorded[] = "this run cannot be recorded";

void bench_history_uid(const struct bench_history_run *run, char uid[33])
{
    const char *const texts[] = {run->name, run->environment.host, run->device.kind,
                                 run->device.name, run->device.uuid};
    char numbers[64];
    struct bench_hash *hash = bench_hash_new();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        bench_hash_add_str(hash, texts[i] ? texts[i] : "");
    snprintf(numbers, sizeof numbers, "%" PRId64 " %" PRIu64, run->started_s, run->seed);
    bench_hash_add_str(hash, numbers);
    bench_hash_hex(hash, uid);
    bench_hash_free(hash);
}

/* ---- rows that several runs share ---- */

int bench_history_add_step(struct bench_history_adding *a, sqlite3_stmt *statement)
{
    int rc = sqlite3_step(statement);
    if (rc != SQLITE_DONE)
        bench_history_failed(a->h, not_recorded, a->err);
    sqlite3_reset(statement);
    return rc == SQLITE_DONE ? BENCH_OK : a->err->code;
}

static void bind_shared(sqlite3_stmt *statement, const int64_t *owner, const char *const *texts,
                        size_t count)
{
    int column = 1;
    if (owner != NULL)
        sqlite3_bind_int64(statement, column++, *owner);
    for (size_t i = 0; i < count; i++)
        bench_history_bind_text(statement, column++, texts[i]);
}

/* The id of the row with these texts (and `owner` before them, unless NULL), which is added if
 * there is none. `find` is followed by the statement that inserts. */
static int shared_row(struct bench_history_adding *a, enum bench_history_statement find,
                      const int64_t *owner, const char *const *texts, size_t count, int64_t *id)
{
    sqlite3_stmt *statement = bench_history_prepared(a->h, find, a->err);
    if (statement == NULL)
        return a->err->code;
    bind_shared(statement, owner, texts, count);
    int rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW)
        *id = sqlite3_column_int64(statement, 0);
    else if (rc != SQLITE_DONE)
        bench_history_failed(a->h, not_recorded, a->err);
    sqlite3_reset(statement);
    if (rc != SQLITE_DONE)
        return rc == SQLITE_ROW ? BENCH_OK : a->err->code;
    statement = bench_history_prepared(a->h, find + 1, a->err);
    if (statement == NULL)
        return a->err->code;
    bind_shared(statement, owner, texts, count);
    int result = bench_history_add_step(a, statement);
    *id = sqlite3_last_insert_rowid(a->h->db);
    return result;
}

int bench_history_add_device(struct bench_history_adding *a, const struct bench_history_device *d,
                             int64_t *id)
{
    *id = a->device_id;
    if (d == NULL)
        return BENCH_OK;
    const char *const texts[] = {d->name, d->kind, d->uuid, d->arch};
    return shared_row(a, BENCH_HISTORY_FIND_DEVICE, NULL, texts, 4, id);
}

static int environment_row(struct bench_history_adding *a,
                           const struct bench_history_environment *e, int64_t *id)
{
    const char *const texts[] = {e->driver,        e->compiler, e->libraries, e->python,
                                 e->bench_version, e->host,     e->system};
    return shared_row(a, BENCH_HISTORY_FIND_ENVIRONMENT, NULL, texts, 7, id);
}

/* *id is 0, which stands for none, where there is no reason. */
static int reason_row(struct bench_history_adding *a, const char *reason, int64_t *id)
{
    *id = 0;
    if (reason == NULL || reason[0] == '\0')
        return BENCH_OK;
    size_t length = strnlen(reason, REASON_BYTES + 1);
    if (length <= REASON_BYTES)
        return shared_row(a, BENCH_HISTORY_FIND_REASON, NULL, &reason, 1, id);
    length = REASON_BYTES;
    while (length > 0 && ((unsigned char)reason[length] & 0xc0) == 0x80)
        length--; /* not within a character */
    char *start = bench_xprintf("%.*s …", (int)length, reason);
    const char *text = start;
    int rc = shared_row(a, BENCH_HISTORY_FIND_REASON, NULL, &text, 1, id);
    free(start);
    return rc;
}

/* ---- results ---- */

static void bind_id(sqlite3_stmt *statement, int column, int64_t id)
{
    if (id != 0)
        sqlite3_bind_int64(statement, column, id);
}

static int add_result(struct bench_history_adding *a, int64_t operator_id, int64_t case_id,
                      int role, const struct bench_history_result *r)
{
    int64_t implementation = 0, device = 0, status = 0, reason = 0;
    int rc = BENCH_OK;
    if (r->implementation != NULL) {
        const char *const texts[] = {r->implementation, r->variant, r->library, r->source_hash,
                                     r->binary_hash};
        rc = shared_row(a, BENCH_HISTORY_FIND_IMPLEMENTATION, &operator_id, texts, 5,
                        &implementation);
    }
    if (rc == BENCH_OK)
        rc = bench_history_add_device(a, r->device, &device);
    if (rc == BENCH_OK)
        rc = shared_row(a, BENCH_HISTORY_FIND_STATUS, NULL, &r->status, 1, &status);
    if (rc == BENCH_OK)
        rc = reason_row(a, r->reason, &reason);
    sqlite3_stmt *s =
        rc == BENCH_OK ? bench_history_prepared(a->h, BENCH_HISTORY_INSERT_RESULT, a->err) : NULL;
    if (s == NULL)
        return a->err->code;
    sqlite3_bind_int64(s, 1, case_id);
    sqlite3_bind_int64(s, 2, a->run_id);
    sqlite3_bind_int(s, 3, role);
    bind_id(s, 4, implementation);
    bind_id(s, 5, device == a->device_id ? 0 : device);
    sqlite3_bind_int64(s, 6, status);
    bind_id(s, 7, reason);
    bench_history_bind_double(s, 8, r->time_ms);
    bench_history_bind_double(s, 9, r->low_ms);
    bench_history_bind_double(s, 10, r->high_ms);
    sqlite3_bind_int64(s, 11, r->notes);
    bench_history_add_tally(a, device);
    return bench_history_add_step(a, s);
}

static int add_case(struct bench_history_adding *a, const struct bench_history_case *c)
{
    const char *const texts[] = {c->dtype, c->shape, c->params};
    int64_t operator_id = 0, case_id = 0;
    int rc = shared_row(a, BENCH_HISTORY_FIND_OPERATOR, NULL, &c->operator_name, 1, &operator_id);
    if (rc == BENCH_OK)
        rc = shared_row(a, BENCH_HISTORY_FIND_CASE, &operator_id, texts, 3, &case_id);
    for (int role = 0; rc == BENCH_OK && role < BENCH_HISTORY_ROLES; role++)
        if (c->roles[role].status != NULL)
            rc = add_result(a, operator_id, case_id, role, &c->roles[role]);
    return rc;
}

static int add_decision(struct bench_history_adding *a, const struct bench_history_decision *d)
{
    int64_t operator_id = 0, reason = 0;
    int rc = shared_row(a, BENCH_HISTORY_FIND_OPERATOR, NULL, &d->operator_name, 1, &operator_id);
    if (rc == BENCH_OK)
        rc = reason_row(a, d->reason, &reason);
    sqlite3_stmt *s =
        rc == BENCH_OK ? bench_history_prepared(a->h, BENCH_HISTORY_INSERT_DECISION, a->err) : NULL;
    if (s == NULL)
        return a->err->code;
    sqlite3_bind_int64(s, 1, operator_id);
    sqlite3_bind_int64(s, 2, a->run_id);
    bench_history_bind_text(s, 3, d->criterion);
    bench_history_bind_text(s, 4, d->answer);
    bench_history_bind_double(s, 5, d->estimate);
    bench_history_bind_double(s, 6, d->low);
    bench_history_bind_double(s, 7, d->high);
    bench_history_bind_double(s, 8, d->threshold);
    sqlite3_bind_int(s, 9, d->processes);
    bind_id(s, 10, reason);
    return bench_history_add_step(a, s);
}

/* ---- the run ---- */

static int find_run(struct bench_history_adding *a, const char *uid, bool *found)
{
    sqlite3_stmt *s = bench_history_prepared(a->h, BENCH_HISTORY_FIND_RUN, a->err);
    if (s == NULL)
        return a->err->code;
    bench_history_bind_text(s, 1, uid);
    int step = sqlite3_step(s);
    *found = step == SQLITE_ROW;
    if (*found) {
        a->run_id = sqlite3_column_int64(s, 0);
        a->device_id = sqlite3_column_int64(s, 1);
        a->results = (size_t)sqlite3_column_int64(s, 2);
    }
    if (step != SQLITE_ROW && step != SQLITE_DONE)
        bench_history_failed(a->h, not_recorded, a->err);
    sqlite3_reset(s);
    return step == SQLITE_ROW || step == SQLITE_DONE ? BENCH_OK : a->err->code;
}

/* Numbers grow with the time of the start, so that a range of them is a range of time. */
static int new_run_id(struct bench_history_adding *a, int64_t started_s)
{
    sqlite3_stmt *s = bench_history_prepared(a->h, BENCH_HISTORY_LAST_OF_SECOND, a->err);
    if (s == NULL)
        return a->err->code;
    a->run_id = started_s * BENCH_HISTORY_RUNS_A_SECOND;
    sqlite3_bind_int64(s, 1, a->run_id);
    sqlite3_bind_int64(s, 2, a->run_id + BENCH_HISTORY_RUNS_A_SECOND - 1);
    int step = sqlite3_step(s);
    if (step == SQLITE_ROW)
        a->run_id = sqlite3_column_int64(s, 0) + 1;
    else if (step != SQLITE_DONE)
        bench_history_failed(a->h, not_recorded, a->err);
    sqlite3_reset(s);
    if (step != SQLITE_ROW && step != SQLITE_DONE)
        return a->err->code;
    if (a->run_id >= (started_s + 1) * BENCH_HISTORY_RUNS_A_SECOND)
        return bench_err_set(a->err, BENCH_EINPUT,
                             "%s: %s: %d others started in the same second, which is as many as a "
                             "history can hold",
                             a->h->path, not_recorded, BENCH_HISTORY_RUNS_A_SECOND);
    return BENCH_OK;
}

static void count_results(struct bench_history_adding *a, const struct bench_history_run *run)
{
    a->results = 0;
    for (size_t i = 0; i < run->case_count; i++)
        for (int role = 0; role < BENCH_HISTORY_ROLES; role++)
            a->results += run->cases[i].roles[role].status != NULL;
}

static int insert_run(struct bench_history_adding *a, const struct bench_history_run *run,
                      int64_t environment)
{
    sqlite3_stmt *s = bench_history_prepared(a->h, BENCH_HISTORY_INSERT_RUN, a->err);
    if (s == NULL)
        return a->err->code;
    sqlite3_bind_int64(s, 1, a->run_id);
    bench_history_bind_text(s, 2, run->uid);
    bench_history_bind_text(s, 3, run->name);
    bench_history_bind_text(s, 4, run->folder);
    bench_history_bind_text(s, 5, run->suite);
    sqlite3_bind_int64(s, 6, run->started_s);
    bench_history_bind_double(s, 7, run->duration_s);
    sqlite3_bind_int64(s, 8, a->device_id);
    sqlite3_bind_int64(s, 9, environment);
    bench_history_bind_text(s, 10, run->commit);
    sqlite3_bind_int(s, 11, run->dirty);
    bench_history_bind_text(s, 12, run->mode);
    bench_history_bind_text(s, 13, run->cache);
    sqlite3_bind_int64(s, 14, (int64_t)run->seed);
    bench_history_bind_text(s, 15, run->command);
    bench_history_bind_text(s, 16, run->settings);
    sqlite3_bind_int(s, 17, run->exit_code);
    sqlite3_bind_int(s, 18, run->confirmations);
    bench_history_bind_double(s, 19, run->noise_floor);
    sqlite3_bind_int64(s, 20, (int64_t)a->results);
    return bench_history_add_step(a, s);
}

static int insert_all(struct bench_history_adding *a, const struct bench_history_run *run)
{
    int64_t environment = 0;
    int rc = bench_history_add_device(a, &run->device, &a->device_id);
    if (rc == BENCH_OK)
        rc = environment_row(a, &run->environment, &environment);
    if (rc == BENCH_OK)
        rc = new_run_id(a, run->started_s);
    count_results(a, run);
    if (rc == BENCH_OK)
        rc = insert_run(a, run, environment);
    for (size_t i = 0; rc == BENCH_OK && i < run->case_count; i++)
        rc = add_case(a, &run->cases[i]);
    for (size_t i = 0; rc == BENCH_OK && i < run->decision_count; i++)
        rc = add_decision(a, &run->decisions[i]);
    return rc == BENCH_OK ? bench_history_add_devices(a) : rc;
}

/* A savepoint outside of a batch is a transaction, but one that does not lock at its beginning: two
 * that have read and then want to write would be in each other's way. */
static int open_run(struct bench_history *h, struct bench_err *err)
{
    return bench_history_exec(h, h->in_batch ? "SAVEPOINT run" : "BEGIN IMMEDIATE", not_recorded,
                              err);
}

static int close_run(struct bench_history *h, int rc, struct bench_err *err)
{
    if (rc == BENCH_OK)
        rc = bench_history_exec(h, h->in_batch ? "RELEASE run" : "COMMIT", not_recorded, err);
    /* Some errors (a full disk) have rolled all back by themselves. */
    if (rc != BENCH_OK && !sqlite3_get_autocommit(h->db))
        sqlite3_exec(h->db, h->in_batch ? "ROLLBACK TO run; RELEASE run" : "ROLLBACK", NULL, NULL,
                     NULL);
    return rc;
}

int bench_history_add(struct bench_history *h, const struct bench_history_run *run, bool *added,
                      struct bench_err *err)
{
    struct bench_err own = {0};
    struct bench_history_adding a = {.h = h, .err = err ? err : &own};
    bool is_there = false;
    *added = false;
    if (run->started_s < 0 || run->started_s > LATEST_S)
        return bench_err_set(err, BENCH_EINPUT, "%s: %s: it started %" PRId64 " s after 1970",
                             h->path, not_recorded, run->started_s);
    int rc = open_run(h, a.err);
    if (rc != BENCH_OK)
        return rc;
    rc = find_run(&a, run->uid, &is_there);
    if (rc == BENCH_OK)
        rc = is_there ? bench_history_add_complete(&a, run) : insert_all(&a, run);
    rc = close_run(h, rc, a.err);
    free(a.tally);
    *added = rc == BENCH_OK && !is_there;
    h->batch_runs += *added;
    h->completed += rc == BENCH_OK && a.completed;
    return rc;
}

size_t bench_history_completed(const struct bench_history *h)
{
    return h->completed;
}

int bench_history_has(struct bench_history *h, const char *uid, bool *found, struct bench_err *err)
{
    struct bench_err own = {0};
    struct bench_history_adding a = {.h = h, .err = err ? err : &own};
    return find_run(&a, uid, found);
}

/* ---- batches ---- */

int bench_history_begin(struct bench_history *h, struct bench_err *err)
{
    int rc = bench_history_exec(h, "BEGIN IMMEDIATE", "it cannot be written", err);
    h->in_batch = rc == BENCH_OK;
    h->batch_runs = 0;
    h->batch_since_ns = bench_clock_ns();
    return rc;
}

bool bench_history_batch_is_due(const struct bench_history *h)
{
    return h->in_batch &&
           (h->batch_runs >= BATCH_RUNS || bench_clock_ns() - h->batch_since_ns > BATCH_NS);
}

int bench_history_commit(struct bench_history *h, struct bench_err *err)
{
    h->in_batch = false;
    if (sqlite3_get_autocommit(h->db))
        return bench_err_set(err, BENCH_ERROR,
                             "%s: the last runs were not recorded, because one of them could not "
                             "be written",
                             h->path);
    int rc = bench_history_exec(h, "COMMIT", "the last runs cannot be recorded", err);
    if (rc != BENCH_OK && !sqlite3_get_autocommit(h->db))
        sqlite3_exec(h->db, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}
