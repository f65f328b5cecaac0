#include "bench/run/judge_ratio.h"

#include <math.h>
#include <stdlib.h>

#include "bench/run/measure_case.h"
#include "bench/util/mem.h"

/* The A/A intervals are of 95 %: of 20 that are right, one is outside by chance. */
#define AA_ALPHA 0.05

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static struct bench_ratio_options ratio_options(const struct bench_run *run,
                                                const struct bench_pair *p, double alpha)
{
    double a = p->above->resolution_ns, b = p->below->resolution_ns;
    return (struct bench_ratio_options){
        .alpha = alpha,
        .resamples = BENCH_MEASURE_RESAMPLES,
        .resolution_ns = a > b ? a : b,
        .seed = run->settings.seed,
    };
}

/* As bench_record_net has it, so that ratios are those of the times shown. */
static double least_ns(const struct bench_record *r)
{
    return r->own_ns > 1 ? r->own_ns : 1;
}

static struct bench_side events_side(const struct bench_record *r, enum bench_reading reading)
{
    /* The calibration's interval, which floor_low_ns is the lower end of. */
    double stream_high_ns = fmax(r->floor_low_ns, 2 * r->floor_ns - r->floor_low_ns);
    return (struct bench_side){
        .elapsed_ns = r->elapsed_ns,
        .floor = {r->floor_low_ns,
                  reading == BENCH_STREAM_READING ? stream_high_ns : r->floor_high_ns, least_ns(r)},
        .gated = !r->host_synchronises,
    };
}

/* Both records are arms of one sampler, so its last look had one error probability. Records without
 * one are of a run that took no look. */
static double look_alpha(const struct bench_run *run, const struct bench_pair *p)
{
    double a = p->above->alpha, b = p->below->alpha;
    double alpha = a > 0 && (a < b || !(b > 0)) ? a : b;
    return alpha > 0 ? alpha : 1 - run->settings.confidence;
}

static void ratio_at(const struct bench_run *run, const struct bench_pair *p,
                     enum bench_reading reading, struct bench_ratio *ratio)
{
    struct bench_side above = events_side(p->above, reading);
    struct bench_side below = events_side(p->below, reading);
    struct bench_ratio_options options = ratio_options(run, p, look_alpha(run, p));
    bench_ratio_of(&above, &below, least(p->above->round_count, p->below->round_count), &options,
                   ratio);
}

/* Process after process, the calibration of an H100 gives floors that are up to 100 ns on either
 * side of their middle (1,119 to 1,319 ns over ten recorded processes), which its own interval does
 * not know: 3 % of an empty kernel. */
#define FLOOR_BETWEEN_PROCESSES 0.05

/* What such an error makes of a ratio of net times; it is the same for all cases of a process, so a
 * mean over cases keeps it. */
static void allow_for_floor(const struct bench_pair *p, struct bench_ratio *ratio)
{
    double off_ns =
        FLOOR_BETWEEN_PROCESSES * fmax(p->above->floor_high_ns, p->below->floor_high_ns);
    double below_ns = bench_record_time_ns(p->below), above_ns = ratio->estimate * below_ns;
    if (!(below_ns > off_ns && above_ns > off_ns))
        return;
    double less = (above_ns - off_ns) / (below_ns - off_ns) / ratio->estimate;
    double more = (above_ns + off_ns) / (below_ns + off_ns) / ratio->estimate;
    ratio->low *= fmin(less, more);
    ratio->high *= fmax(less, more);
}

void bench_pair_events(const struct bench_run *run, const struct bench_pair *p,
                       enum bench_reading reading, struct bench_ratio *ratio)
{
    ratio_at(run, p, reading, ratio);
    if (reading == BENCH_STREAM_READING)
        allow_for_floor(p, ratio);
}

bool bench_pair_has_graph(const struct bench_record *r)
{
    return r->graph_launches > 0 && r->graph_round_count > 1;
}

/* For one call of a graph of `launches`: `samples` has room for them all. */
static struct bench_side graph_side(const struct bench_record *r, enum bench_reading reading,
                                    size_t count, double *samples)
{
    double launches = r->graph_launches;
    double high_ns =
        reading == BENCH_STREAM_READING ? r->graph_floor_low_ns : r->graph_floor_high_ns;
    for (size_t i = 0; i < count; i++)
        samples[i] = r->graph_elapsed_ns[i] / launches;
    return (struct bench_side){
        .elapsed_ns = samples,
        .floor = {r->graph_floor_low_ns / launches, high_ns / launches, 1},
        .gated = true,
    };
}

/* It is a second attempt at a question that the events left open, so it has half of the error
 * probability; near the floor the events' own intervals hold far more than their share. */
void bench_pair_graph(const struct bench_run *run, const struct bench_pair *p,
                      enum bench_reading reading, struct bench_ratio *ratio)
{
    size_t count = least(p->above->graph_round_count, p->below->graph_round_count);
    int launches = p->above->graph_launches < p->below->graph_launches ? p->above->graph_launches
                                                                       : p->below->graph_launches;
    double *samples = bench_xmalloc(2 * count * sizeof *samples);
    struct bench_side above = graph_side(p->above, reading, count, samples);
    struct bench_side below = graph_side(p->below, reading, count, samples + count);
    struct bench_ratio_options options = ratio_options(run, p, (1 - run->settings.confidence) / 2);
    options.resolution_ns /= launches;
    bench_ratio_of(&above, &below, count, &options, ratio);
    free(samples);
}

void bench_pair_twin(const struct bench_run *run, const struct bench_record *r,
                     struct bench_ratio *ratio)
{
    struct bench_pair p = {r, r};
    struct bench_side self = events_side(r, BENCH_EITHER_READING), twin = self;
    struct bench_ratio_options options = ratio_options(run, &p, AA_ALPHA);
    twin.elapsed_ns = r->twin_elapsed_ns;
    bench_ratio_of(&twin, &self, least(r->round_count, r->twin_round_count), &options, ratio);
}
