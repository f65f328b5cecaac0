/* What a comparison finds, and what it does not. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../cli/support.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "support.h"

TestSuite(compare, .init = cli_enter_folder, .fini = cli_leave_folder, .timeout = 300);

#define OPERATORS 4
#define EACH 6
#define CASES (OPERATORS * EACH)

static const char *const names[OPERATORS] = {"add", "gelu", "mul", "sum"};

/* Cases of 20 us to 3 ms. */
static void make_cases(struct made_case cases[CASES])
{
    for (int i = 0; i < CASES; i++) {
        double us = 20 * pow(150, (double)i / CASES);
        cases[i] = (struct made_case){.op = names[i % OPERATORS],
                                      .number = i / OPERATORS + 1,
                                      .us = us,
                                      .reference_us = 1.5 * us,
                                      .hash = "0123"};
    }
}

static struct made_case *case_of(struct made_case *cases, const char *op, int number)
{
    for (int i = 0; i < CASES; i++)
        if (strcmp(cases[i].op, op) == 0 && cases[i].number == number)
            return &cases[i];
    return NULL;
}

/* gelu is 3 % slower, mul's first case wrong, sum's first two crash. */
static void plant(struct made_case cases[CASES])
{
    for (int i = 0; i < CASES; i++)
        if (strcmp(cases[i].op, "gelu") == 0) {
            cases[i].us *= 1.03;
            cases[i].hash = "4567";
        }
    struct made_case *wrong = case_of(cases, "mul", 1);
    wrong->us = 0;
    wrong->status = "wrong";
    for (int n = 1; n <= 2; n++) {
        struct made_case *crashed = case_of(cases, "sum", n);
        crashed->us = 0;
        crashed->status = "crashed";
    }
}

static struct bench_outcome *outcome_of(const struct made_case *cases, uint64_t seed,
                                        size_t processes)
{
    const struct made_run run = {
        .cases = cases, .count = CASES, .processes = processes, .seed = seed};
    return made_outcome(&run);
}

Test(compare, equal_runs_have_no_news)
{
    struct made_case cases[CASES];
    make_cases(cases);
    struct bench_outcome *a = outcome_of(cases, 1, 4), *b = outcome_of(cases, 2, 4);
    struct bench_comparison *c = made_comparison(a, b, NULL);
    cr_expect_eq(c->news_count, 0, "%s", c->news_count ? c->news[0].sentence : "");
    cr_expect_eq(c->regressions, 0);
    cr_expect_eq(c->fates[BENCH_FATE_OK], CASES);
    cr_expect_eq(c->verdicts[BENCH_VERDICT_SAME], CASES);
    cr_expect_eq(made_operator(c, "add")->time.verdict, BENCH_VERDICT_SAME);
    cr_expect_eq(made_operator(c, "add")->processes_b, 4);
    cli_expect_in(c->summary, "no regression");
    cr_expect_null(strstr(c->summary, "told apart"), "%s", c->summary);
    bench_comparison_free(c);
    bench_outcome_free(a);
    bench_outcome_free(b);
}

Test(compare, a_run_and_itself_are_said_to_be_one)
{
    struct made_case cases[CASES];
    make_cases(cases);
    struct bench_outcome *a = outcome_of(cases, 1, 1), *b = outcome_of(cases, 1, 1);
    a->started = b->started = "2026-11-23T02:21:39Z";
    struct bench_comparison *c = made_comparison(a, b, NULL);
    cr_expect_gt(c->note_count, 0);
    cli_expect_in(c->notes[0], "one and the same run");
    cr_expect_eq(c->verdicts[BENCH_VERDICT_SLOWER] + c->verdicts[BENCH_VERDICT_FASTER], 0);
    cr_expect_gt(c->verdicts[BENCH_VERDICT_UNDETERMINED], 0);
    bench_comparison_free(c);
    b->started = "2026-11-23T02:21:40Z"; /* by chance the same times */
    c = made_comparison(a, b, NULL);
    for (size_t i = 0; i < c->note_count; i++)
        cr_expect_null(strstr(c->notes[i], "same run"), "%s", c->notes[i]);
    bench_comparison_free(c);
    bench_outcome_free(a);
    bench_outcome_free(b);
}

/* One process of each, of kernels of 1 us: intervals of several per cent around no change. */
Test(compare, what_may_hide_where_nothing_was_told_apart_is_said)
{
    struct made_case cases[CASES];
    make_cases(cases);
    for (int i = 0; i < CASES; i++)
        cases[i].us = 1;
    struct bench_outcome *a = outcome_of(cases, 1, 1);
    for (int i = 0; i < CASES; i++)
        if (strcmp(cases[i].op, "add") == 0)
            cases[i].hash = "89ab";
    struct bench_outcome *b = outcome_of(cases, 2, 1);
    struct bench_comparison *c = made_comparison(a, b, NULL);
    cr_expect_eq(made_operator(c, "add")->time.verdict, BENCH_VERDICT_UNDETERMINED);
    cli_expect_in(c->summary, "no times were told apart, which is less than being the same: an "
                              "operator may be up to ");
    cli_expect_in(c->summary, " % slower unseen (");
    cli_expect_in(made_news(c, BENCH_NEWS_CODE)->sentence,
                  "add: other code stands for its candidate in 6 cases, and no change of its time "
                  "is certain (");
    bench_comparison_free(c);
    bench_outcome_free(a);
    bench_outcome_free(b);
}

Test(compare, what_was_planted_is_told_and_nothing_else)
{
    struct made_case before[CASES], after[CASES];
    make_cases(before);
    make_cases(after);
    plant(after);
    struct bench_outcome *a = outcome_of(before, 1, 4), *b = outcome_of(after, 2, 4);
    struct bench_comparison *c = made_comparison(a, b, NULL);
    cr_expect_eq(c->regressions, 3);
    cr_expect_eq(c->news_count, 3);
    const struct bench_news *slower = made_news(c, BENCH_NEWS_SLOWER);
    cr_expect_str_eq(slower->operator_name, "gelu");
    cr_expect_eq(slower->cases, EACH);
    cli_expect_in(slower->sentence, "gelu is 3.0 % slower (95 %: 2.");
    cli_expect_in(slower->sentence, "over 6 cases");
    cli_expect_in(slower->sentence, "in 4 and 4 processes; its code changed");
    cr_expect_eq(c->news[0].kind, BENCH_NEWS_BROKE);
    cr_expect_str_eq(c->news[0].sentence,
                     "mul float32 [1] was ok and is wrong now: because of wrong");
    cr_expect_str_eq(c->news[0].label, "float32 [1]");
    cr_expect_str_eq(c->news[1].operator_name, "sum");
    cr_expect_eq(c->news[1].cases, 2);
    cli_expect_in(c->news[1].sentence,
                  "sum in 2 of 6 cases (float32 [1], …) was ok and is crashed");
    cr_expect_eq(made_operator(c, "add")->time.verdict, BENCH_VERDICT_SAME);
    cr_expect_eq(made_operator(c, "mul")->compared, EACH - 1);
    cr_expect_eq(made_operator(c, "mul")->time.verdict, BENCH_VERDICT_SAME);
    bench_comparison_free(c);
    bench_outcome_free(a);
    bench_outcome_free(b);
}

static enum bench_verdict mirrored(enum bench_verdict v)
{
    return v == BENCH_VERDICT_SLOWER   ? BENCH_VERDICT_FASTER
           : v == BENCH_VERDICT_FASTER ? BENCH_VERDICT_SLOWER
                                       : v;
}

static void expect_mirrored(const struct bench_change *to, const struct bench_change *back)
{
    cr_assert_eq(to->known, back->known);
    if (!to->known)
        return;
    cr_expect_eq(to->verdict, mirrored(back->verdict));
    cr_expect_float_eq(to->change * back->change, 1, 1e-5);
    cr_expect_float_eq(to->low * back->high, 1, 1e-5);
    cr_expect_float_eq(to->p, back->p, 1e-3 * to->p + 1e-12);
}

Test(compare, the_other_way_round_all_is_mirrored)
{
    struct made_case before[CASES], after[CASES];
    make_cases(before);
    make_cases(after);
    plant(after);
    struct bench_outcome *a = outcome_of(before, 1, 3), *b = outcome_of(after, 2, 5);
    struct bench_comparison *to = made_comparison(a, b, NULL), *back = made_comparison(b, a, NULL);
    for (int i = 0; i < CASES; i++)
        expect_mirrored(&made_find(to, before[i].op, before[i].number)->time,
                        &made_find(back, before[i].op, before[i].number)->time);
    for (int i = 0; i < OPERATORS; i++)
        expect_mirrored(&made_operator(to, names[i])->time, &made_operator(back, names[i])->time);
    cr_expect_eq(back->regressions, 0);
    cr_expect_eq(back->fates[BENCH_FATE_MENDED], 3);
    cr_expect_str_eq(made_news(back, BENCH_NEWS_FASTER)->operator_name, "gelu");
    bench_comparison_free(to);
    bench_comparison_free(back);
    bench_outcome_free(a);
    bench_outcome_free(b);
}

Test(compare, order_changes_nothing)
{
    struct made_case before[CASES], after[CASES];
    make_cases(before);
    make_cases(after);
    plant(after);
    const struct made_run turned = {
        .cases = after, .count = CASES, .processes = 4, .seed = 2, .backwards = true};
    struct bench_outcome *a = outcome_of(before, 1, 4), *b = outcome_of(after, 2, 4);
    struct bench_outcome *other = made_outcome(&turned);
    struct bench_comparison *c = made_comparison(a, b, NULL), *d = made_comparison(a, other, NULL);
    for (int i = 0; i < CASES; i++) {
        const struct bench_compared_case *x = made_find(c, before[i].op, before[i].number);
        const struct bench_compared_case *y = made_find(d, before[i].op, before[i].number);
        cr_expect_eq(x->fate, y->fate);
        cr_expect_eq(x->time.verdict, y->time.verdict);
        cr_expect_float_eq(x->time.change, y->time.change, 1e-9);
        cr_expect_float_eq(x->time.adjusted, y->time.adjusted, 1e-9);
    }
    cr_expect_str_eq(c->summary, d->summary);
    cr_assert_eq(c->news_count, d->news_count);
    for (size_t i = 0; i < c->news_count; i++)
        cr_expect_eq(c->news[i].kind, d->news[i].kind);
    bench_comparison_free(c);
    bench_comparison_free(d);
    bench_outcome_free(a);
    bench_outcome_free(b);
    bench_outcome_free(other);
}

Test(compare, one_case_can_become_slower_alone)
{
    struct made_case before[CASES], after[CASES];
    make_cases(before);
    make_cases(after);
    case_of(after, "add", 6)->us *= 1.3;
    case_of(after, "add", 6)->variant = "BLOCK=2";
    case_of(before, "add", 6)->variant = "BLOCK=1";
    struct bench_outcome *a = outcome_of(before, 1, 4), *b = outcome_of(after, 2, 4);
    struct bench_comparison *c = made_comparison(a, b, NULL);
    const struct bench_news *slower = made_news(c, BENCH_NEWS_SLOWER);
    cr_expect_str_eq(slower->label, "float32 [6]");
    cr_expect_eq(c->regressions, 1);
    cli_expect_in(slower->sentence, "add float32 [6] is 30.");
    cli_expect_in(slower->sentence, "another variant stands for it now");
    cr_expect_eq(made_operator(c, "add")->time.verdict, BENCH_VERDICT_UNDETERMINED);
    bench_comparison_free(c);
    bench_outcome_free(a);
    bench_outcome_free(b);
}

/* 60 % is no noise, even of single processes. */
Test(compare, a_large_change_shows_in_single_processes)
{
    struct made_case before[CASES], after[CASES];
    make_cases(before);
    make_cases(after);
    case_of(after, "add", 2)->us *= 1.6;
    struct bench_outcome *a = outcome_of(before, 1, 1), *b = outcome_of(after, 2, 1);
    struct bench_comparison *c = made_comparison(a, b, NULL);
    cr_expect_eq(c->regressions, 1);
    cr_expect_str_eq(made_news(c, BENCH_NEWS_SLOWER)->label, "float32 [2]");
    bench_comparison_free(c);
    bench_outcome_free(a);
    bench_outcome_free(b);
}

Test(compare, cases_that_came_and_went)
{
    struct made_case cases[CASES];
    make_cases(cases);
    const struct made_run all = {.cases = cases, .count = CASES, .processes = 3, .seed = 1};
    struct made_run part = {.cases = cases, .count = CASES - 2, .processes = 3, .seed = 2};
    struct bench_outcome *a = made_outcome(&all), *b = made_outcome(&part);
    struct bench_comparison *c = made_comparison(a, b, NULL);
    cr_expect_eq(c->fates[BENCH_FATE_VANISHED], 2);
    cr_expect_eq(c->regressions, 2); /* one in each of two operators */
    cli_expect_in(c->news[0].sentence, "was measured in A and is not in B");
    bench_comparison_free(c);
    struct bench_compare_options options = bench_compare_defaults;
    options.allow_vanished = true;
    c = made_comparison(a, b, &options);
    cr_expect_eq(c->regressions, 0);
    cr_expect_eq(c->news_count, 2);
    bench_comparison_free(c);
    c = made_comparison(b, a, NULL);
    cr_expect_eq(c->fates[BENCH_FATE_APPEARED], 2);
    cr_expect_eq(c->regressions, 0);
    bench_comparison_free(c);
    bench_outcome_free(a);
    bench_outcome_free(b);
}

Test(compare, failures_of_another_kind_are_told_and_equal_ones_not)
{
    struct made_case before[CASES], after[CASES];
    make_cases(before);
    plant(before);
    make_cases(after);
    plant(after);
    case_of(after, "mul", 1)->status = "crashed";
    struct bench_outcome *a = outcome_of(before, 1, 4), *b = outcome_of(after, 2, 4);
    struct bench_comparison *c = made_comparison(a, b, NULL);
    cr_expect_eq(c->regressions, 0);
    cr_expect_eq(c->news_count, 1);
    cli_expect_in(made_news(c, BENCH_NEWS_FAILS_OTHERWISE)->sentence,
                  "mul float32 [1] was wrong and is crashed now");
    bench_comparison_free(c);
    bench_outcome_free(a);
    bench_outcome_free(b);
}

Test(compare, code_that_changed_without_a_change_is_told)
{
    struct made_case before[CASES], after[CASES];
    make_cases(before);
    make_cases(after);
    for (int n = 1; n <= EACH; n++)
        case_of(after, "add", n)->hash = "89ab";
    struct bench_outcome *a = outcome_of(before, 1, 4), *b = outcome_of(after, 2, 4);
    struct bench_comparison *c = made_comparison(a, b, NULL);
    cr_expect_eq(c->news_count, 1);
    cr_expect_str_eq(made_news(c, BENCH_NEWS_CODE)->sentence,
                     "add: other code stands for its candidate in 6 cases, as fast as before");
    cr_expect(made_find(c, "add", 1)->code);
    cr_expect_not(made_find(c, "sum", 1)->code);
    bench_comparison_free(c);
    bench_outcome_free(a);
    bench_outcome_free(b);
}

Test(compare, another_variant_of_the_same_code_is_called_so)
{
    struct made_case before[CASES], after[CASES];
    make_cases(before);
    make_cases(after);
    for (int n = 1; n <= EACH; n++)
        case_of(before, "add", n)->variant = "BLOCK=128";
    for (int n = 1; n <= EACH; n++)
        case_of(after, "add", n)->variant = n <= 2 ? "BLOCK=256" : "BLOCK=128";
    struct bench_outcome *a = outcome_of(before, 1, 4), *b = outcome_of(after, 2, 4);
    struct bench_comparison *c = made_comparison(a, b, NULL);
    cr_expect_str_eq(made_news(c, BENCH_NEWS_VARIANT)->sentence,
                     "add: another variant of the same code stands for its candidate in 2 cases, "
                     "as fast as before");
    bench_comparison_free(c);
    bench_outcome_free(a);
    bench_outcome_free(b);
}

/* And it hides nothing of the candidate. */
Test(compare, a_reference_that_is_gone_is_told)
{
    struct made_case before[CASES], after[CASES];
    make_cases(before);
    make_cases(after);
    for (int n = 1; n <= EACH; n++) {
        case_of(after, "add", n)->lost = "unavailable";
        case_of(after, "add", n)->hash = "89ab";
    }
    struct bench_outcome *a = outcome_of(before, 1, 4), *b = outcome_of(after, 2, 4);
    struct bench_comparison *c = made_comparison(a, b, NULL);
    cr_expect_eq(c->news_count, 2);
    cr_expect_eq(c->regressions, 0);
    cr_expect_str_eq(made_news(c, BENCH_NEWS_PARTNER_LOST)->sentence,
                     "add: in 6 cases its reference was ok and is unavailable now: because of "
                     "unavailable");
    cli_expect_in(made_news(c, BENCH_NEWS_CODE)->sentence,
                  "add: other code stands for its candidate in 6 cases");
    bench_comparison_free(c);
    c = made_comparison(b, a, NULL);
    cr_expect_str_eq(made_news(c, BENCH_NEWS_PARTNER)->sentence,
                     "add: in 6 cases its reference was unavailable and is ok now");
    bench_comparison_free(c);
    bench_outcome_free(a);
    bench_outcome_free(b);
}

static void expect_refused(const struct made_run *a, const struct made_run *b, const char *part)
{
    struct bench_outcome *x = made_outcome(a), *y = made_outcome(b);
    struct bench_comparison *c = NULL;
    struct bench_err err = {0};
    cr_expect_eq(bench_compare(x, y, &bench_compare_defaults, &c, &err), BENCH_EINPUT);
    cli_expect_in(err.message, part);
    bench_outcome_free(x);
    bench_outcome_free(y);
}

Test(compare, what_cannot_be_compared_is_refused)
{
    struct made_case cases[CASES];
    make_cases(cases);
    struct made_run a = {.cases = cases, .count = CASES, .processes = 1, .seed = 1};
    struct made_run b = a;
    a.mode = "kernel";
    b.mode = "operator";
    expect_refused(&a, &b, "measure both in one mode");
    b.mode = "kernel";
    a.cache = "hot";
    b.cache = "cold";
    expect_refused(&a, &b, "measure both alike");
    b.cache = "hot";
    b.device = "E";
    expect_refused(&a, &b, "--ratios-only");
    b.device = NULL;
    b.cases = &(const struct made_case){.op = "add", .number = 99, .us = 20, .reference_us = 30};
    b.count = 1;
    expect_refused(&a, &b, "no case in common");
}

/* All times are three times as long there, but gelu's candidate is slower yet. */
Test(compare, ratios_are_compared_across_devices)
{
    struct made_case before[CASES], after[CASES];
    make_cases(before);
    make_cases(after);
    for (int i = 0; i < CASES; i++) {
        after[i].us *= strcmp(after[i].op, "gelu") == 0 ? 3.3 : 3;
        after[i].reference_us *= 3;
    }
    const struct made_run there = {
        .cases = after, .count = CASES, .processes = 4, .seed = 2, .device = "E"};
    struct bench_outcome *a = outcome_of(before, 1, 4), *b = made_outcome(&there);
    struct bench_compare_options options = bench_compare_defaults;
    options.ratios = true;
    struct bench_comparison *c = made_comparison(a, b, &options);
    cr_expect_eq(c->regressions, 1);
    cr_expect_str_eq(made_news(c, BENCH_NEWS_SLOWER)->operator_name, "gelu");
    cr_expect_float_eq(made_operator(c, "gelu")->time.change, 1.1, 0.005);
    cr_expect_float_eq(made_find(c, "add", 3)->a_ms, 1 / 1.5, 0.005);
    bench_comparison_free(c);
    bench_outcome_free(a);
    bench_outcome_free(b);
}

Test(compare, times_of_unknown_spread_decide_nothing)
{
    struct made_case before[CASES], after[CASES];
    make_cases(before);
    make_cases(after);
    plant(after);
    const struct made_run x = {
        .cases = before, .count = CASES, .processes = 1, .seed = 1, .bare = true};
    const struct made_run y = {
        .cases = after, .count = CASES, .processes = 1, .seed = 2, .bare = true};
    struct bench_outcome *a = made_outcome(&x), *b = made_outcome(&y);
    struct bench_comparison *c = made_comparison(a, b, NULL);
    cr_expect_eq(c->verdicts[BENCH_VERDICT_UNDETERMINED], CASES - 3);
    cli_expect_in(made_find(c, "gelu", 2)->time.reason, "do not say how times spread");
    cr_expect_float_eq(made_find(c, "gelu", 2)->time.change, 1.03, 0.01);
    cr_expect_eq(c->regressions, 2); /* what broke is told all the same */
    bench_comparison_free(c);
    bench_outcome_free(a);
    bench_outcome_free(b);
}

/* The four processes of a recorded run against each other: one against one, two against two. */
struct choice {
    size_t count;
    size_t a[2], b[2];
};

static void put_recorded(struct bench_str *out, const struct bench_json *op, size_t count,
                         const size_t *processes)
{
    static const char *const keys[] = {"candidate", "reference", "baseline"};
    size_t number = 0;
    bench_str_addf(out, "\"%s\": {\"device_kind\": \"cuda\", \"configs\": [", bench_json_key(op));
    for (const struct bench_json *c = bench_json_first(op); c; c = bench_json_next(c)) {
        double ms = bench_json_number(bench_json_at(bench_json_first(c), processes[0])) * 1e-6;
        bench_str_addf(out,
                       "%s{\"shape\": [%zu], \"dtype\": \"float32\", \"your_time\": %.12g, "
                       "\"cuda_time\": 1, \"reference_implementation\": \"r\", "
                       "\"baseline_implementation\": \"b\", \"stats\": {",
                       number ? ", " : "", number + 1, ms);
        number++;
        for (int r = 0; r < 3; r++) {
            const struct bench_json *times = bench_json_at(c, (size_t)r);
            ms = bench_json_number(bench_json_at(times, processes[0])) * 1e-6;
            bench_str_addf(out,
                           "%s\"%s\": {\"rounds\": 64, \"median_ms\": %.12g, "
                           "\"q25_ms\": %.12g, \"q75_ms\": %.12g, \"process_ms\": [",
                           r ? ", " : "", keys[r], ms, ms, ms);
            if (count > 1)
                bench_str_addf(out, "%.12g",
                               bench_json_number(bench_json_at(times, processes[1])) * 1e-6);
            bench_str_add(out, "]}");
        }
        bench_str_add(out, "}}");
    }
    bench_str_add(out, "]}");
}

static struct bench_outcome *recorded(const struct bench_json *root, size_t count,
                                      const size_t *processes)
{
    struct bench_outcome *o = NULL;
    struct bench_err err = {0};
    struct bench_str text;
    bench_str_init(&text);
    bench_str_add(&text, "{");
    for (const struct bench_json *op = bench_json_first(root); op; op = bench_json_next(op)) {
        bench_str_add(&text, op == bench_json_first(root) ? "" : ",\n");
        put_recorded(&text, op, count, processes);
    }
    bench_str_add(&text, "}");
    cli_write("recorded.json", text.data);
    cr_assert_eq(bench_outcome_load("recorded.json", 0, &o, &err), 0, "%s", err.message);
    bench_str_fini(&text);
    return o;
}

Test(compare, processes_of_one_recorded_run_differ_in_nothing)
{
    static const struct choice choices[] = {
        {1, {0}, {1}}, {1, {0}, {2}},       {1, {0}, {3}},       {1, {1}, {2}},       {1, {1}, {3}},
        {1, {2}, {3}}, {2, {0, 1}, {2, 3}}, {2, {0, 2}, {1, 3}}, {2, {0, 3}, {1, 2}},
    };
    struct bench_json_doc *doc = NULL;
    struct bench_err err = {0};
    const char *resources = getenv("BENCH_TEST_RESOURCES");
    cr_assert_not_null(resources, "BENCH_TEST_RESOURCES is not set; run the tests with ctest");
    char *path = bench_path_join(resources, "compare/recorded.json");
    cr_assert_eq(bench_json_read(path, 0, &doc, &err), 0, "%s", err.message);
    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++) {
        const struct choice *ch = &choices[i];
        struct bench_outcome *a = recorded(bench_json_root(doc), ch->count, ch->a);
        struct bench_outcome *b = recorded(bench_json_root(doc), ch->count, ch->b);
        struct bench_comparison *c = made_comparison(a, b, NULL);
        cr_expect_eq(c->fates[BENCH_FATE_OK], 198);
        cr_expect_eq(c->news_count, 0, "%s", c->news_count ? c->news[0].sentence : "");
        bench_comparison_free(c);
        bench_outcome_free(a);
        bench_outcome_free(b);
    }
    bench_json_free(doc);
    free(path);
}
