#include <criterion/criterion.h>
#include <unistd.h>

#include "bench/util/file.h"
#include "support.h"

TestSuite(cli_validate, .init = cli_enter_folder, .fini = cli_leave_folder);

Test(cli_validate, good_files_are_counted_and_matched)
{
    cli_copy_resource("selector/your.json", "your.json");
    cli_copy_resource("selector/flaggems.json", "flaggems.json");
    const struct bench_process_result *r =
        cli_bench("validate --your-data your.json --flaggems-data flaggems.json");
    cli_expect_exit(r, 0);
    cr_assert_str_eq(r->out, "your.json: 6 operators, 9 cases\n"
                             "flaggems.json: 4 operators, 6 cases\n"
                             "matches: 6 cases are in both files (same operator, shape, dtype and "
                             "params); 3 only in the first, 0 only in the second\n"
                             "valid: 0 errors, 6 warnings\n");
    cli_expect_in(r->err, "warning: your.json:18:10: /sum: 'sum' has 1 case;");
    r = cli_bench("validate --your-data your.json --quiet");
    cli_expect_exit(r, 0);
    cr_assert_str_eq(r->out, "");
    cr_assert_str_eq(r->err, "");
}

Test(cli_validate, bad_files_exit_with_one_and_name_every_place)
{
    cli_write("your.json",
              "{\"gelu\": {\"configs\": [\n"
              "{\"shape\": [2], \"dtype\": \"half\", \"your_time\": 0, \"cuda_time\": 1},\n"
              "{\"shape\": [3], \"your_time\": 1, \"cuda_time\": -1}]}}");
    cli_write("flaggems.json", "{\"gelu\": [}");
    const struct bench_process_result *r =
        cli_bench("validate --your-data your.json --flaggems-data flaggems.json --quiet");
    cli_expect_exit(r, 1);
    cr_assert_str_eq(r->out, "");
    cli_expect_in(r->err, "error: your.json:2:46: /gelu/configs/0/your_time: found 0");
    cli_expect_in(r->err, "error: your.json:3:1: /gelu/configs/1: the key 'dtype'");
    cli_expect_in(r->err, "error: your.json:3:45: /gelu/configs/1/cuda_time: found -1");
    cli_expect_in(r->err, "error: flaggems.json:1:11: not valid JSON: found '}'");
}

Test(cli_validate, an_empty_file_is_not_valid)
{
    cli_write("your.json", "{}");
    const struct bench_process_result *r = cli_bench("validate --your-data your.json");
    cli_expect_exit(r, 1);
    cli_expect_in(r->err, "your.json: holds no operators: there is nothing to validate");
}

Test(cli_validate, a_missing_file_is_bad_usage)
{
    const struct bench_process_result *r = cli_bench("validate --your-data none.json");
    cli_expect_exit(r, 2);
    cr_assert_str_eq(r->err, "bench validate: none.json: no such file\n");
    cli_expect_exit(cli_bench("validate --flaggems-data x"), 2);
    cli_expect_exit(cli_bench("validate --your-data x folder"), 2);
}

Test(cli_validate, a_file_in_the_place_of_a_folder_is_told_its_option)
{
    cli_write("y.json", "{}");
    const struct bench_process_result *r = cli_bench("validate y.json");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "y.json: is a file, expected the folder of a run; a file of performance "
                          "data is named by --your-data");
}

Test(cli_validate, without_options_the_latest_run_is_checked)
{
    const struct bench_process_result *r = cli_bench("validate");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "there is no results/latest in this folder: run 'bench run' first");

    cli_copy_resource("selector/your.json", "results/r1/your_perf_data.json");
    cli_write("results/latest", "r1\n");
    r = cli_bench("validate");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "results/r1/your_perf_data.json: 6 operators, 9 cases\n");
    cli_expect_in(r->out, "no reference data");

    cr_assert_eq(unlink("results/latest"), 0);
    cr_assert_eq(symlink("r1", "results/latest"), 0);
    cli_copy_resource("selector/flaggems.json", "results/r1/flaggems_perf_data.json");
    r = cli_bench("validate");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "matches: 6 cases");
    cli_expect_exit(cli_bench("validate results/r1"), 0);
    cli_expect_exit(cli_bench("validate results/r2"), 2);

    cr_assert_eq(unlink("results/latest"), 0);
    cr_assert_eq(symlink("r9", "results/latest"), 0);
    r = cli_bench("validate");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "results/latest points to results/r9, which is no folder");
}
