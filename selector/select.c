#include "selector/select.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"
#include "selector/select_impl.h"

/* The mean of a column over op->cases, NANs passed over. */
static double geometric_mean(const struct bench_criteria *c, const struct bench_selection_op *op,
                             bool speedup)
{
    struct bench_mean mean;
    bench_mean_init(&mean);
    for (size_t i = 0; i < op->case_count; i++) {
        double v = speedup ? op->cases[i].speedup : op->cases[i].relative;
        if (isnan(v))
            continue;
        const char *key = op->cases[i].candidate->key;
        bench_mean_add(&mean, v,
                       c->class_count ? bench_criteria_weight(c, bench_dataset_key_elements(key))
                                      : 1);
    }
    return bench_mean_value(&mean);
}

/* As the user's plan has it: the sum in the order of the data, divided, rounded to three decimals
 * as Python's round() does, which is what printf does too. A mean that this would make 0 is not
 * rounded: 1 / 0 is no share of CUDA. */
static double plan_mean(const struct bench_selection_op *op, bool speedup)
{
    double sum = 0;
    size_t n = 0;
    char text[64];
    for (size_t i = 0; i < op->case_count; i++) {
        double v = speedup ? op->cases[i].speedup : op->cases[i].relative;
        if (isnan(v))
            continue;
        sum += v;
        n++;
    }
    if (n == 0)
        return NAN;
    double mean = sum / (double)n;
    snprintf(text, sizeof text, "%.3f", mean);
    double rounded = strtod(text, NULL);
    return rounded > 0 ? rounded : mean;
}

static void average(const struct bench_criteria *c, struct bench_selection_op *op)
{
    op->avg_speedup = c->plan ? plan_mean(op, true) : geometric_mean(c, op, true);
    op->avg_relative = c->plan ? plan_mean(op, false) : geometric_mean(c, op, false);
}

/* What a selected operator is selected for: never a wrong result, in the plan passing cases. */
static void keep_listed(const struct bench_criteria *c, struct bench_selection_op *op)
{
    size_t kept = 0;
    for (size_t i = 0; i < op->case_count; i++)
        if (c->plan ? op->cases[i].pass : op->cases[i].candidate->correct)
            op->cases[kept++] = op->cases[i];
    op->case_count = kept;
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

/* Wrong results, and cases that could not be compared, need no times to decide. */
static bool by_points(const struct bench_selection_op *op)
{
    for (size_t i = 0; i < op->check_count; i++) {
        const struct bench_check *c = &op->checks[i];
        bool counted = c->kind == BENCH_CHECK_CORRECT || c->kind == BENCH_CHECK_COMPARED;
        if (c->by != BENCH_BY_POINTS || (counted && c->answer == BENCH_FAIL))
            return false;
    }
    return true;
}

static void decide(struct bench_selector *sel, const struct bench_dataset_op *data,
                   const struct bench_dataset_op *reference)
{
    struct bench_selection *s = sel->out;
    struct bench_selection_op *op = &s->ops[s->op_count++];
    *op = (struct bench_selection_op){.op = data, .reference = reference};
    bench_selector_read_cases(sel, op);
    bench_selector_check(sel, op);
    if (op->selected)
        keep_listed(s->criteria, op);
    average(s->criteria, op);
    op->reason = bench_selector_reason(sel, op);
    s->refused_ops += op->refused;
    s->by_points += by_points(op);
    if (op->selected) {
        s->selected_ops++;
        s->selected_cases += op->case_count;
    }
}

/* Of the first operator that tells; all tell the same (bench_validate_conditions). */
static void find_conditions(struct bench_selection *s, const struct bench_dataset *set)
{
    for (int k = 0; k < BENCH_DATASET_CONDITIONS; k++)
        for (size_t i = 0; set && i < set->op_count && !s->conditions[k]; i++)
            if (set->ops[i].conditions[k])
                s->conditions[k] = bench_json_string(set->ops[i].conditions[k]);
}

/* The thresholds are meant for the GPU's time alone, with cold caches. */
static const char *describe_conditions(const struct bench_selection *s)
{
    const char *mode = s->conditions[BENCH_DATASET_MODE];
    const char *cache = s->conditions[BENCH_DATASET_CACHE];
    bool other_mode = mode && strcmp(mode, "kernel") != 0;
    bool other_cache = cache && strcmp(cache, "cold") != 0;
    if (!other_mode && !other_cache)
        return NULL;
    return bench_arena_printf(
        s->arena, "measured with %s%s%s%s%s%s", other_mode ? "mode '" : "", other_mode ? mode : "",
        other_mode ? "', so the times are not the GPU's alone (mode 'kernel')" : "",
        other_mode && other_cache ? ", and with " : "",
        other_cache ? bench_arena_printf(s->arena, "cache '%s'", cache) : "",
        other_cache ? ", so what is read may come from caches (cache 'cold': from memory)" : "");
}

/* Of the first operator that tells; all tell the same (bench_validate_devices). */
static void find_device(struct bench_selection *s, const struct bench_dataset *set)
{
    for (size_t i = 0; set && i < set->op_count && !(s->device && s->device_kind); i++) {
        s->device = s->device ? s->device : set->ops[i].device;
        s->device_kind = s->device_kind ? s->device_kind : set->ops[i].device_kind;
    }
}

static bool *find_taken(const struct bench_dataset *your, const struct bench_dataset *flaggems,
                        const struct bench_join *join)
{
    if (!flaggems)
        return NULL;
    bool *taken = bench_xcalloc(flaggems->case_count + 1, sizeof *taken);
    for (size_t i = 0; i < your->case_count; i++)
        if (join->partner[i])
            taken[join->partner[i] - flaggems->cases] = true;
    return taken;
}

struct bench_selection *bench_select(const struct bench_criteria *criteria,
                                     enum bench_select_scope scope,
                                     const struct bench_dataset *your,
                                     const struct bench_dataset *flaggems,
                                     const struct bench_join *join)
{
    struct bench_selection *s = bench_xcalloc(1, sizeof(*s));
    s->criteria = criteria;
    s->batch = bench_criteria_batch(criteria);
    s->your = your;
    s->your_path = bench_json_name(your->doc);
    s->flaggems_path = flaggems ? bench_json_name(flaggems->doc) : NULL;
    s->arena = bench_arena_new();
    find_device(s, your);
    find_device(s, flaggems);
    find_conditions(s, your);
    find_conditions(s, flaggems);
    s->note = describe_conditions(s);
    s->ops = bench_xcalloc(your->op_count + 1, sizeof(*s->ops));
    bench_players_find(s->arena, your, join, &s->players);

    struct bench_selector sel = {.out = s,
                                 .your = your,
                                 .flaggems = flaggems,
                                 .join = join,
                                 .taken = find_taken(your, flaggems, join)};
    for (size_t i = 0; i < your->op_count; i++) {
        bool known = is_known(&your->ops[i], join->op_partner[i]);
        if (scope == BENCH_SCOPE_ALL || known == (scope == BENCH_SCOPE_KNOWN))
            decide(&sel, &your->ops[i], join->op_partner[i]);
    }
    free(sel.taken);
    free(sel.samples);
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

const struct bench_check *bench_selection_judged(const struct bench_selection *s,
                                                 const struct bench_selection_op *op)
{
    const struct bench_check *check = bench_selection_check(op, BENCH_CHECK_AGGREGATE);
    bool ratio = s->criteria->aggregate != BENCH_AGGREGATE_SHARE &&
                 s->criteria->aggregate != BENCH_AGGREGATE_ANY;
    return check && ratio && check->by != BENCH_BY_POINTS && isfinite(check->value) &&
                   check->value > 0
               ? check
               : NULL;
}
