/* `bench export`, the program, on the operators that are shipped. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/file.h"
#include "support.h"

TestSuite(cli_export, .init = cli_enter_folder, .fini = cli_leave_folder, .timeout = 120);

#define SELECTION(variant)                                                                         \
    "{\"batch\": 1, \"threshold\": 1.3, \"criterion\": \"speedup_vs_flaggems\", \"operators\": "   \
    "{\"gelu\": {\"configs\": [{\"shape\": [1024], \"dtype\": \"float32\", \"your_time\": 1, "     \
    "\"flaggems_time\": 2, \"cuda_time\": 2, \"speedup_vs_flaggems\": 2, \"implementation\": "     \
    "\"plain\", "                                                                                  \
    "\"variant\": " variant "}]}}}"

Test(cli_export, an_implementation_without_measurements)
{
    const struct bench_process_result *r =
        cli_bench("export gelu aten::softmax --implementation candidate");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "operator_data/gelu.json (candidate, not measured)");
    cr_expect(bench_file_exists("operator_data/gelu.json"));
    cr_expect(bench_file_exists("operator_data/softmax.json"));
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

Test(cli_export, bad_usage)
{
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
