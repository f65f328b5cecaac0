#include "judge_support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/perf/criteria.h"
#include "bench/util/rng.h"

static const char *const names[BENCH_ROLE_COUNT] = {"fast", "port", "library"};
static const double times_ns[BENCH_ROLE_COUNT] = {100e3, 200e3, 50e3};

void judged_draw(double *samples, size_t count, double ns, double noise, uint64_t seed)
{
    struct bench_rng rng;
    bench_rng_init(&rng, seed);
    for (size_t i = 0; i < count; i++)
        samples[i] = ns * exp(noise * bench_rng_normal(&rng));
}

static size_t index_of(int process, size_t case_index, enum bench_role role)
{
    return ((size_t)process * JUDGED_CASES + case_index) * BENCH_ROLE_COUNT + (size_t)role;
}

struct bench_record *judged_record(struct judged_run *j, int process, size_t case_index,
                                   enum bench_role role)
{
    return &j->records[index_of(process, case_index, role)];
}

void judged_set(struct judged_run *j, struct bench_record *record, double ns, double noise)
{
    size_t index = (size_t)(record - j->records);
    judged_draw(j->samples[index], JUDGED_ROUNDS, ns, noise, 1000 + index);
}

void judged_run_add_process(struct judged_run *j)
{
    int process = (int)(j->run.record_count / (JUDGED_CASES * BENCH_ROLE_COUNT));
    for (size_t i = 0; i < JUDGED_CASES; i++) {
        for (int r = 0; r < BENCH_ROLE_COUNT; r++) {
            struct bench_record *record = judged_record(j, process, i, (enum bench_role)r);
            bench_record_init(record);
            record->case_index = i;
            record->process = process;
            record->roles = 1u << r;
            record->implementation = names[r];
            record->verified = true;
            record->alpha = 0.05;
            record->elapsed_ns = j->samples[record - j->records];
            record->round_count = JUDGED_ROUNDS;
            judged_set(j, record, times_ns[r], 0.005);
            j->run.record_count++;
        }
    }
}

void judged_run_init(struct judged_run *j)
{
    memset(j, 0, sizeof *j);
    j->op.name = "copy";
    j->operators[0] = &j->op;
    for (size_t i = 0; i < JUDGED_CASES; i++)
        j->cases[i].plan =
            (struct bench_case){.op = &j->op, .label = "copy case", .bytes = 1000000};
    j->suite = (struct bench_suite){.operators = j->operators,
                                    .operator_count = 1,
                                    .cases = j->cases,
                                    .case_count = JUDGED_CASES};
    j->run.suite = &j->suite;
    j->run.settings = (struct bench_settings){.confidence = 0.95,
                                              .speedup_threshold = BENCH_SPEEDUP_THRESHOLD,
                                              .relative_threshold = BENCH_RELATIVE_THRESHOLD,
                                              .aa = true,
                                              .seed = 1};
    j->run.records = j->records;
    j->run.cases_done = JUDGED_CASES;
    snprintf(j->run.info.kind, sizeof j->run.info.kind, "cuda");
    j->run.info.computes = true;
    judged_run_add_process(j);
}
