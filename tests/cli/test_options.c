/* What every command shares: help, unknown options and commands, values. */
#include <criterion/criterion.h>
#include <string.h>

#include "support.h"

TestSuite(options, .init = cli_enter_folder, .fini = cli_leave_folder);

Test(options, version)
{
    const struct bench_process_result *r = cli_bench("--version");
    cli_expect_exit(r, 0);
    cr_assert_eq(strncmp(r->out, "bench ", 6), 0);
}

Test(options, no_command_prints_the_commands_and_is_no_success)
{
    const struct bench_process_result *r = cli_bench("");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "validate");
    cr_assert_str_eq(r->out, "");
}

Test(options, help_lists_the_commands)
{
    static const char *const ways[] = {"help", "--help", "-h"};
    for (size_t i = 0; i < 3; i++) {
        const struct bench_process_result *r = cli_bench(ways[i]);
        cli_expect_exit(r, 0);
        cli_expect_in(r->out, "  validate ");
        cli_expect_in(r->out, "  select ");
        cr_assert_str_eq(r->err, "");
    }
}

Test(options, help_of_a_command_is_made_of_its_table)
{
    static const char *const ways[] = {"help select", "select --help", "select -h",
                                       "select --quiet --help"};
    for (size_t i = 0; i < 4; i++) {
        const struct bench_process_result *r = cli_bench(ways[i]);
        cli_expect_exit(r, 0);
        cli_expect_in(r->out, "Usage: bench select");
        cli_expect_in(r->out, "  --your-data FILE ");
        cli_expect_in(r->out, "  --help ");
    }
    cli_expect_exit(cli_bench("help nothing"), 2);
    cli_expect_exit(cli_bench("help select validate"), 2);
}

Test(options, help_fits_eighty_columns)
{
    const struct bench_process_result *r = cli_bench("help select");
    /* The usage line is the only one that is not wrapped. */
    const char *line = strchr(r->out, '\n') + 1;
    while (*line) {
        size_t length = strcspn(line, "\n");
        cr_expect_leq(length, 80, "%.*s", (int)length, line);
        line += length + (line[length] == '\n');
    }
}

Test(options, an_unknown_command_gets_a_suggestion)
{
    const struct bench_process_result *r = cli_bench("valdate");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "bench: unknown command 'valdate'; did you mean 'validate'?");
    r = cli_bench("frobnicate");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "bench: unknown command 'frobnicate'\n");
}

Test(options, an_unknown_option_gets_a_suggestion)
{
    const struct bench_process_result *r = cli_bench("select --your_data x");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "bench select: unknown option --your_data; did you mean --your-data?");
    cr_assert_str_eq(r->out, "");
    r = cli_bench("select -q");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "unknown option -q");
    r = cli_bench("select --no-batch");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "unknown option --no-batch");
}

Test(options, values_are_checked)
{
    const struct bench_process_result *r = cli_bench("select --batch two");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "--batch: found 'two', expected a whole number");
    r = cli_bench("select --batch=3");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "--batch: found 3, expected 1 to 2");
    r = cli_bench("select --batch 99999999999999999999");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "expected 1 to 2");
    r = cli_bench("select --your-data");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "--your-data needs a value: --your-data FILE");
    r = cli_bench("select --quiet=yes");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "--quiet takes no value, found 'yes'");
    r = cli_bench("select a b");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "one argument too many: 'b'");
}

Test(options, flags_are_turned_off_and_two_dashes_end_the_options)
{
    cli_write("-folder/your_perf_data.json", "{}");
    const struct bench_process_result *r = cli_bench("select --quiet --no-quiet -- -folder");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "Batch 1");
}

Test(options, one_of_some_words)
{
    static const struct {
        const char *command, *said;
    } wrong[] = {
        {"compare a b --format yaml",
         "bench compare: --format: found 'yaml', expected text, json or markdown\nusage: "},
        {"validate --format js", "--format: found 'js', expected text or json\n"},
        {"report --format", "--format needs a value: --format html|markdown|csv|junit|kernels\n"},
        {"run --cache ''", "expected cold or hot\n"},
        {"import --layout experimental_op", "expected auto, experimental or experimental_ops\n"},
        {"convert --to perf", "expected perf-data, record-log or record-json\n"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const struct bench_process_result *r = cli_bench(wrong[i].command);
        cli_expect_exit(r, 2);
        cli_expect_in(r->err, wrong[i].said);
    }
    /* A shell offers what the command takes, and nothing else. */
    const struct bench_process_result *r = cli_bench("help --completion bash");
    cli_expect_in(r->out, "--format) value=yes words='text json markdown' ");
    cli_expect_in(r->out, "--format) value=yes words='html markdown csv junit kernels' ");
    cli_expect_in(r->out, "--layout) value=yes words='auto experimental experimental_ops' ");
}
