/* Why an operator was selected, or why not, in one sentence. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"
#include "bench/util/str.h"
#include "selector/select_impl.h"

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

static const char *describe_wrong(struct bench_arena *arena, const struct bench_selector *sel,
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

/* ---- values ---- */

static void add_near_floor(struct bench_str *text, const struct bench_selection_op *op)
{
    if (op->near_floor)
        bench_str_addf(text, "; %zu of them %s near the timing floor, where ratios are uncertain",
                       op->near_floor, op->near_floor == 1 ? "is" : "are");
}

static const char *point_of(const struct bench_check *check)
{
    return check->by == BENCH_BY_POINTS ? " (point estimate)" : "";
}

/* What the value is of: "geometric mean speedup". */
static void add_subject(struct bench_str *text, const struct bench_selection *s,
                        const struct bench_check *check)
{
    const struct bench_criteria *c = s->criteria;
    const char *what = s->batch == 1 ? "speedup" : "time";
    if (check->kind == BENCH_CHECK_WORST || c->aggregate == BENCH_AGGREGATE_WORST)
        bench_str_addf(text, "the worst case's %s", what);
    else if (c->aggregate == BENCH_AGGREGATE_QUANTILE)
        bench_str_addf(text, "the %s that %g %% of the %s reaches", what, 100 * (1 - c->part),
                       c->class_count ? "weight" : "cases");
    else
        bench_str_addf(text, "the %sgeometric mean %s", c->class_count ? "weighted " : "", what);
}

static void add_value(struct bench_str *text, const struct bench_selection *s,
                      const struct bench_check *check)
{
    const char *base = bench_players_baseline_name(&s->players);
    /* Beside the threshold, as many digits as show on which side of it the value is. */
    int digits = fabs(check->value - check->bound) < 1e-3 && check->by == BENCH_BY_POINTS ? 17 : 4;
    if (s->batch == 1)
        bench_str_addf(text, "%s is %.*gx", point_of(check), digits, check->value);
    else
        bench_str_addf(text, "%s is %.*g of %s's (%.4g %% of %s)", point_of(check), digits,
                       check->value, base, 100 / check->value, base);
}

static void add_end(struct bench_str *text, double v)
{
    if (isinf(v))
        bench_str_add(text, "any");
    else
        bench_str_addf(text, "%.4g", v);
}

static void add_interval(struct bench_str *text, const struct bench_selection_op *op,
                         const struct bench_check *check)
{
    if (check->by == BENCH_BY_POINTS)
        return;
    bench_str_add(text, " (interval ");
    add_end(text, check->low);
    bench_str_add(text, " to ");
    add_end(text, check->high);
    if (check->by == BENCH_BY_CASES)
        bench_str_add(text, ", of the cases')");
    else if (op->decision->processes)
        bench_str_addf(text, ", over %zu fresh processes)", op->decision->processes);
    else
        bench_str_add(text, ", of one process)");
}

/* More rounds make intervals narrower, and change none of the other reasons; --confirm measures
 * only what has passed. */
static const char *what_may_help(const char *open)
{
    return open[0] == '\0' || strstr(open, "interval") ? "; more rounds may decide it" : "";
}

static const char *side(const struct bench_selection *s, enum bench_answer answer)
{
    if (s->batch == 1)
        return answer == BENCH_PASS ? "at least" : "less than";
    return answer == BENCH_PASS ? "at most" : "more than";
}

/* After the value: which side of the bound it is on, or that this is open. */
static void add_answer(struct bench_str *text, const struct bench_selection *s,
                       const struct bench_check *check)
{
    if (check->answer == BENCH_UNDETERMINED)
        bench_str_addf(text, ": undetermined against %.2f%s%s%s", check->bound,
                       check->open[0] ? ", " : "", check->open, what_may_help(check->open));
    else
        bench_str_addf(text, ", %s %.2f", side(s, check->answer), check->bound);
}

static void add_ratio(struct bench_str *text, const struct bench_selection *s,
                      const struct bench_selection_op *op, const struct bench_check *check)
{
    add_subject(text, s, check);
    if (isfinite(check->value) && check->value > 0) {
        add_value(text, s, check);
        add_interval(text, op, check);
    } else {
        bench_str_add(text, " is that of a case without a right result or a second time");
    }
    bench_str_addf(text, " over %zu %s", op->compared, plural(op->compared));
    add_answer(text, s, check);
}

/* "1 of 10 compared cases has a speedup of at least 1.30 (point estimates)" */
static void add_passed(struct bench_str *text, const struct bench_selection *s,
                       const struct bench_selection_op *op, const struct bench_check *check)
{
    const struct bench_criteria *c = s->criteria;
    bool one = op->compared == 1;
    bench_str_addf(text, "%zu of %zu compared %s %s ", op->passed, op->compared,
                   plural(op->compared), op->passed == 1 || one ? "has" : "have");
    if (s->batch == 1)
        bench_str_add(text, "a speedup of at least");
    else
        bench_str_addf(text, "a time relative to %s of at most",
                       bench_players_baseline_name(&s->players));
    bench_str_addf(text, " %.2f (point %s)", c->threshold, one ? "estimate" : "estimates");
    if (check->by != BENCH_BY_POINTS)
        bench_str_addf(text, ", surely %.4g to %.4g %% of them%s", 100 * check->low,
                       100 * check->high, c->class_count ? " by weight" : "");
    if (c->aggregate == BENCH_AGGREGATE_SHARE)
        bench_str_addf(text, ": %.4g %% of %zu%s, %s %.4g %%", 100 * check->value,
                       c->uncompared == BENCH_COUNTS_IGNORE ? op->compared : op->total,
                       c->class_count ? " by weight" : "",
                       check->answer == BENCH_PASS   ? "at least"
                       : check->answer == BENCH_FAIL ? "less than"
                                                     : "undetermined against",
                       100 * c->part);
    if (check->answer == BENCH_UNDETERMINED && check->open[0])
        bench_str_addf(text, ", %s%s", check->open, what_may_help(check->open));
}

static void add_aggregate(struct bench_str *text, const struct bench_selection *s,
                          const struct bench_selection_op *op, const struct bench_check *check)
{
    bool counts = s->criteria->aggregate == BENCH_AGGREGATE_SHARE ||
                  s->criteria->aggregate == BENCH_AGGREGATE_ANY;
    if (counts)
        add_passed(text, s, op, check);
    else
        add_ratio(text, s, op, check);
    if (check->by == BENCH_BY_POINTS)
        add_near_floor(text, op);
}

/* ---- the sentence ---- */

static const char *describe_counts(struct bench_arena *arena, const struct bench_selection *s,
                                   const struct bench_check *check)
{
    bool one = check->value == 1;
    const char *unit = check->kind == BENCH_CHECK_CASES ? (one ? "case is" : "cases are")
                       : one                            ? "dtype has a case of"
                                                        : "dtypes have a case of";
    return bench_arena_printf(arena,
                              "only %.0f %s %s %.2f (point estimates), expected at least "
                              "%.0f",
                              check->value, unit, side(s, BENCH_PASS), s->criteria->threshold,
                              check->bound);
}

static const char *describe_correct(const struct bench_selector *sel,
                                    const struct bench_selection_op *op)
{
    struct bench_arena *arena = sel->out->arena;
    return bench_dataset_failures(op->op, "candidate")
               ? describe_failures(arena, op->op, "candidate", "the candidate has no right result")
               : describe_wrong(arena, sel, op);
}

static const char *describe_check(const struct bench_selector *sel,
                                  const struct bench_selection_op *op,
                                  const struct bench_check *check)
{
    const struct bench_selection *s = sel->out;
    struct bench_str text;
    switch (check->kind) {
    case BENCH_CHECK_CORRECT:
        return describe_correct(sel, op);
    case BENCH_CHECK_COMPARED:
        return op->compared ? describe_partial(s->arena, s, op) : describe_nothing(s->arena, s, op);
    case BENCH_CHECK_CASES:
    case BENCH_CHECK_DTYPES:
        return describe_counts(s->arena, s, check);
    case BENCH_CHECK_AGGREGATE:
    case BENCH_CHECK_WORST:
    case BENCH_CHECKS:
        break;
    }
    bench_str_init(&text);
    if (check->kind == BENCH_CHECK_WORST)
        add_ratio(&text, s, op, check);
    else
        add_aggregate(&text, s, op, check);
    const char *copy = bench_arena_strdup(s->arena, text.data);
    bench_str_fini(&text);
    return copy;
}

/* What settled it: the first check that fails, else the first that is open, else the aggregate. */
static const struct bench_check *find_cause(const struct bench_selection_op *op)
{
    const struct bench_check *open = NULL;
    for (size_t i = 0; i < op->check_count; i++) {
        if (op->checks[i].answer == BENCH_FAIL)
            return &op->checks[i];
        if (!open && op->checks[i].answer == BENCH_UNDETERMINED)
            open = &op->checks[i];
    }
    return open ? open : bench_selection_check(op, BENCH_CHECK_AGGREGATE);
}

const char *bench_selector_reason(const struct bench_selector *sel,
                                  const struct bench_selection_op *op)
{
    struct bench_selection *s = sel->out;
    const struct bench_check *cause = find_cause(op);
    const struct bench_check *worst = bench_selection_check(op, BENCH_CHECK_WORST);
    const char *text = describe_check(sel, op, cause);
    if (cause->answer == BENCH_UNDETERMINED && (op->selected || op->refused))
        return bench_arena_printf(s->arena, "%s; the criteria count that as '%s'", text,
                                  bench_counts_as_name(s->criteria->undetermined));
    if (op->refused)
        return bench_arena_printf(s->arena,
                                  "%zu of %zu cases cannot be compared, which the "
                                  "criteria refuse",
                                  op->total - op->compared, op->total);
    if (op->answer == BENCH_PASS && worst)
        return bench_arena_printf(s->arena, "%s; the worst of them is %.4g, %s %.2f", text,
                                  worst->value, side(s, BENCH_PASS), worst->bound);
    return text;
}
