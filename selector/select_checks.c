/* What the criteria ask of an operator, question by question, and what answers it. */
#include <math.h>
#include <string.h>

#include "bench/util/mem.h"
#include "bench/util/str.h"
#include "selector/evidence.h"
#include "selector/index.h"
#include "selector/select_impl.h"

const struct bench_check *bench_selection_check(const struct bench_selection_op *op,
                                                enum bench_check_kind kind)
{
    for (size_t i = 0; i < op->check_count; i++)
        if (op->checks[i].kind == kind)
            return &op->checks[i];
    return NULL;
}

static struct bench_check *add_check(struct bench_selection_op *op, enum bench_check_kind kind,
                                     double value, double bound, enum bench_answer answer)
{
    struct bench_check *check = &op->checks[op->check_count++];
    *check = (struct bench_check){.kind = kind,
                                  .value = value,
                                  .low = value,
                                  .high = value,
                                  .bound = bound,
                                  .answer = answer,
                                  .by = BENCH_BY_POINTS,
                                  .open = ""};
    return check;
}

static void add_count(struct bench_selection_op *op, enum bench_check_kind kind, size_t value,
                      size_t bound, bool pass)
{
    add_check(op, kind, (double)value, (double)bound, pass ? BENCH_PASS : BENCH_FAIL);
}

/* ---- what the run itself decided ---- */

static const struct bench_dataset_decision *decision_of(const struct bench_selector *sel,
                                                        const struct bench_selection_op *op)
{
    const struct bench_dataset_decision *d = &op->op->decisions[sel->out->criteria->field];
    return d->known && bench_selection_has_intervals(sel->out, op) ? d : NULL;
}

/* More rounds or another threshold change these; no interval tells anything of the others. */
static bool is_about_the_interval(const struct bench_dataset_decision *d)
{
    return d->answer != BENCH_DATASET_UNDETERMINED || d->reason[0] == '\0' ||
           strcmp(d->reason, "interval holds the threshold") == 0 ||
           strcmp(d->reason, "noise floor") == 0;
}

/* Its answer, or with another threshold than the run's what follows from its interval. */
static enum bench_answer answer_of(const struct bench_criteria *c,
                                   const struct bench_selection_op *op,
                                   const struct bench_dataset_decision *d)
{
    static const enum bench_answer answers[] = {[BENCH_DATASET_UNDETERMINED] = BENCH_UNDETERMINED,
                                                [BENCH_DATASET_PASS] = BENCH_PASS,
                                                [BENCH_DATASET_FAIL] = BENCH_FAIL};
    if (d->threshold == c->threshold || !is_about_the_interval(d))
        return answers[d->answer];
    const struct bench_ratio ratio = {d->estimate, d->low, d->high, d->low, d->high};
    const struct bench_criterion criterion = {c->threshold, bench_criteria_at_least(c)};
    return bench_decide(&ratio, &criterion, bench_evidence_noise_floor(op->op));
}

static const char *open_reason(const struct bench_dataset_decision *d)
{
    return d->reason[0] ? d->reason : "interval holds the threshold";
}

static void take_decision(const struct bench_criteria *c, struct bench_selection_op *op,
                          const struct bench_dataset_decision *d, struct bench_check *check)
{
    op->decision = d;
    check->by = BENCH_BY_RUN;
    check->value = d->estimate;
    check->low = d->low;
    check->high = d->high;
    check->answer = answer_of(c, op, d);
    if (check->answer == BENCH_UNDETERMINED)
        check->open = d->threshold == c->threshold ? d->reason : open_reason(d);
}

/* The run answered this very question: the unweighted mean over these cases, all of them. */
static bool is_answered(const struct bench_selector *sel, const struct bench_selection_op *op,
                        const struct bench_dataset_decision *d)
{
    const struct bench_criteria *c = sel->out->criteria;
    return d && c->aggregate == BENCH_AGGREGATE_GEOMEAN && c->class_count == 0 && sel->lost == 0 &&
           d->cases == op->compared && op->compared == op->total;
}

/* What the run left open stays open, whatever follows from intervals of single cases: fresh
 * processes that disagree say something of every aggregate, its own mean of another mean. */
static void keep_open(const struct bench_selector *sel, const struct bench_selection_op *op,
                      const struct bench_dataset_decision *d, struct bench_check *check)
{
    const struct bench_criteria *c = sel->out->criteria;
    bool same = c->aggregate == BENCH_AGGREGATE_GEOMEAN && c->class_count == 0;
    if (!d || check->answer != BENCH_PASS)
        return;
    if (!bench_str_starts(d->reason, "not confirmed") &&
        !(same && answer_of(c, op, d) != BENCH_PASS))
        return;
    check->answer = BENCH_UNDETERMINED;
    check->open = bench_arena_printf(sel->out->arena, "the run's own answer, over %zu cases: %s",
                                     d->cases, open_reason(d));
}

/* ---- what the cases tell ---- */

/* Some of the cases have intervals and some have none: what those leave open cannot be told. */
static bool is_partly_known(const struct bench_selector *sel)
{
    return sel->known + sel->lost < sel->sample_count;
}

static void leave_open(const struct bench_selector *sel, struct bench_check *check)
{
    check->by = BENCH_BY_CASES;
    check->low = 0;
    check->high = INFINITY;
    if (check->answer == BENCH_FAIL && sel->out->criteria->aggregate == BENCH_AGGREGATE_GEOMEAN &&
        sel->lost)
        return; /* a lost case is enough */
    check->answer = BENCH_UNDETERMINED;
    check->open = bench_arena_printf(sel->out->arena, "%zu of %zu cases have no interval",
                                     sel->sample_count - sel->lost - sel->known,
                                     sel->sample_count - sel->lost);
}

static void copy(struct bench_check *check, const struct bench_aggregated *a)
{
    check->value = a->value;
    check->low = a->low;
    check->high = a->high;
    check->answer = a->answer;
    check->by = BENCH_BY_CASES;
    check->open = a->answer == BENCH_UNDETERMINED ? "interval holds the threshold" : "";
}

static void check_aggregate(struct bench_selector *sel, struct bench_selection_op *op)
{
    const struct bench_criteria *c = sel->out->criteria;
    const struct bench_dataset_decision *d = decision_of(sel, op);
    struct bench_aggregated a;
    bench_aggregate_points(c, sel->samples, sel->sample_count, &a);
    double bound = c->threshold;
    if (c->aggregate == BENCH_AGGREGATE_SHARE)
        bound = c->part;
    if (c->aggregate == BENCH_AGGREGATE_ANY)
        bound = 1 / (double)sel->sample_count;
    struct bench_check *check = add_check(op, BENCH_CHECK_AGGREGATE, a.value, bound, a.answer);
    if (is_answered(sel, op, d)) {
        take_decision(c, op, d, check);
    } else if (d || sel->known) {
        if (is_partly_known(sel)) {
            leave_open(sel, check);
            return;
        }
        bench_aggregate_intervals(c, sel->samples, sel->sample_count,
                                  bench_evidence_noise_floor(op->op), &a);
        copy(check, &a);
        keep_open(sel, op, d, check);
    }
}

static void check_worst(struct bench_selector *sel, struct bench_selection_op *op)
{
    const struct bench_criteria *c = sel->out->criteria;
    struct bench_aggregated a;
    if (isnan(c->worst_bound))
        return;
    bench_aggregate_worst_points(c, sel->samples, sel->sample_count, &a);
    struct bench_check *check = add_check(op, BENCH_CHECK_WORST, a.value, c->worst_bound, a.answer);
    if (sel->known == 0)
        return;
    if (is_partly_known(sel)) {
        leave_open(sel, check);
        return;
    }
    bench_aggregate_worst_intervals(c, sel->samples, sel->sample_count,
                                    bench_evidence_noise_floor(op->op), &a);
    copy(check, &a);
}

static size_t count_dtypes(const struct bench_selection_op *op)
{
    struct bench_index *seen = bench_index_new();
    size_t count = 0;
    for (size_t i = 0; i < op->case_count; i++)
        if (op->cases[i].pass)
            count += bench_index_add(seen, op->cases[i].candidate->dtype, 0) == BENCH_INDEX_NONE;
    bench_index_free(seen);
    return count;
}

/* ---- all of them together ---- */

static bool counts_as_pass(const struct bench_selector *sel, const struct bench_check *check)
{
    const struct bench_criteria *c = sel->out->criteria;
    struct bench_aggregated points;
    if (check->answer != BENCH_UNDETERMINED)
        return check->answer == BENCH_PASS;
    if (c->undetermined != BENCH_COUNTS_IGNORE)
        return c->undetermined == BENCH_COUNTS_PASS;
    if (check->kind == BENCH_CHECK_WORST)
        bench_aggregate_worst_points(c, sel->samples, sel->sample_count, &points);
    else
        bench_aggregate_points(c, sel->samples, sel->sample_count, &points);
    return points.answer == BENCH_PASS;
}

static void conclude(const struct bench_selector *sel, struct bench_selection_op *op)
{
    const struct bench_criteria *c = sel->out->criteria;
    op->answer = BENCH_PASS;
    op->selected = true;
    for (size_t i = 0; i < op->check_count; i++) {
        enum bench_answer answer = op->checks[i].answer;
        if (answer == BENCH_FAIL || (answer == BENCH_UNDETERMINED && op->answer == BENCH_PASS))
            op->answer = answer;
        op->selected = op->selected && counts_as_pass(sel, &op->checks[i]);
    }
    op->refused = (op->answer == BENCH_UNDETERMINED && c->undetermined == BENCH_COUNTS_REFUSE) ||
                  (op->compared < op->total && c->uncompared == BENCH_COUNTS_REFUSE);
    op->selected = op->selected && !op->refused;
}

void bench_selector_check(struct bench_selector *sel, struct bench_selection_op *op)
{
    const struct bench_criteria *c = sel->out->criteria;
    size_t missing = op->total - op->compared;
    if (c->correct)
        add_count(op, BENCH_CHECK_CORRECT, op->failed, 0, op->failed == 0);
    /* A mean needs them all; of the other aggregates they are cases that lost. */
    if (op->compared == 0 ||
        (c->aggregate == BENCH_AGGREGATE_GEOMEAN && c->uncompared != BENCH_COUNTS_IGNORE))
        add_count(op, BENCH_CHECK_COMPARED, missing, 0, op->compared > 0 && missing == 0);
    if (op->compared > 0) {
        check_aggregate(sel, op);
        check_worst(sel, op);
    }
    if (c->least_cases > 1)
        add_count(op, BENCH_CHECK_CASES, op->passed, c->least_cases, op->passed >= c->least_cases);
    size_t dtypes = c->least_dtypes > 1 ? count_dtypes(op) : 0;
    if (c->least_dtypes > 1)
        add_count(op, BENCH_CHECK_DTYPES, dtypes, c->least_dtypes, dtypes >= c->least_dtypes);
    conclude(sel, op);
}
