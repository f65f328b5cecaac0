/* Records as lines of the journal, and of a worker's pipe. */
#include <string.h>

#include "bench/run/json_text.h"
#include "bench/run/record.h"

static void write_case(const struct bench_record *record, const struct bench_case *c,
                       struct bench_json_writer *w)
{
    bench_json_put_key_int(w, "case", (int64_t)record->case_index);
    bench_json_put_key_string(w, "key", c->key);
    bench_json_put_key_string(w, "operator", c->op->name);
    bench_json_put_key_string(w, "dtype", bench_dtype_name(c->dtype));
    bench_json_put_key(w, "shape");
    bench_json_open_array(w);
    for (int i = 0; i < c->ndim; i++)
        bench_json_put_int(w, c->shape[i]);
    bench_json_close_array(w);
}

static void write_verification(const struct bench_record *record, struct bench_json_writer *w)
{
    bench_json_put_key_bool(w, "verified", record->verified);
    if (!record->verified)
        return;
    bench_json_put_key(w, "errors");
    bench_json_open_object(w);
    bench_json_put_key_int(w, "elements", record->errors.elements);
    bench_json_put_key_double(w, "max_abs", record->errors.max_abs);
    bench_json_put_key_double(w, "max_ratio", record->errors.max_ratio);
    bench_json_put_key_double(w, "rel_l2", record->errors.rel_l2);
    bench_json_close_object(w);
}

static void write_timing(const struct bench_record *record, struct bench_json_writer *w)
{
    bench_json_put_key_int(w, "rounds", (int64_t)record->round_count);
    if (record->inputs_digest[0] != '\0')
        bench_json_put_key_string(w, "inputs_digest", record->inputs_digest);
    if (record->round_count > 0) {
        bench_json_put_key_double(w, "time_ns", bench_record_time_ns(record));
        bench_json_put_key_double(w, "floor_ns", record->floor_ns);
        bench_json_put_key_double(w, "own_ns", record->own_ns);
        bench_json_put_key_bool(w, "near_floor", record->near_floor);
        bench_json_put_key_bool(w, "host_synchronises", record->host_synchronises);
        bench_json_put_key(w, "elapsed_ns");
        bench_json_open_array(w);
        for (size_t i = 0; i < record->round_count; i++)
            bench_json_put_double(w, record->elapsed_ns[i]);
        bench_json_close_array(w);
    }
    if (record->clock_median_mhz > 0) {
        bench_json_put_key_double(w, "clock_median_mhz", record->clock_median_mhz);
        bench_json_put_key_double(w, "clock_min_mhz", record->clock_min_mhz);
    }
    if (record->tuned_count > 0) {
        bench_json_put_key(w, "tuned");
        bench_json_open_array(w);
        for (size_t i = 0; i < record->tuned_count; i++) {
            bench_json_open_object(w);
            bench_json_put_key_string(w, "label", record->tuned[i].label);
            bench_json_text_put(w, "variant", record->tuned[i].json);
            bench_json_put_key_double(w, "median_ns", record->tuned[i].median_ns);
            bench_json_close_object(w);
        }
        bench_json_close_array(w);
    }
}

static void write_provenance(const struct bench_record *record, struct bench_json_writer *w)
{
    if (record->library[0] != '\0')
        bench_json_put_key_string(w, "library", record->library);
    if (record->source_hash[0] != '\0')
        bench_json_put_key_string(w, "source_hash", record->source_hash);
    if (record->binary_hash[0] != '\0')
        bench_json_put_key_string(w, "binary_hash", record->binary_hash);
    if (record->registers >= 0) {
        bench_json_put_key_int(w, "registers", record->registers);
        bench_json_put_key_int(w, "shared_bytes", (int64_t)record->shared_bytes);
        bench_json_put_key_int(w, "spill_bytes", (int64_t)record->spill_bytes);
    }
}

void bench_record_write(const struct bench_record *record, const struct bench_case *c,
                        struct bench_json_writer *w)
{
    bench_json_open_object(w);
    write_case(record, c, w);
    bench_json_text_put(w, "params", c->params_json);
    bench_json_put_key(w, "roles");
    bench_json_open_array(w);
    for (int r = 0; r < BENCH_ROLE_COUNT; r++)
        if (record->roles & 1u << r)
            bench_json_put_string(w, bench_role_name((enum bench_role)r));
    bench_json_close_array(w);
    bench_json_put_key_string(w, "implementation", record->implementation);
    bench_json_put_key_string(w, "status", bench_status_name(record->status));
    bench_json_put_key_string(w, "reason", record->reason);
    if (record->passed_over[0] != '\0')
        bench_json_put_key_string(w, "passed_over", record->passed_over);
    bench_json_put_key_string(w, "variant_label", record->variant);
    bench_json_text_put(w, "variant", record->variant_json);
    write_verification(record, w);
    write_timing(record, w);
    write_provenance(record, w);
    bench_json_close_object(w);
}

/* ---- reading ---- */

static int read_text(const struct bench_json *object, const char *key, struct bench_arena *arena,
                     const char **out, struct bench_err *err)
{
    const char *text = NULL;
    int rc = bench_json_get_string(object, key, false, &text, err);
    if (rc == BENCH_OK && text != NULL)
        *out = bench_arena_strdup(arena, text);
    return rc;
}

static int read_identity(const struct bench_json *o, struct bench_arena *arena,
                         struct bench_record *record, struct bench_err *err)
{
    int64_t index = 0;
    const char *status = NULL;
    const struct bench_json *roles = NULL;
    int rc;
    if ((rc = bench_json_get_int(o, "case", true, 0, INT32_MAX, &index, err)) != 0 ||
        (rc = bench_json_get_string(o, "status", true, &status, err)) != 0 ||
        (rc = bench_json_get_array(o, "roles", true, &roles, err)) != 0)
        return rc;
    record->case_index = (size_t)index;
    if (bench_status_parse(status, &record->status) != BENCH_OK)
        return bench_json_error(bench_json_get(o, "status"), err, "unknown status '%s'", status);
    for (const struct bench_json *r = bench_json_first(roles); r; r = bench_json_next(r)) {
        if ((rc = bench_json_expect(r, BENCH_JSON_STRING, err)) != 0)
            return rc;
        for (int i = 0; i < BENCH_ROLE_COUNT; i++)
            if (strcmp(bench_json_string(r), bench_role_name((enum bench_role)i)) == 0)
                record->roles |= 1u << i;
    }
    const struct bench_json *name = bench_json_get(o, "implementation");
    if (name != NULL && bench_json_type(name) == BENCH_JSON_STRING)
        record->implementation = bench_arena_strdup(arena, bench_json_string(name));
    return BENCH_OK;
}

static int read_timing(const struct bench_json *o, struct bench_arena *arena,
                       struct bench_record *record, struct bench_err *err)
{
    const struct bench_json *elapsed = NULL, *tuned = NULL;
    int rc;
    if ((rc = bench_json_get_double(o, "floor_ns", false, &record->floor_ns, err)) != 0 ||
        (rc = bench_json_get_double(o, "own_ns", false, &record->own_ns, err)) != 0 ||
        (rc = bench_json_get_bool(o, "near_floor", false, &record->near_floor, err)) != 0 ||
        (rc = bench_json_get_bool(o, "host_synchronises", false, &record->host_synchronises,
                                  err)) != 0 ||
        (rc = bench_json_get_double(o, "clock_median_mhz", false, &record->clock_median_mhz,
                                    err)) != 0 ||
        (rc = bench_json_get_double(o, "clock_min_mhz", false, &record->clock_min_mhz, err)) != 0 ||
        (rc = read_text(o, "inputs_digest", arena, &record->inputs_digest, err)) != 0 ||
        (rc = bench_json_get_array(o, "elapsed_ns", false, &elapsed, err)) != 0 ||
        (rc = bench_json_get_array(o, "tuned", false, &tuned, err)) != 0)
        return rc;
    size_t count = elapsed ? bench_json_size(elapsed) : 0;
    record->elapsed_ns = bench_arena_alloc(arena, (count + 1) * sizeof(double));
    for (const struct bench_json *v = elapsed ? bench_json_first(elapsed) : NULL; v;
         v = bench_json_next(v)) {
        if ((rc = bench_json_expect(v, BENCH_JSON_NUMBER, err)) != 0)
            return rc;
        record->elapsed_ns[record->round_count++] = bench_json_number(v);
    }
    count = tuned ? bench_json_size(tuned) : 0;
    record->tuned = bench_arena_alloc(arena, (count + 1) * sizeof *record->tuned);
    for (const struct bench_json *v = tuned ? bench_json_first(tuned) : NULL; v;
         v = bench_json_next(v)) {
        struct bench_tuned *t = &record->tuned[record->tuned_count++];
        t->label = "";
        t->json = "{}";
        if ((rc = read_text(v, "label", arena, &t->label, err)) != 0 ||
            (rc = bench_json_get_double(v, "median_ns", true, &t->median_ns, err)) != 0)
            return rc;
        bench_json_text_read(v, "variant", arena, &t->json);
    }
    return BENCH_OK;
}

static int read_errors(const struct bench_json *o, struct bench_record *record,
                       struct bench_err *err)
{
    const struct bench_json *errors = NULL;
    int rc;
    if ((rc = bench_json_get_bool(o, "verified", false, &record->verified, err)) != 0 ||
        (rc = bench_json_get_object(o, "errors", false, &errors, err)) != 0 || errors == NULL)
        return rc;
    struct bench_errors *e = &record->errors;
    if ((rc = bench_json_get_int(errors, "elements", true, 0, INT64_MAX, &e->elements, err)) != 0 ||
        (rc = bench_json_get_double(errors, "max_abs", true, &e->max_abs, err)) != 0 ||
        (rc = bench_json_get_double(errors, "max_ratio", true, &e->max_ratio, err)) != 0)
        return rc;
    return bench_json_get_double(errors, "rel_l2", true, &e->rel_l2, err);
}

static int read_provenance(const struct bench_json *o, struct bench_arena *arena,
                           struct bench_record *record, struct bench_err *err)
{
    int64_t registers = -1, shared = 0, spills = 0;
    int rc;
    if ((rc = read_text(o, "library", arena, &record->library, err)) != 0 ||
        (rc = read_text(o, "source_hash", arena, &record->source_hash, err)) != 0 ||
        (rc = read_text(o, "binary_hash", arena, &record->binary_hash, err)) != 0 ||
        (rc = bench_json_get_int(o, "registers", false, -1, INT32_MAX, &registers, err)) != 0 ||
        (rc = bench_json_get_int(o, "shared_bytes", false, 0, INT64_MAX, &shared, err)) != 0 ||
        (rc = bench_json_get_int(o, "spill_bytes", false, 0, INT64_MAX, &spills, err)) != 0)
        return rc;
    record->registers = (int)registers;
    record->shared_bytes = (size_t)shared;
    record->spill_bytes = (size_t)spills;
    return BENCH_OK;
}

int bench_record_read(const struct bench_json *o, struct bench_arena *arena,
                      struct bench_record *record, struct bench_err *err)
{
    bench_record_init(record);
    int rc = bench_json_expect(o, BENCH_JSON_OBJECT, err);
    if (rc != BENCH_OK || (rc = read_identity(o, arena, record, err)) != 0 ||
        (rc = read_text(o, "reason", arena, &record->reason, err)) != 0 ||
        (rc = read_text(o, "passed_over", arena, &record->passed_over, err)) != 0 ||
        (rc = read_text(o, "variant_label", arena, &record->variant, err)) != 0 ||
        (rc = read_errors(o, record, err)) != 0 || (rc = read_timing(o, arena, record, err)) != 0)
        return rc;
    bench_json_text_read(o, "variant", arena, &record->variant_json);
    return read_provenance(o, arena, record, err);
}
