#include "selector/select.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"
#include "bench/util/str.h"
#include "selector/index.h"

const char *bench_policy_name(enum bench_policy policy)
{
    return policy == BENCH_POLICY_GEOMEAN ? "geomean" : "per-config";
}

int bench_policy_parse(const char *name, enum bench_policy *policy, struct bench_err *err)
{
    for (int i = BENCH_POLICY_GEOMEAN; i <= BENCH_POLICY_PER_CONFIG; i++) {
        if (strcmp(name, bench_policy_name((enum bench_policy)i)) == 0) {
            *policy = (enum bench_policy)i;
            return BENCH_OK;
        }
    }
    return bench_err_set(err, BENCH_EINPUT, "found policy '%s', expected geomean or per-config",
                         name);
}

struct selector {
    struct bench_selection *out;
    const struct bench_dataset *your;
    const struct bench_dataset *flaggems; /* NULL if there is none */
    const struct bench_join *join;
};

static void count_cases(struct bench_index *keys, size_t *total, const struct bench_dataset *set,
                        const struct bench_dataset_op *op)
{
    for (size_t i = 0; i < op->case_count; i++)
        *total += bench_index_add(keys, set->cases[op->first_case + i].key, 0) == BENCH_INDEX_NONE;
    for (size_t i = 0; i < op->failure_count; i++)
        *total += bench_index_add(keys, op->failures[i].key, 0) == BENCH_INDEX_NONE;
}

/* All cases of the operator, each once, whoever has a time for it or has failed. */
static size_t count_all_cases(const struct selector *sel, const struct bench_selection_op *op)
{
    struct bench_index *keys = bench_index_new();
    size_t total = 0;
    count_cases(keys, &total, sel->your, op->op);
    if (sel->out->batch == 1 && op->reference)
        count_cases(keys, &total, sel->flaggems, op->reference);
    bench_index_free(keys);
    return total;
}

/* The value that the batch's criterion is about. */
static double criterion_of(const struct bench_selection *s, const struct bench_selection_case *c)
{
    return s->batch == 1 ? c->speedup : c->relative;
}

static bool passes(const struct bench_selection *s, double value)
{
    return s->batch == 1 ? value >= s->threshold : value <= s->threshold;
}

/* All cases of the operator that can be compared go to op->cases, whatever the policy keeps. */
static void compare_cases(struct selector *sel, struct bench_selection_op *op)
{
    struct bench_selection *s = sel->out;
    op->cases = bench_arena_alloc(s->arena, op->op->case_count * sizeof(*op->cases));
    for (size_t i = op->op->first_case; i < op->op->first_case + op->op->case_count; i++) {
        const struct bench_dataset_case *candidate = &sel->your->cases[i];
        const struct bench_dataset_case *reference = s->batch == 1 ? sel->join->partner[i] : NULL;
        struct bench_selection_case c = {
            .candidate = candidate,
            .reference = reference,
            .speedup = reference ? reference->time_ms / candidate->time_ms : NAN,
            .relative = candidate->time_ms / candidate->cuda_ms};
        op->failed += !candidate->correct;
        double value = criterion_of(s, &c);
        if (isnan(value))
            continue;
        c.pass = candidate->correct && passes(s, value);
        op->passed += c.pass;
        op->near_floor += candidate->near_floor || (reference && reference->near_floor);
        op->cases[op->case_count++] = c;
        /* fmin and fmax pass over NAN. */
        op->worst_speedup = fmin(op->worst_speedup, c.speedup);
        op->worst_relative = fmax(op->worst_relative, c.relative);
    }
    op->compared = op->case_count;
}

/* The mean of a column over op->cases, NANs passed over. Long doubles, so that the mean of equal
 * values is that value and a case on the threshold is on it. */
static double mean(const struct bench_selection_op *op, bool speedup, bool geometric)
{
    long double sum = 0;
    size_t n = 0;
    for (size_t i = 0; i < op->case_count; i++) {
        double v = speedup ? op->cases[i].speedup : op->cases[i].relative;
        if (isnan(v))
            continue;
        sum += geometric ? logl(v) : (long double)v;
        n++;
    }
    if (n == 0)
        return NAN;
    return (double)(geometric ? expl(sum / (long double)n) : sum / (long double)n);
}

static void average(struct bench_selection_op *op, bool geometric)
{
    op->avg_speedup = mean(op, true, geometric);
    op->avg_relative = mean(op, false, geometric);
}

static const char *plural(size_t n)
{
    return n == 1 ? "case" : "cases";
}

/* The first failure of a role, which must have one, and the number of all. */
static const char *describe_failures(struct bench_arena *arena, const struct bench_dataset_op *op,
                                     const char *role, const char *who)
{
    const struct bench_dataset_failure *first = op->failures;
    while (strcmp(first->role, role) != 0)
        first++;
    size_t count = bench_dataset_failures(op, role);
    return bench_arena_printf(arena, "%s in %zu %s, %s %s: %s", who, count, plural(count),
                              count == 1 ? "in" : "first in", first->label, first->reason);
}

static const char *describe_wrong(struct bench_arena *arena, const struct selector *sel,
                                  const struct bench_selection_op *op)
{
    const struct bench_dataset_case *c = &sel->your->cases[op->op->first_case];
    while (c->correct)
        c++;
    char *label = bench_dataset_case_label(c);
    const char *text =
        bench_arena_printf(arena, "the candidate's result is wrong in %zu %s, %s %s", op->failed,
                           plural(op->failed), op->failed == 1 ? "in" : "first in", label);
    free(label);
    return text;
}

/* What the data say of why cases have no time to compare with; NULL if they say nothing. */
static const char *describe_missing(struct bench_arena *arena, const struct bench_selection *s,
                                    const struct bench_selection_op *op)
{
    if (s->batch == 2) {
        if (bench_dataset_failures(op->op, "baseline"))
            return describe_failures(arena, op->op, "baseline", "the baseline has no time");
        return op->op->baseline_unavailable
                   ? bench_arena_printf(arena, "there are no %s times: %s",
                                        bench_players_baseline_adjective(&s->players),
                                        op->op->baseline_unavailable)
                   : NULL;
    }
    if (op->reference && bench_dataset_failures(op->reference, "reference"))
        return describe_failures(arena, op->reference, "reference", "the reference has no time");
    if (bench_dataset_failures(op->op, "reference"))
        return describe_failures(arena, op->op, "reference", "the reference has no time");
    return op->op->reference_unavailable
               ? bench_arena_printf(arena, "there are no reference times: %s",
                                    op->op->reference_unavailable)
               : NULL;
}

/* Why not one case can be compared. */
static const char *describe_nothing(struct bench_arena *arena, const struct bench_selection *s,
                                    const struct bench_selection_op *op)
{
    if (op->measured == 0)
        return "no case was measured";
    const char *missing = describe_missing(arena, s, op);
    if (missing)
        return missing;
    if (s->batch == 2)
        return bench_arena_printf(arena, "there are no %s times to compare with",
                                  bench_players_baseline_adjective(&s->players));
    if (!op->reference)
        return bench_arena_printf(arena, "%s has no times for it: '%s' is not in %s",
                                  bench_players_reference_name(&s->players), op->op->name,
                                  s->flaggems_path);
    return "no case has the same dtype, shape and params in the reference data";
}

/* Some cases can be compared, but not all of them: the mean over those would be of a choice. */
static const char *describe_partial(struct bench_arena *arena, const struct bench_selection *s,
                                    const struct bench_selection_op *op)
{
    const char *missing = describe_missing(arena, s, op);
    if (!missing)
        missing = s->batch == 1 ? "the others are in one of the two files only"
                                : "the others do not have both times";
    return bench_arena_printf(arena, "only %zu of %zu cases could be compared with the %s: %s",
                              op->compared, op->total, s->batch == 1 ? "reference" : "baseline",
                              missing);
}

static void add_near_floor(struct bench_str *text, const struct bench_selection_op *op)
{
    if (op->near_floor)
        bench_str_addf(text, "; %zu of them %s near the timing floor, where ratios are uncertain",
                       op->near_floor, op->near_floor == 1 ? "is" : "are");
}

static const char *describe_mean(struct bench_arena *arena, const struct bench_selection *s,
                                 const struct bench_selection_op *op)
{
    struct bench_str text;
    bench_str_init(&text);
    double value = s->batch == 1 ? op->avg_speedup : op->avg_relative;
    const char *verdict = s->batch == 1 ? (passes(s, value) ? "at least" : "less than")
                                        : (passes(s, value) ? "at most" : "more than");
    /* Beside the threshold, as many digits as show on which side of it the value is. */
    int digits = fabs(value - s->threshold) < 1e-3 ? 17 : 4;
    if (s->batch == 1)
        bench_str_addf(&text, "the geometric mean speedup (point estimate) is %.*gx", digits,
                       value);
    else
        bench_str_addf(&text,
                       "the geometric mean time (point estimate) is %.*g of %s's (%.4g %% of %s)",
                       digits, value, bench_players_baseline_name(&s->players), 100 / value,
                       bench_players_baseline_name(&s->players));
    bench_str_addf(&text, " over %zu %s, %s %.2f", op->compared, plural(op->compared), verdict,
                   s->threshold);
    add_near_floor(&text, op);
    const char *copy = bench_arena_strdup(arena, text.data);
    bench_str_fini(&text);
    return copy;
}

/* What the run itself decided: of the same cases, by the same criterion, against the reference data
 * of the same run. Anything else says nothing about these data. */
static const struct bench_dataset_decision *own_decision(const struct bench_selection *s,
                                                         const struct bench_selection_op *op)
{
    const struct bench_dataset_decision *d =
        &op->op->decisions[s->batch == 1 ? BENCH_DATASET_SPEEDUP : BENCH_DATASET_RELATIVE];
    if (!d->known || d->cases != op->compared || d->threshold != s->threshold)
        return NULL;
    if (s->batch == 1 && !(op->op->run && op->reference && op->reference->run &&
                           strcmp(op->op->run, op->reference->run) == 0))
        return NULL;
    return d;
}

static void add_interval(struct bench_str *text, const struct bench_dataset_decision *d)
{
    bench_str_addf(text, " (interval %.4g to ", d->low);
    if (isinf(d->high))
        bench_str_add(text, "any");
    else
        bench_str_addf(text, "%.4g", d->high);
    if (d->processes)
        bench_str_addf(text, ", over %zu fresh processes)", d->processes);
    else
        bench_str_add(text, ", of one process)");
}

/* More rounds make intervals narrower, and change none of the other reasons; --confirm measures
 * only what has passed. */
static const char *what_may_help(const struct bench_dataset_decision *d)
{
    bool open = d->reason[0] == '\0' || strstr(d->reason, "interval") != NULL;
    return open ? "; more rounds may decide it" : "";
}

static const char *describe_decision(struct bench_arena *arena, const struct bench_selection *s,
                                     const struct bench_selection_op *op)
{
    const struct bench_dataset_decision *d = op->decision;
    struct bench_str text;
    bench_str_init(&text);
    if (s->batch == 1)
        bench_str_addf(&text, "the geometric mean speedup is %.4gx", d->estimate);
    else
        bench_str_addf(&text, "the geometric mean time is %.4g of %s's (%.4g %% of %s)",
                       d->estimate, bench_players_baseline_name(&s->players), 100 / d->estimate,
                       bench_players_baseline_name(&s->players));
    add_interval(&text, d);
    bench_str_addf(&text, " over %zu %s", op->compared, plural(op->compared));
    if (d->answer == BENCH_DATASET_UNDETERMINED)
        bench_str_addf(&text, ": undetermined against %.2f%s%s%s", s->threshold,
                       d->reason[0] ? ", " : "", d->reason, what_may_help(d));
    else
        bench_str_addf(&text, ", %s %.2f",
                       s->batch == 1 ? (d->answer == BENCH_DATASET_PASS ? "at least" : "less than")
                                     : (d->answer == BENCH_DATASET_PASS ? "at most" : "more than"),
                       s->threshold);
    const char *copy = bench_arena_strdup(arena, text.data);
    bench_str_fini(&text);
    return copy;
}

static bool wins(const struct bench_selection *s, const struct bench_selection_op *op)
{
    return op->decision ? op->decision->answer == BENCH_DATASET_PASS
                        : passes(s, s->batch == 1 ? op->avg_speedup : op->avg_relative);
}

static void decide_geomean(struct selector *sel, struct bench_selection_op *op)
{
    struct bench_selection *s = sel->out;
    average(op, true);
    op->decision = own_decision(s, op);
    size_t reported = bench_dataset_failures(op->op, "candidate");
    if (reported)
        op->reason =
            describe_failures(s->arena, op->op, "candidate", "the candidate has no right result");
    else if (op->failed)
        op->reason = describe_wrong(s->arena, sel, op);
    else if (op->compared == 0)
        op->reason = describe_nothing(s->arena, s, op);
    else if (op->compared < op->total)
        op->reason = describe_partial(s->arena, s, op);
    else
        op->reason =
            op->decision ? describe_decision(s->arena, s, op) : describe_mean(s->arena, s, op);
    op->selected = op->failed == 0 && op->compared > 0 && op->compared == op->total && wins(s, op);
}

static const char *describe_passed(const struct bench_selection *s,
                                   const struct bench_selection_op *op)
{
    struct bench_str text;
    bench_str_init(&text);
    bench_str_addf(&text, "%zu of %zu compared %s %s ", op->passed, op->compared,
                   plural(op->compared), op->passed == 1 || op->compared == 1 ? "has" : "have");
    if (s->batch == 1)
        bench_str_add(&text, "a speedup of at least");
    else
        bench_str_addf(&text, "a time relative to %s of at most",
                       bench_players_baseline_name(&s->players));
    bench_str_addf(&text, " %.2f (point %s)", s->threshold,
                   op->compared == 1 ? "estimate" : "estimates");
    add_near_floor(&text, op);
    const char *copy = bench_arena_strdup(s->arena, text.data);
    bench_str_fini(&text);
    return copy;
}

static void decide_per_config(struct selector *sel, struct bench_selection_op *op)
{
    struct bench_selection *s = sel->out;
    op->selected = op->passed > 0;
    if (op->selected) {
        size_t kept = 0;
        for (size_t i = 0; i < op->case_count; i++)
            if (op->cases[i].pass)
                op->cases[kept++] = op->cases[i];
        op->case_count = kept;
    }
    average(op, false);
    op->reason = op->compared == 0 ? describe_nothing(s->arena, s, op) : describe_passed(s, op);
}

/* "unavailable" is what a run says of a role that nobody was named for: FlagGems does not have the
 * operator. Any other failure of the reference means that it does. */
static bool has_failed_reference(const struct bench_dataset_op *op)
{
    for (size_t i = 0; i < op->failure_count; i++)
        if (strcmp(op->failures[i].role, "reference") == 0 &&
            strcmp(op->failures[i].status, "unavailable") != 0)
            return true;
    return false;
}

static bool is_known(const struct bench_dataset_op *op, const struct bench_dataset_op *reference)
{
    return (reference && (reference->case_count || has_failed_reference(reference))) ||
           has_failed_reference(op);
}

static void decide(struct selector *sel, const struct bench_dataset_op *data,
                   const struct bench_dataset_op *reference)
{
    struct bench_selection *s = sel->out;
    struct bench_selection_op *op = &s->ops[s->op_count++];
    *op = (struct bench_selection_op){.op = data,
                                      .reference = reference,
                                      .measured = data->case_count,
                                      .failed = bench_dataset_failures(data, "candidate"),
                                      .worst_speedup = NAN,
                                      .worst_relative = NAN};
    op->total = count_all_cases(sel, op);
    compare_cases(sel, op);
    if (s->policy == BENCH_POLICY_GEOMEAN)
        decide_geomean(sel, op);
    else
        decide_per_config(sel, op);
    if (op->selected) {
        s->selected_ops++;
        s->selected_cases += op->case_count;
    }
}

/* Of the first operator that tells; all tell the same (bench_validate_devices). */
static void find_device(struct bench_selection *s, const struct bench_dataset *set)
{
    for (size_t i = 0; set && i < set->op_count && !(s->device && s->device_kind); i++) {
        s->device = s->device ? s->device : set->ops[i].device;
        s->device_kind = s->device_kind ? s->device_kind : set->ops[i].device_kind;
    }
}

struct bench_selection *bench_select(int batch, enum bench_policy policy,
                                     enum bench_select_scope scope,
                                     const struct bench_dataset *your,
                                     const struct bench_dataset *flaggems,
                                     const struct bench_join *join)
{
    struct bench_selection *s = bench_xcalloc(1, sizeof(*s));
    s->batch = batch;
    s->policy = policy;
    s->threshold = batch == 1 ? BENCH_BATCH1_MIN_SPEEDUP : BENCH_BATCH2_MAX_RELATIVE;
    s->criterion = batch == 1 ? "speedup_vs_flaggems" : "relative_to_cuda";
    s->your_path = bench_json_name(your->doc);
    s->flaggems_path = flaggems ? bench_json_name(flaggems->doc) : NULL;
    find_device(s, your);
    find_device(s, flaggems);
    s->arena = bench_arena_new();
    s->ops = bench_xcalloc(your->op_count, sizeof(*s->ops));

    bench_players_find(s->arena, your, join, &s->players);
    struct selector sel = {s, your, flaggems, join};
    for (size_t i = 0; i < your->op_count; i++) {
        bool known = is_known(&your->ops[i], join->op_partner[i]);
        if (scope == BENCH_SCOPE_ALL || known == (scope == BENCH_SCOPE_KNOWN))
            decide(&sel, &your->ops[i], join->op_partner[i]);
    }
    return s;
}

void bench_selection_free(struct bench_selection *selection)
{
    if (!selection)
        return;
    free(selection->ops);
    bench_arena_free(selection->arena);
    free(selection);
}
