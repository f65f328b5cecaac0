/* When the sampler looks, when it has enough, and what it answers. */
#include <criterion/criterion.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#include "bench/measure/sampler.h"
#include "bench/perf/criteria.h"
#include "bench/util/rng.h"

static const struct bench_question two_questions[] = {{1, 0, {BENCH_SPEEDUP_THRESHOLD, true}},
                                                      {2, 0, {BENCH_RELATIVE_THRESHOLD, false}}};

static struct bench_sampler_config asking(int arms, size_t questions, uint64_t seed)
{
    return (struct bench_sampler_config){.arms = arms,
                                         .least_rounds = 16,
                                         .most_rounds = 1024,
                                         .questions = two_questions,
                                         .question_count = questions,
                                         .confidence = 0.95,
                                         .precision = 0.005,
                                         .decided_precision = 0.02,
                                         .resamples = 1000,
                                         .seed = seed};
}

/* Normal times until it is done, or for `most` samples; arm i takes means[i], with relative noise.
 */
static void run(struct bench_sampler *s, const double *means, double noise, int most,
                struct bench_rng *rng)
{
    int arm;
    for (int i = 0; i < most && (arm = bench_sampler_next(s)) >= 0; i++)
        bench_sampler_add(s, means[arm] * (1 + noise * bench_rng_normal(rng)));
}

static struct bench_sampler *run_to_end(const struct bench_sampler_config *config,
                                        const double *means, double noise)
{
    struct bench_rng rng;
    bench_rng_init(&rng, config->seed + 1000);
    struct bench_sampler *s = bench_sampler_new(config);
    run(s, means, noise, INT_MAX, &rng);
    return s;
}

static bool is_look(int rounds)
{
    return rounds >= 16 && rounds <= 1024 && (rounds & (rounds - 1)) == 0;
}

Test(stopping, precise_when_times_hardly_vary)
{
    const double means[] = {1000, 1300};
    struct bench_sampler_config config = asking(2, 1, 1);
    struct bench_sampler *s = run_to_end(&config, means, 0.0005);
    cr_assert_eq(bench_sampler_stopped(s), BENCH_STOP_PRECISE);
    cr_assert_eq(bench_sampler_round(s), 16);
    struct bench_ratio r;
    bench_sampler_answer(s, 0, &r);
    cr_assert(r.low <= 1.3 && 1.3 <= r.high && r.stat_high / r.stat_low < 1.0101);
    bench_sampler_free(s);
}

Test(stopping, decided_early_when_far_from_the_threshold)
{
    const double fast[] = {1000, 2000}, slow[] = {1000, 800};
    struct bench_sampler_config config = asking(2, 1, 2);
    struct bench_ratio r;
    struct bench_sampler *s = run_to_end(&config, fast, 0.01);
    cr_assert_eq(bench_sampler_stopped(s), BENCH_STOP_DECIDED);
    cr_assert_eq(bench_sampler_answer(s, 0, &r), BENCH_PASS);
    cr_assert_leq(bench_sampler_round(s), 64);
    cr_assert((r.stat_high - r.stat_low) / 2 / r.estimate <= 0.02);
    bench_sampler_free(s);
    s = run_to_end(&config, slow, 0.01);
    cr_assert_eq(bench_sampler_stopped(s), BENCH_STOP_DECIDED);
    cr_assert_eq(bench_sampler_answer(s, 0, &r), BENCH_FAIL);
    bench_sampler_free(s);
}

static struct bench_sampler *with_decided_ns(const double about_ns[3], double noise,
                                             struct bench_sampler_arm arms[3])
{
    struct bench_sampler_config config = asking(3, 2, 4);
    const double means[] = {2000, 4000, 4000};
    for (int i = 0; i < 3; i++)
        arms[i] = (struct bench_sampler_arm){.gated = true, .about_ns = about_ns[i]};
    config.arm = arms;
    config.decided_precision = 0.005;
    config.decided_ns = 100;
    config.decided_worst = 0.08;
    return run_to_end(&config, means, noise);
}

/* Each question by the shorter of its own two times: 100 ns of 2000 are 5 %. */
Test(stopping, a_decided_ratio_is_known_to_so_many_ns_of_the_shorter_time)
{
    struct bench_sampler_arm arms[3];
    struct bench_ratio r;
    struct bench_sampler *s = with_decided_ns((double[]){2000, 4000, 4000}, 0.05, arms);
    int rounds = bench_sampler_round(s);
    cr_assert_eq(bench_sampler_stopped(s), BENCH_STOP_DECIDED);
    for (size_t q = 0; q < 2; q++) {
        cr_expect_neq(bench_sampler_answer(s, q, &r), BENCH_UNDETERMINED);
        cr_expect_leq((r.stat_high - r.stat_low) / 2 / r.estimate, 0.05);
    }
    bench_sampler_free(s);
    /* As longer kernels they must be known better: to 0.5 % at 20 us. */
    s = with_decided_ns((double[]){20000, 40000, 40000}, 0.05, arms);
    cr_assert_gt(bench_sampler_round(s), rounds);
    bench_sampler_free(s);
}

Test(stopping, a_decided_ratio_is_never_known_worse_than_to_the_worst)
{
    struct bench_sampler_arm arms[3];
    struct bench_ratio r;
    struct bench_sampler *s = with_decided_ns((double[]){100, 100, 100}, 0.2, arms);
    cr_assert_eq(bench_sampler_stopped(s), BENCH_STOP_DECIDED);
    for (size_t q = 0; q < 2; q++) {
        bench_sampler_answer(s, q, &r);
        cr_expect_leq((r.stat_high - r.stat_low) / 2 / r.estimate, 0.08);
    }
    bench_sampler_free(s);
}

/* Where nobody knows how long an arm takes, nothing is granted for its being short. */
Test(stopping, times_that_are_not_known_ask_for_the_decided_precision)
{
    struct bench_sampler_arm arms[3];
    struct bench_ratio r;
    struct bench_sampler *s = with_decided_ns((double[]){0, 4000, 4000}, 0.05, arms);
    for (size_t q = 0; q < 2; q++) {
        bench_sampler_answer(s, q, &r);
        cr_expect(bench_sampler_round(s) == 1024 ||
                  (r.stat_high - r.stat_low) / 2 / r.estimate <= 0.005);
    }
    bench_sampler_free(s);
}

/* 1.5x or 1.25x, as one calls the time: rounds tell nothing of that. */
Test(stopping, what_only_the_floor_leaves_open_is_not_pursued)
{
    const double means[] = {4000, 4500};
    const struct bench_sampler_arm arms[] = {{{2000, 3000, 0, 0}, true, 0, 0},
                                             {{2000, 3000, 0, 0}, true, 0, 0}};
    struct bench_sampler_config config = asking(2, 1, 3);
    config.arm = arms;
    struct bench_sampler *s = run_to_end(&config, means, 0.005);
    struct bench_ratio r;
    cr_assert_eq(bench_sampler_answer(s, 0, &r), BENCH_UNDETERMINED);
    cr_assert(r.low < 1.3 && r.stat_high < 1.3 && r.high > 1.3);
    cr_assert_leq(bench_sampler_round(s), 64);
    bench_sampler_free(s);
}

/* Times of 1.05 times the threshold, each of which may be off by 100 ns of 4 or 5.5 us. */
Test(stopping, what_medians_are_unsure_by_is_not_pursued)
{
    const double means[] = {4000, 5460};
    struct bench_sampler_arm arms[] = {{.gated = true}, {.gated = true}};
    struct bench_sampler_config config = asking(2, 1, 3);
    struct bench_ratio r;
    config.arm = arms;
    struct bench_sampler *s = run_to_end(&config, means, 0.005);
    cr_assert_eq(bench_sampler_answer(s, 0, &r), BENCH_PASS);
    bench_sampler_free(s);
    arms[0].unsure_ns = arms[1].unsure_ns = 150;
    s = run_to_end(&config, means, 0.005);
    cr_assert_eq(bench_sampler_answer(s, 0, &r), BENCH_UNDETERMINED);
    cr_assert(r.low < 1.3 && r.stat_low > 1.3);
    cr_assert_leq(bench_sampler_round(s), 64);
    bench_sampler_free(s);
}

Test(stopping, most_rounds_where_it_stays_open)
{
    const double means[] = {1000, 1300};
    struct bench_sampler_config config = asking(2, 1, 4);
    config.most_rounds = 100;
    struct bench_sampler *s = run_to_end(&config, means, 0.2);
    struct bench_ratio r;
    cr_assert_eq(bench_sampler_stopped(s), BENCH_STOP_BUDGET);
    cr_assert_eq(bench_sampler_answer(s, 0, &r), BENCH_UNDETERMINED, "%g in %g … %g", r.estimate,
                 r.low, r.high);
    cr_assert_eq(bench_sampler_round(s), 100);
    cr_assert_eq(bench_sampler_next(s), -1);
    bench_sampler_free(s);
}

Test(stopping, near_the_threshold_it_takes_longer_and_looks_at_doublings_only)
{
    long near_rounds = 0, far_rounds = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        const double near[] = {1000, 1306}, far[] = {1000, 1600};
        struct bench_sampler_config config = asking(2, 1, seed);
        struct bench_sampler *s = run_to_end(&config, near, 0.02);
        cr_assert(is_look(bench_sampler_round(s)));
        near_rounds += bench_sampler_round(s);
        bench_sampler_free(s);
        s = run_to_end(&config, far, 0.02);
        cr_assert(is_look(bench_sampler_round(s)));
        far_rounds += bench_sampler_round(s);
        bench_sampler_free(s);
    }
    cr_assert_gt(near_rounds, 3 * far_rounds);
}

Test(stopping, all_questions_must_be_answered)
{
    const double one_open[] = {1000, 2000, 1255};
    struct bench_sampler_config config = asking(3, 2, 4);
    struct bench_sampler *s = run_to_end(&config, one_open, 0.01);
    struct bench_ratio speedup, relative;
    cr_assert_eq(bench_sampler_answer(s, 0, &speedup), BENCH_PASS);
    bench_sampler_answer(s, 1, &relative);
    cr_assert_geq(bench_sampler_round(s), 64); /* the first alone is answered after 16 or 32 */
    cr_assert_float_eq(speedup.estimate, 2, 0.02);
    cr_assert_float_eq(relative.estimate, 1.255, 0.02);
    bench_sampler_free(s);
}

Test(stopping, a_dropped_arm_closes_its_question)
{
    const double means[] = {1000, 2000, 1250};
    struct bench_sampler_config config = asking(3, 2, 5);
    struct bench_sampler *s = bench_sampler_new(&config);
    struct bench_rng rng;
    struct bench_ratio r;
    bench_rng_init(&rng, 5);
    run(s, means, 0.01, 5 * 3, &rng);
    bench_sampler_drop(s, 2);
    run(s, means, 0.01, INT_MAX, &rng);
    cr_assert_eq(bench_sampler_stopped(s), BENCH_STOP_DECIDED);
    cr_assert_eq(bench_sampler_answer(s, 0, &r), BENCH_PASS);
    cr_assert_eq(bench_sampler_answer(s, 1, &r), BENCH_UNDETERMINED);
    cr_assert(isnan(r.estimate));
    bench_sampler_free(s);
}

Test(stopping, with_no_question_left_it_takes_all_rounds)
{
    const double means[] = {1000, 2000};
    struct bench_sampler_config config = asking(2, 1, 5);
    config.most_rounds = 40;
    struct bench_sampler *s = bench_sampler_new(&config);
    struct bench_rng rng;
    bench_rng_init(&rng, 5);
    run(s, means, 0.01, 5 * 2, &rng);
    bench_sampler_drop(s, 0);
    run(s, means, 0.01, INT_MAX, &rng);
    cr_assert_eq(bench_sampler_stopped(s), BENCH_STOP_FIXED);
    cr_assert_eq(bench_sampler_round(s), 40);
    bench_sampler_free(s);
}

/* ---- the error probability ---- */

/* Whoever has the samples, the seed and alpha finds the same interval. */
Test(stopping, the_last_look_can_be_computed_again)
{
    const double means[] = {1000, 1310};
    struct bench_sampler_config config = asking(2, 1, 6);
    struct bench_sampler *s = run_to_end(&config, means, 0.01);
    struct bench_ratio told, again;
    size_t count;
    bench_sampler_answer(s, 0, &told);
    struct bench_side a = {bench_sampler_samples(s, 1, &count), {0, 0, 0, 0}, true, 0};
    struct bench_side b = {bench_sampler_samples(s, 0, &count), {0, 0, 0, 0}, true, 0};
    struct bench_ratio_options options = {bench_sampler_alpha(s), 1000, 0, 6};
    bench_ratio_of(&a, &b, count, &options, &again);
    cr_assert(told.low == again.low && told.high == again.high && told.estimate == again.estimate);
    bench_sampler_free(s);
}

Test(stopping, looks_pay_for_each_other)
{
    const double means[] = {1000, 1300};
    struct bench_sampler_config config = asking(2, 1, 7);
    config.least_rounds = config.most_rounds = 256;
    struct bench_sampler *s = run_to_end(&config, means, 0.025);
    cr_assert_float_eq(bench_sampler_alpha(s), 0.05, 1e-12); /* a single look has all */
    bench_sampler_free(s);
    config.least_rounds = 16;
    s = run_to_end(&config, means, 0.025);
    cr_assert_eq(bench_sampler_round(s), 256);
    cr_assert_lt(bench_sampler_alpha(s), 0.05); /* earlier ones had their part */
    cr_assert_gt(bench_sampler_alpha(s), 0.01);
    bench_sampler_free(s);
}

/* Noise of 30 %: until 256 rounds no interval is narrow enough for any answer to stop it. */
Test(stopping, a_look_that_cannot_stop_costs_nothing)
{
    const double means[] = {1000, 1300};
    struct bench_sampler_config config = asking(2, 1, 7);
    config.most_rounds = 256;
    struct bench_sampler *s = run_to_end(&config, means, 0.3);
    cr_assert_eq(bench_sampler_round(s), 256);
    cr_assert_float_eq(bench_sampler_alpha(s), 0.05, 1e-12);
    bench_sampler_free(s);
}

/* ---- time is up ---- */

Test(stopping, finish_looks_at_the_complete_rounds)
{
    const double means[] = {1000, 2000};
    struct bench_sampler_config config = asking(2, 1, 8);
    struct bench_sampler *s = bench_sampler_new(&config);
    struct bench_rng rng;
    struct bench_ratio r;
    size_t count;
    bench_rng_init(&rng, 8);
    run(s, means, 0.01, 10 * 2, &rng);
    bench_sampler_next(s);
    bench_sampler_add(s, 1e9); /* of an eleventh round, which stays incomplete */
    bench_sampler_finish(s);
    cr_assert_neq(bench_sampler_stopped(s), BENCH_STOP_RUNNING);
    cr_assert_eq(bench_sampler_next(s), -1);
    bench_sampler_samples(s, 0, &count);
    cr_assert_eq(count, 10);
    bench_sampler_samples(s, 1, &count);
    cr_assert_eq(count, 10);
    cr_assert_eq(bench_sampler_answer(s, 0, &r), BENCH_PASS);
    cr_assert(r.high < 2.2);
    cr_assert_float_eq(bench_sampler_alpha(s), 0.05, 1e-12);
    bench_sampler_free(s);
}

Test(stopping, finish_counts_a_round_that_is_just_complete)
{
    struct bench_sampler_config config = asking(2, 1, 8);
    struct bench_sampler *s = bench_sampler_new(&config);
    size_t count;
    for (int i = 0; i < 6; i++) {
        bench_sampler_next(s);
        bench_sampler_add(s, 5);
    }
    bench_sampler_finish(s);
    bench_sampler_samples(s, 0, &count);
    cr_assert_eq(count, 3);
    cr_assert_eq(bench_sampler_round(s), 3);
    bench_sampler_free(s);
}

Test(stopping, finish_with_one_round_or_none_answers_nothing)
{
    struct bench_sampler_config config = asking(2, 1, 8);
    config.warmup_rounds = 1;
    for (int samples = 0; samples <= 5; samples++) {
        struct bench_sampler *s = bench_sampler_new(&config);
        struct bench_ratio r;
        for (int i = 0; i < samples; i++) {
            int arm = bench_sampler_next(s);
            bench_sampler_add(s, arm == 1 ? 2000 : 1000);
        }
        bench_sampler_finish(s);
        cr_assert_eq(bench_sampler_stopped(s), BENCH_STOP_BUDGET);
        cr_assert_eq(bench_sampler_answer(s, 0, &r), BENCH_UNDETERMINED);
        cr_assert(samples < 4 ? isnan(r.estimate) : r.estimate == 2);
        cr_assert(r.low == 0 && isinf(r.high));
        bench_sampler_free(s);
    }
}

Test(stopping, finish_twice_or_after_the_end_changes_nothing)
{
    const double means[] = {1000, 1300};
    struct bench_sampler_config config = asking(2, 1, 1);
    struct bench_sampler *s = run_to_end(&config, means, 0.0005);
    double alpha = bench_sampler_alpha(s);
    bench_sampler_finish(s);
    cr_assert_eq(bench_sampler_stopped(s), BENCH_STOP_PRECISE);
    cr_assert_eq(bench_sampler_alpha(s), alpha);
    bench_sampler_free(s);
}

/* ---- floors ---- */

Test(stopping, a_wide_floor_leaves_it_undetermined_and_is_not_waited_for)
{
    const double means[] = {4000, 5000}; /* kernels of 2000 and 3000, or of 1000 and 2000 */
    const struct bench_sampler_arm arms[] = {{{2000, 3000, 0, 0}, true, 0, 0},
                                             {{2000, 3000, 0, 0}, true, 0, 0}};
    const struct bench_question at_1_75 = {1, 0, {1.75, true}};
    struct bench_sampler_config config = asking(2, 1, 9);
    config.arm = arms;
    config.questions = &at_1_75;
    struct bench_sampler *s = run_to_end(&config, means, 0.0005);
    struct bench_ratio r;
    cr_assert_eq(bench_sampler_answer(s, 0, &r), BENCH_UNDETERMINED);
    cr_assert_eq(bench_sampler_stopped(s), BENCH_STOP_PRECISE);
    cr_assert_leq(bench_sampler_round(s), 32); /* of 1024 */
    cr_assert_float_eq(r.estimate, 1.5, 0.01);
    cr_assert(r.low < 1.51 && r.high > 1.99);
    bench_sampler_free(s);
}

Test(stopping, names)
{
    cr_assert_str_eq(bench_stop_name(BENCH_STOP_RUNNING), "running");
    cr_assert_str_eq(bench_stop_name(BENCH_STOP_PRECISE), "precise");
    cr_assert_str_eq(bench_stop_name(BENCH_STOP_DECIDED), "decided");
    cr_assert_str_eq(bench_stop_name(BENCH_STOP_BUDGET), "budget");
    cr_assert_str_eq(bench_stop_name(BENCH_STOP_FIXED), "fixed");
    cr_assert_str_eq(bench_stop_name(BENCH_STOP_NO_ARMS), "no_arms");
}
