/* bench nightly: nights in miniature, on the null device. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "run_support.h"

static void enter(void)
{
    cli_enter_folder();
    setenv("BENCH_HISTORY", "", 1); /* nights record in a file of their own here */
}

TestSuite(nightly, .init = enter, .fini = cli_leave_folder, .timeout = 480);

/* A night of the suite night.json with the operators of k/; `options` are separated by blanks. */
static const struct bench_process_result *night(const char *options)
{
    char *all = bench_xprintf("nightly night.json --kernels k --device null --no-confirm --quiet "
                              "--history h.db %s",
                              options);
    const struct bench_process_result *result = cli_bench(all);
    free(all);
    return result;
}

/* An operator whose implementations take these times, by the null device's scripts. */
static void write_operator(const char *name, const char *candidate, const char *reference)
{
    char *path = bench_xprintf("k/%s/%s.json", name, name);
    char *text = bench_xprintf(
        "{\"name\": \"%s\", \"category\": \"custom\", \"description\": \"Scripted.\", \"dtypes\": "
        "[\"float32\"], \"dims\": [\"n*\"], \"inputs\": [{\"name\": \"x\", \"shape\": \"case\", "
        "\"fill\": {\"constant\": 1}}], \"outputs\": [{\"name\": \"out\", \"shape\": \"case\"}], "
        "\"bytes\": \"8 * numel\", \"flops\": \"numel\", \"implementations\": [{\"name\": "
        "\"candidate\", \"description\": \"Scripted.\", \"provider\": \"null\", \"entry\": "
        "\"%s\"}, {\"name\": \"reference\", \"description\": \"Scripted.\", \"provider\": "
        "\"null\", \"entry\": \"%s\"}]}",
        name, candidate, reference);
    cli_write(path, text);
    free(text);
    free(path);
}

static void write_suite(void)
{
    cli_write("night.json",
              "{\"name\": \"night\", \"description\": \"Three operators.\", \"dtypes\": "
              "[\"float32\"], \"roles\": {\"candidate\": \"candidate\", \"reference\": "
              "\"reference\"}, \"settings\": {\"seed\": 4, \"rounds\": 24, \"do_bench\": false}, "
              "\"operators\": [{\"operator\": \"alpha\", \"shapes\": [[64], [128], [256], [512]]}, "
              "{\"operator\": \"beta\", \"shapes\": [[64], [128], [256]]}, {\"operator\": "
              "\"gamma\", \"shapes\": [[64], [128], [256]]}]}");
}

static void write_good_operators(void)
{
    write_suite();
    write_operator("alpha", "lognormal(100000, 0.001)", "lognormal(150000, 0.001)");
    write_operator("beta", "lognormal(120000, 0.001)", "lognormal(130000, 0.001)");
    write_operator("gamma", "lognormal(110000, 0.001)", "lognormal(200000, 0.001)");
}

/* The night that was begun as the `number`th, from 1. Their names are dates, and "-2" and on where
 * there was one on that day: the second may be the first of another day. */
static struct bench_json_doc *read_night(size_t number)
{
    char **names = NULL, *path = NULL;
    size_t count = 0, nights = 0;
    cr_assert_eq(bench_file_list("nights", &names, &count, NULL), 0);
    for (size_t i = 0; i < count && path == NULL; i++)
        if (names[i][0] == '2' && ++nights == number)
            path = bench_xprintf("nights/%s/night.json", names[i]);
    cr_assert_not_null(path, "no night %zu", number);
    struct bench_json_doc *doc = run_read(path);
    free(path);
    bench_file_list_free(names, count);
    return doc;
}

Test(nightly, an_empty_history_is_switched_off_and_no_alarm)
{
    write_good_operators();
    const struct bench_process_result *said = cli_bench(
        "nightly night.json --kernels k --device null --no-confirm --quiet --skip report");
    cli_expect_exit(said, 0);
    cli_expect_in(said->out, "no history: $BENCH_HISTORY is empty\n");
}

#define WITHOUT_REST "--skip compare --skip history --skip report"

Test(nightly, a_night_leaves_its_folder_and_says_what_it_was)
{
    write_good_operators();
    const struct bench_process_result *said = night(WITHOUT_REST " --notify cat>said");
    cli_expect_exit(said, 0);
    cli_expect_in(said->out, ": good, scripted times\n");
    cli_expect_in(said->out, "10 cases of 3 operators; 2 of 3 operators selected: alpha, gamma; ");
    cli_expect_in(said->out, "not compared: --skip compare\n");
    cli_expect_in(said->out, "no history: --skip history\n");
    char *summary = NULL, *notified = NULL;
    cr_assert_eq(bench_file_read("nights/latest/summary.txt", 0, &summary, NULL, NULL), 0);
    cr_assert_eq(bench_file_read("said", 0, &notified, NULL, NULL), 0);
    cr_expect_str_eq(summary, said->out);
    cr_expect_str_eq(notified, said->out);
    free(summary);
    free(notified);
    static const char *const files[] = {"suite.json",   "validate.json",
                                        "run/run.json", "run/selected_batch1.json",
                                        "log/run.txt",  "log/select.txt"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char *path = bench_path_join("nights/latest", files[i]);
        cr_expect(bench_file_exists(path), "%s", path);
        free(path);
    }
    struct bench_json_doc *doc = read_night(1);
    const struct bench_json *root = bench_json_root(doc);
    cr_expect_str_eq(run_text(root, "status"), "finished");
    cr_expect_eq(run_number(root, "exit_code"), 0);
    const struct bench_json *ops = bench_json_get(root, "operators");
    cr_assert_eq(bench_json_size(ops), 3);
    cr_expect_gt(run_number(bench_json_first(ops), "seconds"), 0);
    struct bench_json_doc *run = run_read("nights/latest/run/run.json");
    char *name = bench_xprintf("run-%s", run_text(root, "night"));
    cr_expect_str_eq(run_text(bench_json_root(run), "run"), name);
    free(name);
    bench_json_free(run);
    bench_json_free(doc);
}

Test(nightly, a_first_night_names_what_fails)
{
    write_good_operators();
    write_operator("beta", "crash", "lognormal(130000, 0.001)");
    const struct bench_process_result *said = night(WITHOUT_REST);
    cli_expect_exit(said, 1);
    cli_expect_in(said->out, ": ALARM (3), scripted times\n");
    cli_expect_in(said->out, "- crashed: beta float32 [64]: the candidate (candidate) is crashed");
}

Test(nightly, a_notification_that_fails_is_said_and_changes_nothing)
{
    write_good_operators();
    const struct bench_process_result *said = night(WITHOUT_REST " --notify false");
    cli_expect_exit(said, 0);
    cli_expect_in(said->err, "warning: --notify: 'false' failed (exit code 1)");
}

Test(nightly, a_budget_takes_turns_and_names_what_it_leaves_out)
{
    write_good_operators();
    /* No night has told what a case takes: 0.9 s are assumed, so two operators fit into 7 s. */
    const struct bench_process_result *said = night(WITHOUT_REST " --budget 7s");
    cli_expect_exit(said, 0);
    cli_expect_in(said->out, "7 cases of 2 operators");
    cli_expect_in(said->out, "left out by the budget of 7 s: gamma (3)\n");
    /* The one that was never measured comes first; then there is time for all, whatever the machine
     * did while the others were measured. */
    said = night(WITHOUT_REST " --budget 200s");
    cli_expect_exit(said, 0);
    cli_expect_in(said->out, "10 cases of 3 operators");
    struct bench_json_doc *doc = run_read("nights/latest/suite.json");
    const struct bench_json *first =
        bench_json_first(bench_json_get(bench_json_root(doc), "operators"));
    cr_expect_str_eq(run_text(first, "operator"), "gamma");
    bench_json_free(doc);
}

Test(nightly, a_night_without_its_device_fails_with_its_exit_code)
{
    write_good_operators();
    const struct bench_process_result *said =
        cli_bench("nightly night.json --kernels k --device cuda:99 --quiet --notify cat>said");
    cli_expect_exit(said, 3);
    cli_expect_in(said->out, ": FAILED (1)\n- step: `bench run` ended with exit code 3, see "
                             "log/run.txt: device cuda:99: ");
    cr_expect(bench_file_exists("said"), "somebody must hear of it");
    cr_expect_not(bench_file_exists("nights/latest"));
}

Test(nightly, a_suite_needs_no_description)
{
    write_good_operators();
    cli_write("night.json",
              "{\"name\": \"night\", \"dtypes\": [\"float32\"], \"roles\": {\"candidate\": "
              "\"candidate\", \"reference\": \"reference\"}, \"settings\": {\"seed\": 4, "
              "\"rounds\": 24}, \"operators\": [{\"operator\": \"alpha\", \"shapes\": [[64]]}]}");
    const struct bench_process_result *said = night(WITHOUT_REST);
    cli_expect_exit(said, 0);
    cli_expect_in(said->out, "1 case of 1 operator");
}

Test(nightly, bad_usage_begins_no_night)
{
    write_good_operators();
    cli_expect_exit(cli_bench("nightly nothing.json --kernels k"), 2);
    cli_expect_exit(night("--budget soon"), 2);
    cli_expect_exit(night("--skip run"), 2);
    cli_expect_exit(cli_bench("nightly --operators x --budget 2h"), 2);
    cli_expect_exit(cli_bench("nightly --operators x night.json"), 2);
    cli_expect_exit(cli_bench("nightly --operators x --suite night.json"), 2);
    cli_expect_exit(cli_bench("nightly --suite a.json night.json"), 2);
    cli_expect_in(cli_bench("nightly --suite nothing.json --kernels k")->err, "nothing.json");
    cli_expect_exit(cli_bench("nightly --operators no-such-folder"), 2);
    cli_expect_exit(night("--against x --skip compare"), 2);
    cli_expect_in(night("--against no-such-night")->err, "--against no-such-night: no such folder");
    cli_expect_exit(cli_bench("nightly --accept nights/no"), 2);
    cr_expect_not(bench_file_exists("nights/latest"));
    cr_assert_eq(bench_file_remove_tree("nights", NULL), 0);
    const struct bench_process_result *said = cli_bench("nightly --resume");
    cli_expect_exit(said, 0);
    cli_expect_in(said->out, "no night is in this folder: there is nothing to resume");
    cr_expect_not(bench_file_exists("nights"), "nobody asked for a folder");
}

static void replace_at(char *text, const char *what, const char *by)
{
    cr_assert_not_null(text, "no %s", what);
    char *at = strstr(text, what);
    cr_assert_not_null(at, "no %s", what);
    cr_assert_eq(strlen(what), strlen(by));
    memcpy(at, by, strlen(by));
}

/* The latest night as it would be had it been killed in the first of these steps. */
static void unfinish(const char *step, const char *later)
{
    char *text = NULL;
    cr_assert_eq(bench_file_read("nights/latest/night.json", 0, &text, NULL, NULL), 0);
    replace_at(text, "\"status\": \"finished\"", "\"status\": \"running\" ");
    replace_at(strstr(text, step), "\"done\"", "\"due\" ");
    replace_at(strstr(text, later), "\"done\"", "\"due\" ");
    cli_write("nights/latest/night.json", text);
    free(text);
}

static void cut_journal(size_t lines)
{
    char *text = NULL;
    cr_assert_eq(bench_file_read("nights/latest/run/journal.jsonl", 0, &text, NULL, NULL), 0);
    char *end = text;
    for (size_t i = 0; i < lines; i++) {
        end = strchr(end, '\n');
        cr_assert_not_null(end);
        end++;
    }
    *end = '\0';
    cli_write("nights/latest/run/journal.jsonl", text);
    free(text);
    cr_assert_eq(bench_file_read("nights/latest/run/run.json", 0, &text, NULL, NULL), 0);
    replace_at(text, "\"status\": \"finished\"", "\"status\": \"running\" ");
    cli_write("nights/latest/run/run.json", text);
    free(text);
}

Test(nightly, a_night_that_was_killed_goes_on_where_it_was)
{
    write_good_operators();
    cli_expect_exit(night(WITHOUT_REST), 0);
    cut_journal(6);
    unfinish("\"run\": {", "\"select\": {");
    const struct bench_process_result *said = cli_bench("nightly --resume");
    cli_expect_exit(said, 0);
    cli_expect_in(said->out, ": good, scripted times\n10 cases of 3 operators; 2 of 3 operators");
    struct bench_json_doc *doc = run_read("nights/latest/run/run.json");
    cr_expect_eq(bench_json_size(bench_json_get(bench_json_root(doc), "resumed")), 1);
    bench_json_free(doc);
    said = cli_bench("nightly --resume");
    cli_expect_in(said->out, "there is nothing to resume");
}

/* ---- two nights ---- */

#define WITHOUT_PAGE "--skip report"

static size_t count_alarms(const struct bench_json *root)
{
    return bench_json_size(bench_json_get(root, "alarms"));
}

static bool has_alarm(const struct bench_json *root, const char *kind, const char *part)
{
    for (const struct bench_json *a = bench_json_first(bench_json_get(root, "alarms")); a;
         a = bench_json_next(a))
        if (strcmp(run_text(a, "kind"), kind) == 0 && strstr(run_text(a, "text"), part) != NULL)
            return true;
    return false;
}

Test(nightly, the_same_again_is_good_and_is_compared)
{
    write_good_operators();
    cli_expect_exit(night(WITHOUT_PAGE), 0);
    const struct bench_process_result *said = night(WITHOUT_PAGE " --seed 77");
    cli_expect_exit(said, 0);
    cli_expect_in(said->out, ": good, ");
    cli_expect_in(said->out, "compared with nights/2");
    cr_expect(bench_file_exists("nights/latest/compare.json"));
}

/* Of three operators one is slower, one crashes in a case, one is as it was. */
Test(nightly, what_is_worse_is_reported_and_nothing_else)
{
    write_good_operators();
    cli_expect_exit(night(WITHOUT_PAGE), 0);
    write_operator("alpha", "lognormal(130000, 0.001)", "lognormal(150000, 0.001)");
    write_operator("beta", "crash", "lognormal(130000, 0.001)");
    const struct bench_process_result *said = night("");
    cli_expect_exit(said, 1);
    cli_expect_in(said->out, ": REGRESSION (2), ");
    struct bench_json_doc *doc = run_read("nights/latest/night.json");
    const struct bench_json *root = bench_json_root(doc);
    cr_expect_eq(count_alarms(root), 2, "in:\n%s", said->out);
    cr_expect(has_alarm(root, "slower", "alpha"), "in:\n%s", said->out);
    cr_expect(has_alarm(root, "broke", "beta"), "in:\n%s", said->out);
    bench_json_free(doc);
    /* The page begins with it. */
    char *page = NULL;
    cr_assert_eq(bench_file_read("nights/latest/report.html", 0, &page, NULL, NULL), 0);
    cli_expect_in(page, "\"night\":{\"against\":\"nights/2");
    cli_expect_in(page, "[\"broke\",\"beta ");
    cli_expect_in(page, "[\"slower\",\"alpha ");
    free(page);

    /* That night is no standard for the next one, until somebody says so. */
    said = night(WITHOUT_PAGE);
    cli_expect_exit(said, 1);
    cli_expect_in(said->out, ": REGRESSION (2), ");
    cli_expect_exit(cli_bench("nightly --accept nights/latest"), 0);
    said = night(WITHOUT_PAGE);
    cli_expect_exit(said, 0);
    cli_expect_in(said->out, ": good, ");
}

/* The alarm is for candidates; but without its reference nobody is selected, and that has a cause.
 */
Test(nightly, references_that_are_gone_are_told_once)
{
    write_good_operators();
    cli_expect_exit(night("--skip report --skip history"), 0);
    write_operator("alpha", "lognormal(100000, 0.001)", "crash");
    write_operator("gamma", "lognormal(110000, 0.001)", "crash");
    const struct bench_process_result *said = night("--skip report --skip history");
    cli_expect_exit(said, 0);
    cli_expect_in(said->out, "unsure: alpha: in 4 cases its reference was ok and is crashed now: ");
    cli_expect_in(said->out, "; and 1 more reference or baseline is gone\n");
    cr_expect_null(strstr(said->out, "gamma: in"), "%s", said->out);
}

Test(nightly, what_takes_a_run_takes_a_night)
{
    static const char *const commands[] = {
        "compare nights/latest nights/latest",
        "report nights/latest --format csv",
        "select nights/latest --quiet",
        "validate nights/latest --quiet",
        "reproduce nights/latest --kernels k --measured nights/latest --quiet",
        "history import --db other.db nights",
        "history import --db other.db nights/latest"};
    write_good_operators();
    cli_expect_exit(night(WITHOUT_REST), 0);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        cli_expect_exit(cli_bench(commands[i]), 0);
    cli_expect_in(cli_bench("history import --db other.db nights")->out, "1 there already");
    /* The page is the night's. */
    const struct bench_process_result *said = cli_bench("report nights/latest");
    cli_expect_exit(said, 0);
    cr_expect_str_eq(said->out, "nights/latest/report.html\n");
    cr_expect(bench_file_exists("nights/latest/report.html"));
    cr_expect_not(bench_file_exists("nights/latest/run/report.html"));
}

Test(nightly, what_could_not_be_compared_was_not)
{
    write_good_operators();
    const struct bench_process_result *said = night("--skip report --op alpha");
    cli_expect_exit(said, 0);
    said = night("--skip report --op beta --against nights/latest");
    cli_expect_exit(said, 4);
    cli_expect_in(said->out, ": ALARM (1), scripted times\n- step: `bench compare` ended with exit "
                             "code 2, see log/compare.txt: ");
    cli_expect_in(said->out, "have no case in common");
    cr_expect_null(strstr(said->out, "compared with"), "%s", said->out);
    struct bench_json_doc *doc = read_night(2);
    const struct bench_json *with = bench_json_get(bench_json_root(doc), "compared_with");
    cr_expect_eq(bench_json_type(with), BENCH_JSON_NULL);
    bench_json_free(doc);
    cr_expect_not(bench_file_exists("nights/latest/compare.json"), "there is no answer");
}

/* With a budget, an operator is compared with the night that measured it last. */
Test(nightly, turns_are_compared_with_the_turn_before)
{
    write_good_operators();
    cli_expect_exit(night(WITHOUT_PAGE " --op alpha --op beta"), 0);
    cli_expect_exit(night(WITHOUT_PAGE " --op gamma"), 0);
    cli_expect_exit(night(WITHOUT_PAGE " --op beta"), 0); /* the others have not vanished */
    write_operator("alpha", "lognormal(130000, 0.001)", "lognormal(150000, 0.001)");
    const struct bench_process_result *said = night(WITHOUT_PAGE);
    cli_expect_exit(said, 1);
    cli_expect_in(said->out, ": REGRESSION (1), ");
    cli_expect_in(said->out, "- slower: alpha");
}
