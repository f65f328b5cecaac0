/* Reading one case: each of its values is checked, whatever is wrong with the others. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "selector/dataset_impl.h"

/* Larger objects are looked through with a hash table. */
#define FEW_KEYS 24

static void report_duplicate(struct bench_dataset_reader *r, const struct bench_json *member)
{
    bench_faults_report(r->faults, BENCH_FAULT_ERROR, "duplicate-key", member,
                        "the key '%s' is there twice; remove one", bench_json_key(member));
}

void bench_dataset_check_keys(struct bench_dataset_reader *r, const struct bench_json *object)
{
    const struct bench_json *m = bench_json_first(object);
    if (bench_json_size(object) <= FEW_KEYS) {
        for (; m; m = bench_json_next(m))
            if (bench_json_get(object, bench_json_key(m)) != m)
                report_duplicate(r, m);
        return;
    }
    struct bench_index *seen = bench_index_new();
    for (; m; m = bench_json_next(m))
        if (bench_index_add(seen, bench_json_key(m), 0) != BENCH_INDEX_NONE)
            report_duplicate(r, m);
    bench_index_free(seen);
}

void bench_dataset_wrong(struct bench_dataset_reader *r, const char *code,
                         const struct bench_json *v, const char *expected)
{
    char *found = NULL;
    if (bench_json_type(v) == BENCH_JSON_STRING)
        found = bench_xprintf("the string '%.80s'", bench_json_string(v));
    else if (bench_json_type(v) == BENCH_JSON_NUMBER)
        found = bench_xprintf("%.17g", bench_json_number(v));
    else
        found = bench_xstrdup(bench_json_type_name(v));
    bench_faults_found(r->faults, code, v, found, expected);
    free(found);
}

void bench_dataset_unknown_word(struct bench_dataset_reader *r, const char *code,
                                const struct bench_json *v, const char *expected)
{
    char *found = bench_xprintf("'%.80s'", bench_json_string(v));
    bench_faults_found(r->faults, code, v, found, expected);
    free(found);
}

/* The members of a case that are looked at; NULL where they are absent. From STATS on, those of
 * which only the type is looked at here. */
enum field {
    SHAPE,
    DTYPE,
    PARAMS,
    YOUR_TIME,
    FLAGGEMS_TIME,
    CUDA_TIME,
    CORRECT,
    NEAR_FLOOR,
    MODE,
    STATS,
    VARIANT,
    SOURCE_HASH,
    IMPLEMENTATION,
    CANDIDATE,
    REFERENCE,
    BASELINE,
    FIELDS
};
struct fields {
    const struct bench_json *object;
    const struct bench_json *at[FIELDS];
};

/* Keys that are there twice are reported. */
static void find_fields(struct bench_dataset_reader *r, const struct bench_json *object,
                        struct fields *f)
{
    static const char *const names[FIELDS] = {"shape",
                                              "dtype",
                                              "params",
                                              "your_time",
                                              "flaggems_time",
                                              "cuda_time",
                                              "correct",
                                              "near_floor",
                                              "mode",
                                              "stats",
                                              "variant",
                                              "source_hash",
                                              "implementation",
                                              "candidate_implementation",
                                              "reference_implementation",
                                              "baseline_implementation"};
    f->object = object;
    if (bench_json_pick(object, names, FIELDS, f->at) > 0)
        bench_dataset_check_keys(r, object);
}

/* Milliseconds; NAN with the fault reported. */
static double check_time(struct bench_dataset_reader *r, const struct bench_json *v)
{
    if (bench_json_type(v) != BENCH_JSON_NUMBER) {
        bench_dataset_wrong(r, "type", v, "a time in milliseconds");
        return NAN;
    }
    double ms = bench_json_number(v);
    if (ms >= BENCH_DATASET_TIME_MIN_MS && ms <= BENCH_DATASET_TIME_MAX_MS)
        return ms;
    if (isfinite(ms) && ms > 0)
        bench_faults_report(r->faults, BENCH_FAULT_ERROR, "time", v,
                            "found %.17g, which no kernel takes; times are in milliseconds", ms);
    else if (isfinite(ms))
        bench_dataset_wrong(r, "time", v, "a time in milliseconds, greater than 0");
    return NAN; /* NaN and Infinity are reported for the whole file */
}

static double read_time(struct bench_dataset_reader *r, const struct fields *f)
{
    bool your = r->set->kind == BENCH_DATASET_YOUR;
    const struct bench_json *v = f->at[your ? YOUR_TIME : FLAGGEMS_TIME];
    const struct bench_json *other = f->at[your ? FLAGGEMS_TIME : YOUR_TIME];
    if (v)
        return check_time(r, v);
    bench_faults_report(r->faults, BENCH_FAULT_ERROR, "missing-field", f->object,
                        "the key '%s' (a time in milliseconds) is missing%s%s%s",
                        bench_dataset_time_key(r->set->kind), other ? "; it has '" : "",
                        other ? bench_json_key(other) : "",
                        other ? "': are the two files swapped?" : "");
    return NAN;
}

/* True if the data say why this case has no baseline. */
static bool baseline_failed(const struct bench_dataset_op *op, const char *key)
{
    for (size_t i = 0; i < op->failure_count; i++)
        if (strcmp(op->failures[i].role, "baseline") == 0 &&
            (!key || strcmp(op->failures[i].key, key) == 0))
            return true;
    return op->baseline_unavailable != NULL;
}

/* NAN both for a fault (then *good is false) and where there was no baseline. */
static double read_cuda_time(struct bench_dataset_reader *r, const struct bench_dataset_op *op,
                             const struct fields *f, const char *key, bool *good)
{
    const struct bench_json *v = f->at[CUDA_TIME];
    if (v && bench_json_type(v) != BENCH_JSON_NULL) {
        double ms = check_time(r, v);
        *good = *good && !isnan(ms);
        return ms;
    }
    /* Nothing is calculated from the baseline beside the reference. */
    if (r->set->kind == BENCH_DATASET_YOUR && !baseline_failed(op, key)) {
        *good = false;
        bench_faults_report(r->faults, BENCH_FAULT_ERROR, "missing-field", v ? v : f->object,
                            "the key 'cuda_time' (a time in milliseconds) is missing, and the "
                            "operator does not say why in \"baseline_unavailable\"");
    }
    return NAN;
}

static bool read_bool(struct bench_dataset_reader *r, const struct bench_json *v, bool otherwise,
                      bool *good)
{
    if (!v || bench_json_type(v) == BENCH_JSON_NULL)
        return otherwise;
    if (bench_json_type(v) == BENCH_JSON_BOOL)
        return bench_json_bool(v);
    bench_dataset_wrong(r, "type", v, "true or false");
    *good = false;
    return otherwise;
}

/* What later is looked for by name must be what it is called: a wrong type would be taken for its
 * absence, and an interval or an implementation be lost in silence. */
static void check_optional(struct bench_dataset_reader *r, const struct fields *f, bool *good)
{
    for (int i = STATS; i < FIELDS; i++) {
        const struct bench_json *v = f->at[i];
        enum bench_json_type type = v ? bench_json_type(v) : BENCH_JSON_NULL;
        bool object = i == STATS || i == VARIANT, string = i != STATS;
        if (type == BENCH_JSON_NULL || (object && type == BENCH_JSON_OBJECT) ||
            (string && type == BENCH_JSON_STRING))
            continue;
        bench_dataset_wrong(r, "type", v,
                            !object  ? "a string"
                            : string ? "an object or a string"
                                     : "an object");
        *good = false;
    }
}

static bool is_duplicate(struct bench_dataset_reader *r, const struct bench_json *config,
                         const char *key, uint32_t hash)
{
    if (r->seen_count == r->seen_cap) {
        r->seen_cap = r->seen_cap ? r->seen_cap * 2 : 256;
        r->seen = bench_xrealloc(r->seen, r->seen_cap * sizeof(const struct bench_json *));
    }
    r->seen[r->seen_count] = config;
    size_t other = bench_index_add_hashed(r->keys, key, hash, r->seen_count);
    if (other == BENCH_INDEX_NONE) {
        r->seen_count++;
        return false;
    }
    size_t line;
    size_t column;
    bench_json_place(r->seen[other], &line, &column);
    bench_faults_report(r->faults, BENCH_FAULT_ERROR, "duplicate-case", config,
                        "the same shape, dtype and params are there twice: also at line %zu, "
                        "column %zu; remove one",
                        line, column);
    return true;
}

static void add_case(struct bench_dataset_reader *r, const struct bench_dataset_case *c)
{
    struct bench_dataset *set = r->set;
    if (set->case_count == r->case_cap) {
        r->case_cap = r->case_cap ? r->case_cap * 2 : 256;
        set->cases = bench_xrealloc(set->cases, r->case_cap * sizeof(*set->cases));
    }
    set->cases[set->case_count++] = *c;
    set->ops[c->op].case_count++;
    set->plain_count += c->plain;
}

static void read_config(struct bench_dataset_reader *r, size_t op_index,
                        const struct bench_json *config)
{
    struct bench_dataset_op *op = &r->set->ops[op_index];
    if (bench_json_type(config) != BENCH_JSON_OBJECT) {
        bench_dataset_wrong(r, "type", config, "an object");
        return;
    }
    struct fields f;
    find_fields(r, config, &f);

    bool good = true;
    struct bench_dataset_identity id =
        bench_dataset_identify(r, config, f.at[SHAPE], f.at[DTYPE], f.at[PARAMS], 1);
    struct bench_dataset_case c = {.json = config,
                                   .dtype = id.dtype,
                                   .params = id.params,
                                   .key = id.key,
                                   .key_hash = id.key_hash,
                                   .bytes = (float)id.bytes,
                                   .op = (uint32_t)op_index & BENCH_DATASET_OP_MAX};
    c.time_ms = read_time(r, &f);
    c.cuda_ms = read_cuda_time(r, op, &f, id.key, &good);
    c.correct = read_bool(r, f.at[CORRECT], true, &good);
    c.near_floor = read_bool(r, f.at[NEAR_FLOOR], false, &good);
    bench_dataset_read_mode(r, op, f.at[MODE]);
    check_optional(r, &f, &good);
    if (id.key && !is_duplicate(r, config, id.key, id.key_hash) && !isnan(c.time_ms) && good)
        add_case(r, &c);
}

/* What was skimmed has no fault but that it may be there twice. The case moves to where the next
 * belongs, which is never behind where it stands: what is before it was skimmed too, or declined
 * and has its room. Skimmed objects that are no configs are passed over. */
static void take_skimmed(struct bench_dataset_reader *r, size_t op_index,
                         const struct bench_json *config, const char *text)
{
    while (r->set->cases[r->skimmed_next].skimmed != text)
        r->skimmed_next++;
    struct bench_dataset_case c = r->set->cases[r->skimmed_next++];
    if (is_duplicate(r, config, c.key, c.key_hash))
        return;
    c.json = config;
    c.op = (uint32_t)op_index & BENCH_DATASET_OP_MAX;
    add_case(r, &c);
}

void bench_dataset_read_configs(struct bench_dataset_reader *r, size_t op_index)
{
    const struct bench_dataset_op *op = &r->set->ops[op_index];
    const struct bench_json *configs = bench_json_get(op->json, "configs");
    if (!configs) {
        bench_dataset_missing(r, op->json, "configs", "an array of cases");
        return;
    }
    if (bench_json_type(configs) != BENCH_JSON_ARRAY) {
        bench_dataset_wrong(r, "type", configs, "an array of cases");
        return;
    }
    /* Reference data of a run name every operator, also those without a reference. */
    if (bench_json_size(configs) == 0 && op->failure_count == 0 &&
        r->set->kind == BENCH_DATASET_YOUR)
        bench_faults_report(r->faults, BENCH_FAULT_WARNING, "no-cases", configs,
                            "the operator has no cases");
    bench_index_clear(r->keys, bench_json_size(configs));
    r->seen_count = 0;
    for (const struct bench_json *c = bench_json_first(configs); c; c = bench_json_next(c)) {
        const char *text = bench_json_skimmed(c);
        if (text)
            take_skimmed(r, op_index, c, text);
        else
            read_config(r, op_index, c);
    }
}
