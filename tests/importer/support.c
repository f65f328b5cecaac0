#include "support.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/perf/json.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "bench/util/process.h"

static char folder[] = "/tmp/bench_test_importer_XXXXXX";

void importer_enter(void)
{
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
    importer_write("tree/src/flag_gems/__init__.py", "");
    if (!bench_process_exists("python3")) {
        cr_skip_test("python3 is not installed");
    }
}

void importer_leave(void)
{
    cr_assert_eq(chdir("/"), 0);
    cr_assert_eq(bench_file_remove_tree(folder, NULL), 0);
}

void importer_write(const char *path, const char *text)
{
    struct bench_err err;
    cr_assert_eq(bench_file_write_atomic(path, text, strlen(text), &err), 0, "%s", err.message);
}

char *importer_read(const char *path)
{
    char *text = NULL;
    struct bench_err err;
    cr_assert_eq(bench_file_read(path, 0, &text, NULL, &err), 0, "%s", err.message);
    return text;
}

void importer_expect_in(const char *path, const char *part)
{
    char *text = importer_read(path);
    cr_expect_not_null(strstr(text, part), "expected '%s' in %s:\n%s", part, path, text);
    free(text);
}

void importer_expect_not_in(const char *path, const char *part)
{
    char *text = importer_read(path);
    cr_expect_null(strstr(text, part), "did not expect '%s' in %s:\n%s", part, path, text);
    free(text);
}

char *importer_resource(const char *name)
{
    const char *resources = getenv("BENCH_TEST_RESOURCES");
    cr_assert_not_null(resources, "BENCH_TEST_RESOURCES is not set; run the tests with ctest");
    return bench_xprintf("%s/importer/%s", resources, name);
}

void importer_data(const char *file, const char *op_name, const char *code, const char *test_func)
{
    struct bench_str text;
    struct bench_json_writer w;
    bench_str_init(&text);
    bench_json_writer_init(&w, &text, BENCH_JSON_PRETTY);
    bench_json_open_object(&w);
    bench_json_put_key_string(&w, "op_name", op_name);
    bench_json_put_key_string(&w, "code", code);
    bench_json_put_key_string(&w, "test_func", test_func);
    bench_json_close_object(&w);
    char *path = bench_xprintf("data/%s.json", file);
    importer_write(path, text.data);
    free(path);
    bench_str_fini(&text);
}

static void put_case(struct bench_json_writer *w)
{
    bench_json_open_object(w);
    bench_json_put_key(w, "shape");
    bench_json_open_array(w);
    bench_json_put_int(w, 64);
    bench_json_close_array(w);
    bench_json_put_key_string(w, "dtype", "torch.float32");
    bench_json_put_key_double(w, "your_time", 0.5);
    bench_json_put_key_double(w, "cuda_time", 0.75);
    bench_json_put_key_double(w, "flaggems_time", 1);
    bench_json_put_key_double(w, "speedup_vs_flaggems", 2);
    bench_json_put_key_double(w, "relative_to_cuda", 0.6666);
    bench_json_close_object(w);
}

void importer_select(const char *names)
{
    struct bench_str text;
    struct bench_json_writer w;
    bench_str_init(&text);
    bench_json_writer_init(&w, &text, BENCH_JSON_PRETTY);
    bench_json_open_object(&w);
    bench_json_put_key_int(&w, "batch", 1);
    bench_json_put_key_double(&w, "threshold", 1.3);
    bench_json_put_key_string(&w, "criterion", "speedup_vs_flaggems");
    bench_json_put_key(&w, "operators");
    bench_json_open_object(&w);
    char *words = bench_xstrdup(names);
    char *rest = NULL;
    for (char *name = strtok_r(words, " ", &rest); name; name = strtok_r(NULL, " ", &rest)) {
        bench_json_put_key(&w, name);
        bench_json_open_object(&w);
        bench_json_put_key(&w, "configs");
        bench_json_open_array(&w);
        put_case(&w);
        bench_json_close_array(&w);
        bench_json_close_object(&w);
    }
    free(words);
    bench_json_close_object(&w);
    bench_json_close_object(&w);
    importer_write("selected.json", text.data);
    bench_str_fini(&text);
}

static int try_plan(struct bench_import *plan, struct bench_err *err)
{
    static const char *const inputs[] = {"selected.json"};
    const struct bench_import_request request = {
        .tree = "tree", .inputs = inputs, .input_count = 1, .operators_dir = "data"};
    return bench_import_plan(&request, plan, err);
}

void importer_plan(struct bench_import *plan)
{
    struct bench_err err;
    cr_assert_eq(try_plan(plan, &err), 0, "%s", err.message);
}

void importer_plan_fails(const char *part)
{
    struct bench_import plan;
    struct bench_err err;
    cr_assert_lt(try_plan(&plan, &err), 0);
    cr_expect_not_null(strstr(err.message, part), "expected '%s' in: %s", part, err.message);
}

size_t importer_import(void)
{
    struct bench_import plan;
    struct bench_err err;
    importer_plan(&plan);
    for (size_t i = 0; i < plan.op_count; i++) {
        cr_assert_neq(plan.ops[i].state, BENCH_IMPORT_FAILED, "%s: %s", plan.ops[i].name,
                      plan.ops[i].message);
    }
    cr_assert_eq(bench_import_apply(&plan, &err), 0, "%s", err.message);
    size_t written = plan.tree.count;
    bench_import_fini(&plan);
    return written;
}

void importer_fails(const char *part)
{
    struct bench_import plan;
    importer_plan(&plan);
    cr_assert_eq(plan.op_count, 1);
    cr_assert_eq(plan.failed_count, 1);
    cr_expect_eq(plan.ops[0].state, BENCH_IMPORT_FAILED);
    cr_expect_not_null(strstr(plan.ops[0].message, part), "expected '%s' in: %s", part,
                       plan.ops[0].message);
    cr_expect_eq(plan.tree.count, 0, "nothing may be planned for a failed operator");
    bench_import_fini(&plan);
}
