/* Numbers are read and written as the C library does, whichever way is taken; cJSON agrees. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/perf/json.h"
#include "bench/util/rng.h"
#include "bench/util/str.h"

TestSuite(json_values);

static double read_number(const char *text)
{
    struct bench_json_doc *doc;
    struct bench_err err;
    cr_assert_eq(bench_json_parse("f", text, strlen(text), &doc, &err), 0, "%s", err.message);
    double v = bench_json_number(bench_json_root(doc));
    bench_json_free(doc);
    return v;
}

static void expect_same(const char *text)
{
    double want = strtod(text, NULL);
    double got = read_number(text);
    cr_assert_eq(memcmp(&got, &want, sizeof(got)), 0, "%s: %.17g, expected %.17g", text, got, want);
}

/* Digits of every count, exponents of every size, and decimals that lie near halves. */
Test(json_values, reading_agrees_with_the_c_library)
{
    struct bench_rng rng;
    bench_rng_init(&rng, 1);
    for (int i = 0; i < 100000; i++) {
        char text[64];
        uint64_t bits = bench_rng_u64(&rng);
        double v;
        memcpy(&v, &bits, sizeof(v));
        if (isfinite(v)) {
            snprintf(text, sizeof(text), "%.*g", 1 + (int)bench_rng_below(&rng, 22), v);
            if (isfinite(strtod(text, NULL)))
                expect_same(text);
        }
        v = exp(bench_rng_normal(&rng) * 4);
        snprintf(text, sizeof(text), "%.*f", 1 + (int)bench_rng_below(&rng, 25), v);
        expect_same(text);
        /* Between two doubles. */
        double next = nextafter(v, INFINITY);
        snprintf(text, sizeof(text), "%.19Lg", ((long double)v + (long double)next) / 2);
        expect_same(text);
    }
    static const char *const texts[] = {"0",
                                        "-0",
                                        "-0.0",
                                        "1e-400",
                                        "5e-324",
                                        "1e308",
                                        "1e22",
                                        "1e23",
                                        "9007199254740993",
                                        "1e-99999999999999999999",
                                        "0e99999999999999999999",
                                        "0.000000000000000000000000000000001",
                                        "18446744073709551616",
                                        "99999999999999999999"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        expect_same(texts[i]);
}

/* The shortest digits that read back: no fewer do, and of as many the nearest. */
static void expect_shortest(double v)
{
    struct bench_str out;
    struct bench_json_writer w;
    bench_str_init(&out);
    bench_json_writer_init(&w, &out, BENCH_JSON_COMPACT);
    bench_json_put_double(&w, v);
    cr_assert_eq(strtod(out.data, NULL), v, "%s for %.17g", out.data, v);
    char text[40];
    int precision = 1;
    do
        snprintf(text, sizeof(text), "%.*g", precision++, v);
    while (precision <= 17 && strtod(text, NULL) != v);
    cr_assert_eq(strtod(text, NULL), strtod(out.data, NULL));
    size_t digits = 0, fewest = 0;
    for (const char *p = out.data; *p && *p != 'e'; p++)
        digits += (*p >= '0' && *p <= '9') && (digits || *p != '0');
    for (const char *p = text; *p && *p != 'e'; p++)
        fewest += (*p >= '0' && *p <= '9') && (fewest || *p != '0');
    /* Whole numbers are written with their zeros. */
    if (strchr(out.data, '.'))
        cr_assert_leq(digits, fewest, "%s, but %s reads back", out.data, text);
    bench_str_fini(&out);
}

Test(json_values, writing_is_shortest)
{
    struct bench_rng rng;
    bench_rng_init(&rng, 2);
    for (int i = 0; i < 30000; i++) {
        expect_shortest(exp(bench_rng_normal(&rng) * 3));
        expect_shortest(exp(bench_rng_normal(&rng)) / exp(bench_rng_normal(&rng)));
        expect_shortest(floor(exp(bench_rng_normal(&rng) * 3) * 1e6) / 1e6);
        expect_shortest(ldexp(1, (int)bench_rng_below(&rng, 80) - 40));
    }
}

static void expect_equal(const struct bench_json *v, const cJSON *c)
{
    switch (bench_json_type(v)) {
    case BENCH_JSON_NULL:
        cr_assert(cJSON_IsNull(c));
        return;
    case BENCH_JSON_BOOL:
        cr_assert(cJSON_IsBool(c));
        cr_assert_eq(bench_json_bool(v), cJSON_IsTrue(c) != 0);
        return;
    case BENCH_JSON_NUMBER:
        cr_assert_eq(bench_json_number(v), c->valuedouble);
        return;
    case BENCH_JSON_STRING:
        cr_assert_str_eq(bench_json_string(v), c->valuestring);
        return;
    case BENCH_JSON_ARRAY:
    case BENCH_JSON_OBJECT:
        cr_assert_eq(bench_json_size(v), (size_t)cJSON_GetArraySize(c));
        c = c->child;
        for (const struct bench_json *m = bench_json_first(v); m; m = bench_json_next(m)) {
            if (bench_json_key(m))
                cr_assert_str_eq(bench_json_key(m), c->string);
            expect_equal(m, c);
            c = c->next;
        }
        return;
    }
}

static void add_random(struct bench_str *out, struct bench_rng *rng, int depth)
{
    static const char *const scalars[] = {"null",
                                          "true",
                                          "false",
                                          "\"\"",
                                          "\"a\\\\b\\\"c\\u00e9\"",
                                          "\"\xc3\xa9\"",
                                          "0",
                                          "-1.5e-3",
                                          "1234567890123456789"};
    uint64_t kind = bench_rng_below(rng, depth > 5 ? 1 : 4);
    if (kind < 2) {
        bench_str_add(out, scalars[bench_rng_below(rng, 9)]);
        return;
    }
    bench_str_addc(out, kind == 2 ? '[' : '{');
    size_t n = bench_rng_below(rng, 5);
    for (size_t i = 0; i < n; i++) {
        bench_str_add(out, i ? " , " : bench_rng_below(rng, 2) ? "\n" : "");
        if (kind == 3)
            bench_str_add(out, bench_rng_below(rng, 2) ? "\"k\\t\" :\t" : "\"key\":");
        add_random(out, rng, depth + 1);
    }
    bench_str_addc(out, kind == 2 ? ']' : '}');
}

Test(json_values, documents_agree_with_cjson)
{
    struct bench_rng rng;
    bench_rng_init(&rng, 3);
    for (int i = 0; i < 3000; i++) {
        struct bench_str text;
        struct bench_json_doc *doc;
        struct bench_err err;
        bench_str_init(&text);
        add_random(&text, &rng, 0);
        cJSON *tree = cJSON_Parse(text.data);
        cr_assert_not_null(tree);
        cr_assert_eq(bench_json_parse("f", text.data, text.len, &doc, &err), 0, "%s", err.message);
        expect_equal(bench_json_root(doc), tree);
        bench_json_free(doc);
        cJSON_Delete(tree);
        bench_str_fini(&text);
    }
}
