#include <criterion/criterion.h>

#include "bench/util/file.h"
#include "support.h"

TestSuite(cli_convert, .init = cli_enter_folder, .fini = cli_leave_folder);

Test(cli_convert, a_record_becomes_performance_data_and_a_record_again)
{
    cli_copy_resource("selector/records/core.log", "core.log");
    const struct bench_process_result *r =
        cli_bench("convert --to perf-data --output out/your.json core.log");
    cli_expect_exit(r, 0);
    cr_assert_str_eq(r->out, "out/your.json: 3 operators, 5 cases, from record of FlagGems (log, 4 "
                             "results)\n");
    cli_expect_exit(cli_bench("validate --your-data out/your.json"), 0);
    r = cli_bench("convert --to record-json --output record.json out/your.json");
    cli_expect_exit(r, 0);
    r = cli_bench("validate --your-data core.log --flaggems-data record.json");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out,
                  "core.log: 3 operators, 5 cases, from a record of FlagGems (log, 4 results)");
    cli_expect_in(r->out, "matches: 5 cases are in both files");
}

Test(cli_convert, select_reads_records_as_they_are)
{
    cli_copy_resource("selector/records/core.log", "core.log");
    const struct bench_process_result *r =
        cli_bench("select --batch 2 --your-data core.log --output s.json");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "Batch 2: 2 of 3 operators selected, with 4 cases: s.json");
}

/* The mode stands with the operator in data of `bench run`, and with each result in a record. */
Test(cli_convert, the_mode_goes_along)
{
    cli_write("y.json",
              "{\"gelu\": {\"mode\": \"operator\", \"configs\": [{\"shape\": [2], \"dtype\": "
              "\"half\", \"your_time\": 1, \"cuda_time\": 1}]}}");
    cli_expect_exit(cli_bench("convert --to record-log --output r.log y.json"), 0);
    const struct bench_process_result *r =
        cli_bench("select --batch 2 --your-data r.log --output s.json");
    cli_expect_exit(r, 0);
    cli_expect_in(r->err, "note: measured with mode 'operator'");
}

Test(cli_convert, a_run_folder_may_hold_records)
{
    cli_copy_resource("selector/records/core.log", "run/your_perf_data.json");
    cli_expect_exit(cli_bench("validate run"), 0);
}

Test(cli_convert, errors_are_named_and_nothing_is_written)
{
    cli_write("bad.json", "{\"gelu\": {\"configs\": [{}]}}");
    const struct bench_process_result *r =
        cli_bench("convert --to record-log --output out.log bad.json");
    cli_expect_exit(r, 1);
    cli_expect_in(r->err, "bad.json has errors (4): nothing was written");
    cr_assert(!bench_file_exists("out.log"));
    cli_expect_exit(cli_bench("convert --to record-log --output out.log none.json"), 2);
    cli_expect_exit(cli_bench("convert --to xml --output out.log bad.json"), 2);
    cli_expect_exit(cli_bench("convert --to record-log --role me --output out.log bad.json"), 2);
    cli_expect_exit(cli_bench("convert --to record-log bad.json"), 2);
    cli_expect_exit(cli_bench("convert --to record-log --output out.log"), 2);
}
