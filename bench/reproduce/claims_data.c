/* Claims of performance data, of FlagGems' records, and of selections. */
#include <math.h>
#include <string.h>

#include "bench/perf/op_name.h"
#include "bench/reproduce/claims_impl.h"
#include "selector/join.h"

/* ---- performance data ---- */

static void first_fault(const struct bench_faults *faults, const char *path, struct bench_err *err)
{
    bench_err_set(err, BENCH_EINPUT, "%s: has errors: `bench validate` lists them", path);
    for (size_t i = 0; i < faults->count; i++)
        if (faults->items[i].level == BENCH_FAULT_ERROR) {
            bench_err_set(err, BENCH_EINPUT, "%s%s", faults->items[i].message,
                          faults->errors > 1 ? " (and more: `bench validate` lists them)" : "");
            return;
        }
}

static int load(const char *path, enum bench_dataset_kind kind, struct bench_dataset **set,
                struct bench_err *err)
{
    struct bench_faults faults;
    bench_faults_init(&faults);
    int rc = bench_dataset_load_whole(path, kind, &faults, set, err);
    if (rc == BENCH_OK && (faults.errors > 0 || (*set)->broken)) {
        first_fault(&faults, path, err);
        rc = BENCH_EINPUT;
        bench_dataset_free(*set);
        *set = NULL;
    }
    bench_faults_fini(&faults);
    return rc;
}

/* What the run decided of an operator, as a claim over all its cases. */
static void add_decision(struct bench_claims *claims, const struct bench_dataset_op *op,
                         enum bench_dataset_rule rule)
{
    const struct bench_dataset_decision *d = &op->decisions[rule];
    struct bench_speedup ratio = {.estimate = d->estimate, .low = d->low, .high = d->high};
    if (!d->known || !(d->estimate > 0) || d->cases == 0)
        return;
    bool speedup = rule == BENCH_DATASET_SPEEDUP;
    bool interval = d->low <= d->estimate && d->estimate <= d->high;
    struct bench_claim *c = bench_claims_add(claims);
    c->op = bench_arena_strdup(claims->arena, op->name);
    c->whole = true;
    c->cases = d->cases;
    c->against = speedup ? BENCH_REFERENCE : BENCH_BASELINE;
    if (!interval)
        ratio.low = ratio.high = NAN;
    c->speedup = speedup ? ratio : bench_speedup_inverse(&ratio);
    c->bar = speedup ? d->threshold : 1 / d->threshold;
    c->answer = bench_dataset_answer_name(d->answer);
    c->place = bench_arena_strdup(claims->arena, claims->path);
    if (!interval)
        c->note = "its estimate is not within its own interval: the estimate counts";
}

static const char *text_or_empty(const struct bench_claims *claims, const char *text)
{
    return bench_arena_strdup(claims->arena, text != NULL ? text : "");
}

static struct bench_claim_failure *add_failure(struct bench_claims *claims)
{
    if (claims->failure_count == claims->failure_capacity) {
        claims->failure_capacity = claims->failure_capacity ? 2 * claims->failure_capacity : 16;
        claims->failures =
            bench_xrealloc(claims->failures, claims->failure_capacity * sizeof *claims->failures);
    }
    struct bench_claim_failure *f = &claims->failures[claims->failure_count++];
    *f = (struct bench_claim_failure){0};
    return f;
}

static void read_failures(struct bench_claims *claims, const struct bench_dataset_op *op)
{
    for (size_t i = 0; i < op->failure_count; i++) {
        const struct bench_dataset_failure *from = &op->failures[i];
        const struct bench_json *shape = bench_claims_member(from->json, "shape");
        const struct bench_json *params = bench_claims_member(from->json, "params");
        struct bench_claim_failure *f = add_failure(claims);
        f->op = text_or_empty(claims, op->name);
        f->dtype = text_or_empty(claims, bench_claims_text(from->json, "dtype"));
        f->role = text_or_empty(claims, from->role);
        f->status = text_or_empty(claims, from->status);
        f->reason = text_or_empty(claims, from->reason);
        f->params = "{}";
        if (params != NULL) {
            struct bench_str text;
            struct bench_json_writer w;
            bench_str_init(&text);
            bench_json_writer_init(&w, &text, BENCH_JSON_COMPACT);
            bench_json_put_value(&w, params);
            f->params = bench_arena_strdup(claims->arena, text.data);
            bench_str_fini(&text);
        }
        for (const struct bench_json *d = shape ? bench_json_first(shape) : NULL;
             d && f->ndim < BENCH_MAX_DIMS; d = bench_json_next(d))
            if (bench_json_is_int(d, &f->shape[f->ndim]))
                f->ndim++;
    }
}

static const char *told(const struct bench_claims *claims, const struct bench_json *word)
{
    return word != NULL ? bench_arena_strdup(claims->arena, bench_json_string(word)) : NULL;
}

static int read_ops(struct bench_claims *claims, const struct bench_dataset *your,
                    const struct bench_join *join, struct bench_err *err)
{
    int rc = BENCH_OK;
    for (size_t i = 0; rc == BENCH_OK && i < your->op_count; i++) {
        const struct bench_dataset_op *op = &your->ops[i];
        if (i == 0) {
            claims->device = op->device ? text_or_empty(claims, op->device) : NULL;
            claims->device_kind = op->device_kind ? text_or_empty(claims, op->device_kind) : NULL;
            claims->mode = told(claims, op->conditions[BENCH_DATASET_MODE]);
            claims->cache = told(claims, op->conditions[BENCH_DATASET_CACHE]);
        }
        for (int rule = 0; rule < BENCH_DATASET_RULES; rule++)
            add_decision(claims, op, (enum bench_dataset_rule)rule);
        read_failures(claims, op);
        for (size_t k = op->first_case; rc == BENCH_OK && k < op->first_case + op->case_count; k++)
            rc = bench_claims_read_config(
                claims, op->name, your->cases[k].json,
                join->partner[k] != NULL ? join->partner[k]->time_ms : (double)NAN, err);
    }
    return rc;
}

int bench_claims_read_data(struct bench_claims *claims, const char *path, const char *flaggems,
                           struct bench_err *err)
{
    struct bench_dataset *your = NULL, *reference = NULL;
    struct bench_join join;
    int rc = load(path, BENCH_DATASET_YOUR, &your, err);
    if (rc == BENCH_OK && flaggems != NULL)
        rc = load(flaggems, BENCH_DATASET_FLAGGEMS, &reference, err);
    if (rc == BENCH_OK) {
        if (claims->form_name == NULL) {
            claims->form = your->record != NULL ? BENCH_CLAIMS_RECORD : BENCH_CLAIMS_DATA;
            claims->form_name = bench_arena_strdup(claims->arena, your->form);
        }
        bench_join_init(&join, your, reference);
        rc = read_ops(claims, your, &join, err);
        bench_join_fini(&join);
    }
    bench_dataset_free(your);
    bench_dataset_free(reference);
    return rc;
}

/* ---- selections ---- */

/* The interval that the aggregate was decided by, if the file tells it. */
static struct bench_speedup find_interval(const struct bench_json *op, const char *aggregate)
{
    struct bench_speedup none = {.estimate = NAN, .low = NAN, .high = NAN};
    const struct bench_json *why = bench_claims_member(op, "why");
    if (why == NULL || aggregate == NULL)
        return none;
    for (const struct bench_json *v = bench_json_first(why); v; v = bench_json_next(v)) {
        const char *check = bench_claims_text(v, "check");
        if (check != NULL && strcmp(check, aggregate) == 0)
            return (struct bench_speedup){.estimate = bench_claims_number(v, "value"),
                                          .low = bench_claims_number(v, "low"),
                                          .high = bench_claims_number(v, "high")};
    }
    return none;
}

/* The geometric mean over the operator's configs. Lists of passing cases alone, with arithmetic
 * means (policy "per-config"), are claims by their cases only. */
static void add_average(struct bench_claims *claims, const struct bench_json *root,
                        const struct bench_json *op, const char *name, bool speedup)
{
    const struct bench_json *criteria = bench_claims_member(root, "criteria");
    const char *aggregate = bench_claims_text(criteria, "aggregate");
    const char *listing = bench_claims_text(criteria, "listing");
    const struct bench_json *configs = bench_claims_member(op, "configs");
    double average =
        bench_claims_number(op, speedup ? "avg_speedup_vs_flaggems" : "avg_relative_to_cuda");
    double threshold = bench_claims_number(root, "threshold");
    if (!(average > 0) || !(threshold > 0) || configs == NULL ||
        (aggregate != NULL && strcmp(aggregate, "geomean") != 0) ||
        (listing != NULL && strcmp(listing, "plan") == 0))
        return;
    struct bench_speedup judged = find_interval(op, "geomean");
    struct bench_speedup ratio = {.estimate = average, .low = NAN, .high = NAN};
    if (judged.low <= average && average <= judged.high) {
        ratio.low = judged.low;
        ratio.high = judged.high;
    }
    struct bench_claim *c = bench_claims_add(claims);
    c->op = bench_arena_strdup(claims->arena, name);
    c->whole = true;
    c->cases = bench_json_size(configs);
    c->against = speedup ? BENCH_REFERENCE : BENCH_BASELINE;
    c->speedup = speedup ? ratio : bench_speedup_inverse(&ratio);
    c->bar = speedup ? threshold : 1 / threshold;
    c->answer = "pass";
    c->place = bench_arena_strdup(claims->arena, claims->path);
}

int bench_claims_read_selection(struct bench_claims *claims, const struct bench_json *root,
                                struct bench_err *err)
{
    const char *criterion = bench_claims_text(root, "criterion");
    bool speedup = strcmp(criterion, "speedup_vs_flaggems") == 0;
    const struct bench_json *ops = NULL, *configs = NULL;
    int rc = bench_json_get_object(root, "operators", true, &ops, err);
    const char *const told_keys[] = {"device", "device_kind", "mode", "cache"};
    const char **const told_to[] = {&claims->device, &claims->device_kind, &claims->mode,
                                    &claims->cache};
    for (size_t i = 0; i < 4; i++) {
        const char *word = bench_claims_text(root, told_keys[i]);
        *told_to[i] = word != NULL ? bench_arena_strdup(claims->arena, word) : NULL;
    }
    for (const struct bench_json *op = rc == BENCH_OK ? bench_json_first(ops) : NULL;
         rc == BENCH_OK && op != NULL; op = bench_json_next(op)) {
        const char *name = bench_op_name_bare(bench_json_key(op));
        rc = bench_json_expect(op, BENCH_JSON_OBJECT, err);
        rc = rc == BENCH_OK ? bench_json_get_array(op, "configs", true, &configs, err) : rc;
        if (rc == BENCH_OK)
            add_average(claims, root, op, name, speedup);
        for (const struct bench_json *c = rc == BENCH_OK ? bench_json_first(configs) : NULL;
             rc == BENCH_OK && c != NULL; c = bench_json_next(c)) {
            rc = bench_json_expect(c, BENCH_JSON_OBJECT, err);
            rc = rc == BENCH_OK ? bench_claims_read_config(claims, name, c, NAN, err) : rc;
        }
    }
    return rc;
}
