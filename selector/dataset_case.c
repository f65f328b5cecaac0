/* Reading one case: each of its values is checked, whatever is wrong with the others. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "selector/dataset_impl.h"
#include "selector/names.h"

/* A millionth of a nanosecond is far below a clock cycle of any device, and 11 days are no kernel's
 * time. Within these bounds no ratio of two times can overflow. */
#define TIME_MIN_MS 1e-12
#define TIME_MAX_MS 1e9

/* Larger objects are looked through with a hash table. */
#define FEW_KEYS 24

static void report_duplicate(struct bench_dataset_reader *r, const struct bench_json *member)
{
    bench_faults_add(r->faults, BENCH_FAULT_ERROR, member,
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

/* Reports the member as missing. */
static const struct bench_json *required(struct bench_dataset_reader *r,
                                         const struct bench_json *object, const char *key,
                                         const char *what)
{
    const struct bench_json *v = bench_json_get(object, key);
    if (!v)
        bench_faults_add(r->faults, BENCH_FAULT_ERROR, object, "the key '%s' (%s) is missing", key,
                         what);
    return v;
}

static bool check_dimension(struct bench_dataset_reader *r, const struct bench_json *v)
{
    int64_t n;
    if (bench_json_type(v) != BENCH_JSON_NUMBER)
        bench_faults_add(r->faults, BENCH_FAULT_ERROR, v,
                         "found %s, expected a dimension (a whole number of 1 or more)",
                         bench_json_type_name(v));
    else if (!bench_json_is_int(v, &n) || n < 1)
        bench_faults_add(r->faults, BENCH_FAULT_ERROR, v,
                         "found %.17g, expected a dimension (a whole number of 1 or more)",
                         bench_json_number(v));
    else
        return true;
    return false;
}

/* The shape, or NULL with its faults reported. */
static const struct bench_json *read_shape(struct bench_dataset_reader *r,
                                           const struct bench_json *object)
{
    const struct bench_json *shape = required(r, object, "shape", "an array of dimensions");
    if (!shape)
        return NULL;
    if (bench_json_type(shape) != BENCH_JSON_ARRAY) {
        bench_faults_add(r->faults, BENCH_FAULT_ERROR, shape,
                         "found %s, expected an array of dimensions", bench_json_type_name(shape));
        return NULL;
    }
    bool good = true;
    for (const struct bench_json *d = bench_json_first(shape); d; d = bench_json_next(d))
        good = check_dimension(r, d) && good;
    return good ? shape : NULL;
}

static const char *read_dtype(struct bench_dataset_reader *r, const struct bench_json *object)
{
    const struct bench_json *v = required(r, object, "dtype", "a type such as \"float32\"");
    if (!v)
        return NULL;
    if (bench_json_type(v) != BENCH_JSON_STRING) {
        bench_faults_add(r->faults, BENCH_FAULT_ERROR, v,
                         "found %s, expected a type such as \"float32\"", bench_json_type_name(v));
        return NULL;
    }
    bool known;
    const char *dtype = bench_dtype_normalise(r->set->arena, bench_json_string(v), &known);
    if (!dtype)
        bench_faults_add(r->faults, BENCH_FAULT_ERROR, v,
                         "found '%s', expected a type such as \"float32\"", bench_json_string(v));
    else if (!known && r->set->kind == BENCH_DATASET_YOUR)
        bench_faults_add(r->faults, BENCH_FAULT_WARNING, v,
                         "the type '%s' is not known here; it is compared by its name",
                         bench_json_string(v));
    return dtype;
}

/* NULL with the fault reported. */
static const char *read_params(struct bench_dataset_reader *r, const struct bench_json *object)
{
    const struct bench_json *v = bench_json_get(object, "params");
    enum bench_json_type type = v ? bench_json_type(v) : BENCH_JSON_NULL;
    if (type == BENCH_JSON_NULL || type == BENCH_JSON_STRING || type == BENCH_JSON_OBJECT)
        return bench_params_normalise(r->set->arena, v);
    bench_faults_add(r->faults, BENCH_FAULT_ERROR, v, "found %s, expected an object or a string",
                     bench_json_type_name(v));
    return NULL;
}

static void add_shape(struct bench_str *out, const struct bench_json *shape)
{
    bench_str_addc(out, '[');
    for (const struct bench_json *d = bench_json_first(shape); d; d = bench_json_next(d))
        bench_str_addf(out, "%s%.0f", d == bench_json_first(shape) ? "" : ", ",
                       bench_json_number(d));
    bench_str_addc(out, ']');
}

struct bench_dataset_identity bench_dataset_read_identity(struct bench_dataset_reader *r,
                                                          const char *op_name,
                                                          const struct bench_json *object)
{
    struct bench_dataset_identity id = {.shape = read_shape(r, object),
                                        .dtype = read_dtype(r, object),
                                        .params = read_params(r, object)};
    if (!id.shape || !id.dtype || !id.params)
        return id;
    /* A separator that is in no name: two cases never share a key by the way they are joined. */
    struct bench_str key;
    bench_str_init(&key);
    bench_str_addf(&key, "%s\x1f%s\x1f", op_name, id.dtype);
    add_shape(&key, id.shape);
    bench_str_addf(&key, "\x1f%s", id.params);
    id.key = bench_arena_strdup(r->set->arena, key.data);
    bench_str_fini(&key);
    return id;
}

const char *bench_dataset_label(struct bench_arena *arena,
                                const struct bench_dataset_identity *identity)
{
    struct bench_str text;
    bench_str_init(&text);
    bench_str_addf(&text, "%s ", identity->dtype);
    add_shape(&text, identity->shape);
    if (identity->params[0])
        bench_str_addf(&text, " %s", identity->params);
    const char *label = bench_arena_strdup(arena, text.data);
    bench_str_fini(&text);
    return label;
}

/* Milliseconds; NAN with the fault reported. */
static double check_time(struct bench_dataset_reader *r, const struct bench_json *v)
{
    if (bench_json_type(v) != BENCH_JSON_NUMBER) {
        bench_faults_add(r->faults, BENCH_FAULT_ERROR, v,
                         "found %s, expected a time in milliseconds", bench_json_type_name(v));
        return NAN;
    }
    double ms = bench_json_number(v);
    if (ms > 0 && (ms < TIME_MIN_MS || ms > TIME_MAX_MS))
        bench_faults_add(r->faults, BENCH_FAULT_ERROR, v,
                         "found %.17g, which no kernel takes; times are in milliseconds", ms);
    else if (!(ms > 0))
        bench_faults_add(r->faults, BENCH_FAULT_ERROR, v,
                         "found %.17g, expected a time in milliseconds, greater than 0", ms);
    else
        return ms;
    return NAN;
}

static double read_time(struct bench_dataset_reader *r, const struct bench_json *config)
{
    enum bench_dataset_kind kind = r->set->kind;
    const char *key = bench_dataset_time_key(kind);
    const char *other = bench_dataset_time_key(kind == BENCH_DATASET_YOUR ? BENCH_DATASET_FLAGGEMS
                                                                          : BENCH_DATASET_YOUR);
    const struct bench_json *v = bench_json_get(config, key);
    if (v)
        return check_time(r, v);
    bench_faults_add(r->faults, BENCH_FAULT_ERROR, config,
                     "the key '%s' (a time in milliseconds) is missing%s%s%s", key,
                     bench_json_get(config, other) ? "; it has '" : "",
                     bench_json_get(config, other) ? other : "",
                     bench_json_get(config, other) ? "': are the two files swapped?" : "");
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
                             const struct bench_json *config, const char *key, bool *good)
{
    const struct bench_json *v = bench_json_get(config, "cuda_time");
    if (v && bench_json_type(v) != BENCH_JSON_NULL) {
        double ms = check_time(r, v);
        *good = *good && !isnan(ms);
        return ms;
    }
    /* Nothing is calculated from the baseline beside the reference. */
    if (r->set->kind == BENCH_DATASET_YOUR && !baseline_failed(op, key)) {
        *good = false;
        bench_faults_add(r->faults, BENCH_FAULT_ERROR, v ? v : config,
                         "the key 'cuda_time' (a time in milliseconds) is missing, and the "
                         "operator does not say why in \"baseline_unavailable\"");
    }
    return NAN;
}

static bool read_bool(struct bench_dataset_reader *r, const struct bench_json *config,
                      const char *key, bool otherwise, bool *good)
{
    const struct bench_json *v = bench_json_get(config, key);
    if (!v || bench_json_type(v) == BENCH_JSON_NULL)
        return otherwise;
    if (bench_json_type(v) == BENCH_JSON_BOOL)
        return bench_json_bool(v);
    bench_faults_add(r->faults, BENCH_FAULT_ERROR, v, "found %s, expected true or false",
                     bench_json_type_name(v));
    *good = false;
    return otherwise;
}

static bool is_duplicate(struct bench_dataset_reader *r, const struct bench_json *config,
                         const char *key)
{
    if (r->seen_count == r->seen_cap) {
        r->seen_cap = r->seen_cap ? r->seen_cap * 2 : 256;
        r->seen = bench_xrealloc(r->seen, r->seen_cap * sizeof(const struct bench_json *));
    }
    r->seen[r->seen_count] = config;
    size_t other = bench_index_add(r->keys, key, r->seen_count);
    if (other == BENCH_INDEX_NONE) {
        r->seen_count++;
        return false;
    }
    size_t line;
    size_t column;
    bench_json_place(r->seen[other], &line, &column);
    bench_faults_add(r->faults, BENCH_FAULT_ERROR, config,
                     "the same shape, dtype and params are there twice: also at line %zu; remove "
                     "one",
                     line);
    return true;
}

static void read_config(struct bench_dataset_reader *r, size_t op_index,
                        const struct bench_json *config)
{
    const struct bench_dataset_op *op = &r->set->ops[op_index];
    if (bench_json_type(config) != BENCH_JSON_OBJECT) {
        bench_faults_add(r->faults, BENCH_FAULT_ERROR, config, "found %s, expected an object",
                         bench_json_type_name(config));
        return;
    }
    bench_dataset_check_keys(r, config);

    bool good = true;
    struct bench_dataset_identity id = bench_dataset_read_identity(r, op->name, config);
    struct bench_dataset_case c = {.json = config,
                                   .shape = id.shape,
                                   .dtype = id.dtype,
                                   .params = id.params,
                                   .key = id.key,
                                   .op = op_index};
    c.time_ms = read_time(r, config);
    c.cuda_ms = read_cuda_time(r, op, config, id.key, &good);
    c.correct = read_bool(r, config, "correct", true, &good);
    c.near_floor = read_bool(r, config, "near_floor", false, &good);
    if (!id.key || is_duplicate(r, config, id.key) || isnan(c.time_ms) || !good)
        return;

    struct bench_dataset *set = r->set;
    if (set->case_count == r->case_cap) {
        r->case_cap = r->case_cap ? r->case_cap * 2 : 256;
        set->cases = bench_xrealloc(set->cases, r->case_cap * sizeof(*set->cases));
    }
    set->cases[set->case_count++] = c;
    set->ops[op_index].case_count++;
}

void bench_dataset_read_configs(struct bench_dataset_reader *r, size_t op_index)
{
    const struct bench_dataset_op *op = &r->set->ops[op_index];
    const struct bench_json *configs = required(r, op->json, "configs", "an array of cases");
    if (!configs)
        return;
    if (bench_json_type(configs) != BENCH_JSON_ARRAY) {
        bench_faults_add(r->faults, BENCH_FAULT_ERROR, configs,
                         "found %s, expected an array of cases", bench_json_type_name(configs));
        return;
    }
    /* Reference data of a run name every operator, also those without a reference. */
    if (bench_json_size(configs) == 0 && op->failure_count == 0 &&
        r->set->kind == BENCH_DATASET_YOUR)
        bench_faults_add(r->faults, BENCH_FAULT_WARNING, configs, "the operator has no cases");
    for (const struct bench_json *c = bench_json_first(configs); c; c = bench_json_next(c))
        read_config(r, op_index, c);
}
