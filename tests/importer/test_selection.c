#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "importer/selection.h"
#include "support.h"

TestSuite(selection, .init = importer_enter, .fini = importer_leave);

#define HEAD "{\"batch\": 1, \"threshold\": 1.3, \"criterion\": \"speedup_vs_flaggems\", "
#define CASE                                                                                       \
    "{\"shape\": [2, 3], \"dtype\": \"torch.float16\", \"your_time\": 0.5, \"cuda_time\": null, "  \
    "\"flaggems_time\": 0.75, \"speedup_vs_flaggems\": 1.5, \"variant\": {\"BLOCK\": 256}, "       \
    "\"implementation\": "                                                                         \
    "\"candidate\"}"

Test(selection, reads_what_select_writes)
{
    struct bench_selected *s;
    struct bench_err err;
    importer_write("s.json", "\xef\xbb\xbf" HEAD
                             "\"operators\": {\"aten::gelu\": {\"device\": \"GPU\", \"configs\": "
                             "[" CASE "]}}, \"rejected\": {}}");
    cr_assert_eq(bench_selected_read("s.json", &s, &err), 0, "%s", err.message);
    cr_expect_eq(s->batch, 1);
    const struct bench_selected_op *op = bench_selected_find(s, "gelu");
    cr_assert_not_null(op);
    cr_expect_str_eq(op->device, "GPU");
    cr_expect_null(op->run);
    cr_assert_eq(op->case_count, 1);
    cr_expect_eq(op->cases[0].dtype, BENCH_FLOAT16);
    cr_expect_eq(op->cases[0].ndim, 2);
    cr_expect_eq(op->cases[0].shape[1], 3);
    cr_expect(isnan(op->cases[0].cuda_ms));
    cr_expect(op->cases[0].correct);
    cr_expect_str_eq(op->cases[0].implementation, "candidate");
    bench_selected_free(s);
}

/* What `bench select` takes from FlagGems' records: arguments as text, and dtypes that kernels/ has
 * no use for. */
Test(selection, reads_what_select_takes_from_records)
{
    struct bench_selected *s;
    struct bench_err err;
    importer_write(
        "s.json", HEAD
        "\"operators\": {\"vdot\": {\"configs\": [{\"shape\": [2], \"dtype\": "
        "\"cf64\", \"your_time\": 1, \"flaggems_time\": 2, \"speedup_vs_flaggems\": 2, \"params\": "
        "\"[[[2],[2]]]\"}]}}}");
    cr_assert_eq(bench_selected_read("s.json", &s, &err), 0, "%s", err.message);
    const struct bench_selected_case *c = &s->ops[0].cases[0];
    cr_expect_str_eq(c->dtype_name, "complex64");
    cr_expect_eq(c->dtype, BENCH_DTYPE_COUNT);
    cr_expect_null(c->params);
    cr_expect_str_eq(c->params_text, "[[[2],[2]]]");
    bench_selected_free(s);
}

struct fault {
    char text[600];
    char message[120];
};

static struct fault faults[] = {
    {"[]", "s.json:1:1"},
    {"{\"batch\": 3}", "/batch"},
    {"{\"batch\": 2, \"threshold\": 1.25, \"criterion\": \"speedup_vs_flaggems\", \"operators\": "
     "{}}",
     "found 'speedup_vs_flaggems', but batch 2 is selected by 'relative_to_cuda'"},
    {HEAD "\"operators\": []}", "/operators"},
    {HEAD "\"operators\": {\"a b\": {\"configs\": [" CASE "]}}}", "'a b' is no Python name"},
    {HEAD "\"operators\": {\"gelu\": {\"configs\": []}}}", "no case"},
    {HEAD "\"operators\": {\"gelu\": {\"configs\": [" CASE "]}, \"aten::gelu\": {\"configs\": "
          "[" CASE "]}}}",
     "the operator 'gelu' is there twice"},
    {HEAD "\"operators\": {\"gelu\": {\"configs\": [{\"shape\": [-1]}]}}}",
     "/operators/gelu/configs/0/shape/0"},
    {HEAD "\"operators\": {\"gelu\": {\"configs\": [{\"shape\": [1], \"dtype\": \"float13\"}]}}}",
     "unknown dtype 'float13'"},
    {HEAD "\"operators\": {\"gelu\": {\"configs\": [{\"shape\": [1], \"dtype\": \"half\", "
          "\"your_time\": 1, \"params\": [1]}]}}}",
     "/params: found an array, expected an object or a string"},
    {HEAD "\"operators\": {\"gelu\": {\"configs\": [{\"shape\": [1], \"dtype\": \"float32\", "
          "\"your_time\": 0}]}}}",
     "/your_time: 0, expected a number above 0"},
    {HEAD "\"operators\": {\"gelu\": {\"configs\": [{\"shape\": [1], \"dtype\": \"float32\", "
          "\"your_time\": true}]}}}",
     "/your_time"},
    {HEAD "\"operators\": {\"gelu\": {\"configs\": [{\"shape\": [1], \"dtype\": \"float32\", "
          "\"your_time\": 1}]}}}",
     "'speedup_vs_flaggems' is missing"},
    /* Ratios that do not follow from the times, of the criterion and of the other one. */
    {HEAD "\"operators\": {\"gelu\": {\"configs\": [{\"shape\": [1], \"dtype\": \"float32\", "
          "\"your_time\": 1, \"flaggems_time\": 1.1, \"speedup_vs_flaggems\": 2}]}}}",
     "/speedup_vs_flaggems: found 2, but the case's times are 1.1 and 1 ms, whose ratio is 1.1"},
    {HEAD "\"operators\": {\"gelu\": {\"configs\": [{\"shape\": [1], \"dtype\": \"float32\", "
          "\"your_time\": 1, \"speedup_vs_flaggems\": 2}]}}}",
     "/speedup_vs_flaggems: 2, but a time that it would follow from is missing"},
    {HEAD "\"operators\": {\"gelu\": {\"configs\": [{\"shape\": [1], \"dtype\": \"float32\", "
          "\"your_time\": 1, \"flaggems_time\": 2, \"cuda_time\": 2, \"speedup_vs_flaggems\": 2, "
          "\"relative_to_cuda\": 0.4}]}}}",
     "/relative_to_cuda: found 0.4, but the case's times are 1 and 2 ms, whose ratio is 0.5"},
    {HEAD "\"operators\": {\"gelu\": {\"configs\": [{\"shape\": [1], \"dtype\": \"float32\", "
          "\"your_time\": 1, \"flaggems_time\": 2, \"speedup_vs_flaggems\": 2, "
          "\"stats\": {\"candidate\": {\"median_ms\": 3}}}]}}}",
     "/your_time: found 1 ms, but its statistics (stats, candidate, median_ms) say 3"},
    {HEAD "\"operators\": {\"gelu\": {\"configs\": [{\"shape\": [1], \"dtype\": \"float32\", "
          "\"your_time\": 1, \"cuda_time\": 2, \"flaggems_time\": 2, \"speedup_vs_flaggems\": 2, "
          "\"stats\": {\"baseline\": {\"median_ms\": 1}}}]}}}",
     "/cuda_time: found 2 ms"},
};

/* Others round to three decimals; what counts is what the times make. */
Test(selection, a_rounded_ratio_is_calculated_again)
{
    struct bench_selected *s;
    struct bench_err err;
    importer_write("s.json",
                   HEAD "\"operators\": {\"gelu\": {\"configs\": [{\"shape\": [2], \"dtype\": "
                        "\"half\", \"your_time\": 3, \"flaggems_time\": 5, "
                        "\"speedup_vs_flaggems\": 1.667}]}}}");
    cr_assert_eq(bench_selected_read("s.json", &s, &err), 0, "%s", err.message);
    cr_expect_float_eq(s->ops[0].cases[0].speedup, 5.0 / 3.0, 1e-15);
    bench_selected_free(s);
}

ParameterizedTestParameters(selection, refuses)
{
    return cr_make_param_array(struct fault, faults, sizeof(faults) / sizeof(*faults));
}

ParameterizedTest(struct fault *fault, selection, refuses)
{
    struct bench_selected *s = NULL;
    struct bench_err err = {.code = 0};
    importer_write("s.json", fault->text);
    cr_assert_eq(bench_selected_read("s.json", &s, &err), BENCH_EINPUT, "%s", fault->text);
    cr_expect_not_null(strstr(err.message, fault->message), "expected '%s' in: %s", fault->message,
                       err.message);
}
