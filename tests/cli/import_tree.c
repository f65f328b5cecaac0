/* `bench import`, the program, on a miniature FlagGems tree. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/util/file.h"
#include "support.h"

static void enter(void)
{
    cli_enter_folder();
    if (!bench_process_exists("python3")) {
        cr_skip_test("python3 is not installed");
    }
    cli_write("tree/src/flag_gems/__init__.py", "");
    cli_write("tree/src/flag_gems/ops/__init__.py", "def relu(x):\n    return x\n");
    cli_copy_resource("importer/selected_batch1.json", "results/r1/selected_batch1.json");
    cli_copy_resource("importer/selected_batch2.json", "results/r1/selected_batch2.json");
    cli_copy_resource("importer/operator_data/batch1/gelu.json", "data/batch1/gelu.json");
    cli_copy_resource("importer/operator_data/batch1/ge_inplace.json", "data/batch1/ge.json");
    cli_copy_resource("importer/operator_data/batch1/sum.json", "data/batch1/sum.json");
    cli_copy_resource("importer/operator_data/batch2/huber_loss.json", "data/batch2/huber.json");
    cli_write("results/latest", "r1\n");
}

TestSuite(cli_import, .init = enter, .fini = cli_leave_folder, .timeout = 300);

#define GENERATED "tree/src/flag_gems/experimental/generated/"

Test(cli_import, without_options_both_batches_of_the_latest_run)
{
    const struct bench_process_result *r = cli_bench("import --into tree --operators data");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "new        gelu                 batch 1  pointwise");
    cli_expect_in(r->out, "new        huber_loss           batch 2  reduction");
    cli_expect_in(r->out, "4 operators: 4 new, 0 changed, 0 unchanged, 0 failed; ");
    cr_expect(bench_file_exists(GENERATED "pointwise/gelu.py"));
    cr_expect(bench_file_exists("tree/src/flag_gems/experimental/tests/test_huber_loss.py"));

    r = cli_bench("import --into tree --operators data");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "4 unchanged, 0 failed; 0 files written");
}

Test(cli_import, a_dry_run_shows_the_tree_and_writes_nothing)
{
    const struct bench_process_result *r =
        cli_bench("import --into tree --operators data --batch 1 --dry-run");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "          pointwise/\n");
    cli_expect_in(r->out, "            gelu.py                            new\n");
    cli_expect_in(r->out, "nothing was written (--dry-run)");
    cr_expect_null(strstr(r->out, "huber_loss"));
    cr_expect_not(bench_file_exists("tree/src/flag_gems/experimental"));
    r = cli_bench("import --into tree --operators data --dry-run --verbose");
    cli_expect_in(r->out, "+++ b/src/flag_gems/experimental/generated/pointwise/gelu.py");
}

Test(cli_import, quiet_prints_nothing)
{
    const struct bench_process_result *r = cli_bench("import --into tree --operators data --quiet");
    cli_expect_exit(r, 0);
    cr_expect_str_eq(r->out, "");
    cr_expect_str_eq(r->err, "");
}

Test(cli_import, one_bad_operator_stops_all_unless_told_to_go_on)
{
    cli_write("data/batch1/sum.json", "{\"op_name\": \"sum\", \"code\": \"def (\"}");
    const struct bench_process_result *r = cli_bench("import --into tree --operators data");
    cli_expect_exit(r, 1);
    cli_expect_in(r->err, "sum cannot be imported: data/batch1/sum.json: code: line 1:");
    cli_expect_in(r->err, "nothing was written, because 1 of 4 operators cannot be imported");
    cr_expect_not(bench_file_exists("tree/src/flag_gems/experimental"));

    r = cli_bench("import --into tree --operators data --keep-going");
    cli_expect_exit(r, 1);
    cr_expect(bench_file_exists(GENERATED "pointwise/gelu.py"));
    cr_expect_not(bench_file_exists(GENERATED "reduction/sum.py"));
}

static void write_python(const char *text)
{
    cli_write("bin/python3", text);
    cr_assert_eq(chmod("bin/python3", 0755), 0);
    cr_assert_eq(setenv("PATH", "bin:/bin:/usr/bin", 1), 0);
}

Test(cli_import, a_python_that_is_missing_or_fails_is_a_system_failure)
{
    cr_assert_eq(setenv("PATH", "/proc/nowhere", 1), 0);
    const struct bench_process_result *r = cli_bench("import --into tree --operators data");
    cli_expect_exit(r, 4);
    cli_expect_in(r->err, "python3 is not installed");

    write_python("#!/bin/sh\necho out of memory >&2\nexit 3\n");
    r = cli_bench("import --into tree --operators data");
    cli_expect_exit(r, 4);
    cli_expect_in(r->err, "python3 failed (exit code 3)");
    cli_expect_in(r->err, ":\nout of memory\n");

    static const char *const answers[] = {"", "[]", "{", "[1, 2, 3, 4]"};
    for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
        char script[100];
        snprintf(script, sizeof(script), "#!/bin/sh\ncat >/dev/null\necho '%s'\n", answers[i]);
        write_python(script);
        r = cli_bench("import --into tree --operators data");
        cli_expect_exit(r, 4);
        cli_expect_in(r->err, "python3 did not answer as it should");
    }
    cr_expect_not(bench_file_exists("tree/src/flag_gems/experimental"));
}

Test(cli_import, performance_data_are_no_selection)
{
    cli_write("perf.json", "{\"gelu\": {\"configs\": []}}");
    const struct bench_process_result *r = cli_bench("import --into tree --input perf.json");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "expected a file that `bench select` wrote");
}

Test(cli_import, times_of_a_cpu_are_noted_and_scripted_ones_refused)
{
    cli_write("results/r1/run.json", "{\"device\": {\"kind\": \"cpu\", \"name\": \"a CPU\"}}");
    const struct bench_process_result *r =
        cli_bench("import --into tree --operators data --dry-run");
    cli_expect_exit(r, 0);
    cli_expect_in(r->err, "the cpu device (a CPU): these times say nothing about a GPU");
    cli_expect_in(r->err, "without --dry-run such times are refused, unless --allow-cpu is given");
    r = cli_bench("import --into tree --operators data --dry-run --allow-cpu");
    cli_expect_exit(r, 0);
    cr_expect_null(strstr(r->err, "refused"));
    r = cli_bench("import --into tree --operators data");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "measured on the cpu device (a CPU): CPU times say nothing about a GPU");
    cli_expect_in(r->err, "--allow-cpu");
    cr_expect_not(bench_file_exists("tree/src/flag_gems/experimental"));
    cli_write("results/r1/run.json", "{\"device\": {\"kind\": \"null\"}}");
    r = cli_bench("import --into tree --operators data");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "scripted");
    cr_expect_not(bench_file_exists("tree/src/flag_gems/experimental"));
}

Test(cli_import, times_of_a_cpu_can_be_asked_for)
{
    cli_write("results/r1/run.json", "{\"device\": {\"kind\": \"cpu\"}}");
    const struct bench_process_result *r =
        cli_bench("import --into tree --operators data --allow-cpu");
    cli_expect_exit(r, 0);
    cli_expect_in(r->err, "these times say nothing about a GPU");
    cr_expect(bench_file_exists(GENERATED "pointwise/gelu.py"));
}

Test(cli_import, the_batch_must_be_that_of_the_file)
{
    const struct bench_process_result *r =
        cli_bench("import --into tree --input results/r1/selected_batch1.json --batch 2");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "selected_batch1.json: \"batch\" is 1, but --batch is 2");
}

Test(cli_import, the_tree_must_be_one)
{
    const struct bench_process_result *r = cli_bench("import --operators data");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "is no FlagGems tree: it has no folder src/flag_gems");
    r = cli_bench("import --operators data --into nowhere");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "nowhere: no such folder, expected a FlagGems checkout");
}

Test(cli_import, the_working_directory_may_be_the_tree)
{
    cli_write("src/flag_gems/__init__.py", "");
    cli_write("src/flag_gems/ops/__init__.py", "def relu(x):\n    return x\n");
    cli_expect_exit(cli_bench("import --operators data"), 0);
    cr_expect(bench_file_exists("src/flag_gems/experimental/generated/pointwise/gelu.py"));
}

Test(cli_import, nothing_to_import_is_bad_usage)
{
    cr_assert_eq(bench_file_remove_tree("results", NULL), 0);
    const struct bench_process_result *r = cli_bench("import --into tree");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "bench run");
    cli_write("results/r2/run.json", "{}");
    cli_write("results/latest", "r2\n");
    r = cli_bench("import --into tree");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "run `bench select` first");
    cli_expect_in(r->err, "--input FILE names a selection");
}

Test(cli_import, missing_and_broken_selections_are_bad_input)
{
    const struct bench_process_result *r = cli_bench("import --into tree --input nothing.json");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "nothing.json");
    cli_write("broken.json", "{\n\"batch\": }");
    r = cli_bench("import --into tree --input broken.json");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "broken.json:2:");
}

/* What is missing, ambiguous or a placeholder is told of all operators together, at the end. */
Test(cli_import, bad_operator_data_are_listed_together_and_the_rest_goes_on_if_asked)
{
    cli_copy_resource("importer/operator_data/batch1/gelu.json", "data/batch1/again.json");
    cli_write("data/batch1/sum.json",
              "{\"op_name\": \"sum\", \"code\": \"def sum(x):\\n    pass\\n\"}");
    cli_write("data/batch2/huber.json", "{\"op_name\": \"someone_else\", \"code\": \"x = 1\"}");
    const struct bench_process_result *r = cli_bench("import --into tree --operators data");
    cli_expect_exit(r, 1);
    cli_expect_in(r->err, "gelu cannot be imported: several files have its operator data");
    cli_expect_in(r->err, "sum cannot be imported: data/batch1/sum.json: ");
    cli_expect_in(r->err, "is a placeholder");
    cli_expect_in(r->err, "huber_loss cannot be imported: no operator data in data has op_name");
    cli_expect_in(r->err, "nothing was written, because 3 of 4 operators cannot be imported");
    cr_expect_not(bench_file_exists("tree/src/flag_gems/experimental"));

    r = cli_bench("import --into tree --operators data --keep-going");
    cli_expect_exit(r, 1);
    cli_expect_in(r->out, "4 operators: 1 new, 0 changed, 0 unchanged, 3 failed; ");
    cr_expect(bench_file_exists(GENERATED "pointwise/ge__Scalar.py"));
    cr_expect_not(bench_file_exists(GENERATED "pointwise/gelu.py"));
}
