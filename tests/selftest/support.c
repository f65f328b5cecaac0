#include "support.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "bench/util/file.h"

void selftest_run_null(const char *suite, size_t cases, struct selftest_suite_run *run)
{
    char folder[] = "/tmp/bench_test_selftest_XXXXXX";
    struct bench_err err = {0};
    const struct bench_selftest_options options = {.device = "null", .quiet = true};
    cr_assert_not_null(mkdtemp(folder));
    const struct selftest_suite_request request = {
        .name = suite, .cases = cases, .max_case_ms = 2000, .parent = folder};
    cr_assert_eq(selftest_suite_run(&options, &request, run, &err), BENCH_OK, "%s", err.message);
    cr_assert_eq(bench_file_remove_tree(folder, &err), BENCH_OK, "%s", err.message);
}

struct bench_suite *selftest_read_suite(const char *name)
{
    char *suites = NULL, *kernels = NULL;
    struct bench_suite *suite = NULL;
    struct bench_err err = {0};
    cr_assert_eq(selftest_folder("suites", &suites, &err), BENCH_OK, "%s", err.message);
    cr_assert_eq(selftest_folder("kernels", &kernels, &err), BENCH_OK, "%s", err.message);
    char *path = bench_xprintf("%s/%s.json", suites, name);
    cr_assert_eq(bench_suite_read(path, kernels, NULL, &suite, &err), BENCH_OK, "%s", err.message);
    free(path);
    free(kernels);
    free(suites);
    return suite;
}
