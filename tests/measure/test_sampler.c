#include <criterion/criterion.h>
#include <string.h>

#include "bench/measure/sampler.h"

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
    struct bench_sampler_config config = {.arms = 5, .warmup_rounds = 2, .rounds = 40, .seed = 1};
    struct bench_sampler *s = bench_sampler_new(&config);
    int orders[200];
    cr_assert_eq(run_all(s, orders), 200);
    for (int round = 0; round < 40; round++) {
        unsigned seen = 0;
        for (int i = 0; i < 5; i++)
            seen |= 1u << orders[5 * round + i];
        cr_assert_eq(seen, 31);
    }
    bench_sampler_free(s);
}

Test(sampler, orders_differ_between_rounds_and_seeds_and_repeat_with_a_seed)
{
    struct bench_sampler_config config = {.arms = 4, .warmup_rounds = 0, .rounds = 50, .seed = 7};
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
    struct bench_sampler_config config = {.arms = 3, .warmup_rounds = 4, .rounds = 10, .seed = 2};
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
    struct bench_sampler_config config = {.arms = 2, .warmup_rounds = 0, .rounds = 10, .seed = 3};
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
    struct bench_sampler_config config = {.arms = 2, .warmup_rounds = 1, .rounds = 1000, .seed = 3};
    struct bench_sampler *s = bench_sampler_new(&config);
    cr_assert(bench_sampler_next(s) >= 0);
    bench_sampler_drop(s, 0);
    bench_sampler_drop(s, 1);
    cr_assert_eq(bench_sampler_next(s), -1);
    cr_assert_eq(bench_sampler_next(s), -1);
    bench_sampler_free(s);
}
