/* Winners measured again in fresh processes, and winners of many variants. */
#include <math.h>

#include "tests/perf/simulate/judged_run.h"

#define PROCESSES 3
#define VARIANTS_MOST 16
#define TUNE_ROUNDS 7 /* as a suite has it by default */

static const struct judged_floor no_floor = {0};

/* ---- processes ---- */

struct shifted {
    enum simulation kind;
    double time_ns[2];
    double shift; /* standard deviation of what a process makes of an arm's time, as a share */
};

static void measure_process(struct judged_run *j, const struct shifted *d, int process,
                            struct bench_rng *rng)
{
    double growth = simulation_growth(d->kind, rng);
    struct simulation_source sources[2];
    struct judged_arm arms[2] = {{&sources[0], BENCH_REFERENCE}, {&sources[1], BENCH_CANDIDATE}};
    for (int i = 0; i < 2; i++)
        simulation_source_init(&sources[i], d->kind,
                               d->time_ns[i] * exp(d->shift * bench_rng_normal(rng)), 0, growth,
                               rng);
    judged_run_measure(j, 0, process, arms, &no_floor, bench_rng_u64(rng));
}

static void add_bias(double log_ratio, double *sum, double *squares)
{
    *sum += log_ratio;
    *squares += log_ratio * log_ratio;
}

/* A run with --confirm: what did not pass is not measured again. The bias is of those that were. */
void judged_confirm(enum simulation kind, uint64_t seed, long i, struct judged_tally *tally)
{
    struct bench_rng rng;
    struct judged_run j;
    struct bench_judge first, last;
    double truth = judged_truth(i);
    bench_rng_init(&rng, seed);
    judged_run_init(&j, 1, (size_t)2 * (1 + PROCESSES), bench_rng_u64(&rng));
    double candidate_ns = simulation_log_uniform(&rng, 3000, 100000);
    struct shifted d = {
        kind, {candidate_ns * truth, candidate_ns}, simulation_log_uniform(&rng, 0.005, 0.02)};
    measure_process(&j, &d, 0, &rng);
    bench_judge_init(&first, &j.run);
    const struct bench_judgement *alone = &first.operators[0][BENCH_RULE_SPEEDUP];
    judged_count(&tally->plain, &tally->plain_passes, truth, &alone->ratio, alone->answer);
    j.run.settings.confirm = PROCESSES;
    for (int k = 1; alone->answer == BENCH_PASS && k <= PROCESSES; k++)
        measure_process(&j, &d, k, &rng);
    bench_judge_init(&last, &j.run);
    const struct bench_judgement *claim = &last.operators[0][BENCH_RULE_SPEEDUP];
    if (claim->processes > 0) {
        judged_count(&tally->claim, &tally->wrong_passes, truth, &claim->ratio, claim->answer);
        tally->used++;
        tally->number++;
        add_bias(log(claim->ratio.estimate / truth), &tally->bias, &tally->squares);
        add_bias(log(alone->ratio.estimate / truth), &tally->plain_bias, &tally->plain_squares);
    }
    bench_judge_fini(&first);
    bench_judge_fini(&last);
    judged_run_fini(&j);
}

/* ---- variants ---- */

struct variants {
    int count, best, chosen;
    double time_ns[VARIANTS_MOST]; /* true ones */
    double tuned_ns;               /* what the samples that chose say of the chosen one */
    struct simulation_source sources[VARIANTS_MOST];
};

static void draw_variants(struct variants *v, enum simulation kind, double median_ns, double growth,
                          struct bench_rng *rng)
{
    double spread = simulation_log_uniform(rng, 0.001, 0.1);
    *v = (struct variants){.count = 1 + (int)bench_rng_below(rng, VARIANTS_MOST)};
    for (int i = 0; i < v->count; i++) {
        v->time_ns[i] = median_ns * exp(spread * bench_rng_normal(rng));
        simulation_source_init(&v->sources[i], kind, v->time_ns[i], 0, growth, rng);
        if (v->time_ns[i] < v->time_ns[v->best])
            v->best = i;
    }
}

/* The sampler and the median of bench_measure_tune (bench/case/tune.c), without its device. */
static void choose(struct variants *v, uint64_t seed)
{
    const struct simulation_settings *s = &simulation_defaults;
    struct bench_sampler_config config = {.arms = v->count,
                                          .least_rounds = TUNE_ROUNDS,
                                          .most_rounds = TUNE_ROUNDS,
                                          .confidence = s->confidence,
                                          .precision = s->precision,
                                          .decided_precision = s->precision,
                                          .resamples = s->resamples,
                                          .seed = seed};
    struct bench_sampler *sampler = bench_sampler_new(&config);
    int arm;
    while ((arm = bench_sampler_next(sampler)) >= 0)
        bench_sampler_add(sampler, simulation_source_draw(&v->sources[arm]));
    for (int i = 0; i < v->count; i++) {
        size_t count;
        const double *samples = bench_sampler_samples(sampler, i, &count);
        double ns = bench_grouped_median(samples, count, v->sources[i].script.quantum_ns);
        if (i == 0 || ns < v->tuned_ns) {
            v->tuned_ns = ns;
            v->chosen = i;
        }
    }
    bench_sampler_free(sampler);
}

/* Drift goes on from the samples that choose to those that judge, so both arms are drawn anew. */
static void measure_chosen(struct judged_run *j, struct variants *v, enum simulation kind,
                           double reference_ns, double growth, struct bench_rng *rng)
{
    struct simulation_source reference;
    struct judged_arm arms[2] = {{&reference, BENCH_REFERENCE},
                                 {&v->sources[v->chosen], BENCH_CANDIDATE}};
    simulation_source_init(&reference, kind, reference_ns, 0, growth, rng);
    v->sources[v->chosen].drift_state = (struct bench_script_state){0};
    judged_run_measure(j, 0, 0, arms, &no_floor, bench_rng_u64(rng));
}

/* `plain` is the claim that would be made from the samples that chose: its bias is what choosing
 * by them is worth. */
void judged_choice(enum simulation kind, uint64_t seed, long i, struct judged_tally *tally)
{
    struct bench_rng rng;
    struct judged_run j;
    struct bench_judge judge;
    struct variants v;
    bench_rng_init(&rng, seed);
    judged_run_init(&j, 1, 2, bench_rng_u64(&rng));
    double median_ns = simulation_log_uniform(&rng, 3000, 100000);
    double growth = simulation_growth(kind, &rng);
    draw_variants(&v, kind, median_ns, growth, &rng);
    double reference_ns = judged_truth(i) * v.time_ns[v.best];
    choose(&v, bench_rng_u64(&rng));
    measure_chosen(&j, &v, kind, reference_ns, growth, &rng);
    bench_judge_init(&judge, &j.run);
    const struct bench_judgement *c = &judge.cases[0][BENCH_RULE_SPEEDUP];
    double truth = reference_ns / v.time_ns[v.chosen];
    judged_count(&tally->claim, &tally->wrong_passes, truth, &c->ratio, c->answer);
    tally->used += v.count > 1;
    tally->number++;
    add_bias(log(c->ratio.estimate / truth), &tally->bias, &tally->squares);
    add_bias(log(v.time_ns[v.chosen] / v.tuned_ns), &tally->plain_bias, &tally->plain_squares);
    tally->regret += log(v.time_ns[v.chosen] / v.time_ns[v.best]);
    bench_judge_fini(&judge);
    judged_run_fini(&j);
}
