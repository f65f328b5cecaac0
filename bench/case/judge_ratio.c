#include "bench/case/judge_ratio.h"

#include <math.h>
#include <stdlib.h>

#include "bench/case/measure_case.h"
#include "bench/util/mem.h"

/* The A/A intervals are of 95 %: of 20 that are right, one is outside by chance. */
#define AA_ALPHA 0.05

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static double resolution_of(const struct bench_pair *p)
{
    return fmax(p->above->resolution_ns, p->below->resolution_ns);
}

static struct bench_ratio_options ratio_options(const struct bench_settings *settings,
                                                const struct bench_pair *p, double alpha)
{
    return (struct bench_ratio_options){
        .alpha = alpha,
        .resamples = BENCH_MEASURE_RESAMPLES,
        .resolution_ns = resolution_of(p),
        .seed = settings->seed,
    };
}

/* The upper end of the calibration's interval, which floor_low_ns is the lower end of. */
static double low_floor_high_ns(const struct bench_record *r)
{
    return fmax(r->floor_low_ns, 2 * r->floor_ns - r->floor_low_ns);
}

/* Both records are arms of one sampler, so its last look had one error probability. Records without
 * one are of a run that took no look. */
static double look_alpha(const struct bench_settings *settings, const struct bench_pair *p)
{
    double a = p->above->alpha, b = p->below->alpha;
    double alpha = a > 0 && (a < b || !(b > 0)) ? a : b;
    return alpha > 0 ? alpha : 1 - settings->confidence;
}

/* Process after process, an H100 takes up to 90 ns on either side of its middle around an empty
 * kernel (2,960 to 3,144 ns over twenty recorded processes), which its own interval does not know:
 * 3 % of an empty kernel, and somewhat more to be on the safe side. */
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

static size_t events_count(const struct bench_pair *p)
{
    return least(p->above->round_count, p->below->round_count);
}

void bench_pair_events(const struct bench_settings *settings, const struct bench_pair *p,
                       struct bench_ratio *either, struct bench_ratio *at_low)
{
    struct bench_side above = bench_record_side(p->above), below = bench_record_side(p->below);
    struct bench_ratio_options options = ratio_options(settings, p, look_alpha(settings, p));
    const double high_ns[2] = {low_floor_high_ns(p->above), low_floor_high_ns(p->below)};
    bench_ratio_of_both(&above, &below, events_count(p), &options, either, high_ns, at_low);
    if (at_low != NULL)
        allow_for_floor(p, at_low);
}

double bench_pair_unsure(const struct bench_pair *p)
{
    double above_ns = bench_record_time_ns(p->above), below_ns = bench_record_time_ns(p->below);
    return bench_record_unsure_ns(p->above) / above_ns +
           bench_record_unsure_ns(p->below) / below_ns;
}

bool bench_pair_has_graph(const struct bench_record *r)
{
    return r->graph_launches > 0 && r->graph_round_count > 1;
}

/* For one call of the graph's launches: `samples` has room for them all. */
static struct bench_side graph_side(const struct bench_record *r, size_t count, double *samples)
{
    double launches = r->graph_launches;
    for (size_t i = 0; i < count; i++)
        samples[i] = r->graph_elapsed_ns[i] / launches;
    return (struct bench_side){
        .elapsed_ns = samples,
        .floor = {r->graph_floor_low_ns / launches, r->graph_floor_high_ns / launches, 1,
                  r->graph_floor_low_ns / launches},
        .gated = true,
        .unsure_ns = bench_record_unsure_ns(r) / launches,
    };
}

/* Both sides by the graphs; the samples are theirs until _fini. */
struct graph_sides {
    struct bench_side above, below;
    size_t count;
    double resolution_ns; /* of one call's time */
    double *samples;
};

static void graph_sides_init(struct graph_sides *g, const struct bench_pair *p)
{
    int a = p->above->graph_launches, b = p->below->graph_launches;
    g->count = least(p->above->graph_round_count, p->below->graph_round_count);
    g->samples = bench_xmalloc(2 * g->count * sizeof *g->samples);
    g->above = graph_side(p->above, g->count, g->samples);
    g->below = graph_side(p->below, g->count, g->samples + g->count);
    g->resolution_ns = resolution_of(p) / (a < b ? a : b);
}

static void graph_sides_fini(struct graph_sides *g)
{
    free(g->samples);
}

/* It is a second attempt at a question that the events left open, so it has half of the error
 * probability; near the floor the events' own intervals hold far more than their share. */
void bench_pair_graph(const struct bench_settings *settings, const struct bench_pair *p,
                      struct bench_ratio *ratio)
{
    struct graph_sides g;
    graph_sides_init(&g, p);
    struct bench_ratio_options options = ratio_options(settings, p, (1 - settings->confidence) / 2);
    options.resolution_ns = g.resolution_ns;
    bench_ratio_of(&g.above, &g.below, g.count, &options, ratio);
    graph_sides_fini(&g);
}

/* Of what two medians may be off by: the whole distance between two heaps of event times. Of 410
 * pairs of medians whose difference is known, 95 % are within 102 to 130 ns, and all within 176. */
#define DISAGREES_BY 1.5

/* What sampling leaves open of above - below, about: their ratio's half-width, in units of time. */
static double sampling_ns(const struct bench_ratio *ratio, double below_ns)
{
    return (ratio->stat_high - ratio->stat_low) / 2 * below_ns;
}

bool bench_pair_disagrees(const struct bench_pair *p, const struct bench_ratio *events,
                          const struct bench_ratio *graph)
{
    struct graph_sides g;
    graph_sides_init(&g, p);
    double below_ns = bench_record_time_ns(p->below);
    double longer_ns = bench_record_time_ns(p->above) - below_ns;
    double graph_below_ns = bench_net_median(&g.below, g.count, g.resolution_ns);
    double graph_longer_ns = bench_net_median(&g.above, g.count, g.resolution_ns) - graph_below_ns;
    graph_sides_fini(&g);
    double unsure_ns = bench_record_unsure_ns(p->above) + bench_record_unsure_ns(p->below);
    double allowed_ns = DISAGREES_BY * unsure_ns + resolution_of(p) +
                        sampling_ns(events, below_ns) + sampling_ns(graph, graph_below_ns);
    return fabs(longer_ns - graph_longer_ns) > allowed_ns;
}

double bench_pair_estimate(const struct bench_pair *p)
{
    struct bench_side above = bench_record_side(p->above), below = bench_record_side(p->below);
    return bench_ratio_estimate(&above, &below, events_count(p), resolution_of(p));
}

void bench_pair_twin(const struct bench_settings *settings, const struct bench_record *r,
                     struct bench_ratio *ratio)
{
    struct bench_pair p = {r, r};
    struct bench_side self = bench_record_side(r), twin = self;
    struct bench_ratio_options options = ratio_options(settings, &p, AA_ALPHA);
    self.unsure_ns = twin.unsure_ns = 0; /* one kernel's two arms are off alike */
    twin.elapsed_ns = r->twin_elapsed_ns;
    bench_ratio_of(&twin, &self, least(r->round_count, r->twin_round_count), &options, ratio);
}
