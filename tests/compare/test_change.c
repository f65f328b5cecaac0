/* From values of processes to verdicts. */
#include <criterion/criterion.h>
#include <math.h>

#include "bench/compare/change.h"
#include "bench/measure/student.h"

static struct bench_change change_of(const double *a, size_t na, const double *b, size_t nb,
                                     double variance)
{
    const struct bench_change_side x = {a, na, variance}, y = {b, nb, variance};
    const struct bench_change_prior prior = {.freedom = 2, .process_freedom = 0.5, .scale = 1};
    struct bench_change c;
    bench_change_of(&x, &y, &prior, &c);
    return c;
}

Test(change, one_process_each_is_judged_by_what_is_known_beforehand)
{
    const double a[] = {0}, b[] = {0.05};
    struct bench_change c = change_of(a, 1, b, 1, 1e-4);
    cr_expect_float_eq(c.change, exp(0.05), 1e-12);
    /* 0.05 over sqrt(2) times 1 %, two degrees of freedom a side: P(|T + U| > 5). */
    double exact = bench_behrens_fisher_tail(0.05, 0.01, 2, 0.01, 2);
    cr_expect_float_eq(c.p / exact, 1, 0.17, "%g, exactly %g", c.p, exact);
    cr_expect(c.p > 0.05 && c.p < 0.12, "%g", c.p);
    cr_expect(c.low < 1 && c.high > 1);
}

/* But for the step between the approximation and the exact distribution. */
Test(change, a_larger_change_is_never_more_probable)
{
    const double a[] = {0, 0.001, -0.001};
    double before = 1;
    for (double d = 0; d < 0.5; d += 0.0005) {
        const double b[] = {d, d + 0.002};
        double p = change_of(a, 3, b, 2, 1e-5).p;
        cr_assert_leq(p, before * (before > 0.01 ? 1.2 : 1), "%g: %g after %g", d, p, before);
        before = p;
    }
}

Test(change, processes_that_agree_tell_more)
{
    const double a[] = {0, 0.001, -0.001, 0}, b[] = {0.05, 0.051, 0.049, 0.05};
    struct bench_change one = change_of(a, 1, b, 1, 1e-4), four = change_of(a, 4, b, 4, 1e-4);
    cr_expect_lt(four.p, one.p / 10);
    cr_expect_lt(four.high - four.low, (one.high - one.low) / 2);
    const double wild[] = {0.05, 0.2, -0.1, 0.05};
    cr_expect_gt(change_of(a, 4, wild, 4, 1e-4).p, 10 * four.p);
}

Test(change, exchanging_the_sides_mirrors_all)
{
    const double a[] = {0, 0.004, -0.002}, b[] = {0.03, 0.027, 0.031, 0.035};
    struct bench_change to = change_of(a, 3, b, 4, 1e-5), back = change_of(b, 4, a, 3, 1e-5);
    cr_expect_float_eq(to.change * back.change, 1, 1e-12);
    cr_expect_float_eq(to.low * back.high, 1, 1e-9);
    cr_expect_float_eq(to.p / back.p, 1, 1e-9);
}

Test(change, what_is_common_is_not_lessened_by_processes)
{
    const double a[] = {0, 0, 0, 0}, b[] = {0.03, 0.03, 0.03, 0.03};
    const struct bench_change_side x = {a, 4, 1e-6}, y = {b, 4, 1e-6};
    struct bench_change_prior prior = {.freedom = 2, .process_freedom = 1, .scale = 1};
    struct bench_change without, with;
    bench_change_of(&x, &y, &prior, &without);
    prior.common = 4e-4;
    bench_change_of(&x, &y, &prior, &with);
    cr_expect_lt(without.p, 1e-3);
    cr_expect_gt(with.p, 0.1);
    cr_expect_gt(with.high - with.low, 0.08);
}

/* Holm's own: p of 0.01, 0.02, 0.03, 0.005 become 0.03, 0.04, 0.04, 0.02. */
Test(change, holm)
{
    struct bench_change c[5] = {{.known = true, .p = 0.01},
                                {.known = true, .p = 0.02},
                                {.known = true, .p = 0.03},
                                {.known = true, .p = 0.005},
                                {.known = false, .p = 1e-9}};
    struct bench_change *all[5];
    for (int i = 0; i < 5; i++) {
        c[i].change = c[i].low = c[i].high = 1.02;
        c[i].reason = "";
        all[i] = &c[i];
    }
    bench_change_judge(all, 5, 0.03, 0.01);
    cr_expect_float_eq(c[0].adjusted, 0.03, 1e-12);
    cr_expect_float_eq(c[1].adjusted, 0.04, 1e-12);
    cr_expect_float_eq(c[2].adjusted, 0.04, 1e-12);
    cr_expect_float_eq(c[3].adjusted, 0.02, 1e-12);
    cr_expect_eq(c[0].verdict, BENCH_VERDICT_SLOWER);
    cr_expect_eq(c[1].verdict, BENCH_VERDICT_UNDETERMINED);
    cr_expect_eq(c[3].verdict, BENCH_VERDICT_SLOWER);
}

static enum bench_verdict verdict_of(double change, double low, double high, double p)
{
    struct bench_change c = {
        .known = true, .change = change, .low = low, .high = high, .p = p, .reason = ""};
    struct bench_change *all[] = {&c};
    bench_change_judge(all, 1, 0.005, 0.01);
    return c.verdict;
}

Test(change, verdicts)
{
    cr_expect_eq(verdict_of(1.03, 1.02, 1.04, 1e-6), BENCH_VERDICT_SLOWER);
    cr_expect_eq(verdict_of(0.97, 0.96, 0.98, 1e-6), BENCH_VERDICT_FASTER);
    cr_expect_eq(verdict_of(1.001, 0.995, 1.007, 0.7), BENCH_VERDICT_SAME);
    /* Sure, but less than the least effect. */
    cr_expect_eq(verdict_of(1.005, 1.004, 1.006, 1e-6), BENCH_VERDICT_SAME);
    cr_expect_eq(verdict_of(1.008, 1.004, 1.012, 1e-3), BENCH_VERDICT_UNDETERMINED);
    cr_expect_eq(verdict_of(1.03, 0.99, 1.07, 0.02), BENCH_VERDICT_UNDETERMINED);
    /* In logarithms 1 % faster is as far as 1 % slower. */
    cr_expect_eq(verdict_of(1.0, 1 / 1.0099, 1.0099, 1), BENCH_VERDICT_SAME);
    cr_expect_eq(verdict_of(1.0, 1 / 1.0101, 1.0099, 1), BENCH_VERDICT_UNDETERMINED);
}
