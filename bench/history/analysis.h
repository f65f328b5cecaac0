/*
 * What happened in a course: its steps, who is to be held to account, and what else changed there.
 *
 * Times of one night share what the host, the driver and the clocks did that night. Where another
 * role of the case was measured beside, steps are looked for in the ratio of the two first, which
 * nothing moves that moves both, and then in the times themselves:
 *
 *   CANDIDATE  the role that was asked for moved, and the other one did not (or there is none)
 *   PARTNER    the ratio moved because the other role did
 *   PLATFORM   both moved together: a driver, a device, a clock; no change of the operator
 *
 * The other role is the reference or the baseline: the one whose implementation changed least often
 * over the course, then the one with less noise in the ratio; at least four fifths of the nights
 * must have it.
 */
#ifndef BENCH_HISTORY_ANALYSIS_H
#define BENCH_HISTORY_ANALYSIS_H

#include "bench/history/change.h"
#include "bench/history/course.h"
#include "bench/util/mem.h"

enum bench_history_cause {
    BENCH_HISTORY_MOVED_CANDIDATE,
    BENCH_HISTORY_MOVED_PARTNER,
    BENCH_HISTORY_MOVED_PLATFORM
};
/* "candidate", "partner", "platform". */
const char *bench_history_cause_name(enum bench_history_cause cause);

/* Something that is not the same in the runs on either side of a step. */
struct bench_history_difference {
    const char *what; /* "commit", "driver", "candidate source", … */
    const char *before, *after;
};

struct bench_history_step {
    enum bench_history_cause cause;
    /* Numbers of nights of the course: the first after the step, and between which first ones it
     * lies with about 95 % confidence. */
    size_t at, earliest, latest;
    /* Time after ÷ time before of the role (of CANDIDATE in the ratio to the partner, if there is
     * one), with its 95 % interval: 1.03 is 3 % slower. */
    double ratio, low, high;
    double before_ms, after_ms;         /* levels of the role's time */
    size_t nights_before, nights_after; /* that the levels are over */
    /* What differs between the last night before and the first after; where the place is not sure,
     * between the nights around all its places. */
    const struct bench_history_difference *differences;
    size_t difference_count;
};

struct bench_history_analysis {
    enum bench_history_role role;
    int partner;   /* enum bench_history_role; -1: there is none */
    double noise;  /* standard deviation from night to night, relative; of the ratio if there is a
                      partner. NAN where there are too few */
    size_t timed;  /* nights with a time of the role */
    size_t failed; /* nights in which the role was filled and was not ok */
    /* Of these the last ones, up to the end of the course, and which night is the first of them. */
    size_t failing, failing_since;
    double last_ms;   /* the last night's time; NAN if it has none */
    double before_ms; /* the median of up to 30 times before it; NAN if there is none */
    const struct bench_history_step *steps; /* ascending */
    size_t step_count;
};

/* `least` is the smallest step that is told: 0.01 is 1 %. What is found lives in `arena`; its texts
 * are the course's. */
void bench_history_analyse(const struct bench_history_course *course, enum bench_history_role role,
                           double least, struct bench_arena *arena,
                           struct bench_history_analysis *analysis);

/* What differs between two nights of a course, into differences[BENCH_HISTORY_DIFFERENCES]; returns
 * how many. */
#define BENCH_HISTORY_DIFFERENCES 24
size_t bench_history_differences(const struct bench_history_night *before,
                                 const struct bench_history_night *after,
                                 struct bench_history_difference *differences);

#endif
