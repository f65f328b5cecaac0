/* Whether two files belong together. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/str.h"
#include "selector/validate.h"
#include "support.h"

TestSuite(validate, .init = test_enter_folder, .fini = test_leave_folder);

/* What is said of files that are read without a fault; that there are few cases is left out. */
static void validate(struct test_data *data, const char *your, const char *flaggems)
{
    test_load(data, your, flaggems);
    cr_assert_eq(data->faults.count, 0, "%s", data->faults.items[0].message);
    struct bench_faults all;
    bench_faults_init(&all);
    bench_validate(data->your, data->flaggems, &data->join, &all);
    for (size_t i = 0; i < all.count; i++)
        if (strcmp(all.items[i].code, "few-cases") != 0)
            bench_faults_report(&data->faults, all.items[i].level, all.items[i].code, NULL, "%s",
                                all.items[i].message);
    bench_faults_fini(&all);
}

static const struct bench_fault *find(const struct test_data *data, const char *code)
{
    for (size_t i = 0; i < data->faults.count; i++)
        if (strcmp(data->faults.items[i].code, code) == 0)
            return &data->faults.items[i];
    return NULL;
}

/* Exactly one warning, of this kind, whose message has `part` in it. */
static void expect_warning(const char *your, const char *code, const char *part)
{
    struct test_data data;
    validate(&data, your, NULL);
    const struct bench_fault *f = find(&data, code);
    cr_assert_not_null(f, "no '%s' in: %s", code, your);
    cr_expect_eq(f->level, BENCH_FAULT_WARNING);
    cr_expect_not_null(strstr(f->message, part), "%s", f->message);
    cr_expect_eq(data.faults.count, 1, "also: %s",
                 data.faults.items[data.faults.count - 1].message);
    test_unload(&data);
}

/* One operator; each case is [rows] in half, float32, half, … with the times given by pairs. */
static char *op_text(const char *name, size_t n, const double (*times)[2], double rows)
{
    struct bench_str text;
    bench_str_init(&text);
    bench_str_addf(&text, "{\"%s\": {\"configs\": [", name);
    for (size_t i = 0; i < n; i++)
        bench_str_addf(&text,
                       "%s{\"shape\": [%.0f], \"dtype\": \"%s\", \"your_time\": %.17g, "
                       "\"cuda_time\": %.17g}",
                       i ? "," : "", rows * pow(4, (double)i), i % 2 ? "float32" : "half",
                       times[i][0], times[i][1]);
    bench_str_add(&text, "]}}");
    char *taken = bench_str_take(&text);
    bench_str_fini(&text);
    return taken;
}

static void expect_times(size_t n, const double (*times)[2], double rows, const char *code,
                         const char *part)
{
    char *text = op_text("gelu", n, times, rows);
    expect_warning(text, code, part);
    free(text);
}

#define YOUR(fields)                                                                               \
    "{\"gelu\": {\"configs\": [{\"shape\": [2], \"dtype\": \"half\", \"your_time\": 1, " fields    \
    "}]}}"
#define FLAGGEMS(fields)                                                                           \
    "{\"gelu\": {\"configs\": [{\"shape\": [2], \"dtype\": \"half\", \"flaggems_time\": "          \
    "1, " fields "}]}}"

Test(validate, files_of_one_run_are_fine)
{
    struct test_data data;
    validate(&data, YOUR("\"cuda_time\": 1.0"), FLAGGEMS("\"cuda_time\": 1.04"));
    cr_assert_eq(data.faults.count, 0);
    cr_assert_eq(data.join.matched, 1);
    test_unload(&data);
}

Test(validate, a_cuda_time_that_disagrees_is_an_error)
{
    struct test_data data;
    validate(&data, YOUR("\"cuda_time\": 1"), FLAGGEMS("\"cuda_time\": 2"));
    test_expect_fault(&data.faults, 0, BENCH_FAULT_ERROR,
                      "your.json:1:23: /gelu/configs/0: cuda_time is 1 ms here and 2 ms in the "
                      "reference data (line 1), 100 % apart; at most 5 % is expected of one "
                      "machine: measure both files in one run");
    cr_assert_eq(data.faults.count, 1);
    test_unload(&data);
}

#define WITH(time, extra)                                                                          \
    "{\"configs\": [{\"shape\": [2], \"dtype\": \"half\", \"" time                                 \
    "\": 1, \"cuda_time\": 1}], " extra "}"

/* Times of whole calls and times of kernels, cold and hot caches, are not held against each other:
 * neither within a file nor between the two. Data that tell nothing are. */
Test(validate, modes_and_caches_are_named_with_their_operators)
{
    struct test_data data;
    test_load(
        &data,
        "{\"gelu\": " WITH(
            "your_time",
            "\"mode\": \"kernel\", \"cache\": \"cold\"") ",\n"
                                                         "\"mul\": " WITH(
                                                             "your_time",
                                                             "\"mode\": null") ",\n"
                                                                               "\"sum\":"
                                                                               " " WITH("your_"
                                                                                        "time",
                                                                                        "\"mode\":"
                                                                                        " \"operat"
                                                                                        "or\"") "}",
        "{\"gelu\": " WITH("flaggems_time", "\"cache\": \"hot\"") "}");
    bench_validate_conditions(data.your, data.flaggems, &data.faults);
    test_expect_fault(&data.faults, 0, BENCH_FAULT_ERROR,
                      "your.json:3:95: /sum/mode: 'sum' was measured with mode 'operator', but "
                      "'gelu' in your.json with 'kernel'; such times cannot be compared: measure "
                      "all in one way");
    test_expect_fault(&data.faults, 1, BENCH_FAULT_ERROR,
                      "flaggems.json:1:102: /gelu/cache: 'gelu' was measured with cache 'hot', but "
                      "'gelu' in your.json with 'cold'; such times cannot be compared: measure "
                      "all in one way");
    cr_assert_eq(data.faults.count, 2);
    test_unload(&data);
}

/* FlagGems' records tell the mode of each case; what is no mode is somebody else's key. */
Test(validate, modes_of_cases_are_one)
{
    struct test_data data;
    test_load(&data,
              "{\"embedding_bag\": {\"configs\": [\n"
              "{\"shape\": [2], \"dtype\": \"half\", \"your_time\": 1, \"cuda_time\": 2, "
              "\"mode\": \"max\"},\n"
              "{\"shape\": [3], \"dtype\": \"half\", \"your_time\": 1, \"cuda_time\": 2, "
              "\"mode\": \"kernel\"},\n"
              "{\"shape\": [4], \"dtype\": \"half\", \"your_time\": 1, \"cuda_time\": 2, "
              "\"mode\": \"wrapper\"}]}}",
              NULL);
    test_expect_fault(&data.faults, 0, BENCH_FAULT_ERROR,
                      "your.json:4:73: /embedding_bag/configs/2/mode: this case was measured with "
                      "mode 'wrapper', but others of 'embedding_bag' with 'kernel'; such times "
                      "cannot be compared: measure all in one mode");
    cr_assert_eq(data.faults.count, 1);
    test_unload(&data);
}

Test(validate, devices_are_named_with_their_operators)
{
    struct test_data data;
    test_load(&data,
              "{\"gelu\": {\"device\": \"H100\", \"configs\": [{\"shape\": [2], \"dtype\": "
              "\"half\", \"your_time\": 1, \"cuda_time\": 1}]},\n"
              "\"sum\": {\"device\": \"cpu\", \"configs\": [{\"shape\": [2], \"dtype\": \"half\", "
              "\"your_time\": 1, \"cuda_time\": 1}]}}",
              "{\"gelu\": {\"device\": \"A100\", \"configs\": [{\"shape\": [2], \"dtype\": "
              "\"half\", \"flaggems_time\": 1}]}}");
    bench_validate_devices(data.your, data.flaggems, &data.faults);
    test_expect_fault(&data.faults, 0, BENCH_FAULT_ERROR,
                      "your.json:2:19: /sum/device: 'sum' was measured on 'cpu', but 'gelu' in "
                      "your.json on 'H100'; times of different devices cannot be compared: measure "
                      "all on one");
    test_expect_fault(&data.faults, 1, BENCH_FAULT_ERROR,
                      "flaggems.json:1:21: /gelu/device: 'gelu' was measured on 'A100', but 'gelu' "
                      "in your.json on 'H100'; times of different devices cannot be compared: "
                      "measure all on one");
    cr_assert_eq(data.faults.count, 2);
    test_unload(&data);
}

#define ON(kind, key)                                                                              \
    "\"device_kind\": \"" kind "\", \"configs\": [{\"shape\": [2], \"dtype\": \"half\", \"" key    \
    "\": 1, \"cuda_time\": 1}]}"

/* Also where no device has a name, within a file and between the two. */
Test(validate, kinds_of_devices_are_not_mixed)
{
    struct test_data data;
    test_load(&data,
              "{\"gelu\": {" ON("cuda", "your_time") ",\n\"sum\": {" ON("cpu", "your_time") "}",
              NULL);
    bench_validate_devices(data.your, NULL, &data.faults);
    test_expect_fault(
        &data.faults, 0, BENCH_FAULT_ERROR,
        "your.json:2:24: /sum/device_kind: 'sum' was measured on a device of the kind "
        "'cpu', but 'gelu' in your.json on 'cuda'; times of different devices cannot be "
        "compared: measure all on one");
    cr_assert_eq(data.faults.count, 1);
    test_unload(&data);
    test_load(&data, "{\"gelu\": {\"device\": \"x86\", " ON("cpu", "your_time") "}",
              "{\"gelu\": {\"device\": \"H100\", " ON("cuda", "flaggems_time") "}");
    bench_validate_devices(data.your, data.flaggems, &data.faults);
    test_expect_fault(
        &data.faults, 0, BENCH_FAULT_ERROR,
        "flaggems.json:1:44: /gelu/device_kind: 'gelu' was measured on a device of the "
        "kind 'cuda', but 'gelu' in your.json on 'cpu'; times of different devices "
        "cannot be compared: measure all on one");
    cr_assert_eq(data.faults.count, 1);
    test_unload(&data);
}

/* What select refuses, validate must not call valid. */
Test(validate, an_interval_that_is_none_is_an_error)
{
    struct test_data data;
    validate(&data,
             "{\"gelu\": {\"configs\": [{\"shape\": [2], \"dtype\": \"half\", \"your_time\": 1, "
             "\"cuda_time\": 1, \"stats\": {\"speedup_vs_flaggems\": {\"answer\": \"pass\", "
             "\"estimate\": 2, \"low\": 3, \"high\": 4, \"stat_low\": 1, \"stat_high\": 3}}}]}}",
             NULL);
    test_expect_fault(&data.faults, 0, BENCH_FAULT_ERROR,
                      "your.json:1:120: /gelu/configs/0/stats/speedup_vs_flaggems: this is no "
                      "interval: expected numbers estimate, low, high, stat_low and stat_high with "
                      "low <= estimate <= high (null: no bound)");
    test_unload(&data);
}

Test(validate, unmatched_cases_are_named)
{
    struct test_data data;
    validate(&data,
             "{\"gelu\": {\"configs\": [{\"shape\": [2], \"dtype\": \"half\", \"your_time\": 1, "
             "\"cuda_time\": 1, \"params\": {\"dim\": 1}},\n{\"shape\": [3], \"dtype\": \"half\", "
             "\"your_time\": 1, \"cuda_time\": 2}]}}",
             "{\"gelu\": {\"configs\": [{\"shape\": [2], \"dtype\": \"half\", "
             "\"flaggems_time\": 1, \"params\": {\"dim\": 0}}, {\"shape\": [3], \"dtype\": "
             "\"half\", \"flaggems_time\": 1}]}}");
    test_expect_fault(&data.faults, 0, BENCH_FAULT_WARNING,
                      "your.json:1:23: /gelu/configs/0: the case float16 [2] {\"dim\":1} of 'gelu' "
                      "has no reference time (the reference data have it with other params)");
    test_expect_fault(&data.faults, 1, BENCH_FAULT_WARNING,
                      "flaggems.json:1:23: /gelu/configs/0: the case float16 [2] {\"dim\":0} of "
                      "'gelu' is in the reference data only: it takes no part in any comparison "
                      "(the candidates have it with other params)");
    cr_assert_eq(data.faults.count, 2);
    cr_assert_eq(data.join.your_only, 1);
    cr_assert_eq(data.join.flaggems_only, 1);
    test_unload(&data);
}

Test(validate, files_without_a_common_case_are_an_error)
{
    struct test_data data;
    validate(&data, YOUR("\"cuda_time\": 1"),
             "{\"sum\": {\"configs\": [{\"shape\": [2], \"dtype\": \"half\", "
             "\"flaggems_time\": 1}]}}");
    cr_assert_eq(data.faults.errors, 1);
    cr_assert_str_eq(find(&data, "no-overlap")->message,
                     "your.json and flaggems.json have no case in common (same operator, dtype, "
                     "shape and params), so there is nothing to compare: are they of the same "
                     "suite?");
    test_unload(&data);
}

/* Ordinary times, as a base for those that are not. */
Test(validate, ordinary_times_are_not_suspicious)
{
    static const double times[][2] = {{.004, .005}, {.004, .0052}, {.006, .009}, {.02, .03}};
    char *text = op_text("gelu", 4, times, 4096);
    struct test_data data;
    validate(&data, text, NULL);
    cr_assert_eq(data.faults.count, 0, "%s", data.faults.items[0].message);
    test_unload(&data);
    free(text);
}

Test(validate, a_bandwidth_that_no_gpu_has_is_warned_of)
{
    /* 2^30 elements of two bytes in 0.1 ms: 21 TB/s. */
    static const double times[][2] = {{.1, 1}, {4, 4.1}, {16, 17}};
    expect_times(
        3, times, 1073741824, "bandwidth",
        "/gelu/configs/0/your_time: your_time of 'gelu' is too short in 1 of 3 cases, most "
        "in float16 [1073741824]: 0.1 ms for a tensor of 2147 MB is 21.5 TB/s");
}

Test(validate, small_tensors_may_come_from_a_cache)
{
    /* 32 MB in 3 us: 11 TB/s, more than any memory and less than a cache. */
    static const double times[][2] = {{.003, .004}, {.2, .3}, {1, 2}};
    char *text = op_text("gelu", 3, times, 16e6);
    struct test_data data;
    validate(&data, text, NULL);
    cr_assert_eq(data.faults.count, 0, "%s", data.faults.items[0].message);
    test_unload(&data);
    free(text);
}

Test(validate, times_that_are_all_the_same_are_warned_of)
{
    static const double times[][2] = {{.5, .6}, {.5, .7}, {.5, .8}, {.5, .9}, {.7, 1}};
    expect_times(5, times, 1e6, "identical-times",
                 "your_time of 'gelu' is exactly 0.5 ms in 4 of 5 cases, whatever their size");
}

Test(validate, a_column_that_was_copied_is_warned_of)
{
    static const double times[][2] = {{.5, .5}, {.6, .6}, {.7, .7}};
    expect_times(3, times, 1e6, "identical-times",
                 "your_time and cuda_time of 'gelu' are equal to the last digit in all of its 3 "
                 "cases");
}

Test(validate, seconds_are_warned_of)
{
    static const double times[][2] = {{5e-6, 6e-3}, {6e-6, 7e-4}, {7e-6, 8e-4}};
    char *text = op_text("gelu", 3, times, 64);
    struct test_data data;
    validate(&data, text, NULL);
    cr_assert_not_null(find(&data, "unit"));
    cr_expect_not_null(strstr(find(&data, "unit")->message,
                              "your_time is shorter than an empty kernel (0.0008 ms) in 3 of 3 "
                              "cases: is it in seconds?"));
    test_unload(&data);
    free(text);
}

Test(validate, microseconds_are_warned_of)
{
    static const double times[][2] = {{5, 6}, {6, 7}, {7, 8}};
    char *text = op_text("gelu", 3, times, 64);
    struct test_data data;
    validate(&data, text, NULL);
    cr_assert_eq(data.faults.count, 2); /* both columns */
    cr_expect_not_null(
        strstr(find(&data, "unit")->message,
               "your_time is longer than 1 ms in 3 of 3 cases of at most a megabyte: "
               "is it in microseconds?"));
    test_unload(&data);
    free(text);
}

/* An empty kernel's time, and what a GPU needs for a megabyte, are no measure for them. */
Test(validate, times_of_other_devices_may_be_long)
{
    static const char *const kinds[] = {"cpu", "null", "cuda"};
    for (size_t i = 0; i < 3; i++) {
        struct test_data data;
        char *text = bench_xprintf(
            "{\"gelu\": {\"device_kind\": \"%s\", \"configs\": ["
            "{\"shape\": [2], \"dtype\": \"half\", \"your_time\": 5, \"cuda_time\": 6}, "
            "{\"shape\": [3], \"dtype\": \"float32\", \"your_time\": 6, \"cuda_time\": 7}, "
            "{\"shape\": [4], \"dtype\": \"half\", \"your_time\": 7, \"cuda_time\": 8}]}}",
            kinds[i]);
        validate(&data, text, NULL);
        cr_expect_eq(find(&data, "unit") != NULL, i == 2, "%s", kinds[i]);
        test_unload(&data);
        free(text);
    }
}

Test(validate, columns_of_two_units_are_warned_of)
{
    static const double times[][2] = {{.01, 10}, {.02, 21}, {.03, 29}};
    char *text = op_text("gelu", 3, times, 64e6);
    struct test_data data;
    validate(&data, text, NULL);
    cr_assert_not_null(find(&data, "unit"));
    cr_expect_not_null(strstr(find(&data, "unit")->message,
                              "cuda_time is more than 300 times longer than your_time in 3 of 3 "
                              "cases: are both in milliseconds?"));
    test_unload(&data);
    free(text);
}

#define CASE(dtype, rows)                                                                          \
    "{\"shape\": [" rows "], \"dtype\": \"" dtype "\", \"your_time\": 1." rows                     \
    ", \"cuda_time\": 2." rows "}"

Test(validate, one_dtype_is_warned_of)
{
    expect_warning("{\"a\": {\"configs\": [" CASE("half", "20000000") "," CASE(
                       "half", "30000000") "," CASE("fp16", "40000000") "]}}",
                   "one-dtype", "your.json:1:1: all 3 cases are in float16");
    expect_warning(
        "{\"a\": {\"configs\": [" CASE("half", "20000000") "," CASE("half", "30000000") "," CASE(
            "fp16",
            "40000000") "]},\n\"b\": {\"configs\": [" CASE("half",
                                                           "20000000") "," CASE("float",
                                                                                "300000"
                                                                                "00") "," CASE("hal"
                                                                                               "f",
                                                                                               "400"
                                                                                               "000"
                                                                                               "00") "]"
                                                                                                     "}}",
        "one-dtype", "your.json:1:7: /a: 'a' was measured in float16 only");
}

Test(validate, few_cases_are_warned_of)
{
    struct test_data data;
    test_load(&data, YOUR("\"cuda_time\": 2"), NULL);
    bench_validate(data.your, NULL, &data.join, &data.faults);
    test_expect_fault(&data.faults, 0, BENCH_FAULT_WARNING,
                      "your.json:1:10: /gelu: 'gelu' has 1 case; a decision over fewer than 3 says "
                      "little");
    cr_assert_eq(data.faults.count, 1);
    test_unload(&data);
}

Test(validate, an_operator_new_to_flaggems_is_no_fault)
{
    struct test_data data;
    validate(&data, YOUR("\"cuda_time\": 1"), "{}");
    cr_assert_eq(data.faults.count, 0);
    test_unload(&data);
}

Test(validate, implausible_times_are_warned_of)
{
    struct test_data data;
    validate(&data, YOUR("\"cuda_time\": 10595"), NULL);
    test_expect_fault(&data.faults, 0, BENCH_FAULT_WARNING,
                      "your.json:1:23: /gelu/configs/0: 1 of 1 cases of 'gelu' are more than 100 "
                      "times faster or slower than CUDA (here your_time 1 ms, cuda_time 10595 ms): "
                      "check the results and the units");
    test_unload(&data);
}
