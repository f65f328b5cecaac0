/* What a helper is told that compiles operators in Python ahead, and how it is started and ended.
 */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/case/check_seed.h"
#include "bench/case/hidden_shapes.h"
#include "bench/perf/json.h"
#include "bench/run/ahead_python.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"

static struct bench_err err;
static struct bench_suite *suite;
static struct bench_run run;
static char folder[] = "/tmp/bench_test_ahead_XXXXXX";

static void setup(void)
{
    const char *resources = getenv("BENCH_TEST_RESOURCES");
    cr_assert_not_null(resources, "BENCH_TEST_RESOURCES is not set; run the tests with ctest");
    char *path = bench_path_join(resources, "suites/python.json");
    char *kernels = bench_path_join(resources, "python/kernels");
    cr_assert_eq(bench_suite_read(path, kernels, NULL, &suite, &err), 0, "%s", err.message);
    cr_assert_not_null(mkdtemp(folder));
    struct bench_run_options options = {.jobs = 3};
    bench_run_init(&run, suite, &options);
    run.info = (struct bench_device_info){
        .kind = "cuda", .name = "a GPU", .arch = "sm_90", .sm_count = 7, .l2_bytes = 50};
    free(path);
    free(kernels);
}

static void teardown(void)
{
    char *command = bench_xprintf("rm -r %s", folder);
    cr_expect_eq(system(command), 0);
    free(command);
    bench_run_fini(&run);
    bench_suite_free(suite);
}

TestSuite(ahead_python, .init = setup, .fini = teardown, .timeout = 180);

/* Lines of a case: two roles, at its own shape and at two of the kinds that are hidden. */
enum { BOTH = 2 * 3 };

static size_t count_lines(const char *text)
{
    size_t count = 0;
    for (; (text = strchr(text, '\n')) != NULL; text++)
        count++;
    return count;
}

static void expect_line(const char *line, size_t length, const char *implementation, double fault)
{
    struct bench_json_doc *doc;
    const char *text = "";
    double value = -1;
    cr_assert_eq(bench_json_parse("plan", line, length, &doc, &err), 0, "%s", err.message);
    const struct bench_json *root = bench_json_root(doc);
    bench_json_get_string(root, "implementation", true, &text, NULL);
    cr_expect_str_eq(text, implementation);
    const struct bench_json *params = bench_json_get(bench_json_get(root, "case"), "params");
    bench_json_get_double(params, "fault", true, &value, NULL);
    cr_expect_eq(value, fault);
    const struct bench_json *input = bench_json_first(bench_json_get(root, "inputs"));
    bench_json_get_string(input, "data", true, &text, NULL);
    cr_expect_str_eq(text, "0x0");
    cr_expect_not_null(bench_json_get(root, "python"));
    bench_json_free(doc);
}

Test(ahead_python, the_plan_has_candidates_and_references_of_cases_that_are_due)
{
    struct bench_str plan;
    struct bench_record r;
    bench_str_init(&plan);
    cr_assert_eq(bench_ahead_python_plan(&run, &plan, &err), 0, "%s", err.message);
    cr_expect_eq(count_lines(plan.data), BOTH * suite->case_count);
    char *end = strchr(plan.data, '\n');
    expect_line(plan.data, (size_t)(end - plan.data), "candidate", 0);
    expect_line(end + 1, (size_t)(strchr(end + 1, '\n') - end - 1), "reference", 0);
    bench_str_fini(&plan);

    bench_record_init(&r); /* the first case is done */
    r.roles = (1u << BENCH_ROLE_COUNT) - 1;
    bench_run_add(&run, &r);
    bench_str_init(&plan);
    cr_assert_eq(bench_ahead_python_plan(&run, &plan, &err), 0, "%s", err.message);
    cr_expect_eq(count_lines(plan.data), BOTH * (suite->case_count - 1));
    expect_line(plan.data, (size_t)(strchr(plan.data, '\n') - plan.data), "candidate", 1);
    bench_str_fini(&plan);
}

/* Every case of the suite has other parameters, so each is the first of its kind. */
Test(ahead_python, shapes_of_hidden_kinds_are_told_and_never_the_hidden_ones)
{
    const struct bench_case *c = &suite->cases[0].plan;
    struct bench_str plan;
    char hidden[64], other[64];
    int64_t shape[BENCH_MAX_DIMS];
    bench_str_init(&plan);
    cr_assert_eq(bench_ahead_python_plan(&run, &plan, &err), 0, "%s", err.message);
    bench_hidden_shape(c, 1, bench_check_seed(0, c->key, BENCH_CHECK_HIDDEN, 1), shape);
    snprintf(other, sizeof other, "\"shape\":[%d,%d]", (int)shape[0], (int)shape[1]);
    cr_expect_not_null(strstr(plan.data, other), "%s in %s", other, plan.data);
    uint64_t seed = bench_check_seed(12345, c->key, BENCH_CHECK_HIDDEN, 1);
    bench_hidden_shape(c, 1, seed, shape);
    snprintf(hidden, sizeof hidden, "\"shape\":[%d,%d]", (int)shape[0], (int)shape[1]);
    cr_expect_null(strstr(plan.data, hidden), "%s in %s", hidden, plan.data);
    bench_str_fini(&plan);
}

static char *interpreter; /* lives as long as the test's process */

static void write_interpreter(const char *body)
{
    interpreter = bench_path_join(folder, "python");
    cr_assert_eq(bench_file_write_atomic(interpreter, body, strlen(body), &err), 0, "%s",
                 err.message);
    cr_assert_eq(chmod(interpreter, 0755), 0);
    run.options.python = interpreter;
}

static char *read_log(void)
{
    char *path = bench_path_join(folder, "ahead.jsonl"), *text = NULL;
    size_t length;
    cr_assert_eq(bench_file_read(path, 0, &text, &length, &err), 0, "%s", err.message);
    free(path);
    return text;
}

Test(ahead_python, the_helper_is_told_the_target_and_sees_no_gpu)
{
    struct bench_child child;
    const char *line;
    write_interpreter("#!/bin/sh\n"
                      "{ echo \"$1 $2 $3 $7 $8 gpus=[$CUDA_VISIBLE_DEVICES] $6\"\n"
                      "echo \"$PYTHONPATH\"; cat /proc/self/fd/$4; } > \"${10}\"\n");
    cr_assert_eq(bench_ahead_python_start(&run, folder, &child, &err), 0, "%s", err.message);
    while (bench_child_wait(&child, 1000, &line) != BENCH_CHILD_ENDED)
        ;
    cr_expect_eq(child.wait_status, 0);
    bench_child_fini(&child);
    char *log = read_log();
    cr_expect_not_null(strstr(log, "-m bench_python ahead --jobs 3 gpus=[] {\"arch\":\"sm_90\","));
    cr_expect_not_null(strstr(log, "\"sm_count\":7,"));
    /* In the sources, and in a bundle. */
    cr_expect(strstr(log, "provider/python") || strstr(log, "share/bench/python"), "%s", log);
    cr_expect_eq(count_lines(log), 2 + BOTH * suite->case_count);
    free(log);
}

Test(ahead_python, a_helper_that_is_not_done_is_ended_with_its_run)
{
    struct bench_child child;
    write_interpreter("#!/bin/sh\nexec sleep 1000\n");
    cr_assert_eq(bench_ahead_python_start(&run, folder, &child, &err), 0, "%s", err.message);
    pid_t pid = child.pid;
    cr_expect_gt(pid, 0);
    bench_child_fini(&child);
    cr_expect_neq(kill(pid, 0), 0);
}

Test(ahead_python, only_gpus_are_compiled_for)
{
    struct bench_child child;
    snprintf(run.info.kind, sizeof run.info.kind, "cpu");
    cr_assert_eq(bench_ahead_python_start(&run, folder, &child, &err), 0, "%s", err.message);
    cr_expect_eq(child.pid, 0);
    bench_child_fini(&child);
}
