/* Properties of the normal forms: one spelling for one thing, and never one for two. */
#include <criterion/criterion.h>
#include <ctype.h>
#include <string.h>

#include "bench/perf/torch_dtype.h"
#include "bench/util/rng.h"
#include "bench/util/str.h"
#include "selector/names.h"

TestSuite(names);

Test(names, every_spelling_of_a_dtype_is_one)
{
    static const char *const spellings[][6] = {
        {"float32", "torch.float32", "FP32", "float", "Torch.Float", "f32"},
        {"float16", "half", "fp16", "torch.half", "F16", "FLOAT16"},
        {"bfloat16", "bf16", "torch.bfloat16", "BF16"},
        {"int64", "long", "torch.long", "i64"},
        {"bool", "torch.bool", "boolean"},
        {"complex64", "cfloat", "torch.cfloat", "cf64", "torch.complex64"},
        {"float8_e4m3fn", "torch.float8_e4m3fn", "fp8_e4m3"},
    };
    for (size_t i = 0; i < sizeof(spellings) / sizeof(*spellings); i++)
        for (size_t k = 0; k < 6 && spellings[i][k]; k++)
            cr_expect_str_eq(bench_dtype_normalise(spellings[i][k]), spellings[i][0]);
    static const char *const unknown[] = {"float33",  "",   "torch.",
                                          "float 32", "32", "torch.torch.int8"};
    for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++)
        cr_expect_null(bench_dtype_normalise(unknown[i]), "%s", unknown[i]);
}

/* Each name is its own normal form, and normalising twice is normalising once. */
Test(names, normal_forms_are_normal)
{
    const char *all = bench_dtype_known_names();
    size_t count = 0;
    for (const char *p = all; *p && *p != '('; count++) {
        char name[32] = "";
        size_t n = strcspn(p, ", ");
        cr_assert_lt(n, sizeof(name));
        memcpy(name, p, n);
        const char *normal = bench_dtype_normalise(name);
        cr_assert_not_null(normal, "%s", name);
        cr_expect_str_eq(normal, name);
        cr_expect_eq(bench_dtype_normalise(normal), normal);
        cr_expect_geq(bench_dtype_element_bytes(normal), 1);
        p += n;
        p += strspn(p, ", ");
    }
    cr_assert_eq(count, 24);
}

Test(names, operators_lose_aten_and_nothing_else)
{
    cr_assert_str_eq(bench_operator_normalise("aten::gelu"), "gelu");
    cr_assert_str_eq(bench_operator_normalise("gelu"), "gelu");
    cr_assert_str_eq(bench_operator_normalise("aten::ge.Scalar"), "ge.Scalar");
    cr_assert_str_eq(bench_operator_normalise("_clamp_max_"), "_clamp_max_");
    static const char *const bad[] = {"",    "aten::",       "../x", "aten::../x", "/etc/x",
                                      "a b", "a::",          ".a",   "a..b",       "1a",
                                      "a/b", "aten::aten::", "a\nb", "a:b"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        cr_expect_null(bench_operator_normalise(bad[i]), "%s", bad[i]);
}

/* An object of up to six members, written in a random order with random blanks. */
static void write_shuffled(struct bench_str *out, const char *const *members, size_t n,
                           struct bench_rng *rng)
{
    size_t order[6];
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    for (size_t i = n; i-- > 1;) {
        size_t k = (size_t)bench_rng_below(rng, i + 1);
        size_t swap = order[i];
        order[i] = order[k];
        order[k] = swap;
    }
    bench_str_addc(out, '{');
    for (size_t i = 0; i < n; i++)
        bench_str_addf(out, "%s%s%s", i ? "," : "", bench_rng_below(rng, 2) ? " " : "",
                       members[order[i]]);
    bench_str_addc(out, '}');
}

static const char *params_of(struct bench_arena *arena, const struct bench_str *text)
{
    struct bench_json_doc *doc;
    struct bench_err err;
    cr_assert_eq(bench_json_parse("x", text->data, text->len, &doc, &err), 0, "%s", err.message);
    const char *normal = bench_params_normalise(arena, bench_json_root(doc));
    bench_json_free(doc);
    return normal;
}

Test(names, params_are_equal_whatever_the_order_of_their_keys)
{
    static const char *const members[] = {"\"dim\": 1",      "\"eps\": 1e-5",   "\"keepdim\": true",
                                          "\"mode\": \"x\"", "\"pad\": [1, 2]", "\"none\": null"};
    static const char *const changed[] = {"\"dim\": 2",         "\"eps\": 1e-6",
                                          "\"keepdim\": false", "\"mode\": \"y\"",
                                          "\"pad\": [2, 1]",    "\"none\": 0"};
    struct bench_arena *arena = bench_arena_new();
    struct bench_rng rng;
    bench_rng_init(&rng, 6);
    for (int round = 0; round < 500; round++) {
        size_t n = 1 + (size_t)(bench_rng_below(&rng, 6));
        struct bench_str one, other, third;
        bench_str_init(&one);
        bench_str_init(&other);
        bench_str_init(&third);
        write_shuffled(&one, members, n, &rng);
        write_shuffled(&other, members, n, &rng);
        const char *with[6];
        memcpy(with, members, sizeof(with));
        size_t which = (size_t)(bench_rng_below(&rng, n));
        with[which] = changed[which];
        write_shuffled(&third, with, n, &rng);
        cr_assert_str_eq(params_of(arena, &one), params_of(arena, &other));
        cr_assert_str_neq(params_of(arena, &one), params_of(arena, &third));
        bench_str_fini(&one);
        bench_str_fini(&other);
        bench_str_fini(&third);
    }
    bench_arena_free(arena);
}
