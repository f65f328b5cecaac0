/* A simulated run in memory. Private to the simulations of judged.h. */
#ifndef TESTS_PERF_SIMULATE_JUDGED_RUN_H
#define TESTS_PERF_SIMULATE_JUDGED_RUN_H

#include "tests/perf/simulate/judged.h"

struct judged_run {
    struct bench_operator *ops, **op_list;
    struct bench_suite suite;
    struct bench_run run;
    size_t capacity;
    struct bench_arena *arena; /* of everything in it */
};

/* So many cases, each of an operator of its own; room for so many records. */
void judged_run_init(struct judged_run *j, size_t cases, size_t records, uint64_t seed);
void judged_run_fini(struct judged_run *j);

/* Arms of one case: the reference and the candidate. */
#define JUDGED_ARMS 2
struct judged_arm {
    struct simulation_source *source;
    enum bench_role role;
};

/* The floor that all arms have, of an empty kernel of empty_ns. */
struct judged_floor {
    double low_ns, high_ns, own_ns, empty_ns;
};

/* Runs a sampler over the arms, with the question that a run asks of reference and candidate, and
 * adds the records. arms[JUDGED_ARMS], the reference first. */
void judged_run_measure(struct judged_run *j, size_t case_index, int process,
                        const struct judged_arm *arms, const struct judged_floor *floor,
                        uint64_t seed);

/* An added record, empty but for its place; samples in the arena. */
struct bench_record *judged_run_add(struct judged_run *j, size_t case_index, int process,
                                    enum bench_role role);

/* Counts an answer. */
void judged_count(struct simulation_tally *tally, long *wrong_passes, double truth,
                  const struct bench_ratio *ratio, enum bench_answer answer);

/* The true ratio of case i: all distances from the threshold in turn. */
double judged_truth(long i);

void judged_graph(enum judged_kind what, enum simulation kind, uint64_t seed, long i,
                  struct judged_tally *tally);
void judged_confirm(enum simulation kind, uint64_t seed, long i, struct judged_tally *tally);
void judged_choice(enum simulation kind, uint64_t seed, long i, struct judged_tally *tally);
/* Cases of a run. */
#define JUDGED_NOISE_CASES 10
void judged_noise(enum simulation kind, uint64_t seed, long run, struct judged_tally *tally);

#endif
