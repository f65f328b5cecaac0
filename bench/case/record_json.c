/* Records as lines of the journal, and of a worker's pipe. */
#include <string.h>

#include "bench/case/json_text.h"
#include "bench/case/record_check.h"

static void write_case(const struct bench_record *record, const struct bench_case *c,
                       struct bench_json_writer *w)
{
    bench_json_put_key_int(w, "case", (int64_t)record->case_index);
    bench_json_put_key_int(w, "process", record->process);
    if (record->session > 0)
        bench_json_put_key_int(w, "session", record->session);
    bench_record_write_device(record, w);
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
    bench_json_put_key_double(w, "rel_scale", record->errors.rel_scale);
    bench_json_close_object(w);
}

static void write_checks(const struct bench_record *record, struct bench_json_writer *w)
{
    const struct bench_checks *c = &record->checks;
    if (c->launches == 0 && c->hidden_cases == 0)
        return;
    bench_json_put_key(w, "checks");
    bench_json_open_object(w);
    bench_json_put_key_bool(w, "repeats", c->repeats);
    bench_json_put_key_int(w, "launches", c->launches);
    bench_json_put_key_int(w, "by_checksum", c->by_checksum);
    bench_json_put_key_int(w, "in_full", c->in_full);
    bench_json_put_key_int(w, "input_sets", c->input_sets);
    if (c->sets_at_once == 1)
        bench_json_put_key_int(w, "sets_at_once", c->sets_at_once);
    bench_json_put_key_int(w, "hidden_cases", c->hidden_cases);
    bench_json_close_object(w);
}

static void write_samples(const char *key, const double *samples, size_t count,
                          struct bench_json_writer *w)
{
    bench_json_put_key(w, key);
    bench_json_open_array(w);
    for (size_t i = 0; i < count; i++)
        bench_json_put_double(w, samples[i]);
    bench_json_close_array(w);
}

static void write_rounds(const struct bench_record *record, struct bench_json_writer *w)
{
    bench_json_put_key_double(w, "time_ns", bench_record_time_ns(record));
    bench_json_put_key_double(w, "floor_ns", record->floor_ns);
    bench_json_put_key_double(w, "own_ns", record->own_ns);
    bench_json_put_key_double(w, "floor_low_ns", record->floor_low_ns);
    bench_json_put_key_double(w, "floor_high_ns", record->floor_high_ns);
    bench_json_put_key_double(w, "floor_taken_ns", bench_record_floor_ns(record));
    bench_json_put_key_double(w, "resolution_ns", record->resolution_ns);
    bench_json_put_key_double(w, "alpha", record->alpha);
    bench_json_put_key_string(w, "stopped", record->stopped);
    bench_json_put_key_bool(w, "near_floor", record->near_floor);
    bench_json_put_key_bool(w, "host_synchronises", record->host_synchronises);
    bench_json_put_key_bool(w, "operator_mode", record->operator_mode);
    bench_json_put_key_int(w, "discarded_rounds", (int64_t)record->discarded_rounds);
    bench_json_put_key_bool(w, "throttled", record->throttled);
    bench_json_put_key_double(w, "rounds_host_ns", record->rounds_host_ns);
    bench_json_put_key_double(w, "case_host_ns", record->case_host_ns);
    write_samples("elapsed_ns", record->elapsed_ns, record->round_count, w);
}

static void write_graph(const struct bench_record *record, struct bench_json_writer *w)
{
    if (record->graph_note[0] != '\0')
        bench_json_put_key_string(w, "graph_note", record->graph_note);
    if (record->graph_launches == 0)
        return;
    bench_json_put_key_int(w, "graph_launches", record->graph_launches);
    bench_json_put_key_double(w, "graph_floor_low_ns", record->graph_floor_low_ns);
    bench_json_put_key_double(w, "graph_floor_high_ns", record->graph_floor_high_ns);
    write_samples("graph_elapsed_ns", record->graph_elapsed_ns, record->graph_round_count, w);
}

/* What was measured besides the rounds. */
static void write_estimates(const struct bench_record *record, struct bench_json_writer *w)
{
    if (record->twin_elapsed_ns != NULL)
        write_samples("twin_elapsed_ns", record->twin_elapsed_ns, record->twin_round_count, w);
    if (record->twin_note[0] != '\0')
        bench_json_put_key_string(w, "twin_note", record->twin_note);
    write_graph(record, w);
    if (record->do_bench_ns > 0)
        bench_json_put_key_double(w, "do_bench_ns", record->do_bench_ns);
    if (record->roofline_ns > 0) {
        bench_json_put_key_double(w, "roofline_ns", record->roofline_ns);
        bench_json_put_key_string(w, "roofline_bound", record->roofline_bound);
    }
}

static void write_timing(const struct bench_record *record, struct bench_json_writer *w)
{
    bench_json_put_key_int(w, "rounds", (int64_t)record->round_count);
    if (record->inputs_digest[0] != '\0')
        bench_json_put_key_string(w, "inputs_digest", record->inputs_digest);
    if (record->round_count > 0)
        write_rounds(record, w);
    write_estimates(record, w);
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
            if (record->tuned[i].elapsed_ns != NULL)
                write_samples("elapsed_ns", record->tuned[i].elapsed_ns,
                              record->tuned[i].round_count, w);
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

/* Of a call in Python. */
static void write_python(const struct bench_record *record, struct bench_json_writer *w)
{
    if (record->first_call_ns > 0) {
        bench_json_put_key_double(w, "import_ns", record->import_ns);
        bench_json_put_key_double(w, "first_call_ns", record->first_call_ns);
        bench_json_put_key_double(w, "later_call_ns", record->later_call_ns);
    }
    if (record->notes[0] != '\0')
        bench_json_put_key_string(w, "notes", record->notes);
    if (record->launched[0] == '\0')
        return;
    bench_json_text_put(w, "launched", record->launched);
    bench_json_put_key_int(w, "launches", record->launches);
    if (record->allocated_bytes >= 0)
        bench_json_put_key_int(w, "allocated_bytes", record->allocated_bytes);
    bench_json_put_key_string(w, "proof", record->proof);
    bench_json_put_key_string(w, "proof_why", record->proof_why);
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
    write_checks(record, w);
    write_timing(record, w);
    write_python(record, w);
    write_provenance(record, w);
    bench_json_close_object(w);
}

/* ---- reading ---- */

/* Candidates have their say in most of them (exceptions, notes, what a compiler quotes). */
static int read_text(const struct bench_json *object, const char *key, struct bench_arena *arena,
                     const char **out, struct bench_err *err)
{
    const char *text = NULL;
    int rc = bench_json_get_string(object, key, false, &text, err);
    if (rc == BENCH_OK && text != NULL) {
        char *copy = bench_arena_strdup(arena, text);
        bench_str_disarm(copy);
        *out = copy;
    }
    return rc;
}

static int read_identity(const struct bench_json *o, struct bench_arena *arena,
                         struct bench_record *record, struct bench_err *err)
{
    int64_t index = 0, process = 0, session = 0;
    const char *status = NULL;
    const struct bench_json *roles = NULL;
    int rc;
    if ((rc = bench_record_read_device(o, arena, record, err)) != 0)
        return rc;
    if ((rc = bench_json_get_int(o, "case", true, 0, INT32_MAX, &index, err)) != 0 ||
        (rc = bench_json_get_int(o, "process", false, 0, INT32_MAX, &process, err)) != 0 ||
        (rc = bench_json_get_int(o, "session", false, 0, INT32_MAX, &session, err)) != 0 ||
        (rc = bench_json_get_string(o, "status", true, &status, err)) != 0 ||
        (rc = bench_json_get_array(o, "roles", true, &roles, err)) != 0)
        return rc;
    record->case_index = (size_t)index;
    record->process = (int)process;
    record->session = (int)session;
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

/* *samples stays NULL if there is no such member. */
static int read_samples(const struct bench_json *o, const char *key, struct bench_arena *arena,
                        double **samples, size_t *count, struct bench_err *err)
{
    const struct bench_json *array = NULL;
    int rc = bench_json_get_array(o, key, false, &array, err);
    if (rc != BENCH_OK || array == NULL)
        return rc;
    *samples = bench_arena_alloc(arena, (bench_json_size(array) + 1) * sizeof **samples);
    for (const struct bench_json *v = bench_json_first(array); v; v = bench_json_next(v)) {
        if ((rc = bench_json_expect(v, BENCH_JSON_NUMBER, err)) != 0)
            return rc;
        (*samples)[(*count)++] = bench_json_number(v);
    }
    return BENCH_OK;
}

static int read_tuned(const struct bench_json *o, struct bench_arena *arena,
                      struct bench_record *record, struct bench_err *err)
{
    const struct bench_json *tuned = NULL;
    int rc = bench_json_get_array(o, "tuned", false, &tuned, err);
    if (rc != BENCH_OK || tuned == NULL)
        return rc;
    record->tuned = bench_arena_alloc(arena, (bench_json_size(tuned) + 1) * sizeof *record->tuned);
    for (const struct bench_json *v = bench_json_first(tuned); v; v = bench_json_next(v)) {
        struct bench_tuned *t = &record->tuned[record->tuned_count++];
        t->label = "";
        t->json = "{}";
        if ((rc = read_text(v, "label", arena, &t->label, err)) != 0 ||
            (rc = bench_json_get_double(v, "median_ns", true, &t->median_ns, err)) != 0 ||
            (rc = read_samples(v, "elapsed_ns", arena, &t->elapsed_ns, &t->round_count, err)) != 0)
            return rc;
        bench_json_text_read(v, "variant", arena, &t->json);
    }
    return BENCH_OK;
}

/* Journals of before floors were ranges have one number for them: the range is then up to a whole
 * empty kernel, as for run.json of that time (bench_floor_read). */
static int read_floor(const struct bench_json *o, struct bench_record *record,
                      struct bench_err *err)
{
    int rc = bench_json_get_double(o, "floor_ns", false, &record->floor_ns, err);
    if (rc != BENCH_OK)
        return rc;
    if ((rc = bench_json_get_double(o, "own_ns", false, &record->own_ns, err)) != 0)
        return rc;
    record->floor_low_ns = record->floor_ns;
    record->floor_high_ns = record->floor_ns + record->own_ns;
    if ((rc = bench_json_get_double(o, "floor_low_ns", false, &record->floor_low_ns, err)) != 0)
        return rc;
    if ((rc = bench_json_get_double(o, "floor_high_ns", false, &record->floor_high_ns, err)) != 0)
        return rc;
    record->floor_taken_ns = record->floor_low_ns; /* as those of before it was told had it */
    return bench_json_get_double(o, "floor_taken_ns", false, &record->floor_taken_ns, err);
}

static int read_flags(const struct bench_json *o, struct bench_record *r, struct bench_err *err)
{
    int rc;
    if ((rc = bench_json_get_bool(o, "near_floor", false, &r->near_floor, err)) != 0 ||
        (rc = bench_json_get_bool(o, "host_synchronises", false, &r->host_synchronises, err)) !=
            0 ||
        (rc = bench_json_get_bool(o, "operator_mode", false, &r->operator_mode, err)) != 0)
        return rc;
    return bench_json_get_bool(o, "throttled", false, &r->throttled, err);
}

static int read_timing(const struct bench_json *o, struct bench_arena *arena,
                       struct bench_record *r, struct bench_err *err)
{
    int64_t discarded = 0;
    int rc;
    if ((rc = read_floor(o, r, err)) != 0 || (rc = read_flags(o, r, err)) != 0 ||
        (rc = bench_json_get_double(o, "resolution_ns", false, &r->resolution_ns, err)) != 0 ||
        (rc = bench_json_get_double(o, "alpha", false, &r->alpha, err)) != 0 ||
        (rc = bench_json_get_double(o, "rounds_host_ns", false, &r->rounds_host_ns, err)) != 0 ||
        (rc = bench_json_get_double(o, "case_host_ns", false, &r->case_host_ns, err)) != 0 ||
        (rc = read_text(o, "stopped", arena, &r->stopped, err)) != 0 ||
        (rc = bench_json_get_int(o, "discarded_rounds", false, 0, INT32_MAX, &discarded, err)) !=
            0 ||
        (rc = bench_json_get_double(o, "clock_median_mhz", false, &r->clock_median_mhz, err)) !=
            0 ||
        (rc = bench_json_get_double(o, "clock_min_mhz", false, &r->clock_min_mhz, err)) != 0 ||
        (rc = read_text(o, "inputs_digest", arena, &r->inputs_digest, err)) != 0 ||
        (rc = read_samples(o, "elapsed_ns", arena, &r->elapsed_ns, &r->round_count, err)) != 0)
        return rc;
    r->discarded_rounds = (size_t)discarded;
    return read_tuned(o, arena, r, err);
}

static int read_estimates(const struct bench_json *o, struct bench_arena *arena,
                          struct bench_record *r, struct bench_err *err)
{
    int64_t launches = 0;
    int rc;
    if ((rc = read_samples(o, "twin_elapsed_ns", arena, &r->twin_elapsed_ns, &r->twin_round_count,
                           err)) != 0 ||
        (rc = read_text(o, "twin_note", arena, &r->twin_note, err)) != 0 ||
        (rc = read_text(o, "graph_note", arena, &r->graph_note, err)) != 0 ||
        (rc = bench_json_get_int(o, "graph_launches", false, 0, INT32_MAX, &launches, err)) != 0 ||
        (rc = bench_json_get_double(o, "graph_floor_low_ns", false, &r->graph_floor_low_ns, err)) !=
            0 ||
        (rc = bench_json_get_double(o, "graph_floor_high_ns", false, &r->graph_floor_high_ns,
                                    err)) != 0 ||
        (rc = read_samples(o, "graph_elapsed_ns", arena, &r->graph_elapsed_ns,
                           &r->graph_round_count, err)) != 0 ||
        (rc = bench_json_get_double(o, "do_bench_ns", false, &r->do_bench_ns, err)) != 0 ||
        (rc = bench_json_get_double(o, "roofline_ns", false, &r->roofline_ns, err)) != 0)
        return rc;
    r->graph_launches = (int)launches;
    return read_text(o, "roofline_bound", arena, &r->roofline_bound, err);
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
    if ((rc = bench_json_get_double(errors, "rel_l2", true, &e->rel_l2, err)) != 0)
        return rc;
    e->rel_scale = e->rel_l2; /* journals of before it was told apart */
    return bench_json_get_double(errors, "rel_scale", false, &e->rel_scale, err);
}

static int read_checks(const struct bench_json *o, struct bench_checks *c, struct bench_err *err)
{
    const struct bench_json *checks = NULL;
    int rc = bench_json_get_object(o, "checks", false, &checks, err);
    if (rc != BENCH_OK || checks == NULL)
        return rc;
    if ((rc = bench_json_get_bool(checks, "repeats", true, &c->repeats, err)) != 0 ||
        (rc = bench_json_get_int(checks, "launches", true, 0, INT64_MAX, &c->launches, err)) != 0 ||
        (rc = bench_json_get_int(checks, "by_checksum", true, 0, INT64_MAX, &c->by_checksum,
                                 err)) != 0 ||
        (rc = bench_json_get_int(checks, "in_full", true, 0, INT64_MAX, &c->in_full, err)) != 0 ||
        (rc = bench_json_get_int(checks, "input_sets", true, 0, INT64_MAX, &c->input_sets, err)) !=
            0 ||
        (rc = bench_json_get_int(checks, "sets_at_once", false, 0, INT64_MAX, &c->sets_at_once,
                                 err)) != 0)
        return rc;
    return bench_json_get_int(checks, "hidden_cases", true, 0, INT64_MAX, &c->hidden_cases, err);
}

static int read_python(const struct bench_json *o, struct bench_arena *arena,
                       struct bench_record *r, struct bench_err *err)
{
    int rc;
    bench_json_text_read(o, "launched", arena, &r->launched);
    if ((rc = bench_json_get_int(o, "launches", false, 0, INT64_MAX, &r->launches, err)) != 0 ||
        (rc = bench_json_get_int(o, "allocated_bytes", false, -1, INT64_MAX, &r->allocated_bytes,
                                 err)) != 0 ||
        (rc = read_text(o, "proof", arena, &r->proof, err)) != 0 ||
        (rc = read_text(o, "proof_why", arena, &r->proof_why, err)) != 0 ||
        (rc = read_text(o, "notes", arena, &r->notes, err)) != 0 ||
        (rc = bench_json_get_double(o, "import_ns", false, &r->import_ns, err)) != 0 ||
        (rc = bench_json_get_double(o, "first_call_ns", false, &r->first_call_ns, err)) != 0)
        return rc;
    return bench_json_get_double(o, "later_call_ns", false, &r->later_call_ns, err);
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
        (rc = read_errors(o, record, err)) != 0 ||
        (rc = read_checks(o, &record->checks, err)) != 0 ||
        (rc = read_timing(o, arena, record, err)) != 0 ||
        (rc = read_estimates(o, arena, record, err)) != 0 ||
        (rc = read_python(o, arena, record, err)) != 0)
        return rc;
    bench_json_text_read(o, "variant", arena, &record->variant_json);
    rc = read_provenance(o, arena, record, err);
    return rc == BENCH_OK ? bench_record_check(o, record, err) : rc;
}
