#include <criterion/criterion.h>
#include <regex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/perf/json.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "bench/util/process.h"
#include "support.h"

TestSuite(import, .init = importer_enter, .fini = importer_leave, .timeout = 300);

#define GELU "def gelu(x):\n    return x + 1\n"
#define GELU_TEST "from gelu import gelu\n\n\ndef test_gelu():\n    assert gelu(1) == 2\n"

static void select_gelu(void)
{
    importer_select("gelu");
    importer_data("gelu", "aten::gelu", GELU, GELU_TEST);
}

static void import_resources(int batch)
{
    struct bench_import plan;
    struct bench_err err;
    /* What the test of gelu imports beside it. */
    importer_write("tree/src/flag_gems/ops/__init__.py", "def relu(x):\n    return x\n");
    char *input = importer_resource(batch == 1 ? "selected_batch1.json" : "selected_batch2.json");
    char *data = importer_resource("operator_data");
    const char *const inputs[] = {input};
    const struct bench_import_request request = {
        .tree = "tree", .inputs = inputs, .input_count = 1, .batch = batch, .operators_dir = data};
    cr_assert_eq(bench_import_plan(&request, &plan, &err), 0, "%s", err.message);
    cr_assert_eq(plan.failed_count, 0, "%s", plan.ops[0].message);
    cr_assert_eq(bench_import_apply(&plan, &err), 0, "%s", err.message);
    bench_import_fini(&plan);
    free(input);
    free(data);
}

/* Replaces what differs from run to run by the words that the golden files have. */
static char *mask(const char *text)
{
    static const char *const patterns[][2] = {
        {"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", "<uuid>"},
        {"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]+[.][0-9]{6}", "<time>"},
        {"[0-9a-f]{32}", "<hash>"},
        {"\"generator_version\": \"[^\"]*\"", "\"generator_version\": \"<version>\""}};
    char *current = bench_xstrdup(text);
    for (size_t i = 0; i < 4; i++) {
        struct bench_str out;
        regex_t regex;
        regmatch_t match;
        const char *at = current;
        bench_str_init(&out);
        cr_assert_eq(regcomp(&regex, patterns[i][0], REG_EXTENDED), 0);
        while (regexec(&regex, at, 1, &match, 0) == 0) {
            bench_str_addn(&out, at, (size_t)match.rm_so);
            bench_str_add(&out, patterns[i][1]);
            at += match.rm_eo;
        }
        bench_str_add(&out, at);
        regfree(&regex);
        free(current);
        current = bench_str_take(&out);
        bench_str_fini(&out);
    }
    return current;
}

static size_t compare_with_golden(const char *golden, const char *ours)
{
    char **names;
    size_t count;
    size_t files = 0;
    cr_assert_eq(bench_file_list(golden, &names, &count, NULL), 0, "%s", golden);
    for (size_t i = 0; i < count; i++) {
        char *g = bench_path_join(golden, names[i]);
        char *o = bench_path_join(ours, names[i]);
        if (bench_file_is_dir(g)) {
            files += compare_with_golden(g, o);
        } else {
            char *want = importer_read(g);
            char *text = importer_read(o);
            char *got = mask(text);
            cr_expect_str_eq(got, want, "%s is:\n%s", o, got);
            files += 1;
            free(got);
            free(text);
            free(want);
        }
        free(o);
        free(g);
    }
    bench_file_list_free(names, count);
    return files;
}

Test(import, writes_the_tree_as_the_golden_files_have_it)
{
    char *init = importer_resource("existing_init.py");
    char *text = importer_read(init);
    importer_write(GENERATED "pointwise/__init__.py", text);
    importer_write(GENERATED "pointwise/abs.py", "def abs(x):\n    return x\n");
    importer_write(GENERATED "pointwise/zeta.py", "def zeta(x):\n    return x\n");
    import_resources(1);
    import_resources(2);
    char *golden = importer_resource("golden");
    cr_expect_eq(compare_with_golden(golden, "tree"), 14);
    free(golden);
    free(text);
    free(init);
}

Test(import, python_compiles_every_file_that_it_writes)
{
    import_resources(1);
    import_resources(2);
    const char *argv[] = {"python3", "-m", "compileall", "-q", "tree", NULL};
    struct bench_process_spec spec = {.argv = argv, .timeout_ms = 180000};
    struct bench_process_result result;
    cr_assert_eq(bench_process_run(&spec, &result, NULL), 0);
    cr_expect_eq(result.exit_code, 0, "%s%s", result.out, result.err);
    bench_process_result_fini(&result);
}

/* The packages must import, with the operators as attributes: 13 of 51 modules that were imported
 * by an earlier tool broke this. */
Test(import, the_generated_package_imports)
{
    importer_select("gelu sum ge__Scalar");
    importer_data("gelu", "gelu", GELU, NULL);
    importer_data("b/sum", "aten::sum", "def sum(x):\n    return x - 1\n", NULL);
    importer_data("c/ge", "aten::ge_.Scalar", "def ge__Scalar(x):\n    return x * 2\n", NULL);
    importer_import();
    const char *argv[] = {"python3", "-c",
                          "import flag_gems.experimental.generated as g\n"
                          "from flag_gems.experimental.generated.pointwise import *\n"
                          "assert gelu(1) == 2 and g.reduction.sum(1) == 0, g\n"
                          "assert ge__Scalar(4) == 8 and g.__all__ == ['blas', 'pointwise', "
                          "'reduction'], g.__all__\n",
                          NULL};
    const char *env[] = {"PYTHONPATH=tree/src", "PYTHONDONTWRITEBYTECODE=1", NULL};
    struct bench_process_spec spec = {.argv = argv, .env = env, .timeout_ms = 180000};
    struct bench_process_result result;
    cr_assert_eq(bench_process_run(&spec, &result, NULL), 0);
    cr_expect_eq(result.exit_code, 0, "%s%s", result.out, result.err);
    bench_process_result_fini(&result);
}

Test(import, a_plan_writes_nothing)
{
    struct bench_import plan;
    select_gelu();
    importer_plan(&plan);
    cr_expect_gt(plan.tree.count, 0);
    cr_expect_not(bench_file_exists("tree/src/flag_gems/experimental"));
    bench_import_fini(&plan);
    char **names;
    size_t count;
    cr_assert_eq(bench_file_list("tree/src/flag_gems", &names, &count, NULL), 0);
    cr_expect_eq(count, 1, "only __init__.py was there before");
    bench_file_list_free(names, count);
}

Test(import, a_second_import_changes_nothing)
{
    select_gelu();
    cr_expect_gt(importer_import(), 0);
    char *before = importer_read(GENERATED "_metadata.json");
    struct bench_import plan;
    importer_plan(&plan);
    cr_expect_eq(plan.ops[0].state, BENCH_IMPORT_UNCHANGED);
    cr_expect_eq(plan.tree.count, 0);
    bench_import_fini(&plan);
    cr_expect_eq(importer_import(), 0);
    char *after = importer_read(GENERATED "_metadata.json");
    cr_expect_str_eq(before, after);
    free(before);
    free(after);
}

Test(import, aten_and_plain_names_are_the_same_operator)
{
    select_gelu();
    importer_import();
    importer_select("aten::gelu");
    cr_expect_eq(importer_import(), 0);
}

static char *member(const char *path, const char *key)
{
    char *text = importer_read(path);
    char *pattern = bench_xprintf("\"%s\": \"", key);
    char *at = strstr(text, pattern);
    cr_assert_not_null(at, "no %s in %s", key, text);
    at += strlen(pattern);
    char *value = bench_xprintf("%.*s", (int)strcspn(at, "\""), at);
    free(pattern);
    free(text);
    return value;
}

Test(import, changed_code_keeps_its_id_and_birthday)
{
    select_gelu();
    importer_import();
    char *id = member(GENERATED "_metadata.json", "op_id");
    char *created = member(GENERATED "_metadata.json", "created_at");
    importer_data("gelu", "gelu", "def gelu(x):\n    return 1 + x\n", GELU_TEST);
    importer_import();
    char *new_id = member(GENERATED "_metadata.json", "op_id");
    char *new_created = member(GENERATED "_metadata.json", "created_at");
    char *updated = member(GENERATED "_metadata.json", "updated_at");
    cr_expect_str_eq(id, new_id);
    cr_expect_str_eq(created, new_created);
    cr_expect_str_neq(updated, created);
    importer_expect_in(GENERATED "pointwise/gelu.py", "return 1 + x");
    importer_expect_in(GENERATED "pointwise/gelu.py", id);
    free(id);
    free(created);
    free(new_id);
    free(new_created);
    free(updated);
}

Test(import, validation_by_others_is_kept_until_the_code_changes)
{
    select_gelu();
    importer_import();
    char *text = importer_read(GENERATED "_metadata.json");
    char *at = strstr(text, "\"test_cases_total\": 0");
    cr_assert_not_null(at);
    at[strlen("\"test_cases_total\": ")] = '7';
    importer_write(GENERATED "_metadata.json", text);
    free(text);
    importer_select("aten::gelu"); /* other measurements: the entry is written again */
    char *selection = importer_read("selected.json");
    memcpy(strstr(selection, "0.75"), "0.80", 4);
    memcpy(strstr(selection, "0.6666"), "0.6250", 6);
    importer_write("selected.json", selection);
    free(selection);
    cr_expect_eq(importer_import(), 1, "only the metadata changes");
    importer_expect_in(GENERATED "_metadata.json", "\"test_cases_total\": 7");
    importer_data("gelu", "gelu", "def gelu(x):\n    return 1 + x\n", GELU_TEST);
    importer_import();
    importer_expect_in(GENERATED "_metadata.json", "\"test_cases_total\": 0");
}

Test(import, entries_of_other_tools_are_copied_as_they_are)
{
    static const char other[] = "    \"id-1\": {\n"
                                "      \"op_name\": \"aten::tanh\",\n"
                                "      \"weird\": 1e-07,\n"
                                "      \"text\": \"\\u00e4\"\n"
                                "    }";
    char *text = bench_xprintf("{\n  \"version\": \"1.0\",\n  \"last_updated\": \"x\",\n  \"ops\": "
                               "{\n%s\n  }\n}",
                               other);
    importer_write(GENERATED "_metadata.json", text);
    free(text);
    select_gelu();
    importer_import();
    importer_expect_in(GENERATED "_metadata.json", other);
    importer_expect_in(GENERATED "_metadata.json", "\"op_name\": \"gelu\"");
}

Test(import, measured_performance_reaches_the_metadata)
{
    select_gelu();
    importer_import();
    struct bench_json_doc *doc;
    cr_assert_eq(bench_json_read(GENERATED "_metadata.json", 0, &doc, NULL), 0);
    const struct bench_json *op = bench_json_first(bench_json_get(bench_json_root(doc), "ops"));
    static const char *const keys[] = {"op_name",
                                       "op_id",
                                       "category",
                                       "status",
                                       "generation_info",
                                       "validation_info",
                                       "performance_baselines",
                                       "code_location",
                                       "hardware_support",
                                       "graduation_tracking",
                                       "created_at",
                                       "updated_at",
                                       NULL};
    struct bench_err err;
    cr_expect_eq(bench_json_expect_keys(op, keys, &err), 0, "%s", err.message);
    for (size_t i = 0; keys[i] != NULL; i++) {
        cr_expect_not_null(bench_json_get(op, keys[i]), "%s is missing", keys[i]);
    }
    const struct bench_json *baseline =
        bench_json_first(bench_json_get(op, "performance_baselines"));
    cr_expect_eq(bench_json_number(bench_json_get(baseline, "speedup")), 2);
    cr_expect_str_eq(bench_json_string(bench_json_get(baseline, "dtype")), "float32");
    const struct bench_json *tests = bench_json_get(op, "validation_info");
    cr_expect_eq(bench_json_number(bench_json_get(tests, "test_cases_passed")), 0);
    cr_expect_not(bench_json_bool(bench_json_get(tests, "accuracy_passed")));
    bench_json_free(doc);
}

Test(import, the_lines_of_the_code_are_where_the_metadata_say)
{
    select_gelu();
    importer_import();
    struct bench_json_doc *doc;
    cr_assert_eq(bench_json_read(GENERATED "_metadata.json", 0, &doc, NULL), 0);
    const struct bench_json *location = bench_json_get(
        bench_json_first(bench_json_get(bench_json_root(doc), "ops")), "code_location");
    int64_t first = 0;
    int64_t last = 0;
    cr_assert(bench_json_is_int(bench_json_get(location, "line_start"), &first));
    cr_assert(bench_json_is_int(bench_json_get(location, "line_end"), &last));
    char *path = bench_path_join("tree", bench_json_string(bench_json_get(location, "file_path")));
    char *text = importer_read(path);
    const char *at = text;
    for (int64_t line = 1; line < first; line++) {
        at = strchr(at, '\n') + 1;
    }
    cr_expect_str_eq(at, GELU);
    cr_expect_eq(last, first + 1);
    free(text);
    free(path);
    bench_json_free(doc);
}

/* A folder stands where a file is to be written: what was written before must be gone again. */
Test(import, a_failure_midway_leaves_the_tree_as_it_was)
{
    struct bench_import plan;
    struct bench_err err;
    select_gelu();
    importer_import();
    char *before = importer_read(GENERATED "pointwise/gelu.py");
    importer_data("gelu", "gelu", "def gelu(x):\n    return 2 + x\n", GELU_TEST);
    importer_select("gelu tanh");
    importer_data("tanh", "tanh", "def tanh(x):\n    return x - 1\n", NULL);
    importer_plan(&plan);
    cr_assert_eq(plan.failed_count, 0);
    cr_assert_eq(mkdir(GENERATED "pointwise/tanh.py", 0755), 0);
    cr_assert_lt(bench_import_apply(&plan, &err), 0);
    cr_expect_not_null(strstr(err.message, "the tree is as it was"), "%s", err.message);
    bench_import_fini(&plan);
    char *after = importer_read(GENERATED "pointwise/gelu.py");
    cr_expect_str_eq(before, after);
    importer_expect_not_in(GENERATED "_metadata.json", "tanh");
    free(before);
    free(after);
}

Test(import, folders_that_a_failed_import_made_are_gone_again)
{
    struct bench_import plan;
    struct bench_err err;
    select_gelu();
    importer_plan(&plan);
    /* The last file of the plan, the metadata, cannot be written. */
    cr_assert_eq(bench_file_mkdirs(GENERATED "_metadata.json", &err), 0);
    cr_assert_lt(bench_import_apply(&plan, &err), 0);
    cr_expect_not(bench_file_exists(GENERATED "pointwise"));
    cr_expect_not(bench_file_exists("tree/src/flag_gems/experimental/tests"));
    bench_import_fini(&plan);
}

Test(import, an_interruption_leaves_the_tree_as_it_was)
{
    struct bench_import plan;
    struct bench_err err;
    sigset_t set;
    select_gelu();
    importer_plan(&plan);
    /* Blocked, so that it arrives when the import looks. */
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    cr_assert_eq(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
    cr_assert_eq(raise(SIGINT), 0);
    cr_expect_eq(bench_import_apply(&plan, &err), BENCH_EINTERRUPTED);
    cr_expect_not_null(strstr(err.message, "the tree is as it was"), "%s", err.message);
    cr_expect_not(bench_file_exists("tree/src/flag_gems/experimental"));
    bench_import_fini(&plan);
}

Test(import, a_changed_file_keeps_its_mode_and_its_symbolic_link)
{
    struct stat st;
    select_gelu();
    importer_import();
    cr_assert_eq(rename(GENERATED "pointwise/gelu.py", "tree/real.py"), 0);
    cr_assert_eq(chmod("tree/real.py", 0640), 0);
    cr_assert_eq(symlink("../../../../../real.py", GENERATED "pointwise/gelu.py"), 0);
    importer_data("gelu", "gelu", "def gelu(x):\n    return 2 + x\n", GELU_TEST);
    importer_import();
    importer_expect_in("tree/real.py", "return 2 + x");
    cr_assert_eq(lstat(GENERATED "pointwise/gelu.py", &st), 0);
    cr_expect(S_ISLNK(st.st_mode));
    cr_assert_eq(stat("tree/real.py", &st), 0);
    cr_expect_eq(st.st_mode & 07777, 0640);
}

Test(import, scripted_times_are_refused)
{
    select_gelu();
    importer_write("run.json", "{\"device\": {\"kind\": \"null\", \"name\": \"scripted times\"}}");
    importer_plan_fails("selected.json: was measured on the null device");
}

Test(import, times_of_a_cpu_are_told_from_a_gpu)
{
    struct bench_import plan;
    select_gelu();
    importer_plan(&plan);
    cr_expect_null(plan.device_kind);
    bench_import_fini(&plan);
    importer_write("run.json", "{\"device\": {\"kind\": \"cpu\", \"name\": \"a CPU\"}}");
    importer_plan(&plan);
    cr_assert_not_null(plan.device_kind);
    cr_expect_str_eq(plan.device_kind, "cpu");
    cr_expect_str_eq(plan.device, "a CPU");
    bench_import_fini(&plan);
}

Test(import, the_diff_shows_what_would_change)
{
    struct bench_import plan;
    struct bench_err err;
    char *diff = NULL;
    select_gelu();
    importer_plan(&plan);
    cr_assert_eq(bench_import_diff(&plan, &diff, &err), 0, "%s", err.message);
    cr_expect_not_null(strstr(diff, "--- /dev/null"));
    cr_expect_not_null(
        strstr(diff, "+++ b/src/flag_gems/experimental/generated/pointwise/gelu.py"));
    cr_expect_not_null(strstr(diff, "+def gelu(x):"));
    free(diff);
    bench_import_fini(&plan);
}

Test(import, an_operator_of_both_batches_is_taken_from_the_first)
{
    struct bench_import plan;
    struct bench_err err;
    select_gelu();
    importer_write("second.json",
                   "{\"batch\": 2, \"threshold\": 1.25, \"criterion\": \"relative_to_cuda\","
                   " \"operators\": {\"aten::gelu\": {\"configs\": [{\"shape\": [4], \"dtype\": "
                   "\"float32\", \"your_time\": 1, \"cuda_time\": 1, \"relative_to_cuda\": 1}]}}}");
    static const char *const inputs[] = {"selected.json", "second.json"};
    const struct bench_import_request request = {
        .tree = "tree", .inputs = inputs, .input_count = 2, .operators_dir = "data"};
    cr_assert_eq(bench_import_plan(&request, &plan, &err), 0, "%s", err.message);
    cr_assert_eq(plan.op_count, 2);
    cr_expect_eq(plan.ops[0].state, BENCH_IMPORT_NEW);
    cr_expect_eq(plan.ops[1].state, BENCH_IMPORT_SKIPPED);
    bench_import_fini(&plan);
}

Test(import, operators_of_no_list_go_to_the_package_custom)
{
    importer_select("comm_");
    importer_data("comm", "aten::comm_", "def comm_(x):\n    return x + 1\n",
                  "def test_comm():\n    assert comm_(1) == 2\n");
    importer_import();
    importer_expect_in(GENERATED "custom/__init__.py", "from .comm_ import comm_");
    importer_expect_in(GENERATED "__init__.py", "from . import blas, custom, pointwise, reduction");
}
