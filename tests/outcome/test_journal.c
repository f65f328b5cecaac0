/* Which lines of a journal count, what damage is, and samples. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../cli/run_support.h"
#include "bench/measure/stats.h"
#include "bench/outcome/outcome_time.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "bench/util/str.h"
#include "support.h"

#define JOURNAL "r/journal.jsonl"

TestSuite(journal, .init = cli_enter_folder, .fini = cli_leave_folder, .timeout = 300);

Test(journal, samples_are_those_that_the_time_is_the_median_of)
{
    outcome_run("winner", "--confirm", "r");
    struct bench_outcome *o = outcome_load("r", 0);
    const struct bench_outcome_case *c = outcome_case(o, "paced", "case=0");
    struct bench_err err = {0};
    for (size_t p = 0; p < 4; p++) {
        double *samples = NULL;
        size_t count = 0;
        cr_assert_eq(bench_outcome_samples(o, c, BENCH_CANDIDATE, p, &samples, &count, &err), 0,
                     "%s", err.message);
        cr_expect_geq(count, 16);
        cr_expect_float_eq(bench_median(samples, count), c->roles[BENCH_CANDIDATE].process_ms[p],
                           1e-9);
        free(samples);
    }
    double *none = NULL;
    size_t count = 1;
    cr_expect_eq(bench_outcome_samples(o, c, BENCH_BASELINE, 0, &none, &count, &err),
                 BENCH_EUNSUPPORTED);
    cr_expect_eq(bench_outcome_samples(o, c, BENCH_CANDIDATE, 4, &none, &count, &err),
                 BENCH_EUNSUPPORTED);
    cr_expect_null(none);
    cr_expect_eq(count, 0);
    cli_write(JOURNAL, "{}\n");
    cr_expect_eq(bench_outcome_samples(o, c, BENCH_CANDIDATE, 3, &none, &count, &err),
                 BENCH_EINPUT);
    cli_expect_in(err.message, "read it again");
    bench_outcome_free(o);
}

Test(journal, a_torn_last_line_does_not_count)
{
    outcome_run("winner", "", "r");
    outcome_edit("r/run.json", "\"finished\"", "\"interrupted\"");
    cr_assert_eq(remove("r/your_perf_data.json"), 0);
    cr_assert_eq(remove("r/flaggems_perf_data.json"), 0);
    outcome_cut(JOURNAL, 10);
    struct bench_outcome *o = outcome_load("r", BENCH_OUTCOME_UNFINISHED);
    cr_expect(outcome_has_note(o, "is torn"));
    cr_expect(outcome_has_note(o, "1 cases of r/journal.jsonl are there in part only"));
    cr_expect(outcome_has_note(o, "no performance data"));
    cr_expect_eq(outcome_case(o, "paced", "case=1")->roles[BENCH_CANDIDATE].standing,
                 BENCH_OUTCOME_OK);
    cr_expect_eq(outcome_case(o, "scripted", "")->roles[BENCH_CANDIDATE].standing,
                 BENCH_OUTCOME_ABSENT);
    cr_expect_not(o->operators[0].decisions[BENCH_OUTCOME_SPEEDUP].known);
    bench_outcome_free(o);
    char *text = NULL;
    struct bench_err err = {0};
    cr_assert_eq(bench_file_read(JOURNAL, 0, &text, NULL, &err), 0);
    char *ended = bench_xprintf("%s\n", text);
    cli_write(JOURNAL, ended);
    o = outcome_load("r", BENCH_OUTCOME_UNFINISHED);
    cr_expect(outcome_has_note(o, "is torn"), "a newline behind a part makes no line of it");
    bench_outcome_free(o);
    free(ended);
    free(text);
}

Test(journal, damage_elsewhere_is_refused_with_its_place)
{
    outcome_run("winner", "", "r");
    outcome_edit(JOURNAL, "\"status\":\"ok\"", "\"status\":\"okay\"");
    outcome_refused("r", 0, BENCH_EINPUT, "journal.jsonl:1:");
    outcome_edit(JOURNAL, "\"status\":\"okay\"", "\"status\":7");
    outcome_refused("r", 0, BENCH_EINPUT, "/status");
    outcome_edit(JOURNAL, "\"status\":7", "\"status\":");
    outcome_refused("r", 0, BENCH_EINPUT, "journal.jsonl:1:");
}

/* The lines of the case with this number, each as of a later session, with another time. */
static char *later_session(const char *text, const char *head, size_t lines)
{
    struct bench_str out;
    bench_str_init(&out);
    for (const char *line = text; line != NULL && *line != '\0'; line = strchr(line, '\n') + 1) {
        if (!bench_str_starts(line, head) || lines == 0)
            continue;
        const char *key = strstr(line, ",\"key\""), *samples = strstr(line, "\"elapsed_ns\":[");
        const char *end = strchr(line, '\n');
        bench_str_addn(&out, line, (size_t)(key - line));
        bench_str_add(&out, ",\"session\":1");
        if (samples != NULL && samples < end) {
            samples += strlen("\"elapsed_ns\":[");
            bench_str_addn(&out, key, (size_t)(samples - key));
            bench_str_add(&out, "77000,");
            bench_str_addn(&out, samples, (size_t)(end + 1 - samples));
        } else {
            bench_str_addn(&out, key, (size_t)(end + 1 - key));
        }
        lines--;
    }
    char *all = bench_str_take(&out);
    bench_str_fini(&out);
    return all;
}

Test(journal, of_a_case_the_last_whole_session_counts)
{
    struct bench_err err = {0};
    char *text = NULL;
    outcome_run("winner", "", "r");
    struct bench_outcome *o = outcome_load("r", 0);
    size_t rounds = outcome_case(o, "paced", "case=1")->roles[BENCH_CANDIDATE].rounds;
    bench_outcome_free(o);
    cr_assert_eq(bench_file_read(JOURNAL, 0, &text, NULL, &err), 0);
    char *again = later_session(text, "{\"case\":1,", 9);
    /* The first attempt lacks the line that a kill took; the second has all. */
    char *lost = strstr(text, "{\"case\":1,"), *rest = strchr(lost, '\n') + 1;
    char *both = bench_xprintf("%.*s%s%s", (int)(lost - text), text, rest, again);
    cli_write(JOURNAL, both);
    o = outcome_load("r", 0);
    cr_expect_eq(outcome_case(o, "paced", "case=1")->roles[BENCH_CANDIDATE].rounds, rounds + 1);
    cr_expect_eq(outcome_case(o, "paced", "case=1")->roles[BENCH_CANDIDATE].process_count, 1);
    cr_expect_not(outcome_has_note(o, "in part only"));
    bench_outcome_free(o);
    free(both);
    free(again);
    free(text);
}

Test(journal, intervals_of_medians)
{
    double samples[100], low, high;
    for (int i = 0; i < 100; i++)
        samples[i] = (i * 37) % 100 + 1; /* 1 … 100 in some order */
    bench_outcome_interval(samples, 100, 0, &low, &high);
    /* Ranks 40 and 61 of 100: P(B <= 39) = 0.0176. */
    cr_expect_eq(low, 40);
    cr_expect_eq(high, 61);
    bench_outcome_interval(samples, 100, 2, &low, &high);
    cr_expect_eq(low, 39);
    bench_outcome_interval(samples, 3, 0, &low, &high);
    cr_expect_eq(low, 1);
    cr_expect_eq(high, 75);
    bench_outcome_interval(samples, 0, 0, &low, &high);
    cr_expect(isnan(low) && isnan(high));
    bench_outcome_interval_of_quartiles(10, 9, 11, 100, &low, &high);
    cr_expect_float_eq(high - 10, 0.364, 0.001);
    cr_expect_float_eq(10 - low, 0.364, 0.001);
    bench_outcome_interval_of_quartiles(10, NAN, 11, 100, &low, &high);
    cr_expect(isnan(low));
}
