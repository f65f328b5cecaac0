/* Clocks that tick: grouped medians and the step that shows in samples. */
#include <criterion/criterion.h>
#include <math.h>

#include "bench/measure/ratio.h"
#include "bench/util/rng.h"

Test(lattice, without_steps_it_is_the_plain_median)
{
    const double odd[] = {5, 1, 3}, even[] = {4, 1, 3, 2};
    cr_assert_eq(bench_grouped_median(odd, 3, 0), 3);
    cr_assert_eq(bench_grouped_median(even, 4, 0), 2.5);
    cr_assert_eq(bench_grouped_median(odd, 0, 0), 0);
    cr_assert_eq(bench_grouped_median(odd, 1, 32), 5);
}

/* L + w (n / 2 - F) / f: the textbook's median of grouped data. */
Test(lattice, interpolates_within_the_median_step)
{
    const double x[] = {3008, 3040, 3008, 3008, 2976, 3040, 3008, 2976, 3008, 3104};
    /* 2 at 2976, 5 at 3008, 3 above: 2992 + 32 * (5 - 2) / 5 */
    cr_assert_float_eq(bench_grouped_median(x, 10, 32), 3011.2, 1e-9);
}

Test(lattice, half_between_two_steps_is_the_middle_of_the_gap)
{
    const double x[] = {96, 96, 96, 160, 160, 160};
    cr_assert_float_eq(bench_grouped_median(x, 6, 32), 128, 1e-9);
    cr_assert_float_eq(bench_grouped_median(x, 6, 0), 128, 1e-9);
}

/* Far from its ticks, a clock's median moves on with the truth. */
Test(lattice, recovers_a_median_between_two_ticks)
{
    static double x[4000];
    struct bench_rng rng;
    bench_rng_init(&rng, 4);
    for (int i = 0; i < 4000; i++)
        x[i] = 32 * floor(bench_rng_double(&rng) + (5000 + 40 * bench_rng_normal(&rng)) / 32);
    cr_assert(fabs(bench_grouped_median(x, 4000, 32) - 5000) < 3);
}

static void tick(double *x, int count, double step, double mean, double deviation, bool as_float)
{
    struct bench_rng rng;
    bench_rng_init(&rng, 8);
    for (int i = 0; i < count; i++) {
        x[i] = step * round((mean + deviation * bench_rng_normal(&rng)) / step);
        if (as_float)
            x[i] = (double)(float)(x[i] * 1e-6) * 1e6; /* as events report: a float in ms */
    }
}

Test(lattice, finds_the_step_of_a_clock)
{
    double x[200];
    tick(x, 200, 32, 4000, 100, false);
    cr_assert_float_eq(bench_lattice_ns(x, 200), 32, 1e-9);
    tick(x, 200, 1, 4000, 10, false);
    cr_assert_float_eq(bench_lattice_ns(x, 200), 1, 1e-9);
}

Test(lattice, finds_it_through_floats_in_milliseconds_and_past_outliers)
{
    double x[200];
    tick(x, 200, 32, 1e6, 300, true);
    x[7] = (double)(float)(32 * 123457e-6) * 1e6;
    cr_assert_float_eq(bench_lattice_ns(x, 200), 32, 0.1);
    tick(x, 200, 32, 3000, 20, true);
    cr_assert_float_eq(bench_lattice_ns(x, 200), 32, 0.01);
}

Test(lattice, sees_no_step_where_none_can_be_told)
{
    double x[64];
    tick(x, 64, 32, 1e5, 30000, false); /* hardly a tie */
    cr_assert_eq(bench_lattice_ns(x, 64), 0);
    for (int i = 0; i < 64; i++)
        x[i] = i % 2 ? 1000 : 1480; /* any two values make a lattice */
    cr_assert_eq(bench_lattice_ns(x, 64), 0);
    tick(x, 64, 0.01, 1000, 0.04, false); /* finer than any clock */
    cr_assert_eq(bench_lattice_ns(x, 64), 0);
    cr_assert_eq(bench_lattice_ns(x, 1), 0);
    cr_assert_eq(bench_lattice_ns(x, 0), 0);
}

Test(lattice, net_median_is_never_below_what_a_kernel_needs)
{
    const double x[] = {1500, 1500, 1500};
    struct bench_side side = {x, {1400, 3000, 300, 0}, true, 0};
    cr_assert_eq(bench_net_median(&side, 3, 0), 300);
    side.floor.low_ns = 1000;
    cr_assert_eq(bench_net_median(&side, 3, 0), 500);
}
