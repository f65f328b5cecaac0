/*
 * Operators that order elements put NaN, infinities, zeros of both signs and equal elements where
 * torch puts them, and products have them where float32 has them, also those that split their
 * factors. No fill of a description makes such values, so they are handed in here. Ports of
 * FlagGems' kernels are left out: they promise what FlagGems does.
 */
#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/case/callable.h"
#include "bench/perf/json.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"

#define COLS 9

/* NaN is the largest, with either sign; 0 and -0 are equal, and so are 1 and 1. */
static const float row[COLS] = {0.0f, NAN, -INFINITY, 1.0f, -0.0f, -NAN, INFINITY, 1.0f, NAN};

static struct bench_session s;
static struct bench_arena *arena;

static void open_cpu(void)
{
    struct bench_err err = {0};
    arena = bench_arena_new();
    cr_assert_eq(bench_session_open(&s, "cpu", 1, false, &err), 0, "%s", err.message);
}

static void close_cpu(void)
{
    bench_session_close(&s);
    bench_arena_free(arena);
}

TestSuite(special_values, .init = open_cpu, .fini = close_cpu, .timeout = 300);

static struct bench_operator *read_operator(const char *name)
{
    struct bench_operator *op = NULL;
    struct bench_err err = {0};
    char *kernels = bench_path_join(getenv("BENCH_HOME"), "kernels"), *path = NULL;
    cr_assert_eq(bench_operator_locate(kernels, name, &path, &err), 0, "%s", err.message);
    cr_assert_eq(bench_operator_read(path, &op, &err), 0, "%s", err.message);
    free(path);
    free(kernels);
    return op;
}

struct bound {
    struct bench_binding bindings[4];
    size_t count;
    int64_t *indices;
    void *values; /* NULL if the operator has indices only */
};

/* The row, and memory for the outputs (eight bytes an element are enough for an oracle, too). */
static struct bound bind(const struct bench_case *c)
{
    struct bound b = {.count = 0};
    struct bench_err err = {0};
    void *memory = NULL;
    cr_assert_eq(bench_session_take(&s, sizeof row, &memory, &err), 0, "%s", err.message);
    cr_assert_eq(bench_device_upload(s.device, memory, row, sizeof row, &err), 0);
    b.bindings[b.count++] = (struct bench_binding){c->inputs[0].name, memory};
    for (size_t i = 0; i < c->op->output_count; i++) {
        cr_assert_eq(bench_session_take(&s, 8 * (size_t)c->outputs[i].numel, &memory, &err), 0);
        b.bindings[b.count++] = (struct bench_binding){c->outputs[i].name, memory};
        if (c->outputs[i].dtype == BENCH_INT64)
            b.indices = memory;
        else
            b.values = memory;
    }
    cr_assert_not_null(b.indices);
    return b;
}

/* What was written before must not be found again. */
static void wipe(const struct bound *b, size_t count)
{
    unsigned char bytes[8 * COLS];
    memset(bytes, 0x5a, sizeof bytes);
    for (size_t i = 1; i < b->count; i++)
        cr_assert_eq(bench_device_upload(s.device, b->bindings[i].data, bytes, 8 * count, NULL), 0);
}

static void expect_order(const struct bench_case *c, const struct bench_implementation *impl,
                         const struct bench_variant *variant, const struct bound *b,
                         const int64_t *want, size_t count)
{
    int64_t got[COLS];
    float values[COLS];
    enum bench_status status = BENCH_STATUS_OK;
    struct bench_callable callable = {0};
    struct bench_err err = {0};
    const char *name = impl->is_oracle ? "(oracle)" : impl->name;
    cr_assert_eq(bench_callable_prepare(&s, c, impl, variant, b->bindings, b->count, arena,
                                        &callable, &status, &err),
                 0, "%s %s: %s", c->op->name, name, err.message);
    wipe(b, count);
    cr_assert_eq(bench_callable_launch(&s, &callable, &err), 0, "%s", err.message);
    cr_assert_eq(bench_device_synchronize(s.device, &err), 0, "%s", err.message);
    cr_assert_eq(bench_device_download(s.device, got, b->indices, count * sizeof *got, &err), 0);
    for (size_t i = 0; i < count; i++)
        cr_expect_eq(got[i], want[i], "%s %s: place %zu has element %lld, not %lld", c->op->name,
                     name, i, (long long)got[i], (long long)want[i]);
    if (b->values != NULL && !impl->is_oracle) {
        cr_assert_eq(
            bench_device_download(s.device, values, b->values, count * sizeof *values, &err), 0);
        for (size_t i = 0; i < count; i++)
            cr_expect(values[i] == row[want[i]] || (isnan(values[i]) && isnan(row[want[i]])),
                      "%s %s: place %zu has %g", c->op->name, name, i, (double)values[i]);
    }
    bench_callable_fini(&callable);
}

/* The first variant of each implementation that can run the case. */
static void expect_everywhere(const char *name, const char *params_text, const int64_t *want,
                              size_t count)
{
    static const int64_t shape[] = {1, COLS};
    struct bench_operator *op = read_operator(name);
    struct bench_json_doc *params = NULL;
    struct bench_variant none = {.label = "", .json = "{}"}, *variants = NULL;
    struct bench_case c;
    struct bench_err err = {0};
    size_t variant_count = 0;
    cr_assert_eq(bench_json_parse("params", params_text, strlen(params_text), &params, &err), 0);
    cr_assert_eq(
        bench_case_plan(op, BENCH_FLOAT32, shape, 2, bench_json_root(params), arena, &c, &err), 0,
        "%s", err.message);
    const struct bound b = bind(&c);
    expect_order(&c, &op->oracle, &none, &b, want, count);
    for (size_t i = 0; i < op->implementation_count; i++) {
        const struct bench_implementation *impl = &op->implementations[i];
        if (impl->provider != BENCH_PROVIDER_CUDA || strncmp(impl->name, "reference", 9) == 0 ||
            bench_implementation_supports(impl, &c, &s.plan_device, &err) != 0)
            continue;
        cr_assert_eq(
            bench_variants_plan(impl, &c, &s.plan_device, arena, &variants, &variant_count, &err),
            0, "%s", err.message);
        cr_assert_gt(variant_count, 0, "%s of %s has no variant", impl->name, name);
        expect_order(&c, impl, &variants[0], &b, want, count);
    }
    bench_case_fini(&c);
    bench_json_free(params);
    bench_operator_free(op);
}

Test(special_values, sort_is_stable_and_puts_nan_last)
{
    const int64_t want[] = {2, 0, 4, 3, 7, 6, 1, 5, 8};
    expect_everywhere("sort", "{}", want, COLS);
}

Test(special_values, sort_descending_is_stable_and_puts_nan_first)
{
    const int64_t want[] = {1, 5, 8, 6, 3, 7, 0, 4, 2};
    expect_everywhere("sort", "{\"descending\": true}", want, COLS);
}

Test(special_values, topk_takes_nan_first_and_of_equal_elements_the_first)
{
    const int64_t want[] = {1, 5, 8, 6, 3, 7, 0};
    expect_everywhere("topk", "{\"k\": 7}", want, 7);
}

Test(special_values, max_and_argmax_find_the_first_nan)
{
    const int64_t want[] = {1};
    expect_everywhere("max", "{}", want, 1);
    expect_everywhere("argmax", "{}", want, 1);
}

#define PRODUCT_M 33
#define PRODUCT_N 37
#define PRODUCT_K 9

static void *upload(const float *values, size_t count)
{
    void *memory = NULL;
    struct bench_err err = {0};
    cr_assert_eq(bench_session_take(&s, count * sizeof *values, &memory, &err), 0, "%s",
                 err.message);
    cr_assert_eq(bench_device_upload(s.device, memory, values, count * sizeof *values, &err), 0);
    return memory;
}

static void expect_product(const char *name, const float *a, const float *b, const float *got,
                           size_t n, size_t k)
{
    for (size_t i = 0; i < PRODUCT_M * n; i++) {
        double sum = 0, size = 0;
        for (size_t j = 0; j < k; j++) {
            double term = (double)a[i / n * k + j] * b[j * n + i % n];
            sum += term;
            size += fabs(term);
        }
        bool right = fabs(got[i] - sum) <= 1e-6 * size;
        right = isnan(sum) ? isnan(got[i]) : right;
        right = isinf(sum) ? (double)got[i] == sum : right;
        cr_expect(right, "%s: [%zu][%zu] is %g, not %g", name, i / n, i % n, (double)got[i], sum);
    }
}

/* The last variant, which has the largest tile, of each implementation that can run the case. */
static void expect_products(size_t n, size_t k)
{
    float a[PRODUCT_M * PRODUCT_K], b[PRODUCT_K * PRODUCT_N], got[PRODUCT_M * PRODUCT_N];
    const int64_t shape[] = {1, PRODUCT_M, (int64_t)n, (int64_t)k};
    struct bench_operator *op = read_operator("bmm");
    struct bench_variant *variants = NULL;
    struct bench_case c;
    struct bench_err err = {0};
    size_t variant_count = 0, split = 0;
    for (size_t i = 0; i < PRODUCT_M * k; i++)
        a[i] = 1.0f + (float)i / 1000.0f;
    for (size_t i = 0; i < k * n; i++)
        b[i] = i % 3 == 0 ? -1.0f : 1.0f / (float)(i + 1);
    a[3 * k + 2] = INFINITY; /* whose low part is none */
    a[5 * k + 1] = NAN;
    a[7 * k] = FLT_MAX;
    a[8 * k] = FLT_MIN / 4; /* subnormal */
    a[9 * k] = INFINITY;
    a[9 * k + 1] = -INFINITY;
    memcpy(&a[11 * k + 3], &(uint32_t){0x7f800001u}, sizeof *a); /* a NaN by its last bit */
    b[2 * n + 5] = 0.0f;
    b[1 * n + 6] = -INFINITY;
    memcpy(&b[4 * n + 8], &(uint32_t){0xff800001u}, sizeof *b);
    cr_assert_eq(bench_case_plan(op, BENCH_FLOAT32, shape, 4, NULL, arena, &c, &err), 0, "%s",
                 err.message);
    float *const out = upload(got, PRODUCT_M * n);
    const struct bench_binding bindings[] = {
        {"a", upload(a, PRODUCT_M * k)}, {"b", upload(b, k * n)}, {"out", out}};
    for (size_t i = 0; i < op->implementation_count; i++) {
        const struct bench_implementation *impl = &op->implementations[i];
        enum bench_status status = BENCH_STATUS_OK;
        struct bench_callable callable = {0};
        if (impl->provider != BENCH_PROVIDER_CUDA || strncmp(impl->name, "reference", 9) == 0 ||
            bench_implementation_supports(impl, &c, &s.plan_device, &err) != 0)
            continue;
        split += strncmp(impl->name, "tf32x3", 6) == 0;
        cr_assert_eq(
            bench_variants_plan(impl, &c, &s.plan_device, arena, &variants, &variant_count, &err),
            0, "%s", err.message);
        cr_assert_gt(variant_count, 0);
        cr_assert_eq(bench_callable_prepare(&s, &c, impl, &variants[variant_count - 1], bindings, 3,
                                            arena, &callable, &status, &err),
                     0, "%s: %s", impl->name, err.message);
        cr_assert_eq(bench_callable_launch(&s, &callable, &err), 0, "%s", err.message);
        cr_assert_eq(bench_device_synchronize(s.device, &err), 0, "%s", err.message);
        cr_assert_eq(bench_device_download(s.device, got, out, PRODUCT_M * n * sizeof *got, &err),
                     0);
        expect_product(impl->name, a, b, got, n, k);
        bench_callable_fini(&callable);
    }
    cr_expect_eq(split, 1, "tf32x3 or tf32x3_odd is to be among them");
    bench_case_fini(&c);
    bench_operator_free(op);
}

Test(special_values, products_have_infinities_and_nan_where_float32_has_them)
{
    expect_products(36, 8);
    expect_products(PRODUCT_N, PRODUCT_K);
}
