/* One value, its interval and one answer from the ratios of cases. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "bench/util/rng.h"
#include "selector/aggregate.h"

static struct bench_criteria speedup(enum bench_aggregate aggregate, double part)
{
    return (struct bench_criteria){.field = BENCH_DATASET_SPEEDUP,
                                   .threshold = 1.3,
                                   .aggregate = aggregate,
                                   .part = part,
                                   .worst_bound = NAN,
                                   .intervals = true};
}

static struct bench_sample known(double estimate, double low, double high)
{
    return (struct bench_sample){{estimate, low, high, low, high}, 1000, 1, false};
}

static const struct bench_sample lost = {.weight = 1, .lost = true};

static struct bench_aggregated ask(const struct bench_criteria *c, const struct bench_sample *s,
                                   size_t n)
{
    struct bench_aggregated a;
    bench_aggregate_intervals(c, s, n, 0, &a);
    return a;
}

Test(aggregate, equal_weights_are_the_mean_of_the_run)
{
    struct bench_sample s[3] = {known(1.4, 1.3, 1.6), known(2, 1.8, 2.1), known(1.1, 1, 1.2)};
    struct bench_ratio ratios[3], want;
    for (int i = 0; i < 3; i++) {
        s[i].ratio.low *= 0.95;
        s[i].ratio.high *= 1.02;
        ratios[i] = s[i].ratio;
        s[i].weight = 3;
    }
    bench_ratio_geomean(ratios, 3, &want);
    struct bench_criteria c = speedup(BENCH_AGGREGATE_GEOMEAN, 0);
    struct bench_aggregated a = ask(&c, s, 3);
    cr_expect_float_eq(a.value, want.estimate, 1e-14);
    cr_expect_float_eq(a.low, want.low, 1e-14);
    cr_expect_float_eq(a.high, want.high, 1e-14);
}

/* A case of weight 3 is three cases with one and the same error. */
Test(aggregate, weights_in_a_geometric_mean)
{
    struct bench_sample s[2] = {known(2, 1.6, 2.5), known(1.2, 1.2, 1.2)};
    struct bench_criteria c = speedup(BENCH_AGGREGATE_GEOMEAN, 0);
    s[0].weight = 3;
    struct bench_aggregated a = ask(&c, s, 2);
    cr_expect_float_eq(a.value, pow(2 * 2 * 2 * 1.2, 0.25), 1e-14);
    cr_expect_float_eq(a.low, pow(1.6 * 1.6 * 1.6 * 1.2, 0.25), 1e-14);
    cr_expect_eq(a.answer, BENCH_PASS);
    s[0] = (struct bench_sample){{2, 0, INFINITY, 0, INFINITY}, 9, 3, false};
    a = ask(&c, s, 2);
    cr_expect_eq(a.low, 0);
    cr_expect_eq(a.high, INFINITY);
    cr_expect_eq(a.answer, BENCH_UNDETERMINED);
    s[0] = lost;
    cr_expect_eq(ask(&c, s, 2).answer, BENCH_FAIL);
}

Test(aggregate, divisors)
{
    static const double equal[10] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    static const double mixed[4] = {1, 1, 4, 4};
    cr_expect_eq(bench_aggregate_divisor(equal, 10, 10), 1, "all of them: no divisor");
    cr_expect_eq(bench_aggregate_divisor(equal, 10, 9), 2,
                 "two must be below for the claim to be "
                 "wrong");
    cr_expect_eq(bench_aggregate_divisor(equal, 10, 0.9 * 10), 2, "0.9 of 10 is 9");
    cr_expect_eq(bench_aggregate_divisor(equal, 10, 1), 10, "any: Bonferroni over all");
    cr_expect_eq(bench_aggregate_divisor(mixed, 4, 8), 3, "1 + 1 is not more than 10 - 8");
    cr_expect_eq(bench_aggregate_divisor(mixed, 4, 10), 1);
}

Test(aggregate, every_case_needs_no_divisor_and_its_denial_does)
{
    struct bench_sample s[4] = {known(1.4, 1.31, 1.5), known(1.4, 1.31, 1.5), known(1.4, 1.31, 1.5),
                                known(1.4, 1.31, 1.5)};
    struct bench_criteria c = speedup(BENCH_AGGREGATE_SHARE, 1);
    cr_expect_eq(ask(&c, s, 4).answer, BENCH_PASS);
    c.aggregate = BENCH_AGGREGATE_WORST;
    struct bench_aggregated a = ask(&c, s, 4);
    cr_expect_eq(a.answer, BENCH_PASS);
    cr_expect_eq(a.value, 1.4);
    cr_expect_float_eq(a.low, 1.31, 1e-12);
    cr_expect_gt(a.high, 1.5, "that one of four is below is claimed at a quarter of the error");
    s[3] = known(1.25, 1.2, 1.299);
    cr_expect_eq(ask(&c, s, 4).answer, BENCH_UNDETERMINED);
    s[3] = known(1.1, 1.0, 1.2);
    cr_expect_eq(ask(&c, s, 4).answer, BENCH_FAIL);
}

Test(aggregate, shares_count_what_is_sure)
{
    struct bench_sample s[10];
    struct bench_criteria c = speedup(BENCH_AGGREGATE_SHARE, 0.8);
    for (int i = 0; i < 10; i++)
        s[i] = i < 8 ? known(2, 1.9, 2.1) : known(1, 0.95, 1.05);
    struct bench_aggregated a = ask(&c, s, 10);
    cr_expect_eq(a.answer, BENCH_PASS);
    cr_expect_eq(a.value, 0.8);
    cr_expect_eq(a.low, 0.8);
    cr_expect_float_eq(a.high, 0.8, 1e-12);
    s[0] = known(1.4, 1.2, 1.5);
    a = ask(&c, s, 10);
    cr_expect_eq(a.answer, BENCH_UNDETERMINED);
    cr_expect_float_eq(a.low, 0.7, 1e-12);
    cr_expect_eq(a.value, 0.8, "the point");
    s[0] = lost;
    cr_expect_eq(ask(&c, s, 10).answer, BENCH_FAIL);
    c.aggregate = BENCH_AGGREGATE_QUANTILE;
    c.part = 0.3;
    a = ask(&c, s, 10);
    cr_expect_eq(a.value, 2, "seven of ten reach 2");
    cr_expect_eq(a.answer, BENCH_PASS);
    s[1] = lost;
    a = ask(&c, s, 10);
    cr_expect_eq(a.value, 1);
}

Test(aggregate, any_case_is_claimed_at_a_share_of_the_error)
{
    struct bench_sample s[100];
    struct bench_criteria c = speedup(BENCH_AGGREGATE_ANY, 0);
    for (int i = 0; i < 100; i++)
        s[i] = known(1, 0.9, 1.1);
    s[0] = known(1.45, 1.32, 1.6);
    cr_expect_eq(ask(&c, s, 1).answer, BENCH_PASS);
    cr_expect_eq(ask(&c, s, 100).answer, BENCH_UNDETERMINED, "one in forty is above by chance");
    s[0] = known(1.9, 1.8, 2.0);
    cr_expect_eq(ask(&c, s, 100).answer, BENCH_PASS);
}

Test(aggregate, lower_is_better_the_other_way_round)
{
    struct bench_sample s[3] = {known(0.5, 0.4, 0.6), known(1.2, 1.15, 1.24), known(1, 0.9, 1.1)};
    struct bench_criteria c = speedup(BENCH_AGGREGATE_WORST, 0);
    c.field = BENCH_DATASET_RELATIVE;
    c.threshold = 1.25;
    struct bench_aggregated a = ask(&c, s, 3);
    cr_expect_eq(a.value, 1.2);
    cr_expect_float_eq(a.high, 1.24, 1e-12);
    cr_expect_eq(a.answer, BENCH_PASS);
    c.worst_bound = 1.24;
    bench_aggregate_worst_intervals(&c, s, 3, 0, &a);
    cr_expect_eq(a.answer, BENCH_PASS);
    bench_aggregate_worst_intervals(&c, s, 3, 0.05, &a);
    cr_expect_eq(a.answer, BENCH_UNDETERMINED, "nearer to the bound than the noise floor");
    s[0] = lost;
    a = ask(&c, s, 3);
    cr_expect_eq(a.value, INFINITY);
    cr_expect_eq(a.answer, BENCH_FAIL);
}

/* Cases whose truth is known, with errors as large as their intervals say: how often is an answer
 * wrong? At most as often as an interval's side is, 2.5 %. */
static double wrong_share(enum bench_aggregate aggregate, double part, int above, bool truth)
{
    enum { CASES = 20, TRIALS = 2000 };
    struct bench_criteria c = speedup(aggregate, part);
    struct bench_rng rng;
    int wrong = 0;
    bench_rng_init(&rng, 20 + (uint64_t)above);
    for (int t = 0; t < TRIALS; t++) {
        struct bench_sample s[CASES];
        for (int i = 0; i < CASES; i++) {
            /* The hardest truths: on the threshold, on the side that the claim denies. */
            double middle = log(1.3) + (i < above ? (truth ? 0 : 5) : (truth ? -5 : -1e-9));
            double x = middle + 0.02 * bench_rng_normal(&rng), half = 1.96 * 0.02;
            s[i] = known(exp(x), exp(x - half), exp(x + half));
        }
        enum bench_answer answer = ask(&c, s, CASES).answer;
        wrong += answer == (truth ? BENCH_FAIL : BENCH_PASS);
    }
    return (double)wrong / TRIALS;
}

Test(aggregate, answers_are_wrong_no_more_often_than_intervals)
{
    /* 17 of 20 reach it, 90 % are asked for; 18 do, and it is denied. */
    cr_expect_leq(wrong_share(BENCH_AGGREGATE_SHARE, 0.9, 17, false), 0.03);
    cr_expect_leq(wrong_share(BENCH_AGGREGATE_SHARE, 0.9, 18, true), 0.03);
    cr_expect_leq(wrong_share(BENCH_AGGREGATE_QUANTILE, 0.1, 17, false), 0.03);
    cr_expect_leq(wrong_share(BENCH_AGGREGATE_WORST, 0, 19, false), 0.03);
    cr_expect_leq(wrong_share(BENCH_AGGREGATE_WORST, 0, 20, true), 0.03);
    cr_expect_leq(wrong_share(BENCH_AGGREGATE_ANY, 0, 0, false), 0.03);
    cr_expect_leq(wrong_share(BENCH_AGGREGATE_ANY, 0, 1, true), 0.03);
    /* Not by never answering: every case on its own would be wrong here in 40 % of the trials. */
    cr_expect_gt(wrong_share(BENCH_AGGREGATE_ANY, 0, 0, false), 0.005);
}
