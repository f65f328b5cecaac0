/*
 * Simulated runs, judged by the judge of a run (bench/run/judge.h): what `simulate` leaves out,
 * because more than one case, estimate or process has a say in it. Samples come from the real
 * sampler, fed from scripts; records of them are put into a run in memory, as a worker and the
 * journal would, and answers are the judge's.
 */
#ifndef TESTS_PERF_SIMULATE_JUDGED_H
#define TESTS_PERF_SIMULATE_JUDGED_H

#include "bench/run/judge.h"
#include "tests/perf/simulate/source.h"

enum judged_kind {
    JUDGED_GRAPH,    /* a second estimate from graphs, near the floor; the two agree */
    JUDGED_DISAGREE, /* one of the two, nobody knows which, is off by 2 to 30 % */
    JUDGED_CONFIRM,  /* winners measured again in fresh processes, each with a shift of its own */
    JUDGED_CHOICE,   /* the best of 1 to 16 variants */
    JUDGED_NOISE,    /* a run whose kernels differ from themselves, and the noise floor it has */
    JUDGED_COUNT
};

/* "graph", …; and what is simulated, in a few lines. */
const char *judged_name(enum judged_kind kind);
const char *judged_text(enum judged_kind kind);

/* Counts and sums over cases. `claim` is what the judge says in the end; `plain` what it would have
 * said without what is simulated: by the events alone, the main run alone, the samples that chose,
 * no noise floor. Of JUDGED_DISAGREE `claim` are the cases in which the judge saw that the two
 * estimates disagree, `plain` those in which both were taken and it did not; of JUDGED_CONFIRM
 * `claim` are those that were measured again. */
struct judged_tally {
    struct simulation_tally claim, plain;
    long used;            /* cases in which it had a say: a second estimate was taken, the operator
                             was measured again, there was a choice, the floor refused an answer */
    long disagree;        /* of graph and disagree: the two estimates did */
    long wrong_passes;    /* of `claim`: pass, and the truth is below the threshold */
    long plain_passes;    /* of `plain`: the same */
    long number;          /* of the sums below */
    double bias, squares; /* sums of log(claimed estimate / truth) and of its square */
    double plain_bias, plain_squares; /* of what `plain` claims */
    double regret; /* of choice: sum of log(time of the chosen variant / of the best) */
};

void judged_add(struct judged_tally *sum, const struct judged_tally *tally);

/* Cases first, first + step, … below `count`, of one distribution (none with a floor of its own,
 * SIM_FLOOR). A case is of JUDGED_NOISE a tenth of a run. */
void judged_simulate(enum judged_kind what, enum simulation kind, uint64_t seed, long first,
                     long step, long count, struct judged_tally *tally);

#endif
