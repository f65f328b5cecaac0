/* What `bench run` answers on the null device, whose ratios are scripted. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "run_support.h"

TestSuite(run_answers, .init = cli_enter_folder, .fini = cli_leave_folder, .timeout = 300);

static struct bench_json_doc *your;

static const struct bench_json *operator_of(const char *name)
{
    const struct bench_json *op = bench_json_get(bench_json_root(your), name);
    cr_assert_not_null(op, "no operator '%s'", name);
    return op;
}

static const struct bench_json *decision(const char *name, const char *rule)
{
    const struct bench_json *d =
        bench_json_get(bench_json_get(operator_of(name), "decisions"), rule);
    cr_assert_not_null(d, "no decision '%s' of '%s'", rule, name);
    return d;
}

/* The ratio of a case, by the order in the suite. */
static const struct bench_json *ratio(const char *name, size_t index, const char *rule)
{
    const struct bench_json *configs = bench_json_get(operator_of(name), "configs");
    cr_assert_lt(index, bench_json_size(configs));
    const struct bench_json *r =
        bench_json_get(bench_json_get(bench_json_at(configs, index), "stats"), rule);
    cr_assert_not_null(r, "no '%s' in case %zu of '%s'", rule, index, name);
    return r;
}

static void expect_answer(const struct bench_json *object, const char *answer, const char *reason)
{
    cr_expect_str_eq(run_text(object, "answer"), answer, "%s, expected %s: %g, %g to %g",
                     run_text(object, "answer"), answer, run_number(object, "estimate"),
                     run_number(object, "low"), run_number(object, "high"));
    if (reason != NULL)
        cli_expect_in(run_text(object, "reason"), reason);
    else
        cr_expect_null(bench_json_get(object, "reason"));
}

static size_t rounds_of(const char *name, size_t index)
{
    const struct bench_json *configs = bench_json_get(operator_of(name), "configs");
    const struct bench_json *stats = bench_json_get(bench_json_at(configs, index), "stats");
    return (size_t)run_number(bench_json_get(stats, "candidate"), "rounds");
}

static void run_and_read(const char *suite, const char *options)
{
    cli_expect_exit(run_suite(suite, options), 0);
    bench_json_free(your);
    your = run_read("results/latest/your_perf_data.json");
}

Test(run_answers, pass_fail_and_undetermined)
{
    run_and_read("answers", "--device null --quiet");
    expect_answer(ratio("paced", 0, "speedup_vs_flaggems"), "pass", NULL);
    expect_answer(ratio("paced", 1, "speedup_vs_flaggems"), "fail", NULL);
    expect_answer(ratio("paced", 2, "speedup_vs_flaggems"), "undetermined", "threshold");
    expect_answer(ratio("paced", 0, "relative_to_cuda"), "pass", NULL);
    expect_answer(ratio("paced", 1, "relative_to_cuda"), "undetermined",
                  "one implementation plays both roles");
    const struct bench_json *first = ratio("paced", 0, "speedup_vs_flaggems");
    cr_expect_float_eq(run_number(first, "estimate"), 1.5, 0.03);
    cr_expect_eq(run_number(first, "threshold"), 1.3);
    cr_expect_str_eq(run_text(first, "method"), "events");
    cr_expect_leq(run_number(first, "low"), run_number(first, "stat_low"));
    cr_expect_geq(run_number(first, "high"), run_number(first, "stat_high"));
    bench_json_free(your);
}

Test(run_answers, an_operator_is_decided_over_all_its_cases)
{
    run_and_read("answers", "--device null --quiet");
    const struct bench_json *d = decision("paced", "speedup_vs_flaggems");
    cr_expect_eq(run_number(d, "cases"), 3);
    cr_expect_eq(run_number(d, "processes"), 0);
    cr_expect_float_eq(run_number(d, "estimate"), cbrt(1.5 * 1.1 * 1.3), 0.02);
    expect_answer(decision("paced", "relative_to_cuda"), "undetermined",
                  "the baseline has no time in 1 of 3 cases");
    bench_json_free(your);
}

Test(run_answers, time_goes_to_the_cases_near_the_threshold)
{
    run_and_read("answers", "--device null --quiet --precision 0.2");
    cr_expect_leq(rounds_of("paced", 0), 64, "decided, and precise to 75 ns");
    cr_expect_gt(rounds_of("paced", 2), 2 * rounds_of("paced", 0));
    run_and_read("answers", "--device null --quiet --max-rounds 20");
    cr_expect_leq(rounds_of("paced", 2), 20);
    run_and_read("answers", "--device null --quiet --precision 10");
    cr_expect_eq(rounds_of("paced", 2), 16, "precise enough at the first look");
    bench_json_free(your);
}

Test(run_answers, rounds_can_be_fixed)
{
    run_and_read("answers", "--device null --quiet --rounds 11");
    for (size_t i = 0; i < 3; i++)
        cr_expect_eq(rounds_of("paced", i), 11);
    struct bench_json_doc *run = run_read("results/latest/run.json");
    const struct bench_json *settings = bench_json_get(bench_json_root(run), "settings");
    cr_expect_eq(run_number(settings, "rounds"), 11);
    bench_json_free(run);
    bench_json_free(your);
}

Test(run_answers, the_thresholds_can_be_told)
{
    struct bench_str text;
    char *base;
    bench_str_init(&text);
    char *path = bench_path_join(getenv("BENCH_TEST_RESOURCES"), "suites/answers.json");
    cr_assert_eq(bench_file_read(path, 0, &base, NULL, NULL), 0);
    char *at = strstr(base, "\"tune_rounds\"");
    cr_assert_not_null(at);
    bench_str_addn(&text, base, (size_t)(at - base));
    bench_str_addf(&text, "\"speedup_threshold\": 1.05, %s", at);
    cli_write("answers.json", text.data);
    char *command = bench_xprintf(
        "run answers.json --kernels %s/kernels --device null --quiet --max-case-ms 60000",
        getenv("BENCH_TEST_RESOURCES"));
    cli_expect_exit(cli_bench(command), 0);
    your = run_read("results/latest/your_perf_data.json");
    expect_answer(ratio("paced", 1, "speedup_vs_flaggems"), "pass", NULL);
    cr_expect_eq(run_number(decision("paced", "speedup_vs_flaggems"), "threshold"), 1.05);
    bench_json_free(your);
    bench_str_fini(&text);
    free(command);
    free(path);
    free(base);
}

Test(run_answers, below_the_noise_floor_nothing_is_decided)
{
    run_and_read("jitter", "--device null --quiet");
    struct bench_json_doc *run = run_read("results/latest/run.json");
    const struct bench_json *noise = bench_json_get(bench_json_root(run), "noise_floor");
    cr_assert_eq(run_number(noise, "aa_cases"), 3);
    double floor = run_number(noise, "noise_floor");
    cr_expect_geq(run_number(noise, "aa_worst"), 0.1);
    cr_expect_gt(floor, log(1.5 / 1.3), "the test needs a noisier operator");
    cr_expect_eq(run_number(operator_of("paced"), "noise_floor"), floor);
    expect_answer(ratio("paced", 0, "speedup_vs_flaggems"), "undetermined", "noise floor");
    bench_json_free(run);

    run_and_read("jitter", "--device null --quiet --no-aa");
    expect_answer(ratio("paced", 0, "speedup_vs_flaggems"), "pass", NULL);
    run = run_read("results/latest/run.json");
    noise = bench_json_get(bench_json_root(run), "noise_floor");
    cr_expect_eq(bench_json_type(noise), BENCH_JSON_NULL);
    cr_expect_eq(bench_json_type(bench_json_get(operator_of("paced"), "noise_floor")),
                 BENCH_JSON_NULL);
    bench_json_free(run);
    bench_json_free(your);
}

Test(run_answers, a_run_without_twins_says_so)
{
    const struct bench_process_result *r = run_suite("answers", "--device null --no-aa");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "Noise floor unknown: no kernel was measured against itself (--no-aa)");
    r = run_suite("answers", "--device null");
    cli_expect_in(r->out, "3 kernels against themselves");
}

/* Lines of the journal: of an operator, in a process. */
static size_t lines_of(const struct run_journal *journal, const char *name, int process)
{
    size_t count = 0;
    for (size_t i = 0; i < journal->count; i++) {
        const struct bench_json *line = bench_json_root(journal->lines[i]);
        const struct bench_json *number = bench_json_get(line, "process");
        int of = number != NULL ? (int)bench_json_number(number) : 0;
        count += of == process && strcmp(run_text(line, "operator"), name) == 0;
    }
    return count;
}

Test(run_answers, winners_are_confirmed_in_fresh_processes)
{
    struct run_journal journal;
    const struct bench_process_result *r = run_suite("winner", "--device null --confirm");
    cli_expect_exit(r, 0);
    cli_expect_in(r->err, "confirming 2/3");
    cli_expect_in(r->out, "over 3 fresh processes");
    your = run_read("results/latest/your_perf_data.json");
    expect_answer(decision("paced", "speedup_vs_flaggems"), "pass", NULL);
    cr_expect_eq(run_number(decision("paced", "speedup_vs_flaggems"), "processes"), 3);
    cr_expect_float_eq(run_number(decision("paced", "speedup_vs_flaggems"), "estimate"), sqrt(3),
                       0.03);
    expect_answer(decision("scripted", "speedup_vs_flaggems"), "fail", NULL);
    cr_expect_eq(run_number(decision("scripted", "speedup_vs_flaggems"), "processes"), 0);

    run_read_journal("results/latest/journal.jsonl", &journal);
    size_t main_lines = lines_of(&journal, "paced", 0);
    cr_expect_geq(main_lines, 4);
    for (int process = 1; process <= 3; process++) {
        cr_expect_eq(lines_of(&journal, "paced", process), main_lines);
        cr_expect_eq(lines_of(&journal, "scripted", process), 0, "it did not win");
    }
    cr_expect_eq(lines_of(&journal, "paced", 4), 0);
    run_free_journal(&journal);

    struct bench_json_doc *run = run_read("results/latest/run.json");
    const struct bench_json *totals = bench_json_get(bench_json_root(run), "totals");
    cr_expect_eq(run_number(totals, "confirmations"), 3);
    cr_expect_eq(run_number(totals, "cases_done"), 3);
    cr_expect_eq(run_number(bench_json_get(bench_json_root(run), "settings"), "seed"), 5);
    bench_json_free(run);
    bench_json_free(your);
}

Test(run_answers, more_processes_can_confirm)
{
    run_and_read("winner", "--device null --quiet --confirm=4");
    cr_expect_eq(run_number(decision("paced", "speedup_vs_flaggems"), "processes"), 4);
    bench_json_free(your);
}

Test(run_answers, a_suite_can_ask_for_it_and_an_option_take_it_back)
{
    run_and_read("nightly", "--device null --quiet");
    cr_expect_eq(run_number(decision("paced", "speedup_vs_flaggems"), "processes"), 3);
    run_and_read("nightly", "--device null --quiet --no-confirm");
    expect_answer(decision("paced", "speedup_vs_flaggems"), "pass", NULL);
    cr_expect_eq(run_number(decision("paced", "speedup_vs_flaggems"), "processes"), 0);
    bench_json_free(your);
}

Test(run_answers, where_nothing_passes_nothing_is_confirmed)
{
    struct run_journal journal;
    cli_expect_exit(run_suite("winner", "--device null --quiet --confirm --op scripted"), 0);
    run_read_journal("results/latest/journal.jsonl", &journal);
    cr_expect_eq(lines_of(&journal, "scripted", 0), 2 + 1, "candidate, reference, no baseline");
    cr_expect_eq(journal.count, 3);
    run_free_journal(&journal);
}
