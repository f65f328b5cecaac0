/* `bench run` on tensors without elements: they are checked and not timed. */
#include <criterion/criterion.h>
#include <string.h>

#include "run_support.h"

TestSuite(run_empty, .init = cli_enter_folder, .fini = cli_leave_folder, .timeout = 300);

/* No samples, no median: nothing that could be taken for a time. */
static void expect_untimed(const struct run_journal *j, int fault, const char *role)
{
    const struct bench_json *line = run_find(j, fault, role);
    cr_assert_not_null(line, "no line of case %d as %s", fault, role);
    cr_expect_eq(run_number(line, "rounds"), 0);
    cr_expect_null(bench_json_get(line, "elapsed_ns"));
    cr_expect_null(bench_json_get(line, "time_ns"));
    cr_expect_null(bench_json_get(line, "roofline_ns"));
    cr_expect_null(bench_json_get(line, "inputs_digest"));
}

static void expect_checked(const struct run_journal *j, int fault, const char *role, int elements)
{
    run_expect(j, fault, role, "checked", "");
    expect_untimed(j, fault, role);
    const struct bench_json *line = run_find(j, fault, role);
    cr_expect(bench_json_bool(bench_json_get(line, "verified")));
    cr_expect_eq(run_number(bench_json_get(line, "errors"), "elements"), elements);
}

Test(run_empty, what_is_wrong_there_is_found)
{
    struct run_journal j;
    const struct bench_process_result *r = run_suite("hollow", "--device cpu:1 --output r");
    cli_expect_exit(r, 1);
    cli_expect_in(r->out, "float32 [4, 0] fault=10  ");
    cli_expect_in(r->out, "checked: the candidate is right in 4 cases of empty tensors, which are "
                          "not timed and count in no mean.");
    run_read_journal("r/journal.jsonl", &j);
    /* Right at the shapes that are timed, but not at the empty one that the description speaks of.
     */
    run_expect(&j, 0, "candidate", "ok", "");
    run_expect(&j, 1, "candidate", "hidden_shape", "[3, 0] fault=1, where it is wrong: ");
    run_expect(&j, 2, "candidate", "hidden_shape", "[3, 0] fault=2, where it is nan: ");
    run_expect(&j, 3, "candidate", "hidden_shape", "[3, 0] fault=3, where it is out_of_bounds: ");
    for (int fault = 10; fault < 15; fault++)
        expect_checked(&j, fault, "reference", 4);
    expect_checked(&j, 10, "candidate", 4);
    run_expect(&j, 11, "candidate", "wrong", "the first at [0] is 1, expected 0");
    run_expect(&j, 12, "candidate", "nan",
               "4 of 4 elements of 'out' are wrong (NaN, infinite or "
               "never written)");
    run_expect(&j, 13, "candidate", "out_of_bounds", "wrote after the end of input 'x' (0 bytes)");
    run_expect(&j, 14, "candidate", "launch_error", "grid.x: expression 'numel' is 0 here");
    for (int fault = 11; fault < 15; fault++)
        expect_untimed(&j, fault, "candidate");
    expect_checked(&j, 15, "candidate", 4);
    run_expect(&j, 15, "reference", "nan", "never written");
    expect_checked(&j, 20, "candidate", 0);
    cr_expect_str_eq(run_text(run_find(&j, 20, "candidate"), "notes"),
                     "no output has an element, so no kernel was launched");
    run_free_journal(&j);
}

Test(run_empty, under_the_sanitizer_too)
{
    struct run_journal j;
    cli_expect_exit(run_suite("hollow", "--device cpu:1 --sanitize --output r --quiet"), 1);
    run_read_journal("r/journal.jsonl", &j);
    expect_checked(&j, 10, "candidate", 4);
    run_expect(&j, 11, "candidate", "wrong", "the first at [0] is 1, expected 0");
    run_expect(&j, 13, "candidate", "out_of_bounds", "hollow.cu:");
    expect_checked(&j, 20, "candidate", 0);
    run_free_journal(&j);
}

/* The members of performance data that an empty case must not change. */
static void expect_unchanged(const struct bench_json *op)
{
    const struct bench_json *d =
        bench_json_get(bench_json_get(op, "decisions"), "speedup_vs_flaggems");
    cr_expect_eq(bench_json_size(bench_json_get(op, "configs")), 1);
    cr_expect_eq(bench_json_size(bench_json_get(op, "failed")), 0);
    cr_expect_str_eq(run_text(d, "answer"), "pass");
    cr_expect_eq(run_number(d, "cases"), 1);
    cr_expect_eq(run_number(d, "estimate"), 2);
}

Test(run_empty, a_selection_counts_it_neither_for_nor_against)
{
    struct run_journal j;
    cli_expect_exit(run_suite("hollow_null", "--device null --output r --quiet"), 0);
    run_read_journal("r/journal.jsonl", &j);
    cr_expect_eq(j.count, 9);
    const struct bench_json *line = bench_json_root(j.lines[3]);
    cr_expect_str_eq(run_text(line, "status"), "unsupported");
    cli_expect_in(run_text(line, "reason"), "the null device computes nothing that could be "
                                            "checked");
    run_free_journal(&j);
    struct bench_json_doc *your = run_read("r/your_perf_data.json");
    expect_unchanged(bench_json_get(bench_json_root(your), "scripted"));
    bench_json_free(your);
    cli_expect_exit(cli_bench("select r"), 0);
    struct bench_json_doc *selected = run_read("r/selected_batch1.json");
    const struct bench_json *op =
        bench_json_get(bench_json_get(bench_json_root(selected), "operators"), "scripted");
    cr_assert_not_null(op);
    cr_expect_eq(run_number(op, "cases"), 1);
    cr_expect_eq(run_number(op, "cases_failed"), 0);
    bench_json_free(selected);
}

static void expect_readers_take_it_for_neither_a_time_nor_a_failure(void)
{
    const struct bench_process_result *r = cli_bench("report r --format junit --output -");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "name=\"float32 [4, 0] fault=10\"/>");
    r = cli_bench("report r --format markdown --output -");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "| float32 [0, 4] fault=20 | – | – | checked |");
    cli_expect_exit(cli_bench("report r"), 0);
    r = cli_bench("compare r r");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "no regression: 0 broke, 0 slower, 0 vanished");
    cli_expect_exit(cli_bench("history import r --db h.db"), 0);
    r = cli_bench("history hollow --db h.db");
    cli_expect_in(r->out, "[4, 0] fault=11\n");
    cr_expect_null(strstr(r->out, "[4, 0] fault=10\n"));
    cli_expect_exit(cli_bench("run --resume r"), 0);
}

/* What failed there counts against it, by its place in `failed`. */
Test(run_empty, a_selection_counts_a_failure_and_all_readers_know_it)
{
    cli_expect_exit(run_suite("hollow", "--device cpu:1 --output r --quiet"), 1);
    struct bench_json_doc *your = run_read("r/your_perf_data.json");
    const struct bench_json *op = bench_json_get(bench_json_root(your), "hollow");
    const struct bench_json *d = bench_json_get(op, "decisions");
    cr_expect_eq(bench_json_size(bench_json_get(op, "configs")), 1);
    const struct bench_json *failed = bench_json_get(op, "failed");
    cr_expect_eq(bench_json_size(failed), 7);
    for (const struct bench_json *f = bench_json_first(failed); f != NULL; f = bench_json_next(f))
        cr_expect_str_eq(run_text(f, "role"), "candidate", "the reference is timed elsewhere");
    cr_expect_str_eq(run_text(bench_json_get(d, "speedup_vs_flaggems"), "answer"), "undetermined");
    bench_json_free(your);
    cli_expect_exit(cli_bench("validate r"), 0);
    cli_expect_exit(cli_bench("select r"), 0);
    struct bench_json_doc *selected = run_read("r/selected_batch1.json");
    op = bench_json_get(bench_json_get(bench_json_root(selected), "rejected"), "hollow");
    cr_assert_not_null(op);
    cr_expect_eq(run_number(op, "cases"), 8);
    cr_expect_eq(run_number(op, "cases_failed"), 7);
    bench_json_free(selected);
    expect_readers_take_it_for_neither_a_time_nor_a_failure();
}
