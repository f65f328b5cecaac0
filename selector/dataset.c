/* Files and operators; dataset_case.c reads the cases. */
#include "selector/dataset.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/file.h"
#include "selector/dataset_impl.h"
#include "selector/names.h"
#include "selector/record.h"

/* As much as the rest of bench reads. */
#define FILE_MAX ((size_t)1 << 30)

const char *bench_dataset_time_key(enum bench_dataset_kind kind)
{
    return kind == BENCH_DATASET_YOUR ? "your_time" : "flaggems_time";
}

const char *bench_dataset_condition_key(enum bench_dataset_condition condition)
{
    return condition == BENCH_DATASET_MODE ? "mode" : "cache";
}

/* An optional string of the operator. */
static const char *read_string(struct bench_dataset_reader *r, const struct bench_json *object,
                               const char *key)
{
    const struct bench_json *v = bench_json_get(object, key);
    if (!v || bench_json_type(v) == BENCH_JSON_NULL)
        return NULL;
    if (bench_json_type(v) == BENCH_JSON_STRING)
        return bench_json_string(v);
    bench_dataset_wrong(r, "type", v, "a string");
    return NULL;
}

static const char *read_role(struct bench_dataset_reader *r, const struct bench_json *failure)
{
    static const char *const roles[] = {"candidate", "reference", "baseline"};
    const struct bench_json *at = bench_json_get(failure, "role");
    if (!at) {
        bench_faults_report(r->faults, BENCH_FAULT_ERROR, "missing-field", failure,
                            "the key 'role' is missing");
        return NULL;
    }
    const char *role = read_string(r, failure, "role");
    for (size_t i = 0; i < 3 && role; i++)
        if (strcmp(role, roles[i]) == 0)
            return roles[i];
    if (role)
        bench_dataset_unknown_word(r, "role", at, "candidate, reference or baseline");
    return NULL;
}

static void read_failure(struct bench_dataset_reader *r, struct bench_dataset_op *op,
                         const struct bench_json *json)
{
    if (bench_json_type(json) != BENCH_JSON_OBJECT) {
        bench_dataset_wrong(r, "type", json, "an object");
        return;
    }
    bench_dataset_check_keys(r, json);
    struct bench_dataset_identity identity =
        bench_dataset_identify(r, json, bench_json_get(json, "shape"),
                               bench_json_get(json, "dtype"), bench_json_get(json, "params"), 0);
    const char *role = read_role(r, json);
    const char *status = read_string(r, json, "status");
    const char *reason = read_string(r, json, "reason");
    if (!identity.key || !role)
        return;

    struct bench_arena *arena = r->set->arena;
    const char *text = "no reason is given";
    if (status && reason)
        text = bench_arena_printf(arena, "%s: %s", status, reason);
    else if (status || reason)
        text = status ? status : reason;
    op->failures[op->failure_count++] =
        (struct bench_dataset_failure){.json = json,
                                       .role = role,
                                       .status = status ? status : "",
                                       .key = identity.key,
                                       .label = bench_dataset_label(arena, identity.key),
                                       .reason = text};
}

static void read_failures(struct bench_dataset_reader *r, struct bench_dataset_op *op)
{
    const struct bench_json *failed = bench_json_get(op->json, "failed");
    if (!failed)
        return;
    if (bench_json_type(failed) != BENCH_JSON_ARRAY) {
        bench_dataset_wrong(r, "type", failed, "an array");
        return;
    }
    op->failures =
        bench_arena_alloc(r->set->arena, bench_json_size(failed) * sizeof(*op->failures));
    for (const struct bench_json *f = bench_json_first(failed); f; f = bench_json_next(f))
        read_failure(r, op, f);
}

static struct bench_dataset_op *add_op(struct bench_dataset_reader *r)
{
    struct bench_dataset *set = r->set;
    if (set->op_count == r->op_cap) {
        r->op_cap = r->op_cap ? r->op_cap * 2 : 64;
        set->ops = bench_xrealloc(set->ops, r->op_cap * sizeof(*set->ops));
    }
    struct bench_dataset_op *op = &set->ops[set->op_count++];
    *op = (struct bench_dataset_op){0};
    return op;
}

/* Takes note of the name; false if the operator's cases must not be mixed with what is there. */
static bool check_name(struct bench_dataset_reader *r, const struct bench_json *json,
                       const char *name)
{
    if (!name) {
        bench_faults_report(
            r->faults, BENCH_FAULT_ERROR, "operator-name", json,
            "'%s' is no operator name (letters, digits and underscores, with '.' or "
            "'::' between parts)",
            bench_json_key(json));
        return false;
    }
    size_t other = bench_index_add(r->op_names, name, r->named_count);
    if (other == BENCH_INDEX_NONE) {
        r->named[r->named_count++] = json;
        return true;
    }
    const struct bench_json *first = r->named[other];
    size_t line;
    size_t column;
    bench_json_place(first, &line, &column);
    bench_faults_report(r->faults, BENCH_FAULT_ERROR, "duplicate-operator", json,
                        "the operator '%s' is there twice: also '%s' at line %zu; remove one", name,
                        bench_json_key(first), line);
    return false;
}

static void read_conditions(struct bench_dataset_reader *r, struct bench_dataset_op *op)
{
    for (int i = 0; i < BENCH_DATASET_CONDITIONS; i++) {
        const char *key = bench_dataset_condition_key((enum bench_dataset_condition)i);
        if (read_string(r, op->json, key))
            op->conditions[i] = bench_json_get(op->json, key);
    }
}

void bench_dataset_read_mode(struct bench_dataset_reader *r, struct bench_dataset_op *op,
                             const struct bench_json *v)
{
    static const char *const modes[] = {"kernel", "operator", "wrapper"};
    const struct bench_json **told = &op->conditions[BENCH_DATASET_MODE];
    bool is_mode = false;
    for (size_t i = 0; i < 3 && v && bench_json_type(v) == BENCH_JSON_STRING; i++)
        is_mode = is_mode || strcmp(bench_json_string(v), modes[i]) == 0;
    if (!is_mode)
        return;
    if (!*told)
        *told = v;
    else if (strcmp(bench_json_string(v), bench_json_string(*told)) != 0)
        bench_faults_report(r->faults, BENCH_FAULT_ERROR, "mode", v,
                            "this case was measured with mode '%s', but others of '%s' with '%s'; "
                            "such times cannot be compared: measure all in one mode",
                            bench_json_string(v), op->name, bench_json_string(*told));
}

/* A number, or null where the run does not know it. */
static void check_noise_floor(struct bench_dataset_reader *r, const struct bench_json *op)
{
    const struct bench_json *v = bench_json_get(op, "noise_floor");
    if (!v || bench_json_type(v) == BENCH_JSON_NULL)
        return;
    double floor = bench_json_type(v) == BENCH_JSON_NUMBER ? bench_json_number(v) : -1;
    if (!(floor >= 0)) /* Infinity is reported for the whole file */
        bench_dataset_wrong(r, bench_json_type(v) == BENCH_JSON_NUMBER ? "noise-floor" : "type", v,
                            "a number of 0 or more, or null");
}

static void read_op(struct bench_dataset_reader *r, const struct bench_json *json)
{
    const char *name = bench_operator_normalise(bench_json_key(json));
    bool named = check_name(r, json, name);
    if (bench_json_type(json) != BENCH_JSON_OBJECT) {
        bench_dataset_wrong(r, "type", json,
                            "an object with \"configs\" (the root maps operator names to their "
                            "data and holds nothing else)");
        return;
    }
    bench_dataset_check_keys(r, json);

    struct bench_dataset_op *op = add_op(r);
    op->json = json;
    /* What cannot be counted is still checked, under a name that no other operator has. */
    op->name = named ? name
                     : bench_arena_printf(r->set->arena, "%s (operator %zu)", bench_json_key(json),
                                          r->set->op_count);
    op->device = read_string(r, json, "device");
    op->device_kind = read_string(r, json, "device_kind");
    op->run = read_string(r, json, "run");
    op->baseline_unavailable = read_string(r, json, "baseline_unavailable");
    op->reference_unavailable = read_string(r, json, "reference_unavailable");
    read_string(r, json, "description_file");
    check_noise_floor(r, json);
    read_conditions(r, op);
    op->first_case = r->set->case_count;
    read_failures(r, op);
    bench_dataset_read_decisions(r, op);
    bench_dataset_read_configs(r, r->set->op_count - 1);
}

static void read_root(struct bench_dataset_reader *r)
{
    const struct bench_json *root = bench_json_root(r->set->doc);
    if (bench_json_type(root) != BENCH_JSON_OBJECT) {
        bench_dataset_wrong(r, "type", root,
                            "an object that maps operator names to {\"configs\": [...]}");
        r->set->broken = true;
        return;
    }
    r->named = bench_xcalloc(bench_json_size(root) + 1, sizeof(const struct bench_json *));
    for (const struct bench_json *op = bench_json_first(root); op; op = bench_json_next(op))
        read_op(r, op);
}

/* A number that no double can hold, as it is written: "1e999". */
static void report_overflow(const struct bench_json *v, struct bench_faults *faults)
{
    struct bench_str text;
    struct bench_json_writer w;
    bench_str_init(&text);
    bench_json_writer_init(&w, &text, BENCH_JSON_COMPACT);
    bench_json_put_value(&w, v);
    bench_faults_found(faults, "not-finite", v, text.data,
                       "a number (at most 1.797e308: readers take larger ones for Infinity)");
    bench_str_fini(&text);
}

/* NaN and Infinity anywhere: other readers would refuse the whole file. */
static void report_nonfinite(const struct bench_json_doc *doc, struct bench_faults *faults)
{
    for (size_t i = 0; i < bench_json_nonfinite_count(doc); i++) {
        const struct bench_json *v = bench_json_nonfinite(doc, i);
        double n = bench_json_number(v);
        if (bench_json_is_overflow(v))
            report_overflow(v, faults);
        else
            bench_faults_found(
                faults, "not-finite", v,
                isnan(n) ? "NaN"
                : n < 0  ? "-Infinity"
                         : "Infinity",
                "a number (NaN and Infinity are no JSON: write null, or leave it out)");
    }
}

static void reader_init(struct bench_dataset_reader *r, struct bench_dataset *set,
                        struct bench_faults *faults)
{
    *r = (struct bench_dataset_reader){
        .set = set, .faults = faults, .op_names = bench_index_new(), .keys = bench_index_new()};
    bench_str_init(&r->key);
}

static void reader_fini(struct bench_dataset_reader *r)
{
    bench_str_fini(&r->key);
    bench_index_free(r->op_names);
    bench_index_free(r->keys);
    free(r->named);
    free(r->seen);
    free(r->dims);
}

/* Behind room for what was declined. */
static void place_skimmed(struct bench_dataset_reader *r)
{
    struct bench_dataset *set = r->set;
    size_t count = r->skimmed_count + r->declined;
    if (count > r->case_cap) {
        struct bench_dataset_case *cases = bench_xmalloc_large(count * sizeof(*cases));
        if (r->skimmed_count)
            memcpy(cases + r->declined, set->cases, r->skimmed_count * sizeof(*cases));
        free(set->cases);
        set->cases = cases;
        r->case_cap = count;
    } else if (r->declined && r->skimmed_count) {
        memmove(set->cases + r->declined, set->cases, r->skimmed_count * sizeof(*set->cases));
    }
    r->skimmed_next = r->declined;
}

static void read_document(struct bench_dataset_reader *r)
{
    struct bench_dataset *set = r->set;
    place_skimmed(r);
    report_nonfinite(set->doc, r->faults);
    read_root(r);
    for (size_t i = 0; i < r->dtype_count && i < BENCH_DATASET_SPELLINGS; i++)
        set->spellings[i] = r->dtypes[i].written;
}

static void take_record(struct bench_dataset *set, const char *form)
{
    set->doc = set->record->doc;
    set->form =
        bench_arena_printf(set->arena, "record of FlagGems (%s, %zu %s)", form,
                           set->record->results, set->record->results == 1 ? "result" : "results");
}

static void read_log(struct bench_dataset *set, const char *path, const char *text, size_t length,
                     struct bench_faults *faults)
{
    set->record = bench_xcalloc(1, sizeof(*set->record));
    bench_record_read_log(set->record, path, text, length, set->kind, faults);
    take_record(set, "log");
}

static void read_json_record(struct bench_dataset *set, struct bench_faults *faults)
{
    set->record = bench_xcalloc(1, sizeof(*set->record));
    bench_record_read_json(set->record, set->doc, set->kind, faults);
    take_record(set, "JSON");
}

/* Takes the text. */
static void read_text(struct bench_dataset *set, const char *path, char *text, size_t length,
                      bool whole, struct bench_faults *faults)
{
    struct bench_dataset_reader r;
    reader_init(&r, set, faults);
    r.text = text;
    r.text_end = text + length;
    if (bench_record_is_log(text, length)) {
        read_log(set, path, text, length, faults);
        free(text);
    } else {
        /* {"gelu": {"configs": [{...}]}} */
        const struct bench_json_skim skim = {3, bench_dataset_skim, &r};
        const struct bench_json_part part = {.nonfinite = true, .skim = whole ? NULL : &skim};
        struct bench_err err;
        if (bench_json_take(path, text, length, &part, &set->doc, &err) != BENCH_OK)
            bench_faults_report(faults, BENCH_FAULT_ERROR, "json", NULL, "%s", err.message);
        else if (bench_record_is_json(bench_json_root(set->doc)))
            read_json_record(set, faults);
    }
    if (set->doc)
        read_document(&r);
    set->broken = set->broken || !set->doc;
    reader_fini(&r);
}

static struct bench_dataset *take(const char *name, char *text, size_t length,
                                  enum bench_dataset_kind kind, bool whole,
                                  struct bench_faults *faults)
{
    struct bench_dataset *set = bench_xcalloc(1, sizeof(*set));
    set->kind = kind;
    set->arena = bench_arena_new();
    set->form = "performance data";
    read_text(set, name, text, length, whole, faults);
    return set;
}

struct bench_dataset *bench_dataset_take(const char *name, char *text, size_t length,
                                         enum bench_dataset_kind kind, struct bench_faults *faults)
{
    return take(name, text, length, kind, false, faults);
}

static int load(const char *path, enum bench_dataset_kind kind, bool whole,
                struct bench_faults *faults, struct bench_dataset **dataset, struct bench_err *err)
{
    if (bench_file_is_dir(path))
        return bench_err_set(
            err, BENCH_EINPUT,
            "%s: is a folder, expected a file of performance data (the folder of a "
            "run is named without an option)",
            path);
    char *text;
    size_t length;
    int rc = bench_file_read(path, FILE_MAX, &text, &length, err);
    if (rc != BENCH_OK)
        return rc;

    *dataset = take(path, text, length, kind, whole, faults);
    return BENCH_OK;
}

int bench_dataset_load(const char *path, enum bench_dataset_kind kind, struct bench_faults *faults,
                       struct bench_dataset **dataset, struct bench_err *err)
{
    return load(path, kind, false, faults, dataset, err);
}

int bench_dataset_load_whole(const char *path, enum bench_dataset_kind kind,
                             struct bench_faults *faults, struct bench_dataset **dataset,
                             struct bench_err *err)
{
    return load(path, kind, true, faults, dataset, err);
}

void bench_dataset_free(struct bench_dataset *dataset)
{
    if (!dataset)
        return;
    free(dataset->ops);
    free(dataset->cases);
    bench_arena_free(dataset->arena);
    if (dataset->record)
        bench_record_fini(dataset->record);
    else
        bench_json_free(dataset->doc);
    free(dataset->record);
    free(dataset);
}

char *bench_dataset_case_label(const struct bench_dataset_case *c)
{
    struct bench_arena *arena = bench_arena_new();
    char *label = bench_xstrdup(bench_dataset_label(arena, c->key));
    bench_arena_free(arena);
    return label;
}

const struct bench_json *bench_dataset_case_extra(const struct bench_dataset_case *c,
                                                  const char *key)
{
    return c->plain ? NULL : bench_json_get(c->json, key);
}

const char *bench_dataset_case_written_dtype(const struct bench_dataset *set,
                                             const struct bench_dataset_case *c)
{
    return c->plain ? set->spellings[c->spelling]
                    : bench_json_string(bench_json_get(c->json, "dtype"));
}

size_t bench_dataset_failures(const struct bench_dataset_op *op, const char *role)
{
    size_t count = 0;
    for (size_t i = 0; i < op->failure_count; i++)
        count += strcmp(op->failures[i].role, role) == 0;
    return count;
}
