/* bench reproduce: claims, altered and unaltered, on the null device. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "run_support.h"

TestSuite(reproduce, .init = cli_enter_folder, .fini = cli_leave_folder, .timeout = 300);

static const struct bench_process_result *reproduce(const char *arguments)
{
    char *all = bench_xprintf("reproduce %s --device null", arguments);
    const struct bench_process_result *result = cli_bench(all);
    free(all);
    return result;
}

static const struct bench_process_result *reproduce_table(const char *rows, const char *options)
{
    const char *resources = getenv("BENCH_TEST_RESOURCES");
    char *text = bench_xprintf("operator,shape,dtype,params,speedup,against,candidate,reference,"
                               "baseline\n%s",
                               rows);
    char *arguments = bench_xprintf("claims.csv --kernels %s/kernels %s", resources, options);
    cli_write("claims.csv", text);
    const struct bench_process_result *result = reproduce(arguments);
    free(arguments);
    free(text);
    return result;
}

/* Replaces the number after the first `key` in a file. */
static void alter(const char *path, const char *key, const char *number)
{
    char *text = NULL;
    cr_assert_eq(bench_file_read(path, 0, &text, NULL, NULL), 0);
    char *at = strstr(text, key);
    cr_assert_not_null(at, "%s: no %s", path, key);
    at += strlen(key);
    char *after = at + strcspn(at, ",\n}");
    char *altered = bench_xprintf("%.*s %s%s", (int)(at - text), text, number, after);
    cli_write(path, altered);
    free(altered);
    free(text);
}

/* So many claims have this verdict, in the answer as JSON. */
static void expect_verdicts(const char *json, const char *key, int expected)
{
    struct bench_json_doc *doc = NULL;
    struct bench_err err = {0};
    cr_assert_eq(bench_json_parse("verdict", json, strlen(json), &doc, &err), 0, "%s", err.message);
    const struct bench_json *counts = bench_json_get(bench_json_root(doc), "counts");
    cr_expect_eq(run_number(counts, key), expected, "%s: found %g, expected %d in\n%s", key,
                 run_number(counts, key), expected, json);
    bench_json_free(doc);
}

Test(reproduce, a_run_reproduces_itself)
{
    cli_expect_exit(run_suite("steady", "--device null --output one --quiet"), 0);
    const struct bench_process_result *said = reproduce("one --output two");
    cli_expect_exit(said, 0);
    cli_expect_in(said->out, "6 of 6 claims are reproduced or better (100.0 %): 6 reproduced");
    /* The evidence: the same inputs, so the same samples; the suite; the verdict. */
    struct run_journal first, second;
    run_read_journal("one/journal.jsonl", &first);
    run_read_journal("two/journal.jsonl", &second);
    cr_assert_eq(first.count, second.count);
    const struct bench_json *a = bench_json_root(first.lines[0]);
    const struct bench_json *b = bench_json_root(second.lines[0]);
    cr_expect_eq(run_number(a, "time_ns"), run_number(b, "time_ns"));
    run_free_journal(&first);
    run_free_journal(&second);
    cr_expect(bench_file_exists("two/reproduce/suite.json"));
    struct bench_json_doc *verdict = run_read("two/reproduce/verdict.json");
    cr_expect_eq(run_number(bench_json_root(verdict), "score"), 1);
    bench_json_free(verdict);
    cr_expect_not(bench_file_exists("results"), "the newest run is still the one before");
}

Test(reproduce, altered_claims_of_a_run_are_found_and_no_others)
{
    cli_expect_exit(run_suite("steady", "--device null --output one --quiet"), 0);
    alter("one/your_perf_data.json", "\"your_time\":", "0.0003");
    const struct bench_process_result *said = reproduce("one --output two --format json");
    cli_expect_exit(said, 1);
    /* Of the first case: 6.7 times faster than the reference, 3.3 than the baseline. */
    expect_verdicts(said->out, "not reproduced", 2);
    expect_verdicts(said->out, "reproduced", 4);
    cli_expect_in(said->out, "its times are not those of its statistics");
}

Test(reproduce, an_altered_selection_is_found)
{
    cli_expect_exit(run_suite("winner", "--device null --output one --quiet"), 0);
    cli_expect_exit(cli_bench("select one --quiet"), 0);
    const struct bench_process_result *said =
        reproduce("one/selected_batch1.json --output two --format json");
    cli_expect_exit(said, 0);
    alter("one/selected_batch1.json", "\"avg_speedup_vs_flaggems\":", "9.5");
    said = reproduce("one/selected_batch1.json --measured two --format json");
    cli_expect_exit(said, 1);
    expect_verdicts(said->out, "worse", 1);
}

/* Two rounds bound nothing; more of them do. */
Test(reproduce, what_is_undetermined_is_measured_again_with_more_rounds)
{
    const char *claim = "scripted,64,float32,fault=1,2,reference,steady,twice,\n"
                        "scripted,64,float32,fault=7,2,reference,steady,crash,\n";
    const struct bench_process_result *said =
        reproduce_table(claim, "--max-rounds 2 --output two --format json");
    cli_expect_exit(said, 1);
    expect_verdicts(said->out, "reproduced", 1);
    expect_verdicts(said->out, "cannot be run", 1);
    cli_expect_in(said->out, "\"first_measured\"");
    cli_expect_in(said->err, "undetermined: 1; measured again (cases: 1), with 1024 rounds");
    struct run_journal first, second;
    run_read_journal("two/journal.jsonl", &first);
    run_read_journal("two/reproduce/again/journal.jsonl", &second);
    cr_expect_gt(first.count, second.count, "of one case of the two");
    cr_expect_eq(run_number(bench_json_root(first.lines[0]), "rounds"), 2);
    cr_expect_gt(run_number(bench_json_root(second.lines[0]), "rounds"), 2);
    run_free_journal(&first);
    run_free_journal(&second);
    /* Both are evidence, unless the first alone is asked for. */
    said = reproduce_table(claim, "--measured two");
    cli_expect_in(said->out, "and again: two/reproduce/again");
    cli_expect_in(said->out, "1 reproduced, 1 cannot be run; 1 measured again, with more rounds");
    said = reproduce_table(claim, "--measured two --once");
    cli_expect_exit(said, 1);
    cli_expect_in(said->out, "0 of 2 claims are reproduced or better (0.0 %");
    cli_expect_in(said->out, "1 undetermined");
}

Test(reproduce, every_verdict_has_its_place)
{
    const struct bench_process_result *said = reproduce_table(
        "scripted,64,float32,fault=1,2,reference,steady,twice,\n"   /* as it is: 2 */
        "scripted,64,float32,fault=2,1.5,reference,steady,twice,\n" /* better */
        "scripted,64,float32,fault=3,3,reference,steady,twice,\n"   /* worse */
        "scripted,64,float32,fault=4,1.1,reference,twice,steady,\n" /* it is 0.5 */
        "scripted,64,float32,fault=5,2,baseline,steady,,twice\n"    /* over the baseline */
        "scripted,64,float32,fault=6,2,reference,crash,twice,\n"    /* no speed at all */
        "scripted,64,float32,fault=7,2,reference,steady,crash,\n"   /* nothing to compare with */
        "scripted,64,float32,fault=8,2,reference,steady,nobody,\n"  /* no such implementation */
        "scripted,64,float16,,2,reference,steady,twice,\n"          /* no such dtype */
        "scripted,64,float32,colour=1,2,reference,steady,twice,\n"  /* no such param */
        "gone,64,float32,,2,reference,steady,twice,\n"              /* no such operator */
        "scripted,64,float32,fault=9,2,reference,,twice,\n",        /* nobody says who */
        "--format json");
    cli_expect_exit(said, 1);
    expect_verdicts(said->out, "reproduced", 2);
    expect_verdicts(said->out, "better", 1);
    expect_verdicts(said->out, "worse", 1);
    expect_verdicts(said->out, "not reproduced", 2);
    expect_verdicts(said->out, "cannot be run", 6);
    cli_expect_in(said->out, "the candidate here is crashed");
    cli_expect_in(said->out, "the reference here is crashed");
    cli_expect_in(said->out, "has no implementation 'nobody' for the reference");
    cli_expect_in(said->out, "scripted has no dtype float16");
    cli_expect_in(said->out, "add --candidate NAME");
}

Test(reproduce, better_alone_is_fine)
{
    static const char row[] = "scripted,64,float32,,1.5,reference,steady,twice,\n";
    cli_expect_exit(reproduce_table(row, "--output a --quiet"), 0);
    cli_expect_exit(reproduce_table(row, "--output b --quiet --tolerance 50"), 0);
    cli_expect_exit(reproduce_table("scripted,64,float32,,1.5,reference,twice,steady,\n",
                                    "--output c --quiet --candidate steady --reference twice"),
                    0);
}

Test(reproduce, nothing_is_measured_where_nothing_can_be_run)
{
    const struct bench_process_result *said =
        reproduce_table("gone,64,float32,,2,reference,steady,twice,\n", "--output none");
    cli_expect_exit(said, 1);
    cli_expect_in(said->out, "0 of 1 claim is reproduced or better");
    cr_expect_not(bench_file_exists("none"));
}

#define HASHED                                                                                     \
    "{\"scripted\":{\"baseline_unavailable\":\"none\",\"configs\":[{\"shape\":[64],\"dtype\":"     \
    "\"float32\",\"your_time\":0.001,"                                                             \
    "\"flaggems_time\":0.002,\"implementation\":\"steady\",\"reference_implementation\":\"twice\"" \
    ",\"source_hash\":\"0123456789abcdef0123456789abcdef\"}]}}"

Test(reproduce, changed_sources_are_said_and_measured_only_if_allowed)
{
    const char *resources = getenv("BENCH_TEST_RESOURCES");
    char *arguments = bench_xprintf("c.json --kernels %s/kernels --output one", resources);
    cli_write("c.json", HASHED);
    const struct bench_process_result *said = reproduce(arguments);
    cli_expect_exit(said, 1);
    cli_expect_in(said->out, "changed since: the source of 'steady' (01234567 then, none now)");
    cr_expect_not(bench_file_exists("one"));
    free(arguments);
    arguments = bench_xprintf("c.json --kernels %s/kernels --output one --allow-changed --quiet",
                              resources);
    cli_expect_exit(reproduce(arguments), 0);
    free(arguments);
}

Test(reproduce, a_changed_description_is_a_changed_source)
{
    const char *resources = getenv("BENCH_TEST_RESOURCES");
    char *from = bench_xprintf("%s/kernels/scripted/scripted.json", resources), *text = NULL;
    char *run = bench_xprintf("run %s/suites/steady.json --kernels k --device null --output one "
                              "--quiet",
                              resources);
    cr_assert_eq(bench_file_read(from, 0, &text, NULL, NULL), 0);
    cr_assert_eq(bench_file_mkdirs("k/scripted", NULL), 0);
    cli_write("k/scripted/scripted.json", text);
    cli_expect_exit(cli_bench(run), 0);
    cli_expect_exit(reproduce("one --output two --quiet"), 0); /* the kernels of the run */
    char *longer = bench_xprintf("%s\n", text);
    cli_write("k/scripted/scripted.json", longer);
    const struct bench_process_result *said = reproduce("one --output three");
    cli_expect_exit(said, 1);
    cli_expect_in(said->out, "k/scripted/scripted.json; check the old sources out");
    cli_expect_in(said->out, "cannot be run");
    free(longer);
    free(text);
    free(run);
    free(from);
}

static const char record[] =
    "[INFO] {\"op_name\": \"scripted\", \"dtype\": \"torch.float32\", \"mode\": \"kernel\", "
    "\"level\": \"core\", \"result\": [{\"shape_detail\": [[64]], \"latency_base\": 0.002, "
    "\"latency\": 0.001}]}\n";

/* An implementation gets a name of the same length or another one. */
static char *rename_one(const char *text, const char *from, const char *to)
{
    char *old = bench_xprintf("\"name\": \"%s\"", from);
    const char *at = strstr(text, old);
    cr_assert_not_null(at, "there is no %s", old);
    char *renamed =
        bench_xprintf("%.*s\"name\": \"%s\"%s", (int)(at - text), text, to, at + strlen(old));
    free(old);
    return renamed;
}

/* FlagGems against torch is what it says, where the operator can call both. */
Test(reproduce, a_record_of_flaggems_is_played_by_flaggems_and_torch)
{
    char *from = bench_path_join(getenv("BENCH_TEST_RESOURCES"), "kernels/scripted/scripted.json");
    char *text;
    cr_assert_eq(bench_file_read(from, 0, &text, NULL, NULL), 0);
    char *half = rename_one(text, "steady", "flag_gems"),
         *both = rename_one(half, "twice", "torch");
    cr_assert_eq(bench_file_mkdirs("k/scripted", NULL), 0);
    cli_write("k/scripted/scripted.json", both);
    cli_write("r.log", record);
    const struct bench_process_result *said = reproduce("r.log --kernels k --output one");
    cli_expect_exit(said, 0);
    cli_expect_in(said->out, "1 of 1 claim is reproduced or better");
    char *journal;
    cr_assert_eq(bench_file_read("one/journal.jsonl", 0, &journal, NULL, NULL), 0);
    cli_expect_in(journal, "\"roles\":[\"candidate\"],\"implementation\":\"flag_gems\"");
    cli_expect_in(journal, "\"roles\":[\"baseline\"],\"implementation\":\"torch\"");
    free(journal);
    free(both);
    free(half);
    free(text);
    free(from);
}

Test(reproduce, a_record_of_flaggems_needs_to_know_who_stands_for_it)
{
    cli_write("r.log", record);
    const char *resources = getenv("BENCH_TEST_RESOURCES");
    char *arguments =
        bench_xprintf("r.log --kernels %s/kernels --baseline twice --output one", resources);
    const struct bench_process_result *said = reproduce(arguments);
    cli_expect_exit(said, 1);
    cli_expect_in(said->out, "scripted has no implementation 'flag_gems'");
    cli_expect_in(said->out, "add --candidate NAME");
    free(arguments);
    arguments = bench_xprintf("r.log --kernels %s/kernels --baseline twice --candidate steady "
                              "--output one --quiet",
                              resources);
    cli_expect_exit(reproduce(arguments), 0);
    free(arguments);
}

Test(reproduce, environments_stand_side_by_side)
{
    cli_expect_exit(run_suite("steady", "--device null --output one --quiet"), 0);
    alter("one/run.json", "\"host\":", "\"elsewhere\"");
    const struct bench_process_result *said = reproduce("one --output two");
    cli_expect_exit(said, 0);
    cli_expect_in(said->out, "≠ host");
    cli_expect_in(said->out, "elsewhere");
    said = reproduce("one --measured two --format markdown");
    cli_expect_exit(said, 0);
    cli_expect_in(said->out, "| host | elsewhere | ");
    cli_expect_in(said->out, "| differs |");
}

Test(reproduce, bad_input_is_refused)
{
    cli_expect_exit(reproduce(""), 2);
    cli_expect_exit(reproduce("nowhere.json"), 2);
    cli_write("bad.csv", "operator,shape,dtype,speedup\ngelu,4,float32,fast\n");
    const struct bench_process_result *said = reproduce("bad.csv");
    cli_expect_exit(said, 2);
    cli_expect_in(said->err, "bad.csv:2: column 'speedup'");
    cli_expect_exit(reproduce("bad.csv --format yaml"), 2);
    cli_expect_exit(reproduce("bad.csv --tolerance 100"), 2);
    cli_expect_exit(reproduce("bad.csv --measured a --output b"), 2);
    cli_expect_exit(run_suite("steady", "--device null --output one --quiet"), 0);
    alter("one/run.json", "\"status\":", "\"interrupted\"");
    said = reproduce("one");
    cli_expect_exit(said, 2);
    cli_expect_in(said->err, "bench run --resume one");
}

/* Of the kind that the claims are of, whatever this host has besides. */
Test(reproduce, the_device_is_of_the_kind_that_was_measured)
{
    cli_expect_exit(run_suite("steady", "--device null --output one --quiet"), 0);
    cli_expect_exit(cli_bench("reproduce one --output two --quiet"), 0);
    cli_expect_exit(cli_bench("reproduce one/your_perf_data.json --kernels nowhere --output three"),
                    1); /* nothing can be run */
    struct bench_json_doc *doc = run_read("two/run.json");
    const struct bench_json *device = bench_json_get(bench_json_root(doc), "device");
    cr_expect_str_eq(run_text(device, "kind"), "null");
    bench_json_free(doc);
}

Test(reproduce, a_device_that_is_not_there_is_no_verdict)
{
    cli_expect_exit(run_suite("steady", "--device null --output one --quiet"), 0);
    cli_expect_exit(cli_bench("reproduce one --device null:no --output two"), 2);
}
