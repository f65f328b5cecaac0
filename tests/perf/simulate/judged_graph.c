/* The second estimate: graphs of calls, and what the judge makes of it and of the events. */
#include <math.h>

#include "bench/case/judge_ratio.h"
#include "tests/perf/simulate/judged_run.h"

/* Of an H100 (docs/measurements, 2026-11-22): an empty kernel takes 3.0 us between events, of which
 * 2.2 us are taken off, and adds 0.8 us to a graph, whose start takes 2.5 us. What processes differ
 * by: 52 to 139 ns between calibrations of three (about 50 ns one standard deviation). */
#define EMPTY_NS 3000
#define OWN_NS 800
#define GRAPH_START_NS 2500
#define BETWEEN_PROCESSES_NS 50
/* What a median of events is off by, whatever its rounds (bench/case/floor.h). */
#define HEAP_NS 90
#define ROUNDS 32
/* As a run has it (bench/case/time_case.c): a second estimate for times near the floor. */
#define NEAR_EMPTIES 6

struct drawn {
    enum simulation kind;
    double time_ns[2]; /* of reference and candidate, as the reading of the floor has them */
    double growth;     /* of the events' times */
    double reading;    /* 0: GPU time, an empty kernel's included … 1: what it takes beyond one */
    double events_ns[2]; /* what the events' times are of, time_ns but for a fault */
    double graph_ns[2];
};

/* One arm of one estimate is off. */
static void spoil(struct drawn *d, struct bench_rng *rng)
{
    double by = simulation_log_uniform(rng, 1.02, 1.3);
    double *estimate = bench_rng_below(rng, 2) == 0 ? d->events_ns : d->graph_ns;
    estimate[bench_rng_below(rng, 2)] *= bench_rng_below(rng, 2) == 0 ? by : 1 / by;
}

static void draw_case(struct drawn *d, enum judged_kind what, enum simulation kind, double truth,
                      struct bench_rng *rng)
{
    double candidate_ns = simulation_log_uniform(rng, 1500, 12000);
    *d = (struct drawn){.kind = kind, .time_ns = {candidate_ns * truth, candidate_ns}};
    d->growth = simulation_growth(kind, rng);
    d->reading = bench_rng_double(rng);
    for (int i = 0; i < 2; i++) {
        d->graph_ns[i] = d->time_ns[i];
        d->events_ns[i] = d->time_ns[i] + simulation_uniform(rng, -HEAP_NS, HEAP_NS);
    }
    if (what == JUDGED_DISAGREE)
        spoil(d, rng);
}

static void measure_events(struct judged_run *j, const struct drawn *d, struct bench_rng *rng)
{
    double off_ns = BETWEEN_PROCESSES_NS * bench_rng_normal(rng);
    double floor_ns = EMPTY_NS - OWN_NS + d->reading * OWN_NS;
    struct judged_floor floor = {EMPTY_NS - OWN_NS + off_ns, EMPTY_NS + off_ns, OWN_NS, EMPTY_NS};
    struct simulation_source sources[2];
    struct judged_arm arms[2] = {{&sources[0], BENCH_REFERENCE}, {&sources[1], BENCH_CANDIDATE}};
    for (int i = 0; i < 2; i++)
        simulation_source_init(&sources[i], d->kind, d->events_ns[i], floor_ns, d->growth, rng);
    judged_run_measure(j, 0, 0, arms, &floor, bench_rng_u64(rng));
}

/* As bench_time_more asks whether graphs are worth their time. */
static bool wants_graphs(const struct judged_run *j, struct bench_ratio *events,
                         enum bench_answer *answer)
{
    const struct bench_record *above = &j->run.records[0], *below = &j->run.records[1];
    struct bench_pair p = {above, below};
    struct bench_criterion criterion = {j->run.settings.speedup_threshold, true};
    bench_pair_events(&j->run.settings, &p, events, NULL);
    *answer = bench_decide(events, &criterion, 0);
    double shorter_ns = INFINITY;
    for (int i = 0; i < 2; i++) {
        const struct bench_record *r = &j->run.records[i];
        shorter_ns =
            fmin(shorter_ns, bench_grouped_median(r->elapsed_ns, r->round_count, r->resolution_ns));
    }
    return shorter_ns < NEAR_EMPTIES * EMPTY_NS && *answer == BENCH_UNDETERMINED;
}

static void measure_graphs(struct judged_run *j, const struct drawn *d, struct bench_rng *rng)
{
    int calls = 8 + (int)bench_rng_below(rng, 57);
    double start_ns = GRAPH_START_NS + BETWEEN_PROCESSES_NS * bench_rng_normal(rng);
    struct simulation_source sources[2];
    for (int i = 0; i < 2; i++)
        simulation_source_init(&sources[i], d->kind, calls * (d->graph_ns[i] + d->reading * OWN_NS),
                               GRAPH_START_NS, d->growth / 10, rng);
    for (int i = 0; i < 2; i++) {
        struct bench_record *r = &j->run.records[i];
        r->graph_elapsed_ns = bench_arena_alloc(j->arena, ROUNDS * sizeof(double));
        for (int round = 0; round < ROUNDS; round++)
            r->graph_elapsed_ns[round] = simulation_source_draw(&sources[i]);
        r->graph_round_count = ROUNDS;
        r->graph_launches = calls;
        r->graph_floor_low_ns = start_ns;
        r->graph_floor_high_ns = start_ns + calls * OWN_NS;
    }
}

/* Of the faulty ones `claim` are those that the judge saw, `plain` those that it took for one
 * estimate. */
void judged_graph(enum judged_kind what, enum simulation kind, uint64_t seed, long i,
                  struct judged_tally *tally)
{
    struct bench_rng rng;
    struct judged_run j;
    struct drawn d;
    struct bench_judge judge;
    struct bench_ratio events;
    enum bench_answer answer;
    double truth = judged_truth(i);
    bench_rng_init(&rng, seed);
    judged_run_init(&j, 1, 2, bench_rng_u64(&rng));
    draw_case(&d, what, kind, truth, &rng);
    measure_events(&j, &d, &rng);
    bool taken = wants_graphs(&j, &events, &answer);
    if (taken)
        measure_graphs(&j, &d, &rng);
    bench_judge_init(&judge, &j.run);
    const struct bench_judgement *c = &judge.cases[0][BENCH_RULE_SPEEDUP];
    tally->used += taken;
    tally->disagree += c->disagree;
    if (what == JUDGED_GRAPH)
        judged_count(&tally->plain, &tally->plain_passes, truth, &events, answer);
    if (what == JUDGED_GRAPH || c->disagree)
        judged_count(&tally->claim, &tally->wrong_passes, truth, &c->ratio, c->answer);
    else if (taken)
        judged_count(&tally->plain, &tally->plain_passes, truth, &c->ratio, c->answer);
    bench_judge_fini(&judge);
    judged_run_fini(&j);
}
