#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/measure/stats.h"
#include "bench/util/rng.h"

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

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* Values of which many are equal, infinite or sorted already: what a search by pivots may trip
 * over. */
static void fill_awkwardly(double *x, size_t count, int kind, struct bench_rng *rng)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t few = bench_rng_below(rng, 3);
        x[i] = kind == 0   ? bench_rng_normal(rng)
               : kind == 1 ? (double)few
               : kind == 2 ? (double)i
               : kind == 3 ? -(double)i
               : kind == 4 ? 7
                           : (few == 0 ? INFINITY : (double)(i % 5));
    }
}

Test(stats, a_selected_value_is_that_of_sorting)
{
    enum { MOST = 70, KINDS = 6 };
    struct bench_rng rng;
    bench_rng_init(&rng, 3);
    for (size_t count = 1; count <= MOST; count++) {
        for (int kind = 0; kind < KINDS; kind++) {
            double x[MOST], sorted[MOST], next;
            fill_awkwardly(x, count, kind, &rng);
            memcpy(sorted, x, count * sizeof *x);
            qsort(sorted, count, sizeof *sorted, by_value);
            size_t rank = (size_t)bench_rng_below(&rng, count);
            double found = bench_order_statistic(x, count, rank, &next);
            double after = rank + 1 < count ? sorted[rank + 1] : INFINITY;
            cr_assert(found == sorted[rank] && next == after,
                      "kind %d, rank %zu of %zu: %g and %g, sorted %g and %g", kind, rank, count,
                      found, next, sorted[rank], after);
        }
    }
}
