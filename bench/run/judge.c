#include "bench/run/judge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/measure_case.h"
#include "bench/util/mem.h"

/* The A/A intervals are of 95 %: of 20 that are right, one is outside by chance. */
#define AA_ALPHA 0.05

#define METHOD_EVENTS "events"
#define METHOD_GRAPH "graph"

static const enum bench_role rule_roles[BENCH_RULE_COUNT][2] = {
    [BENCH_RULE_SPEEDUP] = {BENCH_REFERENCE, BENCH_CANDIDATE},
    [BENCH_RULE_RELATIVE] = {BENCH_CANDIDATE, BENCH_BASELINE},
};

const char *bench_rule_name(enum bench_rule rule)
{
    return rule == BENCH_RULE_SPEEDUP ? "speedup_vs_flaggems" : "relative_to_cuda";
}

/* The two records that a ratio is of. */
struct pair {
    const struct bench_record *above, *below;
};

static bool timed(const struct bench_record *r)
{
    return r != NULL && r->status == BENCH_STATUS_OK && r->round_count > 0;
}

static struct pair find_pair(const struct bench_run *run, size_t case_index, enum bench_rule rule,
                             int process)
{
    return (struct pair){
        bench_run_find_process(run, case_index, rule_roles[rule][0], process),
        bench_run_find_process(run, case_index, rule_roles[rule][1], process),
    };
}

/* ---- ratios ---- */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static struct bench_ratio_options ratio_options(const struct bench_run *run, const struct pair *p,
                                                double alpha)
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

/* What a time is of: either reading of the floor (bench/measure/ratio.h), so that a case's answer
 * holds whatever one calls a kernel's time; or what a call adds to a stream, its launch included,
 * of which alone a mean over cases can be taken: the time of a tiny kernel beyond an empty one is
 * nothing, and its ratio anything. */
enum reading { EITHER_READING, STREAM_READING };

static struct bench_side events_side(const struct bench_record *r, enum reading reading)
{
    /* The calibration's interval, which floor_low_ns is the lower end of. */
    double stream_high_ns = fmax(r->floor_low_ns, 2 * r->floor_ns - r->floor_low_ns);
    return (struct bench_side){
        .elapsed_ns = r->elapsed_ns,
        .floor = {r->floor_low_ns, reading == STREAM_READING ? stream_high_ns : r->floor_high_ns,
                  least_ns(r)},
        .gated = !r->host_synchronises,
    };
}

/* Both records are arms of one sampler, so its last look had one error probability. Records without
 * one are of a run that took no look. */
static double look_alpha(const struct bench_run *run, const struct pair *p)
{
    double a = p->above->alpha, b = p->below->alpha;
    double alpha = a > 0 && (a < b || !(b > 0)) ? a : b;
    return alpha > 0 ? alpha : 1 - run->settings.confidence;
}

static void events_ratio(const struct bench_run *run, const struct pair *p, enum reading reading,
                         struct bench_ratio *ratio)
{
    struct bench_side above = events_side(p->above, reading);
    struct bench_side below = events_side(p->below, reading);
    struct bench_ratio_options options = ratio_options(run, p, look_alpha(run, p));
    bench_ratio_of(&above, &below, least(p->above->round_count, p->below->round_count), &options,
                   ratio);
}

static bool has_graph(const struct bench_record *r)
{
    return r->graph_launches > 0 && r->graph_round_count > 1;
}

/* For one call of a graph of `launches`: `samples` has room for them all. */
static struct bench_side graph_side(const struct bench_record *r, enum reading reading,
                                    size_t count, double *samples)
{
    double launches = r->graph_launches;
    double high_ns = reading == STREAM_READING ? r->graph_floor_low_ns : r->graph_floor_high_ns;
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
static void graph_ratio(const struct bench_run *run, const struct pair *p, enum reading reading,
                        struct bench_ratio *ratio)
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

/* Relative width; of an interval without a bound it is INFINITY. */
static double width(const struct bench_ratio *ratio)
{
    return ratio->low > 0 ? ratio->high / ratio->low : INFINITY;
}

/* ---- cases ---- */

static const char *no_answer(const struct bench_ratio *ratio,
                             const struct bench_criterion *criterion)
{
    return bench_decide(ratio, criterion, 0) != BENCH_UNDETERMINED ? "noise floor"
                                                                   : "interval holds the threshold";
}

static void decide(const struct bench_judge *judge, enum bench_rule rule, struct bench_judgement *j)
{
    const struct bench_criterion *criterion = &judge->criteria[rule];
    j->answer = bench_decide(&j->ratio, criterion, judge->noise_floor);
    j->reason = j->answer == BENCH_UNDETERMINED ? no_answer(&j->ratio, criterion) : "";
}

static void refuse(struct bench_judgement *j, const char *reason)
{
    j->answer = BENCH_UNDETERMINED;
    j->reason = reason;
}

/* What makes every answer from these times worthless; NULL if nothing does. */
static const char *distrust(const struct bench_run *run, const struct pair *p)
{
    const struct bench_cache_check *check = &run->cache_check;
    if (p->above->throttled || p->below->throttled)
        return "throttled";
    if (run->settings.cache == BENCH_CACHE_COLD && check->checked &&
        !(check->evicts && check->clean))
        return "the cache flush does not work";
    return NULL;
}

/* Both intervals: what holds whichever of the two estimates is right. */
static void take_hull(struct bench_ratio *ratio, const struct bench_ratio *other)
{
    ratio->low = fmin(ratio->low, other->low);
    ratio->high = fmax(ratio->high, other->high);
}

/* The second estimate, where the first says nothing or is near its floor. Where the two agree, the
 * narrower of them counts; where they do not, only what both bear. */
static void consult_graph(const struct bench_run *run, const struct bench_judge *judge,
                          enum bench_rule rule, const struct pair *p, struct bench_judgement *j)
{
    struct bench_ratio graph, stream;
    bool near = p->above->near_floor || p->below->near_floor;
    if ((j->answer != BENCH_UNDETERMINED && !near) || !has_graph(p->above) || !has_graph(p->below))
        return;
    graph_ratio(run, p, EITHER_READING, &graph);
    graph_ratio(run, p, STREAM_READING, &stream);
    j->disagree = graph.low > j->ratio.high || graph.high < j->ratio.low;
    if (j->disagree) {
        take_hull(&j->ratio, &graph);
        take_hull(&j->stream, &stream);
    } else if (width(&graph) < width(&j->ratio)) {
        j->method = METHOD_GRAPH;
        j->ratio = graph;
        j->stream = stream;
    }
    decide(judge, rule, j);
    if (j->disagree && j->answer == BENCH_UNDETERMINED)
        j->reason = "event and graph timing disagree";
}

static void judge_case(const struct bench_run *run, const struct bench_judge *judge,
                       enum bench_rule rule, size_t case_index, struct bench_judgement *j)
{
    static const struct bench_ratio unknown = {NAN, 0, INFINITY, 0, INFINITY};
    struct pair p = find_pair(run, case_index, rule, 0);
    *j = (struct bench_judgement){
        .ratio = unknown, .stream = unknown, .reason = "", .method = METHOD_EVENTS, .cases = 1};
    if (!timed(p.above) || !timed(p.below))
        return;
    j->known = true;
    events_ratio(run, &p, EITHER_READING, &j->ratio);
    events_ratio(run, &p, STREAM_READING, &j->stream);
    decide(judge, rule, j);
    consult_graph(run, judge, rule, &p, j);
    const char *why = distrust(run, &p);
    if (why != NULL)
        refuse(j, why);
}

/* ---- the noise floor ---- */

static bool has_twin(const struct bench_record *r)
{
    return r->process == 0 && timed(r) && r->twin_elapsed_ns != NULL && r->twin_round_count > 1;
}

static void twin_ratio(const struct bench_run *run, const struct bench_record *r,
                       struct bench_ratio *ratio)
{
    struct pair p = {r, r};
    struct bench_side self = events_side(r, EITHER_READING), twin = self;
    struct bench_ratio_options options = ratio_options(run, &p, AA_ALPHA);
    twin.elapsed_ns = r->twin_elapsed_ns;
    bench_ratio_of(&twin, &self, least(r->round_count, r->twin_round_count), &options, ratio);
}

static void judge_noise(struct bench_judge *judge, const struct bench_run *run)
{
    double *ratios = bench_xmalloc((run->record_count + 1) * sizeof *ratios);
    for (size_t i = 0; i < run->record_count; i++) {
        struct bench_ratio ratio;
        if (!has_twin(&run->records[i]))
            continue;
        twin_ratio(run, &run->records[i], &ratio);
        if (!(ratio.estimate > 0)) /* times of 0, which scripts may have, compare with nothing */
            continue;
        ratios[judge->aa_cases++] = ratio.estimate;
        judge->aa_outside += ratio.low > 1 || ratio.high < 1;
        judge->aa_worst = fmax(judge->aa_worst, fabs(ratio.estimate - 1));
    }
    judge->noise_floor = bench_noise_floor(ratios, judge->aa_cases);
    free(ratios);
}

/* ---- operators ---- */

/* The cases of an operator: indices in the suite. */
struct case_list {
    size_t *items;
    size_t count;
};

static struct case_list cases_of(const struct bench_run *run, const struct bench_operator *op)
{
    const struct bench_suite *suite = run->suite;
    struct case_list list = {bench_xmalloc((suite->case_count + 1) * sizeof *list.items), 0};
    for (size_t i = 0; i < suite->case_count; i++)
        if (suite->cases[i].plan.op == op)
            list.items[list.count++] = i;
    return list;
}

/* Why an operator has no answer although some of its cases have: the first role that lacks times
 * in some case; NULL if none does. */
static const char *missing_times(const struct bench_judge *judge, const struct bench_run *run,
                                 enum bench_rule rule, const struct case_list *list)
{
    for (int side = 0; side < 2; side++) {
        enum bench_role role = rule_roles[rule][side];
        size_t missing = 0;
        for (size_t i = 0; i < list->count; i++)
            missing += !timed(bench_run_find(run, list->items[i], role));
        if (missing > 0)
            return bench_arena_printf(judge->arena, "the %s has no time in %zu of %zu cases",
                                      bench_role_name(role), missing, list->count);
    }
    return NULL;
}

/* Why one of the cases cannot be trusted at all; NULL if all can. */
static const char *worst_reason(const struct bench_judge *judge, const struct bench_run *run,
                                enum bench_rule rule, const struct case_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct bench_judgement *j = &judge->cases[list->items[i]][rule];
        struct pair p = find_pair(run, list->items[i], rule, 0);
        const char *why = j->known ? distrust(run, &p) : NULL;
        if (why != NULL)
            return why;
    }
    return NULL;
}

/* The geometric mean in a confirming process, by the methods that process 0 used where it has the
 * samples; NAN if a case has no time there that can be trusted. */
static double process_mean(const struct bench_judge *judge, const struct bench_run *run,
                           enum bench_rule rule, const struct case_list *list, int process)
{
    struct bench_ratio *ratios = bench_xmalloc((list->count + 1) * sizeof *ratios), mean;
    bool whole = true;
    for (size_t i = 0; i < list->count && whole; i++) {
        struct pair p = find_pair(run, list->items[i], rule, process);
        bool graph = strcmp(judge->cases[list->items[i]][rule].method, METHOD_GRAPH) == 0;
        whole = timed(p.above) && timed(p.below) && distrust(run, &p) == NULL;
        if (whole && graph && has_graph(p.above) && has_graph(p.below))
            graph_ratio(run, &p, STREAM_READING, &ratios[i]);
        else if (whole)
            events_ratio(run, &p, STREAM_READING, &ratios[i]);
    }
    bench_ratio_geomean(ratios, whole ? list->count : 0, &mean);
    free(ratios);
    return mean.estimate;
}

/* What a pass of the main run is worth in fresh processes. */
static void confirm(const struct bench_judge *judge, const struct bench_run *run,
                    enum bench_rule rule, const struct case_list *list, struct bench_judgement *j)
{
    struct bench_ratio common = j->ratio;
    double means[BENCH_CONFIRM_MOST];
    for (int process = 1; process <= run->settings.confirm; process++) {
        double mean = process_mean(judge, run, rule, list, process);
        if (isfinite(mean))
            means[j->processes++] = mean;
    }
    if (j->processes < BENCH_CONFIRM_LEAST) {
        refuse(j, bench_arena_printf(judge->arena,
                                     "not confirmed: %zu of %d processes measured all of it",
                                     j->processes, run->settings.confirm));
        j->processes = 0; /* the ratio stays the main run's */
        return;
    }
    bench_ratio_over_processes(means, j->processes, run->settings.confidence, &common, &j->ratio);
    decide(judge, rule, j);
    if (j->answer == BENCH_UNDETERMINED)
        j->reason = "not confirmed";
}

static void judge_operator(const struct bench_judge *judge, const struct bench_run *run,
                           enum bench_rule rule, const struct case_list *list,
                           struct bench_judgement *j)
{
    struct bench_ratio *ratios = bench_xmalloc((list->count + 1) * sizeof *ratios);
    size_t graphs = 0;
    *j = (struct bench_judgement){.reason = ""};
    for (size_t i = 0; i < list->count; i++) {
        const struct bench_judgement *c = &judge->cases[list->items[i]][rule];
        if (!c->known)
            continue;
        ratios[j->cases++] = c->stream;
        graphs += strcmp(c->method, METHOD_GRAPH) == 0;
    }
    bench_ratio_geomean(ratios, j->cases, &j->ratio);
    j->stream = j->ratio;
    free(ratios);
    j->method = graphs > 0 && graphs == j->cases ? METHOD_GRAPH : METHOD_EVENTS;
    j->known = j->cases > 0 && j->cases == list->count;
    const char *why = missing_times(judge, run, rule, list);
    why = why != NULL ? why : worst_reason(judge, run, rule, list);
    if (why != NULL) {
        refuse(j, why);
        return;
    }
    decide(judge, rule, j);
    if (j->answer == BENCH_PASS && run->settings.confirm > 0)
        confirm(judge, run, rule, list, j);
}

void bench_judge_init(struct bench_judge *judge, const struct bench_run *run)
{
    const struct bench_suite *suite = run->suite;
    memset(judge, 0, sizeof *judge);
    judge->arena = bench_arena_new();
    judge->criteria[BENCH_RULE_SPEEDUP] =
        (struct bench_criterion){run->settings.speedup_threshold, true};
    judge->criteria[BENCH_RULE_RELATIVE] =
        (struct bench_criterion){run->settings.relative_threshold, false};
    judge->cases = bench_arena_alloc(judge->arena, (suite->case_count + 1) * sizeof *judge->cases);
    judge->operators =
        bench_arena_alloc(judge->arena, (suite->operator_count + 1) * sizeof *judge->operators);
    judge_noise(judge, run);
    for (size_t i = 0; i < suite->case_count; i++)
        for (int rule = 0; rule < BENCH_RULE_COUNT; rule++)
            judge_case(run, judge, (enum bench_rule)rule, i, &judge->cases[i][rule]);
    for (size_t i = 0; i < suite->operator_count; i++) {
        struct case_list list = cases_of(run, suite->operators[i]);
        for (int rule = 0; rule < BENCH_RULE_COUNT; rule++)
            judge_operator(judge, run, (enum bench_rule)rule, &list, &judge->operators[i][rule]);
        free(list.items);
    }
}

void bench_judge_fini(struct bench_judge *judge)
{
    bench_arena_free(judge->arena);
    memset(judge, 0, sizeof *judge);
}
