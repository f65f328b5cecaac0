/* Everything that must not be imported: each with a message that says what is wrong where. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/util/file.h"
#include "support.h"

TestSuite(import_faults, .init = importer_enter, .fini = importer_leave, .timeout = 300);

#define GELU "def gelu(x):\n    return x + 1\n"

static void gelu_is(const char *code, const char *test_func)
{
    importer_select("gelu");
    importer_data("gelu", "aten::gelu", code, test_func);
}

Test(import_faults, code_that_is_no_python)
{
    gelu_is("import torch\nthis is not python ((\n", NULL);
    importer_fails("data/gelu.json: code: line 2: ");
}

Test(import_faults, a_test_that_is_no_python)
{
    gelu_is(GELU, "def test_gelu(:\n    pass\n");
    importer_fails("test_func: line 1:");
}

Test(import_faults, a_test_file_without_tests)
{
    gelu_is(GELU, "from gelu import gelu\n\nprint(gelu(1))\n");
    importer_fails("test_func: it has no test");
}

Test(import_faults, code_without_the_operator)
{
    gelu_is("def gelu_impl(x):\n    return x + 1\n", NULL);
    importer_fails("it defines gelu_impl, but not 'gelu'");
}

Test(import_faults, placeholder_code)
{
    static const char *const placeholders[] = {
        "def gelu(x):\n    pass\n",
        "def gelu(x):\n    \"\"\"Todo.\"\"\"\n    raise NotImplementedError(\"later\")\n",
        "def gelu(x):\n    ...\n",
        "def gelu(x):\n    return None\n",
    };
    for (size_t i = 0; i < sizeof(placeholders) / sizeof(*placeholders); i++) {
        gelu_is(placeholders[i], NULL);
        importer_fails("'gelu' is a placeholder");
    }
}

Test(import_faults, empty_code)
{
    gelu_is("  \n", NULL);
    importer_fails("/code: empty, expected Python code");
}

Test(import_faults, relative_imports)
{
    gelu_is("from ..utils import x\n\n\ndef gelu(y):\n    return x(y)\n", NULL);
    importer_fails("line 1: a relative import means something else in the tree");
}

/* The code is parsed and never run. */
Test(import_faults, code_is_not_executed)
{
    gelu_is("open('executed', 'w')\n\n\ndef gelu(x):\n    return x + 1\n",
            "open('executed', 'w')\n\n\ndef test_gelu():\n    assert gelu(1)\n");
    importer_import();
    cr_expect_not(bench_file_exists("executed"));
}

Test(import_faults, a_name_that_leads_out_of_the_tree)
{
    importer_select("aten::../../x");
    importer_data("x", "aten::../../x", GELU, NULL);
    importer_plan_fails("'aten::../../x' is no Python name");
}

Test(import_faults, names_that_are_keywords)
{
    importer_select("lambda");
    importer_plan_fails("'lambda' is no Python name");
}

Test(import_faults, a_symbolic_link_that_leads_out_of_the_tree)
{
    gelu_is(GELU, NULL);
    cr_assert_eq(bench_file_mkdirs("outside", NULL), 0);
    cr_assert_eq(bench_file_mkdirs("tree/src/flag_gems/experimental/generated", NULL), 0);
    cr_assert_eq(
        symlink("../../../../../outside", "tree/src/flag_gems/experimental/generated/pointwise"),
        0);
    importer_fails("leads out of the tree");
    char **names;
    size_t count;
    cr_assert_eq(bench_file_list("outside", &names, &count, NULL), 0);
    cr_expect_eq(count, 0);
    bench_file_list_free(names, count);
}

Test(import_faults, no_operator_data)
{
    importer_select("gelu");
    importer_data("other", "aten::tanh", GELU, NULL);
    importer_fails("no operator data in data has op_name 'gelu' or 'aten::gelu'");
}

Test(import_faults, broken_operator_data_is_named)
{
    importer_select("gelu");
    importer_write("data/gelu.json", "{\"op_name\": \"gelu\", \n\"code\": }");
    importer_fails("data/gelu.json:2:");
}

Test(import_faults, two_files_for_one_operator)
{
    gelu_is(GELU, NULL);
    importer_data("again/gelu", "gelu", GELU, NULL);
    importer_fails("several files have its operator data");
}

Test(import_faults, files_of_both_batches_are_no_doubt)
{
    importer_select("gelu");
    importer_data("batch1/gelu", "gelu", GELU, NULL);
    importer_data("batch2/gelu", "gelu", "def gelu(x):\n    return x + 22\n", NULL);
    importer_import();
    importer_expect_in(GENERATED "pointwise/gelu.py", "return x + 1\n");
}

Test(import_faults, two_operators_that_are_one)
{
    struct bench_import plan;
    importer_select("mm matmul");
    importer_write("data/mm.json",
                   "{\"op_name\": \"aten::mm\", \"operator\": \"matmul\", \"code\": "
                   "\"def mm(x):\\n    return x + 1\\n\", \"test_func\": "
                   "\"def test_mm():\\n    assert mm(1) == 2\\n\"}");
    importer_plan(&plan);
    cr_expect_eq(plan.failed_count, 1);
    cr_expect_eq(plan.ops[0].state, BENCH_IMPORT_NEW);
    cr_expect_not_null(strstr(plan.ops[1].message, "which 'mm' is imported as already"), "%s",
                       plan.ops[1].message);
    bench_import_fini(&plan);
}

Test(import_faults, a_file_changed_by_hand_is_not_overwritten)
{
    gelu_is(GELU, NULL);
    importer_import();
    importer_write(GENERATED "pointwise/gelu.py", "# mine\n");
    importer_fails("generated/pointwise/gelu.py was changed by hand");
    importer_expect_in(GENERATED "pointwise/gelu.py", "# mine");
}

Test(import_faults, a_test_changed_by_hand_is_not_overwritten)
{
    gelu_is(GELU, "def test_gelu():\n    assert gelu(1)\n");
    importer_import();
    importer_write(TESTS "test_gelu.py", "# mine\n");
    importer_fails("tests/test_gelu.py was changed by hand");
}

Test(import_faults, a_file_of_somebody_else_is_not_overwritten)
{
    gelu_is(GELU, NULL);
    importer_write(GENERATED "pointwise/gelu.py", "def gelu(x):\n    return 3\n");
    importer_fails("exists, and nothing says that an import by bench wrote it");
}

Test(import_faults, an_operator_that_changes_its_category)
{
    gelu_is(GELU, NULL);
    importer_import();
    importer_write("data/gelu.json",
                   "{\"op_name\": \"gelu\", \"category\": \"blas\", \"code\": \"def gelu(x):\\n    "
                   "return x + 1\\n\"}");
    importer_fails(
        "in the category 'pointwise' already (src/flag_gems/experimental/generated/pointwise/"
        "gelu.py), but it would now be 'blas'");
}

Test(import_faults, an_unknown_category)
{
    importer_select("gelu");
    importer_write("data/gelu.json", "{\"op_name\": \"gelu\", \"category\": \"nice\", \"code\": "
                                     "\"def gelu(x):\\n    return x + 1\\n\"}");
    importer_fails("unknown category 'nice'");
}

/* The rest is planned without the faulty one. */
Test(import_faults, one_bad_operator_does_not_hide_the_others)
{
    struct bench_import plan;
    importer_select("gelu tanh");
    importer_data("gelu", "gelu", "def (", NULL);
    importer_data("tanh", "tanh", "def tanh(x):\n    return x + 1\n", NULL);
    importer_plan(&plan);
    cr_expect_eq(plan.failed_count, 1);
    cr_expect_eq(plan.ops[0].state, BENCH_IMPORT_FAILED);
    cr_expect_eq(plan.ops[1].state, BENCH_IMPORT_NEW);
    for (size_t i = 0; i < plan.tree.count; i++) {
        cr_expect_null(strstr(plan.tree.changes[i].path, "gelu"));
        cr_expect_null(strstr(plan.tree.changes[i].new_text, "gelu"));
    }
    bench_import_fini(&plan);
}

Test(import_faults, metadata_that_is_no_json)
{
    gelu_is(GELU, NULL);
    importer_write(GENERATED "_metadata.json", "{\n  \"ops\": {,}\n}");
    importer_plan_fails("_metadata.json:2:");
}

Test(import_faults, metadata_with_two_entries_of_one_operator)
{
    gelu_is(GELU, NULL);
    importer_write(GENERATED "_metadata.json",
                   "{\"ops\": {\"a\": {\"op_name\": \"gelu\"}, \"b\": {\"op_name\": "
                   "\"aten::gelu\"}}}");
    importer_fails("the operator 'gelu' has two entries, a and b");
}

Test(import_faults, an_init_file_that_cannot_be_edited)
{
    gelu_is(GELU, NULL);
    importer_write(GENERATED "pointwise/__init__.py", "__all__ = [n for n in dir()]\n");
    importer_plan_fails("pointwise/__init__.py: line 1: __all__ is no literal list of names");
    importer_write(GENERATED "pointwise/__init__.py", "import (\n");
    importer_plan_fails("pointwise/__init__.py: line 1:");
}

Test(import_faults, a_folder_that_is_no_flaggems_tree)
{
    gelu_is(GELU, NULL);
    cr_assert_eq(bench_file_remove_tree("tree/src/flag_gems", NULL), 0);
    importer_plan_fails("tree is no FlagGems tree: it has no folder src/flag_gems");
}

Test(import_faults, a_selection_with_a_wrong_result)
{
    importer_select("gelu");
    importer_data("gelu", "aten::gelu", "def gelu(x):\n    return x\n", NULL);
    importer_write(
        "selected.json",
        "{\"batch\": 2, \"threshold\": 1.25, \"criterion\": \"relative_to_cuda\", "
        "\"operators\": {\"gelu\": {\"configs\": [{\"shape\": [64], \"dtype\": \"half\", "
        "\"your_time\": 1, \"cuda_time\": 2, \"relative_to_cuda\": 0.5, \"correct\": false}]}}}");
    importer_fails("the result is wrong in 1 of its 1 selected cases");
}

Test(import_faults, a_selection_of_another_batch)
{
    struct bench_import plan;
    struct bench_err err;
    gelu_is(GELU, NULL);
    static const char *const inputs[] = {"selected.json"};
    const struct bench_import_request request = {
        .tree = "tree", .inputs = inputs, .input_count = 1, .batch = 2, .operators_dir = "data"};
    cr_assert_eq(bench_import_plan(&request, &plan, &err), BENCH_EINPUT);
    cr_expect_not_null(strstr(err.message, "\"batch\" is 1, but --batch is 2"), "%s", err.message);
}
