/* `bench run --shard` and `bench merge`, on the null device, whose times never vary here: what
 * comes together is what one run would have been. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "run_support.h"

TestSuite(merge, .init = cli_enter_folder, .fini = cli_leave_folder, .timeout = 480);

#define CASES 12

static void run_shard(const char *suite, int i, int n, const char *more)
{
    char *options =
        bench_xprintf("--device null --quiet --shard %d/%d --output s%d %s", i, n, i, more);
    cli_expect_exit(run_suite(suite, options), 0);
    free(options);
}

static void run_shards(const char *suite, int n, const char *more)
{
    for (int i = 1; i <= n; i++)
        run_shard(suite, i, n, more);
}

static const struct bench_process_result *expect_merged(const char *arguments)
{
    char *all = bench_xprintf("merge %s", arguments);
    const struct bench_process_result *result = cli_bench(all);
    cli_expect_exit(result, 0);
    free(all);
    return result;
}

/* Nothing was written, and the message has these parts. */
static void expect_refused(const char *arguments, const char *part, const char *other)
{
    char *all = bench_xprintf("merge m %s", arguments);
    const struct bench_process_result *result = cli_bench(all);
    cli_expect_exit(result, 2);
    cli_expect_in(result->err, part);
    cli_expect_in(result->err, other);
    cr_expect_not(bench_file_exists("m"));
    free(all);
}

/* ---- equal to one run ---- */

/* Of the host's times and the device; and which cases have a twin depends on the number of shards.
 */
static bool is_left_out(const char *key)
{
    static const char *const left_out[] = {"measured_on",  "session",   "rounds_host_ns",
                                           "case_host_ns", "twin_note", "twin_elapsed_ns"};
    bool out = false;
    for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++)
        out |= strcmp(key, left_out[i]) == 0;
    return out;
}

static void expect_same_journals(const char *a, const char *b)
{
    struct run_journal one, other;
    run_read_journal(a, &one);
    run_read_journal(b, &other);
    cr_assert_eq(one.count, other.count);
    for (size_t i = 0; i < one.count; i++) {
        char *x = run_without(bench_json_root(one.lines[i]), is_left_out);
        char *y = run_without(bench_json_root(other.lines[i]), is_left_out);
        cr_expect_str_eq(x, y);
        free(x);
        free(y);
    }
    run_free_journal(&one);
    run_free_journal(&other);
}

static const struct bench_json *decision(const struct bench_json_doc *doc, const char *rule)
{
    const struct bench_json *op = bench_json_get(bench_json_root(doc), "scripted");
    return bench_json_get(bench_json_get(op, "decisions"), rule);
}

static void expect_same_decisions(const char *a, const char *b)
{
    static const char *const rules[] = {"speedup_vs_flaggems", "relative_to_cuda"};
    static const char *const numbers[] = {"estimate", "low", "high", "cases", "processes"};
    struct bench_json_doc *one = run_read(a), *other = run_read(b);
    for (size_t r = 0; r < sizeof rules / sizeof *rules; r++) {
        const struct bench_json *x = decision(one, rules[r]), *y = decision(other, rules[r]);
        cr_expect_str_eq(run_text(x, "answer"), run_text(y, "answer"));
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
            cr_expect_eq(run_number(x, numbers[i]), run_number(y, numbers[i]), "%s of %s",
                         numbers[i], rules[r]);
    }
    bench_json_free(one);
    bench_json_free(other);
}

Test(merge, shards_make_the_run_that_was_divided)
{
    cli_expect_exit(run_suite("fleet", "--device null --confirm --quiet --output whole"), 0);
    run_shards("fleet", 4, "--confirm");
    expect_merged("--quiet m s3 s1 s4 s2");
    expect_same_journals("whole/journal.jsonl", "m/journal.jsonl");
    expect_same_decisions("whole/your_perf_data.json", "m/your_perf_data.json");
    struct bench_json_doc *doc = run_read("m/run.json");
    const struct bench_json *root = bench_json_root(doc);
    const struct bench_json *totals = bench_json_get(root, "totals");
    cr_expect_str_eq(run_text(root, "status"), "finished");
    cr_expect_eq(run_number(totals, "cases_done"), CASES);
    cr_expect_eq(run_number(totals, "confirmations"), 3);
    cr_expect_null(bench_json_get(root, "shard"));
    cr_expect_eq(bench_json_size(bench_json_get(root, "devices")), 4);
    cr_expect_eq(bench_json_size(bench_json_get(bench_json_get(root, "merged"), "runs")), 4);
    bench_json_free(doc);
    cli_expect_exit(cli_bench("select m --quiet"), 0);
    cr_expect(bench_file_exists("m/selected_batch1.json"));
}

/* The folder to make is the first word, or that of the option as in other commands. */
Test(merge, the_result_may_be_named_by_an_option)
{
    run_shards("fleet", 2, "--seed 3");
    expect_merged("--quiet s1 -o m s2");
    expect_merged("--quiet --output=n/ s1 s2");
    expect_same_journals("m/journal.jsonl", "n/journal.jsonl");
    const struct bench_process_result *result = cli_bench("merge -o m2");
    cli_expect_exit(result, 2);
    cli_expect_in(result->err, "bench merge -o OUT RUN");
    result = cli_bench("merge s1");
    cli_expect_exit(result, 2);
    cr_expect(bench_file_exists("s1/run.json") && !bench_file_exists("m2"));
}

Test(merge, the_inputs_are_not_changed)
{
    static const char *const files[] = {"s1/run.json", "s1/journal.jsonl", "s1/your_perf_data.json",
                                        "s1/flaggems_perf_data.json"};
    char *before[4], *after = NULL;
    run_shards("fleet", 2, "");
    for (size_t i = 0; i < 4; i++)
        cr_assert_eq(bench_file_read(files[i], 0, &before[i], NULL, NULL), 0);
    expect_merged("--quiet m/ s1/ s2");
    for (size_t i = 0; i < 4; i++) {
        cr_assert_eq(bench_file_read(files[i], 0, &after, NULL, NULL), 0);
        cr_expect_str_eq(before[i], after);
        free(before[i]);
        free(after);
    }
}

Test(merge, parts_of_a_suite_go_together)
{
    cli_expect_exit(run_suite("null", "--device null --quiet --output whole"), 0);
    cli_expect_exit(run_suite("null", "--device null --quiet --op metronome --output a"), 0);
    cli_expect_exit(run_suite("null", "--device null --quiet --op ticker --output b"), 0);
    expect_merged("--quiet m a b");
    struct bench_json_doc *doc = run_read("m/run.json"), *whole = run_read("whole/run.json");
    const struct bench_json *one = bench_json_get(bench_json_root(doc), "totals");
    const struct bench_json *other = bench_json_get(bench_json_root(whole), "totals");
    cr_expect_eq(run_number(one, "cases_done"), run_number(other, "cases_done"));
    cr_expect_eq(run_number(one, "records"), run_number(other, "records"));
    bench_json_free(doc);
    bench_json_free(whole);
}

Test(merge, shards_on_several_devices_each)
{
    run_shards("fleet", 2, "--device null*2");
    expect_merged("--quiet m s1 s2");
    struct bench_json_doc *doc = run_read("m/run.json");
    cr_expect_eq(bench_json_size(bench_json_get(bench_json_root(doc), "devices")), 4);
    bench_json_free(doc);
}

Test(merge, more_shards_than_cases)
{
    run_shards("answers", 5, "");
    expect_merged("--quiet m s1 s2 s3 s4 s5");
    struct bench_json_doc *doc = run_read("m/run.json");
    cr_expect_eq(run_number(bench_json_get(bench_json_root(doc), "totals"), "cases_done"), 3);
    bench_json_free(doc);
}

/* ---- a shard is a part ---- */

Test(merge, a_shard_decides_nothing_and_select_refuses_it)
{
    run_shards("fleet", 2, "");
    struct bench_json_doc *doc = run_read("s1/your_perf_data.json");
    const struct bench_json *d = decision(doc, "speedup_vs_flaggems");
    cr_expect_str_eq(run_text(d, "answer"), "undetermined");
    cli_expect_in(run_text(d, "reason"), "partial: shard 1/2 has 6 of its 12 cases");
    bench_json_free(doc);
    const struct bench_process_result *result = cli_bench("select s1");
    cli_expect_exit(result, 2);
    cli_expect_in(result->err, "shard 1/2");
    cli_expect_in(result->err, "bench merge");
}

Test(merge, shards_need_a_common_seed)
{
    cli_write("unseeded.json",
              "{\"name\": \"unseeded\", \"description\": \"-\", \"dtypes\": [\"float32\"],"
              " \"settings\": {\"rounds\": 12}, \"roles\": {\"candidate\": \"steady\"},"
              " \"operators\": [{\"operator\": \"scripted\", \"shapes\": [[64], [128]]}]}");
    char *arguments =
        bench_xprintf("run ./unseeded.json --kernels %s/kernels --device null --quiet "
                      "--shard 1/2 --output s1",
                      getenv("BENCH_TEST_RESOURCES"));
    const struct bench_process_result *result = cli_bench(arguments);
    free(arguments);
    cli_expect_exit(result, 2);
    cli_expect_in(result->err, "add --seed N, the same for all");
    cli_expect_exit(run_suite("steady", "--device null --quiet --shard 3/2"), 2);
}

Test(merge, a_shard_goes_on_where_it_was_and_only_with_the_same_cases)
{
    run_shards("fleet", 2, "");
    char *text = NULL;
    cr_assert_eq(bench_file_read("s1/run.json", 0, &text, NULL, NULL), 0);
    char *status = strstr(text, "\"finished\",");
    cr_assert_not_null(status);
    memcpy(status, "\"failed\"  ,", 11);
    cli_write("s1/run.json", text);
    free(text);
    cr_assert_eq(bench_file_read("s1/journal.jsonl", 0, &text, NULL, NULL), 0);
    *(strchr(strchr(text, '\n') + 1, '\n') + 1) = '\0'; /* its first case */
    cli_write("s1/journal.jsonl", text);
    free(text);
    cli_expect_exit(cli_bench("run --resume s1 --shard 1/2 --quiet"), 0);
    cli_expect_exit(run_suite("fleet", "--device null --quiet --output whole"), 0);
    expect_merged("--quiet m s1 s2");
    expect_same_journals("whole/journal.jsonl", "m/journal.jsonl");
}

/* ---- what does not go together ---- */

Test(merge, missing_and_double_shards_are_named)
{
    run_shards("fleet", 3, "");
    expect_refused("s1 s3", "shard 2/3 is missing", "");
    expect_refused("s1 s2 s3 s3", "shard 3/3 is there twice: s3 and s3", "");
    cli_expect_exit(run_suite("fleet", "--device null --quiet --shard 2/4 --output q"), 0);
    expect_refused("s1 s2 s3 q", "s1 is a shard of 3, q one of 4", "");
    expect_refused("s1 s2 nowhere", "nowhere", "there is no run.json");
}

Test(merge, what_is_missing_may_be_allowed_and_is_said)
{
    run_shards("fleet", 3, "");
    const struct bench_process_result *result = expect_merged("--partial --quiet m s1 s3");
    cli_expect_in(result->err, "4 of 12 cases are missing");
    result = cli_bench("select m");
    cli_expect_exit(result, 2);
    cli_expect_in(result->err, "8 of 12 cases");
    struct bench_json_doc *doc = run_read("m/your_perf_data.json");
    cr_expect_str_eq(run_text(decision(doc, "speedup_vs_flaggems"), "answer"), "undetermined");
    bench_json_free(doc);
    expect_merged("--quiet all m s2");
    cli_expect_exit(cli_bench("select all --quiet"), 0);
}

Test(merge, other_settings_are_named_with_both_values)
{
    run_shard("fleet", 1, 2, "");
    run_shard("fleet", 2, 2, "--seed 4");
    expect_refused("s1 s2", "s1 and s2 are not of one measurement",
                   "settings: seed: the first has 3, the other 4");
    bench_file_remove_tree("s2", NULL);
    run_shard("fleet", 2, 2, "--cache hot");
    expect_refused("s1 s2", "settings: cache: the first has \"cold\", the other \"hot\"", "");
}

Test(merge, other_suites_sources_and_models_are_named)
{
    run_shard("fleet", 1, 2, "");
    run_shard("fleet", 2, 2, "--device null:model=2");
    expect_refused("s1 s2", "device: name: the first has \"scripted times\", the other",
                   "scripted times, model 2");
    expect_merged("--quiet --allow-mixed-devices m s1 s2");
    struct bench_json_doc *doc = run_read("m/your_perf_data.json");
    const struct bench_json *op = bench_json_get(bench_json_root(doc), "scripted");
    cr_expect_str_eq(run_text(op, "device"), "scripted times + scripted times, model 2");
    bench_json_free(doc);
    bench_file_remove_tree("m", NULL);
    cli_expect_exit(run_suite("resume", "--device null --timeout 8 --quiet --output o"), 1);
    expect_refused("s1 o", "suite fleet: it differs", "");
}

Test(merge, a_run_that_ended_before_its_end_is_not_taken_for_all_of_it)
{
    int said;
    run_shard("fleet", 1, 2, "");
    pid_t pid =
        run_start_suite("fleet", "--device null:pace=3000000 --shard 2/2 --output s2", NULL, &said);
    run_hold_at(said, "[1/6]");
    cli_expect_in(cli_bench("merge m s1 s2")->err, "still goes on");
    kill(pid, SIGTERM);
    cr_expect_eq(run_exit_code(pid, said), 130);
    expect_refused("s1 s2", "s2: the run was interrupted", "bench run --resume s2");
}

/* As on a full disk: files may not grow beyond 4 KiB. */
Test(merge, what_cannot_be_written_leaves_nothing)
{
    run_shards("fleet", 2, "");
    char *script =
        bench_xprintf("ulimit -f 8; exec %s merge --quiet m s1 s2", getenv("BENCH_BINARY"));
    const char *const argv[] = {"sh", "-c", script, NULL};
    const struct bench_process_spec spec = {.argv = argv, .timeout_ms = 180000};
    struct bench_process_result result = {0};
    cr_assert_eq(bench_process_run(&spec, &result, NULL), 0);
    cli_expect_exit(&result, 4);
    cli_expect_in(result.err, "m.merging-");
    bench_process_result_fini(&result);
    free(script);
    char **names = NULL;
    size_t count = 0;
    cr_assert_eq(bench_file_list(".", &names, &count, NULL), 0);
    for (size_t i = 0; i < count; i++)
        cr_expect_neq(names[i][0], 'm', "%s was left", names[i]);
    bench_file_list_free(names, count);
    expect_merged("--quiet m s1 s2");
}

Test(merge, a_folder_that_is_there_stays)
{
    run_shards("fleet", 2, "");
    cli_write("m", "mine");
    const struct bench_process_result *result = cli_bench("merge m s1 s2");
    cli_expect_exit(result, 2);
    cli_expect_in(result->err, "m is there already");
    cli_expect_exit(cli_bench("merge"), 2);
    cli_expect_exit(cli_bench("merge only"), 2);
}
