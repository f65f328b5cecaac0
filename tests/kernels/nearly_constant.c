/*
 * Normalisations and the like of rows whose elements are nearly equal: what is left of x - mean are
 * the rounding errors of x and of the mean, and 1 / deviation makes them visible. An oracle must
 * know how exact an answer can be there: such rows are rare among normal numbers, but rows of two
 * elements have them. (var_mean is left out: of a variance of 1e-12 that is taken in float32 few
 * digits are right, and how many more one implementation has than another is a matter of chance.)
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "bench/util/process.h"

/* The same text in all of them. */
#define FILL "\"normal\": { \"mean\": 0, \"std\": 1 }"
#define X "{ \"name\": \"x\", \"shape\": \"case\", \"fill\": { "
/* Around 3, where float32 has steps of 2.4e-7; the deviation of a row is below sqrt(eps). */
#define NEARLY_CONSTANT "\"normal\": { \"mean\": 3, \"std\": 1e-6 }"

static const char *const operators[] = {"layer_norm", "group_norm", "rms_norm", "softmax",
                                        "log_softmax"};
#define OPERATORS (sizeof operators / sizeof operators[0])

static const char suite[] =
    "{\"name\": \"nearly_constant\", \"dtypes\": [\"float32\"], \"settings\": {\"seed\": 1},\n"
    " \"roles\": {\"candidate\": \"candidate\", \"reference\": [\"reference\", \"plain\"],\n"
    "            \"baseline\": \"plain\"},\n"
    " \"shapes\": {\"rows\": [[40, 2], [3, 33]]},\n"
    " \"operators\": [{\"operator\": \"layer_norm\", \"shapes\": \"rows\"},\n"
    "  {\"operator\": \"group_norm\", \"shapes\": [[20, 2, 1, 2], [1, 3, 3, 11]]},\n"
    "  {\"operator\": \"rms_norm\", \"shapes\": \"rows\"},\n"
    "  {\"operator\": \"softmax\", \"shapes\": \"rows\"},\n"
    "  {\"operator\": \"log_softmax\", \"shapes\": \"rows\"}]}\n";

static char folder[] = "/tmp/bench-test-constant-XXXXXX";

static void make_folder(void)
{
    cr_assert_not_null(mkdtemp(folder));
}

static void remove_folder(void)
{
    bench_file_remove_tree(folder, NULL);
}

TestSuite(nearly_constant, .init = make_folder, .fini = remove_folder, .timeout = 600);

static void expect_success(const char *const *argv)
{
    const struct bench_process_spec spec = {.argv = argv};
    struct bench_process_result result;
    struct bench_err err = {0};
    cr_assert_eq(bench_process_run(&spec, &result, &err), 0, "%s", err.message);
    cr_expect_eq(result.exit_code, 0, "%s %s: exit code %d\n%s%s", argv[0], argv[1],
                 result.exit_code, result.out, result.err);
    bench_process_result_fini(&result);
}

static void copy_folder(const char *name)
{
    char *from = bench_xprintf("%s/kernels/%s", getenv("BENCH_HOME"), name);
    char *to = bench_xprintf("%s/kernels/%s", folder, name);
    const char *const argv[] = {"cp", "-r", from, to, NULL};
    expect_success(argv);
    free(to);
    free(from);
}

/* The operator as it is, with another fill of x. */
static void fill_otherwise(const char *name)
{
    char *path = bench_xprintf("%s/kernels/%s/%s.json", folder, name, name), *text = NULL;
    struct bench_err err = {0};
    copy_folder(name);
    cr_assert_eq(bench_file_read(path, 0, &text, NULL, &err), 0, "%s", err.message);
    char *x = strstr(text, X FILL);
    cr_assert_not_null(x, "%s: x is filled otherwise than this test knows", name);
    char *rest = x + strlen(X FILL);
    *x = '\0';
    char *changed = bench_xprintf("%s%s%s%s", text, X, NEARLY_CONSTANT, rest);
    cr_assert_eq(bench_file_write_atomic(path, changed, strlen(changed), &err), 0, "%s",
                 err.message);
    free(changed);
    free(text);
    free(path);
}

Test(nearly_constant, rows_are_as_exact_as_they_can_be)
{
    char *path = bench_path_join(folder, "suite.json"), *output = bench_path_join(folder, "run");
    char *kernels = bench_path_join(folder, "kernels");
    struct bench_err err = {0};
    cr_assert_eq(bench_file_write_atomic(path, suite, strlen(suite), &err), 0, "%s", err.message);
    cr_assert_eq(bench_file_mkdirs(kernels, &err), 0, "%s", err.message);
    copy_folder("common");
    for (size_t i = 0; i < OPERATORS; i++)
        fill_otherwise(operators[i]);
    const char *const argv[] = {getenv("BENCH_BINARY"),
                                "run",
                                path,
                                "--device",
                                "cpu",
                                "--kernels",
                                kernels,
                                "--rounds",
                                "1",
                                "--no-aa",
                                "--output",
                                output,
                                NULL};
    expect_success(argv);
    free(kernels);
    free(output);
    free(path);
}
