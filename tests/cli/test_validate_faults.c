/*
 * The faults of the tools that came before, each by its own name: `bench validate` finds them all,
 * names their places, and ends with 1.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/perf/json.h"
#include "bench/util/mem.h"
#include "bench/util/str.h"
#include "support.h"

TestSuite(cli_validate_faults, .init = cli_enter_folder, .fini = cli_leave_folder);

#define GOOD                                                                                       \
    "{\"shape\": [4], \"dtype\": \"float32\", \"your_time\": 1, \"cuda_time\": 2},\n"              \
    "{\"shape\": [8], \"dtype\": \"float16\", \"your_time\": 1, \"cuda_time\": 2},\n"
#define WITH(config) "{\"relu\": {\"configs\": [\n" GOOD config "]}}"
#define TIMES(your, cuda)                                                                          \
    WITH("{\"shape\": [16], \"dtype\": \"half\", \"your_time\": " your ", \"cuda_time\": " cuda "}")

static void expect_error(const char *text, const char *part)
{
    cli_write("your.json", text);
    const struct bench_process_result *r = cli_bench("validate --your-data your.json");
    cli_expect_exit(r, 1);
    cli_expect_in(r->err, part);
    cli_expect_in(r->out, "not valid: ");
}

Test(cli_validate_faults, only_the_first_config_was_checked)
{
    expect_error(WITH("{\"shape\": [16], \"dtype\": \"half\"}"),
                 "error: your.json:4:1: /relu/configs/2: the key 'your_time'");
}

Test(cli_validate_faults, only_the_first_operator_was_checked)
{
    expect_error(
        "{\"relu\": {\"configs\": [\n" GOOD
        "{\"shape\": [16], \"dtype\": \"half\", \"your_time\": 1, \"cuda_time\": 2}]},\n"
        "\"gelu\": {\"configs\": [{\"dtype\": \"half\", \"your_time\": 1, \"cuda_time\": 1}]}}",
        "error: your.json:5:22: /gelu/configs/0: the key 'shape'");
}

Test(cli_validate_faults, nan_passed)
{
    expect_error(TIMES("NaN", "1"), "/relu/configs/2/your_time: found NaN");
    expect_error(TIMES("\"nan\"", "1"), "/relu/configs/2/your_time: found the string 'nan'");
}

Test(cli_validate_faults, infinity_passed)
{
    expect_error(TIMES("1", "Infinity"), "/relu/configs/2/cuda_time: found Infinity");
    expect_error(TIMES("1", "-Infinity"), "/relu/configs/2/cuda_time: found -Infinity");
    expect_error(TIMES("1", "\"Infinity\""),
                 "/relu/configs/2/cuda_time: found the string 'Infinity'");
    expect_error(TIMES("1", "1e400"),
                 "/relu/configs/2/cuda_time: found 1e400, expected a number (at most");
}

Test(cli_validate_faults, booleans_passed_as_times)
{
    expect_error(TIMES("true", "1"), "/relu/configs/2/your_time: found true");
    expect_error(TIMES("1", "false"), "/relu/configs/2/cuda_time: found false");
}

Test(cli_validate_faults, negative_dimensions_passed)
{
    expect_error(
        WITH("{\"shape\": [-16], \"dtype\": \"half\", \"your_time\": 1, \"cuda_time\": 1}"),
        "/relu/configs/2/shape/0: found -16, expected a dimension");
}

Test(cli_validate_faults, string_dimensions_passed)
{
    expect_error(
        WITH("{\"shape\": [\"16\"], \"dtype\": \"half\", \"your_time\": 1, \"cuda_time\": 1}"),
        "/relu/configs/2/shape/0: found the string '16', expected a dimension");
}

Test(cli_validate_faults, zero_times_were_a_warning)
{
    expect_error(TIMES("0", "1"), "/relu/configs/2/your_time: found 0, expected");
    expect_error(TIMES("1", "0.0"), "/relu/configs/2/cuda_time: found 0, expected");
    expect_error(TIMES("-0.0", "1"), "/relu/configs/2/your_time: found -0, expected");
}

Test(cli_validate_faults, negative_times_were_a_warning)
{
    expect_error(TIMES("-1", "1"), "/relu/configs/2/your_time: found -1, expected");
}

Test(cli_validate_faults, denormal_and_absurd_times_passed)
{
    expect_error(TIMES("4.9e-324", "1"), "which no kernel takes");
    expect_error(TIMES("1", "1e300"), "which no kernel takes");
}

Test(cli_validate_faults, duplicate_keys_were_unreported)
{
    expect_error("{\"relu\": {\"configs\": []},\n\"relu\": {\"configs\": []}}",
                 "your.json:2:9: /relu: the operator 'relu' is there twice");
    expect_error(TIMES("1, \"your_time\": 2", "1"),
                 "/relu/configs/2/your_time: the key 'your_time' is there twice");
}

Test(cli_validate_faults, duplicate_configs_were_unreported)
{
    expect_error(
        WITH("{\"shape\": [4], \"dtype\": \"torch.float\", \"your_time\": 5, "
             "\"cuda_time\": 2}"),
        "your.json:4:1: /relu/configs/2: the same shape, dtype and params are there twice: "
        "also at line 2, column 1");
}

Test(cli_validate_faults, a_missing_field_was_a_traceback)
{
    expect_error("{\"relu\": {\"configs\": [\n" GOOD
                 "{\"shape\": [16], \"dtype\": \"half\", \"your_time\": 1, \"cuda_time\": 2}]},\n"
                 "\"gelu\": {}}",
                 "error: your.json:5:9: /gelu: the key 'configs' (an array of cases) is missing");
}

Test(cli_validate_faults, a_cuda_time_that_disagrees_was_unseen)
{
    cli_write("your.json", TIMES("1", "2"));
    cli_write(
        "flaggems.json",
        "{\"relu\": {\"configs\": [{\"shape\": [16], \"dtype\": \"half\", \"flaggems_time\": 3, "
        "\"cuda_time\": 2.2}]}}");
    const struct bench_process_result *r =
        cli_bench("validate --your-data your.json --flaggems-data flaggems.json");
    cli_expect_exit(r, 1);
    cli_expect_in(r->err,
                  "error: your.json:4:1: /relu/configs/2: cuda_time is 2 ms here and 2.2 ms");
}

Test(cli_validate_faults, torch_and_aten_names_failed_to_match)
{
    cli_write("your.json", TIMES("1", "2"));
    cli_write("flaggems.json",
              "{\"aten::relu\": {\"configs\": [{\"shape\": [16], \"dtype\": \"torch.float16\", "
              "\"flaggems_time\": 3}]}}");
    const struct bench_process_result *r =
        cli_bench("validate --your-data your.json --flaggems-data flaggems.json");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "matches: 1 case is in both files");
}

Test(cli_validate_faults, a_byte_order_mark_was_rejected)
{
    cli_write("your.json", "\xef\xbb\xbf" TIMES("1", "2"));
    cli_expect_exit(cli_bench("validate --your-data your.json"), 0);
}

Test(cli_validate_faults, every_fault_is_counted_and_few_are_listed)
{
    struct bench_str text;
    bench_str_init(&text);
    bench_str_add(&text, "{\"relu\": {\"configs\": [\n");
    for (int i = 0; i < 5000; i++)
        bench_str_addf(
            &text, "%s{\"shape\": [%d], \"dtype\": \"half\", \"your_time\": 0, \"cuda_time\": 1}",
            i ? ",\n" : "", i + 1);
    bench_str_add(&text, "]}}");
    cli_write("your.json", text.data);
    bench_str_fini(&text);
    const struct bench_process_result *r = cli_bench("validate --your-data your.json");
    cli_expect_exit(r, 1);
    cli_expect_in(r->err, "your.json:21:");
    cr_expect_null(strstr(r->err, "your.json:22:"));
    cli_expect_in(r->err, "error: … and 4980 more of the kind 'time'");
    cli_expect_in(r->out, "not valid: 5000 errors");
    r = cli_bench("validate --your-data your.json --all");
    cli_expect_in(r->err, "your.json:5001:49: /relu/configs/4999/your_time: found 0");
    cr_expect_null(strstr(r->err, "more of the kind"));
}

Test(cli_validate_faults, json_has_each_fault_with_its_place)
{
    cli_write("your.json", TIMES("0", "1"));
    const struct bench_process_result *r =
        cli_bench("validate --your-data your.json --format json");
    cli_expect_exit(r, 1);
    cr_assert_str_eq(r->err, "");
    struct bench_json_doc *doc;
    struct bench_err err;
    cr_assert_eq(bench_json_parse("out", r->out, strlen(r->out), &doc, &err), 0, "%s", err.message);
    const struct bench_json *root = bench_json_root(doc);
    cr_assert(!bench_json_bool(bench_json_get(root, "valid")));
    cr_assert_eq(bench_json_number(bench_json_get(root, "errors")), 1);
    const struct bench_json *fault = bench_json_first(bench_json_get(root, "faults"));
    cr_assert_str_eq(bench_json_string(bench_json_get(fault, "code")), "time");
    cr_assert_str_eq(bench_json_string(bench_json_get(fault, "level")), "error");
    cr_assert_str_eq(bench_json_string(bench_json_get(fault, "file")), "your.json");
    cr_assert_str_eq(bench_json_string(bench_json_get(fault, "pointer")),
                     "/relu/configs/2/your_time");
    cr_assert_eq(bench_json_number(bench_json_get(fault, "line")), 4);
    cr_assert_eq(bench_json_number(bench_json_get(fault, "column")), 47);
    cr_assert_str_eq(bench_json_string(bench_json_get(fault, "found")), "0");
    cr_assert_str_eq(bench_json_string(bench_json_get(fault, "expected")),
                     "a time in milliseconds, greater than 0");
    bench_json_free(doc);
}

Test(cli_validate_faults, warnings_fail_only_if_strict)
{
    cli_write("your.json", "{\"relu\": {\"configs\": [{\"shape\": [16], \"dtype\": \"half\", "
                           "\"your_time\": 1, \"cuda_time\": 2}]}}");
    const struct bench_process_result *r = cli_bench("validate --your-data your.json");
    cli_expect_exit(r, 0);
    cli_expect_in(r->err, "warning: your.json:1:10: /relu: 'relu' has 1 case");
    cli_expect_in(r->out, "valid: 0 errors, 1 warning\n");
    r = cli_bench("validate --your-data your.json --strict");
    cli_expect_exit(r, 1);
    cli_expect_in(r->out, "not valid: 0 errors, 1 warning\n");
    cli_expect_exit(cli_bench("validate --your-data your.json --format xml"), 2);
}

/* A file that ends at any byte is an error with a place, never a crash, and never valid. */
Test(cli_validate_faults, a_truncated_file_is_an_error)
{
    static const char text[] = TIMES("1", "2");
    for (size_t n = 0; n < sizeof(text) - 1; n += 23) {
        char *part = bench_xstrdup(text);
        part[n] = '\0';
        cli_write("your.json", part);
        free(part);
        const struct bench_process_result *r = cli_bench("validate --your-data your.json");
        cli_expect_exit(r, 1);
        cli_expect_in(r->err, "error: your.json:");
    }
}
