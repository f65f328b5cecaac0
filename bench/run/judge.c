#include "bench/run/judge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/case/judge_ratio.h"
#include "bench/measure/stats.h"
#include "bench/run/judge_noise.h"
#include "bench/util/mem.h"
#include "bench/util/parallel.h"

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

static bool timed(const struct bench_record *r)
{
    return r != NULL && r->status == BENCH_STATUS_OK && r->round_count > 0;
}

static struct bench_pair find_pair(const struct bench_run *run, size_t case_index,
                                   enum bench_rule rule, int process)
{
    return (struct bench_pair){
        bench_run_find_process(run, case_index, rule_roles[rule][0], process),
        bench_run_find_process(run, case_index, rule_roles[rule][1], process),
    };
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
    if (!(ratio->stat_low > 0) || isinf(ratio->stat_high))
        return "too few rounds";
    return bench_decide(ratio, criterion, 0) != BENCH_UNDETERMINED ? "noise floor"
                                                                   : "interval holds the threshold";
}

static void decide(const struct bench_judge *judge, enum bench_rule rule, double noise_floor,
                   struct bench_judgement *j)
{
    const struct bench_criterion *criterion = &judge->criteria[rule];
    j->answer = bench_decide(&j->ratio, criterion, noise_floor);
    j->reason = j->answer == BENCH_UNDETERMINED ? no_answer(&j->ratio, criterion) : "";
}

static void refuse(struct bench_judgement *j, const char *reason)
{
    j->answer = BENCH_UNDETERMINED;
    j->reason = reason;
}

/* Of the device that measured it; the worst, where devices of several hosts are not told apart. */
static const struct bench_cache_check *cache_check_of(const struct bench_run *run,
                                                      const struct bench_record *r)
{
    const struct bench_cache_check *found = NULL;
    for (size_t i = 0; i < run->device_count && r->device_id != NULL; i++) {
        const struct bench_device_info *info = &run->devices[i].info;
        const struct bench_cache_check *check = &run->devices[i].cache_check;
        bool failed = check->checked && !(check->evicts && check->clean);
        if (info->index == r->device_index && strcmp(info->id, r->device_id) == 0 &&
            (found == NULL || failed))
            found = check;
    }
    return found != NULL ? found : &run->cache_check;
}

/* What makes every answer from these times worthless; NULL if nothing does. */
static const char *distrust(const struct bench_run *run, const struct bench_pair *p)
{
    const struct bench_cache_check *check = cache_check_of(run, p->above);
    if (p->above == p->below)
        return "one implementation plays both roles";
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

/* The second estimate, of cases that have one. Where the two contradict each other, only what both
 * bear counts. Where they agree, and the first leaves the case open or is near its floor, the
 * narrower of them does. */
static void consult_graph(const struct bench_run *run, const struct bench_judge *judge,
                          enum bench_rule rule, double noise_floor, const struct bench_pair *p,
                          struct bench_judgement *j)
{
    struct bench_ratio graph;
    bool near = p->above->near_floor || p->below->near_floor;
    if (!bench_pair_has_graph(p->above) || !bench_pair_has_graph(p->below))
        return;
    bench_pair_graph(&run->settings, p, &graph);
    j->disagree = graph.low > j->ratio.high || graph.high < j->ratio.low ||
                  bench_pair_disagrees(p, &j->ratio, &graph);
    if (j->disagree) {
        take_hull(&j->ratio, &graph);
    } else if ((near || j->answer == BENCH_UNDETERMINED) && width(&graph) < width(&j->ratio)) {
        j->method = METHOD_GRAPH;
        j->ratio = graph;
    }
    decide(judge, rule, noise_floor, j);
    if (j->disagree && j->answer == BENCH_UNDETERMINED)
        j->reason = "event and graph timing disagree";
}

static void judge_case(const struct bench_run *run, const struct bench_judge *judge,
                       enum bench_rule rule, size_t case_index, struct bench_judgement *j)
{
    static const struct bench_ratio unknown = {NAN, 0, INFINITY, 0, INFINITY};
    struct bench_pair p = find_pair(run, case_index, rule, 0);
    *j = (struct bench_judgement){
        .ratio = unknown, .at_low = unknown, .reason = "", .method = METHOD_EVENTS, .cases = 1};
    if (!timed(p.above) || !timed(p.below))
        return;
    j->known = true;
    bench_pair_events(&run->settings, &p, &j->ratio, &j->at_low);
    const double noise_floor = bench_judge_noise_of_case(judge, run, case_index);
    decide(judge, rule, noise_floor, j);
    consult_graph(run, judge, rule, noise_floor, &p, j);
    const char *why = distrust(run, &p);
    if (why != NULL)
        refuse(j, why);
}

struct judging {
    const struct bench_run *run;
    struct bench_judge *judge;
};

static void judge_one(void *context, size_t case_index)
{
    const struct judging *j = context;
    for (int rule = 0; rule < BENCH_RULE_COUNT; rule++)
        judge_case(j->run, j->judge, (enum bench_rule)rule, case_index,
                   &j->judge->cases[case_index][rule]);
}

/* A case's bootstrap takes about a millisecond, and is of its own samples and the run's seed alone:
 * threads change no bit of it. */
static void judge_cases(const struct bench_run *run, struct bench_judge *judge)
{
    struct judging judging = {run, judge};
    bench_run_index(run);
    bench_parallel_for(run->suite->case_count, run->options.jobs, judge_one, &judging);
}

/* ---- operators ---- */

/* Did the rounds of this case end on an answer that was near, by whichever rule? The estimates of
 * both share the candidate's times. */
static bool ended_early(const struct bench_judge *judge, const struct bench_run *run,
                        size_t case_index)
{
    const struct bench_record *r = bench_run_find(run, case_index, BENCH_CANDIDATE);
    if (r == NULL || strcmp(r->stopped, bench_stop_name(BENCH_STOP_DECIDED)) != 0)
        return false;
    for (int rule = 0; rule < BENCH_RULE_COUNT; rule++) {
        const struct bench_judgement *c = &judge->cases[case_index][rule];
        if (c->known && bench_ratio_is_near(&c->at_low, &judge->criteria[rule]))
            return true;
    }
    return false;
}

/* A case's part of its operator's mean; like the floor's error, that of rounds which ended early
 * goes one way in all. */
static struct bench_ratio part_of_mean(const struct bench_judge *judge, const struct bench_run *run,
                                       enum bench_rule rule, size_t case_index)
{
    struct bench_ratio part = judge->cases[case_index][rule].at_low;
    struct bench_pair p = find_pair(run, case_index, rule, 0);
    if (ended_early(judge, run, case_index))
        bench_ratio_allow_early(&part);
    bench_ratio_allow_own(&part, bench_pair_unsure(&p));
    return part;
}

/* The cases of an operator: indices in the suite. */
struct case_list {
    size_t *items;
    size_t count;       /* that are timed; after them in `items`: */
    size_t empty_count; /* empty ones, which have no times, and in which it must be right */
    size_t elsewhere;   /* further timed ones, which other shards measure */
};

static struct case_list cases_of(const struct bench_run *run, const struct bench_operator *op)
{
    const struct bench_suite *suite = run->suite;
    struct case_list list = {.items = bench_xmalloc((suite->case_count + 1) * sizeof *list.items)};
    for (size_t i = 0; i < suite->case_count; i++) {
        if (suite->cases[i].plan.op != op || suite->cases[i].plan.empty)
            continue;
        list.elsewhere += run->mine != NULL && !run->mine[i];
        if (run->mine == NULL || run->mine[i])
            list.items[list.count++] = i;
    }
    for (size_t i = 0; i < suite->case_count; i++)
        if (suite->cases[i].plan.op == op && suite->cases[i].plan.empty &&
            (run->mine == NULL || run->mine[i]))
            list.items[list.count + list.empty_count++] = i;
    return list;
}

/* Of the devices that measured its cases. */
static double largest_noise(const struct bench_judge *judge, const struct bench_run *run,
                            const struct case_list *list)
{
    double largest = 0;
    for (size_t i = 0; i < list->count; i++)
        largest = fmax(largest, bench_judge_noise_of_case(judge, run, list->items[i]));
    return largest;
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
        struct bench_pair p = find_pair(run, list->items[i], rule, 0);
        const char *why = j->known ? distrust(run, &p) : NULL;
        if (why != NULL)
            return why;
    }
    return NULL;
}

/* A candidate that fails where there is nothing to do fails; NULL if it does not. */
static const char *wrong_when_empty(const struct bench_judge *judge, const struct bench_run *run,
                                    const struct case_list *list)
{
    for (size_t i = 0; i < list->empty_count; i++) {
        size_t at = list->items[list->count + i];
        const struct bench_record *r = bench_run_find(run, at, BENCH_CANDIDATE);
        if (r != NULL && bench_status_failed(r->status))
            return bench_arena_printf(
                judge->arena, "the candidate failed (%s) in the empty case %s",
                bench_status_name(r->status), run->suite->cases[at].plan.label);
    }
    return NULL;
}

/* A role may fall to another of its names in a process that the first one cannot run in: its times
 * say nothing about the claim. */
static bool same_players(const struct bench_pair *a, const struct bench_pair *b)
{
    return strcmp(a->above->implementation, b->above->implementation) == 0 &&
           strcmp(a->below->implementation, b->below->implementation) == 0;
}

/* The geometric mean in a confirming process; NAN if a case has no time there that can be trusted,
 * or is of other implementations. */
static double process_mean(const struct bench_run *run, enum bench_rule rule,
                           const struct case_list *list, int process)
{
    double *estimates = bench_xmalloc((list->count + 1) * sizeof *estimates);
    bool whole = list->count > 0;
    for (size_t i = 0; i < list->count && whole; i++) {
        struct bench_pair p = find_pair(run, list->items[i], rule, process);
        struct bench_pair claimed = find_pair(run, list->items[i], rule, 0);
        whole = timed(p.above) && timed(p.below) && distrust(run, &p) == NULL &&
                same_players(&p, &claimed);
        if (whole)
            estimates[i] = bench_pair_estimate(&p);
    }
    double mean = whole ? bench_geomean(estimates, list->count) : NAN;
    free(estimates);
    return mean;
}

/* A candidate that was wrong once, with other inputs, is wrong, however many processes measured it;
 * NULL if it failed in none. */
static const char *failed_since(const struct bench_judge *judge, const struct bench_run *run,
                                const struct case_list *list)
{
    for (int process = 1; process <= run->settings.confirm; process++) {
        for (size_t i = 0; i < list->count + list->empty_count; i++) {
            const struct bench_record *r =
                bench_run_find_process(run, list->items[i], BENCH_CANDIDATE, process);
            if (r != NULL && bench_status_failed(r->status))
                return bench_arena_printf(judge->arena,
                                          "not confirmed: the candidate failed in process %d (%s)",
                                          process, bench_status_name(r->status));
        }
    }
    return NULL;
}

/* What a pass of the main run is worth in fresh processes. */
static void confirm(const struct bench_judge *judge, const struct bench_run *run,
                    enum bench_rule rule, const struct case_list *list, struct bench_judgement *j)
{
    struct bench_ratio common = j->ratio;
    double means[BENCH_CONFIRM_MOST];
    for (int process = 1; process <= run->settings.confirm; process++) {
        double mean = process_mean(run, rule, list, process);
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
    decide(judge, rule, largest_noise(judge, run, list), j);
    if (j->answer == BENCH_UNDETERMINED)
        j->reason = "not confirmed";
    const char *failure = failed_since(judge, run, list);
    if (failure != NULL)
        refuse(j, failure);
}

/* Nobody decides over a part: why there is no answer, whatever the part says. */
static const char *partial(const struct bench_judge *judge, const struct bench_run *run,
                           const struct case_list *list)
{
    return bench_arena_printf(judge->arena, "partial: shard %d/%d has %zu of its %zu cases",
                              run->options.shard, run->options.shard_count, list->count,
                              list->count + list->elsewhere);
}

static void judge_operator(const struct bench_judge *judge, const struct bench_run *run,
                           enum bench_rule rule, const struct case_list *list,
                           struct bench_judgement *j)
{
    struct bench_ratio *ratios = bench_xmalloc((list->count + 1) * sizeof *ratios);
    *j = (struct bench_judgement){.reason = "", .method = METHOD_EVENTS};
    for (size_t i = 0; i < list->count; i++) {
        const struct bench_judgement *c = &judge->cases[list->items[i]][rule];
        if (!c->known)
            continue;
        ratios[j->cases++] = part_of_mean(judge, run, rule, list->items[i]);
    }
    if (list->count == 0) { /* all of it is measured by other shards, or empty */
        j->ratio = j->at_low = (struct bench_ratio){NAN, 0, INFINITY, 0, INFINITY};
        refuse(j, list->elsewhere > 0 ? partial(judge, run, list) : "all of its cases are empty");
        free(ratios);
        return;
    }
    bench_ratio_geomean(ratios, j->cases, &j->ratio);
    j->at_low = j->ratio;
    free(ratios);
    j->known = j->cases > 0 && j->cases == list->count;
    const char *why = missing_times(judge, run, rule, list);
    why = why != NULL ? why : wrong_when_empty(judge, run, list);
    why = why != NULL ? why : worst_reason(judge, run, rule, list);
    if (why != NULL) {
        refuse(j, why);
        return;
    }
    decide(judge, rule, largest_noise(judge, run, list), j);
    if (j->answer == BENCH_PASS && run->settings.confirm > 0)
        confirm(judge, run, rule, list, j);
    if (list->elsewhere > 0 && run->options.shard_count > 0)
        refuse(j, partial(judge, run, list));
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
    bench_judge_noise(judge, run);
    judge_cases(run, judge);
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
