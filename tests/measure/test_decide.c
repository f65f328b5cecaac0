#include <criterion/criterion.h>
#include <math.h>

#include "bench/measure/decide.h"
#include "bench/perf/criteria.h"

static const struct bench_criterion speedup = {BENCH_SPEEDUP_THRESHOLD, true};
static const struct bench_criterion relative = {BENCH_RELATIVE_THRESHOLD, false};

static enum bench_answer answer(double low, double estimate, double high,
                                const struct bench_criterion *criterion, double noise_floor)
{
    struct bench_ratio ratio = {estimate, low, high, low, high};
    return bench_decide(&ratio, criterion, noise_floor);
}

Test(decide, the_whole_interval_must_lie_on_one_side)
{
    cr_assert_eq(answer(1.31, 1.35, 1.40, &speedup, 0), BENCH_PASS);
    cr_assert_eq(answer(1.20, 1.25, 1.29, &speedup, 0), BENCH_FAIL);
    cr_assert_eq(answer(1.29, 1.35, 1.40, &speedup, 0), BENCH_UNDETERMINED);
    cr_assert_eq(answer(1.20, 1.25, 1.31, &speedup, 0), BENCH_UNDETERMINED);
    cr_assert_eq(answer(1.00, 1.10, 1.20, &relative, 0), BENCH_PASS);
    cr_assert_eq(answer(1.26, 1.30, 1.40, &relative, 0), BENCH_FAIL);
    cr_assert_eq(answer(1.20, 1.24, 1.26, &relative, 0), BENCH_UNDETERMINED);
}

Test(decide, the_threshold_itself_passes)
{
    cr_assert_eq(answer(1.30, 1.35, 1.40, &speedup, 0), BENCH_PASS);
    cr_assert_eq(answer(1.20, 1.25, 1.30, &speedup, 0), BENCH_UNDETERMINED);
    cr_assert_eq(answer(1.10, 1.20, 1.25, &relative, 0), BENCH_PASS);
    cr_assert_eq(answer(1.25, 1.26, 1.27, &relative, 0), BENCH_UNDETERMINED);
}

Test(decide, nearer_than_the_noise_floor_is_no_claim)
{
    cr_assert_eq(answer(1.301, 1.303, 1.305, &speedup, 0), BENCH_PASS);
    cr_assert_eq(answer(1.301, 1.303, 1.305, &speedup, 0.004), BENCH_UNDETERMINED);
    cr_assert_eq(answer(1.295, 1.297, 1.299, &speedup, 0.004), BENCH_UNDETERMINED);
    cr_assert_eq(answer(1.305, 1.310, 1.315, &speedup, 0.004), BENCH_PASS);
}

Test(decide, nothing_known_is_undetermined)
{
    cr_assert_eq(answer(0, NAN, INFINITY, &speedup, 0), BENCH_UNDETERMINED);
    cr_assert_eq(answer(0, 2, INFINITY, &speedup, 0), BENCH_UNDETERMINED);
    cr_assert_eq(answer(1.4, 2, INFINITY, &speedup, 0), BENCH_PASS); /* bounded where it counts */
    cr_assert_eq(answer(0, 1, 1.2, &speedup, 0), BENCH_FAIL);
}

Test(decide, names)
{
    cr_assert_str_eq(bench_answer_name(BENCH_UNDETERMINED), "undetermined");
    cr_assert_str_eq(bench_answer_name(BENCH_PASS), "pass");
    cr_assert_str_eq(bench_answer_name(BENCH_FAIL), "fail");
}

Test(decide, geomean_adds_sampling_in_squares_and_the_rest_in_full)
{
    struct bench_ratio cases[4];
    for (int i = 0; i < 4; i++) {
        double middle = i % 2 ? 2.0 : 0.5;
        cases[i] = (struct bench_ratio){middle, middle * exp(-0.03), middle * exp(0.05),
                                        middle * exp(-0.02), middle * exp(0.02)};
    }
    struct bench_ratio all;
    bench_ratio_geomean(cases, 4, &all);
    cr_assert_float_eq(all.estimate, 1, 1e-12);
    cr_assert_float_eq(log(all.stat_low), -0.01, 1e-12); /* 0.02 / sqrt(4) */
    cr_assert_float_eq(log(all.stat_high), 0.01, 1e-12);
    cr_assert_float_eq(log(all.low), -0.02, 1e-12); /* and 0.03 - 0.02 */
    cr_assert_float_eq(log(all.high), 0.04, 1e-12); /* and 0.05 - 0.02 */
}

Test(decide, geomean_of_one_is_that_one)
{
    struct bench_ratio one = {1.3, 1.2, 1.5, 1.25, 1.4}, all;
    bench_ratio_geomean(&one, 1, &all);
    cr_assert_float_eq(all.low, 1.2, 1e-12);
    cr_assert_float_eq(all.high, 1.5, 1e-12);
    cr_assert_float_eq(all.stat_low, 1.25, 1e-12);
    cr_assert_float_eq(all.stat_high, 1.4, 1e-12);
}

Test(decide, geomean_is_unbounded_where_a_case_is)
{
    struct bench_ratio cases[] = {{1.3, 1.2, 1.4, 1.2, 1.4}, {1.3, 1.2, INFINITY, 1.2, 1.4}}, all;
    bench_ratio_geomean(cases, 2, &all);
    cr_assert(isinf(all.high) && isfinite(all.stat_high) && all.low > 1.1);
    cases[1] = (struct bench_ratio){1.3, 0, INFINITY, 0, INFINITY};
    bench_ratio_geomean(cases, 2, &all);
    cr_assert(isinf(all.high) && isinf(all.stat_high) && all.low == 0 && all.stat_low == 0);
    cases[1].estimate = NAN;
    bench_ratio_geomean(cases, 2, &all);
    cr_assert(isnan(all.estimate) && all.low == 0 && isinf(all.high));
    cases[1].estimate = 0; /* a kernel that takes no time at all has no logarithm */
    bench_ratio_geomean(cases, 2, &all);
    cr_assert(isnan(all.estimate) && all.low == 0 && isinf(all.high));
    bench_ratio_geomean(cases, 0, &all);
    cr_assert(isnan(all.estimate) && all.low == 0 && isinf(all.high));
}

Test(decide, a_case_s_own_error_adds_to_its_sampling_in_squares)
{
    struct bench_ratio r = {1, exp(-0.05), exp(0.06), exp(-0.03), exp(0.04)};
    bench_ratio_allow_own(&r, expm1(0.04));
    cr_expect_float_eq(log(r.stat_low), -0.05, 1e-12);
    cr_expect_float_eq(log(r.stat_high), hypot(0.04, 0.04), 1e-12);
    cr_expect_float_eq(log(r.low), -0.07, 1e-12, "what is common is added still");
    cr_expect_float_eq(log(r.high), hypot(0.04, 0.04) + 0.02, 1e-12);
    bench_ratio_allow_own(&r, 0);
    cr_expect_float_eq(log(r.low), -0.07, 1e-12);
    struct bench_ratio open = {1, 0, INFINITY, 0, INFINITY};
    bench_ratio_allow_own(&open, 0.04);
    cr_expect(open.low == 0 && isinf(open.high) && open.stat_low == 0 && isinf(open.stat_high));
}

/* Logarithms -0.01, 0, 0.01: deviation 0.01, standard error 0.01 / sqrt(3), t(2, 97.5 %) 4.3027. */
Test(decide, processes_are_the_unit_of_a_claim)
{
    const double estimates[] = {exp(-0.01), 1, exp(0.01)};
    struct bench_ratio claim, common = {1, 0.98, 1.03, 0.99, 1.01};
    bench_ratio_over_processes(estimates, 3, 0.95, NULL, &claim);
    cr_assert_float_eq(claim.estimate, 1, 1e-12);
    cr_assert_float_eq(log(claim.high), 4.30265 * 0.01 / sqrt(3), 1e-7);
    cr_assert_float_eq(log(claim.low), -4.30265 * 0.01 / sqrt(3), 1e-7);
    struct bench_ratio wider;
    bench_ratio_over_processes(estimates, 3, 0.95, &common, &wider);
    cr_assert_float_eq(wider.stat_low, claim.low, 1e-12);
    cr_assert_float_eq(wider.low, claim.low * 0.98 / 0.99, 1e-12);
    cr_assert_float_eq(wider.high, claim.high * 1.03 / 1.01, 1e-12);
}

Test(decide, one_process_proves_nothing)
{
    const double one = 2;
    struct bench_ratio claim, unbounded = {1, 0, INFINITY, 0, INFINITY};
    bench_ratio_over_processes(&one, 1, 0.95, NULL, &claim);
    cr_assert(claim.estimate == 2 && claim.low == 0 && isinf(claim.high));
    bench_ratio_over_processes(&one, 0, 0.95, NULL, &claim);
    cr_assert(isnan(claim.estimate) && claim.low == 0 && isinf(claim.high));
    const double two[] = {2, 2.1};
    bench_ratio_over_processes(two, 2, 0.95, &unbounded, &claim);
    cr_assert(claim.low == 0 && isinf(claim.high) && claim.stat_low > 0);
}

Test(decide, noise_floor_is_what_a_kernel_shows_against_itself)
{
    const double few[] = {1.001, 0.996, 1.002};
    cr_assert_eq(bench_noise_floor(few, 0), 0);
    cr_assert_float_eq(bench_noise_floor(few, 3), -log(0.996), 1e-12);
    double many[101];
    for (int i = 0; i < 101; i++)
        many[i] = exp((i % 2 ? -1e-4 : 1e-4) * i);
    cr_assert_float_eq(bench_noise_floor(many, 101), 95e-4, 1e-12);
}
