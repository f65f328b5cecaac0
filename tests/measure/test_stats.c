#include <criterion/criterion.h>
#include <math.h>

#include "bench/measure/stats.h"

static bool close_to(double a, double b)
{
    return fabs(a - b) <= 1e-12 * fmax(1, fabs(b));
}

/* Values of numpy.percentile(x, q), whose default method is type 7. */
Test(stats, quantiles_are_those_of_numpy)
{
    const double four[] = {4, 1, 3, 2};
    struct bench_summary s;
    bench_summarize(four, 4, &s);
    cr_assert(close_to(s.min, 1) && close_to(s.max, 4));
    cr_assert(close_to(s.q05, 1.15) && close_to(s.q95, 3.85));
    cr_assert(close_to(s.q25, 1.75) && close_to(s.q75, 3.25));
    cr_assert(close_to(s.median, 2.5));

    const double five[] = {15, 20, 35, 40, 50};
    bench_summarize(five, 5, &s);
    cr_assert(close_to(s.q25, 20) && close_to(s.median, 35) && close_to(s.q75, 40));
    cr_assert(close_to(s.q05, 16) && close_to(s.q95, 48));
}

Test(stats, mean_deviation_and_mad)
{
    const double x[] = {2, 4, 4, 4, 5, 5, 7, 9};
    struct bench_summary s;
    bench_summarize(x, 8, &s);
    cr_assert(close_to(s.mean, 5));
    cr_assert(close_to(s.stddev, sqrt(32.0 / 7.0)));
    cr_assert(close_to(s.mad, 0.5)); /* of |x - 4.5|: 2.5 .5 .5 .5 .5 .5 2.5 4.5 */
    cr_assert_eq(s.count, 8);
}

Test(stats, one_outlier_moves_the_mean_and_not_the_median)
{
    const double x[] = {10, 10, 10, 10, 1e9};
    struct bench_summary s;
    bench_summarize(x, 5, &s);
    cr_assert(close_to(s.median, 10) && close_to(s.mad, 0));
    cr_assert(s.mean > 1e8);
}

Test(stats, no_samples_and_one_sample)
{
    const double one[] = {42};
    struct bench_summary s;
    bench_summarize(one, 0, &s);
    cr_assert_eq(s.count, 0);
    cr_assert(close_to(s.median, 0));
    bench_summarize(one, 1, &s);
    cr_assert(close_to(s.median, 42) && close_to(s.q05, 42) && close_to(s.stddev, 0));
    cr_assert(close_to(bench_median(one, 1), 42));
}

Test(stats, samples_are_not_changed)
{
    double x[] = {3, 1, 2};
    struct bench_summary s;
    bench_summarize(x, 3, &s);
    bench_median(x, 3);
    cr_assert(close_to(x[0], 3) && close_to(x[1], 1) && close_to(x[2], 2));
}

Test(stats, any_quantile)
{
    const double x[] = {40, 20, 15, 50, 35};
    cr_assert(close_to(bench_quantile(x, 5, 0.4), 29)); /* numpy.percentile(x, 40) */
    cr_assert(close_to(bench_quantile(x, 5, 0), 15) && close_to(bench_quantile(x, 5, 1), 50));
    cr_assert(close_to(bench_quantile(x, 0, 0.5), 0));
}

Test(stats, geometric_mean)
{
    const double x[] = {2, 8}, many[] = {1e300, 1e300, 1e-300, 1e-300};
    cr_assert(close_to(bench_geomean(x, 2), 4));
    cr_assert(close_to(bench_geomean(many, 4), 1)); /* their product would overflow */
    cr_assert(close_to(bench_geomean(x, 0), 0));
}
