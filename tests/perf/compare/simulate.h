/*
 * Whole comparisons with known answers: suites of operators, each measured in several processes in
 * two runs between which nothing changed, or one operator became slower by a known share, go
 * through bench_compare. Nothing is timed, so results depend on nothing but the seed.
 *
 * Where the noise comes from:
 *   recorded  What is left of recorded times (tests/resources/compare/recorded.json, from an H100)
 *             after the drift of their processes. A simulated operator has the cases of a recorded
 *             one, and in each of its processes what a recorded process, drawn anew, left of all
 *             its cases: so outliers stay as frequent, as large, as common to an operator and as
 *             much of a kernel's own as they were. Four processes were recorded, so some of them
 *             repeat; normal noise of 0.3 of the usual size is added, because equal ones never do.
 *   student   Student's t with 4 degrees of freedom of the size that noise.h states, with an
 *             operator's own error of 0.25 %: tails without an end.
 * On top each process has a drift: normal, 110 ns and 0.05 %.
 */
#ifndef TESTS_PERF_COMPARE_SIMULATE_H
#define TESTS_PERF_COMPARE_SIMULATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/util/err.h"

enum compare_noise { COMPARE_RECORDED, COMPARE_STUDENT };
#define COMPARE_NOISES 2
const char *compare_noise_name(enum compare_noise noise);

/* By the candidate's time, in us: below 4, 10, 20, 100, more. */
#define COMPARE_CLASSES 5
extern const double compare_class_below_us[COMPARE_CLASSES];

struct compare_plan {
    enum compare_noise noise;
    size_t operators;
    size_t processes; /* of each run */
    double slower;    /* of one operator, in all its cases: 0.03 is 3 %; 0: nothing changed */
    double one_case;  /* of one case of every operator: to see what single cases need */
    double louder;    /* all errors but drifts are so many times larger: a device on which times
                         differ by more than on the recorded one; 0: once */
    bool no_anchors;  /* all code is other code: no drift is known */
};

struct compare_tally {
    long comparisons;
    long alarms;      /* in which anything that did not change was called faster or slower */
    long regressions; /* of these, in which something was called slower */
    long operators;   /* wrongly called, all together; of operators_seen */
    long cases;
    long operators_seen, cases_seen;
    long found;  /* the slower operator was called so */
    long missed; /* … or same */
    long same;   /* cases that did not change and are called same */
    long class_seen[COMPARE_CLASSES], class_found[COMPARE_CLASSES]; /* cases that did change */
};

struct compare_recording;
/* BENCH_EINPUT for a file that is none. The caller frees. */
int compare_recording_read(const char *path, struct compare_recording **recording,
                           struct bench_err *err);
void compare_recording_free(struct compare_recording *recording);

/* Comparisons first, first + step, … below `count`; each has a seed of its own. `scratch` is the
 * path of a file that may be written. Adds to `tally`. */
int compare_simulate(const struct compare_recording *recording, const struct compare_plan *plan,
                     uint64_t seed, long first, long step, long count, const char *scratch,
                     struct compare_tally *tally, struct bench_err *err);

#endif
