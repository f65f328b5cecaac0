/* A run in memory: an operator of some cases, each with the three roles, and samples that the test
 * sets. */
#ifndef TESTS_RUN_JUDGE_SUPPORT_H
#define TESTS_RUN_JUDGE_SUPPORT_H

#include "bench/run/judge.h"

#define JUDGED_CASES 4
#define JUDGED_ROUNDS 64
#define JUDGED_PROCESSES 6 /* the main run and five more */

struct judged_run {
    struct bench_operator op;
    struct bench_operator *operators[1];
    struct bench_suite_case cases[JUDGED_CASES];
    struct bench_suite suite;
    struct bench_record records[JUDGED_PROCESSES * JUDGED_CASES * BENCH_ROLE_COUNT];
    double samples[JUDGED_PROCESSES * JUDGED_CASES * BENCH_ROLE_COUNT][JUDGED_ROUNDS];
    struct bench_run run;
};

/* The main run: in every case the candidate takes 100 us, the reference 200 us, the baseline 50 us,
 * with a noise of 0.5 %, the same in every build. */
void judged_run_init(struct judged_run *j);
/* Adds a confirming process with such records. */
void judged_run_add_process(struct judged_run *j);
struct bench_record *judged_record(struct judged_run *j, int process, size_t case_index,
                                   enum bench_role role);
/* New samples for a record: about `ns`, with a relative noise. */
void judged_set(struct judged_run *j, struct bench_record *record, double ns, double noise);
/* `count` samples of such a kind. */
void judged_draw(double *samples, size_t count, double ns, double noise, uint64_t seed);

#endif
