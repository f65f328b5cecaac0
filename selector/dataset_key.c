/* What tells a case from others: its dtype, shape and params, checked and made one string. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/perf/torch_dtype.h"
#include "selector/dataset_impl.h"
#include "selector/names.h"

/* Bytes for keys, taken from the arena at once. */
#define KEY_POOL ((size_t)65536)

void bench_dataset_missing(struct bench_dataset_reader *r, const struct bench_json *object,
                           const char *key, const char *what)
{
    bench_faults_report(r->faults, BENCH_FAULT_ERROR, "missing-field", object,
                        "the key '%s' (%s) is missing", key, what);
}

/* The dimension; false with the fault reported. */
static bool check_dimension(struct bench_dataset_reader *r, const struct bench_json *v,
                            uint64_t least, uint64_t *out)
{
    int64_t n;
    if (bench_json_is_int(v, &n) && n >= (int64_t)least) {
        *out = (uint64_t)n;
        return true;
    }
    double size = bench_json_type(v) == BENCH_JSON_NUMBER ? bench_json_number(v) : 0;
    if (isfinite(size) && size >= BENCH_DATASET_ELEMENTS_MAX)
        bench_faults_report(r->faults, BENCH_FAULT_ERROR, "dimension", v,
                            "found %.17g, which no tensor has (below 2^53)", size);
    else if (isfinite(size)) /* NaN and Infinity are reported for the whole file */
        bench_dataset_wrong(r, "dimension", v,
                            least == 0 ? "a dimension (a whole number of 0 or more)"
                                       : "a dimension (a whole number of 1 or more)");
    return false;
}

static void add_dimension(struct bench_dataset_reader *r, uint64_t n)
{
    if (r->dim_count == r->dim_cap) {
        r->dim_cap = r->dim_cap ? r->dim_cap * 2 : 8;
        r->dims = bench_xrealloc(r->dims, r->dim_cap * sizeof(*r->dims));
    }
    r->dims[r->dim_count++] = n;
}

/* r->dims, each `least` or more, and the number of elements; false with the faults reported. */
static bool read_shape(struct bench_dataset_reader *r, const struct bench_json *object,
                       const struct bench_json *shape, uint64_t least, double *elements)
{
    bool good = true;
    if (!shape) {
        bench_dataset_missing(r, object, "shape", "an array of dimensions");
        return false;
    }
    if (bench_json_type(shape) != BENCH_JSON_ARRAY) {
        bench_dataset_wrong(r, "type", shape, "an array of dimensions");
        return false;
    }
    *elements = 1;
    r->dim_count = bench_json_digits(shape, r->dims, r->dim_cap);
    bool plain = r->dim_count == bench_json_size(shape);
    for (size_t i = 0; i < r->dim_count; i++)
        plain = plain && r->dims[i] >= least;
    if (!plain) {
        r->dim_count = 0;
        for (const struct bench_json *d = bench_json_first(shape); d; d = bench_json_next(d)) {
            uint64_t n = 0;
            good = check_dimension(r, d, least, &n) && good;
            add_dimension(r, n);
        }
    }
    for (size_t i = 0; i < r->dim_count; i++)
        *elements *= (double)r->dims[i];
    if (*elements > BENCH_DATASET_ELEMENTS_MAX) {
        bench_faults_report(r->faults, BENCH_FAULT_ERROR, "dimension", shape,
                            "the shape has %.3g elements, which no tensor has (at most 2^53)",
                            *elements);
        return false;
    }
    return good;
}

struct bench_dataset_dtype bench_dataset_find_dtype(struct bench_dataset_reader *r,
                                                    const char *written)
{
    for (size_t i = 0; i < r->dtype_count; i++)
        if (strcmp(r->dtypes[i].written, written) == 0)
            return r->dtypes[i];
    struct bench_dataset_dtype dtype = {written, strlen(written), bench_dtype_normalise(written),
                                        0};
    if (!dtype.name)
        return dtype;
    dtype.bytes = bench_dtype_element_bytes(dtype.name);
    if (r->dtype_count < BENCH_DATASET_DTYPES)
        r->dtypes[r->dtype_count++] = dtype;
    return dtype;
}

static struct bench_dataset_dtype read_dtype(struct bench_dataset_reader *r,
                                             const struct bench_json *object,
                                             const struct bench_json *v)
{
    struct bench_dataset_dtype dtype = {0};
    if (!v) {
        bench_dataset_missing(r, object, "dtype", "a type such as \"float32\"");
        return dtype;
    }
    if (bench_json_type(v) != BENCH_JSON_STRING) {
        bench_dataset_wrong(r, "type", v, "a type such as \"float32\"");
        return dtype;
    }
    dtype = bench_dataset_find_dtype(r, bench_json_string(v));
    if (!dtype.name) {
        char *expected = bench_xprintf("one of %s", bench_dtype_known_names());
        bench_dataset_unknown_word(r, "dtype", v, expected);
        free(expected);
    }
    return dtype;
}

/* NULL with the fault reported. */
static const char *read_params(struct bench_dataset_reader *r, const struct bench_json *v)
{
    enum bench_json_type type = v ? bench_json_type(v) : BENCH_JSON_NULL;
    if (!bench_params_finite(v)) /* NaN and Infinity are reported for the whole file */
        return NULL;
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
const char *bench_dataset_store_key(struct bench_dataset_reader *r, const char *key, size_t length)
{
    if (r->pool_left <= length) {
        r->pool_left = length + 1 > KEY_POOL ? length + 1 : KEY_POOL;
        r->pool = bench_arena_alloc(r->set->arena, r->pool_left);
    }
    char *copy = r->pool;
    memcpy(copy, key, length);
    copy[length] = '\0';
    r->pool += length + 1;
    r->pool_left -= length + 1;
    return copy;
}

struct bench_dataset_identity
bench_dataset_identify(struct bench_dataset_reader *r, const struct bench_json *object,
                       const struct bench_json *shape, const struct bench_json *dtype,
                       const struct bench_json *params, uint64_t least)
{
    double elements = 0;
    bool shaped = read_shape(r, object, shape, least, &elements);
    struct bench_dataset_dtype type = read_dtype(r, object, dtype);
    struct bench_dataset_identity id = {.dtype = type.name,
                                        .params = read_params(r, params),
                                        .bytes = elements * (double)type.bytes};
    if (!shaped || !id.dtype || !id.params)
        return id;
    /* A separator that is in no name: two cases never share a key by the way they are joined. */
    struct bench_str *key = &r->key;
    bench_str_clear(key);
    bench_str_add(key, id.dtype);
    bench_str_addc(key, BENCH_DATASET_SEPARATOR);
    size_t dims = key->len;
    add_dims(key, r->dims, r->dim_count);
    if (repeats_shape(id.params, key->data + dims))
        id.params = "";
    bench_str_addc(key, BENCH_DATASET_SEPARATOR);
    bench_str_add(key, id.params);
    id.key = bench_dataset_store_key(r, key->data, key->len);
    id.key_hash = bench_index_hash(id.key, key->len);
    return id;
}

const char *bench_dataset_key_shape(const char *key, size_t *length)
{
    const char *begin = strchr(key, BENCH_DATASET_SEPARATOR) + 1;
    *length = (size_t)(strchr(begin, BENCH_DATASET_SEPARATOR) - begin);
    return begin;
}

double bench_dataset_key_elements(const char *key)
{
    size_t length;
    double elements = 1;
    const char *p = bench_dataset_key_shape(key, &length);
    for (const char *end = p + length - 1; p < end;) {
        double n = 0;
        for (p++; *p >= '0' && *p <= '9'; p++)
            n = n * 10 + (*p - '0');
        elements *= n;
    }
    return elements;
}

const char *bench_dataset_label(struct bench_arena *arena, const char *key)
{
    size_t length;
    const char *shape = bench_dataset_key_shape(key, &length);
    const char *params = shape + length + 1;
    struct bench_str text;
    bench_str_init(&text);
    bench_str_addn(&text, key, (size_t)(shape - 1 - key));
    bench_str_addc(&text, ' ');
    for (size_t i = 0; i < length; i++) {
        bench_str_addc(&text, shape[i]);
        if (shape[i] == ',')
            bench_str_addc(&text, ' ');
    }
    if (*params)
        bench_str_addf(&text, " %s", params);
    const char *label = bench_arena_strdup(arena, text.data);
    bench_str_fini(&text);
    return label;
}
