/* The code that is imported must be the code that was measured, as its hash tells. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/file.h"
#include "bench/util/hash.h"
#include "bench/util/mem.h"
#include "support.h"

TestSuite(measured, .init = importer_enter, .fini = importer_leave, .timeout = 300);

#define CODE "def gelu(x):\n    return x + 1\n"
#define OTHER "def gelu(x):\n    return x + 2\n"
#define TEST "def test_gelu():\n    assert gelu(1) == 2\n"
#define HOME "run/operators/kernels/gelu/"
#define PYTHON "{\"kind\": \"code\", \"source\": \"candidate.py\", \"callable\": \"gelu\"}"

static const char description[] =
    "{\"name\": \"gelu\", \"aten\": \"aten::gelu\", \"category\": \"pointwise\", \"description\": "
    "\"d\", \"dtypes\": [\"float32\"], \"dims\": [\"n\"], \"inputs\": [{\"name\": \"x\", "
    "\"shape\": \"case\", \"dtype\": \"T\", \"fill\": {\"normal\": {\"mean\": 0, \"std\": 1}}}], "
    "\"outputs\": [{\"name\": \"out\", \"shape\": \"case\", \"dtype\": \"T\"}], \"bytes\": \"n\", "
    "\"flops\": \"n\", \"oracle\": {\"provider\": \"python\", \"entry\": \"e\", "
    "\"python\": {\"kind\": \"aten\", \"callable\": \"aten.gelu.default\"}}, "
    "\"implementations\": [{\"name\": \"candidate\", \"provider\": \"python\", \"entry\": "
    "\"gelu\", \"python\": " PYTHON "}]}";

/* As bench/run/sources.h has it; what counts here is that both sides do the same. */
static void hash_code(const struct bench_implementation *impl, const char *code, size_t length,
                      char hex[33])
{
    struct bench_hash *hash = bench_hash_new();
    bench_hash_add_str(hash, impl->python);
    bench_hash_add(hash, code, length);
    bench_hash_hex(hash, hex);
    bench_hash_free(hash);
}

/* The hash of CODE as it was measured by the description. */
static void hash_of_code(char hex[33])
{
    struct bench_operator *op = NULL;
    struct bench_err err;
    cr_assert_eq(bench_operator_read(HOME "gelu.json", &op, &err), 0, "%s", err.message);
    hash_code(&op->implementations[0], CODE, strlen(CODE), hex);
    bench_operator_free(op);
}

#define CASE                                                                                       \
    "{\"shape\": [%d], \"dtype\": \"float32\", \"your_time\": 1, \"flaggems_time\": 2, "           \
    "\"speedup_vs_flaggems\": 2%s}"

/* A run that measured CODE, and its selection: two cases, of which so many tell the hash. */
static void measured(int told, const char *file)
{
    char hash[33];
    importer_write(HOME "gelu.json", description);
    importer_write(HOME "candidate.py", CODE);
    importer_write("run/run.json", "{\"run\": \"r7\", \"device\": {\"kind\": \"cuda\"}}");
    hash_of_code(hash);
    char *more =
        bench_xprintf(", \"implementation\": \"candidate\", \"source_hash\": \"%s\"", hash);
    char *first = bench_xprintf(CASE, 8, told > 0 ? more : "");
    char *second = bench_xprintf(CASE, 16, told > 1 ? more : "");
    char *text =
        bench_xprintf("{\"batch\": 1, \"threshold\": 1.3, \"criterion\": \"speedup_vs_flaggems\", "
                      "\"operators\": {\"gelu\": {\"run\": \"r7\", \"description_file\": \"%s\", "
                      "\"configs\": [%s, %s]}}}",
                      file, first, second);
    importer_write("run/selected.json", text);
    free(text);
    free(first);
    free(second);
    free(more);
}

static void plan_it(const char *operators_dir, bool only_measured, struct bench_import *plan)
{
    static const char *const inputs[] = {"run/selected.json"};
    struct bench_err err;
    const struct bench_import_request request = {.tree = "tree",
                                                 .inputs = inputs,
                                                 .input_count = 1,
                                                 .operators_dir = operators_dir,
                                                 .code_hasher = hash_code,
                                                 .only_measured = only_measured};
    cr_assert_eq(bench_import_plan(&request, plan, &err), 0, "%s", err.message);
    cr_assert_eq(plan->op_count, 1);
}

static void expect_refusal(const char *operators_dir, bool only_measured, const char *part)
{
    struct bench_import plan;
    plan_it(operators_dir, only_measured, &plan);
    cr_assert_eq(plan.failed_count, 1);
    cr_expect_not_null(strstr(plan.ops[0].message, part), "expected '%s' in: %s", part,
                       plan.ops[0].message);
    cr_expect_eq(plan.tree.count, 0);
    bench_import_fini(&plan);
}

static void expect_import(const char *operators_dir, enum bench_measured expected)
{
    struct bench_import plan;
    struct bench_err err;
    plan_it(operators_dir, false, &plan);
    cr_assert_eq(plan.failed_count, 0, "%s", plan.ops[0].message);
    cr_expect_eq(plan.ops[0].measured, expected);
    cr_expect_eq(plan.unknown_count, expected == BENCH_MEASURED_UNKNOWN);
    cr_assert_eq(bench_import_apply(&plan, &err), 0, "%s", err.message);
    bench_import_fini(&plan);
    importer_expect_in(GENERATED "_metadata.json", expected == BENCH_MEASURED_SAME
                                                       ? "\"code_is_measured\": true"
                                                       : "\"code_is_measured\": null");
}

Test(measured, code_that_was_measured)
{
    measured(2, HOME "gelu.json");
    importer_data("gelu", "aten::gelu", CODE, TEST);
    expect_import("data", BENCH_MEASURED_SAME);
}

Test(measured, code_that_was_edited_since)
{
    struct bench_import plan;
    struct bench_err err;
    char *diff = NULL;
    measured(2, HOME "gelu.json");
    importer_data("gelu", "aten::gelu", OTHER, TEST);
    expect_refusal("data", false,
                   "data/gelu.json: its code is not what was measured: r7 measured code with the "
                   "hash ");
    expect_refusal("data", false, "measure it again");
    plan_it("data", false, &plan);
    cr_assert_eq(bench_import_conflict_diff(&plan.ops[0], &diff, &err), 0, "%s", err.message);
    cr_expect_not_null(strstr(diff, "-    return x + 1\n+    return x + 2\n"), "%s", diff);
    free(diff);
    bench_import_fini(&plan);
}

/* One case measured other code: numbers of two codes are no numbers of either. */
Test(measured, cases_of_two_codes)
{
    measured(2, HOME "gelu.json");
    importer_data("gelu", "aten::gelu", CODE, TEST);
    char *text = importer_read("run/selected.json");
    char *last = NULL;
    for (char *p = strstr(text, "source_hash"); p != NULL; p = strstr(p + 1, "source_hash")) {
        last = p;
    }
    memcpy(last + strlen("source_hash\": \""), "0123", 4);
    importer_write("run/selected.json", text);
    free(text);
    expect_refusal("data", false, "measured code with the hash 0123");
}

Test(measured, a_test_is_no_part_of_what_was_measured)
{
    measured(2, HOME "gelu.json");
    importer_data("gelu", "aten::gelu", CODE, TEST "\n\ndef test_more():\n    assert gelu(2)\n");
    expect_import("data", BENCH_MEASURED_SAME);
}

Test(measured, without_operator_data_the_run_has_the_code)
{
    measured(2, HOME "gelu.json");
    expect_import(NULL, BENCH_MEASURED_SAME);
    importer_expect_in(GENERATED "pointwise/gelu.py", "return x + 1\n");
}

Test(measured, operators_that_the_folder_lacks_are_in_the_run)
{
    measured(2, HOME "gelu.json");
    importer_data("relu", "aten::relu", CODE, TEST);
    expect_refusal("data", false, "no operator data in data has op_name 'gelu'");
    expect_refusal("data", false, "without --operators, what was measured is imported (");
}

Test(measured, a_copy_in_the_run_that_was_edited)
{
    measured(2, HOME "gelu.json");
    importer_write(HOME "candidate.py", OTHER);
    expect_refusal(NULL, false, "its code is not what was measured");
}

/* A run that was brought from another machine names a description that is not here. */
Test(measured, the_folder_of_a_run_may_move)
{
    measured(2, "/proc/nowhere/gelu.json");
    importer_data("gelu", "aten::gelu", CODE, TEST);
    expect_import("data", BENCH_MEASURED_SAME);
    importer_data("gelu", "aten::gelu", OTHER, TEST);
    expect_refusal("data", false, "its code is not what was measured");
}

Test(measured, a_run_without_its_descriptions)
{
    measured(2, "/proc/nowhere/gelu.json");
    importer_data("gelu", "aten::gelu", CODE, TEST);
    cr_assert_eq(bench_file_remove_tree("run/operators", NULL), 0);
    cr_assert_eq(bench_file_mkdirs("kernels", NULL), 0);
    cr_assert_eq(setenv("BENCH_HOME", ".", 1), 0);
    expect_refusal("data", false, "whether its code is what was measured cannot be told");
    expect_refusal("data", false, "keep the run's folder together");
}

Test(measured, data_of_others_say_nothing_of_the_code)
{
    measured(0, HOME "gelu.json");
    importer_data("gelu", "aten::gelu", OTHER, TEST);
    expect_import("data", BENCH_MEASURED_UNKNOWN);
    expect_refusal("data", true, "data/gelu.json: nothing says that its code is what was measured");
}

Test(measured, one_case_without_a_hash_leaves_it_open)
{
    measured(1, HOME "gelu.json");
    importer_data("gelu", "aten::gelu", CODE, TEST);
    expect_import("data", BENCH_MEASURED_UNKNOWN);
    expect_refusal("data", true, "nothing says");
}
