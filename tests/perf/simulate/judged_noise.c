/* Kernels that differ from themselves for as long as a run lasts, and the floor that this gives. */
#include <math.h>

#include "tests/perf/simulate/judged_run.h"

#define TWINS_MOST 50
#define TWIN_ROUNDS 32

static const struct judged_floor no_floor = {0};

struct noisy_run {
    enum simulation kind;
    double sigma;  /* of what an arm's time is off by, as a share */
    double growth; /* of drifting times */
};

static double off(const struct noisy_run *d, struct bench_rng *rng)
{
    return exp(d->sigma * bench_rng_normal(rng));
}

static void measure_case(struct judged_run *j, const struct noisy_run *d, size_t index,
                         double truth, struct bench_rng *rng)
{
    double candidate_ns = simulation_log_uniform(rng, 3000, 100000);
    struct simulation_source sources[2];
    struct judged_arm arms[2] = {{&sources[0], BENCH_REFERENCE}, {&sources[1], BENCH_CANDIDATE}};
    simulation_source_init(&sources[0], d->kind, candidate_ns * truth * off(d, rng), 0, d->growth,
                           rng);
    simulation_source_init(&sources[1], d->kind, candidate_ns * off(d, rng), 0, d->growth, rng);
    judged_run_measure(j, index, 0, arms, &no_floor, bench_rng_u64(rng));
}

/* Of a case that nothing else is asked of: a reference and its twin. */
static void measure_twin(struct judged_run *j, const struct noisy_run *d, size_t index,
                         struct bench_rng *rng)
{
    double ns = simulation_log_uniform(rng, 3000, 100000);
    struct simulation_source sources[2];
    struct bench_record *r = judged_run_add(j, index, 0, BENCH_REFERENCE);
    double *samples[2];
    for (int i = 0; i < 2; i++) {
        samples[i] = bench_arena_alloc(j->arena, TWIN_ROUNDS * sizeof(double));
        simulation_source_init(&sources[i], d->kind, ns * off(d, rng), 0, d->growth, rng);
        for (int round = 0; round < TWIN_ROUNDS; round++)
            samples[i][round] = simulation_source_draw(&sources[i]);
    }
    r->elapsed_ns = samples[0];
    r->twin_elapsed_ns = samples[1];
    r->round_count = r->twin_round_count = TWIN_ROUNDS;
    r->resolution_ns = sources[0].script.quantum_ns;
}

void judged_noise(enum simulation kind, uint64_t seed, long run, struct judged_tally *tally)
{
    static const size_t twin_counts[] = {8, 20, TWINS_MOST};
    struct bench_rng rng;
    struct judged_run j;
    struct bench_judge judge;
    size_t twins = twin_counts[run % 3];
    bench_rng_init(&rng, seed);
    judged_run_init(&j, JUDGED_NOISE_CASES + twins, 2 * JUDGED_NOISE_CASES + twins,
                    bench_rng_u64(&rng));
    struct noisy_run d = {kind, simulation_log_uniform(&rng, 0.001, 0.02) / sqrt(2), 0};
    d.growth = simulation_growth(kind, &rng);
    for (size_t i = 0; i < JUDGED_NOISE_CASES; i++)
        measure_case(&j, &d, i, judged_truth(run * JUDGED_NOISE_CASES + (long)i), &rng);
    for (size_t i = 0; i < twins; i++)
        measure_twin(&j, &d, JUDGED_NOISE_CASES + i, &rng);
    bench_judge_init(&judge, &j.run);
    for (size_t i = 0; i < JUDGED_NOISE_CASES; i++) {
        const struct bench_judgement *c = &judge.cases[i][BENCH_RULE_SPEEDUP];
        double truth = judged_truth(run * JUDGED_NOISE_CASES + (long)i);
        enum bench_answer plain = bench_decide(&c->ratio, &judge.criteria[BENCH_RULE_SPEEDUP], 0);
        judged_count(&tally->claim, &tally->wrong_passes, truth, &c->ratio, c->answer);
        judged_count(&tally->plain, &tally->plain_passes, truth, &c->ratio, plain);
        tally->used += c->answer != plain;
    }
    bench_judge_fini(&judge);
    judged_run_fini(&j);
}
