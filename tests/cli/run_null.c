/* Runs on the null device: what is written, and what becomes of workers that die. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/file.h"
#include "run_support.h"

TestSuite(run_null, .init = cli_enter_folder, .fini = cli_leave_folder, .timeout = 300);

Test(run_null, journal_has_every_sample_of_every_implementation)
{
    struct run_journal journal;
    cli_expect_exit(run_suite("steady", "--device null"), 0);
    run_read_journal("results/latest/journal.jsonl", &journal);
    cr_assert_eq(journal.count, 6); /* 2 cases, 3 implementations */
    for (size_t i = 0; i < journal.count; i++) {
        const struct bench_json *line = bench_json_root(journal.lines[i]);
        cr_assert_str_eq(run_text(line, "status"), "ok");
        cr_assert_eq(bench_json_size(bench_json_get(line, "elapsed_ns")), 12);
        cr_assert_eq(run_number(line, "rounds"), 12);
    }
    const struct bench_json *reference = run_find(&journal, 0, "reference");
    cr_assert_str_eq(run_text(reference, "implementation"), "twice");
    cr_assert_eq(run_number(reference, "time_ns"), 2000);
    run_free_journal(&journal);
}

Test(run_null, performance_data_have_the_fixed_form)
{
    cli_expect_exit(run_suite("steady", "--device null"), 0);
    struct bench_json_doc *your = run_read("results/latest/your_perf_data.json");
    struct bench_json_doc *flaggems = run_read("results/latest/flaggems_perf_data.json");
    const struct bench_json *root = bench_json_root(your);
    cr_assert_eq(bench_json_size(root), 1, "the root holds operators and nothing else");
    const struct bench_json *configs = bench_json_get(bench_json_get(root, "scripted"), "configs");
    cr_assert_eq(bench_json_size(configs), 2);
    const struct bench_json *config = bench_json_first(configs);
    cr_assert_str_eq(run_text(config, "dtype"), "float32");
    cr_assert_eq(bench_json_size(bench_json_get(config, "shape")), 1);
    cr_assert_float_eq(run_number(config, "your_time"), 0.003, 0.0003); /* milliseconds */
    cr_assert_eq(run_number(config, "cuda_time"), 0.001);
    cr_assert_null(bench_json_get(config, "correct"), "the null device verifies nothing");
    const struct bench_json *speedup =
        bench_json_get(bench_json_get(config, "stats"), "speedup_vs_flaggems");
    cr_assert(run_number(speedup, "low") <= run_number(speedup, "estimate"));
    cr_assert(run_number(speedup, "estimate") <= run_number(speedup, "high"));
    cr_assert_float_eq(run_number(speedup, "estimate"), 0.002 / run_number(config, "your_time"),
                       1e-9);

    config = bench_json_first(
        bench_json_get(bench_json_get(bench_json_root(flaggems), "scripted"), "configs"));
    cr_assert_eq(run_number(config, "flaggems_time"), 0.002);
    cr_assert_eq(run_number(config, "cuda_time"), 0.001);
    cr_assert_null(bench_json_get(config, "your_time"));
    bench_json_free(flaggems);
    bench_json_free(your);
}

Test(run_null, the_end_counts_the_cases_that_no_candidate_takes)
{
    cli_write("s.json",
              "{\"name\": \"s\", \"dtypes\": [\"float32\"], \"roles\": {\"candidate\": "
              "\"candidate\"}, \"operators\": [{\"operator\": \"relu\", \"shapes\": [[8], "
              "[16]]}]}");
    const struct bench_process_result *r = cli_bench("run --suite s.json --device null");
    cli_expect_exit(r, 1); /* nothing at all was measured */
    cli_expect_in(r->out, "2 of 2 cases (2 without a candidate), 0 failed implementations");
}

Test(run_null, run_json_tells_what_was_run)
{
    cli_expect_exit(run_suite("steady", "--device null --seed 77 --rounds 9"), 0);
    struct bench_json_doc *doc = run_read("results/latest/run.json");
    const struct bench_json *root = bench_json_root(doc);
    cr_assert_str_eq(run_text(root, "status"), "finished");
    cr_assert_eq(run_number(root, "exit_code"), 0);
    cr_assert_eq(run_number(bench_json_get(root, "settings"), "seed"), 77);
    cr_assert_eq(run_number(bench_json_get(root, "settings"), "rounds"), 9);
    cr_assert_str_eq(run_text(bench_json_get(root, "device"), "kind"), "null");
    cr_assert_eq(strlen(run_text(bench_json_get(root, "suite"), "hash")), 32);
    cr_assert_eq(run_number(bench_json_get(root, "totals"), "cases_done"), 2);
    cr_assert(bench_json_size(bench_json_get(root, "command")) >= 6);
    const struct bench_json *facts = bench_json_get(root, "facts");
    cr_assert_eq(bench_json_type(bench_json_get(facts, "start")), BENCH_JSON_OBJECT);
    cr_assert_eq(bench_json_type(bench_json_get(facts, "end")), BENCH_JSON_OBJECT);
    bench_json_free(doc);
}

Test(run_null, a_run_is_called_what_its_folder_is)
{
    static const char *const asked[] = {"--device null --output ./.",
                                        "--device null --output one/"};
    for (int i = 0; i < 2; i++) {
        cli_expect_exit(run_suite("steady", asked[i]), 0);
        struct bench_json_doc *run = run_read(i == 0 ? "run.json" : "one/run.json");
        struct bench_json_doc *your =
            run_read(i == 0 ? "your_perf_data.json" : "one/your_perf_data.json");
        char *here = realpath(i == 0 ? "." : "one", NULL);
        const char *name = bench_path_basename(here);
        cr_expect_str_eq(run_text(bench_json_root(run), "run"), name);
        cr_expect_str_eq(run_text(bench_json_first(bench_json_root(your)), "run"), name);
        free(here);
        bench_json_free(your);
        bench_json_free(run);
    }
}

Test(run_null, same_seed_same_samples)
{
    struct run_journal first, second;
    cli_expect_exit(run_suite("steady", "--device null --output one --quiet"), 0);
    cli_expect_exit(run_suite("steady", "--device null --output two --quiet"), 0);
    run_read_journal("one/journal.jsonl", &first);
    run_read_journal("two/journal.jsonl", &second);
    const struct bench_json *a =
        bench_json_first(bench_json_get(run_find(&first, 0, "candidate"), "elapsed_ns"));
    const struct bench_json *b =
        bench_json_first(bench_json_get(run_find(&second, 0, "candidate"), "elapsed_ns"));
    for (; a && b; a = bench_json_next(a), b = bench_json_next(b))
        cr_assert_eq(bench_json_number(a), bench_json_number(b));
    cr_assert(a == NULL && b == NULL);
    run_free_journal(&first);
    run_free_journal(&second);
}

/* Each way to die is told apart, laid at the right door, and costs nobody else a result. */
Test(run_null, a_dead_worker_costs_only_the_implementation_at_fault_and_that_is_listed)
{
    struct run_journal j;
    cli_expect_exit(run_suite("deaths", "--device null --timeout 10"), 1);
    run_read_journal("results/latest/journal.jsonl", &j);
    run_expect(&j, 0, "candidate", "crashed", "signal 11");
    run_expect(&j, 1, "candidate", "timeout", "10 s");
    run_expect(&j, 2, "candidate", "device_fault", "poison");
    run_expect(&j, 3, "candidate", "crashed", "exit code 3");
    run_expect(&j, 4, "candidate", "launch_error", "fail_launch");
    run_expect(&j, 99, "reference", "crashed", "signal 11");
    run_expect(&j, 99, "candidate", "ok", "");
    for (int fault = 0; fault < 5; fault++) {
        run_expect(&j, fault, "reference", "ok", "");
        run_expect(&j, fault, "baseline", "ok", "");
        cr_assert_eq(run_number(run_find(&j, fault, "reference"), "rounds"), 12);
    }
    cr_assert_eq(j.count, 18);
    run_free_journal(&j);

    struct bench_json_doc *doc = run_read("results/latest/your_perf_data.json");
    const struct bench_json *op = bench_json_get(bench_json_root(doc), "scripted");
    cr_assert_eq(bench_json_size(bench_json_get(op, "configs")), 1);
    cr_assert_eq(bench_json_size(bench_json_get(op, "failed")), 6);
    const struct bench_json *failed = bench_json_first(bench_json_get(op, "failed"));
    cr_assert_str_eq(run_text(failed, "role"), "candidate");
    cr_assert_str_eq(run_text(failed, "implementation"), "crash");
    cr_assert_str_eq(run_text(failed, "status"), "crashed");
    bench_json_free(doc);
}

Test(run_null, two_runs_in_one_second_have_two_folders)
{
    char **names;
    size_t count;
    cli_expect_exit(run_suite("steady", "--device null --rounds 1"), 0);
    cli_expect_exit(run_suite("steady", "--device null --rounds 1"), 0);
    cr_assert_eq(bench_file_list("results", &names, &count, NULL), 0);
    cr_assert_eq(count, 3, "two folders and latest; there are %zu names", count);
    bench_file_list_free(names, count);
}
