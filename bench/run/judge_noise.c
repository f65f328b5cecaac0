#include "bench/run/judge_noise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/case/judge_ratio.h"
#include "bench/measure/stats.h"
#include "bench/util/mem.h"
#include "bench/util/parallel.h"

static bool has_twin(const struct bench_record *r)
{
    return r->process == 0 && r->status == BENCH_STATUS_OK && r->round_count > 0 &&
           r->twin_elapsed_ns != NULL && r->twin_round_count > 1;
}

/* Of two runs that were put together, devices without an identity of their own (cpu, null) are one
 * if they have one number. */
static bool is_of(const struct bench_noise *n, const struct bench_record *r)
{
    const char *id = r->device_id != NULL ? r->device_id : "";
    return n->index == r->device_index && strcmp(n->id, id) == 0;
}

static struct bench_noise *find(const struct bench_judge *judge, const struct bench_record *r)
{
    for (size_t i = 0; i < judge->device_count; i++)
        if (is_of(&judge->devices[i], r))
            return &judge->devices[i];
    return NULL;
}

/* All devices that records name. */
static void list_devices(struct bench_judge *judge, const struct bench_run *run)
{
    size_t capacity = 0;
    for (size_t i = 0; i < run->record_count; i++) {
        const struct bench_record *r = &run->records[i];
        if (find(judge, r) != NULL)
            continue;
        if (judge->device_count == capacity) {
            capacity = 2 * capacity + 4;
            struct bench_noise *more = bench_arena_alloc(judge->arena, capacity * sizeof *more);
            if (judge->device_count > 0)
                memcpy(more, judge->devices, judge->device_count * sizeof *more);
            judge->devices = more;
        }
        judge->devices[judge->device_count++] =
            (struct bench_noise){.id = r->device_id ? r->device_id : "", .index = r->device_index};
    }
}

/* The records of a device that have a second arm. */
struct twins {
    const struct bench_settings *settings;
    const struct bench_record **records;
    struct bench_ratio *ratios; /* ratios[count], of each */
    size_t count;
};

static void judge_twin(void *context, size_t i)
{
    const struct twins *t = context;
    bench_pair_twin(t->settings, t->records[i], &t->ratios[i]);
}

static void judge_device(struct bench_noise *n, const struct bench_run *run)
{
    struct twins t = {.settings = &run->settings};
    t.records = bench_xmalloc((run->record_count + 1) * sizeof(*t.records));
    for (size_t i = 0; i < run->record_count; i++)
        if (has_twin(&run->records[i]) && is_of(n, &run->records[i]))
            t.records[t.count++] = &run->records[i];
    t.ratios = bench_xmalloc((t.count + 1) * sizeof *t.ratios);
    bench_parallel_for(t.count, run->options.jobs, judge_twin, &t);
    double *estimates = bench_xmalloc((t.count + 1) * sizeof *estimates);
    for (size_t i = 0; i < t.count; i++) {
        const struct bench_ratio *ratio = &t.ratios[i];
        if (!(ratio->estimate > 0)) /* times of 0, which scripts may have, compare with nothing */
            continue;
        estimates[n->aa_cases++] = ratio->estimate;
        n->aa_outside += ratio->low > 1 || ratio->high < 1;
        n->aa_worst = fmax(n->aa_worst, expm1(fabs(log(ratio->estimate))));
    }
    n->noise_floor = bench_noise_floor(estimates, n->aa_cases);
    free(estimates);
    free(t.ratios);
    free(t.records);
}

void bench_judge_noise(struct bench_judge *judge, const struct bench_run *run)
{
    list_devices(judge, run);
    for (size_t i = 0; i < judge->device_count; i++) {
        struct bench_noise *n = &judge->devices[i];
        judge_device(n, run);
        judge->aa_cases += n->aa_cases;
        judge->aa_outside += n->aa_outside;
        judge->aa_worst = fmax(judge->aa_worst, n->aa_worst);
        judge->noise_floor = fmax(judge->noise_floor, n->noise_floor);
    }
}

double bench_judge_noise_of_case(const struct bench_judge *judge, const struct bench_run *run,
                                 size_t case_index)
{
    const struct bench_record *r = bench_run_next_of_case(run, NULL, case_index, 0);
    const struct bench_noise *n = r != NULL ? find(judge, r) : NULL;
    return n != NULL && n->aa_cases > 0 ? n->noise_floor : judge->noise_floor;
}
