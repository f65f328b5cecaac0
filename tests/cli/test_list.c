#include <criterion/criterion.h>
#include <stdio.h>

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

Test(cli_list, a_folder_without_operators_is_bad_input)
{
    cli_write("kernels/tick/tick.json", good);
    const struct bench_process_result *r = cli_bench("list --kernels kernels/tick");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "bench list: kernels/tick: there is no operator in it");
    cr_assert_str_eq(r->out, "");
    cli_expect_exit(cli_bench("list --kernels /proc/nowhere"), 2);
    cli_expect_exit(cli_bench("list --kernels kernels/tick/tick.json"), 2);
    cli_expect_exit(cli_bench("list --check --kernels kernels --configs /proc/nowhere"), 2);
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
    cr_assert_str_eq(r->out, "operators: kernels\nsuites: configs\n"
                             "3 operators and 1 suite read, 3 with a fault\n");
}

static const char *const suite_of_tick =
    "{\"name\": \"s\", \"roles\": {\"candidate\": \"fast\"}, \"dtypes\": [\"float32\"],\n"
    "\"operators\": [{\"operator\": \"tick\", \"shapes\": [[1], [2]]}]}";

Test(cli_list, a_check_of_a_folder_leaves_the_installations_suites_alone)
{
    cli_write("kernels/tick/tick.json", good);
    const struct bench_process_result *r = cli_bench("list --check --kernels kernels");
    cli_expect_exit(r, 0);
    cr_assert_str_eq(r->err, "");
    cr_assert_str_eq(r->out, "operators: kernels\n"
                             "suites: none (there is no kernels/../configs; --configs names "
                             "another folder)\n"
                             "1 operator and 0 suites read, 0 with a fault\n");
}

Test(cli_list, a_check_of_a_folder_reads_the_suites_beside_it)
{
    cli_write("kernels/tick/tick.json", good);
    cli_write("configs/s.json", suite_of_tick);
    cli_write("configs/t.json", "{\"name\": \"t\", \"operators\": []}");
    const struct bench_process_result *r = cli_bench("list --check --kernels kernels");
    cli_expect_exit(r, 1);
    cli_expect_in(r->err, "kernels/../configs/t.json:1:");
    cr_assert_str_eq(r->out, "operators: kernels\nsuites: kernels/../configs\n"
                             "1 operator and 2 suites read, 1 with a fault\n");
}

/* Its fault was told once, by the operator. */
Test(cli_list, a_suite_of_a_faulty_operator_does_not_tell_the_fault_again)
{
    cli_write("kernels/tick/tick.json", "{\n\"name\": }");
    cli_write("configs/s.json", suite_of_tick);
    cli_write("configs/t.json", suite_of_tick);
    const struct bench_process_result *r = cli_bench("list --check --kernels kernels");
    cli_expect_exit(r, 1);
    const char *first = strstr(r->err, "tick.json:2:9: not valid JSON");
    cr_assert_not_null(first, "%s", r->err);
    cr_expect_null(strstr(first + strlen("tick.json:2:9: not valid"), "not valid JSON"), "%s",
                   r->err);
    cli_expect_in(r->err, "configs/t.json: not checked: it has an operator with a fault");
    cli_expect_in(r->out, "1 operator and 0 suites read, 1 with a fault\n");
}

/* "tick" with one CUDA implementation that has these members. */
static void write_tick(const char *members)
{
    char text[1024];
    snprintf(
        text, sizeof text,
        "{\"name\": \"tick\", \"category\": \"custom\", \"dtypes\": [\"float32\"],\n"
        " \"dims\": [\"n\"], \"inputs\": [], \"outputs\": [{\"name\": \"out\", \"shape\": "
        "\"case\"}],\n"
        " \"bytes\": 0, \"flops\": 0, \"oracle\": {\"source\": \"k.cu\", \"entry\": \"k\",\n"
        " \"grid\": [1], \"block\": [1], \"args\": []},\n"
        " \"implementations\": [{\"name\": \"fast\", \"provider\": \"cuda\",\n"
        " \"source\": \"k.cu\", \"entry\": \"k\", \"block\": [1], \"args\": [\"out\"], %s}]}\n",
        members);
    cli_write("kernels/tick/k.cu", "");
    cli_write("kernels/tick/tick.json", text);
    cli_write("configs/s.json", suite_of_tick);
}

Test(cli_list, a_check_plans_every_call)
{
    write_tick("\"grid\": [\"n / 3\"]");
    const struct bench_process_result *r = cli_bench("list --check --kernels kernels");
    cli_expect_exit(r, 1);
    cli_expect_in(r->err, "kernels/tick/tick.json: tick float32 [1], implementation 'fast': ");
    cli_expect_in(r->err, "grid.x");
    write_tick("\"grid\": [1], \"tune\": {\"B\": [1, 2]}, \"where\": \"B > 1 + n\"");
    r = cli_bench("list --check --kernels kernels");
    cli_expect_exit(r, 1);
    cli_expect_in(r->err, "\"where\" leaves no variant in any float32 case");
    /* One case with a variant is enough; a case that `requires` rules out counts for nothing. */
    write_tick("\"grid\": [1], \"tune\": {\"B\": [1, 2]}, \"where\": \"B == n && n > 1\"");
    cli_expect_exit(cli_bench("list --check --kernels kernels"), 0);
    write_tick("\"grid\": [\"n / 3\"], \"requires\": {\"n > 2\": \"it needs three\"}");
    cli_expect_exit(cli_bench("list --check --kernels kernels"), 0);
}

/* To a run it is a note: what is there can be measured. */
Test(cli_list, a_check_reports_a_role_that_nobody_can_play)
{
    cli_write("kernels/tick/tick.json", good);
    cli_write("configs/s.json",
              "{\"name\": \"s\", \"dtypes\": [\"float32\"],\n"
              "\"roles\": {\"candidate\": \"fast\", \"reference\": [\"fast\", \"fsat\"]},\n"
              "\"operators\": [{\"operator\": \"tick\", \"shapes\": [[1], [2]]}]}");
    const struct bench_process_result *r = cli_bench("list --check --kernels kernels");
    cli_expect_exit(r, 1);
    cli_expect_in(r->err, "configs/s.json:2:45: /roles/reference: no operator of the suite has an "
                          "implementation 'fsat', did you mean 'fast'?; mend or remove the name");
    cli_expect_in(r->out, "1 operator and 1 suite read, 1 with a fault\n");
}

Test(cli_list, help_says_where_the_default_folders_are)
{
    static const char *const commands[] = {"list --help", "run --help", "compile --help"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        const struct bench_process_result *r = cli_bench(commands[i]);
        cli_expect_exit(r, 0);
        cli_expect_in(r->out, "$BENCH_HOME");
    }
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
