/* Names and texts that lead astray, in the selection and in operator data: each is refused before
 * anything is written, with a message that says which and why; or taken as what it is. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "support.h"

TestSuite(hostile_names, .init = importer_enter, .fini = importer_leave, .timeout = 300);

#define GELU "def gelu(x):\n    return x + 1\n"

/* As they stand in JSON. */
struct hostile {
    char name[80];
};

static struct hostile hostile[] = {
    {"../x"},
    {"../../../x"},
    {"/x"},
    {"/etc/passwd"},
    {"aten::../../x"},
    {"aten::/etc/x"},
    {"a/b"},
    {"a/../b"},
    {".."},
    {"."},
    {""},
    {"aten::"},
    {"aten::.Out"},
    {" gelu"},
    {"gelu "},
    {"gelu\\n"},
    {"gelu\\r\\n"},
    {"gelu\\u0000"},
    {"gelu\\u0000/x"},
    {"g\\u00e9lu"},
    {"\\u0261elu"},
    {"gelu-fast"},
    {"gelu.py/x"},
    {"a\\\\b"},
    {"C:\\\\x"},
    {"~/x"},
    {"$HOME"},
    {"`id`"},
    {"gelu;rm"},
    {"\\u202eulga"},
    {"lambda"},
    {"None"},
    {"__init__"},
    {"__main__"},
    {"1gelu"},
};

/* Everything that is there, but for the inputs. */
static size_t count_files(const char *dir)
{
    char **names;
    size_t count = 0, found = 0;
    cr_assert_eq(bench_file_list(dir, &names, &count, NULL), 0);
    for (size_t i = 0; i < count; i++) {
        char *path = bench_path_join(dir, names[i]);
        found += bench_file_is_dir(path) ? count_files(path) : 1;
        free(path);
    }
    bench_file_list_free(names, count);
    return found;
}

/* Plans; true if all of it or each of its operators is refused, with a message. */
static bool is_refused(void)
{
    static const char *const inputs[] = {"selected.json"};
    const struct bench_import_request request = {
        .tree = "tree", .inputs = inputs, .input_count = 1, .operators_dir = "data"};
    struct bench_import plan;
    struct bench_err err = {.code = 0};
    int rc = bench_import_plan(&request, &plan, &err);
    if (rc != 0) {
        cr_expect_eq(rc, BENCH_EINPUT);
        cr_expect_gt(strlen(err.message), 10);
        return true;
    }
    bool refused = plan.failed_count == plan.op_count && plan.tree.count == 0;
    for (size_t i = 0; i < plan.op_count && refused; i++) {
        cr_expect_gt(strlen(plan.ops[i].message), 10);
    }
    bench_import_fini(&plan);
    return refused;
}

static void write_both(const char *selected, const char *op_name)
{
    importer_select("PLACE");
    char *text = importer_read("selected.json");
    char *at = strstr(text, "PLACE");
    char *edited = bench_xprintf("%.*s%s%s", (int)(at - text), text, selected, at + 5);
    char *data = bench_xprintf(
        "{\"op_name\": \"%s\", \"code\": \"def gelu(x):\\n    return x\\n\"}", op_name);
    importer_write("selected.json", edited);
    importer_write("data/one.json", data);
    free(data);
    free(edited);
    free(text);
}

ParameterizedTestParameters(hostile_names, of_operators)
{
    return cr_make_param_array(struct hostile, hostile, sizeof(hostile) / sizeof(*hostile));
}

ParameterizedTest(struct hostile *h, hostile_names, of_operators)
{
    write_both(h->name, h->name);
    size_t before = count_files(".");
    cr_expect(is_refused(), "both: '%s'", h->name);
    write_both(h->name, "gelu");
    cr_expect(is_refused(), "in the selection: '%s'", h->name);
    write_both("gelu", h->name);
    cr_expect(is_refused(), "in the operator data: '%s'", h->name);
    /* Under the name by which it was measured, the data still say what they are of. */
    char *data = bench_xprintf("{\"op_name\": \"%s\", \"operator\": \"gelu\", \"code\": "
                               "\"def gelu(x):\\n    return x\\n\"}",
                               h->name);
    importer_write("data/one.json", data);
    free(data);
    cr_expect(is_refused(), "op_name beside operator: '%s'", h->name);
    cr_expect_eq(count_files("."), before, "nothing may be written");
}

Test(hostile_names, of_4096_characters)
{
    static char name[4097];
    memset(name, 'a', sizeof(name) - 1);
    write_both(name, name);
    importer_fails("its name has 4096 characters, and 120 are possible for a file: aaa");
    memset(name, '/', sizeof(name) - 1);
    write_both(name, name);
    cr_expect(is_refused());
}

Test(hostile_names, categories)
{
    static const char *const categories[] = {"../blas", "/blas", "pointwise/../../..",
                                             "",        "Blas",  "pointwise\\u0000"};
    for (size_t i = 0; i < sizeof(categories) / sizeof(*categories); i++) {
        importer_select("gelu");
        char *data = bench_xprintf("{\"op_name\": \"gelu\", \"category\": \"%s\", \"code\": "
                                   "\"def gelu(x):\\n    return x\\n\"}",
                                   categories[i]);
        importer_write("data/gelu.json", data);
        free(data);
        cr_expect(is_refused(), "'%s'", categories[i]);
    }
}

Test(hostile_names, code_with_a_nul)
{
    importer_select("gelu");
    importer_write(
        "data/gelu.json",
        "{\"op_name\": \"gelu\", \"code\": \"def gelu(x):\\n    return x\\n\\u0000import os\"}");
    cr_expect(is_refused(), "what stands after the NUL would not be imported");
}

Test(hostile_names, code_that_is_not_utf_8)
{
    importer_select("gelu");
    importer_write("data/gelu.json",
                   "{\"op_name\": \"gelu\", \"code\": \"def gelu(x):\\n    return "
                   "'\xff\xfe'\\n\"}");
    importer_fails("data/gelu.json:1:");
    /* Half of a surrogate pair is no text, either. */
    importer_write("data/gelu.json",
                   "{\"op_name\": \"gelu\", \"code\": \"def gelu(x):\\n    return "
                   "'\\ud800'\\n\"}");
    cr_expect(is_refused());
}

Test(hostile_names, a_file_of_the_tree_that_is_not_utf_8)
{
    importer_select("gelu");
    importer_data("gelu", "gelu", GELU, NULL);
    importer_write(GENERATED "pointwise/__init__.py", "# caf\xe9\n");
    importer_plan_fails("generated/pointwise/__init__.py");
    importer_expect_in(GENERATED "pointwise/__init__.py", "caf\xe9");
}

/* Line ends of files that are edited stay what they are; code comes with those of the tree. */
Test(hostile_names, windows_line_ends)
{
    importer_select("gelu");
    importer_data("gelu", "gelu", "def gelu(x):\r\n    return x + 1\r\n", NULL);
    importer_write(GENERATED "pointwise/__init__.py", "\"\"\"Mine.\"\"\"\r\n\r\nX = 1\r\n");
    importer_import();
    importer_expect_not_in(GENERATED "pointwise/gelu.py", "\r");
    importer_expect_in(GENERATED "pointwise/__init__.py",
                       "from .gelu import gelu\r\n\r\nX = 1\r\n");
    cr_expect_eq(importer_import(), 0, "a second import changes nothing");
}

Test(hostile_names, a_file_where_a_folder_should_be)
{
    importer_select("gelu");
    importer_data("gelu", "gelu", GELU, NULL);
    importer_write("tree/src/flag_gems/experimental/generated", "a file\n");
    cr_expect(is_refused());
    importer_expect_in("tree/src/flag_gems/experimental/generated", "a file");
}

Test(hostile_names, a_folder_where_a_file_should_be)
{
    importer_select("gelu");
    importer_data("gelu", "gelu", GELU, NULL);
    importer_write(GENERATED "pointwise/gelu.py/file", "x\n");
    cr_expect(is_refused());
    importer_write("data/folder.json/x",
                   "x\n"); /* among operator data it is a folder like others */
    cr_expect(is_refused());
}

/* A symbolic link in place of the tests' folder: the operator would be written, its test elsewhere.
 */
Test(hostile_names, a_linked_folder_of_tests)
{
    importer_select("gelu");
    importer_data("gelu", "gelu", GELU, "def test_gelu():\n    assert gelu(1) == 2\n");
    cr_assert_eq(bench_file_mkdirs("outside", NULL), 0);
    cr_assert_eq(bench_file_mkdirs("tree/src/flag_gems/experimental", NULL), 0);
    cr_assert_eq(symlink("../../../../outside", "tree/src/flag_gems/experimental/tests"), 0);
    importer_fails("leads out of the tree");
    cr_expect_eq(count_files("outside"), 0);
}
