/*
 * The SM clock during a case: is it steady, and is a round's clock what is steady for this case?
 * It is handed readings and says what to do; it knows nothing of devices.
 *
 * What is steady: the median of the last readings of the warm-up, which runs the case's own load.
 * Rounds with a lower clock are discarded. A clock that comes to stay elsewhere is the new
 * reference:
 *   higher  BENCH_CLOCK_WARM readings in a row that agree: the warm-up was not over. All rounds so
 *           far are discarded
 *   lower   BENCH_CLOCK_STAYS readings in a row that agree: what this load sustains (its power
 *           limit, reached after a while), unless it is below BENCH_CLOCK_LEAST_LEVEL of the first
 *           reference. Rounds before are kept: each was run at one clock
 * and that at most BENCH_CLOCK_LEVELS times each. So a load is compared with itself, a short dip
 * costs the rounds that it touched, and a clock that keeps wandering ends as throttled, not in a
 * loop.
 */
#ifndef BENCH_CASE_CLOCK_WATCH_H
#define BENCH_CASE_CLOCK_WATCH_H

#include <stdbool.h>
#include <stddef.h>

/* Readings that agree: the probe is right to 0.5 % each way (bench/device/device.h). */
#define BENCH_CLOCK_AGREE 0.01
#define BENCH_CLOCK_WARM 4
#define BENCH_CLOCK_STAYS 8
/* A round below this part of the steady clock is discarded: beyond what agreeing readings, and
 * neighbouring steps of the clock (15 MHz, 0.8 % of 1,980 MHz), differ by; and little enough that
 * no round that is kept is off by more than 3 %. */
#define BENCH_CLOCK_LEAST 0.97
#define BENCH_CLOCK_LEVELS 2
/* NVML on its reason "hw slowdown": it halves the clock, or more. That is never a load's level. */
#define BENCH_CLOCK_LEAST_LEVEL 0.6
/* Before so many rounds, discarded ones among them, nothing is called throttled. */
#define BENCH_CLOCK_LEAST_ROUNDS 32

/* {0} to begin with. */
struct bench_clock_watch {
    double last[BENCH_CLOCK_STAYS]; /* a ring */
    size_t readings;
    double first_mhz, steady_mhz; /* 0 before bench_clock_watch_begin, and if there is none */
    int raised, lowered;          /* how often the reference was */
    size_t kept, low;             /* rounds since it was raised: kept, and discarded */
    size_t discarded;             /* all that were */
    bool throttled;
};

/* Warm-up: a reading in MHz (> 0; others are ignored). The median of the last ones if they agree,
 * else 0. */
double bench_clock_watch_warm(struct bench_clock_watch *w, double mhz);
/* The same of the last `count` (at most BENCH_CLOCK_STAYS), for another warm-up's needs. */
double bench_clock_watch_agreed(const struct bench_clock_watch *w, size_t count);
/* The warm-up is over; what was read last is the reference. Without a reading nothing is ever
 * discarded. */
void bench_clock_watch_begin(struct bench_clock_watch *w);

enum bench_clock_verdict {
    BENCH_CLOCK_KEEP,
    BENCH_CLOCK_DISCARD, /* throw this round away */
    BENCH_CLOCK_AGAIN    /* throw all rounds away, this one too */
};
/* A round's reading. Once more than half of the rounds would have to be discarded, no further one
 * is, and `throttled` is set. */
enum bench_clock_verdict bench_clock_watch_round(struct bench_clock_watch *w, double mhz);

#endif
