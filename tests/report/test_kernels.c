/* The page of kernels: what it says of descriptions, of runs, and of what does not reach a goal. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/report/kernels.h"
#include "bench/run/sources.h"
#include "bench/util/file.h"
#include "support.h"

static struct bench_json_doc *environment;

static void leave(void)
{
    leave_report();
    bench_json_free(environment);
    environment = NULL;
}

TestSuite(kernels_page, .init = enter_report, .fini = leave);

static struct bench_implementation implementations[] = {
    {.name = "kernel", .description = "16 bytes a thread.", .provider = BENCH_PROVIDER_NULL},
    {.name = "vendor", .description = "The vendor's.", .provider = BENCH_PROVIDER_LIBRARY},
};

static const struct bench_operator *operator_of(const char *name, const char *category)
{
    struct bench_operator *op = bench_arena_alloc(in_arena, sizeof *op);
    *op = (struct bench_operator){.name = name,
                                  .aten = "aten::op",
                                  .category = category,
                                  .description = "x * y: element by element.",
                                  .implementations = implementations,
                                  .implementation_count = 2};
    op->dtypes[BENCH_FLOAT32] = true;
    return op;
}

static void page(const struct bench_operator *op, const struct bench_outcome *const *runs,
                 const struct bench_tunings *const *tunings, size_t run_count)
{
    const struct bench_kernels k = {.operators = &op,
                                    .operator_count = 1,
                                    .runs = runs,
                                    .tunings = tunings,
                                    .run_count = run_count};
    bench_str_clear(&written);
    bench_report_kernels(&k, to_text, &written);
}

static void page_of(const struct bench_operator *op, const struct bench_outcome *run)
{
    static const struct bench_tunings none;
    page(op, (const struct bench_outcome *const[]){run},
         (const struct bench_tunings *const[]){&none}, 1);
}

static void expect_not(const char *part)
{
    cr_expect_null(strstr(written.data, part), "'%s' is in:\n%s", part, written.data);
}

/* An empty kernel takes 3 us, and 1e9 bytes a second are copied: 0.03 ms and more are large. */
static void give_limits(struct bench_outcome *o)
{
    const char *json = "{\"floor\":{\"gated\":{\"empty_ns\":3000}},"
                       "\"roofline\":{\"copy_bytes_s\":1e9,\"fp32_flops\":1e9}}";
    struct bench_err err = {0};
    cr_assert_eq(bench_json_parse("run.json", json, strlen(json), &environment, &err), 0);
    o->environment = bench_json_root(environment);
}

/* A case that takes `ms`, of which its limit is `share`. */
static void set_case(struct bench_outcome *o, size_t i, double ms, double share, const char *bound)
{
    struct bench_outcome_case *c = made_case(o, i);
    c->roles[BENCH_CANDIDATE].time_ms = ms;
    c->roofline_ms = share * ms;
    c->roofline_bound = bound;
    c->bytes = 1e6 * ms * share; /* copied at 1e9 bytes a second: share of the time */
    c->flops = 0;
}

/* ---- descriptions ---- */

Test(kernels_page, without_runs_it_has_the_descriptions)
{
    page(operator_of("op0", "pointwise"), NULL, NULL, 0);
    expect_written("<!-- Made by: bench report --format kernels -o docs/kernels.md\n");
    expect_written("| [op0](#op0) | x * y | – | – | – | – |");
    expect_written("### op0\n\n`aten::op`, [kernels/op0](../kernels/op0); float32.\n\n"
                   "x * y: element by element.\n");
    expect_written("- `kernel`: 16 bytes a thread.\n");
    expect_written("It has no oracle: nothing verifies it. Not measured on a GPU yet.\n");
    expect_written("Nothing on this page was measured.");
    expect_not("## Below a goal");
    expect_not("## Tuned variants");
}

Test(kernels_page, texts_of_descriptions_stay_texts)
{
    struct bench_operator op = *operator_of("op0", "custom");
    op.description = "With |x| <= 1 and a*b, `a|b`; <b>bold</b> &amp; $1$ [x](y) __init__ @all";
    page(&op, NULL, NULL, 0);
    expect_written(
        "With \\|x\\| <= 1 and a\\*b, `a\\|b`; &#60;b>bold&#60;/b> &#38;amp; &#36;1&#36; "
        "[x]\\(y) \\_\\_init\\_\\_ @<!-- -->all");
    expect_written("| [op0](#op0) | With \\|x\\| <= 1 and a\\*b, `a\\|b` | –");
}

/* ---- runs ---- */

Test(kernels_page, numbers_are_over_all_cases_with_the_worst_by_name)
{
    struct bench_outcome *o = made_outcome(in_arena, 2, 3);
    page_of(operator_of("op1", "pointwise"), o);
    expect_written("Measured in 3 cases, all verified. Against the reference (`kernel`): **1.10×** "
                   "(1.09 to 1.11×; batch 1: fail; its times alone: 0.90×); the worst case 0.80×, "
                   "`float16 [64, 4]`.");
    expect_written("Of the baseline’s speed (`kernel`): **100 %** (99 to 101 %; batch 2: pass)");
    expect_written("| [op1](#op1) | x * y | 1.10× | 100 % | – | – |");
    expect_written("| [op1](#op1) | 1.30× the reference’s speed | 1.10× |\n");
    expect_not("80 % of the baseline’s speed |");
    expect_written("Below a goal: 1.30× the reference’s speed: 1.10×.\n");
    expect_written(
        "1 of 1 operators are measured: 0 pass the rule of batch 1, 1.30× the reference’s "
        "speed, and "
        "1 that of batch 2, 80 % of the baseline’s.");
}

Test(kernels_page, what_failed_is_counted_and_what_changed_since_is_said)
{
    struct bench_outcome *o = made_outcome(in_arena, 1, 3);
    page_of(operator_of("op0", "pointwise"), o);
    expect_written("Measured in 3 cases, 2 of them verified, **1 failed**.");
    expect_written("Measured before the source of `kernel` changed.");
    for (size_t i = 0; i < 3; i++)
        for (int r = 0; r < BENCH_ROLE_COUNT; r++)
            made_case(o, i)->roles[r].source_hash = "";
    page_of(operator_of("op0", "pointwise"), o);
    expect_not("changed.");
}

Test(kernels_page, candidates_of_the_suite_that_played_in_no_case_are_named)
{
    static const struct bench_tunings none;
    static const char *names[] = {"vendor", "kernel", "kernel"};
    const struct bench_operator *op = operator_of("op0", "pointwise");
    const struct bench_outcome *run = made_outcome(in_arena, 1, 3);
    struct bench_suite_case c = {.plan.op = op};
    c.roles[BENCH_CANDIDATE] = (struct bench_role_choice){names, 2};
    const struct bench_suite suite = {.name = "some", .cases = &c, .case_count = 1};
    const struct bench_kernels k = {
        .operators = &op,
        .operator_count = 1,
        .suites = (const struct bench_suite *const[]){&suite},
        .suite_count = 1,
        .runs = (const struct bench_outcome *const[]){run},
        .tunings = (const struct bench_tunings *const[]){&none},
        .run_count = 1,
    };
    bench_str_clear(&written);
    bench_report_kernels(&k, to_text, &written);
    expect_written("Not measured there: `vendor`.\n");
    c.roles[BENCH_CANDIDATE] = (struct bench_role_choice){names + 1, 2};
    bench_str_clear(&written);
    bench_report_kernels(&k, to_text, &written);
    expect_not("Not measured there");
}

Test(kernels_page, an_older_run_does_not_hide_that_all_failed)
{
    static const struct bench_tunings none;
    const struct bench_tunings *const tunings[] = {&none, &none};
    struct bench_outcome *first = made_outcome(in_arena, 2, 3),
                         *last = made_outcome(in_arena, 2, 1);
    const struct bench_outcome *const runs[] = {first, last};
    made_case(last, 1)->roles[BENCH_CANDIDATE] = made_case(last, 0)->roles[BENCH_CANDIDATE];
    page(operator_of("op1", "pointwise"), runs, tunings, 2);
    expect_written("Measured in 1 case, 0 of them verified, **1 failed**.");
    expect_written("| [op1](#op1) | right in every case | failed in 1 of 1 |\n");
    expect_written("| [op1](#op1) | x * y | – | – | – | – |");
}

static void set_hashes(struct bench_outcome *o, const char *hash)
{
    for (size_t i = 0; i < o->case_count; i++)
        made_case(o, i)->roles[BENCH_CANDIDATE].source_hash = hash;
}

/* What today's source is, of an operator that is measured from a file. */
static const char *make_source(struct bench_operator *op, char hash[33])
{
    char *path = bench_xprintf("/tmp/bench-test-kernels-%d.cu", (int)getpid());
    struct bench_implementation *impl = bench_arena_alloc(in_arena, sizeof *impl);
    struct bench_err err;
    cr_assert_eq(bench_file_write_atomic(path, "int k;\n", 7, &err), 0, "%s", err.message);
    *impl = (struct bench_implementation){.name = "kernel",
                                          .description = "16 bytes a thread.",
                                          .provider = BENCH_PROVIDER_CUDA,
                                          .source = bench_arena_strdup(in_arena, path)};
    op->implementations = impl;
    op->implementation_count = 1;
    cr_assert(bench_source_hash_of(impl, hash));
    free(path);
    return impl->source;
}

Test(kernels_page, an_older_run_of_todays_candidates_counts_if_it_is_as_whole)
{
    static const struct bench_tunings none;
    const struct bench_tunings *const tunings[] = {&none, &none};
    struct bench_outcome *three = made_outcome(in_arena, 2, 3), *two = made_outcome(in_arena, 2, 2);
    const struct bench_outcome *const runs[] = {three, two}, *const turned[] = {two, three};
    struct bench_operator op = *operator_of("op1", "pointwise");
    char today[33];
    const char *path = make_source(&op, today);
    page(&op, runs, tunings, 2); /* both of other sources: the last */
    expect_written("Measured in 2 cases");
    set_hashes(three, "");
    page(&op, runs, tunings, 2); /* a run that does not tell is none of today */
    expect_written("Measured in 2 cases");
    set_hashes(three, today);
    page(&op, runs, tunings, 2);
    expect_written("Measured in 3 cases");
    set_hashes(two, today);
    page(&op, runs, tunings, 2);
    expect_written("Measured in 2 cases");
    set_hashes(three, "aa");
    page(&op, turned, tunings, 2); /* the older has fewer cases */
    expect_written("Measured in 3 cases");
    unlink(path);
}

Test(kernels_page, a_reason_stands_beside_the_number)
{
    struct bench_operator op = *operator_of("op0", "pointwise");
    op.far_from_limit = "It reads twice.";
    page_of(&op, made_outcome(in_arena, 1, 3));
    expect_written(
        "Below a goal: right in every case: failed in 1 of 3; 1.30× the reference’s speed: "
        "0.90×. *Why:* It reads twice.\n");
}

Test(kernels_page, large_cases_are_held_against_the_copy_bandwidth)
{
    struct bench_outcome *o = made_outcome(in_arena, 2, 3);
    give_limits(o);
    set_case(o, 3, 1.0, 0.95, "memory");
    set_case(o, 4, 0.1, 0.80, "memory");
    set_case(o, 5, 0.01, 0.10, "memory"); /* not large */
    page_of(operator_of("op1", "pointwise"), o);
    expect_written(
        "On 2 large cases that wait for memory 87 % of the limit, 87 % of the copy bandwidth.");
    expect_written(
        "| [op1](#op1) | 90 % of the copy bandwidth | 87 % over 2 large cases, 1 of them below; "
        "the least 80 %, `float32 [64, 5]` |");
    set_case(o, 4, 0.1, 0.91, "memory");
    page_of(operator_of("op1", "pointwise"), o);
    expect_not("of them below");
}

Test(kernels_page, what_computes_is_held_against_the_limit_alone)
{
    struct bench_outcome *o = made_outcome(in_arena, 2, 3);
    give_limits(o);
    set_case(o, 3, 1.0, 0.5, "compute");
    set_case(o, 4, 1.0, 0.5, "memory");
    made_case(o, 4)->flops = 1e6; /* 1 ms without tensor cores, which is more than its limit */
    page_of(operator_of("op1", "pointwise"), o);
    expect_written(
        "On 2 large cases that compute 50 % of the limit, the least 50 %, `float16 [64, 4]`.");
    expect_not("copy bandwidth |");
}

Test(kernels_page, products_are_held_against_the_library)
{
    struct bench_outcome *o = made_outcome(in_arena, 2, 4);
    for (size_t i = 4; i < 8; i++) {
        made_case(o, i)->roles[BENCH_BASELINE].implementation = "vendor";
        made_case(o, i)->roles[BENCH_BASELINE].time_ms = i == 7 ? 0.006 : 0.0096;
        made_case(o, i)->decisions[BENCH_OUTCOME_RELATIVE].known = false;
    }
    page_of(operator_of("op1", "blas"), o);
    expect_written("In half precision 76 % of the speed of `vendor`.");
    expect_written(
        "| [op1](#op1) | 80 % of the library’s speed in half precision | 76 % over 2 cases, 1 of "
        "them below; the least 60 %, `float16 [64, 8]` |");
    /* Of one the run says more than its times. */
    struct bench_outcome_decision *answer = &made_case(o, 7)->decisions[BENCH_OUTCOME_RELATIVE];
    answer->known = true;
    answer->ratio.estimate = 2;
    page_of(operator_of("op1", "blas"), o);
    expect_written("1 of them below; the least 50 %, `float16 [64, 8]` |");
    page_of(operator_of("op1", "reduction"), o);
    expect_not("In half precision");
}

Test(kernels_page, the_last_run_that_has_an_operator_counts)
{
    static const struct bench_tunings none;
    const struct bench_tunings *const tunings[] = {&none, &none};
    struct bench_outcome *first = made_outcome(in_arena, 2, 3),
                         *last = made_outcome(in_arena, 1, 3);
    const struct bench_outcome *const runs[] = {first, last};
    first->path = "docs/measurements/a";
    last->path = "b";
    last->device.kind = "cpu";
    last->status = "interrupted";
    page(operator_of("op1", "pointwise"), runs, tunings, 2);
    expect_written("Measured in 3 cases, all verified.");
    expect_written(
        "<!-- Made by: bench report docs/measurements/a b --unfinished --format kernels -o");
    expect_written(
        "- [docs/measurements/a](measurements/a): GPU, 2026-11-22, `bench run core`; bench "
        "0.1.0, driver 580.\n");
    expect_written(
        ". **The run is not finished: interrupted.** **Times of the cpu device say nothing about a "
        "GPU.**");
    page(operator_of("op0", "pointwise"), runs, tunings, 2);
    expect_written("2 of them verified, **1 failed**");
}

Test(kernels_page, has_no_markup_of_strangers)
{
    struct bench_outcome *o = made_outcome(in_arena, 2, 3);
    make_hostile(o);
    struct bench_outcome_operator *op = (struct bench_outcome_operator *)(uintptr_t)o->operators;
    op[1].name = "op1";
    page_of(operator_of("op1", "pointwise"), o);
    expect_written("Measured in 3 cases");
    expect_not("\x1b");
    expect_not("\r");
    for (const char *p = strstr(written.data, "<script"); p; p = strstr(p + 1, "<script")) {
        size_t ticks = 0;
        for (const char *q = p; q > written.data && q[-1] != '\n'; q--)
            ticks += *q == '`';
        cr_expect_eq(ticks % 2, 1, "markup outside of code: %.80s", p);
    }
}
