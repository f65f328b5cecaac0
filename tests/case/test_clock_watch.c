/* Which rounds a clock throws away. */
#include <criterion/criterion.h>

#include "bench/case/clock_watch.h"

static struct bench_clock_watch begun_at(double mhz)
{
    struct bench_clock_watch w = {0};
    for (int i = 0; i < BENCH_CLOCK_WARM; i++)
        bench_clock_watch_warm(&w, mhz);
    bench_clock_watch_begin(&w);
    return w;
}

/* How many of `count` rounds at this clock are kept. */
static int keep(struct bench_clock_watch *w, double mhz, int count)
{
    int kept = 0;
    for (int i = 0; i < count; i++)
        kept += bench_clock_watch_round(w, mhz) == BENCH_CLOCK_KEEP;
    return kept;
}

Test(clock_watch, a_warm_up_ends_when_the_last_readings_agree)
{
    struct bench_clock_watch w = {0};
    const double rising[] = {345, 900, 1500, 1980, 1980, 1965};
    for (size_t i = 0; i < sizeof rising / sizeof *rising; i++)
        cr_expect_eq(bench_clock_watch_warm(&w, rising[i]), 0, "reading %zu", i);
    cr_expect_eq(bench_clock_watch_warm(&w, 1980), 1980, "one step of the clock apart is steady");
}

Test(clock_watch, a_device_that_tells_no_clock_loses_no_round)
{
    struct bench_clock_watch w = {0};
    cr_expect_eq(bench_clock_watch_warm(&w, 0), 0);
    bench_clock_watch_begin(&w);
    cr_expect_eq(keep(&w, 0, 100), 100);
    cr_expect_not(w.throttled);
}

Test(clock_watch, a_dip_costs_the_rounds_that_it_touched)
{
    struct bench_clock_watch w = begun_at(1980);
    cr_expect_eq(keep(&w, 1965, 20), 20);
    cr_expect_eq(keep(&w, 1600, 3), 0);
    cr_expect_eq(keep(&w, 1980, 20), 20);
    cr_expect_eq(w.discarded, 3);
    cr_expect_not(w.throttled);
}

/* A heavy kernel at its power limit: what it sustains is its clock, and the case ends. */
Test(clock_watch, a_lower_clock_that_stays_is_what_the_load_sustains)
{
    struct bench_clock_watch w = begun_at(1980);
    cr_expect_eq(keep(&w, 1980, 20), 20);
    cr_expect_eq(keep(&w, 1500, 100), 100 - (BENCH_CLOCK_STAYS - 1));
    cr_expect_eq(w.discarded, BENCH_CLOCK_STAYS - 1);
    cr_expect_not(w.throttled);
}

/* Hardware slowdown halves the clock: nothing measured there says what the kernel does. */
Test(clock_watch, half_of_the_clock_is_no_level_but_throttling)
{
    struct bench_clock_watch w = begun_at(1980);
    keep(&w, 1980, 10);
    cr_expect_eq(keep(&w, 900, 50), 50 - 21, "31 rounds pass before anything is called throttled");
    cr_expect(w.throttled);
    cr_expect_eq(w.discarded, 21);
    cr_expect_eq(keep(&w, 900, 100), 100, "it does not loop for ever");
}

Test(clock_watch, a_clock_that_keeps_wandering_ends_as_throttled)
{
    struct bench_clock_watch w = begun_at(1980);
    size_t rounds = 0;
    for (; !w.throttled && rounds < 1000; rounds++)
        bench_clock_watch_round(&w, rounds % 3 == 0 ? 1980 : 1400 + 100 * (double)(rounds % 5));
    cr_expect(w.throttled);
    cr_expect_leq(rounds, 2 * BENCH_CLOCK_LEAST_ROUNDS);
    cr_expect_lt(w.discarded, BENCH_CLOCK_LEAST_ROUNDS);
    cr_expect_eq(keep(&w, 1400, 100), 100);
}

Test(clock_watch, a_clock_that_rises_late_starts_the_rounds_again)
{
    struct bench_clock_watch w = begun_at(1200); /* the idle clock agrees with itself, too */
    cr_expect_eq(keep(&w, 1200, 10), 10);
    cr_expect_eq(keep(&w, 1980, BENCH_CLOCK_WARM - 1), BENCH_CLOCK_WARM - 1);
    cr_expect_eq(bench_clock_watch_round(&w, 1980), BENCH_CLOCK_AGAIN);
    cr_expect_eq(w.discarded, 10 + BENCH_CLOCK_WARM);
    cr_expect_eq(keep(&w, 1980, 40), 40);
    cr_expect_eq(keep(&w, 1200, 1), 0);
    cr_expect_not(w.throttled, "the rounds before are not held against it");
}

/* 1980, 1200, 1980, 1200, … for ever: it may not start again without end. */
Test(clock_watch, levels_are_changed_a_few_times_only)
{
    struct bench_clock_watch w = begun_at(1980);
    int again = 0;
    for (int i = 0; i < 2000; i++)
        again += bench_clock_watch_round(&w, i / 20 % 2 == 0 ? 1980 : 1300) == BENCH_CLOCK_AGAIN;
    cr_expect_eq(again, BENCH_CLOCK_LEVELS);
    cr_expect_geq(w.kept, 900);
}
