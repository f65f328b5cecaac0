/* What choosing among variants gains: never by the rounds that chose. */
#include <criterion/criterion.h>
#include <string.h>

#include "bench/report/kernels.h"
#include "support.h"

TestSuite(kernels_variants, .init = enter_report, .fini = leave_report);

/* ns of variants A and B in either half; 0: it cannot run the case. */
struct times {
    double a[2], b[2];
};

/* The candidate "fast" of op0, a case each. */
static const struct bench_tunings *tunings_of(const struct times *times, size_t count, int halves,
                                              const char *source_hash)
{
    struct bench_tunings *t = bench_arena_alloc(in_arena, sizeof *t);
    struct bench_tuning *items = bench_arena_alloc(in_arena, count * sizeof *items);
    for (size_t i = 0; i < count; i++) {
        struct bench_tuning_variant *v = bench_arena_alloc(in_arena, 2 * sizeof *v);
        size_t n = 0;
        if (times[i].a[0] > 0)
            v[n++] = (struct bench_tuning_variant){"B=1", {times[i].a[0], times[i].a[1]}};
        if (times[i].b[0] > 0)
            v[n++] = (struct bench_tuning_variant){"B=2", {times[i].b[0], times[i].b[1]}};
        items[i] = (struct bench_tuning){.key = bench_arena_printf(in_arena, "%032zx", i),
                                         .op_name = "op0",
                                         .implementation = "fast",
                                         .source_hash = source_hash,
                                         .variants = v,
                                         .variant_count = n,
                                         .halves = halves};
    }
    *t = (struct bench_tunings){.items = items, .count = count};
    return t;
}

static void page(const struct bench_tunings *const *tunings, size_t runs)
{
    static struct bench_implementation fast = {.name = "fast", .provider = BENCH_PROVIDER_NULL};
    static const struct bench_operator op = {.name = "op0",
                                             .aten = "aten::op0",
                                             .category = "custom",
                                             .description = "",
                                             .implementations = &fast,
                                             .implementation_count = 1};
    const struct bench_operator *const operators[] = {&op};
    const struct bench_outcome *o = made_outcome(in_arena, 1, 3);
    const struct bench_outcome *const outcomes[] = {o, o};
    const struct bench_kernels k = {.operators = operators,
                                    .operator_count = 1,
                                    .runs = outcomes,
                                    .tunings = tunings,
                                    .run_count = runs};
    bench_str_clear(&written);
    bench_report_kernels(&k, to_text, &written);
}

static void page_of(const struct bench_tunings *tunings)
{
    page(&tunings, 1);
}

Test(kernels_variants, what_suits_each_case_gains)
{
    const struct times times[] = {{{100, 100}, {200, 200}}, {{200, 200}, {100, 100}}};
    page_of(tunings_of(times, 2, 2, "aa"));
    expect_written("| op0 | `fast` | 2 | 2 | `B=1` | – | +0.0 % | +41.4 % |\n");
    expect_written(
        "Over 2 cases of 1 implementation, choosing by size gains **0.0 %**, and case by case "
        "**41.4 %**; which half judges changes no line by more than 0.0 %.");
}

Test(kernels_variants, luck_gains_nothing)
{
    /* Each half has a favourite in each case, and the other half another one. */
    const struct times times[] = {{{90, 100}, {100, 90}}, {{100, 91}, {91, 100}}};
    page_of(tunings_of(times, 2, 2, "aa"));
    expect_written(" | -");
    expect_written("case by case **-");
}

Test(kernels_variants, where_none_can_run_all_it_says_over_how_many)
{
    const struct times times[] = {
        {{100, 100}, {0, 0}}, {{100, 100}, {50, 50}}, {{100, 100}, {200, 200}}};
    page_of(tunings_of(&times[1], 2, 2, "aa"));
    expect_written("| op0 | `fast` | 2 | 2 | `B=1` |");
    const struct times apart[] = {{{100, 100}, {0, 0}}, {{0, 0}, {50, 50}}, {{0, 0}, {200, 200}}};
    page_of(tunings_of(apart, 3, 2, "aa"));
    expect_written("| op0 | `fast` | 2 | 2 of 3 | `B=2` | – | +0.0 % | +0.0 % |\n");
    page_of(tunings_of(times, 3, 2, "aa"));
    expect_written("| op0 | `fast` | 2 | 3 | `B=1` |");
}

Test(kernels_variants, one_half_judges_nothing)
{
    const struct times times[] = {{{100, 0}, {200, 0}}, {{200, 0}, {100, 0}}};
    page_of(tunings_of(times, 2, 1, "aa"));
    expect_written("| op0 | `fast` | 2 | 2 | `B=1` | – | – | – |\n");
    cr_expect_null(strstr(written.data, "choosing by size gains"));
}

Test(kernels_variants, two_runs_of_the_same_code_are_halves)
{
    const struct times times[] = {{{100, 0}, {200, 0}}, {{200, 0}, {100, 0}}};
    const struct bench_tunings *const same[] = {tunings_of(times, 2, 1, "aa"),
                                                tunings_of(times, 2, 1, "aa")};
    page(same, 2);
    expect_written("| +0.0 % | +41.4 % |\n");
    const struct bench_tunings *const other[] = {tunings_of(times, 2, 1, "bb"),
                                                 tunings_of(times, 2, 1, "aa")};
    page(other, 2);
    expect_written("| – | – | – |\n");
    const struct bench_tunings *const fewer[] = {tunings_of(times, 1, 1, "aa"),
                                                 tunings_of(times, 2, 1, "aa")};
    page(fewer, 2);
    expect_written("| – | – | – |\n");
}
