/* How many rounds a case takes, and which: on the null device, whose times and clock are scripted.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "job_fixture.h"

static const char implementations[] =
    "[{\"name\": \"one\", \"provider\": \"null\", \"entry\": \"constant(1000)\"},\n"
    " {\"name\": \"two\", \"provider\": \"null\", \"entry\": \"constant(2000)\"},\n"
    " {\"name\": \"noisy\", \"provider\": \"null\", \"entry\": \"normal(1000, 5)\"},\n"
    " {\"name\": \"noisy_2x\", \"provider\": \"null\", \"entry\": \"normal(2000, 10)\"},\n"
    " {\"name\": \"noisy_130\", \"provider\": \"null\", \"entry\": \"normal(1300, 39)\"},\n"
    " {\"name\": \"wild\", \"provider\": \"null\", \"entry\": \"normal(1300, 300)\"},\n"
    " {\"name\": \"broken\", \"provider\": \"null\", \"entry\": \"fail_launch\"}]";

static void open_case(struct job_fixture *f, const char *device)
{
    job_open(f, device);
    job_operator(f, implementations, NULL, 256);
}

static size_t rounds_of(struct job_fixture *f, const char *candidate, const char *reference,
                        const char *stopped)
{
    job_roles(f, candidate, reference, NULL);
    job_run(f);
    const struct bench_record *r = job_record(f, BENCH_CANDIDATE);
    cr_expect_eq(r->round_count, job_record(f, BENCH_REFERENCE)->round_count, "rounds are paired");
    cr_expect_str_eq(r->stopped, stopped, "%s against %s: %s", candidate, reference, r->stopped);
    cr_expect(r->alpha > 0 && r->alpha <= 0.05 + 1e-12);
    return r->round_count;
}

Test(measure_case, time_goes_to_cases_near_the_threshold)
{
    struct job_fixture f;
    open_case(&f, "null");
    cr_expect_eq(rounds_of(&f, "one", "two", "precise"), 16,
                 "without noise the first look ends it");
    cr_expect_eq(rounds_of(&f, "noisy", "noisy_2x", "decided"), 16, "far from 1.30");
    size_t near = rounds_of(&f, "noisy", "noisy_130", "precise");
    cr_expect_geq(near, 32, "1.30 itself is never decided: until it is precise; %zu", near);
    cr_expect_eq(near & (near - 1), 0, "looks come after 16, 32, 64, … rounds");
    f.settings.suite.most_rounds = 100;
    cr_expect_eq(rounds_of(&f, "noisy", "wild", "budget"), 100);
    job_close(&f);
}

/* The candidate is asked about on both sides; the slower to answer decides. */
Test(measure_case, every_question_is_answered_before_it_ends)
{
    struct job_fixture f;
    open_case(&f, "null");
    size_t far = rounds_of(&f, "noisy", "noisy_2x", "decided");
    job_roles(&f, "noisy", "noisy_2x", "noisy_130");
    f.settings.suite.relative_threshold = 1 / 1.3;
    job_run(&f);
    cr_expect_gt(job_record(&f, BENCH_CANDIDATE)->round_count, far);
    job_close(&f);
}

Test(measure_case, a_number_of_rounds_that_was_asked_for_is_kept_to)
{
    struct job_fixture f;
    open_case(&f, "null");
    f.settings.suite.rounds = 7;
    cr_expect_eq(rounds_of(&f, "noisy", "noisy_130", "fixed"), 7);
    cr_expect_float_eq(job_record(&f, BENCH_CANDIDATE)->alpha, 0.05, 1e-12);
    job_close(&f);
}

Test(measure_case, a_case_with_no_question_takes_the_documented_rounds)
{
    struct job_fixture f;
    open_case(&f, "null");
    job_roles(&f, "noisy", NULL, NULL);
    job_run(&f);
    const struct bench_record *r = job_record(&f, BENCH_CANDIDATE);
    cr_expect_eq(r->round_count, BENCH_MEASURE_UNASKED_ROUNDS);
    cr_expect_str_eq(r->stopped, "fixed");
    job_close(&f);
}

Test(measure_case, one_that_fails_costs_the_others_nothing)
{
    struct job_fixture f;
    open_case(&f, "null");
    job_roles(&f, "one", "broken", "two");
    job_run(&f);
    cr_expect_eq(job_record(&f, BENCH_REFERENCE)->status, BENCH_STATUS_LAUNCH_ERROR);
    const struct bench_record *r = job_record(&f, BENCH_CANDIDATE);
    cr_expect_eq(r->status, BENCH_STATUS_OK);
    cr_expect_eq(r->round_count, 16, "the question that is left is answered at the first look");
    job_close(&f);
}

/* Out of time at once: no fewer than 5 rounds, and it says so. */
Test(measure_case, the_time_for_a_case_ends_it)
{
    struct job_fixture f;
    open_case(&f, "null");
    f.settings.max_case_ns = 1;
    cr_expect_eq(rounds_of(&f, "noisy", "noisy_130", "budget"), 5);
    job_close(&f);
}

/* ---- clocks ---- */

static void expect_all(const double *samples, size_t count, double ns)
{
    for (size_t i = 0; i < count; i++)
        cr_expect_float_eq(samples[i], ns, 1e-6, "sample %zu is %g ns", i, samples[i]);
}

/* A tenth of the rounds runs at 80 % of the clock, and would show 1250 ns for 1000. */
Test(measure_case, throttled_rounds_are_thrown_away_and_counted)
{
    struct job_fixture f;
    open_case(&f, "null:clock=1980,throttle=0.1");
    f.settings.suite.rounds = 200;
    job_roles(&f, "one", "two", NULL);
    job_run(&f);
    const struct bench_record *r = job_record(&f, BENCH_CANDIDATE);
    cr_expect_eq(r->round_count, 200, "they are run again");
    expect_all(r->elapsed_ns, r->round_count, 1000);
    expect_all(job_record(&f, BENCH_REFERENCE)->elapsed_ns, 200, 2000);
    cr_expect(r->discarded_rounds >= 8 && r->discarded_rounds <= 40, "%zu", r->discarded_rounds);
    cr_expect_not(r->throttled);
    cr_expect_eq(r->clock_median_mhz, 1980);
    cr_expect_eq(r->clock_min_mhz, 1980, "of the rounds that count");
    job_close(&f);
}

Test(measure_case, rounds_before_the_clock_has_risen_do_not_count)
{
    struct job_fixture f;
    open_case(&f, "null:clock=1980,warmup=15");
    f.settings.suite.rounds = 30;
    job_roles(&f, "one", "two", NULL);
    job_run(&f);
    const struct bench_record *r = job_record(&f, BENCH_CANDIDATE);
    cr_expect_eq(r->round_count, 30);
    expect_all(r->elapsed_ns, r->round_count, 1000);
    cr_expect_gt(r->discarded_rounds, 0);
    cr_expect_not(r->throttled);
    job_close(&f);
}

/* More is thrown away than kept: it stops doing so, ends, and says that these times are not to be
 * trusted. */
Test(measure_case, persistent_throttling_is_said)
{
    struct job_fixture f;
    open_case(&f, "null:clock=1980,throttle=0.55");
    f.settings.suite.rounds = 200;
    f.s.highest_mhz = 1980; /* as after a case before it */
    job_roles(&f, "one", "two", NULL);
    job_run(&f);
    const struct bench_record *r = job_record(&f, BENCH_CANDIDATE);
    cr_expect_eq(r->round_count, 200);
    cr_expect(r->throttled);
    cr_expect_gt(r->discarded_rounds, 0);
    cr_expect(job_record(&f, BENCH_REFERENCE)->throttled, "the whole case is");
    job_close(&f);
}

/* ---- the floor ---- */

/* The times of records are what ratios are of: the floor off, grouped median. */
Test(measure_case, the_floor_is_recorded_as_a_range)
{
    struct job_fixture f;
    open_case(&f, "null:500");
    f.settings.gated = (struct bench_floor){.empty_ns = 520,
                                            .own_ns = 20,
                                            .floor_ns = 500,
                                            .low_ns = 495,
                                            .high_ns = 530,
                                            .resolution_ns = 32};
    job_roles(&f, "one", "two", NULL);
    job_run(&f);
    const struct bench_record *r = job_record(&f, BENCH_CANDIDATE);
    cr_expect_eq(r->floor_low_ns, 495);
    cr_expect_eq(r->floor_high_ns, 530);
    cr_expect_eq(r->resolution_ns, 32);
    cr_expect_eq(r->floor_taken_ns, 500); /* as calibrated, not the end of what it may be */
    cr_expect_float_eq(bench_record_time_ns(r), 1500 - 500, 1e-6);
    cr_expect_not(r->near_floor);
    cr_expect_not(r->operator_mode);
    job_close(&f);
}
