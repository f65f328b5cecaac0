/* bench compare, on runs of the null device whose times are scripted, and their planted changes. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "bench/util/str.h"
#include "run_support.h"

TestSuite(cli_compare, .init = cli_enter_folder, .fini = cli_leave_folder, .timeout = 480);

#define OPERATORS 5
#define EACH 4

/* An operator whose candidate takes `us`, or does what `entry` says; its reference twice as long.
 */
static void write_operator(const char *kernels, int number, double us, const char *entry)
{
    char *path = bench_xprintf("%s/night%d/night%d.json", kernels, number, number);
    char *time = bench_xprintf("lognormal(%.0f, 0.002)", us * 1000);
    char *text = bench_xprintf(
        "{\"name\": \"night%d\", \"category\": \"custom\", \"description\": \"Scripted.\", "
        "\"dtypes\": [\"float32\"], \"dims\": [\"n*\"], "
        "\"inputs\": [{\"name\": \"x\", \"shape\": \"case\", \"fill\": {\"constant\": 1}}], "
        "\"outputs\": [{\"name\": \"out\", \"shape\": \"case\"}], "
        "\"bytes\": \"1\", \"flops\": \"1\", \"implementations\": ["
        "{\"name\": \"candidate\", \"description\": \"c\", \"provider\": \"null\", \"entry\": "
        "\"%s\"}, "
        "{\"name\": \"reference\", \"description\": \"r\", \"provider\": \"null\", "
        "\"entry\": \"lognormal(%d, 0.002)\"}]}",
        number, entry != NULL ? entry : time, 2000 * (number + 1) * 20);
    cli_write(path, text);
    free(path);
    free(time);
    free(text);
}

static void write_suite(const char *path)
{
    struct bench_str text;
    bench_str_init(&text);
    bench_str_add(&text, "{\"name\": \"night\", \"description\": \"Scripted nights.\", "
                         "\"dtypes\": [\"float32\"], \"settings\": {\"rounds\": 40, "
                         "\"warmup_rounds\": 1, \"tune_rounds\": 1, \"confirm\": 3, \"seed\": 4}, "
                         "\"roles\": {\"candidate\": \"candidate\", \"reference\": \"reference\"}, "
                         "\"operators\": [");
    for (int i = 0; i < OPERATORS; i++) {
        bench_str_addf(&text, "%s{\"operator\": \"night%d\", \"shapes\": [", i ? ", " : "", i);
        for (int k = 1; k <= EACH; k++)
            bench_str_addf(&text, "%s[%d]", k > 1 ? ", " : "", k * 64);
        bench_str_add(&text, "]}");
    }
    bench_str_add(&text, "]}");
    cli_write(path, text.data);
    bench_str_fini(&text);
}

/* A night: operator 1's candidate takes `factor` times as long, operator 3's does `entry`. */
static void run_night(const char *folder, double factor, const char *entry, int code)
{
    for (int i = 0; i < OPERATORS; i++)
        write_operator("kernels", i, (i + 1) * 20 * (i == 1 ? factor : 1), i == 3 ? entry : NULL);
    write_suite("night.json");
    char *command = bench_xprintf(
        "run night.json --kernels kernels --device null --quiet --output %s --seed %d", folder,
        folder[0]);
    const struct bench_process_result *r = cli_bench(command);
    cr_assert_eq(r->exit_code, code, "%d: %s", r->exit_code, r->err);
    free(command);
}

/* The null device computes nothing, so that a wrong result can only be written into the journal. */
static void plant_wrong(const char *folder)
{
    struct bench_err err = {0};
    char *path = bench_path_join(folder, "journal.jsonl"), *text = NULL;
    cr_assert_eq(bench_file_read(path, 0, &text, NULL, &err), 0, "%s", err.message);
    char *line = strstr(text, "\"operator\":\"night2\"");
    char *ok = strstr(line, "\"status\":\"ok\",\"reason\":\"\"");
    cr_assert(line != NULL && ok != NULL);
    cr_assert_not_null(strstr(line, "\"candidate\""));
    const char wrong[] = "\"status\":\"wrong\",\"reason\":\"element 3 is 5, expected 4\"";
    char *all = bench_xprintf("%.*s%s%s", (int)(ok - text), text, wrong,
                              ok + strlen("\"status\":\"ok\",\"reason\":\"\""));
    cli_write(path, all);
    free(all);
    free(text);
    free(path);
}

static const struct bench_json *news_of(const struct bench_json_doc *doc, size_t index)
{
    const struct bench_json *news = bench_json_get(bench_json_root(doc), "news");
    return bench_json_at(news, index);
}

static struct bench_json_doc *compare_json(const char *command, int code)
{
    struct bench_json_doc *doc = NULL;
    struct bench_err err = {0};
    const struct bench_process_result *r = cli_bench(command);
    cli_expect_exit(r, code);
    cr_assert_eq(bench_json_parse("stdout", r->out, strlen(r->out), &doc, &err), 0, "%s",
                 err.message);
    return doc;
}

Test(cli_compare, three_planted_changes_are_told_and_nothing_else)
{
    run_night("a", 1, NULL, 0);
    run_night("b", 1, NULL, 0);
    struct bench_json_doc *doc = compare_json("compare a b --format json", 0);
    cr_expect_eq(run_number(bench_json_root(doc), "regressions"), 0);
    cr_expect_eq(bench_json_size(bench_json_get(bench_json_root(doc), "news")), 0);
    bench_json_free(doc);

    run_night("c", 1.03, "crash", 1);
    plant_wrong("c");
    doc = compare_json("compare a c --format json", 1);
    cr_expect_eq(run_number(bench_json_root(doc), "regressions"), 3);
    cr_assert_eq(bench_json_size(bench_json_get(bench_json_root(doc), "news")), 3);
    cr_expect_str_eq(run_text(news_of(doc, 0), "kind"), "broke");
    cli_expect_in(run_text(news_of(doc, 0), "sentence"),
                  "night2 float32 [64] was ok and is wrong now: element 3 is 5, expected 4");
    cr_expect_str_eq(run_text(news_of(doc, 1), "kind"), "broke");
    cli_expect_in(run_text(news_of(doc, 1), "sentence"),
                  "night3 in all its 4 cases was ok and is crashed now");
    cr_expect_str_eq(run_text(news_of(doc, 2), "kind"), "slower");
    cr_expect_str_eq(run_text(news_of(doc, 2), "operator"), "night1");
    cli_expect_in(run_text(news_of(doc, 2), "sentence"), "night1 is 3.0 % slower (95 %: ");
    bench_json_free(doc);

    doc = compare_json("compare c a --format json", 0);
    cr_assert_eq(bench_json_size(bench_json_get(bench_json_root(doc), "news")), 3);
    cr_expect_str_eq(run_text(news_of(doc, 0), "kind"), "faster");
    bench_json_free(doc);
}

Test(cli_compare, text_markdown_and_files)
{
    run_night("a", 1, NULL, 0);
    run_night("c", 1.05, NULL, 0);
    const struct bench_process_result *r = cli_bench("compare a c");
    cli_expect_exit(r, 1);
    cli_expect_in(r->out, "Regressions\n  night1 is 5.");
    cli_expect_in(r->out, "\n1 regression: 0 broke, 1 slower");
    cli_expect_in(r->out, "night1 float32 [64]");
    cr_expect_null(strstr(r->out, "night2 float32 [64]"));
    r = cli_bench("compare a c --all --threshold 10");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "night2 float32 [64]");
    cli_expect_in(r->out, "no regression");
    r = cli_bench("compare a c --format markdown --output out.md");
    cli_expect_exit(r, 1);
    cr_expect_str_eq(r->out, "");
    char *text = NULL;
    cr_assert_eq(bench_file_read("out.md", 0, &text, NULL, NULL), 0);
    cli_expect_in(text, "**Regressions**\n\n- night1 is 5.");
    cli_expect_in(text, "| operator | cases |");
    free(text);
    r = cli_bench("compare a c --quiet");
    cli_expect_exit(r, 1);
    cr_expect_str_eq(r->out, "");
    /* Files alone: what run.json has told is not known, the verdict is the same. */
    r = cli_bench("compare a/your_perf_data.json c/your_perf_data.json");
    cli_expect_exit(r, 1);
    cli_expect_in(r->out, "night1 is 5.");
    cli_expect_exit(cli_bench("compare --no-journal a c"), 1);
}

Test(cli_compare, bad_input_and_bad_usage)
{
    run_night("a", 1, NULL, 0);
    cli_expect_exit(cli_bench("compare"), 2);
    cli_expect_exit(cli_bench("compare a"), 2);
    const struct bench_process_result *r = cli_bench("compare a nowhere");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "nowhere");
    r = cli_bench("compare a a --format xml");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "text, json or markdown");
    cli_expect_exit(cli_bench("compare a a --threshold -1"), 2);
    cli_expect_exit(cli_bench("compare a a --false-alarms 0"), 2);
    cli_expect_exit(cli_bench("compare a a --format json --output a/run.json/x"), 4);
    cli_expect_exit(cli_bench("compare a a"), 0);
    cli_write("bad.json", "{\"gelu\": {\"configs\": [{\"shape\": [1], \"dtype\": \"float32\", "
                          "\"your_time\": -1, \"cuda_time\": 1}]}}");
    r = cli_bench("compare a bad.json");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "bad.json:1:");
    cli_expect_exit(run_suite("null", "--device null --quiet --output n"), 0);
    r = cli_bench("compare a n");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "no case in common");
}
