/* Reading one case: each of its values is checked, whatever is wrong with the others. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/perf/torch_dtype.h"
#include "selector/dataset_impl.h"
#include "selector/names.h"

/* A millionth of a nanosecond is far below a clock cycle of any device, and 11 days are no kernel's
 * time. Within these bounds no ratio of two times can overflow. */
#define TIME_MIN_MS 1e-12
#define TIME_MAX_MS 1e9

/* Bytes for keys, taken from the arena at once. */
#define KEY_POOL ((size_t)65536)

/* What bench_dataset_case.op holds; a file of 1 GiB has fewer operators. */
#define OP_MAX 0x3fffffffu

/* Larger objects are looked through with a hash table. */
#define FEW_KEYS 24

/* 2^53 elements of one byte are nine petabytes: no tensor has them. */
#define ELEMENTS_MAX 0x1p53

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

/* The members of a case that are looked at; NULL where they are absent. */
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
    static const char *const names[FIELDS] = {"shape",     "dtype",         "params",
                                              "your_time", "flaggems_time", "cuda_time",
                                              "correct",   "near_floor",    "mode"};
    f->object = object;
    if (bench_json_pick(object, names, FIELDS, f->at) > 0)
        bench_dataset_check_keys(r, object);
}

/* Reports the member as missing. */
static void missing(struct bench_dataset_reader *r, const struct bench_json *object,
                    const char *key, const char *what)
{
    bench_faults_report(r->faults, BENCH_FAULT_ERROR, "missing-field", object,
                        "the key '%s' (%s) is missing", key, what);
}

/* The dimension, or 0 with the fault reported. */
static uint64_t check_dimension(struct bench_dataset_reader *r, const struct bench_json *v)
{
    int64_t n;
    if (bench_json_is_int(v, &n) && n >= 1)
        return (uint64_t)n;
    bench_dataset_wrong(r, "dimension", v, "a dimension (a whole number of 1 or more)");
    return 0;
}

static void add_dimension(struct bench_dataset_reader *r, uint64_t n)
{
    if (r->dim_count == r->dim_cap) {
        r->dim_cap = r->dim_cap ? r->dim_cap * 2 : 8;
        r->dims = bench_xrealloc(r->dims, r->dim_cap * sizeof(*r->dims));
    }
    r->dims[r->dim_count++] = n;
}

/* The shape, or NULL with its faults reported; r->dims and the number of elements. */
static const struct bench_json *read_shape(struct bench_dataset_reader *r, const struct fields *f,
                                           double *elements)
{
    const struct bench_json *shape = f->at[SHAPE];
    if (!shape) {
        missing(r, f->object, "shape", "an array of dimensions");
        return NULL;
    }
    if (bench_json_type(shape) != BENCH_JSON_ARRAY) {
        bench_dataset_wrong(r, "type", shape, "an array of dimensions");
        return NULL;
    }
    *elements = 1;
    r->dim_count = bench_json_digits(shape, r->dims, r->dim_cap);
    bool plain = r->dim_count == bench_json_size(shape);
    for (size_t i = 0; i < r->dim_count; i++)
        plain = plain && r->dims[i] > 0;
    if (!plain) {
        r->dim_count = 0;
        for (const struct bench_json *d = bench_json_first(shape); d; d = bench_json_next(d))
            add_dimension(r, check_dimension(r, d));
    }
    for (size_t i = 0; i < r->dim_count; i++)
        *elements *= (double)r->dims[i];
    if (*elements > ELEMENTS_MAX) {
        bench_faults_report(r->faults, BENCH_FAULT_ERROR, "dimension", shape,
                            "the shape has %.3g elements, which no tensor has (at most 2^53)",
                            *elements);
        return NULL;
    }
    return *elements > 0 ? shape : NULL;
}

/* Looks it up among those that were read; adds it to them. The name is NULL if torch has none. */
static struct bench_dataset_dtype find_dtype(struct bench_dataset_reader *r, const char *written)
{
    for (size_t i = 0; i < r->dtype_count; i++)
        if (strcmp(r->dtypes[i].written, written) == 0)
            return r->dtypes[i];
    struct bench_dataset_dtype dtype = {written, bench_dtype_normalise(written), 0};
    if (!dtype.name)
        return dtype;
    dtype.bytes = bench_dtype_element_bytes(dtype.name);
    if (r->dtype_count < BENCH_DATASET_DTYPES)
        r->dtypes[r->dtype_count++] = dtype;
    return dtype;
}

static struct bench_dataset_dtype read_dtype(struct bench_dataset_reader *r, const struct fields *f)
{
    struct bench_dataset_dtype dtype = {0};
    const struct bench_json *v = f->at[DTYPE];
    if (!v) {
        missing(r, f->object, "dtype", "a type such as \"float32\"");
        return dtype;
    }
    if (bench_json_type(v) != BENCH_JSON_STRING) {
        bench_dataset_wrong(r, "type", v, "a type such as \"float32\"");
        return dtype;
    }
    dtype = find_dtype(r, bench_json_string(v));
    if (!dtype.name) {
        char *expected = bench_xprintf("one of %s", bench_dtype_known_names());
        bench_dataset_unknown_word(r, "dtype", v, expected);
        free(expected);
    }
    return dtype;
}

/* NULL with the fault reported. */
static const char *read_params(struct bench_dataset_reader *r, const struct fields *f)
{
    const struct bench_json *v = f->at[PARAMS];
    enum bench_json_type type = v ? bench_json_type(v) : BENCH_JSON_NULL;
    if (type == BENCH_JSON_NULL || type == BENCH_JSON_STRING || type == BENCH_JSON_OBJECT)
        return bench_params_normalise(r->set->arena, v);
    bench_dataset_wrong(r, "type", v, "an object or a string");
    return NULL;
}

static void add_number(struct bench_str *out, uint64_t n)
{
    char digits[20];
    size_t at = sizeof(digits);
    do
        digits[--at] = (char)('0' + n % 10);
    while (n /= 10);
    bench_str_addn(out, digits + at, sizeof(digits) - at);
}

static void add_dims(struct bench_str *out, const uint64_t *dims, size_t n)
{
    bench_str_addc(out, '[');
    for (size_t i = 0; i < n; i++) {
        if (i)
            bench_str_addc(out, ',');
        add_number(out, dims[i]);
    }
    bench_str_addc(out, ']');
}

/* "[[2, 3]]", which FlagGems' records say of a case with one tensor and nothing else, says what the
 * shape says. `shape` is "[2, 3]". */
static bool repeats_shape(const char *params, const char *shape)
{
    if (*params++ != '[')
        return false;
    for (;; params++, shape++) {
        while (*params == ' ')
            params++;
        while (*shape == ' ')
            shape++;
        if (!*shape)
            return strcmp(params, "]") == 0;
        if (*params != *shape)
            return false;
    }
}

/* Keys lie end to end: an arena would round each up to 16 bytes. */
static const char *store_key(struct bench_dataset_reader *r, const struct bench_str *key)
{
    if (r->pool_left <= key->len) {
        r->pool_left = key->len + 1 > KEY_POOL ? key->len + 1 : KEY_POOL;
        r->pool = bench_arena_alloc(r->set->arena, r->pool_left);
    }
    char *copy = r->pool;
    memcpy(copy, key->data, key->len + 1);
    r->pool += key->len + 1;
    r->pool_left -= key->len + 1;
    return copy;
}

static struct bench_dataset_identity identify(struct bench_dataset_reader *r, const char *op_name,
                                              const struct fields *f)
{
    double elements = 0;
    struct bench_dataset_identity id = {.shape = read_shape(r, f, &elements)};
    struct bench_dataset_dtype dtype = read_dtype(r, f);
    id.dtype = dtype.name;
    id.params = read_params(r, f);
    id.bytes = elements * (double)dtype.bytes;
    if (!id.shape || !id.dtype || !id.params)
        return id;
    /* A separator that is in no name: two cases never share a key by the way they are joined. */
    struct bench_str *key = &r->key;
    bench_str_clear(key);
    bench_str_add(key, op_name);
    bench_str_addc(key, '\x1f');
    bench_str_add(key, id.dtype);
    bench_str_addc(key, '\x1f');
    size_t shape = key->len;
    add_dims(key, r->dims, r->dim_count);
    if (repeats_shape(id.params, key->data + shape))
        id.params = "";
    bench_str_addc(key, '\x1f');
    bench_str_add(key, id.params);
    id.key = store_key(r, key);
    return id;
}

struct bench_dataset_identity bench_dataset_read_identity(struct bench_dataset_reader *r,
                                                          const char *op_name,
                                                          const struct bench_json *object)
{
    struct fields fields = {.object = object};
    fields.at[SHAPE] = bench_json_get(object, "shape");
    fields.at[DTYPE] = bench_json_get(object, "dtype");
    fields.at[PARAMS] = bench_json_get(object, "params");
    return identify(r, op_name, &fields);
}

const char *bench_dataset_label(struct bench_arena *arena,
                                const struct bench_dataset_identity *identity)
{
    struct bench_str text;
    bench_str_init(&text);
    bench_str_addf(&text, "%s ", identity->dtype);
    bench_str_addc(&text, '[');
    for (const struct bench_json *d = bench_json_first(identity->shape); d; d = bench_json_next(d))
        bench_str_addf(&text, "%s%.0f", d == bench_json_first(identity->shape) ? "" : ", ",
                       bench_json_number(d));
    bench_str_addc(&text, ']');
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
        bench_dataset_wrong(r, "type", v, "a time in milliseconds");
        return NAN;
    }
    double ms = bench_json_number(v);
    if (ms >= TIME_MIN_MS && ms <= TIME_MAX_MS)
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
    bench_faults_report(r->faults, BENCH_FAULT_ERROR, "duplicate-case", config,
                        "the same shape, dtype and params are there twice: also at line %zu, "
                        "column %zu; remove one",
                        line, column);
    return true;
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
    struct bench_dataset_identity id = identify(r, op->name, &f);
    struct bench_dataset_case c = {.json = config,
                                   .shape = id.shape,
                                   .dtype = id.dtype,
                                   .params = id.params,
                                   .key = id.key,
                                   .bytes = (float)id.bytes,
                                   .op = (uint32_t)op_index & OP_MAX};
    c.time_ms = read_time(r, &f);
    c.cuda_ms = read_cuda_time(r, op, &f, id.key, &good);
    c.correct = read_bool(r, f.at[CORRECT], true, &good);
    c.near_floor = read_bool(r, f.at[NEAR_FLOOR], false, &good);
    bench_dataset_read_mode(r, op, f.at[MODE]);
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
    const struct bench_json *configs = bench_json_get(op->json, "configs");
    if (!configs) {
        missing(r, op->json, "configs", "an array of cases");
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
    r->keys = bench_index_new();
    r->seen_count = 0;
    for (const struct bench_json *c = bench_json_first(configs); c; c = bench_json_next(c))
        read_config(r, op_index, c);
    bench_index_free(r->keys);
}
