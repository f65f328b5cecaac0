/* The cases of one operator: which can be compared, and what the criteria see of the others. */
#include <math.h>
#include <string.h>

#include "bench/util/mem.h"
#include "selector/evidence.h"
#include "selector/index.h"
#include "selector/select_impl.h"

double bench_selection_value(const struct bench_selection *s, const struct bench_selection_case *c)
{
    return s->batch == 1 ? c->speedup : c->relative;
}

bool bench_selection_has_intervals(const struct bench_selection *s,
                                   const struct bench_selection_op *op)
{
    return s->criteria->intervals &&
           (s->batch == 2 || (op->op->run && op->reference && op->reference->run &&
                              strcmp(op->op->run, op->reference->run) == 0));
}

static struct bench_sample *add_sample(struct bench_selector *sel, const char *key)
{
    if (sel->sample_count == sel->sample_cap) {
        sel->sample_cap = sel->sample_cap * 2 + 256;
        sel->samples = bench_xrealloc(sel->samples, sel->sample_cap * sizeof(struct bench_sample));
    }
    const struct bench_criteria *c = sel->out->criteria;
    struct bench_sample *s = &sel->samples[sel->sample_count++];
    double weight = c->class_count ? bench_criteria_weight(c, bench_dataset_key_elements(key)) : 1;
    *s = (struct bench_sample){.weight = weight};
    return s;
}

static void add_lost(struct bench_selector *sel, const char *key)
{
    add_sample(sel, key)->lost = true;
    sel->lost++;
}

static void add_uncompared(struct bench_selector *sel, const char *key)
{
    if (sel->out->criteria->uncompared != BENCH_COUNTS_IGNORE)
        add_lost(sel, key);
}

static void add_compared(struct bench_selector *sel, const struct bench_selection_case *c,
                         double value, bool intervals)
{
    struct bench_sample *s = add_sample(sel, c->candidate->key);
    if (!c->candidate->correct) {
        s->lost = true;
        sel->lost++;
    } else if (intervals && bench_evidence_read(c->candidate, sel->out->criteria->field, s)) {
        sel->known++;
    } else {
        s->ratio = (struct bench_ratio){value, 0, INFINITY, 0, INFINITY};
    }
}

/* All cases of the operator that can be compared go to op->cases, whatever is listed in the end. */
static void compare_cases(struct bench_selector *sel, struct bench_selection_op *op)
{
    struct bench_selection *s = sel->out;
    bool intervals = bench_selection_has_intervals(s, op);
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
        double value = bench_selection_value(s, &c);
        if (isnan(value)) {
            add_uncompared(sel, candidate->key);
            continue;
        }
        add_compared(sel, &c, value, intervals);
        c.pass = candidate->correct &&
                 bench_criteria_reaches(s->criteria, value, s->criteria->threshold);
        op->passed += c.pass;
        op->near_floor += candidate->near_floor || (reference && reference->near_floor);
        op->cases[op->case_count++] = c;
        /* fmin and fmax pass over NAN. */
        op->worst_speedup = fmin(op->worst_speedup, c.speedup);
        op->worst_relative = fmax(op->worst_relative, c.relative);
    }
    op->compared = op->case_count;
}

/* Cases of failures, each once, and not those that have a time: the candidate's first, so that a
 * case in which several roles failed is one that the candidate lost. */
static void add_failures(struct bench_selector *sel, struct bench_index *keys,
                         const struct bench_dataset_op *op, bool of_candidate, size_t *total)
{
    for (size_t i = 0; op && i < op->failure_count; i++) {
        const struct bench_dataset_failure *f = &op->failures[i];
        if ((strcmp(f->role, "candidate") == 0) != of_candidate ||
            bench_index_add(keys, f->key, 0) != BENCH_INDEX_NONE)
            continue;
        ++*total;
        if (of_candidate)
            add_lost(sel, f->key);
        else
            add_uncompared(sel, f->key);
    }
}

static void add_references(struct bench_selector *sel, struct bench_index *keys,
                           const struct bench_dataset_op *op, size_t *total)
{
    for (size_t i = op->first_case; i < op->first_case + op->case_count; i++) {
        const struct bench_dataset_case *c = &sel->flaggems->cases[i];
        if (sel->taken[i] || (keys && bench_index_add(keys, c->key, 0) != BENCH_INDEX_NONE))
            continue;
        ++*total;
        add_uncompared(sel, c->key);
    }
}

/* The cases that have no candidate's time. Keys are hashed only where cases may come twice. */
static void read_others(struct bench_selector *sel, struct bench_selection_op *op)
{
    const struct bench_dataset_op *reference = sel->out->batch == 1 ? op->reference : NULL;
    op->total = op->op->case_count;
    if (op->op->failure_count == 0 && !(reference && reference->failure_count)) {
        if (reference)
            add_references(sel, NULL, reference, &op->total);
        return;
    }
    struct bench_index *keys = bench_index_new();
    for (size_t i = op->op->first_case; i < op->op->first_case + op->op->case_count; i++)
        bench_index_add(keys, sel->your->cases[i].key, 0);
    add_failures(sel, keys, op->op, true, &op->total);
    add_failures(sel, keys, op->op, false, &op->total);
    add_failures(sel, keys, reference, true, &op->total);
    add_failures(sel, keys, reference, false, &op->total);
    if (reference)
        add_references(sel, keys, reference, &op->total);
    bench_index_free(keys);
}

void bench_selector_read_cases(struct bench_selector *sel, struct bench_selection_op *op)
{
    sel->sample_count = sel->known = sel->lost = 0;
    op->measured = op->op->case_count;
    op->failed = bench_dataset_failures(op->op, "candidate");
    op->worst_speedup = op->worst_relative = NAN;
    compare_cases(sel, op);
    read_others(sel, op);
}
