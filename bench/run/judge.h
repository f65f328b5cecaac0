/*
 * From records to answers: ratios with intervals, the run's noise floor, and pass, fail or
 * undetermined for every case and operator. All of it is computed from the samples in the records,
 * so a resumed, merged or reread run is judged alike.
 */
#ifndef BENCH_RUN_JUDGE_H
#define BENCH_RUN_JUDGE_H

#include "bench/measure/decide.h"
#include "bench/run/run.h"

enum bench_rule { BENCH_RULE_SPEEDUP, BENCH_RULE_RELATIVE, BENCH_RULE_COUNT };
/* "speedup_vs_flaggems", "relative_to_cuda" */
const char *bench_rule_name(enum bench_rule rule);

/* One case by one rule, or one operator. */
struct bench_judgement {
    bool known; /* both roles have times; an operator: every case that counts has */
    /* A case: holds under either reading of the floor (bench/measure/ratio.h), so its answer does
     * not depend on what one calls a kernel's time. An operator: by the low floor and
     * by events alone, the one reading under which tiny kernels have a ratio worth averaging. */
    struct bench_ratio ratio;
    struct bench_ratio at_low; /* a case's part of its operator's */
    enum bench_answer answer;
    const char
        *reason;        /* why undetermined, in a few words; "" else: "interval holds the
                           threshold", "too few rounds", "noise floor", "throttled", "event and graph
                           timing disagree", "the cache flush does not work", "not confirmed" */
    const char *method; /* "events", or "graph" where a case's second estimate was used */
    bool disagree;      /* events and graph contradict each other: ratio holds both */
    /* Over confirming processes (0: none); ratio is then the claim, over these. */
    size_t processes;
    size_t cases; /* of an operator */
};

/* Of one device, as the totals below. */
struct bench_noise {
    const char *id; /* as in its records; "" of a run's only device */
    int index;
    size_t aa_cases, aa_outside;
    double aa_worst, noise_floor;
};

struct bench_judge {
    struct bench_criterion criteria[BENCH_RULE_COUNT];
    struct bench_noise *devices; /* each has its own floor, which its cases' answers keep to */
    size_t device_count;
    double noise_floor; /* relative, the largest of the devices'; 0 if there was no A/A arm */
    size_t aa_cases;    /* with an A/A arm */
    size_t aa_outside;  /* of these: the 95 % interval does not hold 1 */
    double aa_worst; /* how far the farthest is from 1, relative: 0.02 for 1.02 and for 1 / 1.02 */
    struct bench_judgement (*cases)[BENCH_RULE_COUNT];     /* cases[case_index][rule] */
    struct bench_judgement (*operators)[BENCH_RULE_COUNT]; /* operators[suite operator][rule] */
    struct bench_arena *arena;
};

void bench_judge_init(struct bench_judge *judge, const struct bench_run *run);
void bench_judge_fini(struct bench_judge *judge);

#endif
