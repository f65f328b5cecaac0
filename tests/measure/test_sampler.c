/* The order of rounds, what is kept of them, and discarding and dropping. When it stops is in
 * test_stopping.c. */
#include <criterion/criterion.h>
#include <string.h>

#include "bench/measure/sampler.h"

static struct bench_sampler_config fixed(int arms, int warmup_rounds, int rounds, uint64_t seed)
{
    return (struct bench_sampler_config){.arms = arms,
                                         .warmup_rounds = warmup_rounds,
                                         .least_rounds = 16,
                                         .most_rounds = rounds,
                                         .confidence = 0.95,
                                         .precision = 0.005,
                                         .decided_precision = 0.02,
                                         .resamples = 100,
                                         .seed = seed};
}

/* Runs to the end; `orders` gets the arm run at each position of the counted rounds. The time of an
 * arm in a round is 1000 * arm + round. */
static int run_all(struct bench_sampler *s, int *orders)
{
    int arm, n = 0;
    while ((arm = bench_sampler_next(s)) >= 0) {
        int round = bench_sampler_round(s);
        if (round >= 0)
            orders[n++] = arm;
        bench_sampler_add(s, 1000.0 * arm + (round < 0 ? 999999 : round));
    }
    return n;
}

Test(sampler, every_round_runs_every_arm_once)
{
    struct bench_sampler_config config = fixed(5, 2, 40, 1);
    struct bench_sampler *s = bench_sampler_new(&config);
    int orders[200];
    cr_assert_eq(run_all(s, orders), 200);
    for (int round = 0; round < 40; round++) {
        unsigned seen = 0;
        for (int i = 0; i < 5; i++)
            seen |= 1u << orders[5 * round + i];
        cr_assert_eq(seen, 31);
    }
    cr_assert_eq(bench_sampler_stopped(s), BENCH_STOP_FIXED);
    bench_sampler_free(s);
}

Test(sampler, orders_differ_between_rounds_and_seeds_and_repeat_with_a_seed)
{
    struct bench_sampler_config config = fixed(4, 0, 50, 7);
    int first[200], again[200], other[200];
    struct bench_sampler *s = bench_sampler_new(&config);
    run_all(s, first);
    bench_sampler_free(s);
    s = bench_sampler_new(&config);
    run_all(s, again);
    bench_sampler_free(s);
    config.seed = 8;
    s = bench_sampler_new(&config);
    run_all(s, other);
    bench_sampler_free(s);
    cr_assert(memcmp(first, again, sizeof first) == 0);
    cr_assert(memcmp(first, other, sizeof first) != 0);
    int leads[4] = {0};
    for (int round = 0; round < 50; round++)
        leads[first[4 * round]]++;
    for (int arm = 0; arm < 4; arm++) /* no arm always comes first */
        cr_assert(leads[arm] > 3 && leads[arm] < 25);
}

Test(sampler, samples_are_paired_by_round_and_warm_up_is_left_out)
{
    struct bench_sampler_config config = fixed(3, 4, 10, 2);
    struct bench_sampler *s = bench_sampler_new(&config);
    int orders[30];
    run_all(s, orders);
    for (int arm = 0; arm < 3; arm++) {
        size_t count;
        const double *samples = bench_sampler_samples(s, arm, &count);
        cr_assert_eq(count, 10);
        for (int round = 0; round < 10; round++)
            cr_assert_eq(samples[round], 1000.0 * arm + round);
    }
    bench_sampler_free(s);
}

Test(sampler, a_dropped_arm_is_not_run_again_and_keeps_its_samples)
{
    struct bench_sampler_config config = fixed(2, 0, 10, 3);
    struct bench_sampler *s = bench_sampler_new(&config);
    int arm, after = 0;
    bool dropped = false;
    while ((arm = bench_sampler_next(s)) >= 0) {
        after += dropped && arm == 1;
        if (arm == 1 && bench_sampler_round(s) == 3) {
            bench_sampler_drop(s, 1);
            dropped = true;
            continue;
        }
        bench_sampler_add(s, 5);
    }
    size_t count;
    cr_assert_eq(after, 0);
    bench_sampler_samples(s, 0, &count);
    cr_assert_eq(count, 10);
    bench_sampler_samples(s, 1, &count);
    cr_assert_eq(count, 3);
    bench_sampler_free(s);
}

Test(sampler, ends_when_all_arms_are_dropped)
{
    struct bench_sampler_config config = fixed(2, 1, 1000, 3);
    struct bench_sampler *s = bench_sampler_new(&config);
    cr_assert(bench_sampler_next(s) >= 0);
    cr_assert_eq(bench_sampler_stopped(s), BENCH_STOP_RUNNING);
    bench_sampler_drop(s, 0);
    bench_sampler_drop(s, 1);
    cr_assert_eq(bench_sampler_next(s), -1);
    cr_assert_eq(bench_sampler_next(s), -1);
    cr_assert_eq(bench_sampler_stopped(s), BENCH_STOP_NO_ARMS);
    bench_sampler_free(s);
}

Test(sampler, tells_the_first_arm_of_a_round)
{
    struct bench_sampler_config config = fixed(3, 1, 20, 3);
    struct bench_sampler *s = bench_sampler_new(&config);
    int before = -2;
    while (bench_sampler_next(s) >= 0) {
        cr_assert_eq(bench_sampler_starts_round(s), bench_sampler_round(s) != before);
        before = bench_sampler_round(s);
        bench_sampler_add(s, 5);
    }
    bench_sampler_free(s);
}

Test(sampler, the_first_that_runs_is_first_even_after_a_drop)
{
    struct bench_sampler_config config = fixed(2, 0, 20, 3);
    struct bench_sampler *s = bench_sampler_new(&config);
    bench_sampler_drop(s, 0); /* before or after it in the order that was drawn */
    int arm;
    while ((arm = bench_sampler_next(s)) >= 0) {
        cr_assert(arm == 1 && bench_sampler_starts_round(s));
        bench_sampler_add(s, 5);
    }
    bench_sampler_free(s);
}

/* ---- discarded rounds ---- */

/* Every third round is throttled, known at its end: its times are wild. */
Test(sampler, a_discarded_round_is_run_again_and_leaves_no_samples)
{
    struct bench_sampler_config config = fixed(3, 0, 30, 9);
    struct bench_sampler *s = bench_sampler_new(&config);
    int arm, run = 0, rounds = 0, discarded = 0;
    while ((arm = bench_sampler_next(s)) >= 0) {
        bool throttled = rounds % 3 == 2;
        bench_sampler_add(s, throttled ? 1e9 : 1000.0 * arm + bench_sampler_round(s));
        if (++run % 3 != 0)
            continue;
        rounds++;
        if (throttled) {
            bench_sampler_discard_round(s);
            discarded++;
        }
    }
    cr_assert_eq(rounds - discarded, 30);
    for (arm = 0; arm < 3; arm++) {
        size_t count;
        const double *samples = bench_sampler_samples(s, arm, &count);
        cr_assert_eq(count, 30);
        for (int round = 0; round < 30; round++)
            cr_assert_eq(samples[round], 1000.0 * arm + round);
    }
    bench_sampler_free(s);
}

Test(sampler, a_round_can_be_discarded_in_its_middle)
{
    struct bench_sampler_config config = fixed(4, 0, 5, 9);
    struct bench_sampler *s = bench_sampler_new(&config);
    int first = bench_sampler_next(s);
    bench_sampler_add(s, 77);
    bench_sampler_next(s); /* its time is not known */
    bench_sampler_discard_round(s);
    size_t count;
    bench_sampler_samples(s, first, &count);
    cr_assert_eq(count, 0);
    int orders[20];
    cr_assert_eq(run_all(s, orders), 20);
    bench_sampler_samples(s, first, &count);
    cr_assert_eq(count, 5);
    cr_assert_eq(bench_sampler_samples(s, first, &count)[0], 1000.0 * first);
    bench_sampler_free(s);
}

Test(sampler, a_discarded_round_is_run_in_a_new_order)
{
    struct bench_sampler_config config = fixed(8, 0, 1, 9);
    struct bench_sampler *s = bench_sampler_new(&config);
    int first[8], again[8];
    for (int i = 0; i < 8; i++) {
        first[i] = bench_sampler_next(s);
        bench_sampler_add(s, 5);
    }
    bench_sampler_discard_round(s);
    cr_assert_eq(run_all(s, again), 8);
    cr_assert(memcmp(first, again, sizeof first) != 0);
    bench_sampler_free(s);
}

Test(sampler, warm_up_rounds_can_be_discarded)
{
    struct bench_sampler_config config = fixed(2, 2, 3, 9);
    struct bench_sampler *s = bench_sampler_new(&config);
    bench_sampler_next(s);
    bench_sampler_add(s, 5);
    bench_sampler_discard_round(s);
    cr_assert_eq(bench_sampler_next(s) >= 0 ? bench_sampler_round(s) : 0, -2);
    bench_sampler_add(s, 5);
    int orders[6];
    cr_assert_eq(run_all(s, orders), 6);
    bench_sampler_free(s);
}

Test(sampler, rounds_in_progress_are_not_among_the_samples)
{
    struct bench_sampler_config config = fixed(2, 0, 3, 9);
    struct bench_sampler *s = bench_sampler_new(&config);
    int arm = bench_sampler_next(s);
    size_t count;
    bench_sampler_add(s, 5);
    bench_sampler_samples(s, arm, &count);
    cr_assert_eq(count, 0);
    bench_sampler_next(s);
    bench_sampler_add(s, 6);
    bench_sampler_samples(s, arm, &count);
    cr_assert_eq(count, 1);
    bench_sampler_free(s);
}
