#include "tests/perf/simulate/judged.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/case/floor.h"
#include "bench/util/mem.h"
#include "tests/perf/simulate/judged_run.h"

static const struct {
    const char *name, *text;
} kinds[JUDGED_COUNT] = {
    [JUDGED_GRAPH] = {"graph",
                      "kernels of 1.5 to 12 us, under a floor known to lie within 2.2 and 3.0 us; "
                      "where the events leave the answer open, 32 graphs of 8 to 64 calls are a "
                      "second estimate; both floors are off by what processes differ by"},
    [JUDGED_DISAGREE] = {"disagree",
                         "the same, but one of the two estimates, nobody knows which, has one of "
                         "its arms 2 to 30 % off"},
    [JUDGED_CONFIRM] = {"confirm",
                        "each process shifts each arm by 0.5 to 2 % (one standard deviation); what "
                        "passes is measured again in three fresh processes"},
    [JUDGED_CHOICE] = {"choice",
                       "the candidate is the best of 1 to 16 variants, whose times spread by 0.1 "
                       "to 10 %, chosen by 7 rounds; the truth is that of the chosen one"},
    [JUDGED_NOISE] = {"noise",
                      "runs of 10 cases, in which every kernel is off by 0.1 to 2 % (one standard "
                      "deviation) for as long as the run lasts, and of 8, 20 or 50 kernels that "
                      "are measured against themselves"},
};

const char *judged_name(enum judged_kind kind)
{
    return kinds[kind].name;
}

const char *judged_text(enum judged_kind kind)
{
    return kinds[kind].text;
}

void judged_add(struct judged_tally *sum, const struct judged_tally *tally)
{
    simulation_add(&sum->claim, &tally->claim);
    simulation_add(&sum->plain, &tally->plain);
    sum->used += tally->used;
    sum->disagree += tally->disagree;
    sum->wrong_passes += tally->wrong_passes;
    sum->plain_passes += tally->plain_passes;
    sum->number += tally->number;
    sum->bias += tally->bias;
    sum->squares += tally->squares;
    sum->plain_bias += tally->plain_bias;
    sum->plain_squares += tally->plain_squares;
    sum->regret += tally->regret;
}

void judged_simulate(enum judged_kind what, enum simulation kind, uint64_t seed, long first,
                     long step, long count, struct judged_tally *tally)
{
    int series = 1000 + 100 * (int)what + (int)kind;
    if (what == JUDGED_NOISE)
        count = (count + JUDGED_NOISE_CASES - 1) / JUDGED_NOISE_CASES;
    for (long i = first; i < count; i += step) {
        uint64_t one = simulation_seed(seed, series, i);
        if (what == JUDGED_GRAPH || what == JUDGED_DISAGREE)
            judged_graph(what, kind, one, i, tally);
        else if (what == JUDGED_CONFIRM)
            judged_confirm(kind, one, i, tally);
        else if (what == JUDGED_CHOICE)
            judged_choice(kind, one, i, tally);
        else
            judged_noise(kind, one, i, tally);
    }
}

/* ---- the run ---- */

void judged_run_init(struct judged_run *j, size_t cases, size_t records, uint64_t seed)
{
    struct bench_arena *arena = bench_arena_new();
    const struct simulation_settings *s = &simulation_defaults;
    *j = (struct judged_run){.capacity = records, .arena = arena};
    j->ops = bench_arena_alloc(arena, cases * sizeof *j->ops);
    j->op_list = bench_arena_alloc(arena, cases * sizeof(struct bench_operator *));
    j->suite =
        (struct bench_suite){.operators = j->op_list,
                             .operator_count = cases,
                             .cases = bench_arena_alloc(arena, cases * sizeof *j->suite.cases),
                             .case_count = cases};
    for (size_t i = 0; i < cases; i++) {
        j->ops[i] = (struct bench_operator){.name = "simulated"};
        j->op_list[i] = &j->ops[i];
        j->suite.cases[i] = (struct bench_suite_case){.plan = {.op = &j->ops[i], .label = ""}};
    }
    j->run =
        (struct bench_run){.suite = &j->suite,
                           .records = bench_arena_alloc(arena, records * sizeof *j->run.records),
                           .cases_done = cases};
    j->run.settings = (struct bench_settings){.confidence = s->confidence,
                                              .precision = s->precision,
                                              .speedup_threshold = s->threshold,
                                              .relative_threshold = 1,
                                              .aa = true,
                                              .seed = seed};
    j->run.options.jobs = 1; /* the simulation has its own threads */
    j->run.info.computes = true;
}

void judged_run_fini(struct judged_run *j)
{
    bench_arena_free(j->arena);
}

struct bench_record *judged_run_add(struct judged_run *j, size_t case_index, int process,
                                    enum bench_role role)
{
    if (j->run.record_count == j->capacity) {
        fprintf(stderr, "simulate: more records than there is room for\n");
        abort();
    }
    struct bench_record *r = &j->run.records[j->run.record_count++];
    bench_record_init(r);
    r->case_index = case_index;
    r->process = process;
    r->roles = 1u << role;
    r->implementation = role == BENCH_REFERENCE ? "port" : "fast";
    r->verified = true;
    return r;
}

static double *copy_samples(struct judged_run *j, const struct bench_sampler *sampler, int arm,
                            size_t *count)
{
    const double *samples = bench_sampler_samples(sampler, arm, count);
    double *copy = bench_arena_alloc(j->arena, *count * sizeof *copy);
    memcpy(copy, samples, *count * sizeof *copy);
    return copy;
}

static void add_records(struct judged_run *j, size_t case_index, int process,
                        const struct judged_arm *arms, const struct judged_floor *floor,
                        const struct bench_sampler *sampler)
{
    for (int i = 0; i < JUDGED_ARMS; i++) {
        struct bench_record *r = judged_run_add(j, case_index, process, arms[i].role);
        r->elapsed_ns = copy_samples(j, sampler, i, &r->round_count);
        r->floor_ns = r->floor_low_ns = floor->low_ns;
        r->floor_high_ns = floor->high_ns;
        r->own_ns = floor->own_ns;
        r->resolution_ns = arms[i].source->script.quantum_ns;
        r->alpha = bench_sampler_alpha(sampler);
        r->stopped = bench_stop_name(bench_sampler_stopped(sampler));
        double median = bench_grouped_median(r->elapsed_ns, r->round_count, r->resolution_ns);
        r->near_floor = median < 1.5 * floor->empty_ns;
    }
}

void judged_run_measure(struct judged_run *j, size_t case_index, int process,
                        const struct judged_arm *arms, const struct judged_floor *floor,
                        uint64_t seed)
{
    const struct simulation_settings *s = &simulation_defaults;
    struct bench_sampler_arm timing[JUDGED_ARMS];
    struct bench_question question = {0, 1, {s->threshold, true}};
    for (int i = 0; i < JUDGED_ARMS; i++)
        timing[i] = (struct bench_sampler_arm){
            .floor = {floor->low_ns, floor->high_ns, fmax(floor->own_ns, 1), floor->low_ns},
            .gated = true,
            .unsure_ns = bench_floor_unsure_ns(floor->low_ns + floor->own_ns),
            .about_ns = simulation_source_about(arms[i].source, floor->low_ns)};
    struct bench_sampler_config config = {.arms = JUDGED_ARMS,
                                          .arm = timing,
                                          .least_rounds = s->least_rounds,
                                          .most_rounds = s->most_rounds,
                                          .questions = &question,
                                          .question_count = 1,
                                          .confidence = s->confidence,
                                          .precision = s->precision,
                                          .decided_precision = s->decided_precision,
                                          .decided_ns = s->decided_ns,
                                          .decided_worst = s->decided_worst,
                                          .resolution_ns = arms[0].source->script.quantum_ns,
                                          .resamples = s->resamples,
                                          .seed = seed};
    struct bench_sampler *sampler = bench_sampler_new(&config);
    int arm;
    while ((arm = bench_sampler_next(sampler)) >= 0)
        bench_sampler_add(sampler, simulation_source_draw(arms[arm].source));
    add_records(j, case_index, process, arms, floor, sampler);
    bench_sampler_free(sampler);
}

/* ---- counting ---- */

double judged_truth(long i)
{
    return simulation_defaults.threshold * (1 + simulation_distances[i % SIM_DISTANCES]);
}

void judged_count(struct simulation_tally *tally, long *wrong_passes, double truth,
                  const struct bench_ratio *ratio, enum bench_answer answer)
{
    const double threshold = simulation_defaults.threshold;
    struct simulation_outcome outcome = {.truth = truth, .ratio = *ratio, .answer = answer};
    simulation_count(tally, &outcome, threshold);
    *wrong_passes += answer == BENCH_PASS && truth < threshold * (1 - 1e-12);
}
