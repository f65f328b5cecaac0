#include <criterion/criterion.h>

#include "support.h"

TestSuite(cli_list, .init = cli_enter_folder, .fini = cli_leave_folder);

static const char *const good =
    "{\"name\": \"tick\", \"category\": \"custom\", \"dtypes\": [\"float32\"], \"dims\": [\"n\"],\n"
    " \"inputs\": [], \"outputs\": [{\"name\": \"out\", \"shape\": \"case\"}],\n"
    " \"bytes\": \"4 * n\", \"flops\": 0,\n"
    " \"implementations\": [{\"name\": \"fast\", \"provider\": \"null\", \"entry\": "
    "\"normal(9, 1)\"}]}\n";

Test(cli_list, operators_with_their_implementations)
{
    cli_write("kernels/tick/tick.json", good);
    const struct bench_process_result *r = cli_bench("list --kernels kernels");
    cli_expect_exit(r, 0);
    cr_assert_str_eq(r->out, "operator  category  dtypes   implementations\n"
                             "tick      custom    float32  fast\n");
    cr_assert_str_eq(r->err, "");
}

Test(cli_list, the_shipped_descriptions_are_in_order)
{
    const struct bench_process_result *r = cli_bench("list --check");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, " with a fault\n");
    cli_expect_in(r->out, "suites read, 0 ");
    cr_assert_str_eq(r->err, "");
}

Test(cli_list, a_check_reports_every_fault_and_exits_with_one)
{
    cli_write("kernels/tick/tick.json", good);
    cli_write("kernels/one/one.json", "{\"name\": \"two\"}");
    cli_write("kernels/two/two.json", "{\n\"name\": }");
    cli_write("configs/s.json", "{\"name\": \"s\", \"roles\": {\"candidate\": \"fast\"},\n"
                                "\"dtypes\": [\"float32\"],\n"
                                "\"operators\": [{\"operator\": \"tock\", \"shapes\": [[1]]}]}");
    const struct bench_process_result *r =
        cli_bench("list --check --kernels kernels --configs configs");
    cli_expect_exit(r, 1);
    cli_expect_in(r->err, "kernels/one/one.json:1:10: /name: the name 'two' needs");
    cli_expect_in(r->err, "kernels/two/two.json:2:");
    cli_expect_in(r->err,
                  "configs/s.json:3:28: /operators/0/operator: there is no operator 'tock'");
    cr_assert_str_eq(r->out, "3 operators and 1 suites read, 3 with a fault\n");
}

Test(cli_list, library_calls_are_listed_and_checked)
{
    const struct bench_process_result *r = cli_bench("list --library");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "cublas.gemm(");
    cli_write("kernels/tick/k.cu", "");
    cli_write("kernels/tick/tick.json",
              "{\"name\": \"tick\", \"category\": \"custom\", \"dtypes\": [\"float32\"],\n"
              " \"dims\": [\"n\"], \"inputs\": [], \"outputs\": [{\"name\": \"out\", \"shape\": "
              "\"case\"}],\n"
              " \"bytes\": 0, \"flops\": 0, \"oracle\": {\"source\": \"k.cu\", \"entry\": \"k\",\n"
              " \"grid\": [1], \"block\": [1], \"args\": []},\n"
              " \"implementations\": [{\"name\": \"lib\", \"provider\": \"library\",\n"
              " \"entry\": \"cublas.gem\", \"args\": [\"out\"]}]}\n");
    r = cli_bench("list --kernels kernels");
    cli_expect_exit(r, 1);
    cli_expect_in(r->err, "names the library call 'cublas.gem', which does not exist");
}

Test(cli_list, a_folder_that_is_not_there)
{
    const struct bench_process_result *r = cli_bench("list --kernels nowhere");
    cli_expect_exit(r, 4);
    cli_expect_in(r->err, "bench list: nowhere: ");
}
