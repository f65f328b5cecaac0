/*
 * What a night's time is spent on, where it is not enough for everything: what is nearest to a
 * decision, or was longest not measured (docs/nightly.md, "A time budget").
 *
 * An operator is decided over all of its cases, so operators are measured whole or not at all. Each
 * has a priority, its age in days times 1 + 9 · nearness: an operator that is on the verge of its
 * threshold comes as often as one that is ten times as old. Ages grow without end, so everything is
 * measured in the end, however far from any threshold it is. What was never measured comes first.
 */
#ifndef BENCH_NIGHTLY_BUDGET_H
#define BENCH_NIGHTLY_BUDGET_H

#include <stdbool.h>
#include <stddef.h>

/* How much an operator gains that is undecided: 1 + this. */
#define BENCH_NIGHTLY_GAIN 9.0
/* The distance from the threshold, in logarithms of the ratio, at which nearness falls to 1/e. */
#define BENCH_NIGHTLY_NEAR 0.05
/* Seconds a case where no night has told: the core suite took 196 s for 219 cases with three
 * confirming processes on an H100 (docs/measurements). */
#define BENCH_NIGHTLY_CASE_S 0.9

struct bench_nightly_unit {
    const char *op; /* name */
    size_t cases;
    double age_days; /* since it was last measured; INFINITY: never */
    double nearness; /* of its nearest decision, 0 to 1, see below */
    double cost_s;   /* what it took then; NAN: not known */
    /* Set by bench_nightly_budget: */
    double priority; /* INFINITY for what was never measured */
    bool wanted;
    bool guessed; /* the cost, from what cases of other operators took */
};

/* 1 where the interval [low, high] of a ratio holds the threshold, less the farther the nearer end
 * is from it: exp(-|log(end / threshold)| / BENCH_NIGHTLY_NEAR). 0 where nothing is known (NAN). */
double bench_nightly_nearness(double low, double high, double threshold);

/* Fills in costs that are not known, sorts by priority (what was never measured in its own order),
 * and takes from the front what fits into `budget_s`; the first is taken in any case, so that none
 * is too long to be ever measured. */
void bench_nightly_budget(struct bench_nightly_unit *units, size_t count, double budget_s);

/* Seconds of "2h", "90m", "1h30m", "45s", "3600"; negative if it is none of these. */
double bench_nightly_seconds(const char *text);

#endif
