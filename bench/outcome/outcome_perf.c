/* Performance data: your_perf_data.json, flaggems_perf_data.json, and FlagGems' records. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/outcome/outcome_impl.h"
#include "bench/outcome/outcome_time.h"
#include "bench/util/file.h"
#include "bench/util/str.h"
#include "selector/dataset.h"

/* Parts of bench_dataset_case.key: operator, dtype, shape, params. */
#define SEPARATOR '\x1f'

struct perf {
    struct bench_outcome *outcome;
    struct bench_outcome_store *store;
    struct bench_err *err;
    enum bench_role own; /* whose times the file has */
};

/* The identity of an operator's case by a dataset's key. Strings are in `arena`. */
static void split_key(const char *op_name, const char *key, struct bench_arena *arena,
                      struct bench_outcome_identity *id)
{
    char *dtype = bench_arena_strdup(arena, key);
    char *shape = strchr(dtype, SEPARATOR) + 1;
    char *params = strchr(shape, SEPARATOR) + 1;
    shape[-1] = params[-1] = '\0';
    int64_t *dims = bench_arena_alloc(arena, (strlen(shape) + 1) * sizeof *dims);
    *id = (struct bench_outcome_identity){
        .op_name = op_name, .dtype = dtype, .shape = dims, .params = params};
    for (char *at = shape + 1; *at != ']' && *at != '\0'; at += *at == ',')
        dims[id->ndim++] = strtoll(at, &at, 10);
}

static size_t case_of(const struct perf *p, const char *op_name, const char *key)
{
    struct bench_outcome_identity id;
    struct bench_arena *arena = bench_arena_new();
    split_key(op_name, key, arena, &id);
    size_t at = bench_outcome_case_at(p->store, &id);
    bench_arena_free(arena);
    return at;
}

/* ---- answers ---- */

/* null is what nothing bounds. */
static int read_bound(const struct bench_json *object, const char *key, double *out,
                      struct bench_err *err)
{
    const struct bench_json *v = bench_json_get(object, key);
    *out = INFINITY;
    return v != NULL && bench_json_type(v) == BENCH_JSON_NULL
               ? BENCH_OK
               : bench_json_get_double(object, key, true, out, err);
}

static int read_answer(const struct bench_json *object, enum bench_answer *answer,
                       struct bench_err *err)
{
    const char *text = NULL;
    int rc = bench_json_get_string(object, "answer", true, &text, err);
    if (rc != BENCH_OK)
        return rc;
    for (int a = BENCH_UNDETERMINED; a <= BENCH_FAIL; a++)
        if (strcmp(text, bench_answer_name((enum bench_answer)a)) == 0) {
            *answer = (enum bench_answer)a;
            return BENCH_OK;
        }
    return bench_json_error(bench_json_get(object, "answer"), err,
                            "found '%s', expected pass, fail or undetermined", text);
}

static int read_decision(const struct perf *p, const struct bench_json *parent,
                         enum bench_outcome_rule rule, struct bench_outcome_decision *d)
{
    const struct bench_json *v = NULL;
    const char *reason = "", *method = "";
    int64_t cases = 0, processes = 0;
    int rc = bench_outcome_object(parent, bench_outcome_rule_key(rule), &v, p->err);
    /* Runs from before there were answers have another statistic of this name. */
    if (rc != BENCH_OK || v == NULL || bench_json_get(v, "answer") == NULL)
        return rc;
    if ((rc = bench_json_get_double(v, "estimate", true, &d->ratio.estimate, p->err)) != 0 ||
        (rc = read_bound(v, "low", &d->ratio.low, p->err)) != 0 ||
        (rc = read_bound(v, "high", &d->ratio.high, p->err)) != 0 ||
        (rc = read_bound(v, "stat_low", &d->ratio.stat_low, p->err)) != 0 ||
        (rc = read_bound(v, "stat_high", &d->ratio.stat_high, p->err)) != 0 ||
        (rc = bench_json_get_double(v, "threshold", true, &d->threshold, p->err)) != 0 ||
        (rc = read_answer(v, &d->answer, p->err)) != 0 ||
        (rc = bench_outcome_text(v, "reason", &reason, p->err)) != 0 ||
        (rc = bench_outcome_text(v, "method", &method, p->err)) != 0 ||
        (rc = bench_json_get_int(v, "cases", false, 0, INT64_MAX, &cases, p->err)) != 0 ||
        (rc = bench_json_get_int(v, "processes", false, 0, INT32_MAX, &processes, p->err)) != 0)
        return rc;
    d->known = true;
    d->reason = bench_outcome_intern(p->store, reason);
    d->method = bench_outcome_intern(p->store, method);
    d->cases = (size_t)cases;
    d->processes = (size_t)processes;
    return BENCH_OK;
}

/* ---- one case ---- */

static int read_process_times(const struct perf *p, const struct bench_json *stats,
                              struct bench_outcome_role *role)
{
    const struct bench_json *times = NULL;
    int rc = bench_json_get_array(stats, "process_ms", false, &times, p->err);
    if (rc != BENCH_OK || times == NULL)
        return rc;
    double *all = bench_arena_alloc(p->store->arena, (bench_json_size(times) + 1) * sizeof *all);
    all[0] = role->time_ms;
    role->process_ms = all;
    for (const struct bench_json *v = bench_json_first(times); v; v = bench_json_next(v)) {
        if ((rc = bench_json_expect(v, BENCH_JSON_NUMBER, p->err)) != 0)
            return rc;
        all[role->process_count++] = bench_json_number(v);
    }
    return BENCH_OK;
}

/* stats.<role>: what one role was timed with. */
static int read_role_stats(const struct perf *p, const struct bench_json *stats,
                           enum bench_role which, struct bench_outcome_role *role)
{
    const struct bench_json *v = NULL;
    const char *hash = role->source_hash;
    int64_t rounds = 0;
    int rc = bench_outcome_object(stats, bench_role_name(which), &v, p->err);
    if (rc != BENCH_OK || v == NULL)
        return rc;
    if (isnan(role->time_ms) &&
        (rc = bench_outcome_number(v, "median_ms", &role->time_ms, p->err)) != 0)
        return rc;
    if ((rc = bench_json_get_int(v, "rounds", false, 0, INT64_MAX, &rounds, p->err)) != 0 ||
        (rc = bench_outcome_number(v, "q25_ms", &role->q25_ms, p->err)) != 0 ||
        (rc = bench_outcome_number(v, "q75_ms", &role->q75_ms, p->err)) != 0 ||
        (rc = bench_outcome_number(v, "min_ms", &role->min_ms, p->err)) != 0 ||
        (rc = bench_outcome_number(v, "do_bench_ms", &role->do_bench_ms, p->err)) != 0 ||
        (rc = bench_outcome_text(v, "source_hash", &hash, p->err)) != 0)
        return rc;
    role->rounds = (size_t)rounds;
    role->source_hash = bench_outcome_intern(p->store, hash);
    bench_outcome_interval_of_quartiles(role->time_ms, role->q25_ms, role->q75_ms, role->rounds,
                                        &role->low_ms, &role->high_ms);
    role->process_count = 1;
    return read_process_times(p, v, role);
}

/* Every time is at least of one process. */
static void finish_role(const struct perf *p, struct bench_outcome_role *role)
{
    if (!(role->time_ms > 0)) {
        role->process_count = 0;
        return;
    }
    if (role->standing == BENCH_OUTCOME_ABSENT) {
        role->standing = BENCH_OUTCOME_OK;
        role->status = bench_status_name(BENCH_STATUS_OK);
    }
    if (role->process_ms == NULL) {
        double *own = bench_arena_alloc(p->store->arena, sizeof *own);
        *own = role->time_ms;
        role->process_ms = own;
        role->process_count = 1;
    }
    int *processes = bench_arena_alloc(p->store->arena, role->process_count * sizeof *processes);
    for (size_t i = 0; i < role->process_count; i++)
        processes[i] = (int)i;
    role->processes = processes;
}

/* {"BLOCK": 256} as "BLOCK=256"; a text as it is. */
static const char *variant_label(const struct perf *p, const struct bench_json *v)
{
    if (v == NULL || bench_json_type(v) == BENCH_JSON_NULL)
        return "";
    if (bench_json_type(v) == BENCH_JSON_STRING)
        return bench_outcome_intern(p->store, bench_json_string(v));
    struct bench_str text;
    bench_str_init(&text);
    for (const struct bench_json *m = bench_json_first(v); m; m = bench_json_next(m)) {
        struct bench_json_writer w;
        bench_str_addf(&text, "%s%s=", text.len ? " " : "", bench_json_key(m));
        bench_json_writer_init(&w, &text, BENCH_JSON_COMPACT);
        bench_json_put_value(&w, m);
    }
    const char *label = bench_outcome_intern(p->store, text.data);
    bench_str_fini(&text);
    return label;
}

static int read_own_role(const struct perf *p, const struct bench_dataset_case *from,
                         struct bench_outcome_role *role)
{
    const char *name = "", *hash = "";
    int rc = bench_outcome_text(from->json, "implementation", &name, p->err);
    if (rc != BENCH_OK ||
        (rc = bench_outcome_text(from->json, "source_hash", &hash, p->err)) != 0 ||
        (rc = bench_outcome_number(from->json, "floor_ms", &role->floor_ms, p->err)) != 0)
        return rc;
    role->time_ms = from->time_ms;
    role->implementation = bench_outcome_intern(p->store, name);
    role->source_hash = bench_outcome_intern(p->store, hash);
    role->variant = variant_label(p, bench_json_get(from->json, "variant"));
    role->near_floor = from->near_floor;
    const struct bench_json *correct = bench_json_get(from->json, "correct");
    role->verified = correct != NULL && from->correct;
    if (!from->correct)
        bench_outcome_role_fail(role, p->store, bench_status_name(BENCH_STATUS_WRONG),
                                "the data say that it is not correct");
    return BENCH_OK;
}

/* Roles that the other file may have told more of already are left as they are. */
static int read_roles(const struct perf *p, const struct bench_dataset_case *from,
                      const struct bench_json *stats, struct bench_outcome_case *c)
{
    static const char *const keys[BENCH_ROLE_COUNT] = {
        "candidate_implementation", "reference_implementation", "baseline_implementation"};
    for (int r = 0; r < BENCH_ROLE_COUNT; r++) {
        struct bench_outcome_role *role = &c->roles[r];
        const char *name = role->implementation;
        const bool own = r == (int)p->own;
        if (role->standing != BENCH_OUTCOME_ABSENT && !own)
            continue;
        bench_outcome_role_init(role);
        int rc = own ? read_own_role(p, from, role)
                     : bench_outcome_text(from->json, keys[r], &name, p->err);
        if (rc != BENCH_OK)
            return rc;
        if (!own)
            role->implementation = bench_outcome_intern(p->store, name);
        if (r == BENCH_BASELINE)
            role->time_ms = from->cuda_ms;
        if (stats != NULL && (rc = read_role_stats(p, stats, (enum bench_role)r, role)) != BENCH_OK)
            return rc;
        finish_role(p, role);
    }
    return BENCH_OK;
}

static int read_case(const struct perf *p, const char *op_name,
                     const struct bench_dataset_case *from)
{
    const size_t at = case_of(p, op_name, from->key);
    struct bench_outcome_case *c = &p->store->cases[at];
    const struct bench_json *stats = NULL;
    const char *bound = c->roofline_bound;
    int rc = bench_outcome_object(from->json, "stats", &stats, p->err);
    if (rc != BENCH_OK ||
        (rc = bench_outcome_number(from->json, "bytes", &c->bytes, p->err)) != 0 ||
        (rc = bench_outcome_number(from->json, "flops", &c->flops, p->err)) != 0 ||
        (rc = bench_outcome_number(from->json, "roofline_ms", &c->roofline_ms, p->err)) != 0 ||
        (rc = bench_outcome_text(from->json, "roofline_bound", &bound, p->err)) != 0 ||
        (rc = bench_outcome_read_device(p->outcome, from->json, &c->device, p->err)) != 0 ||
        (rc = read_roles(p, from, stats, c)) != 0)
        return rc;
    c->roofline_bound = bench_outcome_intern(p->store, bound);
    for (int i = 0; i < BENCH_OUTCOME_RULES && stats != NULL; i++)
        if (!c->decisions[i].known &&
            (rc = read_decision(p, stats, (enum bench_outcome_rule)i, &c->decisions[i])) != 0)
            return rc;
    return BENCH_OK;
}

/* ---- one operator ---- */

static int read_failure(const struct perf *p, const char *op_name,
                        const struct bench_dataset_failure *f)
{
    const size_t at = case_of(p, op_name, f->key);
    struct bench_outcome_case *c = &p->store->cases[at];
    const char *name = "", *reason = "";
    int rc = bench_outcome_text(f->json, "implementation", &name, p->err);
    if (rc != BENCH_OK || (rc = bench_outcome_text(f->json, "reason", &reason, p->err)) != 0 ||
        (rc = bench_outcome_read_device(p->outcome, f->json, &c->device, p->err)) != 0)
        return rc;
    for (int r = 0; r < BENCH_ROLE_COUNT; r++) {
        struct bench_outcome_role *role = &c->roles[r];
        if (strcmp(f->role, bench_role_name((enum bench_role)r)) != 0)
            continue;
        bench_outcome_role_init(role);
        role->implementation = bench_outcome_intern(p->store, name);
        bench_outcome_role_fail(role, p->store, f->status, reason);
    }
    return BENCH_OK;
}

static int read_operator(const struct perf *p, const struct bench_dataset *set,
                         const struct bench_dataset_op *from)
{
    const struct bench_json *decisions = NULL;
    const char *category = "";
    size_t at = bench_outcome_operator_at(p->store, from->name);
    int rc = bench_outcome_text(from->json, "category", &category, p->err);
    if (rc != BENCH_OK ||
        (rc = bench_outcome_object(from->json, "decisions", &decisions, p->err)) != 0)
        return rc;
    struct bench_outcome_operator *op = &p->store->operators[at];
    op->category = bench_outcome_intern(p->store, category);
    for (int i = 0; i < BENCH_OUTCOME_RULES && decisions != NULL; i++)
        if (!op->decisions[i].known &&
            (rc = read_decision(p, decisions, (enum bench_outcome_rule)i, &op->decisions[i])) != 0)
            return rc;
    for (size_t i = 0; rc == BENCH_OK && i < from->case_count; i++)
        rc = read_case(p, from->name, &set->cases[from->first_case + i]);
    for (size_t i = 0; rc == BENCH_OK && i < from->failure_count; i++)
        rc = read_failure(p, from->name, &from->failures[i]);
    return rc;
}

/* ---- the file ---- */

static const char *first_text(const struct bench_json *v)
{
    return v != NULL && bench_json_type(v) == BENCH_JSON_STRING ? bench_json_string(v) : NULL;
}

static void take_first(struct bench_outcome_store *s, const char **field, const char *text)
{
    if ((*field)[0] == '\0' && text != NULL)
        *field = bench_outcome_intern(s, text);
}

/* What a file tells of the run that made it: nothing that run.json has not said already. */
static int read_head(const struct perf *p, const struct bench_dataset *set)
{
    struct bench_outcome *o = p->outcome;
    for (size_t i = 0; i < set->op_count; i++) {
        const struct bench_dataset_op *op = &set->ops[i];
        take_first(p->store, &o->id, op->run);
        take_first(p->store, &o->device.name, op->device);
        take_first(p->store, &o->device.kind, op->device_kind);
        take_first(p->store, &o->mode, first_text(op->conditions[BENCH_DATASET_MODE]));
        take_first(p->store, &o->cache, first_text(op->conditions[BENCH_DATASET_CACHE]));
        int rc = isnan(o->noise_floor)
                     ? bench_outcome_number(op->json, "noise_floor", &o->noise_floor, p->err)
                     : BENCH_OK;
        if (rc != BENCH_OK)
            return rc;
    }
    return BENCH_OK;
}

static void take_thresholds(struct bench_outcome *o)
{
    const struct bench_outcome_store *s = o->store;
    for (size_t i = 0; i < s->operator_count; i++)
        for (int r = 0; r < BENCH_OUTCOME_RULES; r++)
            if (isnan(o->thresholds[r]) && s->operators[i].decisions[r].known)
                o->thresholds[r] = s->operators[i].decisions[r].threshold;
}

/* Whose times a file has is said by its keys alone; records of FlagGems have neither. */
static int find_kind(const char *path, enum bench_dataset_kind *kind, struct bench_err *err)
{
    char *text = NULL;
    size_t length = 0;
    int rc = bench_file_read(path, (size_t)1 << 30, &text, &length, err);
    if (rc == BENCH_OK)
        *kind = memmem(text, length, "\"your_time\"", 11) == NULL &&
                        memmem(text, length, "\"flaggems_time\"", 15) != NULL
                    ? BENCH_DATASET_FLAGGEMS
                    : BENCH_DATASET_YOUR;
    free(text);
    return rc;
}

static int refuse_faults(const char *path, const struct bench_faults *faults, struct bench_err *err)
{
    for (size_t i = 0; i < faults->count; i++)
        if (faults->items[i].level == BENCH_FAULT_ERROR && faults->errors > 1)
            return bench_err_set(err, BENCH_EINPUT,
                                 "%s (and %zu more errors: `bench validate --your-data %s` shows "
                                 "all)",
                                 faults->items[i].message, faults->errors - 1, path);
        else if (faults->items[i].level == BENCH_FAULT_ERROR)
            return bench_err_set(err, BENCH_EINPUT, "%s", faults->items[i].message);
    return BENCH_OK;
}

/* A run in which no candidate, or no reference, was ok has an empty file of its times. */
static bool is_named_reference(const char *path)
{
    return strcmp(bench_path_basename(path), "flaggems_perf_data.json") == 0;
}

int bench_outcome_read_perf(struct bench_outcome *o, const char *path, struct bench_err *err)
{
    struct bench_faults faults;
    struct bench_dataset *set = NULL;
    enum bench_dataset_kind kind = BENCH_DATASET_YOUR;
    int rc = find_kind(path, &kind, err);
    if (rc != BENCH_OK)
        return rc;
    if (is_named_reference(path))
        kind = BENCH_DATASET_FLAGGEMS;
    bench_faults_init(&faults);
    faults.keep = 1;
    rc = bench_dataset_load_whole(path, kind, &faults, &set, err);
    if (rc == BENCH_OK)
        rc = refuse_faults(path, &faults, err);
    bench_faults_fini(&faults);
    struct perf p = {.outcome = o,
                     .store = o->store,
                     .err = err,
                     .own = kind == BENCH_DATASET_YOUR ? BENCH_CANDIDATE : BENCH_REFERENCE};
    if (rc == BENCH_OK)
        rc = read_head(&p, set);
    for (size_t i = 0; rc == BENCH_OK && i < set->op_count; i++)
        rc = read_operator(&p, set, &set->ops[i]);
    take_thresholds(o);
    bench_dataset_free(set);
    return rc;
}
