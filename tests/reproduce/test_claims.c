/* Claims of all forms, and what is wrong with them. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/reproduce/claims.h"
#include "bench/util/file.h"

static char folder[] = "/tmp/bench-claims-XXXXXX";

static void enter(void)
{
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
}

static void leave(void)
{
    cr_assert_eq(chdir("/"), 0);
    bench_file_remove_tree(folder, NULL);
}

TestSuite(claims, .init = enter, .fini = leave);

static struct bench_claims *load(const char *name, const char *text)
{
    struct bench_claims *claims = NULL;
    struct bench_err err = {0};
    cr_assert_eq(bench_file_write_atomic(name, text, strlen(text), &err), 0);
    cr_assert_eq(bench_claims_load(name, NULL, &claims, &err), 0, "%s", err.message);
    return claims;
}

static void expect_fault(const char *text, const char *part)
{
    struct bench_claims *claims = NULL;
    struct bench_err err = {0};
    cr_assert_eq(bench_file_write_atomic("c", text, strlen(text), &err), 0);
    cr_expect_eq(bench_claims_load("c", NULL, &claims, &err), BENCH_EINPUT, "of: %s", text);
    cr_expect_not_null(strstr(err.message, part), "found: %s\nexpected: %s", err.message, part);
}

Test(claims, a_table_has_its_columns_in_any_order)
{
    struct bench_claims *c = load("c.csv", "\xef\xbb\xbfspeedup, dtype,shape,operator,against\r\n"
                                           "1.45x,torch.float16,\"[2, 3]\",aten::gelu,cuda\r\n"
                                           "# nothing\r\n"
                                           "\r\n"
                                           "2,fp32,4x5x6,add,\n");
    cr_assert_eq(c->count, 2);
    cr_expect_str_eq(c->items[0].op, "gelu");
    cr_expect_str_eq(c->items[0].dtype, "float16");
    cr_expect_eq(c->items[0].ndim, 2);
    cr_expect_eq(c->items[0].shape[1], 3);
    cr_expect_eq(c->items[0].speedup.estimate, 1.45);
    cr_expect_eq(c->items[0].against, BENCH_BASELINE);
    cr_expect_eq(c->items[1].against, BENCH_REFERENCE, "the reference is what is meant");
    cr_expect_eq(c->items[1].shape[2], 6);
    cr_expect_str_eq(c->items[1].place, "c.csv:5");
    bench_claims_free(c);
}

Test(claims, params_of_a_table_are_json_or_words)
{
    struct bench_claims *c = load("c.csv", "operator,shape,dtype,speedup,params\n"
                                           "gelu,4,float32,1,approximate=tanh dim=1 keep=true\n"
                                           "gelu,4,float32,1,\"{\"\"dim\"\": 0}\"\n");
    cr_expect_str_eq(c->items[0].params, "{\"approximate\":\"tanh\",\"dim\":1,\"keep\":true}");
    cr_expect_str_eq(c->items[1].params, "{\"dim\": 0}");
    bench_claims_free(c);
}

Test(claims, faults_of_a_table_are_named_with_their_line)
{
    static const char header[] = "operator,shape,dtype,speedup,low,high,against\n";
    static const struct {
        const char *row, *part;
    } faults[] = {{"gelu,4,float32,fast,,,", "c:2: column 'speedup': found 'fast'"},
                  {"gelu,4,float32,-1,,,", "c:2: column 'speedup'"},
                  {"gelu,0,float32,1,,,", "c:2: column 'shape'"},
                  {"gelu,4x,float33,1,,,", "c:2: column 'dtype': found 'float33'"},
                  {"gelu,4,float32,1,,,torch", "c:2: column 'against': found 'torch'"},
                  {"gelu,4,float32,1,2,3,", "low, speedup and high must ascend"},
                  {"gelu,4,float32,1,0.5,,", "both or not at all"},
                  {"gelu,4,float32", "found 3 fields, expected 7"},
                  {"\"gelu,4,float32,1,,,", "a quote is never closed"}};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        char text[512];
        snprintf(text, sizeof text, "%s%s\n", header, faults[i].row);
        expect_fault(text, faults[i].part);
    }
    expect_fault("operator,shape,dtype\n", "has no column 'speedup'");
    expect_fault("operator,shape,dtype,spedup\n", "did you mean 'speedup'?");
    expect_fault("operator,operator,dtype,speedup\n", "two columns are 'operator'");
    expect_fault("operator,shape,dtype,speedup\n", "holds no claim");
    expect_fault("", "holds no claim");
}

Test(claims, bytes_that_are_no_text_are_refused)
{
    static const char bytes[] = "operator\0,shape\n";
    struct bench_claims *claims = NULL;
    struct bench_err err = {0};
    cr_assert_eq(bench_file_write_atomic("c", bytes, sizeof bytes - 1, &err), 0);
    cr_expect_eq(bench_claims_load("c", NULL, &claims, &err), BENCH_EINPUT);
    cr_expect_not_null(strstr(err.message, "holds a byte 0"));
}

#define CONFIG(your, flaggems, more)                                                               \
    "{\"gelu\":{\"configs\":[{\"shape\":[4],\"dtype\":\"float32\",\"your_time\":" your             \
    ",\"cuda_time\":3,\"flaggems_time\":" flaggems more "}]}}"
#define STATS(median, estimate)                                                                    \
    ",\"stats\":{\"candidate\":{\"median_ms\":" median "},\"reference\":{\"median_ms\":4},"        \
    "\"speedup_vs_flaggems\":{\"estimate\":" estimate ",\"low\":1.9,\"high\":2.1}}"

/* *note outlives the claims, until the next call; it stays where there is none. */
static struct bench_speedup against_reference(const char *text, const char **note)
{
    static char kept[256];
    struct bench_claims *c = load("c.json", text);
    struct bench_speedup s = {.estimate = NAN};
    for (size_t i = 0; i < c->count; i++)
        if (c->items[i].against == BENCH_REFERENCE) {
            s = c->items[i].speedup;
            if (c->items[i].note != NULL) {
                snprintf(kept, sizeof kept, "%s", c->items[i].note);
                *note = kept;
            }
        }
    bench_claims_free(c);
    return s;
}

Test(claims, statistics_count_where_they_are_those_of_the_times)
{
    const char *note = NULL;
    struct bench_speedup s = against_reference(CONFIG("2", "4", STATS("2", "2.05")), &note);
    cr_expect_eq(s.estimate, 2.05);
    cr_expect_eq(s.low, 1.9);
    cr_expect_null(note);
}

/* Whatever number was edited, the claim is what was written. */
Test(claims, what_was_edited_by_hand_is_the_claim)
{
    const char *note = NULL;
    struct bench_speedup s = against_reference(CONFIG("1", "4", STATS("2", "2.05")), &note);
    cr_expect_eq(s.estimate, 4, "the time was edited");
    cr_expect_not(bench_speedup_has_interval(&s));
    cr_expect_not_null(note);
    s = against_reference(CONFIG("2", "4", STATS("2", "3")), &note);
    cr_expect_eq(s.estimate, 3, "the estimate was edited");
    cr_expect_not(bench_speedup_has_interval(&s));
    s = against_reference(CONFIG("2", "4", ",\"speedup_vs_flaggems\":9"), &note);
    cr_expect_eq(s.estimate, 9, "the ratio was edited");
    s = against_reference(CONFIG("2", "4", ""), &note);
    cr_expect_eq(s.estimate, 2, "there are times alone");
}

/* A ratio that was left as it was measured does not hide that its times were not. */
Test(claims, edited_times_beside_a_ratio_that_was_not)
{
    const char *note = NULL;
    struct bench_speedup s =
        against_reference(CONFIG("0.2", "4", ",\"speedup_vs_flaggems\":2" STATS("2", "2")), &note);
    cr_expect_eq(s.estimate, 20);
    cr_expect_not(bench_speedup_has_interval(&s));
    cr_expect_str_eq(note, "its times are not those of its statistics: the times count");
    /* Both were: neither is measured, and the ratio is what is read. */
    s = against_reference(CONFIG("0.2", "4", ",\"speedup_vs_flaggems\":3" STATS("2", "2")), &note);
    cr_expect_eq(s.estimate, 3);
    cr_expect_not_null(strstr(note, "what is stated counts"));
}

Test(claims, performance_data_claim_over_the_baseline_as_a_speedup)
{
    struct bench_claims *c =
        load("c.json", "{\"gelu\":{\"device\":\"D\",\"configs\":[{\"shape\":[4],\"dtype\":"
                       "\"float32\",\"your_time\":2,\"cuda_time\":3}]}}");
    cr_assert_eq(c->count, 1);
    cr_expect_eq(c->form, BENCH_CLAIMS_DATA);
    cr_expect_eq(c->items[0].against, BENCH_BASELINE);
    cr_expect_eq(c->items[0].speedup.estimate, 1.5);
    cr_expect_str_eq(c->device, "D");
    bench_claims_free(c);
}

Test(claims, a_record_of_flaggems_claims_over_torch)
{
    struct bench_claims *c = load(
        "c.log", "[INFO] {\"op_name\": \"gelu\", \"dtype\": \"torch.float16\", \"mode\": "
                 "\"kernel\", \"level\": \"core\", \"result\": [{\"legacy_shape\": null, "
                 "\"shape_detail\": [[64, 64]], \"latency_base\": 0.006, \"latency\": 0.004, "
                 "\"speedup\": 1.5, \"accuracy\": null, \"tflops\": null, \"utilization\": null, "
                 "\"compared_speedup\": null, \"error_msg\": null}]}\n");
    cr_assert_eq(c->count, 1);
    cr_expect_eq(c->form, BENCH_CLAIMS_RECORD);
    cr_expect_float_eq(c->items[0].speedup.estimate, 1.5, 1e-12);
    cr_expect_eq(c->items[0].against, BENCH_BASELINE);
    bench_claims_free(c);
}

Test(claims, a_selection_claims_for_its_operators_too)
{
    struct bench_claims *c = load(
        "s.json",
        "{\"batch\":1,\"threshold\":1.3,\"criterion\":\"speedup_vs_flaggems\",\"criteria\":"
        "{\"aggregate\":\"geomean\"},\"operators\":{\"gelu\":{\"avg_speedup_vs_flaggems\":2,"
        "\"avg_relative_to_cuda\":0.5,\"why\":[{\"check\":\"geomean\",\"value\":2.01,\"low\":1.9,"
        "\"high\":2.1}],\"configs\":[{\"shape\":[4],\"dtype\":\"float32\",\"your_time\":2,"
        "\"flaggems_time\":4,\"cuda_time\":null,\"speedup_vs_flaggems\":2,\"relative_to_cuda\":"
        "null}]}},\"rejected\":{}}");
    cr_assert_eq(c->count, 2);
    cr_expect(c->items[0].whole);
    cr_expect_eq(c->items[0].bar, 1.3);
    cr_expect_eq(c->items[0].cases, 1);
    cr_expect_eq(c->items[0].speedup.low, 1.9);
    cr_expect_not(c->items[1].whole);
    cr_expect_eq(c->items[1].bar, 1, "one case may be below the threshold");
    bench_claims_free(c);
}

Test(claims, faults_of_data_are_named)
{
    expect_fault("{\"gelu\":{\"configs\":[{\"shape\":[4],\"dtype\":\"float32\",\"your_time\":-2,"
                 "\"cuda_time\":3}]}}",
                 "/gelu/configs/0/your_time");
    expect_fault("{\"a\":", "c:1:");
    expect_fault("{\"criterion\":\"speedup_vs_flaggems\",\"operators\":{\"gelu\":{\"configs\":"
                 "[{\"dtype\":\"float32\"}]}}}",
                 "/operators/gelu/configs/0");
}

Test(claims, identities_do_not_depend_on_spelling)
{
    struct bench_arena *arena = bench_arena_new();
    const int64_t shape[] = {4, 5};
    const char *a = bench_claim_identity(arena, "f", "float32", shape, 2, "{\"b\":1,\"a\":2.0}");
    const char *b = bench_claim_identity(arena, "f", "float32", shape, 2, "{\"a\": 2, \"b\": 1}");
    const char *c = bench_claim_identity(arena, "f", "float32", shape, 1, "{\"a\": 2, \"b\": 1}");
    cr_expect_str_eq(a, b);
    cr_expect_str_neq(a, c);
    bench_arena_free(arena);
}
