/* bench report --format kernels: the page of a folder of operators, with runs and without. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/file.h"
#include "run_support.h"

TestSuite(report_kernels, .init = cli_enter_folder, .fini = cli_leave_folder, .timeout = 120);

static void write_operator(void)
{
    cli_write("kernels/tick/tick.json",
              "{\"name\": \"tick\", \"category\": \"custom\", \"dtypes\": [\"float32\"],\n"
              " \"dims\": [\"n\"], \"description\": \"Ticks: nothing else.\",\n"
              " \"far_from_limit\": \"It waits.\", \"inputs\": [],\n"
              " \"outputs\": [{\"name\": \"out\", \"shape\": \"case\"}],\n"
              " \"bytes\": \"4 * n\", \"flops\": 0, \"implementations\": [\n"
              "  {\"name\": \"fast\", \"description\": \"At once.\", \"provider\": \"null\",\n"
              "   \"entry\": \"constant(20000)\", \"tune\": {\"STEP\": [1, 2]}},\n"
              "  {\"name\": \"slow\", \"provider\": \"null\", \"entry\": \"constant(24000)\"}]}\n");
    cli_write("configs/ticks.json",
              "{\"name\": \"ticks\", \"dtypes\": [\"float32\"],\n"
              " \"roles\": {\"candidate\": \"fast\", \"reference\": \"slow\"},\n"
              " \"operators\": [{\"operator\": \"tick\", \"shapes\": [[64], [128]]}]}\n");
}

Test(report_kernels, without_a_run_it_has_the_descriptions_and_roles)
{
    write_operator();
    const struct bench_process_result *r = cli_bench("report --format kernels --kernels kernels");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "<!-- Made by: bench report --format kernels -o docs/kernels.md\n");
    cli_expect_in(r->out, "### tick\n\n`aten::tick`");
    cli_expect_in(r->out, "- candidate `fast`: At once. Tuned: `STEP` 1/2.\n- reference `slow`\n");
    cli_expect_in(r->out, "Not measured on a GPU yet: `bench run ticks` has 2 cases of it.\n");
    cli_expect_in(r->out, "*Why:* It waits.");
    cr_assert_str_eq(r->err, "");
}

/* Scripted times are exact: 24 over 20, and no variant is better than another. */
Test(report_kernels, of_a_run_it_has_the_numbers)
{
    write_operator();
    cli_expect_exit(cli_bench("run --device null --kernels kernels --suite configs/ticks.json "
                              "--output r --quiet"),
                    0);
    const struct bench_process_result *r =
        cli_bench("report r --format kernels --kernels kernels -o out/kernels.md --quiet");
    cli_expect_exit(r, 0);
    cr_assert_str_eq(r->out, "");
    char *page = NULL;
    cr_assert_eq(bench_file_read("out/kernels.md", 0, &page, NULL, NULL), 0);
    cli_expect_in(page, "<!-- Made by: bench report r --format kernels -o docs/kernels.md\n");
    cli_expect_in(page, "`bench run --device null --kernels kernels --suite configs/ticks.json "
                        "--output r --quiet`");
    cli_expect_in(page, "**Times of the null device say nothing about a GPU.**");
    cli_expect_in(page, "Against the reference (`slow`): **1.20×**");
    cli_expect_in(page, "| [tick](#tick) | 1.30× the reference’s speed | 1.20× |\n");
    cli_expect_in(page, "| tick | `fast` | 2 | 2 | `STEP=1` | – | +0.0 % | +0.0 % |\n");
    free(page);
}

Test(report_kernels, what_is_wrong_is_said_and_nothing_is_written)
{
    write_operator();
    const struct bench_process_result *r =
        cli_bench("report none --format kernels --kernels kernels -o out.md");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "none: no such file or folder");
    r = cli_bench("report --kernels kernels");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "--kernels is for --format kernels");
    r = cli_bench("report --format kernels --kernels /proc/nowhere -o out.md");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "/proc/nowhere: no such folder");
    r = cli_bench("report --format kernels --kernels kernels/tick -o out.md");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "kernels/tick: there is no operator in it");
    cli_write("kernels/tick/tick.json", "{\"name\": \"tack\"}");
    r = cli_bench("report --format kernels --kernels kernels -o out.md");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "kernels/tick/tick.json:1:10: /name");
    cr_expect_not(bench_file_exists("out.md"));
}
