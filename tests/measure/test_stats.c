#include <criterion/criterion.h>
#include <math.h>

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

Test(stats, geometric_mean)
{
    const double x[] = {2, 8}, many[] = {1e300, 1e300, 1e-300, 1e-300};
    cr_assert(close_to(bench_geomean(x, 2), 4));
    cr_assert(close_to(bench_geomean(many, 4), 1)); /* their product would overflow */
    cr_assert(close_to(bench_geomean(x, 0), 0));
}

Test(stats, interval_of_constant_times_is_a_point)
{
    const double a[] = {13, 13, 13, 13}, b[] = {10, 10, 10, 10};
    struct bench_interval r;
    bench_ratio_interval(a, b, 4, 0.95, 200, 1, &r);
    cr_assert(close_to(r.estimate, 1.3) && close_to(r.low, 1.3) && close_to(r.high, 1.3));
    bench_ratio_interval(a, b, 1, 0.95, 200, 1, &r);
    cr_assert(close_to(r.low, 1.3) && close_to(r.high, 1.3));
}

Test(stats, same_seed_same_interval)
{
    double a[40], b[40];
    struct bench_rng rng;
    bench_rng_init(&rng, 5);
    for (int i = 0; i < 40; i++) {
        a[i] = 1300 + 50 * bench_rng_normal(&rng);
        b[i] = 1000 + 40 * bench_rng_normal(&rng);
    }
    struct bench_interval first, second;
    bench_ratio_interval(a, b, 40, 0.95, 300, 9, &first);
    bench_ratio_interval(a, b, 40, 0.95, 300, 9, &second);
    cr_assert(close_to(first.low, second.low) && close_to(first.high, second.high));
    cr_assert(first.low < first.estimate && first.estimate < first.high);
}

/* The promise of a 95 % interval: out of many experiments with a known ratio of medians, about 95
 * in 100 cover it. 200 experiments of an honest interval lie within 90 to 99 % all but always. */
Test(stats, interval_covers_the_known_ratio)
{
    struct bench_rng rng;
    int covered = 0;
    bench_rng_init(&rng, 2026);
    for (int experiment = 0; experiment < 200; experiment++) {
        double a[60], b[60];
        struct bench_interval r;
        for (int i = 0; i < 60; i++) {
            a[i] = 1300 + 50 * bench_rng_normal(&rng);
            b[i] = 1000 + 40 * bench_rng_normal(&rng);
        }
        bench_ratio_interval(a, b, 60, 0.95, 300, (uint64_t)experiment, &r);
        covered += r.low <= 1.3 && 1.3 <= r.high;
    }
    cr_assert_geq(covered, 180);
    cr_assert_leq(covered, 198);
}

/* Drift that both arms share cancels, because a round is drawn whole. */
Test(stats, shared_drift_does_not_widen_the_interval)
{
    double a[100], b[100];
    for (int i = 0; i < 100; i++) {
        double drift = 1 + 0.5 * i / 100.0;
        a[i] = 1300 * drift;
        b[i] = 1000 * drift;
    }
    struct bench_interval r;
    bench_ratio_interval(a, b, 100, 0.95, 500, 3, &r);
    cr_assert(r.high - r.low < 1e-9);
}
