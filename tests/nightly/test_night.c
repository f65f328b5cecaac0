/* night.json, the last good night, and the summary. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/nightly/look.h"
#include "bench/nightly/night.h"
#include "bench/nightly/summary.h"
#include "bench/util/file.h"

static char folder[] = "/tmp/bench-nights-XXXXXX";

static void enter(void)
{
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
}

static void leave(void)
{
    cr_assert_eq(chdir("/"), 0);
    bench_file_remove_tree(folder, NULL);
}

TestSuite(night, .init = enter, .fini = leave);

/* A finished one with the operators `a` and, if `both`, `b`. */
static void make(int64_t started, const char *device, bool regression, bool both)
{
    struct bench_night n;
    struct bench_err err = {0};
    struct bench_night_operator ops[] = {{"a", 2, 3.5, 0.25}, {"b", 1, NAN, 0}};
    cr_assert_eq(bench_night_new("nights", &n, &err), 0, "%s", err.message);
    n.status = "finished";
    n.started_s = started;
    n.device_kind = "cuda";
    n.device_name = device;
    n.device_asked = "auto";
    n.regression = regression;
    n.operators = ops;
    n.operator_count = both ? 2 : 1;
    cr_assert_eq(bench_night_write(&n, &err), 0, "%s", err.message);
    bench_night_fini(&n);
}

static struct bench_night tonight(const char *device)
{
    struct bench_night n;
    cr_assert_eq(bench_night_new("nights", &n, NULL), 0);
    n.started_s = 1000;
    n.device_kind = "cuda";
    n.device_name = device;
    n.device_asked = "auto";
    return n;
}

Test(night, what_is_written_is_read_back)
{
    struct bench_night n, back;
    struct bench_err err = {0};
    struct bench_night_left_out out = {"huge", 7, 12.5, INFINITY};
    const char *command[] = {"nightly", "--budget", "2h"};
    cr_assert_eq(bench_night_new("nights", &n, &err), 0);
    n.budget_s = 7200;
    n.command = command;
    n.command_count = 3;
    n.left_out = &out;
    n.left_out_count = 1;
    n.compared_with = "nights/x";
    n.steps[BENCH_NIGHT_SELECT].state = BENCH_NIGHT_FAILED;
    n.steps[BENCH_NIGHT_SELECT].exit_code = 2;
    bench_night_set_note(&n, BENCH_NIGHT_SELECT, "see %s", "the log");
    bench_night_add_alarm(&n, "slower", "%d", 1);
    bench_night_add_alarm(&n, "broke", "%s", "gelu");
    bench_night_add_unsure(&n, "add: other code");
    bench_night_add_unsure(&n, "sum: other code");
    cr_assert_eq(bench_night_write(&n, &err), 0, "%s", err.message);
    cr_assert_eq(bench_night_read(n.folder, &back, &err), 0, "%s", err.message);
    cr_expect_str_eq(back.status, "running");
    cr_expect_eq(back.exit_code, -1);
    cr_expect_eq(back.budget_s, 7200);
    cr_expect_eq(back.command_count, 3);
    cr_expect_str_eq(back.command[2], "2h");
    cr_expect_eq(back.left_out_count, 1);
    cr_expect(isinf(back.left_out[0].age_days));
    cr_expect_str_eq(back.compared_with, "nights/x");
    cr_expect_eq(back.steps[BENCH_NIGHT_SELECT].state, BENCH_NIGHT_FAILED);
    cr_expect_eq(back.steps[BENCH_NIGHT_RUN].state, BENCH_NIGHT_DUE);
    cr_expect_str_eq(back.steps[BENCH_NIGHT_SELECT].note, "see the log");
    cr_assert_eq(back.alarm_count, 2);
    cr_expect_str_eq(back.alarms[1].kind, "broke");
    cr_assert_eq(back.unsure_count, 2);
    cr_expect_str_eq(back.unsure[0], "add: other code");
    cr_expect_str_eq(back.unsure[1], "sum: other code");
    bench_night_fini(&n);
    bench_night_fini(&back);
}

Test(night, nights_of_one_day_have_folders_of_their_own)
{
    struct bench_night one, two;
    cr_assert_eq(bench_night_new("nights", &one, NULL), 0);
    cr_assert_eq(bench_night_new("nights", &two, NULL), 0);
    cr_expect_str_neq(one.id, two.id);
    bench_night_fini(&one);
    bench_night_fini(&two);
}

Test(night, the_last_good_one_is_of_the_same_device_and_without_regression)
{
    make(100, "H100", false, true);
    make(200, "H100", false, false);
    make(300, "H100", true, true);
    make(400, "A100", false, true);
    struct bench_nights all;
    struct bench_night now = tonight("H100");
    cr_assert_eq(bench_nights_read("nights", &all, NULL), 0);
    cr_expect_eq(all.count, 4, "tonight is not written yet");
    cr_expect_eq(bench_nights_last_good(&all, &now, NULL)->started_s, 200);
    cr_expect_eq(bench_nights_last_good(&all, &now, "a")->started_s, 200);
    cr_expect_eq(bench_nights_last_good(&all, &now, "b")->started_s, 100);
    cr_expect_null(bench_nights_last_good(&all, &now, "c"));
    const struct bench_night_operator *op = NULL;
    cr_expect_eq(bench_nights_last_of(&all, &now, "b", &op)->started_s, 400, "for its age");
    cr_expect_eq(op->cases, 1);
    bench_nights_fini(&all);
    bench_night_fini(&now);
}

Test(night, damaged_ones_are_named_and_left_out)
{
    struct bench_nights all;
    make(100, "H100", false, true);
    cr_assert_eq(bench_file_write_atomic("nights/bad/night.json", "{\"format\":", 10, NULL), 0);
    cr_assert_eq(bench_nights_read("nights", &all, NULL), 0);
    cr_expect_eq(all.count, 1);
    cr_expect_not_null(strstr(all.warnings, "nights/bad/night.json"));
    cr_expect_null(bench_nights_unfinished(&all));
    bench_nights_fini(&all);
    cr_assert_eq(bench_nights_read("nowhere", &all, NULL), 0);
    cr_expect_eq(all.count, 0);
    bench_nights_fini(&all);
}

Test(night, only_the_newest_can_be_gone_on_with)
{
    struct bench_nights all;
    struct bench_night stopped = tonight("H100");
    cr_assert_eq(bench_night_write(&stopped, NULL), 0);
    cr_assert_eq(bench_nights_read("nights", &all, NULL), 0);
    cr_expect_str_eq(bench_nights_unfinished(&all)->id, stopped.id);
    bench_nights_fini(&all);
    make(2000, "H100", false, true);
    cr_assert_eq(bench_nights_read("nights", &all, NULL), 0);
    cr_expect_null(bench_nights_unfinished(&all));
    bench_nights_fini(&all);
    bench_night_fini(&stopped);
}

static bool is_not_left_out(const char *op, void *context)
{
    (void)context;
    return strcmp(op, "left_out") != 0;
}

/* Other code of an operator whose time is not known well enough: told, and no alarm. */
Test(night, what_may_have_changed_unseen_is_told_and_is_no_alarm)
{
    static const char text[] =
        "{\"news\": ["
        "{\"kind\": \"broke\", \"regression\": true, \"operator\": \"a\", \"sentence\": \"a\"},"
        "{\"kind\": \"code\", \"regression\": false, \"operator\": \"b\", \"sentence\": \"b?\"},"
        "{\"kind\": \"code\", \"regression\": false, \"operator\": \"c\", \"sentence\": \"c\"},"
        "{\"kind\": \"code\", \"regression\": false, \"operator\": \"d\", \"sentence\": \"d\"},"
        "{\"kind\": \"code\", \"regression\": false, \"operator\": \"left_out\", \"sentence\": "
        "\"e\"}], \"operators\": [{\"operator\": \"a\"}, {\"operator\": \"b\", \"verdict\": "
        "\"undetermined\"}, {\"operator\": \"c\", \"verdict\": \"same\"}, {\"operator\": \"d\"}, "
        "{\"operator\": \"left_out\", \"verdict\": \"undetermined\"}]}";
    struct bench_night n = tonight("H100");
    struct bench_err err = {0};
    struct bench_str summary;
    cr_assert_eq(bench_file_write_atomic("compare.json", text, strlen(text), &err), 0);
    int rc = bench_night_alarm_comparison(&n, "compare.json", is_not_left_out, NULL, &err);
    cr_assert_eq(rc, 0, "%s", err.message);
    cr_expect_eq(n.alarm_count, 1);
    cr_assert_eq(n.unsure_count, 1);
    cr_expect_str_eq(n.unsure[0], "b?");
    n.status = "finished";
    bench_str_init(&summary);
    bench_night_summary(&n, NULL, &summary);
    cr_expect_not_null(strstr(summary.data, "\n- broke: a\nunsure: b?\n"), "%s", summary.data);
    bench_str_fini(&summary);
    bench_night_fini(&n);
}

Test(night, a_summary_fits_whatever_there_is_to_say)
{
    struct bench_night n = tonight("H100");
    struct bench_str text;
    n.status = "finished";
    n.regression = true;
    n.steps[BENCH_NIGHT_COMPARE].state = BENCH_NIGHT_DONE;
    for (int i = 0; i < 500; i++)
        bench_night_add_alarm(&n, "slower", "operator_%d ≥ 3 %% slower %0*d", i, 400, i);
    for (int i = 0; i < 500; i++)
        bench_night_add_unsure(&n, "operator: other code stands for its candidate");
    bench_str_init(&text);
    bench_night_summary(&n, NULL, &text);
    cr_expect_leq(text.len, BENCH_NIGHT_SUMMARY_MOST);
    cr_expect_not_null(strstr(text.data, "REGRESSION (500)"));
    cr_expect_not_null(strstr(text.data, "operator_0 ≥"));
    cr_expect_not_null(strstr(text.data, " more\n"));
    bench_str_clear(&text);
    n.alarm_count = 0;
    n.regression = false;
    bench_night_summary(&n, "1 of 2 operators selected: a", &text);
    cr_expect_leq(text.len, BENCH_NIGHT_SUMMARY_MOST);
    cr_expect_not_null(strstr(text.data, "\nunsure: operator: other code"));
    cr_expect_not_null(strstr(text.data, " more\n"));
    cr_expect_not_null(strstr(text.data, ": good, H100\n"));
    bench_str_fini(&text);
    bench_night_fini(&n);
}
