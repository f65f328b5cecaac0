/* bench history, and what `bench run` records. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "run_support.h"

TestSuite(cli_history, .init = cli_enter_folder, .fini = cli_leave_folder, .timeout = 300);

/* ---- recording ---- */

Test(cli_history, a_run_is_recorded_where_it_is_told)
{
    const struct bench_process_result *r = run_suite("steady", "--device null --history a/h.db");
    cli_expect_exit(r, 0);
    cli_expect_in(r->err, "runs are recorded in a/h.db from now on");
    r = run_suite("steady", "--device null --history a/h.db");
    cr_assert_null(strstr(r->err, "from now on"), "it is said once:\n%s", r->err);
    r = cli_bench("history --db a/h.db");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "2 runs, 12 results");
    cli_expect_in(r->out, "scripted times (null)");
    cli_expect_exit(cli_bench("history check --full --db a/h.db"), 0);
}

/* Scripted times go into no history that was not named for them, other runs into the default one.
 */
Test(cli_history, the_default_place_is_for_real_devices)
{
    static const char suite[] =
        "{\"name\": \"cpu\", \"dtypes\": [\"float32\"], \"roles\": {\"candidate\": \"right\"}, "
        "\"settings\": {\"rounds\": 2, \"seed\": 1, \"aa\": false}, \"operators\": [{\"operator\": "
        "\"faulty\", \"shapes\": [[64]], \"params\": [{}]}]}";
    char *run = bench_xprintf("run --suite cpu.json --kernels %s/kernels --device cpu --quiet",
                              getenv("BENCH_TEST_RESOURCES"));
    cli_write("cpu.json", suite);
    setenv("BENCH_HISTORY", "default.db", 1);
    cli_expect_exit(run_suite("steady", "--device null --quiet"), 0);
    cli_expect_exit(run_suite("steady", "--device null --history default.db --no-history"), 0);
    cr_assert_not(bench_file_exists("default.db"));
    cli_expect_exit(cli_bench(run), 0);
    cli_expect_in(cli_bench("history")->out, "default.db: 1 run, 1 result,");
    setenv("BENCH_HISTORY", "", 1);
    const struct bench_process_result *r = cli_bench("history");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "$BENCH_HISTORY is empty");
    free(run);
}

/* The run's own answer is not touched, and what is to be done later is said as a command. */
Test(cli_history, a_run_that_cannot_be_recorded_loses_nothing)
{
    cli_write("notes.db", "this is a text, and no database, however long one looks at it; indeed "
                          "it is longer than the hundred bytes of a header.");
    const struct bench_process_result *r =
        run_suite("steady", "--device null --output r --history notes.db");
    cli_expect_exit(r, 0);
    cli_expect_in(r->err, "the results are complete, but are not in the history: notes.db: ");
    cli_expect_in(r->err, "bench history import --db notes.db r\n");
    cr_assert(bench_file_exists("r/your_perf_data.json"));
    cli_expect_exit(cli_bench("history import --db h.db r"), 0);
    cli_expect_in(cli_bench("history --db h.db")->out, "1 run, 6 results");
}

/* Overwrites a part of a text file with one of the same length. */
static void change(const char *path, const char *from, const char *to)
{
    struct bench_err err = {0};
    char *text;
    size_t length;
    cr_assert_eq(bench_file_read(path, 0, &text, &length, &err), 0, "%s", err.message);
    char *at = strstr(text, from);
    cr_assert_not_null(at, "no '%s' in %s", from, path);
    memcpy(at, to, strlen(to));
    cr_assert_eq(bench_file_write_atomic(path, text, length, &err), 0, "%s", err.message);
    free(text);
}

Test(cli_history, an_unfinished_run_is_no_part_of_it)
{
    cli_expect_exit(run_suite("steady", "--device null --output done --quiet"), 0);
    cli_expect_exit(run_suite("steady", "--device null --output cut --quiet"), 0);
    change("cut/run.json", "\"status\": \"finished\"", "\"status\": \"failed\"  ");
    const struct bench_process_result *r = cli_bench("history import --db h.db cut done");
    cli_expect_exit(r, 1);
    cli_expect_in(r->err, "passed over: cut");
    cli_expect_in(r->out, "1 run recorded, 1 passed over: h.db");
}

/* ---- importing ---- */

Test(cli_history, a_folder_of_runs_is_imported_once)
{
    for (int i = 0; i < 3; i++)
        cli_expect_exit(run_suite("steady", "--device null --quiet"), 0);
    cli_expect_exit(run_suite("deaths", "--device null --quiet --timeout 8"), 1);
    cli_write("results/notes.txt", "not a run");
    cli_write("results/broken/run.json", "{\"format\": 1, ");
    const struct bench_process_result *r = cli_bench("history import --db h.db results");
    cli_expect_exit(r, 1);
    cli_expect_in(r->err, "passed over: results/broken/run.json:1:");
    cli_expect_in(r->out, "4 runs recorded, 1 passed over: h.db\n");
    cr_assert_eq(bench_file_remove_tree("results/broken", NULL), 0);
    r = cli_bench("history import --db h.db results");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "0 runs recorded, 4 there already: h.db\n");
    /* The same run at another place is the same run. */
    cr_assert_eq(rename("results", "moved"), 0);
    cli_expect_in(cli_bench("history import --db h.db moved")->out, "0 runs recorded, 4 there");
    r = cli_bench("history export csv --db h.db");
    cli_expect_in(r->out, ",crashed,");
    cli_expect_in(r->out, "signal 11");
}

/* The device on which the journal says that a case was, by its shape. */
static const char *device_in_journal(const struct run_journal *journal, const char *shape)
{
    for (size_t i = 0; i < journal->count; i++) {
        const struct bench_json *line = bench_json_root(journal->lines[i]);
        const struct bench_json *first = bench_json_first(bench_json_get(line, "shape"));
        if (bench_json_number(first) == strtod(shape, NULL))
            return run_text(bench_json_get(line, "measured_on"), "name");
    }
    cr_assert_fail("no case of the shape %s", shape);
    return "";
}

/* Which device takes a case is a matter of chance, so the journal says which. */
Test(cli_history, each_case_is_recorded_with_its_device)
{
    static const char *const shapes[] = {"64", "128", "256"};
    struct run_journal journal;
    cli_expect_exit(run_suite("fleet", "--device null:model=1+null:model=2 --allow-mixed-devices "
                                       "--quiet --max-cases 3 --output r --history h.db"),
                    0);
    run_read_journal("r/journal.jsonl", &journal);
    char *csv = bench_xstrdup(cli_bench("history export csv --db h.db")->out);
    for (size_t i = 0; i < 3; i++) {
        size_t found = 0;
        char *shape = bench_xprintf(",[%s],", shapes[i]);
        char *device = bench_xprintf(",\"%s\",", device_in_journal(&journal, shapes[i]));
        for (char *line = csv, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
            *end = '\0';
            const bool is_case = strstr(line, shape) != NULL;
            found += is_case;
            cr_expect(!is_case || strstr(line, device) != NULL, "%s is not on%s", line, device);
            *end = '\n';
        }
        cr_expect_eq(found, 3, "%zu results of %s", found, shape);
        free(device);
        free(shape);
    }
    free(csv);
    /* Asked for one device, the overview tells of that one alone. Their names end in a digit. */
    const char *used = device_in_journal(&journal, shapes[0]);
    const char digit = used[strlen(used) - 1];
    char *only = bench_xprintf("history --db h.db --device %c", digit);
    char *others = bench_xprintf("model %c", digit == '1' ? '2' : '1');
    const struct bench_process_result *overview = cli_bench(only);
    cli_expect_in(overview->out, used);
    cr_expect_null(strstr(overview->out, others), "%s", overview->out);
    free(others);
    free(only);
    run_free_journal(&journal);
    cli_expect_in(cli_bench("history import --db h.db r")->out,
                  "0 runs recorded, 1 there already: ");
}

/* Each time of a night is there once, whether as a part or as the whole. */
Test(cli_history, shards_and_parts_are_recorded_once)
{
    cli_expect_exit(run_suite("steady", "--device null --output s1 --shard 1/2 --quiet --seed 3 "
                                        "--history h.db"),
                    0);
    cli_expect_exit(run_suite("steady", "--device null --output s2 --shard 2/2 --quiet --seed 3 "
                                        "--history h.db"),
                    0);
    cr_assert_not(bench_file_exists("h.db"), "a shard is no night");
    cli_expect_exit(cli_bench("merge m s1 s2 --history h.db"), 0);
    cli_expect_in(cli_bench("history --db h.db")->out, "1 run, 6 results");
    const struct bench_process_result *r = cli_bench("history import --db h.db s1 s2 m");
    cli_expect_exit(r, 0);
    cli_expect_in(r->err, "passed over: s1: a shard; ");
    cli_expect_in(r->out, "0 runs recorded, 1 there already, 2 passed over");
    /* Runs of other operators each, which were recorded by themselves. */
    char *kernels = bench_xprintf("%s/kernels", getenv("BENCH_TEST_RESOURCES"));
    cli_write(
        "two.json",
        "{\"name\": \"two\", \"dtypes\": [\"float32\"], \"roles\": {\"candidate\": \"base\"}, "
        "\"settings\": {\"rounds\": 4, \"seed\": 1}, \"operators\": [{\"operator\": \"paced\", "
        "\"shapes\": [[64]]}, {\"operator\": \"scripted\", \"shapes\": [[64]], \"roles\": "
        "{\"candidate\": \"steady\"}}]}");
    static const char *const operators[] = {"paced", "scripted"};
    for (int i = 0; i < 2; i++) {
        char *run = bench_xprintf("run two.json --kernels %s --device null --quiet --op %s "
                                  "--output %s --history two.db",
                                  kernels, operators[i], operators[i]);
        cli_expect_exit(cli_bench(run), 0);
        free(run);
    }
    cli_expect_exit(cli_bench("merge both paced scripted --history two.db"), 0);
    cli_expect_in(cli_bench("history --db two.db")->out, "2 runs, 2 results");
    r = cli_bench("history import --db two.db both");
    cli_expect_in(r->err, "passed over: both: its part paced is in the history by itself");
    free(kernels);
}

Test(cli_history, imports_that_make_no_sense)
{
    cli_write("empty/x", "");
    const struct bench_process_result *r = cli_bench("history import --db h.db nowhere empty");
    cli_expect_exit(r, 1);
    cli_expect_in(r->err, "passed over: nowhere: ");
    cli_expect_in(r->err, "passed over: empty: neither the folder of a run");
    r = cli_bench("history import --db h.db");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "name the folders of runs");
    cli_write("text.db", "this is a text, and no database, however long one looks at it; indeed "
                         "it is longer than the hundred bytes of a header.");
    r = cli_bench("history import --db text.db empty");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "text.db: ");
    cli_expect_in(r->err, "no SQLite database");
}

/* ---- showing ---- */

/* Runs with scripted times, one a "night": run.json is told to have started `day` days later. */
static void record_nights(const char *op, const char *implementation, int first, int end)
{
    const char *resources = getenv("BENCH_TEST_RESOURCES");
    char suite[600];
    snprintf(suite, sizeof suite,
             "{\"name\": \"nights\", \"dtypes\": [\"float32\"], \"roles\": {\"candidate\": "
             "\"%s\", \"baseline\": \"%s\"}, \"settings\": {\"rounds\": 4, \"seed\": 1, "
             "\"tune_rounds\": 1, \"warmup_rounds\": 1}, \"operators\": [{\"operator\": "
             "\"%s\", \"shapes\": [[64], [8, 16]]}]}",
             implementation, strcmp(op, "paced") == 0 ? "tenth_more" : "twice", op);
    cli_write("nights.json", suite);
    for (int i = first; i < end; i++) {
        char *command = bench_xprintf("run --suite nights.json --kernels %s/kernels --device null "
                                      "--quiet --output runs/%02d --no-history",
                                      resources, i);
        char *path = bench_xprintf("runs/%02d/run.json", i);
        char *started = bench_xprintf("\"started\": \"2026-10-%02dT", i + 1);
        cr_assert_geq(cli_bench(command)->exit_code, 0);
        change(path, "\"started\": \"", started);
        free(started);
        free(path);
        free(command);
    }
}

Test(cli_history, courses_say_how_many_runs_they_are_of)
{
    char command[600];
    record_nights("paced", "base", 0, 2);
    snprintf(command, sizeof command,
             "run --suite nights.json --kernels %s/kernels --device null --quiet --output runs/02 "
             "--no-history --max-cases 1",
             getenv("BENCH_TEST_RESOURCES"));
    cli_expect_exit(cli_bench(command), 0);
    change("runs/02/run.json", "\"started\": \"", "\"started\": \"2026-10-03T");
    cli_expect_exit(cli_bench("history import --db h.db runs"), 0);
    const struct bench_process_result *r = cli_bench("history --db h.db paced --ascii");
    cli_expect_in(r->out, "\n3 runs from 2026-10-01 to 2026-10-03\n\nfloat32 [64] ");
    cli_expect_in(r->out, "\n\n2 runs from 2026-10-01 to 2026-10-02\n\nfloat32 [8, 16] ");
    r = cli_bench("history --db h.db paced --steps");
    cr_expect_str_eq(r->out, "2 courses, 0 steps of 1 % or more\n");
}

Test(cli_history, a_course_shows_its_step)
{
    record_nights("paced", "base", 0, 12);
    record_nights("paced", "half_more", 12, 20);
    cli_expect_exit(cli_bench("history import --db h.db runs"), 0);
    const struct bench_process_result *r = cli_bench("history --db h.db paced --ascii");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "paced, candidate, on scripted times (null), kernel mode, cold cache; "
                          "steps are of the ratio to another role\n"
                          "20 runs from 2026-10-01 to 2026-10-20\n");
    cli_expect_in(r->out, "float32 [64] case=0\n  ____________########  14.91 µs  +50.0 %");
    cli_expect_in(r->out, "\n              1\n    1  2026-10-13  50.0 % slower (");
    cli_expect_in(r->out, ", the baseline is not; 9.943 µs to 14.91 µs\n");
    cli_expect_in(r->out, "between the runs 11 and 12\n");
    cli_expect_in(r->out, "candidate         base -> half_more\n");
    cli_expect_in(r->out, "2 courses, 2 steps of 1 % or more\n");
    cr_assert_null(strchr(r->out, '\033'), "no colors where there is no terminal");

    r = cli_bench("history --db h.db paced --shape 8x16 --since 2026-10-14 --ascii");
    cli_expect_in(r->out, "7 runs from 2026-10-14 to 2026-10-20\n");
    cli_expect_in(r->out, "1 course, 0 steps");
    r = cli_bench("history --db h.db aten::paced --dtype torch.float32 --last 10 --ascii");
    cli_expect_in(r->out, "10 runs from 2026-10-11");
    r = cli_bench("history --db h.db --since 2026-10-01");
    cli_expect_in(r->out, "2026-10-13  paced: 2 cases 50.0 % slower; candidate base to "
                          "half_more\n");
    setenv("LC_ALL", "C.UTF-8", 1);
    r = cli_bench("history --db h.db paced --role baseline");
    cli_expect_in(r->out, "▅▅▅▅");

    /* For programs. */
    r = cli_bench("history --db h.db paced --format json");
    cli_write("h.json", r->out);
    struct bench_json_doc *doc = run_read("h.json");
    const struct bench_json *course =
        bench_json_first(bench_json_get(bench_json_root(doc), "courses"));
    cr_assert_str_eq(run_text(course, "operator"), "paced");
    cr_assert_eq(bench_json_size(bench_json_get(course, "nights")), 20);
    const struct bench_json *step = bench_json_first(bench_json_get(course, "steps"));
    cr_assert_str_eq(run_text(step, "moved"), "candidate");
    cr_assert_str_eq(run_text(step, "run"), "12");
    cr_assert_float_eq(run_number(step, "ratio"), 1.5, 0.01);
    bench_json_free(doc);
}

Test(cli_history, what_begins_to_fail_is_said)
{
    record_nights("scripted", "steady", 0, 2);
    record_nights("scripted", "crash", 2, 4);
    cli_expect_exit(cli_bench("history import --db h.db runs"), 0);
    const struct bench_process_result *r = cli_bench("history --db h.db scripted --ascii");
    cli_expect_in(r->out, "xx  crashed, failing since 2026-10-03  failed in 2 of 4 runs\n");
    r = cli_bench("history --db h.db");
    cli_expect_in(r->out, "2026-10-03  scripted: 2 cases: failing since then, crashed\n");
}

Test(cli_history, exports_are_whole_and_exact)
{
    struct stat st;
    record_nights("paced", "base", 0, 2);
    cli_expect_exit(cli_bench("history import --db h.db runs"), 0);
    cli_expect_exit(cli_bench("history export json --db h.db --output all.json"), 0);
    struct bench_json_doc *doc = run_read("all.json");
    const struct bench_json *root = bench_json_root(doc);
    cr_assert_eq(bench_json_size(bench_json_get(root, "runs")), 2);
    const struct bench_json *run = bench_json_first(bench_json_get(root, "runs"));
    cr_assert_str_eq(run_text(run, "started") + 10, strchr(run_text(run, "started"), 'T'));
    cr_assert_str_eq(run_text(run, "run"), "00");
    const struct bench_json *course = bench_json_first(bench_json_get(root, "courses"));
    cr_assert_eq(bench_json_size(bench_json_get(course, "shape")), 1);
    const struct bench_json *results = bench_json_get(course, "results");
    cr_assert_geq(bench_json_size(results), 4);
    /* Digit for digit what the run wrote. */
    struct bench_json_doc *data = run_read("runs/00/your_perf_data.json");
    const struct bench_json *config =
        bench_json_first(bench_json_get(bench_json_get(bench_json_root(data), "paced"), "configs"));
    cr_assert_eq(run_number(bench_json_first(results), "time_ms"), run_number(config, "your_time"));
    bench_json_free(data);
    bench_json_free(doc);
    const struct bench_process_result *r = cli_bench("history export csv --db h.db --last 1");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "\npaced,float32,[64],\"{\"\"case\"\":0}\",01,");
    cr_assert_null(strstr(r->out, "}\",00,"));
    cli_expect_exit(cli_bench("history export csv --db h.db --output no/where/x.csv"), 0);
    cr_assert_eq(stat("no/where/x.csv", &st), 0);
}

/* ---- care ---- */

Test(cli_history, pruning)
{
    record_nights("paced", "base", 0, 4);
    cli_expect_exit(cli_bench("history import --db h.db runs"), 0);
    const struct bench_process_result *r =
        cli_bench("history prune --db h.db --before 2026-10-03 --dry-run");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "2 runs with ");
    cli_expect_in(r->out, "would be deleted");
    cli_expect_in(cli_bench("history prune --db h.db --before 2026-10-03")->out, " deleted: h.db");
    cli_expect_exit(cli_bench("history prune --db h.db --run 03"), 0);
    cli_expect_in(cli_bench("history --db h.db")->out, "h.db: 1 run,");
    cli_expect_exit(cli_bench("history prune --db h.db --run 03"), 2);
    cli_expect_exit(cli_bench("history prune --db no.db --before 1d"), 2);
    cr_assert_not(bench_file_exists("no.db"));
    cli_expect_exit(cli_bench("history check --db h.db"), 0);
}

Test(cli_history, bad_usage_is_said)
{
    const struct {
        const char *arguments, *words;
    } cases[] = {
        {"history --db no.db", "no.db: there is no such file. A history begins with the first"},
        {"history --db h.db nothing", "no run of the operator 'nothing' was recorded"},
        {"history --db h.db scripted --dtype float64", "no result of 'scripted' is left"},
        {"history --db h.db --role winner",
         "--role: found 'winner', expected candidate, reference or baseline"},
        {"history --db h.db --format xml", "--format: found 'xml', expected text or json"},
        {"history --db h.db --least 0", "--least is in per cent"},
        {"history --db h.db --since yesterday", "--since: 'yesterday' is no time"},
        {"history --db h.db --since 2026-02-31", "'2026-02-31' is no time"},
        {"history --db h.db scripted --shape 8by16", "--shape '8by16' is no shape"},
        {"history --db h.db --shape 8x16x", "is no shape"},
        {"history export --db h.db", "say the form first: csv or json"},
        {"history export xml --db h.db", "csv or json, not 'xml'"},
        {"history prune --db h.db", "say which runs"},
        {"history prune --db h.db --before soon", "'soon' is no time"},
    };
    cli_expect_exit(run_suite("steady", "--device null --quiet --history h.db"), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct bench_process_result *r = cli_bench(cases[i].arguments);
        cli_expect_exit(r, 2);
        cli_expect_in(r->err, cases[i].words);
    }
    static const char *const commands[] = {"history", "history import", "history export",
                                           "history check", "history prune"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        char *arguments = bench_xprintf("%s --help", commands[i]);
        cli_expect_exit(cli_bench(arguments), 0);
        free(arguments);
    }
}
