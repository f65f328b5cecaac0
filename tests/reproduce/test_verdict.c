/* The rule by which a measurement bears out a claim. */
#include <criterion/criterion.h>
#include <math.h>

#include "bench/reproduce/verdict.h"

static enum bench_claim_verdict judge(double claimed, double low, double high)
{
    struct bench_speedup c = {.estimate = claimed, .low = NAN, .high = NAN};
    struct bench_speedup m = {.estimate = (low + high) / 2, .low = low, .high = high};
    const char *why = NULL;
    enum bench_claim_verdict verdict = bench_claim_judge(&c, &m, 1, 0.05, &why);
    cr_assert_not_null(why);
    return verdict;
}

Test(verdict, an_interval_within_one_region_is_of_that_region)
{
    cr_expect_eq(judge(1.4, 1.38, 1.42), BENCH_CLAIM_REPRODUCED);
    cr_expect_eq(judge(1.4, 1.50, 1.60), BENCH_CLAIM_BETTER);
    cr_expect_eq(judge(1.4, 1.10, 1.20), BENCH_CLAIM_WORSE);
    cr_expect_eq(judge(1.4, 0.80, 0.90), BENCH_CLAIM_NOT_REPRODUCED);
}

Test(verdict, the_tolerance_is_of_the_interval_and_exact)
{
    cr_expect_eq(judge(1.05, 1.101, 1.2), BENCH_CLAIM_REPRODUCED); /* 1.05 x 1.05 = 1.1025 */
    cr_expect_eq(judge(1.05, 1.103, 1.2), BENCH_CLAIM_BETTER);
    cr_expect_eq(judge(2.1, 1.8, 2.0), BENCH_CLAIM_REPRODUCED); /* 2.1 / 1.05 = 2 */
    cr_expect_eq(judge(2.1, 1.8, 1.999), BENCH_CLAIM_WORSE);
}

Test(verdict, what_reaches_from_agreement_beyond_the_bar_is_undetermined)
{
    cr_expect_eq(judge(1.4, 0.9, 1.5), BENCH_CLAIM_UNDETERMINED);
    cr_expect_eq(judge(1.4, 0.0, INFINITY), BENCH_CLAIM_UNDETERMINED);
    cr_expect_eq(judge(1.4, 1.1, 1.9), BENCH_CLAIM_UNDETERMINED, "wider than any agreement");
    /* Near the bar agreement reaches over it, and there nothing is contradicted. */
    cr_expect_eq(judge(1.01, 0.97, 1.0), BENCH_CLAIM_REPRODUCED);
    cr_expect_eq(judge(1.01, 0.90, 0.95), BENCH_CLAIM_NOT_REPRODUCED);
}

/* Near the timing floor intervals reach far up; what they reach is no doubt about the claim. */
Test(verdict, a_wide_interval_counts_if_its_estimate_agrees)
{
    struct bench_speedup c = {.estimate = 2.105, .low = 2.105, .high = 2.14};
    struct bench_speedup m = {.estimate = 2.024, .low = 2.001, .high = 3.978};
    const char *why = NULL;
    cr_expect_eq(bench_claim_judge(&c, &m, 1, 0.05, &why), BENCH_CLAIM_REPRODUCED);
    m.estimate = 2.4;
    cr_expect_eq(bench_claim_judge(&c, &m, 1, 0.05, &why), BENCH_CLAIM_UNDETERMINED);
}

Test(verdict, a_claim_below_the_bar_has_no_side_to_contradict)
{
    cr_expect_eq(judge(0.8, 0.4, 0.5), BENCH_CLAIM_WORSE);
    cr_expect_eq(judge(0.8, 1.2, 1.3), BENCH_CLAIM_BETTER);
    cr_expect_eq(judge(0.8, 0.79, 0.81), BENCH_CLAIM_REPRODUCED);
}

Test(verdict, worse_says_when_its_side_is_open)
{
    struct bench_speedup c = {.estimate = 1.5, .low = NAN, .high = NAN};
    struct bench_speedup m = {.estimate = 1.05, .low = 0.98, .high = 1.1};
    const char *why = NULL;
    cr_expect_eq(bench_claim_judge(&c, &m, 1, 0.05, &why), BENCH_CLAIM_WORSE);
    cr_expect_str_not_empty(why);
    m.low = 1.01;
    cr_expect_eq(bench_claim_judge(&c, &m, 1, 0.05, &why), BENCH_CLAIM_WORSE);
    cr_expect_str_empty(why);
}

Test(verdict, a_claimed_interval_is_what_agrees)
{
    struct bench_speedup c = {.estimate = 1.4, .low = 1.0, .high = 2.0};
    struct bench_speedup m = {.estimate = 1.85, .low = 1.8, .high = 1.9};
    const char *why = NULL;
    cr_expect_eq(bench_claim_judge(&c, &m, 1, 0, &why), BENCH_CLAIM_REPRODUCED);
    m.low = 2.01, m.high = 2.02;
    cr_expect_eq(bench_claim_judge(&c, &m, 1, 0, &why), BENCH_CLAIM_BETTER);
}

/* It says neither that it is faster nor that it is not. */
Test(verdict, a_claim_whose_own_interval_holds_the_bar_has_no_side)
{
    struct bench_speedup c = {.estimate = 1.01, .low = 0.85, .high = 1.28};
    struct bench_speedup m = {.estimate = 1.01, .low = 0.34, .high = 1.82};
    const char *why = NULL;
    cr_expect_eq(bench_claim_judge(&c, &m, 1, 0.05, &why), BENCH_CLAIM_REPRODUCED);
    m = (struct bench_speedup){.estimate = 0.7, .low = 0.34, .high = 1.1};
    cr_expect_eq(bench_claim_judge(&c, &m, 1, 0.05, &why), BENCH_CLAIM_UNDETERMINED);
    cr_expect_str_not_empty(why);
    m = (struct bench_speedup){.estimate = 0.7, .low = 0.65, .high = 0.75};
    cr_expect_eq(bench_claim_judge(&c, &m, 1, 0.05, &why), BENCH_CLAIM_WORSE);
    c.low = 1.0; /* it is faster, it says */
    cr_expect_eq(bench_claim_judge(&c, &m, 1, 0.05, &why), BENCH_CLAIM_NOT_REPRODUCED);
    m = (struct bench_speedup){.estimate = 1.01, .low = 0.9, .high = 1.2};
    cr_expect_eq(bench_claim_judge(&c, &m, 1, 0.05, &why), BENCH_CLAIM_UNDETERMINED);
}

Test(verdict, a_threshold_moves_the_bar)
{
    struct bench_speedup c = {.estimate = 1.4, .low = NAN, .high = NAN};
    struct bench_speedup m = {.estimate = 1.2, .low = 1.19, .high = 1.21};
    const char *why = NULL;
    cr_expect_eq(bench_claim_judge(&c, &m, 1, 0.05, &why), BENCH_CLAIM_WORSE);
    cr_expect_eq(bench_claim_judge(&c, &m, 1.3, 0.05, &why), BENCH_CLAIM_NOT_REPRODUCED);
}

Test(verdict, inverses_keep_what_is_unbounded)
{
    struct bench_speedup r = {.estimate = 0.5, .low = 0.25, .high = INFINITY};
    struct bench_speedup inverse = bench_speedup_inverse(&r);
    cr_expect_eq(inverse.estimate, 2);
    cr_expect_eq(inverse.low, 0);
    cr_expect_eq(inverse.high, 4);
    r.low = 0;
    cr_expect(isinf(bench_speedup_inverse(&r).high));
    r = (struct bench_speedup){.estimate = 4, .low = NAN, .high = NAN};
    cr_expect_not(bench_speedup_has_interval(&r));
    r = bench_speedup_inverse(&r);
    cr_expect_eq(r.estimate, 0.25);
    cr_expect_not(bench_speedup_has_interval(&r));
}
