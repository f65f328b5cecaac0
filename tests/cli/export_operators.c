/* `bench export`, the program, on the operators that are shipped. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/sources.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "run_support.h"
#include "support.h"

TestSuite(cli_export, .init = cli_enter_folder, .fini = cli_leave_folder, .timeout = 300);

#define SELECTION(variant)                                                                         \
    "{\"batch\": 1, \"threshold\": 1.3, \"criterion\": \"speedup_vs_flaggems\", \"operators\": "   \
    "{\"gelu\": {\"configs\": [{\"shape\": [1024], \"dtype\": \"float32\", \"your_time\": 1, "     \
    "\"flaggems_time\": 2, \"cuda_time\": 2, \"speedup_vs_flaggems\": 2, \"implementation\": "     \
    "\"plain\", "                                                                                  \
    "\"variant\": " variant "}]}}}"

Test(cli_export, an_implementation_without_measurements)
{
    const struct bench_process_result *r =
        cli_bench("export gelu aten::add --implementation candidate");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "operator_data/gelu.json (candidate, not measured)");
    cr_expect(bench_file_exists("operator_data/gelu.json"));
    /* Its test has each dtype with each value of a parameter, in one dimension and in five. */
    static const char *const dtypes[] = {"float32", "float16", "bfloat16"};
    static const char *const others[] = {"same", "row", "column", "scalar"};
    static const char *const shapes[] = {"100003,", "2, 3, 5, 7, 20"};
    struct bench_json_doc *doc = run_read("operator_data/add.json");
    const char *text = bench_json_string(bench_json_get(bench_json_root(doc), "test_func"));
    for (size_t i = 0; i < 3 * 4 * 2; i++) {
        char *wanted = bench_xprintf(
            "(\"%s\", {\"other\": \"%s\", \"alpha\": 1},\n            {\"x\": ((%s), ",
            dtypes[i / 8], others[i / 2 % 4], shapes[i % 2]);
        cli_expect_in(text, wanted);
        free(wanted);
    }
    bench_json_free(doc);
}

Test(cli_export, what_the_latest_run_selected)
{
    cli_write("results/r1/selected_batch1.json", SELECTION("{}"));
    cli_write("results/latest", "r1\n");
    const struct bench_process_result *r = cli_bench("export --output out");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "out/batch1/gelu.json (plain, 1 measured cases)");
    cr_expect(bench_file_exists("out/batch1/gelu.json"));
    r = cli_bench("export softmax");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "'softmax' is not among the operators of the data");
}

Test(cli_export, what_cannot_be_exported_is_said_and_the_rest_goes_on)
{
    const struct bench_process_result *r = cli_bench("export matmul --implementation cublas");
    cli_expect_exit(r, 1);
    cli_expect_in(r->err, "'cublas' is no CUDA C source");
    r = cli_bench("export gelu nosuch --implementation candidate");
    cli_expect_exit(r, 1);
    cli_expect_in(r->err, "nosuch");
    cr_expect(bench_file_exists("operator_data/gelu.json"));
}

Test(cli_export, an_output_that_cannot_be_written_is_a_system_failure)
{
    cli_write("plain", "x");
    const struct bench_process_result *r =
        cli_bench("export gelu --implementation candidate --output plain");
    cli_expect_exit(r, 4);
    cli_expect_in(r->err, "plain");
    r = cli_bench("export --run nowhere");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "nowhere: no such folder, expected the folder of a run");
}

Test(cli_export, a_part_of_a_run_is_exported_on_demand_only)
{
    cli_write(
        "r/your_perf_data.json",
        "{\"gelu\": {\"configs\": [{\"shape\": [1024], \"dtype\": \"float32\", \"your_time\": 1, "
        "\"cuda_time\": 2, \"implementation\": \"plain\", \"variant\": {}}]}}");
    cli_write("r/run.json",
              "{\"status\": \"interrupted\", \"totals\": {\"cases\": 7, \"cases_done\": 3}}");
    const struct bench_process_result *r = cli_bench("export gelu --run r");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err,
                  "r/run.json: the run was interrupted after 3 of 7 cases; run it again, or "
                  "go on with `bench run --resume r` (--unfinished exports what it has)");
    cr_expect_not(bench_file_exists("operator_data"));
    r = cli_bench("export gelu --run r --unfinished");
    cli_expect_exit(r, 0);
    cli_expect_in(r->err, "WARNING: r/run.json: the run was interrupted after 3 of 7 cases");
    cli_expect_in(r->out, "gelu.json (plain, 1 measured cases)");
    cli_write("r/run.json", "{\"status\": \"finished\"}");
    r = cli_bench("export gelu --run r");
    cli_expect_exit(r, 0);
    cr_expect_null(strstr(r->err, "WARNING"));
}

Test(cli_export, bad_usage)
{
    cli_expect_exit(cli_bench("export gelu --unfinished"), 2);
    cli_expect_exit(cli_bench("export"), 2);
    cli_expect_exit(cli_bench("export --implementation candidate"), 2);
    cli_expect_exit(cli_bench("export gelu --variant BLOCK=128"), 2);
    cli_expect_exit(cli_bench("export gelu --run a --selected b"), 2);
    const struct bench_process_result *r = cli_bench("export --selected nothing.json");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "nothing.json");
}

/* The whole way, with nothing passed by hand: selection, export in memory, import, preview. */
Test(cli_export, a_selection_can_be_imported_without_operator_data)
{
    if (!bench_process_exists("python3")) {
        cr_skip_test("python3 is not installed");
    }
    cli_write("tree/src/flag_gems/__init__.py", "");
    cli_write("results/r1/selected_batch1.json", SELECTION("{}"));
    cli_write("results/latest", "r1\n");
    cli_expect_exit(cli_bench("import --into tree"), 0);
    cr_expect(bench_file_exists("tree/src/flag_gems/experimental/generated/pointwise/gelu.py"));
    char *metadata = NULL;
    cr_assert_eq(bench_file_read("tree/src/flag_gems/experimental/generated/_metadata.json", 0,
                                 &metadata, NULL, NULL),
                 0);
    cli_expect_in(metadata, "\"operator_data\": \"bench export\"");
    cli_expect_in(metadata, "\"implementation\": \"plain\"");
    free(metadata);
    const struct bench_process_result *r = cli_bench("import --into tree");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "1 unchanged");
}

/* A selection whose case has the hash that a run would record of the implementation "plain". */
static void select_measured(void)
{
    struct bench_operator *op = NULL;
    struct bench_err err;
    char hash[33];
    char *path = bench_path_join(getenv("BENCH_HOME"), "kernels/gelu/gelu.json");
    cr_assert_eq(bench_operator_read(path, &op, &err), 0, "%s", err.message);
    cr_assert(bench_source_hash_of(bench_operator_find(op, "plain"), hash));
    char *text = bench_xprintf(SELECTION("{}, \"source_hash\": \"%s\""), hash);
    cli_write("results/r1/selected_batch1.json", text);
    cli_write("results/latest", "r1\n");
    bench_operator_free(op);
    free(text);
    free(path);
}

/* Of CUDA C that was measured, the Python code is what export makes of it, and nothing else. */
Test(cli_export, exported_data_are_what_was_measured_until_they_are_edited)
{
    if (!bench_process_exists("python3")) {
        cr_skip_test("python3 is not installed");
    }
    cli_write("tree/src/flag_gems/__init__.py", "");
    select_measured();
    cli_expect_exit(cli_bench("export --output data"), 0);
    const struct bench_process_result *r =
        cli_bench("import --into tree --operators data --only-measured --dry-run");
    cli_expect_exit(r, 0);
    cr_expect_null(strstr(r->err, "nothing says that this code is what was measured"));

    char *text = NULL;
    cr_assert_eq(bench_file_read("data/batch1/gelu.json", 0, &text, NULL, NULL), 0);
    char *at = strstr(text, "_NAME = ");
    cr_assert_not_null(at);
    memcpy(at, "_NAMES= ", strlen("_NAMES= "));
    cli_write("data/batch1/gelu.json", text);
    free(text);
    r = cli_bench("import --into tree --operators data");
    cli_expect_exit(r, 1);
    cli_expect_in(r->err, "data/batch1/gelu.json: its code is not what was measured");
    cli_expect_in(r->err, "not what this bench exports of it; export it again");
    cr_expect_not(bench_file_exists("tree/src/flag_gems/experimental"));

    cli_expect_exit(cli_bench("import --into tree"), 0);
    cr_assert_eq(bench_file_read("tree/src/flag_gems/experimental/generated/_metadata.json", 0,
                                 &text, NULL, NULL),
                 0);
    cli_expect_in(text, "\"code_is_measured\": true");
    free(text);
}
