#include "importer/metadata.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "bench/util/mem.h"

int bench_metadata_parse(const char *text, struct bench_metadata *metadata, struct bench_err *err)
{
    *metadata = (struct bench_metadata){.doc = NULL};
    if (text == NULL) {
        return BENCH_OK;
    }
    int rc = bench_json_parse(BENCH_METADATA_PATH, text, strlen(text), &metadata->doc, err);
    if (rc != 0) {
        return rc;
    }
    const struct bench_json *root = bench_json_root(metadata->doc);
    rc = bench_json_expect(root, BENCH_JSON_OBJECT, err);
    rc = rc == 0 ? bench_json_get_object(root, "ops", true, &metadata->ops, err) : rc;
    for (const struct bench_json *v = rc == 0 ? bench_json_first(metadata->ops) : NULL;
         rc == 0 && v != NULL; v = bench_json_next(v)) {
        rc = bench_json_expect(v, BENCH_JSON_OBJECT, err);
    }
    if (rc != 0) {
        bench_metadata_free(metadata);
    }
    return rc;
}

void bench_metadata_free(struct bench_metadata *metadata)
{
    bench_json_free(metadata->doc);
    *metadata = (struct bench_metadata){.doc = NULL};
}

static const char *string_of(const struct bench_json *object, const char *key)
{
    const struct bench_json *v = object != NULL ? bench_json_get(object, key) : NULL;
    return v != NULL && bench_json_type(v) == BENCH_JSON_STRING ? bench_json_string(v) : NULL;
}

static bool has_name(const struct bench_json *entry, const char *name)
{
    const char *op_name = string_of(entry, "op_name");
    char *python_name = NULL;
    bool same = op_name != NULL && bench_operator_python_name(op_name, &python_name, NULL) == 0 &&
                strcmp(python_name, name) == 0;
    free(python_name);
    return same;
}

static void read_entry(const struct bench_json *json, struct bench_metadata_entry *entry)
{
    const struct bench_json *info = bench_json_get(json, "generation_info");
    const struct bench_json *config =
        info != NULL ? bench_json_get(info, "generation_config") : NULL;
    *entry = (struct bench_metadata_entry){
        .json = json,
        .op_id = string_of(json, "op_id"),
        .category = string_of(json, "category"),
        .created_at = string_of(json, "created_at"),
        .generation_date = string_of(info, "generation_date"),
        .code_hash = string_of(config, "code_hash"),
        .file_hash = string_of(config, "file_hash"),
        .test_hash = string_of(config, "test_hash"),
        .measurements_hash = string_of(config, "measurements_hash"),
    };
    if (entry->op_id == NULL) {
        entry->op_id = bench_json_key(json);
    }
}

void bench_metadata_read_record(const struct bench_json *record, struct bench_metadata_entry *entry)
{
    *entry = (struct bench_metadata_entry){
        .json = record,
        .op_id = string_of(record, "op_id"),
        .category = string_of(record, "category"),
        .created_at = string_of(record, "created_at"),
        .generation_date = string_of(record, "generation_date"),
        .code_hash = string_of(record, "code_hash"),
        .file_hash = string_of(record, "file_hash"),
        .test_hash = string_of(record, "test_hash"),
        .performance_hash = string_of(record, "performance_hash"),
        .measurements_hash = string_of(record, "measurements_hash"),
    };
}

int bench_metadata_find(const struct bench_metadata *metadata, const char *name, bool *found,
                        struct bench_metadata_entry *entry, struct bench_err *err)
{
    *found = false;
    if (metadata->ops == NULL) {
        return BENCH_OK;
    }
    for (const struct bench_json *v = bench_json_first(metadata->ops); v != NULL;
         v = bench_json_next(v)) {
        if (!has_name(v, name)) {
            continue;
        }
        if (*found) {
            return bench_json_error(v, err,
                                    "the operator '%s' has two entries, %s and %s; remove one",
                                    name, bench_json_key(entry->json), bench_json_key(v));
        }
        *found = true;
        read_entry(v, entry);
    }
    return BENCH_OK;
}

/* Of the selected cases, each once. */
static void put_source_hashes(struct bench_json_writer *w, const struct bench_metadata_update *u)
{
    static const char key[] = "source_hash";
    bench_json_put_key(w, "measured_source_hashes");
    bench_json_open_array(w);
    for (size_t i = 0; i < u->op->case_count; i++) {
        const char *value = string_of(u->op->cases[i].json, key);
        bool again = value == NULL;
        for (size_t k = 0; k < i && !again; k++) {
            const char *earlier = string_of(u->op->cases[k].json, key);
            again = earlier != NULL && strcmp(earlier, value) == 0;
        }
        if (!again) {
            bench_json_put_string(w, value);
        }
    }
    bench_json_close_array(w);
}

void bench_metadata_put_provenance(struct bench_json_writer *w,
                                   const struct bench_metadata_update *u)
{
    bench_json_put_key_int(w, "batch", u->selected->batch);
    bench_json_put_key_string(w, "criterion", u->selected->criterion);
    bench_json_put_key_double(w, "threshold", u->selected->threshold);
    bench_json_put_key_string(w, "run", u->run);
    bench_json_put_key_string(w, "device", u->device);
    bench_json_put_key_string(w, "operator_data", u->data->label);
    bench_json_put_key_string(w, "implementation", u->data->implementation);
    bench_json_put_key_string(w, "source_hash", u->data->source_hash);
    put_source_hashes(w, u);
    bench_json_put_key(w, "code_is_measured");
    if (u->is_measured) {
        bench_json_put_bool(w, true);
    } else {
        bench_json_put_null(w); /* nothing says so, and nothing says that it is not */
    }
    bench_json_put_key(w, "measured_binary_hashes");
    bench_json_open_array(w);
    for (size_t i = 0; i < u->binaries->count; i++) {
        bench_json_put_string(w, u->binaries->items[i]);
    }
    bench_json_close_array(w);
    bench_json_put_key(w, "exports");
    bench_json_put_value(w, u->exports);
    bench_json_put_key_string(w, "code_hash", u->code_hash);
    bench_json_put_key_string(w, "file_hash", u->file_hash);
    bench_json_put_key_string(w, "test_hash", u->test_hash);
    if (u->performance_hash != NULL) {
        bench_json_put_key_string(w, "performance_hash", u->performance_hash);
    }
    bench_json_put_key_string(w, "measurements_hash", u->measurements_hash);
}

static void put_generation(struct bench_json_writer *w, const struct bench_metadata_update *u)
{
    bench_json_put_key(w, "generation_info");
    bench_json_open_object(w);
    bench_json_put_key_string(w, "generator_tool", "bench");
    bench_json_put_key_string(w, "generator_version", BENCH_VERSION);
    bench_json_put_key_string(w, "source_template", u->data->implementation);
    bench_json_put_key_string(w, "generation_date", u->generation_date);
    bench_json_put_key(w, "generation_config");
    bench_json_open_object(w);
    bench_metadata_put_provenance(w, u);
    bench_json_close_object(w);
    bench_json_close_object(w);
}

/* Where no tests were run, nothing is claimed. Coverage is not measured. */
static void put_validation(struct bench_json_writer *w, const struct bench_metadata_tests *tests)
{
    bool run = tests->time != NULL;
    bench_json_open_object(w);
    bench_json_put_key_bool(w, "accuracy_passed",
                            run && tests->total > 0 && tests->passed == tests->total);
    bench_json_put_key_int(w, "test_cases_total", run ? tests->total : 0);
    bench_json_put_key_int(w, "test_cases_passed", run ? tests->passed : 0);
    bench_json_put_key_string(w, "last_run", tests->time);
    bench_json_put_key(w, "coverage");
    bench_json_open_object(w);
    bench_json_close_object(w);
    bench_json_close_object(w);
}

/* An old entry's member is kept while the code is the same. */
static const struct bench_json *kept(const struct bench_metadata_update *u, const char *key)
{
    return u->old != NULL && !u->code_changed ? bench_json_get(u->old->json, key) : NULL;
}

char *bench_metadata_reference(const struct bench_metadata_update *u,
                               const struct bench_selected_case *c)
{
    const char *name = u->selected->batch == 1 ? c->reference : c->baseline;
    if (name == NULL) {
        return bench_xstrdup(u->selected->batch == 1 ? "flaggems" : "cuda");
    }
    const struct bench_implementation *implementation =
        u->description != NULL ? bench_operator_find(u->description, name) : NULL;
    bool ours = implementation != NULL && implementation->provider == BENCH_PROVIDER_CUDA;
    return bench_xprintf("%s%s", ours ? "bench:" : "", name);
}

double bench_metadata_speedup(const struct bench_metadata_update *u,
                              const struct bench_selected_case *c)
{
    return !c->correct ? NAN : u->selected->batch == 1 ? c->speedup : 1 / c->relative;
}

static void put_baseline(struct bench_json_writer *w, const struct bench_metadata_update *u,
                         const struct bench_selected_case *c, const char *now)
{
    char *reference = bench_metadata_reference(u, c);
    bench_json_open_object(w);
    bench_json_put_key_string(w, "device", u->device != NULL ? u->device : "unknown");
    bench_json_put_key(w, "shape");
    bench_json_open_array(w);
    for (int i = 0; i < c->ndim; i++) {
        bench_json_put_int(w, c->shape[i]);
    }
    bench_json_close_array(w);
    bench_json_put_key_string(w, "dtype", c->dtype_name);
    bench_json_put_key_double(w, "speedup", bench_metadata_speedup(u, c));
    bench_json_put_key_string(w, "memory_overhead", NULL); /* not measured */
    bench_json_put_key_string(w, "reference_impl", reference);
    bench_json_put_key_string(w, "timestamp", u->measured_at != NULL ? u->measured_at : now);
    bench_json_close_object(w);
    free(reference);
}

static void put_baselines(struct bench_json_writer *w, const struct bench_metadata_update *u,
                          const char *now)
{
    bench_json_put_key(w, "performance_baselines");
    bench_json_open_array(w);
    for (size_t i = 0; i < u->op->case_count; i++) {
        const struct bench_selected_case *c = &u->op->cases[i];
        if (!isnan(bench_metadata_speedup(u, c))) {
            put_baseline(w, u, c, now);
        }
    }
    bench_json_close_array(w);
}

static void put_location(struct bench_json_writer *w, const struct bench_metadata_update *u)
{
    bench_json_put_key(w, "code_location");
    bench_json_open_object(w);
    bench_json_put_key_string(w, "file_path", u->file_path);
    bench_json_put_key_int(w, "line_start", u->line_start);
    bench_json_put_key_int(w, "line_end", u->line_end);
    bench_json_put_key_string(w, "commit_hash", u->commit);
    bench_json_close_object(w);
}

/* A member of the old entry whatever changed, or an empty object. */
static void put_object(struct bench_json_writer *w, const struct bench_metadata_update *u,
                       const char *key)
{
    const struct bench_json *v = u->old != NULL ? bench_json_get(u->old->json, key) : NULL;
    bench_json_put_key(w, key);
    if (v != NULL && bench_json_type(v) == BENCH_JSON_OBJECT) {
        bench_json_put_value(w, v);
        return;
    }
    bench_json_open_object(w);
    bench_json_close_object(w);
}

static void put_update(struct bench_json_writer *w, const struct bench_metadata_update *u,
                       const char *now)
{
    const struct bench_json *status = kept(u, "status");
    const struct bench_json *validation = u->tests.time == NULL ? kept(u, "validation_info") : NULL;
    bench_json_put_key(w, u->op_id);
    bench_json_open_object(w);
    bench_json_put_key_string(w, "op_name", u->name);
    bench_json_put_key_string(w, "op_id", u->op_id);
    bench_json_put_key_string(w, "category", u->category);
    bench_json_put_key(w, "status");
    if (status != NULL) {
        bench_json_put_value(w, status);
    } else {
        bench_json_put_string(w, "EXPERIMENTAL");
    }
    put_generation(w, u);
    bench_json_put_key(w, "validation_info");
    if (validation != NULL) {
        bench_json_put_value(w, validation);
    } else {
        put_validation(w, &u->tests);
    }
    put_baselines(w, u, now);
    put_location(w, u);
    put_object(w, u, "hardware_support");
    put_object(w, u, "graduation_tracking");
    bench_json_put_key_string(w, "created_at", u->created_at);
    bench_json_put_key_string(w, "updated_at", now);
    bench_json_close_object(w);
}

static const struct bench_metadata_update *
update_of(const struct bench_json *entry, const struct bench_metadata_update *updates, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (updates[i].old != NULL && updates[i].old->json == entry) {
            return &updates[i];
        }
    }
    return NULL;
}

static void put_ops(struct bench_json_writer *w, const struct bench_metadata *metadata,
                    const struct bench_metadata_update *updates, size_t count, const char *now)
{
    bench_json_put_key(w, "ops");
    bench_json_open_object(w);
    const struct bench_json *first = metadata->ops != NULL ? bench_json_first(metadata->ops) : NULL;
    for (const struct bench_json *v = first; v != NULL; v = bench_json_next(v)) {
        const struct bench_metadata_update *u = update_of(v, updates, count);
        if (u != NULL) {
            put_update(w, u, now);
        } else {
            bench_json_put_key(w, bench_json_key(v));
            bench_json_put_value(w, v);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (updates[i].old == NULL) {
            put_update(w, &updates[i], now);
        }
    }
    bench_json_close_object(w);
}

char *bench_metadata_format(const struct bench_metadata *metadata,
                            const struct bench_metadata_update *updates, size_t count,
                            const char *now)
{
    struct bench_str text;
    struct bench_json_writer w;
    bench_str_init(&text);
    bench_json_writer_init(&w, &text, BENCH_JSON_PYTHON);
    bench_json_open_object(&w);
    const struct bench_json *root = metadata->doc != NULL ? bench_json_root(metadata->doc) : NULL;
    if (root == NULL) {
        bench_json_put_key_string(&w, "version", "1.0");
        bench_json_put_key_string(&w, "last_updated", now);
        put_ops(&w, metadata, updates, count, now);
    }
    for (const struct bench_json *v = root != NULL ? bench_json_first(root) : NULL; v != NULL;
         v = bench_json_next(v)) {
        if (strcmp(bench_json_key(v), "ops") == 0) {
            put_ops(&w, metadata, updates, count, now);
        } else if (strcmp(bench_json_key(v), "last_updated") == 0) {
            bench_json_put_key_string(&w, "last_updated", now);
        } else {
            bench_json_put_key(&w, bench_json_key(v));
            bench_json_put_value(&w, v);
        }
    }
    bench_json_close_object(&w);
    return text.data; /* the caller frees */
}

int bench_uuid4(char out[37], struct bench_err *err)
{
    unsigned char b[16];
    if (getrandom(b, sizeof(b), 0) != (ssize_t)sizeof(b)) {
        return bench_err_set(err, BENCH_ERROR, "no random numbers: %s", strerror(errno));
    }
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40); /* version 4 */
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80); /* variant of RFC 4122 */
    static const char digits[] = "0123456789abcdef";
    char *at = out;
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            *at++ = '-';
        }
        *at++ = digits[b[i] >> 4];
        *at++ = digits[b[i] & 15];
    }
    *at = '\0';
    return BENCH_OK;
}
