/*
 * The quick way through a file and the thorough one find the same cases and the same faults. Files
 * are drawn at random: plain cases, and such that differ from them in a key, a value, a fault, in
 * spaces or in the order of keys, so that both readers have a part in most of them.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/file.h"
#include "bench/util/rng.h"
#include "bench/util/str.h"
#include "support.h"

TestSuite(skim, .init = test_enter_folder, .fini = test_leave_folder, .timeout = 300);

static struct bench_rng rng;

static const char *one_of(const char *const *words, size_t count)
{
    return words[bench_rng_below(&rng, count)];
}
#define ONE_OF(words) one_of(words, sizeof(words) / sizeof *(words))

static const char *shape(bool odd)
{
    static const char *const plain[] = {"[1]", "[2, 3]", "[2,3,4]", "[ 8 ]", "[1024, 1048576]"};
    static const char *const others[] = {
        "[]",
        "[0]",
        "[-1]",
        "[1.0]",
        "[1e2]",
        "[\"2\"]",
        "3",
        "[2, true]",
        "[1e999]",
        "[[2]]",
        "[10000000000000000]",
        "[3037000500, 3037000500]",
        "null",
        "[123456789012345678901234567890]",
        ("[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,"
         "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]")};
    return odd ? ONE_OF(others) : ONE_OF(plain);
}

static const char *dtype(bool odd)
{
    static const char *const plain[] = {"\"float32\"",       "\"float16\"", "\"bfloat16\"",
                                        "\"torch.float32\"", "\"half\"",    "\"torch.bfloat16\""};
    static const char *const others[] = {
        "\"float33\"", "32",          "null",     "\"flo\\u0061t32\"", "\"torch.float8_e4m3fnuz\"",
        "\"\"",        "\"FLOAT32\"", "\"int8\"", "\"int16\"",         "\"int32\"",
        "\"int64\"",   "\"float64\"", "\"é\""};
    return odd ? ONE_OF(others) : ONE_OF(plain);
}

static const char *time_of(bool odd)
{
    static const char *const plain[] = {"0.5",  "1",    "0.123456", "12.75",
                                        "1e-3", "2E+1", "0.125",    "1.2345678901234567"};
    static const char *const others[] = {
        "0",     "-1",    "true", "\"1\"",  "null", "NaN",  "-Infinity",
        "1e999", "1e-13", "1e10", "1e-400", "[1]",  "-0.5", "0.1000000000000000055511151231257827"};
    return odd ? ONE_OF(others) : ONE_OF(plain);
}

/* One case; `odd` of its values is unusual (4: none). */
static void add_config(struct bench_str *out, uint64_t odd)
{
    static const char *const spaces[] = {" ", "", "\n\t ", "  "};
    static const char *const extras[] = {
        "\"correct\": true",    "\"correct\": 1",       "\"params\": {\"dim\": 1}",
        "\"params\": \"x\"",    "\"stats\": {}",        "\"shape\": [2]",
        "\"cuda_time\": 3",     "\"flaggems_time\": 3", "\"your_time\": 3",
        "\"mode\": \"kernel\"", "\"near_floor\": true", "\"x\\u0022}\": \"}\""};
    const char *values[] = {shape(odd == 0), dtype(odd == 1), time_of(odd == 2), time_of(odd == 3)};
    const char *keys[] = {"shape", "dtype", "your_time", "cuda_time"};
    uint64_t first = bench_rng_below(&rng, 4), left_out = odd == 5 ? bench_rng_below(&rng, 4) : 9;
    bench_str_addf(out, "{%s", ONE_OF(spaces));
    for (uint64_t i = 0; i < 4; i++) {
        uint64_t k = (first + i) % 4;
        if (k == left_out)
            continue;
        bench_str_addf(out, "%s\"%s\"%s:%s%s", i && (i > 1 || first != left_out) ? "," : "",
                       keys[k], ONE_OF(spaces), ONE_OF(spaces), values[k]);
    }
    if (odd == 6)
        bench_str_addf(out, "%s,%s%s", ONE_OF(spaces), ONE_OF(spaces), ONE_OF(extras));
    bench_str_addf(out, "%s}", ONE_OF(spaces));
}

static void draw(struct bench_str *out)
{
    bench_str_clear(out);
    bench_str_addc(out, '{');
    uint64_t ops = 1 + bench_rng_below(&rng, 3), most = bench_rng_below(&rng, 12);
    for (uint64_t o = 0; o < ops; o++) {
        static const char *const befores[] = {"", "\"device\": \"x\", ",
                                              ("\"failed\": [{\"shape\": [2], \"dtype\": \"half\", "
                                               "\"your_time\": 1, \"cuda_time\": 1}], ")};
        bench_str_addf(out, "%s\"op%d\": {%s\"configs\": [", o ? ", " : "",
                       bench_rng_below(&rng, 20) ? (int)o : 0, ONE_OF(befores));
        for (uint64_t i = 0; i < most; i++) {
            bench_str_add(out, i ? ", " : "");
            uint64_t odd = bench_rng_below(&rng, 14);
            if (odd == 13)
                bench_str_add(out, "7");
            else
                add_config(out, odd);
        }
        bench_str_add(out, "]}");
    }
    bench_str_addc(out, '}');
}

static void compare_cases(const struct bench_dataset *a, const struct bench_dataset *b,
                          const char *text)
{
    cr_assert_eq(a->case_count, b->case_count, "%s", text);
    cr_assert_eq(a->op_count, b->op_count, "%s", text);
    for (size_t i = 0; i < a->op_count; i++)
        cr_assert_eq(a->ops[i].case_count, b->ops[i].case_count, "%s", text);
    for (size_t i = 0; i < a->case_count; i++) {
        const struct bench_dataset_case *x = &a->cases[i], *y = &b->cases[i];
        cr_assert_str_eq(x->key, y->key, "%s", text);
        cr_assert_str_eq(x->dtype, y->dtype);
        cr_assert_str_eq(x->params, y->params);
        cr_assert_eq(x->key_hash, y->key_hash);
        cr_assert_eq(x->op, y->op);
        cr_assert_eq(x->time_ms, y->time_ms, "%s", text);
        cr_assert(x->cuda_ms == y->cuda_ms || (isnan(x->cuda_ms) && isnan(y->cuda_ms)));
        cr_assert_eq(x->bytes, y->bytes);
        cr_assert_eq(x->correct, y->correct);
        cr_assert_eq(x->near_floor, y->near_floor);
        cr_assert_not(y->plain);
        cr_assert_str_eq(bench_dataset_case_written_dtype(a, x),
                         bench_dataset_case_written_dtype(b, y));
        char *p = bench_json_pointer(x->json), *q = bench_json_pointer(y->json);
        cr_assert_str_eq(p, q);
        free(p);
        free(q);
    }
}

static size_t compare(const char *text, enum bench_dataset_kind kind)
{
    struct bench_dataset *quick, *whole;
    struct bench_faults faults[2];
    struct bench_err err;
    size_t plain = 0;
    bench_faults_init(&faults[0]);
    bench_faults_init(&faults[1]);
    cr_assert_eq(bench_dataset_load("data.json", kind, &faults[0], &quick, &err), 0);
    cr_assert_eq(bench_dataset_load_whole("data.json", kind, &faults[1], &whole, &err), 0);
    compare_cases(quick, whole, text);
    cr_assert_eq(faults[0].count, faults[1].count, "%s", text);
    for (size_t i = 0; i < faults[0].count; i++)
        cr_assert_str_eq(faults[0].items[i].message, faults[1].items[i].message);
    for (size_t i = 0; i < quick->case_count; i++)
        plain += quick->cases[i].plain;
    bench_faults_fini(&faults[0]);
    bench_faults_fini(&faults[1]);
    bench_dataset_free(quick);
    bench_dataset_free(whole);
    return plain;
}

Test(skim, both_readers_find_the_same)
{
    struct bench_str text;
    struct bench_err err;
    size_t plain = 0;
    bench_str_init(&text);
    bench_rng_init(&rng, 2026);
    for (int i = 0; i < 600; i++) {
        draw(&text);
        cr_assert_eq(bench_file_write_atomic("data.json", text.data, text.len, &err), 0);
        plain += compare(text.data, i % 4 ? BENCH_DATASET_YOUR : BENCH_DATASET_FLAGGEMS);
    }
    cr_assert_gt(plain, 500, "the quick reader had hardly a part in it");
    bench_str_fini(&text);
}

/* Whatever byte a file ends with, nothing behind it is read. */
Test(skim, a_file_may_end_anywhere)
{
    static const char text[] =
        "{\"op\": {\"configs\": [{\"shape\": [2, 3], \"dtype\": \"float32\", "
        "\"your_time\": 0.5, \"cuda_time\": 1.25e0}]}}";
    for (size_t n = 0; n < sizeof text; n++) {
        struct bench_err err;
        cr_assert_eq(bench_file_write_atomic("data.json", text, n, &err), 0);
        compare(text, BENCH_DATASET_YOUR);
    }
}

/* Many ways to write dtypes, more than the quick reader knows at once. */
Test(skim, every_dtype_keeps_its_spelling)
{
    static const char *const words[] = {"float32", "torch.float32", "Float32", "FP32", "f32",
                                        "half",    "fp16",          "float16", "bf16", "bfloat16",
                                        "int8",    "torch.int8",    "double"};
    struct bench_str text;
    struct bench_err err;
    bench_str_init(&text);
    bench_str_add(&text, "{\"op\": {\"configs\": [");
    for (int i = 0; i < 13; i++)
        bench_str_addf(&text,
                       "%s{\"shape\": [%d], \"dtype\": \"%s\", \"your_time\": 1, "
                       "\"cuda_time\": 2}",
                       i ? ", " : "", i + 1, words[i]);
    bench_str_add(&text, "]}}");
    cr_assert_eq(bench_file_write_atomic("data.json", text.data, text.len, &err), 0);
    cr_assert_gt(compare(text.data, BENCH_DATASET_YOUR), 5);
    bench_str_fini(&text);
}
