/* FlagGems' own records, as its benchmark writes them. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "bench/util/str.h"
#include "selector/record.h"
#include "support.h"

TestSuite(record, .init = test_enter_folder, .fini = test_leave_folder);

static void load_resource(struct test_data *data, const char *name)
{
    const char *folder = getenv("BENCH_TEST_RESOURCES");
    cr_assert_not_null(folder, "BENCH_TEST_RESOURCES is not set; run the tests with ctest");
    char *path = bench_xprintf("%s/selector/records/%s", folder, name);
    test_load_files(data, path, NULL);
    free(path);
}

Test(record, a_log_is_read_whole)
{
    struct test_data data;
    load_resource(&data, "core.log");
    cr_assert_eq(data.faults.count, 0, "%s", data.faults.items[0].message);
    cr_assert_str_eq(data.your->form, "record of FlagGems (log, 4 results)");
    cr_assert_eq(data.your->op_count, 3);
    cr_assert_eq(data.your->ops[0].case_count, 3);
    cr_assert_eq(data.your->cases[0].time_ms, 0.0049);
    cr_assert_eq(data.your->cases[0].cuda_ms, 0.005164000205695629);
    cr_assert_str_eq(data.your->cases[0].params, "");
    cr_assert_str_eq(data.your->cases[2].dtype, "float32");
    cr_assert_str_eq(data.your->cases[3].params, "[[[64,64],[64,64],[64,64]],{'value':0.5}]");
    cr_assert_str_eq(data.your->cases[4].params, "[[1024,64],inf,None,True]");
    cr_assert_eq(data.your->ops[2].failure_count, 1);
    cr_assert_str_eq(data.your->ops[2].failures[0].reason,
                     "failed: out of resource: shared memory");
    test_unload(&data);
}

Test(record, a_json_record_is_read_whole)
{
    struct test_data data;
    load_resource(&data, "result.json");
    cr_assert_eq(data.faults.errors, 0);
    cr_assert_eq(data.faults.warnings, 1);
    cr_assert_str_eq(data.faults.items[0].pointer, "/flash_mla");
    cr_assert_str_eq(data.faults.items[0].text,
                     "FlagGems has no results of it: Skipped: no such device");
    cr_assert_eq(data.your->case_count, 1);
    cr_assert_eq(data.your->cases[0].time_ms, 0.0049);
    test_unload(&data);
}

#define RESULT(metrics)                                                                            \
    "{\"op_name\": \"abs\", \"dtype\": \"torch.float16\", \"mode\": \"kernel\", \"level\": "       \
    "\"core\", \"result\": [" metrics "]}"
#define METRIC(base, latency)                                                                      \
    "{\"shape_detail\": [[64]], \"latency_base\": " base ", \"latency\": " latency "}"

Test(record, faults_are_named_where_they_stand_in_a_log)
{
    struct test_data data;
    test_load(&data, "[INFO] first line\r\n[INFO] " RESULT(METRIC("-1", "NaN")) "\r\n", NULL);
    test_expect_fault(&data.faults, 0, BENCH_FAULT_ERROR,
                      "your.json:2:155: /result/0/latency: found the string 'NaN', expected a time "
                      "in milliseconds");
    test_expect_fault(&data.faults, 1, BENCH_FAULT_ERROR,
                      "your.json:2:140: /result/0/latency_base: found -1, expected a time in "
                      "milliseconds, greater than 0");
    cr_assert_eq(data.faults.count, 2);
    test_unload(&data);
}

Test(record, faults_are_named_where_they_stand_in_json)
{
    struct test_data data;
    test_load(&data,
              "{\"abs\": {\"details\": [\n" RESULT(METRIC("1", "true")) ",\n{\"op_name\": 3}]}}",
              NULL);
    test_expect_fault(&data.faults, 0, BENCH_FAULT_ERROR,
                      "your.json:3:1: /abs/details/1: found an object, expected a result of "
                      "FlagGems' benchmark: an object with \"op_name\" (a string) and \"result\" "
                      "(an array)");
    test_expect_fault(&data.faults, 1, BENCH_FAULT_ERROR,
                      "your.json:2:147: /abs/details/0/result/0/latency: found true, expected a "
                      "time in milliseconds");
    cr_assert_eq(data.faults.count, 2);
    test_unload(&data);
}

Test(record, a_line_that_was_cut_off_is_an_error)
{
    struct test_data data;
    test_load(&data, "[INFO] " RESULT(METRIC("1", "1")) "\n[INFO] {\"op_name\": \"ab", NULL);
    test_expect_fault(&data.faults, 0, BENCH_FAULT_ERROR,
                      "your.json:2:20: not valid JSON: this string has no end");
    cr_assert_eq(data.your->case_count, 1);
    test_unload(&data);
}

Test(record, a_case_that_is_there_twice_is_an_error)
{
    struct test_data data;
    test_load(&data, "[INFO] " RESULT(METRIC("1", "1")) "\n[INFO] " RESULT(METRIC("1", "2")) "\n",
              NULL);
    test_expect_fault(&data.faults, 0, BENCH_FAULT_ERROR,
                      "your.json:2:99: /result/0: the same shape, dtype and params are there "
                      "twice: also at line 1, column 99; remove one");
    test_unload(&data);
}

Test(record, a_log_without_results_is_an_error)
{
    struct test_data data;
    test_load(&data, "[INFO] Benchmark record logger enabled\n", NULL);
    cr_assert_eq(data.faults.errors, 1);
    cr_assert(data.your->broken);
    test_unload(&data);
}

/* One side a record, the other the plan's form: the same case is the same case. */
Test(record, records_match_performance_data)
{
    struct test_data data;
    test_load(&data,
              "{\"aten::abs\": {\"configs\": [{\"shape\": [64], \"dtype\": \"half\", "
              "\"your_time\": 1, \"cuda_time\": 1}]}}",
              "[INFO] " RESULT(METRIC("1", "2")) "\n");
    cr_assert_eq(data.faults.count, 0);
    cr_assert_eq(data.join.matched, 1);
    cr_assert_eq(data.join.partner[0]->time_ms, 2);
    test_unload(&data);
}

static char *converted(const char *text, enum bench_record_form form)
{
    struct test_data data;
    test_load(&data, text, NULL);
    cr_assert_eq(data.faults.errors, 0, "%s", data.faults.items[0].message);
    struct bench_str out;
    bench_str_init(&out);
    if (form == BENCH_RECORD_NONE) {
        struct bench_json_writer w;
        bench_json_writer_init(&w, &out, BENCH_JSON_PRETTY);
        bench_json_put_value(&w, bench_json_root(data.your->doc));
    } else {
        bench_record_format(data.your, form, &out);
    }
    test_unload(&data);
    char *taken = bench_str_take(&out);
    bench_str_fini(&out);
    return taken;
}

/* What a record says is still there after two conversions, failures too. */
Test(record, there_and_back_is_the_same)
{
    const char *folder = getenv("BENCH_TEST_RESOURCES");
    char *path = bench_xprintf("%s/selector/records/core.log", folder);
    char *log;
    struct bench_err err;
    cr_assert_eq(bench_file_read(path, 0, &log, NULL, &err), 0);
    static const enum bench_record_form forms[] = {BENCH_RECORD_LOG, BENCH_RECORD_JSON};
    char *data = converted(log, BENCH_RECORD_NONE);
    for (size_t i = 0; i < 2; i++) {
        char *record = converted(data, forms[i]);
        char *again = converted(record, BENCH_RECORD_NONE);
        cr_expect_str_eq(again, data);
        free(again);
        free(record);
    }
    free(data);
    free(log);
    free(path);
}

Test(record, params_that_are_an_object_become_keywords)
{
    char *log = converted("{\"sum\": {\"configs\": [{\"shape\": [2, 3], \"dtype\": \"float32\", "
                          "\"params\": {\"dim\": 1}, \"your_time\": 0.5, \"cuda_time\": 0.25}]}}",
                          BENCH_RECORD_LOG);
    cr_assert_str_eq(
        log, "[INFO] {\"op_name\":\"sum\",\"dtype\":\"torch.float32\",\"mode\":\"kernel\","
             "\"level\":\"comprehensive\",\"result\":[{\"legacy_shape\":null,\"shape_detail\":[[[2,"
             "3]],{\"dim\":1}],\"latency_base\":0.25,\"latency\":0.5,\"gbps_base\":null,\"gbps\":"
             "null,\"speedup\":0.5,\"accuracy\":null,\"tflops\":null,\"utilization\":null,"
             "\"compared_speedup\":null,\"error_msg\":null}]}\n");
    free(log);
}

Test(record, literals_of_python_are_read_and_written)
{
    static const char *const literals[] = {
        "[[64,64],None,True,False,-1,1e-05,0.5,inf,-inf,nan,'torch.float16',{'dim':0,'out':[]}]",
        "{'a\\'b':[[1,2],[3]],'c':{}}", "[]"};
    for (size_t i = 0; i < sizeof(literals) / sizeof(*literals); i++) {
        struct bench_str json, back;
        struct bench_json_doc *doc;
        struct bench_err err;
        bench_str_init(&json);
        bench_str_init(&back);
        cr_assert(bench_literal_to_json(literals[i], &json), "%s", literals[i]);
        cr_assert_eq(bench_json_parse("x", json.data, json.len, &doc, &err), 0, "%s", err.message);
        bench_literal_add(&back, bench_json_root(doc));
        cr_expect_str_eq(back.data, literals[i]);
        bench_json_free(doc);
        bench_str_fini(&json);
        bench_str_fini(&back);
    }
    static const char *const others[] = {"dim=1", "[1", "[1,]", "[x]", "['a]", "[1]]", ""};
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
        struct bench_str json;
        bench_str_init(&json);
        cr_expect(!bench_literal_to_json(others[i], &json), "%s", others[i]);
        bench_str_fini(&json);
    }
}
