/* Running what is imported: with a stand-in interpreter that answers what a test wants, and, where
 * $BENCH_PYTHON (else python3) has pytest, with the real program. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/perf/json.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "bench/util/process.h"
#include "importer/verify.h"
#include "support.h"

TestSuite(verify, .init = importer_enter, .fini = importer_leave, .timeout = 480);

static void select_gelu(const char *test)
{
    importer_select("gelu");
    importer_data("gelu", "aten::gelu", "def gelu(x):\n    return x + 1\n", test);
}

#define RIGHT "def test_gelu():\n    assert gelu(1) == 2\n"

/* An interpreter that keeps the request as "request" and answers this. */
static void interpreter(const char *answer)
{
    char *script = bench_xprintf("#!/bin/sh\ncat >%s/request\ncat <<'END'\n%s\nEND\n",
                                 getcwd((char[4096]){0}, 4096), answer);
    importer_write("python", script);
    cr_assert_eq(chmod("python", 0755), 0);
    free(script);
}

static int verify(bool in_place, struct bench_verify *result, struct bench_err *err)
{
    struct bench_import plan;
    importer_plan(&plan);
    cr_assert_eq(plan.failed_count, 0, "%s", plan.ops[0].message);
    int rc = bench_verify_run(&plan, "./python", in_place, result, err);
    bench_import_fini(&plan);
    return rc;
}

Test(verify, what_the_interpreter_lacks_is_named)
{
    struct bench_verify result;
    struct bench_err err;
    select_gelu(RIGHT);
    interpreter("{\"missing\": [\"torch\", \"triton\"], \"operators\": []}");
    cr_assert_eq(verify(false, &result, &err), BENCH_EUNSUPPORTED);
    cr_expect_not_null(strstr(err.message, "./python has no torch, triton; name an interpreter"),
                       "%s", err.message);
    bench_verify_fini(&result);
    importer_write("python", "#!/bin/sh\nexit 0\n");
    cr_assert_eq(chmod("python", 0755), 0);
    cr_assert_eq(verify(false, &result, &err), BENCH_ERROR);
    cr_expect_not_null(strstr(err.message, "failed while it tested"), "%s", err.message);
    bench_verify_fini(&result);
    cr_assert_eq(unlink("python"), 0);
    cr_assert_eq(verify(false, &result, &err), BENCH_EUNSUPPORTED);
    cr_expect_not_null(strstr(err.message, "there is no program ./python"), "%s", err.message);
    bench_verify_fini(&result);
}

Test(verify, the_copy_gets_the_plans_files)
{
    struct bench_verify result;
    struct bench_err err;
    struct bench_json_doc *doc;
    select_gelu(RIGHT);
    interpreter("{\"missing\": [], \"error\": null, \"environment\": \"here\", \"operators\": "
                "[{\"total\": 3, \"passed\": 2, \"failure\": \"1 of 3 tests fail\"}]}");
    cr_assert_eq(verify(false, &result, &err), 0, "%s", err.message);
    cr_assert_eq(result.op_count, 1);
    cr_expect_str_eq(result.ops[0].name, "gelu");
    cr_expect_eq(result.ops[0].total, 3);
    cr_expect_eq(result.ops[0].passed, 2);
    cr_expect_eq(result.failed_count, 1);
    cr_expect_str_eq(result.environment, "here");
    bench_verify_fini(&result);
    cr_assert_eq(bench_json_read("request", 0, &doc, &err), 0, "%s", err.message);
    const struct bench_json *root = bench_json_root(doc);
    const struct bench_json *op = bench_json_first(bench_json_get(root, "operators"));
    cr_expect_str_eq(bench_json_string(bench_json_get(op, "module")),
                     "flag_gems.experimental.generated.pointwise.gelu");
    cr_expect_eq(bench_json_size(bench_json_get(root, "files")), 8);
    const char *scratch = bench_json_string(bench_json_get(root, "scratch"));
    cr_expect_not(bench_file_exists(scratch), "%s must be gone", scratch);
    bench_json_free(doc);
}

static void set_tests(struct bench_import *plan, int total, int passed)
{
    struct bench_err err;
    const struct bench_import_tests tests = {.name = "gelu", .total = total, .passed = passed};
    cr_assert_eq(bench_import_set_tests(plan, &tests, 1, &err), 0, "%s", err.message);
}

Test(verify, what_the_tests_said_is_recorded_once)
{
    struct bench_import plan;
    struct bench_err err;
    select_gelu(RIGHT);
    importer_plan(&plan);
    set_tests(&plan, 3, 3);
    cr_assert_eq(bench_import_apply(&plan, &err), 0, "%s", err.message);
    bench_import_fini(&plan);
    importer_expect_in(GENERATED "_metadata.json", "\"accuracy_passed\": true");
    importer_expect_in(GENERATED "_metadata.json", "\"test_cases_passed\": 3");
    importer_plan(&plan);
    set_tests(&plan, 3, 3);
    cr_expect_eq(plan.tree.count, 0, "the tests say what is recorded");
    bench_import_fini(&plan);
    importer_plan(&plan);
    set_tests(&plan, 3, 2);
    cr_expect_eq(plan.tree.count, 1);
    cr_assert_eq(bench_import_apply(&plan, &err), 0, "%s", err.message);
    bench_import_fini(&plan);
    importer_expect_in(GENERATED "_metadata.json", "\"accuracy_passed\": false");
    cr_expect_eq(importer_import(), 0, "without tests, what they said stays");
}

/* The interpreter for the tests that follow: stand-ins for torch and triton, pytest as it is. */
static const char *real_python(void)
{
    const char *python = getenv("BENCH_PYTHON");
    python = python != NULL ? python : "python3";
    const char *argv[] = {python, "-c", "import pytest", NULL};
    struct bench_process_spec spec = {.argv = argv, .timeout_ms = 180000};
    struct bench_process_result result;
    bool has_pytest = bench_process_run(&spec, &result, NULL) == 0 && result.exit_code == 0;
    bench_process_result_fini(&result);
    if (!has_pytest) {
        cr_skip_test("the Python that is used has no pytest");
    }
    char *stub = importer_resource("stub");
    char *here = getcwd(NULL, 0);
    char *path = bench_xprintf("%s:%s/stub", stub, here);
    importer_write("stub/torch/__init__.py", "__version__ = 'none'\n");
    cr_assert_eq(setenv("PYTHONPATH", path, 1), 0);
    free(path);
    free(here);
    free(stub);
    return python;
}

static void verify_really(const char *test, bool in_place, struct bench_verify *result)
{
    struct bench_import plan;
    struct bench_err err;
    const char *python = real_python();
    select_gelu(test);
    importer_plan(&plan);
    cr_assert_eq(plan.failed_count, 0, "%s", plan.ops[0].message);
    if (in_place) {
        cr_assert_eq(bench_import_apply(&plan, &err), 0, "%s", err.message);
    }
    cr_assert_eq(bench_verify_run(&plan, python, in_place, result, &err), 0, "%s", err.message);
    bench_import_fini(&plan);
}

Test(verify, a_test_that_passes)
{
    struct bench_verify result;
    verify_really(RIGHT, false, &result);
    cr_expect_null(result.error, "%s", result.error);
    cr_assert_eq(result.op_count, 1);
    cr_expect_null(result.ops[0].failure, "%s", result.ops[0].failure);
    cr_expect_eq(result.ops[0].passed, 1);
    cr_expect_not(bench_file_exists("tree/src/flag_gems/experimental"), "only a copy is written");
    bench_verify_fini(&result);
}

Test(verify, tests_in_the_tree_leave_nothing_behind)
{
    struct bench_verify result;
    verify_really(RIGHT, true, &result);
    cr_expect_null(result.error, "%s", result.error);
    cr_assert_eq(result.op_count, 1);
    cr_expect_null(result.ops[0].failure, "%s", result.ops[0].failure);
    cr_expect_not(bench_file_exists(GENERATED "pointwise/__pycache__"));
    cr_expect_not(bench_file_exists("tree/.pytest_cache"));
    bench_verify_fini(&result);
}

static void expect_failure(const char *test, const char *part)
{
    struct bench_verify result;
    verify_really(test, false, &result);
    cr_assert_eq(result.op_count, 1, "%s", result.error);
    cr_expect_eq(result.failed_count, 1);
    cr_assert_not_null(result.ops[0].failure);
    cr_expect_not_null(strstr(result.ops[0].failure, part), "expected '%s' in: %s", part,
                       result.ops[0].failure);
    bench_verify_fini(&result);
}

Test(verify, tests_that_fail_or_do_not_run)
{
    expect_failure("def test_gelu():\n    assert gelu(1) == 3\n",
                   "1 of 1 tests fail, the first is test_gelu: ");
    expect_failure("import pytest\n\n\ndef test_gelu():\n    gelu(1)\n    pytest.skip('no GPU')\n",
                   "none of its 1 tests ran");
    expect_failure("import os\n\n\ndef test_gelu():\n    gelu(1)\n    os._exit(3)\n",
                   "pytest died (3)");
    expect_failure("raise ValueError(gelu)\n\n\ndef test_gelu():\n    gelu(1)\n", "ValueError");
}

#define PASSES "\n\n\ndef test_gelu():\n    assert gelu(1) == 2\n"

/* Exit code 0, and a report in which nothing fails, are no evidence: every test must have run. */
Test(verify, tests_that_end_pytest_as_if_all_were_well)
{
    expect_failure("import pytest" PASSES "\n\ndef test_more():\n    pytest.exit('enough', 0)\n",
                   "1 of 2 tests were collected and did not run");
    expect_failure("import os" PASSES "\n\ndef test_more():\n    os._exit(0)\n", "pytest died (0)");
    expect_failure("import sys\n\nsys.exit(0)" PASSES, "xit");
    expect_failure("import os\n\nos._exit(0)" PASSES, "pytest died (0)");
    expect_failure("import pytest\n\npytest.exit('fine', 0)" PASSES, "xit");
}

Test(verify, tests_that_are_all_skipped)
{
    expect_failure("import pytest\n\npytestmark = pytest.mark.skip" PASSES,
                   "none of its 1 tests ran");
    expect_failure("import pytest\n\npytest.skip('later', allow_module_level=True)" PASSES,
                   "none of its 1 tests ran");
}

/* The tree's own configuration may leave tests out: for its reasons, and ours did not run. */
Test(verify, a_tree_that_deselects_tests)
{
    importer_write("tree/conftest.py",
                   "def pytest_collection_modifyitems(items):\n    items[:] = []\n");
    expect_failure(RIGHT, "1 of 1 tests were collected and did not run");
    importer_write("tree/conftest.py",
                   "def pytest_collection_modifyitems(items):\n    items[:] = items[:1]\n");
    expect_failure(RIGHT "\n\ndef test_more():\n    assert gelu(2) == 3\n",
                   "1 of 2 tests were collected and did not run");
    importer_write("tree/conftest.py", "");
    importer_write("tree/pytest.ini", "[pytest]\naddopts = -k nothing_of_this_name\n");
    expect_failure(RIGHT, "1 of 1 tests were collected and did not run");
}

/* An operator that ends the process must not pass for one that was imported. */
Test(verify, an_operator_that_ends_the_process)
{
    static const char *const ends[] = {"import os\n\nos._exit(0)\n", "import sys\n\nsys.exit(0)\n"};
    for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
        struct bench_verify result;
        struct bench_import plan;
        struct bench_err err;
        const char *python = real_python();
        char *code = bench_xprintf("def gelu(x):\n    return x + 1\n\n\n%s", ends[i]);
        importer_select("gelu");
        importer_data("gelu", "gelu", code, RIGHT);
        free(code);
        importer_plan(&plan);
        cr_assert_eq(plan.failed_count, 0, "%s", plan.ops[0].message);
        cr_assert_eq(bench_verify_run(&plan, python, false, &result, &err), 0, "%s", err.message);
        cr_assert_not_null(result.error);
        cr_expect_not_null(strstr(result.error, "python ended before all was imported"), "%s",
                           result.error);
        bench_verify_fini(&result);
        bench_import_fini(&plan);
    }
}

/* A file that cannot be collected interrupts pytest before any test of any file has run. */
Test(verify, one_bad_test_file_is_no_word_on_the_others)
{
    struct bench_verify result;
    struct bench_import plan;
    struct bench_err err;
    const char *python = real_python();
    importer_select("gelu relu");
    importer_data("gelu", "gelu", "def gelu(x):\n    return x + 1\n", RIGHT);
    importer_data("relu", "relu", "def relu(x):\n    return x\n",
                  "raise OSError(relu)\n\n\ndef test_relu():\n    relu(1)\n");
    importer_plan(&plan);
    cr_assert_eq(bench_verify_run(&plan, python, false, &result, &err), 0, "%s", err.message);
    cr_assert_eq(result.op_count, 2, "%s", result.error);
    cr_expect_eq(result.failed_count, 1);
    cr_expect_null(result.ops[0].failure, "%s", result.ops[0].failure);
    cr_expect_eq(result.ops[0].passed, 1);
    cr_assert_not_null(result.ops[1].failure);
    cr_expect_not_null(strstr(result.ops[1].failure, "OSError"), "%s", result.ops[1].failure);
    bench_verify_fini(&result);
    bench_import_fini(&plan);
}

Test(verify, a_package_that_cannot_be_imported)
{
    struct bench_verify result;
    struct bench_import plan;
    struct bench_err err;
    const char *python = real_python();
    importer_select("gelu");
    importer_data("gelu", "gelu", "def gelu(x):\n    return x\n\n\nraise OSError('no device')\n",
                  RIGHT);
    importer_plan(&plan);
    cr_assert_eq(bench_verify_run(&plan, python, false, &result, &err), 0, "%s", err.message);
    cr_assert_not_null(result.error);
    cr_expect_not_null(strstr(result.error, "OSError: no device"), "%s", result.error);
    bench_verify_fini(&result);
    bench_import_fini(&plan);
}
