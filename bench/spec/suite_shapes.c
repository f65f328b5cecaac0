#include "bench/spec/suite_shapes.h"

#include <stdlib.h>
#include <string.h>

/* The largest dimension: sizes are doubles in expressions. */
#define MAX_DIM ((int64_t)1 << 53)
/* An axis longer than this is a mistake; it also bounds the memory that reading takes. */
#define MAX_AXIS 4096

struct axis {
    int64_t *values;
    size_t count;
};

static int read_dim(struct reader *r, const struct bench_json *v, int64_t *out)
{
    int rc = bench_json_expect(v, BENCH_JSON_NUMBER, r->err);
    if (rc == 0 && (!bench_json_is_int(v, out) || *out < 0 || *out > MAX_DIM)) {
        return bench_json_error(v, r->err, "found %.17g, expected an integer of at least 0",
                                bench_json_number(v));
    }
    return rc;
}

static int add_shape(struct reader *r, const struct bench_json *v, struct shape_set *set,
                     const struct shape *shape)
{
    if (set->count == BENCH_SUITE_MAX_CASES) {
        return bench_json_error(v, r->err, "more than %d shapes; make the grid smaller",
                                BENCH_SUITE_MAX_CASES);
    }
    if (set->count == set->capacity) {
        size_t capacity = set->capacity * 2 + 16;
        struct shape *larger = bench_arena_alloc(r->arena, capacity * sizeof(*larger));
        if (set->count > 0) {
            memcpy(larger, set->shapes, set->count * sizeof(*larger));
        }
        set->shapes = larger;
        set->capacity = capacity;
    }
    set->shapes[set->count++] = *shape;
    return BENCH_OK;
}

static int read_shape(struct reader *r, const struct bench_json *v, struct shape_set *set)
{
    struct shape shape = {.ndim = 0};
    for (const struct bench_json *d = bench_json_first(v); d != NULL; d = bench_json_next(d)) {
        if (shape.ndim == BENCH_MAX_DIMS) {
            return bench_json_error(v, r->err, "a shape of %zu dimensions; at most %d are possible",
                                    bench_json_size(v), BENCH_MAX_DIMS);
        }
        int rc = read_dim(r, d, &shape.dims[shape.ndim++]);
        if (rc != 0) {
            return rc;
        }
    }
    return add_shape(r, v, set, &shape);
}

static int add_value(struct reader *r, const struct bench_json *v, struct axis *axis, int64_t value)
{
    for (size_t i = 0; i < axis->count; ++i) {
        if (axis->values[i] == value) {
            return bench_json_error(v, r->err, "%lld is on this axis twice; remove one",
                                    (long long)value);
        }
    }
    if (axis->count == MAX_AXIS) {
        return bench_json_error(v, r->err, "more than %d values on one axis", MAX_AXIS);
    }
    axis->values[axis->count++] = value;
    return BENCH_OK;
}

/* {"pow2": [from, to]} or {"pow2": [from, to, step]} */
static int read_pow2(struct reader *r, const struct bench_json *v, struct axis *axis)
{
    static const char *const keys[] = {"pow2", NULL};
    const struct bench_json *list = NULL;
    int64_t n[3] = {0, 0, 1};
    int rc = bench_json_expect_keys(v, keys, r->err);
    rc = rc == 0 ? bench_json_get_array(v, "pow2", true, &list, r->err) : rc;
    if (rc != 0) {
        return rc;
    }
    size_t size = bench_json_size(list);
    bool ok = size == 2 || size == 3;
    for (size_t i = 0; ok && i < size; ++i) {
        const struct bench_json *e = bench_json_at(list, i);
        ok = bench_json_type(e) == BENCH_JSON_NUMBER && bench_json_is_int(e, &n[i]);
    }
    if (!ok || n[0] < 0 || n[1] > 53 || n[1] < n[0] || n[2] < 1) {
        return bench_json_error(list, r->err,
                                "expected [from, to] or [from, to, step]: integer exponents with "
                                "0 <= from <= to <= 53, and a step of at least 1");
    }
    for (int64_t e = n[0]; rc == 0 && e <= n[1]; e += n[2]) {
        rc = add_value(r, v, axis, (int64_t)1 << e);
    }
    return rc;
}

/* A list of integers and powers, or one {"pow2": ...} alone. */
static int read_axis(struct reader *r, const struct bench_json *v, struct axis *axis)
{
    axis->values = bench_arena_alloc(r->arena, MAX_AXIS * sizeof(*axis->values));
    if (bench_json_type(v) == BENCH_JSON_OBJECT) {
        return read_pow2(r, v, axis);
    }
    int rc = bench_json_expect(v, BENCH_JSON_ARRAY, r->err);
    if (rc == 0 && bench_json_size(v) == 0) {
        return bench_json_error(v, r->err, "an empty axis: the product would be empty");
    }
    for (const struct bench_json *e = rc == 0 ? bench_json_first(v) : NULL; rc == 0 && e != NULL;
         e = bench_json_next(e)) {
        int64_t value = 0;
        if (bench_json_type(e) == BENCH_JSON_OBJECT) {
            rc = read_pow2(r, e, axis);
            continue;
        }
        rc = read_dim(r, e, &value);
        rc = rc == 0 ? add_value(r, e, axis, value) : rc;
    }
    return rc;
}

/* The first axis changes slowest. */
static int expand(struct reader *r, const struct bench_json *v, const struct axis *axes, int ndim,
                  struct shape_set *set)
{
    size_t total = 1;
    for (int i = 0; i < ndim; ++i) {
        total *= axes[i].count;
        if (total > BENCH_SUITE_MAX_CASES) {
            return bench_json_error(v, r->err,
                                    "the product has more than %d shapes; make it smaller",
                                    BENCH_SUITE_MAX_CASES);
        }
    }
    int rc = BENCH_OK;
    for (size_t n = 0; rc == 0 && n < total; ++n) {
        struct shape shape = {.ndim = ndim};
        size_t rest = n;
        for (int i = ndim; i-- > 0;) {
            shape.dims[i] = axes[i].values[rest % axes[i].count];
            rest /= axes[i].count;
        }
        rc = add_shape(r, v, set, &shape);
    }
    return rc;
}

static int read_product(struct reader *r, const struct bench_json *v, struct shape_set *set)
{
    static const char *const keys[] = {"product", NULL};
    const struct bench_json *list = NULL;
    struct axis axes[BENCH_MAX_DIMS] = {{NULL, 0}};
    int rc = bench_json_expect_keys(v, keys, r->err);
    rc = rc == 0 ? reader_filled_array(r, v, "product", &list) : rc;
    if (rc == 0 && bench_json_size(list) > BENCH_MAX_DIMS) {
        return bench_json_error(list, r->err, "%zu axes; at most %d are possible",
                                bench_json_size(list), BENCH_MAX_DIMS);
    }
    int ndim = 0;
    for (const struct bench_json *a = rc == 0 ? bench_json_first(list) : NULL; rc == 0 && a != NULL;
         a = bench_json_next(a)) {
        rc = read_axis(r, a, &axes[ndim++]);
    }
    return rc == 0 ? expand(r, list, axes, ndim, set) : rc;
}

int suite_shapes_read(struct reader *r, const struct bench_json *v, struct shape_set *out)
{
    int rc = bench_json_expect(v, BENCH_JSON_ARRAY, r->err);
    if (rc == 0 && bench_json_size(v) == 0) {
        return bench_json_error(v, r->err, "an empty set of shapes, expected at least one");
    }
    for (const struct bench_json *e = rc == 0 ? bench_json_first(v) : NULL; rc == 0 && e != NULL;
         e = bench_json_next(e)) {
        if (bench_json_type(e) == BENCH_JSON_ARRAY) {
            rc = read_shape(r, e, out);
        } else if (bench_json_type(e) == BENCH_JSON_OBJECT) {
            rc = read_product(r, e, out);
        } else {
            rc = bench_json_error(e, r->err,
                                  "found %s, expected a shape (a list of integers) or "
                                  "{\"product\": [...]}",
                                  bench_json_type_name(e));
        }
    }
    return rc;
}
