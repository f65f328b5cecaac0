/*
 * Everything in kernels/ computes what it should on the cpu device: the suite odd.json is run by
 * the real program, and its journal must hold a verified result for every implementation that this
 * device can run, in every dtype. A new operator without cases in odd.json fails here. What was
 * measured can then be exported: its sources compile, as the one text that they become, for a GPU.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/perf/json.h"
#include "bench/provider/cuda/compile.h"
#include "bench/spec/operator.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "bench/util/process.h"

static const char *environment(const char *name)
{
    const char *value = getenv(name);
    cr_assert_not_null(value, "%s is not set: start the tests with ctest", name);
    return value;
}

static char *kernels_folder(void)
{
    return bench_path_join(environment("BENCH_HOME"), "kernels");
}

/* ---- one test an operator ---- */

#define MOST_OPERATORS 64
struct operator_name {
    char text[64];
};

ParameterizedTestParameters(shipped, is_right_on_odd_shapes)
{
    static struct operator_name names[MOST_OPERATORS];
    char **found = NULL;
    size_t count = 0;
    char *folder = kernels_folder();
    struct bench_err err = {0};
    cr_assert_eq(bench_operator_list(folder, &found, &count, &err), 0, "%s", err.message);
    cr_assert(count > 0 && count <= MOST_OPERATORS, "%zu operators", count);
    for (size_t i = 0; i < count; i++) {
        snprintf(names[i].text, sizeof names[i].text, "%s", found[i]);
    }
    bench_file_list_free(found, count);
    free(folder);
    return cr_make_param_array(struct operator_name, names, count);
}

/* ---- running ---- */

static char *make_folder(void)
{
    char *folder = bench_xstrdup("/tmp/bench-shipped-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    return folder;
}

static bool is_quick(void)
{
    return getenv("BENCH_TEST_QUICK") != NULL;
}

static size_t sum_of(const char *name)
{
    size_t sum = 0;
    for (; *name != '\0'; name++) {
        sum += (unsigned char)*name;
    }
    return sum;
}

/* With BENCH_TEST_QUICK, which .ci/run sets, the one of the two 16-bit dtypes that an operator is
 * not run in: the same sources, and most of the time is the compiler's. */
static bool is_left_out(const struct bench_operator *op, enum bench_dtype dtype)
{
    return is_quick() && dtype == (sum_of(op->name) % 2 == 0 ? BENCH_FLOAT16 : BENCH_BFLOAT16);
}

/* With BENCH_TEST_QUICK every fourth operator: to compile what is exported takes a minute and a
 * half for all, and `importer` exports all of them without compiling. */
static bool is_exported(const struct bench_operator *op)
{
    return !is_quick() || sum_of(op->name) / 2 % 4 == 0;
}

/* Runs the operator's cases of odd.json; returns the text of the journal. */
static char *run_suite(const struct bench_operator *op, const char *folder)
{
    char *suite = bench_path_join(environment("BENCH_TEST_RESOURCES"), "suites/odd.json");
    char *kernels = kernels_folder();
    char *results = bench_path_join(folder, "run");
    const char *argv[11 + 2 * BENCH_DTYPE_COUNT + 1] = {environment("BENCH_BINARY"),
                                                        "run",
                                                        "--device",
                                                        "cpu",
                                                        "--kernels",
                                                        kernels,
                                                        "--op",
                                                        op->name,
                                                        "--output",
                                                        results,
                                                        suite};
    size_t count = 11;
    for (int dtype = 0; dtype < BENCH_DTYPE_COUNT; dtype++) {
        if (op->dtypes[dtype] && !is_left_out(op, (enum bench_dtype)dtype)) {
            argv[count++] = "--dtype";
            argv[count++] = bench_dtype_name((enum bench_dtype)dtype);
        }
    }
    struct bench_process_result result;
    struct bench_err err = {0};
    cr_assert_eq(bench_process_run(&(struct bench_process_spec){.argv = argv}, &result, &err), 0,
                 "%s", err.message);
    cr_expect_eq(result.exit_code, 0, "bench run: exit code %d\n%s%s", result.exit_code, result.out,
                 result.err);
    bench_process_result_fini(&result);

    char *path = bench_path_join(results, "journal.jsonl");
    char *journal = NULL;
    size_t length = 0;
    cr_assert_eq(bench_file_read(path, 0, &journal, &length, &err), 0, "%s", err.message);
    free(path);
    free(results);
    free(kernels);
    free(suite);
    return journal;
}

/* Exports what run_suite measured; export itself compiles it, where there is NVRTC. */
static void expect_export(const char *folder)
{
    char *results = bench_path_join(folder, "run");
    char *output = bench_path_join(folder, "operator_data");
    char *kernels = kernels_folder();
    const char *argv[] = {environment("BENCH_BINARY"),
                          "export",
                          "--run",
                          results,
                          "--kernels",
                          kernels,
                          "--output",
                          output,
                          NULL};
    struct bench_process_result result;
    struct bench_err err = {0};
    cr_assert_eq(bench_process_run(&(struct bench_process_spec){.argv = argv}, &result, &err), 0,
                 "%s", err.message);
    cr_expect_eq(result.exit_code, 0, "bench export: exit code %d\n%s", result.exit_code,
                 result.err);
    const char *untried = strstr(result.err, "was not tried");
    cr_expect(untried == NULL || bench_compiler_check("sm_90", NULL) != 0, "%s", result.err);
    bench_process_result_fini(&result);
    free(kernels);
    free(output);
    free(results);
}

/* ---- reading ---- */

static bool runs_on_cpu(const struct bench_implementation *impl)
{
    bool listed = impl->device_count == 0;
    for (size_t i = 0; i < impl->device_count; i++) {
        listed |= strcmp(impl->devices[i], "cpu") == 0;
    }
    return impl->provider == BENCH_PROVIDER_CUDA && listed;
}

static bool has_dtype(const struct bench_operator *op, const struct bench_implementation *impl,
                      enum bench_dtype dtype)
{
    bool listed = impl->dtype_count == 0;
    for (size_t i = 0; i < impl->dtype_count; i++) {
        listed |= impl->dtypes[i] == dtype;
    }
    return op->dtypes[dtype] && listed && !is_left_out(op, dtype);
}

struct tally {
    const struct bench_operator *op;
    size_t verified[64][BENCH_DTYPE_COUNT]; /* by implementation and dtype */
};

static void count_line(struct tally *tally, const char *line, size_t length)
{
    struct bench_json_doc *doc = NULL;
    struct bench_err err = {0};
    cr_assert_eq(bench_json_parse("journal.jsonl", line, length, &doc, &err), 0, "%s", err.message);
    const struct bench_json *root = bench_json_root(doc);
    const char *name = NULL, *status = NULL, *dtype_name = NULL;
    bool verified = false;
    enum bench_dtype dtype;
    if (bench_json_type(bench_json_get(root, "implementation")) == BENCH_JSON_NULL) {
        /* An operator without a port of FlagGems' has no reference of its own, and a port can say
         * which shapes it does not take. Which implementations ran is counted in the end. */
        const char *why = bench_json_string(bench_json_get(root, "status"));
        cr_expect(strcmp(why, "unavailable") == 0 || strcmp(why, "unsupported") == 0, "%.*s",
                  (int)length, line);
        const char *role = bench_json_string(bench_json_first(bench_json_get(root, "roles")));
        cr_expect_str_neq(role, "candidate", "it takes every shape: %.*s", (int)length, line);
        bench_json_free(doc);
        return;
    }
    cr_assert_eq(bench_json_get_string(root, "implementation", true, &name, &err), 0, "%s: %.*s",
                 err.message, (int)length, line);
    cr_assert_eq(bench_json_get_string(root, "status", true, &status, &err), 0, "%s", err.message);
    cr_assert_eq(bench_json_get_string(root, "dtype", true, &dtype_name, &err), 0, "%s",
                 err.message);
    cr_assert_eq(bench_json_get_bool(root, "verified", true, &verified, &err), 0, "%s",
                 err.message);
    cr_assert_eq(bench_dtype_parse(dtype_name, &dtype), 0, "dtype '%s'", dtype_name);
    bool right = strcmp(status, "ok") == 0 || strcmp(status, "checked") == 0;
    cr_expect(verified && right, "%.*s", (int)length, line);

    const struct bench_implementation *impl = bench_operator_find(tally->op, name);
    cr_assert_not_null(impl, "the journal names '%s', which %s has not", name, tally->op->name);
    tally->verified[impl - tally->op->implementations][dtype] += verified;
    bench_json_free(doc);
}

static void count_journal(struct tally *tally, const char *journal)
{
    while (*journal != '\0') {
        size_t length = strcspn(journal, "\n");
        if (length > 0) {
            count_line(tally, journal, length);
        }
        journal += length + (journal[length] == '\n');
    }
}

ParameterizedTest(struct operator_name *name, shipped, is_right_on_odd_shapes)
{
    char *kernels = kernels_folder();
    char *path = NULL;
    struct bench_operator *op = NULL;
    struct bench_err err = {0};
    cr_assert_eq(bench_operator_locate(kernels, name->text, &path, &err), 0, "%s", err.message);
    cr_assert_eq(bench_operator_read(path, &op, &err), 0, "%s", err.message);
    cr_assert_leq(op->implementation_count, 64);

    char *folder = make_folder();
    char *journal = run_suite(op, folder);
    struct tally tally = {.op = op};
    count_journal(&tally, journal);
    for (size_t i = 0; i < op->implementation_count; i++) {
        const struct bench_implementation *impl = &op->implementations[i];
        for (int dtype = 0; dtype < BENCH_DTYPE_COUNT; dtype++) {
            if (runs_on_cpu(impl) && has_dtype(op, impl, (enum bench_dtype)dtype)) {
                cr_expect(tally.verified[i][dtype] > 0,
                          "odd.json has no verified case of %s, implementation '%s', in %s",
                          op->name, impl->name, bench_dtype_name((enum bench_dtype)dtype));
            }
        }
    }
    if (is_exported(op)) {
        expect_export(folder);
    }
    cr_expect_eq(bench_file_remove_tree(folder, &err), 0, "%s", err.message);
    free(folder);
    free(journal);
    bench_operator_free(op);
    free(path);
    free(kernels);
}
