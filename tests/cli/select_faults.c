/*
 * What the Python tools that were written from the same plan got wrong in selecting, fault by
 * fault: `bench select`, the program, does not. And what it shares with them: --policy per-config
 * equals the plan.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/perf/json.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "bench/util/str.h"
#include "support.h"

TestSuite(select_fault, .init = cli_enter_folder, .fini = cli_leave_folder, .timeout = 300);

#define CONFIG(shape, your, cuda)                                                                  \
    "{\"shape\": [" #shape "], \"dtype\": \"float32\", \"your_time\": " #your                      \
    ", \"cuda_time\": " #cuda "}"
#define REFERENCE(shape, time)                                                                     \
    "{\"shape\": [" #shape "], \"dtype\": \"float32\", \"flaggems_time\": " #time "}"
#define GELU(configs) "{\"gelu\": {\"configs\": [" configs "]}}"
#define BATCH1                                                                                     \
    "select --batch 1 --your-data your.json --flaggems-data flaggems.json --output out.json"
#define BATCH2 "select --batch 2 --your-data your.json --output out.json"

static struct bench_json_doc *doc;

/* The member of an object of the selection; path as "operators/gelu/avg_relative_to_cuda". */
static const struct bench_json *member(const char *path)
{
    char *copy = bench_xstrdup(path), *rest = copy;
    const struct bench_json *v = bench_json_root(doc);
    for (char *key = strsep(&rest, "/"); key && v; key = strsep(&rest, "/"))
        v = bench_json_get(v, key);
    free(copy);
    return v;
}

static double number(const char *path)
{
    const struct bench_json *v = member(path);
    cr_assert_not_null(v, "there is no %s", path);
    cr_assert_eq(bench_json_type(v), BENCH_JSON_NUMBER, "%s is %s", path, bench_json_type_name(v));
    return bench_json_number(v);
}

static void read_selection(const char *path)
{
    struct bench_err err;
    bench_json_free(doc);
    cr_assert_eq(bench_json_read(path, 0, &doc, &err), 0, "%s", err.message);
}

static void expect_refused(const char *command, const char *message)
{
    const struct bench_process_result *r = cli_bench(command);
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, message);
    cli_expect_in(r->err, "nothing was written");
    cr_expect_not(bench_file_exists("out.json"));
}

Test(select_fault, an_operator_is_selected_on_one_passing_config)
{
    cli_write("your.json", GELU(CONFIG(1, 1, 10) "," CONFIG(2, 1, 0.1) "," CONFIG(3, 1, 0.1)));
    cli_expect_exit(cli_bench(BATCH2), 0);
    read_selection("out.json");
    cr_expect_null(member("operators/gelu"));
    cr_expect_eq(number("rejected/gelu/cases_passed"), 1);
}

Test(select_fault, the_average_covers_the_passing_configs_only)
{
    cli_write("your.json", GELU(CONFIG(1, 1, 4) "," CONFIG(2, 2, 1)));
    cli_expect_exit(cli_bench(BATCH2), 0);
    read_selection("out.json");
    cr_expect_float_eq(number("operators/gelu/avg_relative_to_cuda"), 0.70710678118654752, 1e-15);
    cr_expect_eq(number("operators/gelu/max_relative_to_cuda"), 2);
    cr_expect_eq(number("total_configs"), 2);
}

Test(select_fault, zero_cuda_time_is_a_crash)
{
    cli_write("your.json", GELU(CONFIG(1, 1, 0)));
    expect_refused(BATCH2, "/gelu/configs/0/cuda_time: found 0, expected a time");
    expect_refused(BATCH2 " --policy per-config", "/gelu/configs/0/cuda_time: found 0");
}

Test(select_fault, a_negative_time_is_selected)
{
    cli_write("your.json", GELU(CONFIG(1, -1, 1)));
    expect_refused(BATCH2, "/gelu/configs/0/your_time: found -1");
    expect_refused(BATCH2 " --policy per-config", "/gelu/configs/0/your_time: found -1");
}

Test(select_fault, empty_input_divides_by_zero)
{
    cli_write("your.json", "{}");
    cli_write("flaggems.json", "{}");
    static const char *const commands[] = {BATCH1, BATCH2, BATCH1 " --policy per-config",
                                           BATCH2 " --policy per-config --markdown page.md"};
    for (size_t i = 0; i < 4; i++) {
        const struct bench_process_result *r = cli_bench(commands[i]);
        cli_expect_exit(r, 0);
        cli_expect_in(r->err, "holds no operators");
        read_selection("out.json");
        cr_expect_eq(number("total_operators"), 0);
    }
}

/* 0.0004 is 0.000 in three decimals, and 1 / 0.000 no share of CUDA. */
Test(select_fault, very_fast_operators_crash_it_after_the_file_is_written)
{
    static const char *const policies[] = {BATCH2, BATCH2 " --policy per-config"};
    cli_write("your.json", GELU(CONFIG(1, 0.0004, 1)));
    for (size_t i = 0; i < 2; i++) {
        const struct bench_process_result *r = cli_bench(policies[i]);
        cli_expect_exit(r, 0);
        cli_expect_in(r->out, "gelu: 250000% of CUDA");
        read_selection("out.json");
        cr_expect_eq(number("operators/gelu/avg_relative_to_cuda"), 0.0004);
    }
}

Test(select_fault, nan_is_written_as_invalid_json)
{
    static const char *const words[] = {"NaN", "Infinity", "-Infinity", "nan", "1e999"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        char *text = bench_xprintf("{\"gelu\": {\"configs\": [{\"shape\": [1], \"dtype\": "
                                   "\"float32\", \"your_time\": %s, \"cuda_time\": 1}]}}",
                                   words[i]);
        cli_write("your.json", text);
        expect_refused(BATCH2, "your.json:1:");
        free(text);
    }
    /* What cannot be calculated is null. */
    cli_write("your.json", GELU(CONFIG(1, 1, 1) "," CONFIG(2, 1, 1)));
    cli_write("flaggems.json", "{}");
    cli_expect_exit(cli_bench(BATCH1), 0);
    read_selection("out.json");
    cr_expect_eq(bench_json_type(member("rejected/gelu/avg_speedup_vs_flaggems")), BENCH_JSON_NULL);
}

static void write_many(const char *path, const char *key, int count, int first)
{
    struct bench_str text;
    bench_str_init(&text);
    bench_str_add(&text, "{\"gelu\": {\"configs\": [");
    for (int i = 0; i < count; i++)
        bench_str_addf(&text,
                       "%s{\"shape\": [%d], \"dtype\": \"float32\", \"%s\": 1, \"cuda_time\": 1}",
                       i ? ",\n" : "", 1 + (first + i) % count, key);
    bench_str_add(&text, "]}}");
    cli_write(path, text.data);
    bench_str_fini(&text);
}

/* 200 operators of 2,000 configs took it 27.8 s. Here one has 150,000, each of whose partners
 * stands half a file away: a nested scan makes 17 thousand million comparisons, and the time limit
 * of these tests, which nothing else comes near, is for it. */
Test(select_fault, matching_is_a_nested_scan)
{
    write_many("your.json", "your_time", 150000, 0);
    write_many("flaggems.json", "flaggems_time", 150000, 75000);
    const struct bench_process_result *r = cli_bench(BATCH1 " --quiet");
    cli_expect_exit(r, 0);
    read_selection("out.json");
    cr_expect_eq(number("rejected/gelu/cases_compared"), 150000);
}

Test(select_fault, unmatched_configs_are_unreported)
{
    cli_write("your.json", GELU(CONFIG(1, 1, 1) "," CONFIG(2, 1, 1)));
    cli_write("flaggems.json", GELU(REFERENCE(1, 2) "," REFERENCE(3, 2)));
    const struct bench_process_result *r = cli_bench(BATCH1);
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "only 1 of 3 cases could be compared with the reference");
    read_selection("out.json");
    cr_expect_eq(number("rejected/gelu/cases"), 3);
    cr_expect_eq(number("rejected/gelu/cases_compared"), 1);
}

Test(select_fault, names_with_a_prefix_never_match)
{
    cli_write("your.json", "{\"aten::gelu\": {\"configs\": [{\"shape\": [1], \"dtype\": "
                           "\"torch.float32\", \"your_time\": 1, \"cuda_time\": 1}]}}");
    cli_write("flaggems.json", GELU(REFERENCE(1, 2)));
    cli_expect_exit(cli_bench(BATCH1), 0);
    read_selection("out.json");
    cr_expect_eq(number("operators/gelu/avg_speedup_vs_flaggems"), 2);
}

/* A reader sees the old selection or the new one; what cannot be written leaves the old one. */
Test(select_fault, writes_are_not_atomic)
{
    cli_write("your.json", GELU(CONFIG(1, 1, 1)));
    cli_write("out.json", "the old one");
    cr_assert_eq(symlink("out.json", "link.json"), 0);
    struct stat before, after;
    cr_assert_eq(stat("out.json", &before), 0);
    cli_expect_exit(cli_bench(BATCH2), 0);
    cr_assert_eq(stat("out.json", &after), 0);
    cr_expect_neq(before.st_ino, after.st_ino, "it was renamed to its place, not written there");
    char **names;
    size_t count;
    cr_assert_eq(bench_file_list(".", &names, &count, NULL), 0);
    for (size_t i = 0; i < count; i++)
        cr_expect(names[i][0] != '.' && !strstr(names[i], "tmp"), "'%s' was left", names[i]);
    bench_file_list_free(names, count);
}

Test(select_fault, the_output_folder_is_not_created)
{
    cli_write("your.json", GELU(CONFIG(1, 1, 1)));
    cli_expect_exit(cli_bench("select --batch 2 --your-data your.json --output a/b/c/out.json "
                              "--markdown d/e/page.md"),
                    0);
    cr_expect(bench_file_exists("a/b/c/out.json"));
    cr_expect(bench_file_exists("d/e/page.md"));
}

/* A wrong result settles it, and no time. */
Test(select_fault, wrong_results_are_said_and_are_no_point_estimates)
{
    cli_write("your.json",
              "{\"gelu\": {\"configs\": [], \"failed\": [{\"shape\": [1], \"dtype\": \"float32\", "
              "\"params\": {}, \"role\": \"candidate\", \"implementation\": \"c\", \"status\": "
              "\"wrong\", \"reason\": \"1 of 1 elements\"}]}}");
    const struct bench_process_result *r = cli_bench(BATCH2 " --markdown page.md");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "no: the candidate has no right result in 1 case, in float32 [1]: wrong");
    cr_expect_null(strstr(r->out, "point estimate"));
    char *page = NULL;
    cr_assert_eq(bench_file_read("page.md", 0, &page, NULL, NULL), 0);
    cr_expect_null(strstr(page, "point estimate"));
    free(page);
}

#define JUDGED(low, high, answer)                                                                  \
    "{\"gelu\": {\"run\": \"r\", \"configs\": [{\"shape\": [1], \"dtype\": \"float32\", "          \
    "\"your_time\": 1, \"cuda_time\": 1, \"stats\": {\"candidate\": {\"rounds\": 32}, "            \
    "\"relative_to_cuda\": {\"estimate\": 1, \"low\": " #low ", \"high\": " #high                  \
    ", \"stat_low\": " #low ", \"stat_high\": " #high                                              \
    ", \"threshold\": 1.25, \"answer\": \"" answer "\"}}}]}}"

Test(select_fault, no_spread_anywhere)
{
    cli_write("your.json", JUDGED(0.5, 2, "undetermined"));
    cli_write("every.json", "{\"name\": \"every\", \"field\": \"relative_to_cuda\", \"threshold\": "
                            "1.25, \"aggregate\": \"worst\"}");
    const struct bench_process_result *r = cli_bench(BATCH2 " --criteria every.json");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "(interval 0.5 to 2, of the cases') over 1 case: undetermined");
    cr_expect_null(strstr(r->out, "Decided by point estimate"));
    read_selection("out.json");
    cr_expect_eq(number("total_operators"), 0);
    cli_write("your.json", GELU(CONFIG(1, 1, 1)));
    r = cli_bench(BATCH2);
    cli_expect_in(r->out, "Decided by point estimate: the data tell no intervals");
    cli_write("your.json", JUDGED(2, 0.5, "pass"));
    cr_assert_eq(unlink("out.json"), 0);
    expect_refused(BATCH2, "/gelu/configs/0/stats/relative_to_cuda: this is no interval");
}

/* ---- what is the same ---- */

static const struct bench_process_result *plan_rule(const char *a, const char *b, const char *c)
{
    static struct bench_process_result result;
    static bool used;
    char *script = bench_xprintf("%s/selector/plan_rule.py", getenv("BENCH_TEST_RESOURCES"));
    const char *argv[] = {"python3", script, a, b, ".", c, NULL};
    struct bench_process_spec spec = {.argv = argv, .timeout_ms = 180000};
    struct bench_err err;
    if (used)
        bench_process_result_fini(&result);
    used = true;
    cr_assert_eq(bench_process_run(&spec, &result, &err), 0, "%s", err.message);
    free(script);
    return &result;
}

Test(select_fault, per_config_equals_the_plan_field_by_field)
{
    if (!bench_process_exists("python3"))
        cr_skip_test("python3 is not installed");
    for (int seed = 1; seed <= 5; seed++) {
        char text[16];
        snprintf(text, sizeof text, "%d", seed);
        cli_expect_exit(plan_rule("generate", text, NULL), 0);
        cli_expect_exit(cli_bench(BATCH1 " --policy per-config --quiet"), 0);
        const struct bench_process_result *r = plan_rule("compare", "1", "out.json");
        cr_expect_str_eq(r->out, "", "seed %d: %s", seed, r->err);
        cli_expect_exit(cli_bench(BATCH2 " --policy per-config --quiet"), 0);
        r = plan_rule("compare", "2", "out.json");
        cr_expect_str_eq(r->out, "", "seed %d: %s", seed, r->err);
    }
    /* A comparison that could not fail would show nothing. */
    cli_expect_exit(cli_bench(BATCH2 " --quiet"), 0);
    cli_expect_exit(plan_rule("compare", "2", "out.json"), 1);
}
