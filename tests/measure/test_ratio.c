#include <criterion/criterion.h>
#include <math.h>

#include "bench/measure/ratio.h"
#include "bench/util/rng.h"

static const struct bench_ratio_options plain = {0.05, 1000, 0, 1};

static void normal(double *x, int count, double mean, double deviation, uint64_t seed)
{
    struct bench_rng rng;
    bench_rng_init(&rng, seed);
    for (int i = 0; i < count; i++)
        x[i] = mean + deviation * bench_rng_normal(&rng);
}

static struct bench_side side(const double *x)
{
    return (struct bench_side){x, {0, 0, 0, 0}, true, 0};
}

static struct bench_ratio ratio_of(struct bench_side a, struct bench_side b, size_t count,
                                   struct bench_ratio_options options)
{
    struct bench_ratio r;
    bench_ratio_of(&a, &b, count, &options, &r);
    return r;
}

static double width(const struct bench_ratio *r)
{
    return log(r->high / r->low);
}

static void fill(double *x, int count, double value)
{
    for (int i = 0; i < count; i++)
        x[i] = value;
}

Test(ratio, of_constant_times_is_a_point)
{
    double a[16], b[16];
    fill(a, 16, 13);
    fill(b, 16, 10);
    struct bench_ratio r = ratio_of(side(a), side(b), 16, plain);
    cr_assert_float_eq(r.estimate, 1.3, 1e-12);
    cr_assert_float_eq(r.low, 1.3, 1e-12);
    cr_assert_float_eq(r.high, 1.3, 1e-12);
}

Test(ratio, same_seed_same_interval_and_ends_in_order)
{
    double a[40], b[40];
    normal(a, 40, 1300, 50, 5);
    normal(b, 40, 1000, 40, 6);
    struct bench_ratio first = ratio_of(side(a), side(b), 40, plain);
    struct bench_ratio second = ratio_of(side(a), side(b), 40, plain);
    cr_assert(first.low == second.low && first.high == second.high);
    cr_assert(first.low <= first.stat_low && first.stat_low < first.estimate);
    cr_assert(first.estimate < first.stat_high && first.stat_high <= first.high);
}

Test(ratio, one_bootstrap_serves_every_error_probability_in_any_order)
{
    static const double alphas[] = {0.01, 0.05, 0.2, 0.01};
    double a[40], b[40];
    normal(a, 40, 1300, 50, 5);
    normal(b, 40, 1000, 40, 6);
    struct bench_side above = side(a), below = side(b);
    above.floor = below.floor = (struct bench_floor_range){100, 200, 50, 0};
    struct bench_resampled *r = bench_resampled_new(&above, &below, 40, &plain);
    for (int i = 0; i < 4; i++) {
        struct bench_ratio_options options = plain;
        struct bench_ratio at;
        options.alpha = alphas[i];
        bench_resampled_ratio(r, alphas[i], &at, NULL, NULL);
        struct bench_ratio alone = ratio_of(above, below, 40, options);
        cr_assert(at.estimate == alone.estimate && at.low == alone.low && at.high == alone.high);
        cr_assert(at.stat_low == alone.stat_low && at.stat_high == alone.stat_high);
    }
    bench_resampled_free(r);
}

Test(ratio, swapped_sides_give_the_inverse)
{
    double a[64], b[64];
    normal(a, 64, 1300, 30, 5);
    normal(b, 64, 1000, 10, 6);
    struct bench_ratio r = ratio_of(side(a), side(b), 64, plain);
    struct bench_ratio inverse = ratio_of(side(b), side(a), 64, plain);
    cr_assert_float_eq(r.estimate * inverse.estimate, 1, 1e-12);
    cr_assert_float_eq(r.low * inverse.high, 1, 1e-12);
    cr_assert_float_eq(r.high * inverse.low, 1, 1e-12);
}

/* 400 experiments of an honest 95 % interval cover less than 362 times once in 10,000. */
Test(ratio, interval_covers_the_known_ratio_from_few_rounds_on)
{
    static const int counts[] = {6, 16, 50};
    for (int k = 0; k < 3; k++) {
        int covered = 0;
        for (uint64_t i = 0; i < 400; i++) {
            double a[50], b[50];
            normal(a, counts[k], 1300, 50, 2 * i + 1000);
            normal(b, counts[k], 1000, 40, 2 * i + 1001);
            struct bench_ratio r = ratio_of(side(a), side(b), (size_t)counts[k], plain);
            covered += r.low <= 1.3 && 1.3 <= r.high;
        }
        cr_assert_geq(covered, 362, "%d of 400 with %d rounds", covered, counts[k]);
    }
}

Test(ratio, more_rounds_and_less_confidence_make_it_narrower)
{
    static double a[1024], b[1024];
    normal(a, 1024, 1300, 13, 1);
    normal(b, 1024, 1000, 10, 2);
    struct bench_ratio_options careful = plain;
    careful.alpha = 0.005;
    struct bench_ratio few = ratio_of(side(a), side(b), 64, plain);
    struct bench_ratio many = ratio_of(side(a), side(b), 1024, plain);
    struct bench_ratio sure = ratio_of(side(a), side(b), 1024, careful);
    cr_assert_lt(width(&many), width(&few) / 2.5);
    cr_assert_gt(width(&sure), width(&many) * 1.2);
    /* In theory 2 * 1.96 * sqrt(pi / 2) * sqrt(2) * 1 % / sqrt(1024) = 0.217 %. */
    cr_assert(width(&many) > 0.0017 && width(&many) < 0.0029, "%g", width(&many));
}

/* Drift that both arms share cancels, because a round is drawn whole. */
Test(ratio, shared_drift_does_not_widen_the_interval)
{
    double a[100], b[100];
    for (int i = 0; i < 100; i++) {
        double drift = 1 + 0.5 * i / 100.0;
        a[i] = 1300 * drift;
        b[i] = 1000 * drift;
    }
    struct bench_ratio r = ratio_of(side(a), side(b), 100, plain);
    cr_assert_lt(width(&r), 1e-9);
}

Test(ratio, an_arms_own_serial_correlation_widens_it)
{
    static double a[512], b[512], shuffled[512];
    struct bench_rng rng;
    double z = 0;
    int order[512];
    bench_rng_init(&rng, 3);
    for (int i = 0; i < 512; i++) {
        z = 0.8 * z + 0.6 * bench_rng_normal(&rng);
        a[i] = 1300 * (1 + 0.01 * z);
        order[i] = i;
    }
    bench_rng_shuffle(&rng, order, 512);
    for (int i = 0; i < 512; i++)
        shuffled[i] = a[order[i]];
    normal(b, 512, 1000, 1, 4);
    struct bench_ratio dependent = ratio_of(side(a), side(b), 512, plain);
    struct bench_ratio independent = ratio_of(side(shuffled), side(b), 512, plain);
    cr_assert_eq(dependent.estimate, independent.estimate);
    cr_assert_gt(width(&dependent), 2 * width(&independent)); /* sqrt of 9, by ranks a bit less */
}

Test(ratio, outliers_in_some_rounds_change_little)
{
    double a[200], b[200];
    normal(a, 200, 1300, 13, 1);
    normal(b, 200, 1000, 10, 2);
    struct bench_ratio before = ratio_of(side(a), side(b), 200, plain);
    for (int i = 0; i < 200; i += 20)
        a[i] *= 50;
    struct bench_ratio after = ratio_of(side(a), side(b), 200, plain);
    cr_assert_float_eq(after.estimate, before.estimate, 0.004);
    cr_assert_lt(width(&after), 1.5 * width(&before));
}

/* ---- floors ---- */

Test(ratio, holds_under_the_lowest_and_the_highest_floor)
{
    double a[16], b[16];
    fill(a, 16, 7400);
    fill(b, 16, 5400);
    struct bench_side above = {a, {1400, 3400, 0, 0}, true, 0},
                      below = {b, {1400, 3400, 0, 0}, true, 0};
    struct bench_ratio r = ratio_of(above, below, 16, plain);
    cr_assert_float_eq(r.estimate, 1.5, 1e-12); /* 6000 / 4000 */
    cr_assert_float_eq(r.stat_low, 1.5, 1e-12);
    cr_assert_float_eq(r.stat_high, 1.5, 1e-12);
    cr_assert_float_eq(r.low, 1.5, 1e-12);
    cr_assert_float_eq(r.high, 2, 1e-12); /* 4000 / 2000 */
}

Test(ratio, floors_of_different_gating_vary_independently)
{
    double a[16], b[16];
    fill(a, 16, 7400);
    fill(b, 16, 5400);
    struct bench_side above = {a, {1400, 3400, 0, 0}, true, 0},
                      below = {b, {1400, 3400, 0, 0}, false, 0};
    struct bench_ratio r = ratio_of(above, below, 16, plain);
    cr_assert_float_eq(r.low, 1, 1e-12);  /* 4000 / 4000 */
    cr_assert_float_eq(r.high, 3, 1e-12); /* 6000 / 2000 */
}

Test(ratio, a_time_lost_in_the_floor_is_unbounded)
{
    double a[32], b[32];
    normal(a, 32, 6000, 20, 1);
    normal(b, 32, 3100, 20, 2);
    struct bench_side above = {a, {1400, 3090, 0, 0}, true, 0},
                      below = {b, {1400, 3090, 0, 0}, true, 0};
    struct bench_ratio r = ratio_of(above, below, 32, plain);
    cr_assert(isinf(r.high) && isfinite(r.stat_high) && r.low > 2.5 && r.low <= r.stat_low);
    r = ratio_of(below, above, 32, plain);
    cr_assert(r.low == 0 && r.stat_low > 0 && isfinite(r.high));
    r = ratio_of(below, below, 32, plain); /* nothing is known on either side … */
    cr_assert(r.low == 0 && isinf(r.high));
    below.floor.low_ns = 3200; /* … and with a median below its lowest floor, not even a ratio */
    r = ratio_of(above, below, 32, plain);
    cr_assert(isnan(r.estimate) && r.low == 0 && isinf(r.high));
}

/* What is taken off is not the end of what it may be; the interval goes from end to end. */
Test(ratio, estimates_take_off_the_best_floor)
{
    double a[16], b[16];
    fill(a, 16, 7400);
    fill(b, 16, 5400);
    const struct bench_floor_range floor = {2000, 3400, 0, 2400};
    struct bench_side above = {a, floor, true, 0}, below = {b, floor, true, 0};
    struct bench_ratio r = ratio_of(above, below, 16, plain);
    cr_assert_float_eq(r.estimate, 5000.0 / 3000, 1e-12);
    cr_assert_float_eq(r.stat_low, 5000.0 / 3000, 1e-12);
    cr_assert_float_eq(r.low, 5400.0 / 3400, 1e-12);
    cr_assert_float_eq(r.high, 4000.0 / 2000, 1e-12);
    cr_assert_float_eq(bench_net_median(&above, 16, 0), 5000, 1e-9);
    /* Beyond the range it is brought in. */
    cr_assert_eq(bench_floor_best_ns(&(struct bench_floor_range){2000, 3400, 0, 0}), 2000);
    cr_assert_eq(bench_floor_best_ns(&(struct bench_floor_range){2000, 3400, 0, 9999}), 3400);
}

Test(ratio, the_least_time_of_a_kernel_bounds_it_with_its_launch)
{
    double a[32], b[32];
    fill(a, 32, 6000);
    fill(b, 32, 1500);
    struct bench_side above = {a, {1400, 1400, 200, 0}, true, 0},
                      below = {b, {1400, 1400, 200, 0}, true, 0};
    struct bench_ratio r = ratio_of(above, below, 32, plain);
    cr_assert_float_eq(r.estimate, 4600.0 / 200, 1e-9);
    cr_assert_float_eq(r.high, 4600.0 / 200, 1e-9);
}

/* Elapsed 3640 and 3320 ns, of which an empty kernel takes 3070: beyond it, 570 and 250. */
Test(ratio, beyond_an_empty_kernel_the_least_time_is_no_bound)
{
    double a[32], b[32];
    fill(a, 32, 3640);
    fill(b, 32, 3320);
    struct bench_side above = {a, {2200, 3070, 865, 0}, true, 0},
                      below = {b, {2200, 3070, 865, 0}, true, 0};
    struct bench_ratio r = ratio_of(above, below, 32, plain);
    cr_assert_float_eq(r.low, 1440.0 / 1120, 1e-9);
    cr_assert_float_eq(r.high, 570.0 / 250, 1e-9);
}

/* ---- what medians are unsure by ---- */

Test(ratio, holds_whatever_each_median_may_be_off_by)
{
    double a[16], b[16];
    fill(a, 16, 6000);
    fill(b, 16, 4000);
    struct bench_side above = side(a), below = side(b);
    above.unsure_ns = 150;
    below.unsure_ns = 100;
    struct bench_ratio r = ratio_of(above, below, 16, plain);
    cr_assert_float_eq(r.estimate, 1.5, 1e-12);
    cr_assert_float_eq(r.stat_low, 1.5, 1e-12);
    cr_assert_float_eq(r.stat_high, 1.5, 1e-12);
    cr_assert_float_eq(r.low, 5850.0 / 4100, 1e-12);
    cr_assert_float_eq(r.high, 6150.0 / 3900, 1e-12);
    struct bench_ratio_options ticks = plain;
    ticks.resolution_ns = 32; /* on top of half a step of the clock */
    r = ratio_of(above, below, 16, ticks);
    cr_assert_float_eq(r.low, 5834.0 / 4116, 1e-12);
}

Test(ratio, the_other_interval_is_of_sure_medians)
{
    double a[16], b[16];
    fill(a, 16, 6000);
    fill(b, 16, 4000);
    struct bench_side above = side(a), below = side(b);
    const double high_ns[2] = {1000, 1000};
    struct bench_ratio r, other;
    above.unsure_ns = below.unsure_ns = 100;
    bench_ratio_of_both(&above, &below, 16, &plain, &r, high_ns, &other);
    cr_assert_float_eq(r.high, 6100.0 / 3900, 1e-12);
    cr_assert_float_eq(other.low, 1.5, 1e-12);
    cr_assert_float_eq(other.high, 5000.0 / 3000, 1e-12);
}

/* ---- resolution ---- */

Test(ratio, half_a_step_of_the_clock_on_each_median)
{
    double a[16], b[16];
    fill(a, 16, 4000);
    fill(b, 16, 3200);
    struct bench_ratio_options ticks = plain;
    ticks.resolution_ns = 32;
    struct bench_ratio r = ratio_of(side(a), side(b), 16, ticks);
    cr_assert_float_eq(r.estimate, 1.25, 1e-12);
    cr_assert_float_eq(r.stat_low, 1.25, 1e-12);
    cr_assert_float_eq(r.stat_high, 1.25, 1e-12);
    cr_assert_float_eq(r.low, 3984.0 / 3216, 1e-9);
    cr_assert_float_eq(r.high, 4016.0 / 3184, 1e-9);
}

/* Noise smaller than a step: samples alone would claim certainty about a wrong ratio. */
Test(ratio, a_coarse_clock_does_not_hide_the_truth)
{
    double a[64], b[64];
    struct bench_ratio_options ticks = plain;
    ticks.resolution_ns = 32;
    for (uint64_t i = 0; i < 50; i++) {
        double truth_b = 3000 + 7.3 * (double)i, truth_a = 1.3 * truth_b;
        normal(a, 64, truth_a, 2, i);
        normal(b, 64, truth_b, 2, i + 50);
        for (int k = 0; k < 64; k++) {
            a[k] = 32 * round(a[k] / 32);
            b[k] = 32 * round(b[k] / 32);
        }
        struct bench_ratio r = ratio_of(side(a), side(b), 64, ticks);
        cr_assert(r.low <= 1.3 && 1.3 <= r.high, "%g: %g … %g", truth_b, r.low, r.high);
    }
}

Test(ratio, a_resolution_not_given_is_found)
{
    double a[64], b[64];
    normal(a, 64, 4000, 30, 1);
    normal(b, 64, 3000, 30, 2);
    for (int k = 0; k < 64; k++) {
        a[k] = 32 * round(a[k] / 32);
        b[k] = 32 * round(b[k] / 32);
    }
    struct bench_ratio_options ticks = plain;
    struct bench_ratio found = ratio_of(side(a), side(b), 64, plain);
    ticks.resolution_ns = 32;
    struct bench_ratio given = ratio_of(side(a), side(b), 64, ticks);
    cr_assert_float_eq(found.low, given.low, 1e-9);
    cr_assert_float_eq(found.high, given.high, 1e-9);
}

/* ---- hardly any rounds ---- */

Test(ratio, one_round_and_none)
{
    const double a[] = {13}, b[] = {10};
    struct bench_ratio r = ratio_of(side(a), side(b), 1, plain);
    cr_assert(r.estimate == 1.3 && r.low == 0 && isinf(r.high) && r.stat_low == 0 &&
              isinf(r.stat_high));
    r = ratio_of(side(a), side(b), 0, plain);
    cr_assert(isnan(r.estimate) && r.low == 0 && isinf(r.high));
}

Test(ratio, two_rounds_cannot_tell_their_own_spread_and_three_hardly)
{
    const double a[] = {1300, 1310, 1304}, b[] = {1000, 1005, 1001};
    struct bench_ratio r = ratio_of(side(a), side(b), 2, plain);
    cr_assert(r.low == 0 && isinf(r.high) && r.estimate > 1.29);
    r = ratio_of(side(a), side(b), 3, plain);
    cr_assert(r.low > 1 && r.low < 1.3 && r.high > 1.305 && r.high < 2, "%g … %g", r.low, r.high);
}
