/* What the plan knows of a tree: modules and names that it has, overloads, names that collide. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "importer/categories.h"
#include "support.h"

TestSuite(import_checks, .init = importer_enter, .fini = importer_leave, .timeout = 300);

#define GELU "def gelu(x):\n    return x + 1\n"

static void gelu_is(const char *code, const char *test_func)
{
    importer_select("gelu");
    importer_data("gelu", "aten::gelu", code, test_func);
}

static void gelu_imports(const char *line)
{
    char *code = bench_xprintf("%s\n\n\n" GELU, line);
    gelu_is(code, NULL);
    free(code);
}

Test(import_checks, modules_that_nobody_has)
{
    gelu_imports("import flagbench.sandbox");
    importer_fails("code: line 1: imports 'flagbench.sandbox', which is in neither the tree nor "
                   "Python's standard library");
    gelu_imports("from flag_gems.utils import pointwise_dynamic");
    importer_fails("line 1: imports 'flag_gems.utils', which the tree does not have (no "
                   "src/flag_gems/utils.py)");
    importer_write("tree/src/flag_gems/utils/__init__.py", "def libentry():\n    return None\n");
    gelu_imports("from flag_gems.utils import pointwise_dynamic");
    importer_fails("imports 'pointwise_dynamic' from 'flag_gems.utils', which has no such name");
}

Test(import_checks, modules_that_are_there)
{
    importer_write("tree/src/flag_gems/utils/__init__.py", "from .entry import *\n");
    importer_write("tree/src/flag_gems/utils/entry.py", "def libentry():\n    return None\n");
    importer_write("tree/pyproject.toml", "dependencies = [\n    \"PyYAML==6.0.1\",\n]\n");
    gelu_imports("import os.path\nimport torch\nimport triton.language as tl\nimport yaml\n"
                 "from flag_gems.utils import libentry, entry");
    cr_expect_gt(importer_import(), 0);
}

/* Code that provides for a module that is missing is right without it. */
Test(import_checks, modules_that_need_not_be_there)
{
    gelu_imports("try:\n    import triton_kernels\nexcept ImportError:\n    triton_kernels = None");
    cr_expect_gt(importer_import(), 0);
}

Test(import_checks, a_test_that_imports_what_nobody_has)
{
    gelu_is(GELU, "import flagbench\nfrom gelu import gelu\n\n\ndef test_gelu():\n    gelu(1)\n");
    importer_fails("test_func: line 1: imports 'flagbench'");
}

Test(import_checks, a_test_that_tests_something_else)
{
    gelu_is(GELU, "import flag_gems\nimport torch\n\n\ndef test_gelu():\n    with "
                  "flag_gems.use_gems():\n        torch.nn.functional.gelu(torch.ones(1))\n");
    importer_fails("test_func: it never calls the imported gelu");
}

/* ge_ has no function of its own name, as ATen's ge_ has no default overload. */
Test(import_checks, overloads_are_exported_as_they_are_defined)
{
    importer_select("ge_");
    importer_data(
        "ge_", "aten::ge_",
        "def ge__Scalar(x, y):\n    return x\n\n\ndef ge__Tensor(x, y):\n    return x\n\n\n"
        "def ge__helper(x):\n    return x\n",
        NULL);
    importer_import();
    importer_expect_in(GENERATED "pointwise/__init__.py",
                       "from .ge_ import ge__Scalar, ge__Tensor\n\n"
                       "__all__ = [\"ge__Scalar\", \"ge__Tensor\"]\n");
    importer_expect_in(TESTS "test_ge_.py", "(\"Scalar\", gems_ge__Scalar)");
    importer_expect_in(TESTS "test_ge_.py", "(\"Tensor\", gems_ge__Tensor)");
}

Test(import_checks, code_with_neither_the_operator_nor_its_overloads)
{
    importer_select("ge_");
    importer_data("ge_", "aten::ge_", "def ge_impl(x):\n    return x\n", NULL);
    importer_fails("it defines ge_impl, but not 'ge_' or its overloads (ge__Scalar, ge__Tensor)");
}

Test(import_checks, a_kernel_that_has_the_operators_name)
{
    gelu_is("import triton\n\n\n@triton.jit\ndef gelu(x):\n    x + 1\n", NULL);
    importer_fails("'gelu' is a Triton kernel, which cannot be called as the operator");
    /* FlagGems' decorator makes a function of a kernel. */
    importer_write("tree/src/flag_gems/utils.py", "def pointwise_dynamic(f):\n    return f\n");
    gelu_is("import triton\nfrom flag_gems.utils import pointwise_dynamic\n\n\n@pointwise_dynamic\n"
            "@triton.jit\ndef gelu(x):\n    return x + 1\n",
            NULL);
    cr_expect_gt(importer_import(), 0);
}

Test(import_checks, a_placeholder_among_overloads)
{
    importer_select("ge_");
    importer_data("ge_", "aten::ge_",
                  "def ge__Scalar(x, y):\n    return x\n\n\ndef ge__Tensor(x, y):\n    ...\n",
                  NULL);
    importer_fails("'ge__Tensor' is a placeholder");
}

Test(import_checks, batch_2_must_be_new_to_flaggems)
{
    importer_write(
        "tree/src/flag_gems/__init__.py",
        "from flag_gems.ops import gelu\n\n_FULL_CONFIG = (\n    (\"gelu\", gelu),\n)\n");
    importer_write("tree/src/flag_gems/ops/__init__.py", GELU);
    importer_write("selected.json",
                   "{\"batch\": 2, \"threshold\": 1.25, \"criterion\": \"relative_to_cuda\","
                   " \"operators\": {\"gelu\": {\"configs\": [{\"shape\": [4], \"dtype\": "
                   "\"float32\", \"your_time\": 1, \"cuda_time\": 1, \"relative_to_cuda\": 1}]}}}");
    importer_data("gelu", "aten::gelu", GELU, NULL);
    importer_fails("batch 2 is of operators that are new to FlagGems, but the tree registers this "
                   "one already (src/flag_gems/__init__.py:4: 'gelu')");
    importer_select("gelu"); /* batch 1 is of those */
    cr_expect_gt(importer_import(), 0);
}

Test(import_checks, names_that_differ_in_case_only)
{
    struct bench_import plan;
    importer_select("gelu Gelu");
    importer_data("a", "gelu", GELU, NULL);
    importer_data("b", "Gelu", "def Gelu(x):\n    return x\n",
                  "def test_gelu():\n    assert Gelu(1)\n");
    importer_plan(&plan);
    cr_assert_eq(plan.failed_count, 1);
    cr_expect_not_null(strstr(plan.ops[1].message, "differs from that of 'gelu' in upper and lower "
                                                   "case only"),
                       "%s", plan.ops[1].message);
    bench_import_fini(&plan);
    importer_select("gelu");
    importer_write(GENERATED "pointwise/GELU.py", "");
    importer_fails("generated/pointwise/GELU.py is in the tree, whose name differs in upper and "
                   "lower case only");
}

Test(import_checks, names_that_are_pythons_own)
{
    importer_select("__init__");
    importer_data("a", "__init__", "def __init__(x):\n    return x\n", NULL);
    importer_fails("names as '__init__' are Python's own");
}

Test(import_checks, names_that_are_too_long_for_a_file)
{
    char name[4097];
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    importer_select(name);
    char *code = bench_xprintf("def %s(x):\n    return x\n", name);
    importer_data("a", name, code, NULL);
    free(code);
    importer_fails("its name has 4096 characters, and 120 are possible");
}

Test(import_checks, a_package_that_cannot_be_imported_is_no_place)
{
    gelu_is(GELU, NULL);
    importer_write(GENERATED "pointwise/__init__.py",
                   "from .copy_ import copy_\n\n__all__ = [\"copy_\"]\n");
    importer_write(GENERATED "pointwise/copy_.py", "def copy__Tensor(x):\n    return x\n");
    importer_plan_fails("pointwise/__init__.py: line 1: imports 'copy_' from '.copy_', which does "
                        "not define it, so the package cannot be imported");
}

Test(import_checks, an_operator_that_nothing_can_test)
{
    importer_select("mm");
    importer_data("mm", "aten::mm", "def mm(x, y):\n    return x\n", NULL);
    importer_fails(
        "it has no test_func, and none can be made (mm: one measured shape does not tell "
        "those of its tensors)");
    importer_select("dropout");
    importer_data("dropout", "aten::dropout", "def dropout(x, p, t):\n    return x\n", NULL);
    importer_fails("dropout: its results are random or uninitialised");
}

/* FlagGems' records tell the arguments as text, and know dtypes whose rounding nobody here knows:
 * the test calls the operator on the measured shapes of all others. */
Test(import_checks, a_made_test_of_what_records_tell)
{
    importer_select("gelu");
    importer_data("gelu", "aten::gelu", "def gelu(x):\n    return x\n", NULL);
    importer_write("selected.json",
                   "{\"batch\": 2, \"threshold\": 1.25, \"criterion\": \"relative_to_cuda\", "
                   "\"operators\": {\"gelu\": {\"configs\": ["
                   "{\"shape\": [64], \"dtype\": \"float32\", \"your_time\": 1, \"cuda_time\": 2, "
                   "\"relative_to_cuda\": 0.5, \"params\": \"[[[64]],{'approximate':'tanh'}]\"}, "
                   "{\"shape\": [65], \"dtype\": \"cf64\", \"your_time\": 1, \"cuda_time\": 2, "
                   "\"relative_to_cuda\": 0.5}]}}}");
    cr_assert_eq(importer_import(), 8);
    importer_expect_in("tree/src/flag_gems/experimental/tests/test_gelu.py",
                       "CASES = [\n    ((64,), \"float32\", {}),\n]\n");
    importer_expect_in(GENERATED "_metadata.json", "\"dtype\": \"complex64\"");
}

Test(import_checks, windows_line_ends_and_a_byte_order_mark)
{
    gelu_is("\xef\xbb\xbf"
            "import math\r\n\r\n\r\ndef gelu(x):\r\n    return math.exp(x)\r\n",
            NULL);
    importer_import();
    importer_expect_in(GENERATED "pointwise/gelu.py",
                       "import math\n\n\ndef gelu(x):\n    return math.exp(x)\n");
}

Test(import_checks, force_overwrites_what_was_changed_by_hand_and_says_so)
{
    struct bench_import plan;
    struct bench_err err;
    char *diff = NULL;
    gelu_is(GELU, NULL);
    importer_import();
    importer_write(GENERATED "pointwise/gelu.py", "# mine\n");
    importer_plan(&plan);
    cr_assert_eq(plan.failed_count, 1);
    cr_assert_eq(bench_import_conflict_diff(&plan.ops[0], &diff, &err), 0, "%s", err.message);
    cr_assert_not_null(diff);
    cr_expect_not_null(strstr(diff, "-# mine\n"), "%s", diff);
    cr_expect_not_null(strstr(diff, "+def gelu(x):\n"), "%s", diff);
    free(diff);
    bench_import_fini(&plan);
    static const char *const inputs[] = {"selected.json"};
    const struct bench_import_request request = {
        .tree = "tree", .inputs = inputs, .input_count = 1, .operators_dir = "data", .force = true};
    cr_assert_eq(bench_import_plan(&request, &plan, &err), 0, "%s", err.message);
    cr_assert_eq(plan.failed_count, 0);
    cr_expect_not_null(strstr(plan.ops[0].message, "pointwise/gelu.py is overwritten"));
    cr_assert_eq(bench_import_apply(&plan, &err), 0, "%s", err.message);
    bench_import_fini(&plan);
    importer_expect_in(GENERATED "pointwise/gelu.py", "def gelu(x):");
}

static void expect_aten(const char *name, const char *base, const char *overload)
{
    struct bench_aten_operator found;
    cr_assert_eq(bench_aten_find(name, &found), base != NULL, "%s", name);
    if (base != NULL) {
        cr_expect_str_eq(found.name.data, base);
        cr_expect_str_eq(found.overload.data, overload);
        bench_aten_fini(&found);
    }
}

Test(import_checks, atens_operators_by_their_python_names)
{
    expect_aten("ge__Scalar", "ge_", "Scalar");
    expect_aten("gelu", "gelu", "");
    expect_aten("xlogy_OutScalar_Self", "xlogy", "OutScalar_Self");
    expect_aten("zeros_like", "zeros_like", "");
    expect_aten("abs", "abs", "");
    expect_aten("_adaptive_avg_pool2d", "_adaptive_avg_pool2d", "");
    expect_aten("__xor___Scalar", "__xor__", "Scalar");
    expect_aten("gelu_Scalar", NULL, NULL);
    expect_aten("summary", NULL, NULL);
    expect_aten("_", NULL, NULL);
    expect_aten("", NULL, NULL);
    cr_expect_str_eq(bench_category_of("leaky_relu_"), "pointwise");
    cr_expect_str_eq(bench_category_of("gather"), "custom");
    cr_expect_str_eq(bench_category_of("absolute_"), "pointwise");
    cr_expect_str_eq(bench_category_of("max_other"), "pointwise");
    cr_expect_str_eq(bench_category_of("fmin_"), "pointwise");
}
