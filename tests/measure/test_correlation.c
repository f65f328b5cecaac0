#include <criterion/criterion.h>
#include <math.h>

#include "bench/measure/correlation.h"
#include "bench/util/rng.h"

static void autoregress(double *x, size_t count, double phi, uint64_t seed)
{
    struct bench_rng rng;
    bench_rng_init(&rng, seed);
    x[0] = bench_rng_normal(&rng);
    for (size_t i = 1; i < count; i++)
        x[i] = phi * x[i - 1] + sqrt(1 - phi * phi) * bench_rng_normal(&rng);
}

static double mean_time(size_t count, double phi)
{
    static double x[2048];
    double sum = 0;
    for (uint64_t seed = 0; seed < 50; seed++) {
        autoregress(x, count, phi, seed);
        sum += bench_correlation_time(x, count);
    }
    return sum / 50;
}

Test(correlation, independent_values_count_almost_fully)
{
    cr_assert_geq(mean_time(1024, 0), 1);
    cr_assert_leq(mean_time(1024, 0), 1.25);
}

/* (1 + phi) / (1 - phi) in theory; by ranks a little less. */
Test(correlation, of_a_process_of_first_order)
{
    double time = mean_time(2048, 0.6);
    cr_assert(time > 3.5 && time < 4.8, "%g instead of about 4", time);
    time = mean_time(2048, 0.8);
    cr_assert(time > 7.5 && time < 11.5, "%g instead of about 9", time);
}

/* A faint slow wander under strong independent noise: the correlation at lag 1 is 0.2, which alone
 * would give 1.5; the truth is 1 + 2 * 0.2 / (1 - 0.95) = 9. */
Test(correlation, a_long_memory_under_noise_is_seen)
{
    static double slow[2048], fast[2048];
    double sum = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        autoregress(slow, 2048, 0.95, seed);
        autoregress(fast, 2048, 0, seed + 100);
        for (int i = 0; i < 2048; i++)
            slow[i] = sqrt(0.21) * slow[i] + sqrt(0.79) * fast[i];
        sum += bench_correlation_time(slow, 2048);
    }
    cr_assert(sum / 20 > 5, "%g instead of about 9", sum / 20);
}

Test(correlation, outliers_hide_nothing)
{
    static double x[1024];
    autoregress(x, 1024, 0.6, 3);
    for (int i = 0; i < 1024; i += 20)
        x[i] = 1e6;
    cr_assert_gt(bench_correlation_time(x, 1024), 2.5);
}

Test(correlation, alternation_is_not_a_gain)
{
    double x[64];
    for (int i = 0; i < 64; i++)
        x[i] = i % 2;
    cr_assert_eq(bench_correlation_time(x, 64), 1);
}

Test(correlation, a_constant_and_hardly_any_values)
{
    const double x[] = {5, 5, 5, 5, 5, 5};
    cr_assert_eq(bench_correlation_time(x, 6), 1);
    cr_assert_eq(bench_correlation_time(x, 3), 1);
    cr_assert_eq(bench_correlation_time(x, 0), 1);
}
