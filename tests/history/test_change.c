/* Steps: found where they are, with an interval, and not where there are none. Noise is drawn from
 * fixed seeds; how often what is found is measured by tests/perf/history/changes.c. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "bench/history/change.h"
#include "bench/util/rng.h"

static const struct bench_change_settings usual = {.least = 0.00995, .noise = 0.0005};

enum { N = 120 };

static void noise(uint64_t seed, double sd, double *y, size_t n)
{
    struct bench_rng rng;
    bench_rng_init(&rng, seed);
    for (size_t t = 0; t < n; t++)
        y[t] = sd * bench_rng_normal(&rng);
}

static size_t find(const double *y, size_t n, struct bench_change *first)
{
    struct bench_change *changes;
    size_t count = bench_change_find(y, n, &usual, &changes, NULL);
    if (count > 0 && first != NULL)
        *first = changes[0];
    free(changes);
    return count;
}

Test(history_change, none_in_noise)
{
    double y[N];
    for (uint64_t seed = 0; seed < 200; seed++) {
        noise(seed, 0.005, y, N);
        cr_assert_eq(find(y, N, NULL), 0, "a step in the noise of seed %llu",
                     (unsigned long long)seed);
    }
}

Test(history_change, none_for_outliers)
{
    double y[N];
    noise(1, 0.003, y, N);
    for (size_t t = 5; t < N; t += 13)
        y[t] += 0.2;
    y[N - 1] += 0.3; /* the last night may be one too */
    y[N - 2] += 0.3;
    cr_assert_eq(find(y, N, NULL), 0);
}

Test(history_change, a_step_has_its_place_and_size)
{
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct bench_change c;
        double y[N];
        noise(seed, 0.004, y, N);
        for (size_t t = 70; t < N; t++)
            y[t] += log(1.03);
        cr_assert_eq(find(y, N, &c), 1, "seed %llu", (unsigned long long)seed);
        cr_assert(c.earliest <= c.at && c.at <= c.latest);
        cr_assert(c.at >= 68 && c.at <= 72, "at %zu, expected 70", c.at);
        cr_assert(c.low < c.log_ratio && c.log_ratio < c.high);
        cr_assert_float_eq(c.log_ratio, log(1.03), 0.004);
        cr_assert(c.before >= 60 && c.before <= 72);
    }
}

Test(history_change, steps_down_and_up_again)
{
    struct bench_change *changes;
    double y[N];
    noise(3, 0.003, y, N);
    for (size_t t = 40; t < 80; t++)
        y[t] -= 0.05;
    size_t count = bench_change_find(y, N, &usual, &changes, NULL);
    cr_assert_eq(count, 2);
    cr_assert_eq(changes[0].at, 40);
    cr_assert_lt(changes[0].high, 0);
    cr_assert_eq(changes[1].at, 80);
    cr_assert_gt(changes[1].low, 0);
    free(changes);
}

/* Three nights are the fewest that a step can be told from. */
Test(history_change, a_fresh_step_is_found_after_three_nights)
{
    double y[N];
    noise(4, 0.003, y, N);
    for (size_t t = 100; t < N; t++)
        y[t] += 0.05;
    cr_assert_eq(find(y, 100, NULL), 0);
    cr_assert_eq(find(y, 102, NULL), 0);
    cr_assert_eq(find(y, 103, NULL), 1);
}

/* As stairs it would be two or three steps in every one of them. */
Test(history_change, a_drift_is_no_stairs)
{
    double y[N];
    size_t steps = 0;
    for (uint64_t seed = 0; seed < 50; seed++) {
        noise(seed, 0.004, y, N);
        for (size_t t = 0; t < N; t++)
            y[t] += 0.03 * (double)t / N;
        steps += find(y, N, NULL);
    }
    cr_assert_leq(steps, 2, "%zu steps in 50 drifts", steps);
}

Test(history_change, a_step_in_a_drift_has_its_own_size)
{
    struct bench_change c;
    double y[N];
    noise(6, 0.003, y, N);
    for (size_t t = 0; t < N; t++)
        y[t] += 0.04 * (double)t / N + (t >= 60 ? 0.05 : 0);
    cr_assert_eq(find(y, N, &c), 1);
    cr_assert(c.low <= 0.05 && 0.05 <= c.high, "%g to %g", c.low, c.high);
    cr_assert_float_eq(c.log_ratio, 0.05, 0.006);
}

Test(history_change, what_is_smaller_than_the_least_is_not_told)
{
    struct bench_change_settings fine = {.least = 0.002, .noise = 0.0001};
    struct bench_change *changes;
    double y[N];
    noise(7, 0.0005, y, N);
    for (size_t t = 60; t < N; t++)
        y[t] += 0.005;
    cr_assert_eq(find(y, N, NULL), 0);
    cr_assert_eq(bench_change_find(y, N, &fine, &changes, NULL), 1);
    free(changes);
}

Test(history_change, short_and_constant_series)
{
    double y[N] = {0};
    for (size_t n = 0; n < 8; n++)
        cr_assert_eq(find(y, n, NULL), 0);
    cr_assert_eq(find(y, N, NULL), 0);
    /* Noise that vanishes is taken for what single runs know of themselves. */
    for (size_t t = 60; t < N; t++)
        y[t] = 0.03;
    cr_assert_eq(find(y, N, NULL), 1);
}
