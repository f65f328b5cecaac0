/* The segmentation is the optimum that its header promises, and the scale is that of the noise. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/history/order.h"
#include "bench/history/segment.h"
#include "bench/util/rng.h"

#define MOST 14

/* Least cost of one segment: the biweight cost is a minimum where some set of points is within the
 * bound, at their mean; on a line these sets are runs of the sorted values. */
static double segment_cost(const double *y, size_t begin, size_t end, double scale, double bound)
{
    double sorted[MOST], best = INFINITY;
    size_t n = end - begin;
    for (size_t i = 0; i < n; i++) {
        size_t at = i;
        for (; at > 0 && sorted[at - 1] > y[begin + i]; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = y[begin + i];
    }
    for (size_t a = 0; a < n; a++)
        for (size_t b = a; b < n; b++) {
            double mean = 0, cost = 0;
            for (size_t i = a; i <= b; i++)
                mean += sorted[i] / (double)(b - a + 1);
            for (size_t i = 0; i < n; i++) {
                double d = (sorted[i] - mean) / scale;
                cost += fmin(d * d, bound * bound);
            }
            best = fmin(best, cost);
        }
    return best;
}

/* By going through all segmentations of a prefix: F(t) = min F(s) + C(s, t) + penalty. */
static double least_cost(const double *y, size_t n, double scale, double bound, double penalty)
{
    double best[MOST + 1] = {-penalty};
    for (size_t t = 1; t <= n; t++) {
        best[t] = INFINITY;
        for (size_t s = 0; s < t; s++)
            best[t] = fmin(best[t], best[s] + segment_cost(y, s, t, scale, bound) + penalty);
    }
    return best[n];
}

static void draw_series(struct bench_rng *rng, double *y, size_t n)
{
    double level = 3;
    for (size_t t = 0; t < n; t++) {
        if (bench_rng_below(rng, 5) == 0)
            level += 6 * bench_rng_normal(rng);
        y[t] = level + bench_rng_normal(rng);
        if (bench_rng_below(rng, 8) == 0)
            y[t] += 30;
        if (bench_rng_below(rng, 4) == 0)
            y[t] = round(y[t]); /* equal values */
    }
}

Test(history_segment, cost_is_that_of_the_best_of_all_segmentations)
{
    struct bench_rng rng;
    bench_rng_init(&rng, 11);
    for (int i = 0; i < 1500; i++) {
        double y[MOST], cost;
        size_t starts[MOST], n = 1 + bench_rng_below(&rng, MOST);
        double bound = i % 3 ? 3 : INFINITY, penalty = 1 + (double)bench_rng_below(&rng, 20);
        double scale = 0.5 + bench_rng_double(&rng);
        draw_series(&rng, y, n);
        size_t count = bench_segment(y, n, scale, bound, penalty, starts, &cost);
        double best = least_cost(y, n, scale, bound, penalty);
        cr_assert_float_eq(cost, best, 1e-6 * (1 + best), "series %d: %g, but the best is %g", i,
                           cost, best);
        /* And the segments that it returns are that segmentation. */
        double sum = -penalty;
        for (size_t s = 0; s < count; s++)
            sum += penalty +
                   segment_cost(y, starts[s], s + 1 < count ? starts[s + 1] : n, scale, bound);
        cr_assert_eq(starts[0], 0);
        cr_assert_float_eq(sum, best, 1e-6 * (1 + best), "series %d: its segments cost %g, not %g",
                           i, sum, best);
    }
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

Test(history_segment, selection_is_that_of_sorting)
{
    struct bench_rng rng;
    bench_rng_init(&rng, 12);
    for (int i = 0; i < 3000; i++) {
        double values[40], sorted[40];
        size_t n = 1 + bench_rng_below(&rng, 40), rank = bench_rng_below(&rng, n);
        for (size_t k = 0; k < n; k++)
            values[k] = i % 2 ? bench_rng_normal(&rng) : (double)bench_rng_below(&rng, 5);
        memcpy(sorted, values, sizeof sorted);
        qsort(sorted, n, sizeof *sorted, ascending);
        bench_history_select(values, n, rank);
        cr_assert_eq(values[rank], sorted[rank]);
        for (size_t k = 0; k < n; k++)
            cr_assert(k < rank ? values[k] <= values[rank] : values[k] >= values[rank]);
        cr_assert_eq(bench_history_median(values, n), (sorted[(n - 1) / 2] + sorted[n / 2]) / 2);
    }
}

Test(history_segment, no_points_and_equal_points)
{
    double y[40], cost;
    size_t starts[40];
    for (size_t t = 0; t < 40; t++)
        y[t] = 7;
    cr_assert_eq(bench_segment(y, 0, 1, 3, 20, starts, &cost), 0);
    cr_assert_eq(bench_segment(y, 1, 1, 3, 20, starts, &cost), 1);
    cr_assert_eq(bench_segment(y, 40, 1, 3, 20, starts, &cost), 1);
    cr_assert_eq(cost, 0);
    cr_assert_eq(bench_segment_scale(y, 40), 0);
    cr_assert_eq(bench_segment_scale(y, 1), 0);
}

Test(history_segment, outliers_begin_no_segment_but_a_level_does)
{
    double y[60];
    size_t starts[60];
    for (size_t t = 0; t < 60; t++)
        y[t] = (t % 2 ? 0.5 : -0.5) + (t >= 40 ? 5 : 0);
    y[10] = 100;
    y[20] = -100;
    y[21] = -100;
    size_t count = bench_segment(y, 60, 1, 3, 20, starts, NULL);
    cr_assert_eq(count, 2);
    cr_assert_eq(starts[1], 40);
}

Test(history_segment, scale_is_that_of_the_noise_between_steps_and_outliers)
{
    enum { N = 2000 };
    static double y[N];
    struct bench_rng rng;
    bench_rng_init(&rng, 5);
    for (size_t t = 0; t < N; t++)
        y[t] = 0.01 * bench_rng_normal(&rng) + (double)(t / 500) + (t % 40 == 0 ? 5 : 0);
    double scale = bench_segment_scale(y, N);
    cr_assert(scale > 0.0095 && scale < 0.0125, "%g, expected about 0.01", scale);
    /* More than half of the values are equal, and still there is noise. */
    for (size_t t = 0; t < N; t++)
        y[t] = bench_rng_below(&rng, 10) < 6 ? 0 : 1;
    cr_assert_gt(bench_segment_scale(y, N), 0.3);
    /* What wanders from week to week is not what neighbours differ by. */
    double level = 0;
    for (size_t t = 0; t < N; t++) {
        level = 0.9 * level + bench_rng_normal(&rng);
        y[t] = level;
    }
    cr_assert_gt(bench_segment_scale(y, N), 1.5, "steps from one night to the next are about 1");
}
