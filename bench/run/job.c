#include "bench/run/job.h"

#include <assert.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/hash.h"
#include "bench/util/mem.h"

/* ---- settings: one table writes and reads them ---- */

enum kind { KIND_INT, KIND_DOUBLE, KIND_BOOL, KIND_MODE, KIND_CACHE };

#define FIELD(kind, name)                                                                          \
    {                                                                                              \
#name, kind, offsetof(struct bench_settings, name)                                         \
    }
static const struct field {
    const char *name;
    enum kind kind;
    size_t offset;
} fields[] = {
    FIELD(KIND_INT, rounds),
    FIELD(KIND_INT, least_rounds),
    FIELD(KIND_INT, most_rounds),
    FIELD(KIND_DOUBLE, precision),
    FIELD(KIND_DOUBLE, confidence),
    FIELD(KIND_DOUBLE, speedup_threshold),
    FIELD(KIND_DOUBLE, relative_threshold),
    FIELD(KIND_INT, confirm),
    FIELD(KIND_BOOL, aa),
    FIELD(KIND_BOOL, do_bench),
    FIELD(KIND_MODE, mode),
    FIELD(KIND_INT, tune_rounds),
    FIELD(KIND_INT, warmup_rounds),
    FIELD(KIND_CACHE, cache),
};
#define FIELD_COUNT (sizeof fields / sizeof *fields)
/* The seed has more bits than a JSON number: text. */
#define SEED "seed"

static_assert(sizeof(struct bench_settings) == 88, /* seed_given is of no use to a worker */
              "struct bench_settings has changed: are all fields in the table?");

static double get_field(const struct bench_settings *settings, const struct field *f)
{
    const char *at = (const char *)settings + f->offset;
    switch (f->kind) {
    case KIND_INT:
        return *(const int *)(const void *)at;
    case KIND_DOUBLE:
        return *(const double *)(const void *)at;
    case KIND_BOOL:
        return *(const bool *)(const void *)at;
    case KIND_MODE:
        return (double)*(const enum bench_mode *)(const void *)at;
    case KIND_CACHE:
        return (double)*(const enum bench_cache_mode *)(const void *)at;
    }
    return 0;
}

static void set_field(struct bench_settings *settings, const struct field *f, double value)
{
    char *at = (char *)settings + f->offset;
    switch (f->kind) {
    case KIND_INT:
        *(int *)(void *)at = (int)value;
        break;
    case KIND_DOUBLE:
        *(double *)(void *)at = value;
        break;
    case KIND_BOOL:
        *(bool *)(void *)at = value != 0;
        break;
    case KIND_MODE:
        *(enum bench_mode *)(void *)at = (enum bench_mode)(int)value;
        break;
    case KIND_CACHE:
        *(enum bench_cache_mode *)(void *)at = (enum bench_cache_mode)(int)value;
        break;
    }
}

static void write_settings(const struct bench_settings *settings, struct bench_json_writer *w)
{
    char seed[32];
    bench_json_put_key(w, "settings");
    bench_json_open_object(w);
    for (size_t i = 0; i < FIELD_COUNT; i++)
        bench_json_put_key_double(w, fields[i].name, get_field(settings, &fields[i]));
    snprintf(seed, sizeof seed, "%" PRIu64, settings->seed);
    bench_json_put_key_string(w, SEED, seed);
    bench_json_close_object(w);
}

static int read_settings(const struct bench_json *root, struct bench_settings *settings,
                         struct bench_err *err)
{
    const struct bench_json *object = NULL;
    const char *seed = "";
    int rc = bench_json_get_object(root, "settings", true, &object, err);
    for (size_t i = 0; rc == BENCH_OK && i < FIELD_COUNT; i++) {
        double value = 0;
        rc = bench_json_get_double(object, fields[i].name, true, &value, err);
        if (rc == BENCH_OK)
            set_field(settings, &fields[i], value);
    }
    if (rc == BENCH_OK)
        rc = bench_json_get_string(object, SEED, true, &seed, err);
    settings->seed = strtoull(seed, NULL, 10);
    return rc;
}

/* ---- the suite ---- */

/* Of all that was read from files: the same hash, the same cases. */
static void hash_suite(const struct bench_suite *suite, char hex[33])
{
    struct bench_hash *hash = bench_hash_new();
    bench_hash_add_str(hash, suite->hash);
    for (size_t i = 0; i < suite->operator_count; i++)
        bench_hash_add_str(hash, suite->operators[i]->hash);
    for (size_t i = 0; i < suite->case_count; i++)
        bench_hash_add_str(hash, suite->cases[i].plan.key);
    bench_hash_hex(hash, hex);
    bench_hash_free(hash);
}

static void write_strings(const char *key, const char *const *items, size_t count,
                          struct bench_json_writer *w)
{
    bench_json_put_key(w, key);
    bench_json_open_array(w);
    for (size_t i = 0; i < count; i++)
        bench_json_put_string(w, items[i]);
    bench_json_close_array(w);
}

static void write_suite(const struct bench_run *run, struct bench_json_writer *w)
{
    static const struct bench_suite_filter none = {0};
    const struct bench_suite_filter *filter = run->options.filter ? run->options.filter : &none;
    char hash[33];
    hash_suite(run->suite, hash);
    bench_json_put_key_string(w, "suite", run->suite->file);
    bench_json_put_key_string(w, "suite_hash", hash);
    bench_json_put_key_string(w, "kernels", run->options.kernels);
    write_strings("operators", filter->operators, filter->operator_count, w);
    write_strings("dtypes", filter->dtypes, filter->dtype_count, w);
    bench_json_put_key_int(w, "max_cases", (int64_t)filter->max_cases_per_operator);
}

static int read_strings(const struct bench_json *root, const char *key, struct bench_arena *arena,
                        const char *const **items, size_t *count, struct bench_err *err)
{
    const struct bench_json *array = NULL;
    int rc = bench_json_get_array(root, key, true, &array, err);
    if (rc != BENCH_OK)
        return rc;
    const char **found = bench_arena_alloc(arena, (bench_json_size(array) + 1) * sizeof *found);
    for (const struct bench_json *v = bench_json_first(array); v; v = bench_json_next(v)) {
        if ((rc = bench_json_expect(v, BENCH_JSON_STRING, err)) != BENCH_OK)
            return rc;
        found[(*count)++] = bench_json_string(v);
    }
    *items = found;
    return BENCH_OK;
}

static int read_suite(const struct bench_json *root, struct bench_arena *arena,
                      struct bench_suite **suite, struct bench_err *err)
{
    const char *file = NULL, *kernels = NULL, *expected = NULL;
    struct bench_suite_filter filter = {0};
    int64_t max_cases = 0;
    int rc;
    if ((rc = bench_json_get_string(root, "suite", true, &file, err)) != 0 ||
        (rc = bench_json_get_string(root, "suite_hash", true, &expected, err)) != 0 ||
        (rc = bench_json_get_string(root, "kernels", true, &kernels, err)) != 0 ||
        (rc = bench_json_get_int(root, "max_cases", true, 0, INT64_MAX, &max_cases, err)) != 0 ||
        (rc = read_strings(root, "operators", arena, &filter.operators, &filter.operator_count,
                           err)) != 0 ||
        (rc = read_strings(root, "dtypes", arena, &filter.dtypes, &filter.dtype_count, err)) != 0)
        return rc;
    filter.max_cases_per_operator = (size_t)max_cases;
    rc = bench_suite_read(file, kernels, &filter, suite, err);
    if (rc != BENCH_OK)
        return rc;
    char found[33];
    hash_suite(*suite, found);
    if (strcmp(found, expected) != 0)
        return bench_err_set(err, BENCH_EINPUT,
                             "%s, or an operator of it in %s, was changed while the run went on: "
                             "start it again",
                             file, kernels);
    return BENCH_OK;
}

/* ---- what was before ---- */

/* A worker wants to know who died and which variants were chosen, not the samples. */
static struct bench_record without_samples(const struct bench_record *record)
{
    struct bench_record kept = *record;
    kept.elapsed_ns = kept.twin_elapsed_ns = kept.graph_elapsed_ns = NULL;
    kept.round_count = kept.twin_round_count = kept.graph_round_count = 0;
    kept.graph_launches = 0;
    kept.tuned_count = 0;
    return kept;
}

static void write_records(const struct bench_worker_job *job, struct bench_json_writer *w)
{
    const struct bench_run *run = job->run;
    bench_json_put_key(w, "records");
    bench_json_open_array(w);
    for (size_t i = 0; i < run->record_count; i++) {
        const struct bench_record *r = &run->records[i];
        if (!job->ordered && r->case_index < job->first_case &&
            !bench_status_ends_worker(r->status))
            continue;
        struct bench_record kept = without_samples(r);
        bench_record_write(&kept, &run->suite->cases[r->case_index].plan, w);
    }
    bench_json_close_array(w);
}

static int read_records(const struct bench_json *root, struct bench_run *run, struct bench_err *err)
{
    const struct bench_json *array = NULL;
    int rc = bench_json_get_array(root, "records", true, &array, err);
    if (rc != BENCH_OK)
        return rc;
    run->record_capacity = bench_json_size(array) + 1;
    run->records = bench_xcalloc(run->record_capacity, sizeof *run->records);
    for (const struct bench_json *v = bench_json_first(array); v; v = bench_json_next(v)) {
        rc = bench_record_read(v, run->arena, &run->records[run->record_count], err);
        if (rc != BENCH_OK)
            return rc;
        run->record_count++;
    }
    return BENCH_OK;
}

static void write_wanted(const struct bench_run *run, struct bench_json_writer *w)
{
    if (run->wanted == NULL && run->mine == NULL && run->done == NULL)
        return;
    bench_json_put_key(w, "wanted");
    bench_json_open_array(w);
    for (size_t i = 0; i < run->suite->case_count; i++)
        bench_json_put_bool(w, bench_run_wants(run, i) && !bench_run_is_done(run, run->process, i));
    bench_json_close_array(w);
}

static int read_wanted(const struct bench_json *root, struct bench_job *job, struct bench_err *err)
{
    const struct bench_json *array = NULL;
    size_t i = 0;
    int rc = bench_json_get_array(root, "wanted", false, &array, err);
    if (rc != BENCH_OK || array == NULL)
        return rc;
    job->wanted = bench_xcalloc(job->suite->case_count + 1, sizeof *job->wanted);
    for (const struct bench_json *v = bench_json_first(array); v; v = bench_json_next(v)) {
        if (i == job->suite->case_count)
            return bench_json_error(v, err, "more cases than the suite has");
        if ((rc = bench_json_expect(v, BENCH_JSON_BOOL, err)) != BENCH_OK)
            return rc;
        job->wanted[i++] = bench_json_bool(v);
    }
    job->run.wanted = job->wanted;
    return BENCH_OK;
}

/* ---- the whole ---- */

void bench_job_write(const struct bench_worker_job *job, struct bench_str *text)
{
    const struct bench_run *run = job->run;
    struct bench_json_writer w;
    char token[24]; /* more bits than a JSON number: text */
    bench_json_writer_init(&w, text, BENCH_JSON_COMPACT);
    bench_json_open_object(&w);
    write_suite(run, &w);
    write_settings(&run->settings, &w);
    bench_json_put_key_string(&w, "device", job->device ? job->device->spec : run->options.device);
    if (job->device != NULL)
        bench_json_put_key_string(&w, "device_id", job->device->info.id);
    bench_json_put_key_bool(&w, "ordered", job->ordered);
    bench_json_put_key_int(&w, "memory_bytes", (int64_t)job->memory_bytes);
    bench_json_put_key_double(&w, "timeout_s", run->options.timeout_s);
    bench_json_put_key_double(&w, "max_case_ms", run->options.max_case_ms);
    bench_json_put_key_int(&w, "process", run->process);
    bench_json_put_key_int(&w, "parts", run->parts);
    snprintf(token, sizeof token, "%" PRIu64, job->token);
    bench_json_put_key_string(&w, "token", token);
    bench_json_put_key_int(&w, "first_case", (int64_t)job->first_case);
    write_wanted(run, &w);
    write_records(job, &w);
    bench_json_close_object(&w);
}

static int read_numbers(const struct bench_json *root, struct bench_job *job, struct bench_err *err)
{
    struct bench_run *run = &job->run;
    int64_t process = 0, first = 0, parts = 0, memory = 0;
    const char *token = "";
    int rc;
    if ((rc = bench_json_get_int(root, "process", true, 0, INT32_MAX, &process, err)) != 0 ||
        (rc = bench_json_get_int(root, "parts", true, 0, INT32_MAX, &parts, err)) != 0 ||
        (rc = bench_json_get_int(root, "memory_bytes", true, 0, INT64_MAX, &memory, err)) != 0 ||
        (rc = bench_json_get_string(root, "token", true, &token, err)) != 0 ||
        (rc = bench_json_get_int(root, "first_case", true, 0, INT64_MAX, &first, err)) != 0)
        return rc;
    job->worker.token = strtoull(token, NULL, 10);
    run->process = (int)process;
    run->parts = (int)parts;
    job->worker.first_case = (size_t)first;
    job->worker.memory_bytes = (uint64_t)memory;
    return read_settings(root, &run->settings, err);
}

/* Of a worker on one of several devices. */
static int read_order(const struct bench_json *root, struct bench_job *job, struct bench_err *err)
{
    struct bench_run_device *d = &job->device;
    const char *id = NULL;
    int rc = bench_json_get_bool(root, "ordered", true, &job->worker.ordered, err);
    if (rc == BENCH_OK)
        rc = bench_json_get_string(root, "device_id", false, &id, err);
    if (rc != BENCH_OK || id == NULL)
        return rc;
    snprintf(d->spec, sizeof d->spec, "%s", job->run.options.device);
    snprintf(d->info.id, sizeof d->info.id, "%s", id);
    job->worker.device = d;
    return BENCH_OK;
}

int bench_job_read(const char *path, struct bench_job *job, struct bench_err *err)
{
    struct bench_run_options options = {0};
    memset(job, 0, sizeof *job);
    int rc = bench_json_read(path, 0, &job->doc, err);
    if (rc != BENCH_OK)
        return rc;
    const struct bench_json *root = bench_json_root(job->doc);
    struct bench_arena *arena = bench_arena_new();
    if ((rc = bench_json_get_string(root, "device", true, &options.device, err)) == 0 &&
        (rc = bench_json_get_double(root, "timeout_s", true, &options.timeout_s, err)) == 0 &&
        (rc = bench_json_get_double(root, "max_case_ms", true, &options.max_case_ms, err)) == 0)
        rc = read_suite(root, arena, &job->suite, err);
    bench_arena_free(arena);
    if (rc != BENCH_OK)
        return rc;
    bench_run_init(&job->run, job->suite, &options);
    job->worker.run = &job->run;
    rc = read_numbers(root, job, err);
    if (rc == BENCH_OK)
        rc = read_order(root, job, err);
    if (rc == BENCH_OK)
        rc = read_wanted(root, job, err);
    return rc == BENCH_OK ? read_records(root, &job->run, err) : rc;
}

void bench_job_fini(struct bench_job *job)
{
    if (job->run.arena != NULL)
        bench_run_fini(&job->run);
    bench_suite_free(job->suite);
    free(job->wanted);
    bench_json_free(job->doc);
    memset(job, 0, sizeof *job);
}
