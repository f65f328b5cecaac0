/* The page: that its data are whole, and that nothing in them becomes markup. What it looks like
 * and does is tested in a browser (tests/report_page). */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "bench/perf/json.h"
#include "support.h"

TestSuite(report_page, .init = enter_report, .fini = leave_report);

static void make(const struct bench_report *report, const struct bench_outcome *newest)
{
    struct bench_err err = {0};
    bench_str_clear(&written);
    cr_assert_eq(
        bench_report_html(report, newest, "2026-11-22T20:00:00Z", 1000, to_text, &written, &err),
        BENCH_OK, "%s", err.message);
}

static void make_one(const struct bench_outcome *o)
{
    struct bench_report *report = bench_report_new();
    bench_report_add(report, o);
    make(report, o);
    bench_report_free(report);
}

/* The data of the page, as the browser's JSON.parse gets them. */
static struct bench_json_doc *page_data(void)
{
    static const char begin[] = "<script type=\"application/json\" id=\"data\">";
    struct bench_json_doc *doc = NULL;
    struct bench_err err = {0};
    const char *from = strstr(written.data, begin);
    cr_assert_not_null(from);
    from += strlen(begin);
    const char *end = strstr(from, "</script>");
    cr_assert_eq(bench_json_parse("data", from, (size_t)(end - from), &doc, &err), BENCH_OK, "%s",
                 err.message);
    return doc;
}

static const struct bench_json *at(const struct bench_json *v, const char *key)
{
    const struct bench_json *found = bench_json_get(v, key);
    cr_assert_not_null(found, "no %s", key);
    return found;
}

/* The i-th of a column, which is one value where all are the same. */
static double number(const struct bench_json *column, size_t i)
{
    const struct bench_json *v =
        bench_json_type(column) == BENCH_JSON_ARRAY ? bench_json_at(column, i) : column;
    return bench_json_number(v);
}

static const char *text(const struct bench_json *data, const struct bench_json *column, size_t i)
{
    return bench_json_string(bench_json_at(at(data, "text"), (size_t)number(column, i)));
}

Test(report_page, has_every_case_in_columns)
{
    struct bench_outcome *o = made_outcome(in_arena, 3, 5);
    make_one(o);
    struct bench_json_doc *doc = page_data();
    const struct bench_json *data = bench_json_root(doc), *cases = at(data, "cases");
    cr_expect_eq(bench_json_number(at(cases, "count")), 15);
    cr_expect_eq(bench_json_size(at(data, "operators")), 3);
    cr_expect_str_eq(text(data, at(cases, "dtype"), 3), "float16");
    cr_expect_str_eq(text(data, at(cases, "shape"), 3), "[64, 4]");
    const struct bench_json *times = at(cases, "time");
    cr_expect_eq(bench_json_type(bench_json_at(bench_json_at(times, 0), 0)), BENCH_JSON_NULL,
                 "what failed has no time");
    cr_expect_float_eq(number(bench_json_at(times, 1), 4), 0.01 * 0.9, 1e-9);
    cr_expect_eq(bench_json_type(bench_json_at(times, 2)), BENCH_JSON_NUMBER,
                 "a column of equal values is one");
    cr_expect_eq(number(at(at(cases, "speedup"), "answer"), 0), -1);
    cr_expect_eq(number(at(at(cases, "speedup"), "answer"), 1), BENCH_UNDETERMINED);
    cr_expect_eq(number(at(at(cases, "speedup"), "answer"), 2), BENCH_FAIL);
    cr_expect_eq(number(at(at(cases, "speedup"), "answer"), 9), BENCH_PASS);
    bench_json_free(doc);
}

Test(report_page, tells_what_failed_and_why)
{
    struct bench_outcome *o = made_outcome(in_arena, 2, 3);
    make_one(o);
    struct bench_json_doc *doc = page_data();
    const struct bench_json *data = bench_json_root(doc), *failures = at(data, "failures");
    cr_assert_eq(bench_json_size(failures), 1);
    const struct bench_json *f = bench_json_first(failures);
    cr_expect_eq(bench_json_number(bench_json_at(f, 0)), 0);
    cr_expect_eq(bench_json_number(bench_json_at(f, 1)), BENCH_CANDIDATE);
    const struct bench_json *texts = at(data, "text");
    cr_expect_str_eq(
        bench_json_string(bench_json_at(texts, (size_t)bench_json_number(bench_json_at(f, 2)))),
        "wrong");
    cr_expect_not_null(strstr(
        bench_json_string(bench_json_at(texts, (size_t)bench_json_number(bench_json_at(f, 3)))),
        "and 12 more"));
    bench_json_free(doc);
}

Test(report_page, takes_nothing_in_the_data_for_markup)
{
    struct bench_outcome *o = made_outcome(in_arena, 2, 3);
    make_hostile(o);
    make_one(o);
    cr_expect_eq(occurrences(written.data, "<script"), 3, "data, samples, and the page's own");
    cr_expect_eq(occurrences(written.data, "</script"), 3);
    cr_expect_eq(occurrences(written.data, "<style"), 1);
    cr_expect_eq(occurrences(written.data, "<!--"), 0);
    cr_expect_eq(occurrences(written.data, "</title>"), 1);
    cr_expect_eq(occurrences(written.data, "\x1b"), 0);
    const char *data = strstr(written.data, "id=\"data\"");
    cr_expect_null(strstr(data, "\xe2\x80\xa8"), "U+2028 as it is");
    struct bench_json_doc *doc = page_data();
    const struct bench_json *op = bench_json_first(at(bench_json_root(doc), "operators"));
    cr_expect_str_eq(bench_json_string(at(op, "name")), HOSTILE, "and nothing is lost");
    bench_json_free(doc);
}

Test(report_page, forbids_the_network_and_all_scripts_but_its_own)
{
    struct bench_outcome *o = made_outcome(in_arena, 1, 2);
    make_one(o);
    const char *policy = strstr(written.data, "http-equiv=\"Content-Security-Policy\"");
    cr_assert_not_null(policy);
    cr_expect_not_null(strstr(policy, "default-src 'none'; script-src 'sha256-"));
    cr_expect_null(strstr(written.data, "unsafe-"));
    cr_expect_eq(occurrences(written.data, "src="), 0);
    cr_expect_eq(occurrences(written.data, "<link"), 0);
    cr_expect_eq(occurrences(written.data, "{{"), 0, "everything was put in");
}

Test(report_page, shows_the_operators_without_a_script)
{
    struct bench_outcome *o = made_outcome(in_arena, 2, 3);
    make_one(o);
    const char *from = strstr(written.data, "<noscript>"),
               *end = strstr(written.data, "</noscript>");
    cr_assert(from && end && from < end);
    const char *row = strstr(from, "<td>op1</td><td>1.10× (1.09 to 1.11×)</td><td>fail</td>"
                                   "<td>100 % (99 to 101 %)</td><td>pass</td>");
    cr_expect(row && row < end);
}

Test(report_page, has_the_course_over_several_runs_and_its_changes)
{
    struct bench_report *report = bench_report_new();
    struct bench_outcome *first = made_outcome(in_arena, 2, 2),
                         *last = made_outcome(in_arena, 3, 2);
    first->id = "first";
    bench_report_add(report, first);
    bench_report_add(report, last);
    const struct bench_report_change change = {"op1", BENCH_OUTCOME_SPEEDUP,       1, 1.1,
                                               1.05,  "between driver 570 and 580"};
    bench_report_set_changes(report, &change, 1);
    make(report, last);
    bench_report_free(report);

    struct bench_json_doc *doc = page_data();
    const struct bench_json *data = bench_json_root(doc), *history = at(data, "history");
    cr_expect_eq(bench_json_size(at(data, "runs")), 2);
    cr_expect(bench_json_bool(at(data, "changes_known")));
    const struct bench_json *c = bench_json_first(at(data, "changes"));
    cr_expect_str_eq(bench_json_string(at(c, "text")), "between driver 570 and 580");
    cr_assert_eq(bench_json_size(history), 3);
    const struct bench_json *newcomer = at(bench_json_at(history, 2), "points");
    const struct bench_json *speedups = bench_json_first(newcomer);
    cr_expect_eq(bench_json_type(bench_json_at(speedups, 0)), BENCH_JSON_NULL, "not there yet");
    cr_expect_float_eq(bench_json_number(bench_json_at(bench_json_at(speedups, 1), 1)), 1.3, 1e-4);
    bench_json_free(doc);
}

/* `count` runs of one operator, its ratio within half a percent of 1.2, from run `step` on 5 % less
 * and with another driver. */
static void nights(size_t count, size_t step)
{
    struct bench_report *report = bench_report_new();
    for (size_t i = 0; i < count; i++) {
        struct bench_outcome *o = made_outcome(in_arena, 1, 2);
        struct bench_outcome_operator *op =
            (struct bench_outcome_operator *)(uintptr_t)&o->operators[0];
        struct bench_ratio *r = &op->decisions[BENCH_OUTCOME_SPEEDUP].ratio;
        r->estimate = 1.2 * (1 + 0.005 * ((double)(i * 7 % 5) - 2) / 2) * (i < step ? 1 : 0.95);
        r->low = r->stat_low = r->estimate * 0.995;
        r->high = r->stat_high = r->estimate * 1.005;
        o->id = bench_arena_printf(in_arena, "night-%zu", i);
        o->device.driver = i < step ? "570" : "580";
        bench_report_add(report, o);
    }
    bench_report_find_changes(report);
    make(report, made_outcome(in_arena, 1, 2));
    bench_report_free(report);
}

Test(report_page, finds_where_an_operator_changed_and_what_else_did)
{
    nights(30, 18);
    struct bench_json_doc *doc = page_data();
    const struct bench_json *changes = at(bench_json_root(doc), "changes");
    cr_assert_eq(bench_json_size(changes), 1);
    const struct bench_json *c = bench_json_first(changes);
    cr_expect_eq(bench_json_number(at(c, "run")), 18);
    cr_expect_eq(bench_json_number(at(c, "rule")), BENCH_OUTCOME_SPEEDUP);
    cr_expect_float_eq(bench_json_number(at(c, "after")) / bench_json_number(at(c, "before")), 0.95,
                       0.002);
    cr_expect_str_eq(bench_json_string(at(c, "text")),
                     "between night-17 and night-18; driver 570 → 580");
    bench_json_free(doc);
}

Test(report_page, finds_no_change_where_there_is_none_or_too_little_to_tell)
{
    nights(30, 30);
    struct bench_json_doc *doc = page_data();
    cr_expect(bench_json_bool(at(bench_json_root(doc), "changes_known")));
    cr_expect_eq(bench_json_size(at(bench_json_root(doc), "changes")), 0);
    bench_json_free(doc);
    nights(BENCH_REPORT_COURSE - 1, 4);
    doc = page_data();
    cr_expect_not(bench_json_bool(at(bench_json_root(doc), "changes_known")));
    bench_json_free(doc);
}
