/* Reading performance data: each fault that the older tools let through is a test here. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "bench/util/mem.h"
#include "bench/util/str.h"
#include "support.h"

TestSuite(dataset, .init = test_enter_folder, .fini = test_leave_folder);

/* One operator with one case, whose fields are given; see ONE for what else is in it. */
#define ONE(fields) "{\"gelu\": {\"configs\": [{" fields "}]}}"
#define GOOD "\"shape\": [2], \"dtype\": \"float32\", \"cuda_time\": 1"

Test(dataset, good_data_are_read_whole)
{
    struct test_data data;
    test_load(&data,
              "{\"aten::gelu\": {\"device\": \"H100\", \"configs\": [\n"
              " {\"shape\": [2, 3], \"dtype\": \"torch.float32\", \"your_time\": 0.5, "
              "\"cuda_time\": 1e-3},\n"
              " {\"shape\": [], \"dtype\": \"bf16\", \"params\": {\"b\": 1, \"a\": \"x\"}, "
              "\"your_time\": 2, \"cuda_time\": 4, \"anything\": [1]}]},\n"
              " \"add.Tensor\": {\"configs\": [" // the same case of another operator
              "{\"shape\": [2, 3], \"dtype\": \"half\", \"your_time\": 0.5, \"cuda_time\": 1}]}}",
              NULL);
    cr_assert_eq(data.faults.count, 0, "%s", data.faults.items[0].message);
    cr_assert_eq(data.your->op_count, 2);
    cr_assert_eq(data.your->case_count, 3);
    cr_assert_str_eq(data.your->ops[0].name, "gelu");
    cr_assert_str_eq(data.your->ops[0].device, "H100");
    cr_assert_str_eq(data.your->ops[1].name, "add.Tensor");
    cr_assert_eq(data.your->ops[1].first_case, 2);
    cr_assert_str_eq(data.your->cases[0].dtype, "float32");
    cr_assert_eq(data.your->cases[0].time_ms, 0.5);
    cr_assert_eq(data.your->cases[0].cuda_ms, 1e-3);
    cr_assert_str_eq(data.your->cases[1].dtype, "bfloat16");
    cr_assert_str_eq(data.your->cases[1].params, "{\"a\":\"x\",\"b\":1}");
    cr_assert_str_eq(data.your->cases[2].dtype, "float16");
    test_unload(&data);
}

Test(dataset, a_byte_order_mark_is_accepted)
{
    struct test_data data;
    test_load(&data, "\xef\xbb\xbf" ONE(GOOD ", \"your_time\": 1"), NULL);
    cr_assert_eq(data.faults.count, 0);
    cr_assert_eq(data.your->case_count, 1);
    test_unload(&data);
}

Test(dataset, a_time_of_zero_is_an_error)
{
    test_expect_error(ONE(GOOD ", \"your_time\": 0"),
                      "your.json:1:87: /gelu/configs/0/your_time: found 0, expected a time in "
                      "milliseconds, greater than 0");
}

Test(dataset, a_negative_time_is_an_error)
{
    test_expect_error(ONE(GOOD ", \"your_time\": -1.5"),
                      "your.json:1:87: /gelu/configs/0/your_time: found -1.5, expected a time in "
                      "milliseconds, greater than 0");
}

Test(dataset, a_boolean_is_no_time)
{
    test_expect_error(ONE(GOOD ", \"your_time\": true"),
                      "your.json:1:87: /gelu/configs/0/your_time: found true, expected a time in "
                      "milliseconds");
}

Test(dataset, a_string_is_no_time)
{
    test_expect_error(
        ONE(GOOD ", \"your_time\": \"1\""),
        "your.json:1:87: /gelu/configs/0/your_time: found the string '1', expected a time "
        "in milliseconds");
}

Test(dataset, nan_and_infinity_are_no_times)
{
    test_expect_error(
        ONE(GOOD ", \"your_time\": NaN"),
        "your.json:1:87: /gelu/configs/0/your_time: found NaN, expected a number (NaN "
        "and Infinity are no JSON: write null, or leave it out)");
    test_expect_error(ONE(GOOD ", \"params\": {\"a\": [1, Infinity]}, \"your_time\": 1"),
                      "your.json:1:94: /gelu/configs/0/params/a/1: found Infinity, expected a "
                      "number (NaN and Infinity are no JSON: write null, or leave it out)");
    test_expect_error(ONE(GOOD ", \"your_time\": -Infinity"),
                      "your.json:1:87: /gelu/configs/0/your_time: found -Infinity, expected a "
                      "number (NaN and Infinity are no JSON: write null, or leave it out)");
    test_expect_error(ONE(GOOD ", \"your_time\": 1, \"stats\": {\"x\": inf}"),
                      "your.json:1:105: /gelu/configs/0/stats/x: found Infinity, expected a "
                      "number (NaN and Infinity are no JSON: write null, or leave it out)");
    test_expect_error(ONE(GOOD ", \"your_time\": \"NaN\""),
                      "your.json:1:87: /gelu/configs/0/your_time: found the string 'NaN', expected "
                      "a time in milliseconds");
    test_expect_error(ONE(GOOD ", \"your_time\": 1e999"),
                      "your.json:1:87: /gelu/configs/0/your_time: found 1e999, expected a number "
                      "(at most 1.797e308: readers take larger ones for Infinity)");
}

Test(dataset, a_number_that_overflows_hides_no_other_fault)
{
    struct test_data data;
    test_load(&data,
              "{\"gelu\": {\"configs\": [\n"
              "{\"shape\": [1e999], \"dtype\": \"half\", \"your_time\": -1e400, "
              "\"cuda_time\": 1},\n"
              "{\"shape\": [2], \"dtype\": \"half\", \"your_time\": 0, \"cuda_time\": 1}]}}",
              NULL);
    test_expect_fault(&data.faults, 0, BENCH_FAULT_ERROR,
                      "your.json:2:12: /gelu/configs/0/shape/0: found 1e999, expected a number (at "
                      "most 1.797e308: readers take larger ones for Infinity)");
    test_expect_fault(&data.faults, 1, BENCH_FAULT_ERROR,
                      "your.json:2:50: /gelu/configs/0/your_time: found -1e400, expected a number "
                      "(at most 1.797e308: readers take larger ones for Infinity)");
    test_expect_fault(&data.faults, 2, BENCH_FAULT_ERROR,
                      "your.json:3:46: /gelu/configs/1/your_time: found 0, expected a time in "
                      "milliseconds, greater than 0");
    cr_assert_eq(data.faults.count, 3);
    test_unload(&data);
}

Test(dataset, a_time_that_nothing_takes_is_an_error)
{
    test_expect_error(ONE(GOOD ", \"your_time\": 1e-300"),
                      "your.json:1:87: /gelu/configs/0/your_time: found 1e-300, which no kernel "
                      "takes; times are in milliseconds");
}

Test(dataset, a_zero_cuda_time_is_an_error)
{
    test_expect_error(ONE("\"shape\": [2], \"dtype\": \"float32\", \"your_time\": 1, "
                          "\"cuda_time\": 0"),
                      "your.json:1:87: /gelu/configs/0/cuda_time: found 0, expected a time in "
                      "milliseconds, greater than 0");
}

Test(dataset, a_missing_time_is_an_error_that_knows_swapped_files)
{
    test_expect_error(ONE(GOOD), "your.json:1:23: /gelu/configs/0: the key 'your_time' (a time in "
                                 "milliseconds) is missing");
    test_expect_error(
        ONE(GOOD ", \"flaggems_time\": 1"),
        "your.json:1:23: /gelu/configs/0: the key 'your_time' (a time in "
        "milliseconds) is missing; it has 'flaggems_time': are the two files swapped?");
}

Test(dataset, a_missing_cuda_time_needs_a_reason)
{
    test_expect_error(ONE("\"shape\": [2], \"dtype\": \"float32\", \"your_time\": 1"),
                      "your.json:1:23: /gelu/configs/0: the key 'cuda_time' (a time in "
                      "milliseconds) is missing, and the operator does not say why in "
                      "\"baseline_unavailable\"");
    struct test_data data;
    test_load(&data,
              "{\"gelu\": {\"baseline_unavailable\": \"none named\", \"configs\": ["
              "{\"shape\": [2], \"dtype\": \"float32\", \"your_time\": 1},"
              "{\"shape\": [3], \"dtype\": \"float32\", \"your_time\": 1, \"cuda_time\": null}]},"
              " \"sum\": {\"configs\": [{\"shape\": [2], \"dtype\": \"half\", \"your_time\": 1}],"
              "\"failed\": [{\"shape\": [2], \"dtype\": \"float16\", \"role\": \"baseline\"}]}}",
              NULL);
    cr_assert_eq(data.faults.count, 0, "%s", data.faults.items[0].message);
    cr_assert_eq(data.your->case_count, 3);
    cr_assert(isnan(data.your->cases[0].cuda_ms));
    test_unload(&data);
}

#define SHAPE(dims)                                                                                \
    ONE("\"shape\": " dims ", \"dtype\": \"half\", \"your_time\": 1, \"cuda_time\": 1")

Test(dataset, dimensions_are_whole_and_positive)
{
    test_expect_error(SHAPE("[2, -3]"),
                      "your.json:1:37: /gelu/configs/0/shape/1: found -3, expected a dimension (a "
                      "whole number of 1 or more)");
    test_expect_error(SHAPE("[0]"), "your.json:1:34: /gelu/configs/0/shape/0: found 0, expected a "
                                    "dimension (a whole number of 1 or more)");
    test_expect_error(SHAPE("[2.5]"), "your.json:1:34: /gelu/configs/0/shape/0: found 2.5, "
                                      "expected a dimension (a whole number of 1 or more)");
    test_expect_error(SHAPE("[\"2\"]"),
                      "your.json:1:34: /gelu/configs/0/shape/0: found the string '2', "
                      "expected a dimension (a whole number of 1 or more)");
    test_expect_error(SHAPE("[true]"), "your.json:1:34: /gelu/configs/0/shape/0: found true, "
                                       "expected a dimension (a whole number of 1 or more)");
    test_expect_error(SHAPE("\"2x3\""),
                      "your.json:1:33: /gelu/configs/0/shape: found the string '2x3', "
                      "expected an array of dimensions");
    test_expect_error(SHAPE("[9007199254740993]"),
                      "your.json:1:34: /gelu/configs/0/shape/0: found 9007199254740992, which no "
                      "tensor has (below 2^53)");
    test_expect_error(SHAPE("[1e300]"),
                      "your.json:1:34: /gelu/configs/0/shape/0: found "
                      "1.0000000000000001e+300, which no tensor has (below 2^53)");
    test_expect_error(SHAPE("[94906267, 94906267]"),
                      "your.json:1:33: /gelu/configs/0/shape: the shape has 9.01e+15 elements, "
                      "which no tensor has (at most 2^53)");
}

Test(dataset, a_dtype_is_a_name)
{
    test_expect_error(ONE("\"shape\": [2], \"dtype\": 32, \"your_time\": 1, \"cuda_time\": 1"),
                      "your.json:1:47: /gelu/configs/0/dtype: found 32, expected a type such "
                      "as \"float32\"");
}

Test(dataset, an_unknown_dtype_is_an_error)
{
    struct test_data data;
    test_load(&data,
              ONE("\"shape\": [2], \"dtype\": \"float33\", \"your_time\": 1, "
                  "\"cuda_time\": 1"),
              NULL);
    cr_assert_eq(data.faults.errors, 1);
    cr_assert_not_null(strstr(data.faults.items[0].message,
                              "your.json:1:47: /gelu/configs/0/dtype: found 'float33', expected "
                              "one of float64, float32, float16"));
    cr_assert_str_eq(data.faults.items[0].code, "dtype");
    cr_assert_str_eq(data.faults.items[0].found, "'float33'");
    cr_assert_eq(data.your->case_count, 0);
    test_unload(&data);
}

Test(dataset, duplicate_keys_are_errors)
{
    test_expect_error(ONE(GOOD ", \"your_time\": 1, \"your_time\": 2"),
                      "your.json:1:103: /gelu/configs/0/your_time: the key 'your_time' is there "
                      "twice; remove one");
    test_expect_error(
        "{\"gelu\": {\"configs\": [{" GOOD ", \"your_time\": 1}],\n"
        "\"configs\": []}}",
        "your.json:2:12: /gelu/configs: the key 'configs' is there twice; remove one");
}

Test(dataset, duplicate_operators_are_errors_under_any_spelling)
{
    test_expect_error("{\"gelu\": {\"configs\": [{" GOOD ", \"your_time\": 1}]},\n"
                      "\"aten::gelu\": {\"configs\": [{" GOOD ", \"your_time\": 1}]}}",
                      "your.json:2:15: /aten::gelu: the operator 'gelu' is there twice: also "
                      "'gelu' at line 1; remove one");
}

Test(dataset, duplicate_cases_are_errors_under_any_spelling)
{
    test_expect_error("{\"gelu\": {\"configs\": [\n"
                      "{\"shape\": [2], \"dtype\": \"float16\", \"your_time\": 1, \"cuda_time\": 1,"
                      "\"params\": {\"a\": 1, \"b\": 2}},\n"
                      "{\"shape\": [2], \"dtype\": \"torch.half\", \"your_time\": 3, "
                      "\"cuda_time\": 1, \"params\": {\"b\": 2.0, \"a\": 1}}]}}",
                      "your.json:3:1: /gelu/configs/1: the same shape, dtype and params are there "
                      "twice: also at line 2, column 1; remove one");
}

Test(dataset, cases_that_differ_in_params_are_no_duplicates)
{
    struct test_data data;
    test_load(&data,
              "{\"gelu\": {\"configs\": ["
              "{\"shape\": [2], \"dtype\": \"half\", \"your_time\": 1, \"cuda_time\": 1},"
              "{\"shape\": [2], \"dtype\": \"half\", \"your_time\": 1, \"cuda_time\": 1,"
              " \"params\": \"dim=1\"},"
              "{\"shape\": [2], \"dtype\": \"half\", \"your_time\": 1, \"cuda_time\": 1,"
              " \"params\": {\"dim\": 1}}]}}",
              NULL);
    cr_assert_eq(data.faults.count, 0);
    cr_assert_eq(data.your->case_count, 3);
    test_unload(&data);
}

Test(dataset, one_wrong_value_never_hides_another)
{
    struct test_data data;
    test_load(&data,
              "{\"gelu\": {\"configs\": [\n"
              "{\"shape\": [-1, \"x\"], \"dtype\": 3, \"your_time\": 0, \"cuda_time\": false, "
              "\"correct\": 1, \"params\": 2},\n"
              "7,\n"
              "{}]},\n"
              "\"../../x\": {\"configs\": 1},\n"
              "\"sum\": 3,\n"
              "\"cumsum\": {}}",
              NULL);
    static const char *const expected[] = {
        "your.json:2:12: /gelu/configs/0/shape/0: found -1, expected a dimension (a whole number "
        "of 1 or more)",
        "your.json:2:16: /gelu/configs/0/shape/1: found the string 'x', expected a dimension (a "
        "whole "
        "number of 1 or more)",
        "your.json:2:31: /gelu/configs/0/dtype: found 3, expected a type such as "
        "\"float32\"",
        "your.json:2:94: /gelu/configs/0/params: found 2, expected an object or a string",
        "your.json:2:47: /gelu/configs/0/your_time: found 0, expected a time in milliseconds, "
        "greater than 0",
        "your.json:2:63: /gelu/configs/0/cuda_time: found false, expected a time in milliseconds",
        "your.json:2:81: /gelu/configs/0/correct: found 1, expected true or false",
        "your.json:3:1: /gelu/configs/1: found 7, expected an object",
        "your.json:4:1: /gelu/configs/2: the key 'shape' (an array of dimensions) is missing",
        "your.json:4:1: /gelu/configs/2: the key 'dtype' (a type such as \"float32\") is missing",
        "your.json:4:1: /gelu/configs/2: the key 'your_time' (a time in milliseconds) is missing",
        "your.json:4:1: /gelu/configs/2: the key 'cuda_time' (a time in milliseconds) is missing, "
        "and the operator does not say why in \"baseline_unavailable\"",
        "your.json:5:12: /..~1..~1x: '../../x' is no operator name (letters, digits and "
        "underscores, with '.' or '::' between parts)",
        "your.json:5:24: /..~1..~1x/configs: found 1, expected an array of cases",
        "your.json:6:8: /sum: found 3, expected an object with \"configs\" (the root maps "
        "operator names to their data and holds nothing else)",
        "your.json:7:11: /cumsum: the key 'configs' (an array of cases) is missing"};
    size_t n = sizeof(expected) / sizeof(*expected);
    for (size_t i = 0; i < n; i++)
        test_expect_fault(&data.faults, i, BENCH_FAULT_ERROR, expected[i]);
    cr_assert_eq(data.faults.errors, n);
    cr_assert_eq(data.your->case_count, 0);
    test_unload(&data);
}

Test(dataset, a_root_that_is_no_object_is_an_error)
{
    test_expect_error("[]", "your.json:1:1: found an array, expected an object that maps operator "
                            "names to {\"configs\": [...]}");
}

Test(dataset, failures_are_read_and_checked)
{
    struct test_data data;
    test_load(&data,
              "{\"gelu\": {\"configs\": [], \"failed\": [\n"
              "{\"shape\": [4], \"dtype\": \"half\", \"role\": \"candidate\", \"status\": "
              "\"wrong\", \"reason\": \"NaN\"},\n"
              "{\"shape\": [4], \"dtype\": \"half\", \"role\": \"judge\"},\n"
              "{\"shape\": [4], \"dtype\": \"half\"}, 3]}}",
              NULL);
    cr_assert_eq(data.your->ops[0].failure_count, 1);
    cr_assert_str_eq(data.your->ops[0].failures[0].reason, "wrong: NaN");
    cr_assert_str_eq(data.your->ops[0].failures[0].label, "float16 [4]");
    cr_assert_eq(bench_dataset_failures(&data.your->ops[0], "candidate"), 1);
    cr_assert_eq(bench_dataset_failures(&data.your->ops[0], "reference"), 0);
    test_expect_fault(&data.faults, 0, BENCH_FAULT_ERROR,
                      "your.json:3:41: /gelu/failed/1/role: found 'judge', expected candidate, "
                      "reference or baseline");
    test_expect_fault(&data.faults, 1, BENCH_FAULT_ERROR,
                      "your.json:4:1: /gelu/failed/2: the key 'role' is missing");
    test_expect_fault(&data.faults, 2, BENCH_FAULT_ERROR,
                      "your.json:4:34: /gelu/failed/3: found 3, expected an object");
    cr_assert_eq(data.faults.count, 3);
    test_unload(&data);
}

Test(dataset, a_missing_file_is_not_found)
{
    struct bench_faults faults;
    struct bench_dataset *set;
    struct bench_err err;
    bench_faults_init(&faults);
    cr_assert_eq(bench_dataset_load("none.json", BENCH_DATASET_YOUR, &faults, &set, &err),
                 BENCH_ENOTFOUND);
    cr_assert_str_eq(err.message, "none.json: no such file");
    cr_assert_eq(faults.count, 0);
}

/* 200 operators of 2,000 cases: a nested scan took half a minute over them. */
Test(dataset, many_cases_are_joined, .timeout = 300)
{
    struct bench_str your;
    struct bench_str flaggems;
    bench_str_init(&your);
    bench_str_init(&flaggems);
    for (int op = 0; op < 200; op++) {
        bench_str_addf(&your, "%s\"op%d\": {\"configs\": [", op ? "," : "{", op);
        bench_str_addf(&flaggems, "%s\"op%d\": {\"configs\": [", op ? "," : "{", op);
        for (int i = 0; i < 2000; i++) {
            bench_str_addf(&your,
                           "%s{\"shape\":[%d],\"dtype\":\"float32\",\"your_time\":1,"
                           "\"cuda_time\":1}",
                           i ? "," : "", i + 1);
            bench_str_addf(&flaggems, "%s{\"shape\":[%d],\"dtype\":\"fp32\",\"flaggems_time\":%d}",
                           i ? "," : "", 2000 - i, 2000 - i);
        }
        bench_str_add(&your, "]}");
        bench_str_add(&flaggems, "]}");
    }
    bench_str_add(&your, "}");
    bench_str_add(&flaggems, "}");
    struct test_data data;
    test_load(&data, your.data, flaggems.data);
    cr_assert_eq(data.faults.count, 0);
    cr_assert_eq(data.join.matched, 400000);
    cr_assert_eq(data.join.partner[2000]->time_ms, 1);
    cr_assert_eq(data.join.partner[3999]->time_ms, 2000);
    test_unload(&data);
    bench_str_fini(&your);
    bench_str_fini(&flaggems);
}

/* Whatever the values are: an array, a number, or the second one an object. */
Test(dataset, an_operator_that_is_there_twice_is_said_whatever_its_values_are)
{
    static const char *const texts[] = {"{\"name\": \"a\",\n\"name\": \"b\"}",
                                        "{\"name\": 1,\n\"name\": {\"configs\": []}}",
                                        "{\"name\": {\"configs\": []},\n\"name\": []}",
                                        "{\"name\": 1,\n\"aten::name\": {\"configs\": []}}"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct test_data data;
        test_load(&data, texts[i], NULL);
        bool said = false;
        for (size_t k = 0; k < data.faults.count; k++)
            said = said || strstr(data.faults.items[k].message,
                                  "the operator 'name' is there twice: also 'name' at line 1");
        cr_expect(said, "%s", texts[i]);
        test_unload(&data);
    }
}

/* The place named is that of the same name, also after values that are no operators. */
Test(dataset, the_first_of_two_operators_is_found_behind_broken_ones)
{
    struct test_data data;
    test_load(&data, "{\"a\": 1,\n\"b\": {\"configs\": []},\n\"a\": {\"configs\": []}}", NULL);
    cr_assert_eq(data.faults.errors, 2);
    bool said = false;
    for (size_t k = 0; k < data.faults.count; k++)
        said = said || strstr(data.faults.items[k].message, "also 'a' at line 1");
    cr_expect(said);
    test_unload(&data);
}
