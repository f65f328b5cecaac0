#include "importer/verify.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/perf/json.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "bench/util/process.h"
#include "importer/import_impl.h"

extern const char verify_py[];

/* Import of torch, compilation of every kernel and its tests: an hour means that something hangs.
 */
#define TEST_TIMEOUT_S 3600
#define TIMEOUT_MS (3 * TEST_TIMEOUT_S * 1000)

static bool is_tested(const struct bench_import_op *op)
{
    return op->state != BENCH_IMPORT_FAILED && op->state != BENCH_IMPORT_SKIPPED;
}

static const struct import_item *item_of(const struct bench_import *plan,
                                         const struct bench_import_op *op)
{
    const struct import_context *x = plan->inner;
    return &x->items[op - plan->ops];
}

static void put_files(struct bench_json_writer *w, const struct bench_import *plan)
{
    bench_json_put_key(w, "files");
    bench_json_open_array(w);
    for (size_t i = 0; i < plan->tree.count; i++) {
        bench_json_open_object(w);
        bench_json_put_key_string(w, "path", plan->tree.changes[i].path);
        bench_json_put_key_string(w, "text", plan->tree.changes[i].new_text);
        bench_json_close_object(w);
    }
    bench_json_close_array(w);
}

static void put_operators(struct bench_json_writer *w, const struct bench_import *plan)
{
    bench_json_put_key(w, "operators");
    bench_json_open_array(w);
    for (size_t i = 0; i < plan->op_count; i++) {
        const struct bench_import_op *op = &plan->ops[i];
        if (!is_tested(op)) {
            continue;
        }
        bench_json_open_object(w);
        bench_json_put_key_string(w, "name", op->python_name);
        bench_json_put_key_string(w, "module", op->module);
        bench_json_put_key(w, "exports");
        bench_json_put_value(w, item_of(plan, op)->exports);
        bench_json_put_key_string(w, "test", op->test_path);
        bench_json_close_object(w);
    }
    bench_json_close_array(w);
}

static void put_request(struct bench_str *text, const struct bench_import *plan,
                        const char *scratch, bool in_place)
{
    struct bench_json_writer w;
    bool experimental = plan->layout == BENCH_LAYOUT_EXPERIMENTAL;
    bench_json_writer_init(&w, text, BENCH_JSON_COMPACT);
    bench_json_open_object(&w);
    bench_json_put_key_string(&w, "root", plan->tree.root);
    bench_json_put_key_string(&w, "scratch", in_place ? NULL : scratch);
    bench_json_put_key_string(&w, "reports", scratch);
    bench_json_put_key_string(&w, "package",
                              experimental ? "flag_gems.experimental.generated"
                                           : "flag_gems.experimental_ops");
    bench_json_put_key_int(&w, "timeout_s", TEST_TIMEOUT_S);
    put_files(&w, plan);
    put_operators(&w, plan);
    bench_json_close_object(&w);
}

static char *text_or_null(const struct bench_json *object, const char *key)
{
    const struct bench_json *v = bench_json_get(object, key);
    return v != NULL && bench_json_type(v) == BENCH_JSON_STRING
               ? bench_xstrdup(bench_json_string(v))
               : NULL;
}

static int missing_modules(const struct bench_json *root, const char *python, struct bench_err *err)
{
    const struct bench_json *missing = bench_json_get(root, "missing");
    struct bench_str names;
    if (bench_json_size(missing) == 0) {
        return BENCH_OK;
    }
    bench_str_init(&names);
    for (const struct bench_json *v = bench_json_first(missing); v != NULL;
         v = bench_json_next(v)) {
        bench_str_addf(&names, "%s%s", names.len > 0 ? ", " : "", bench_json_string(v));
    }
    int rc =
        bench_err_set(err, BENCH_EUNSUPPORTED,
                      "--verify runs the imported tests, and %s has no %s; name an interpreter "
                      "that has torch, triton and pytest with --python, or import without "
                      "--verify (the code is parsed and checked in any case)",
                      python, names.data);
    bench_str_fini(&names);
    return rc;
}

static void read_ops(const struct bench_json *list, const struct bench_import *plan,
                     struct bench_verify *result)
{
    const struct bench_json *v = bench_json_first(list);
    for (size_t i = 0; i < plan->op_count && v != NULL; i++) {
        if (!is_tested(&plan->ops[i])) {
            continue;
        }
        int64_t total = 0;
        int64_t passed = 0;
        bench_json_is_int(bench_json_get(v, "total"), &total);
        bench_json_is_int(bench_json_get(v, "passed"), &passed);
        struct bench_verify_op *op = &result->ops[result->op_count++];
        *op = (struct bench_verify_op){.name = bench_xstrdup(plan->ops[i].python_name),
                                       .total = (int)total,
                                       .passed = (int)passed,
                                       .failure = text_or_null(v, "failure")};
        result->failed_count += op->failure != NULL ? 1 : 0;
        v = bench_json_next(v);
    }
}

static int read_answer(const struct bench_process_result *process, const struct bench_import *plan,
                       const char *python, struct bench_verify *result, struct bench_err *err)
{
    struct bench_json_doc *doc = NULL;
    if (process->timed_out || process->exit_code != 0 ||
        bench_json_parse("", process->out, process->out_length, &doc, NULL) != 0) {
        return bench_err_set(err, BENCH_ERROR, "%s %s while it tested what is to be imported:\n%s",
                             python, process->timed_out ? "did not come back" : "failed",
                             process->err);
    }
    const struct bench_json *root = bench_json_root(doc);
    int rc = missing_modules(root, python, err);
    if (rc == 0) {
        result->error = text_or_null(root, "error");
        result->environment = text_or_null(root, "environment");
        result->times = text_or_null(root, "times");
        read_ops(bench_json_get(root, "operators"), plan, result);
    }
    bench_json_free(doc);
    return rc;
}

static int make_scratch(char **path, struct bench_err *err)
{
    const char *base = getenv("TMPDIR");
    char *folder =
        bench_path_join(base != NULL && base[0] != '\0' ? base : "/tmp", "bench-verify-XXXXXX");
    if (mkdtemp(folder) == NULL) {
        int rc = bench_err_set(err, BENCH_ERROR,
                               "%s: cannot be made: %s; a copy of the tree goes there (TMPDIR says "
                               "where)",
                               folder, strerror(errno));
        free(folder);
        return rc;
    }
    *path = folder;
    return BENCH_OK;
}

/* The program is started in another folder. Symbolic links stay: they tell a venv from its base. */
static char *full_path(const char *program)
{
    char *here = program[0] != '/' && strchr(program, '/') != NULL ? realpath(".", NULL) : NULL;
    char *path = here != NULL ? bench_path_join(here, program) : bench_xstrdup(program);
    free(here);
    return path;
}

int bench_verify_run(const struct bench_import *plan, const char *python, bool in_place,
                     struct bench_verify *result, struct bench_err *err)
{
    char *scratch = NULL;
    struct bench_str text;
    *result = (struct bench_verify){.ops = bench_xcalloc(plan->op_count + 1, sizeof(*result->ops))};
    int rc = make_scratch(&scratch, err);
    if (rc != 0) {
        return rc;
    }
    bench_str_init(&text);
    put_request(&text, plan, scratch, in_place);
    char *program = full_path(python);
    const char *argv[] = {program, "-c", verify_py, NULL};
    const char *env[] = {"PYTHONDONTWRITEBYTECODE=1", NULL};
    struct bench_process_spec spec = {.argv = argv,
                                      .env = env,
                                      .input = text.data,
                                      .input_length = text.len,
                                      .cwd = scratch,
                                      .timeout_ms = TIMEOUT_MS};
    struct bench_process_result process;
    rc = bench_process_run(&spec, &process, err);
    if (rc == BENCH_ENOTFOUND) {
        rc = bench_err_set(err, BENCH_EUNSUPPORTED,
                           "--verify: there is no program %s; name a Python interpreter with "
                           "--python",
                           python);
    } else if (rc == 0) {
        rc = read_answer(&process, plan, python, result, err);
    }
    bench_process_result_fini(&process);
    free(program);
    bench_str_fini(&text);
    bench_file_remove_tree(scratch, NULL);
    free(scratch);
    return rc;
}

void bench_verify_fini(struct bench_verify *result)
{
    for (size_t i = 0; i < result->op_count; i++) {
        free(result->ops[i].name);
        free(result->ops[i].failure);
    }
    free(result->ops);
    free(result->error);
    free(result->environment);
    free(result->times);
    *result = (struct bench_verify){.error = NULL};
}
