/* Layout experimental_ops: FlagGems master's files, and its inventory. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "support.h"

#define OPS "tree/src/flag_gems/experimental_ops/"
#define UNIT "tree/experimental_tests/unit/"
#define PERFORMANCE "tree/experimental_tests/performance/"

static const char inventory[] = "# The inventory.\n"
                                "\n"
                                "ops:\n"
                                "  - id: zeta # out of order\n"
                                "    description: Zeta.\n"
                                "    for:\n"
                                "      - special_zeta\n"
                                "    stages:\n"
                                "      - stable: '9.9'\n"
                                "  - id: abs\n"
                                "    description: |\n"
                                "      - id: none\n"
                                "      of an entry\n"
                                "    kind:\n"
                                "      - Math\n"
                                "    stages:\n"
                                "      - alpha: '5.4'\n"
                                "  - id: gt\n"
                                "    for:\n"
                                "      - gt\n"
                                "    kind:\n"
                                "      - Compare\n"
                                "    stages:\n"
                                "      - alpha: '5.10'\n"
                                "  - id: mm\n"
                                "    stages:\n"
                                "      - stable: '1.0'\n"
                                "\n"
                                "other: 1\n";

#define LICENSE "# Copyright of somebody\n#\n# All rights.\n"

static void enter(void)
{
    importer_enter();
    importer_write(OPS "__init__.py",
                   LICENSE "\nfrom flag_gems.experimental_ops.rmsnorm import rmsnorm\n\n__all__ = "
                           "[\"rmsnorm\"]\n");
    importer_write(OPS "rmsnorm.py", "def rmsnorm(x):\n    return x\n");
    importer_write("tree/src/flag_gems/__init__.py",
                   "from flag_gems.experimental_ops import *\nfrom flag_gems.ops import *\n");
    importer_write("tree/src/flag_gems/ops/__init__.py", "def gelu(x):\n    return x\n");
    importer_write("tree/conf/operators.yaml", inventory);
    importer_write("tree/benchmark/base.py", "class GenericBenchmark:\n    pass\n");
}

TestSuite(import_ops, .init = enter, .fini = importer_leave, .timeout = 300);

static void data(const char *name, const char *function)
{
    char *aten = bench_xprintf("aten::%s", name);
    char *code = bench_xprintf(LICENSE "\nimport torch\n\n\ndef %s(x, y=None):\n    return x + 1\n",
                               function);
    importer_data(name, aten, code, NULL);
    free(code);
    free(aten);
}

Test(import_ops, files_of_an_operator)
{
    importer_select("gt_");
    data("gt_", "gt__Scalar");
    importer_import();
    importer_expect_in(OPS "gt_.py", LICENSE "\n# gt_ - Experimental Implementation\n");
    importer_expect_in(OPS "gt_.py", "# Performance: 2x over flaggems (geometric mean of 1 case");
    importer_expect_in(OPS "gt_.py", "# bench-import: {\"op_id\":");
    importer_expect_in(OPS "gt_.py", "\n\nimport torch\n\n\ndef gt__Scalar(x, y=None):\n");
    importer_expect_in(OPS "__init__.py",
                       LICENSE "\nfrom flag_gems.experimental_ops.gt_ import gt__Scalar\n"
                               "from flag_gems.experimental_ops.rmsnorm import rmsnorm\n\n"
                               "__all__ = [\"gt__Scalar\", \"rmsnorm\"]\n");
    importer_expect_in(
        UNIT "gt__test.py",
        "from flag_gems.experimental_ops.gt_ import gt__Scalar as gems_gt__Scalar\n");
    importer_expect_in(UNIT "gt__test.py", "@pytest.mark.gt_\n");
    importer_expect_in(PERFORMANCE "gt__test.py", "from benchmark.base import GenericBenchmark");
    importer_expect_in(PERFORMANCE "gt__test.py", "    bench.set_gems(gems_gt__Scalar)\n");
    importer_expect_in(PERFORMANCE "gt__test.py", "dtypes=[torch.float32]");
}

/* One entry where the order of the others has its place; every other byte as it was. */
Test(import_ops, an_entry_of_the_inventory)
{
    importer_select("gt_");
    data("gt_", "gt__Scalar");
    importer_import();
    const char *place = strstr(inventory, "  - id: mm\n");
    char *expected = bench_xprintf(
        "%.*s"
        "  - id: gt_\n"
        "    description: Implementation of the ATen operator `gt_`, imported by bench.\n"
        "    for:\n"
        "      - gt_.Scalar\n"
        "    labels:\n"
        "      - aten\n"
        "      - pointwise\n"
        "    kind:\n"
        "      - Compare\n"
        "    stages:\n"
        "      - alpha: '5.10'\n"
        "    name:\n"
        "      - gt\n"
        "    source:\n"
        "      - aten\n"
        "%s",
        (int)(place - inventory), inventory, place);
    char *text = importer_read("tree/conf/operators.yaml");
    cr_expect_str_eq(text, expected, "it is:\n%s", text);
    free(text);
    free(expected);
}

Test(import_ops, an_entry_that_is_there_stays)
{
    importer_select("abs");
    data("abs", "abs");
    importer_import();
    char *text = importer_read("tree/conf/operators.yaml");
    cr_expect_str_eq(text, inventory);
    free(text);
}

Test(import_ops, the_last_entry_comes_before_what_follows_the_list)
{
    importer_select("square");
    data("square", "square");
    importer_import();
    importer_expect_in("tree/conf/operators.yaml", "      - stable: '1.0'\n  - id: square\n");
    importer_expect_in("tree/conf/operators.yaml", "    source:\n      - aten\n\nother: 1\n");
}

Test(import_ops, an_inventory_of_no_known_form_is_named)
{
    importer_select("abs");
    data("abs", "abs");
    importer_write("tree/conf/operators.yaml", "ops: {}\n");
    importer_plan_fails("conf/operators.yaml: it has no entry `- id:`");
}

Test(import_ops, a_tree_without_an_inventory)
{
    struct bench_import plan;
    importer_select("abs");
    data("abs", "abs");
    cr_assert_eq(bench_file_remove_tree("tree/conf", NULL), 0);
    importer_plan(&plan);
    cr_expect(plan.no_inventory);
    cr_expect_eq(plan.failed_count, 0);
    bench_import_fini(&plan);
}

/* `import *` of experimental_ops would hide it, or be hidden. */
Test(import_ops, a_name_that_flag_gems_has_is_not_exported)
{
    importer_select("gelu");
    data("gelu", "gelu");
    importer_import();
    importer_expect_in(OPS "gelu.py", "def gelu(");
    importer_expect_not_in(OPS "__init__.py", "gelu");
}

Test(import_ops, a_second_import_changes_nothing_and_changed_code_keeps_its_id)
{
    importer_select("gt_ abs");
    data("gt_", "gt__Scalar");
    data("abs", "abs");
    cr_expect_gt(importer_import(), 0);
    cr_expect_eq(importer_import(), 0);
    char *before = importer_read(OPS "abs.py");
    const char *id = strstr(before, "\"op_id\":");
    cr_assert_not_null(id);
    importer_data("abs", "aten::abs", "def abs(x):\n    return x + 2\n", NULL);
    cr_expect_eq(importer_import(), 1, "the operator's file only");
    char *line = bench_xprintf("%.48s", id);
    importer_expect_in(OPS "abs.py", line);
    importer_expect_in(OPS "abs.py", "return x + 2");
    cr_expect_eq(importer_import(), 0);
    free(line);
    free(before);
}

Test(import_ops, a_file_changed_by_hand_is_not_overwritten)
{
    importer_select("abs");
    data("abs", "abs");
    importer_import();
    char *text = importer_read(OPS "abs.py");
    char *edited = bench_xprintf("%s# mine\n", text);
    importer_write(OPS "abs.py", edited);
    importer_fails("src/flag_gems/experimental_ops/abs.py was changed by hand");
    importer_write(OPS "abs.py", "def abs(x):\n    return x\n");
    importer_fails("exists, and nothing says that an import by bench wrote it");
    free(edited);
    free(text);
}

Test(import_ops, a_given_test_is_set_to_the_tree)
{
    importer_select("rmsnorm");
    cr_assert_eq(bench_file_remove_tree(OPS "rmsnorm.py", NULL), 0);
    importer_write(OPS "__init__.py", "");
    importer_data("rmsnorm", "rmsnorm", "def rmsnorm(x):\n    return x\n",
                  "import flag_gems\n\n\ndef test_rmsnorm():\n"
                  "    assert flag_gems.experimental_ops.rmsnorm(1) == 1\n");
    importer_import();
    importer_expect_in(UNIT "rmsnorm_test.py",
                       "import flag_gems\n\n"
                       "from flag_gems.experimental_ops.rmsnorm import rmsnorm\n\n\n"
                       "def test_rmsnorm():\n    assert rmsnorm(1) == 1\n");
}

Test(import_ops, a_tree_with_both_layouts_must_be_told_which)
{
    importer_select("abs");
    data("abs", "abs");
    importer_write("tree/src/flag_gems/experimental/__init__.py", "");
    importer_plan_fails("has both src/flag_gems/experimental and src/flag_gems/experimental_ops; "
                        "say where");
}
