#include "bench/reproduce/plan.h"

#include <stdlib.h>
#include <string.h>

#include "bench/reproduce/claims_impl.h"
#include "bench/reproduce/plan_impl.h"
#include "bench/run/sources.h"
#include "bench/util/file.h"
#include "selector/record.h"

/* ---- operators, read once ---- */

static struct bench_planned_op *find_op(struct bench_reproduce_planner *p, const char *name)
{
    size_t found = bench_index_find(p->op_names, name);
    if (found != BENCH_INDEX_NONE)
        return p->ops[found];
    struct bench_planned_op *op = bench_arena_alloc(p->arena, sizeof *op);
    struct bench_err err = {0};
    char *path = NULL;
    int rc = bench_operator_locate(p->options.kernels, name, &path, &err);
    if (rc == BENCH_OK)
        rc = bench_operator_read(path, &op->op, &err);
    if (rc != BENCH_OK)
        op->cannot = bench_arena_strdup(p->arena, err.message);
    free(path);
    p->ops = bench_xrealloc(p->ops, (p->op_count + 1) * sizeof(*p->ops));
    p->ops[p->op_count] = op;
    bench_index_add(p->op_names, bench_arena_strdup(p->arena, name), p->op_count++);
    return op;
}

/* ---- params ---- */

static bool same_shape(const struct bench_json *shape, const struct bench_claim *c)
{
    int i = 0;
    int64_t n;
    if (bench_json_type(shape) != BENCH_JSON_ARRAY || bench_json_size(shape) != (size_t)c->ndim)
        return false;
    for (const struct bench_json *d = bench_json_first(shape); d; d = bench_json_next(d), i++)
        if (bench_json_type(d) != BENCH_JSON_NUMBER || !bench_json_is_int(d, &n) ||
            n != c->shape[i])
            return false;
    return true;
}

/* The arguments of a call in FlagGems' records, "[[[64,64]],{'dim':0}]": tensors of the case's
 * shape, no more than the operator has inputs, and then its params. False for all others: what they
 * mean here is not known. */
static bool arguments_to_params(const struct bench_json *arguments, const struct bench_claim *c,
                                const struct bench_operator *op, const struct bench_json **params)
{
    size_t tensors = 0;
    *params = NULL;
    if (bench_json_type(arguments) != BENCH_JSON_ARRAY)
        return false;
    for (const struct bench_json *a = bench_json_first(arguments); a; a = bench_json_next(a)) {
        if (bench_json_type(a) == BENCH_JSON_OBJECT && bench_json_next(a) == NULL)
            *params = a;
        else if (same_shape(a, c) ||
                 (bench_json_type(a) == BENCH_JSON_ARRAY && bench_json_size(a) == 1 &&
                  same_shape(bench_json_first(a), c)))
            tensors++;
        else
            return false;
    }
    return tensors <= op->input_count;
}

/* The params as a document; *params is NULL for none. False with p->cannot set. */
static bool read_params(struct bench_reproduce_planner *p, const struct bench_claim *c,
                        const struct bench_operator *op, struct bench_json_doc **doc,
                        const struct bench_json **params)
{
    struct bench_str json;
    bench_str_init(&json);
    bool object = c->params[0] == '{';
    bool good = object || bench_literal_to_json(c->params, &json);
    const char *text = object ? c->params : json.data;
    good = good && bench_json_parse(c->place, text, strlen(text), doc, NULL) == BENCH_OK;
    if (good) {
        *params = bench_json_root(*doc);
        good = object || arguments_to_params(*params, c, op, params);
    }
    if (!good)
        p->cannot =
            bench_arena_printf(p->arena,
                               "its arguments, %s, are not those of %s in kernels/: tensors "
                               "of one shape and named params",
                               c->params, op->name);
    bench_str_fini(&json);
    return good;
}

/* ---- who plays ---- */

static const struct bench_suite_case *case_in_roles(const struct bench_suite *roles, const char *op,
                                                    const char *key)
{
    const struct bench_suite_case *any = NULL;
    for (size_t i = 0; roles != NULL && i < roles->case_count; i++) {
        const struct bench_suite_case *c = &roles->cases[i];
        if (strcmp(c->plan.key, key) == 0)
            return c;
        if (any == NULL && strcmp(c->plan.op->name, op) == 0)
            any = c;
    }
    return any;
}

static void list_implementations(const struct bench_operator *op, struct bench_str *out)
{
    for (size_t i = 0; i < op->implementation_count; i++)
        bench_str_addf(out, "%s%s", i ? ", " : "", op->implementations[i].name);
}

/* Sets p->cannot. */
static void no_player(struct bench_reproduce_planner *p, const struct bench_operator *op,
                      enum bench_role role, const char *name)
{
    struct bench_str names;
    bench_str_init(&names);
    list_implementations(op, &names);
    if (name != NULL)
        p->cannot =
            bench_arena_printf(p->arena, "%s has no implementation '%s' for the %s; there are: %s",
                               op->name, name, bench_role_name(role), names.data);
    else
        p->cannot =
            bench_arena_printf(p->arena,
                               "nobody says which implementation of %s is the %s: add "
                               "--%s NAME, one of %s",
                               op->name, bench_role_name(role), bench_role_name(role), names.data);
    bench_str_fini(&names);
}

/* A record is FlagGems' own operator against torch's. Operators in kernels/ have both as these
 * implementations, called in Python; NULL where they do not. */
static const char *player_of_record(const struct bench_operator *op, enum bench_role role)
{
    static const char *const names[BENCH_ROLE_COUNT] = {
        [BENCH_CANDIDATE] = "flag_gems", [BENCH_BASELINE] = "torch"};
    return names[role] != NULL && bench_operator_find(op, "flag_gems") != NULL &&
                   bench_operator_find(op, names[role]) != NULL
               ? names[role]
               : NULL;
}

/* The names that may play `role`, in order of preference; none: p->cannot says why. */
static struct bench_role_choice choose(struct bench_reproduce_planner *p,
                                       const struct bench_claim *c, const struct bench_operator *op,
                                       const char *key, enum bench_role role)
{
    struct bench_role_choice choice = {.count = 1};
    const char *name = p->options.players[role] ? p->options.players[role] : c->players[role];
    const bool is_record = p->claims->form == BENCH_CLAIMS_RECORD;
    /* Whoever names a stand-in for FlagGems says against what with --baseline, or --roles. */
    if (name == NULL && is_record && p->options.players[BENCH_CANDIDATE] == NULL)
        name = player_of_record(op, role);
    if (name == NULL && is_record && role == BENCH_CANDIDATE) {
        no_player(p, op, role, NULL);
        p->cannot = bench_arena_printf(
            p->arena,
            "a record is about FlagGems' own operator, and %s has no implementation 'flag_gems' "
            "that would call it; %s",
            op->name, p->cannot);
        return (struct bench_role_choice){0};
    }
    if (name == NULL) {
        const struct bench_suite_case *like = case_in_roles(p->options.roles, op->name, key);
        if (like != NULL && like->roles[role].count > 0)
            return like->roles[role];
        name = bench_operator_find(op, bench_role_name(role)) ? bench_role_name(role) : NULL;
    }
    if (name == NULL || bench_operator_find(op, name) == NULL) {
        no_player(p, op, role, name);
        return (struct bench_role_choice){0};
    }
    choice.names = bench_arena_alloc(p->arena, sizeof *choice.names);
    choice.names[0] = bench_arena_strdup(p->arena, name);
    return choice;
}

/* ---- sources ---- */

/* The hash of the source of an implementation, "" if it has none that can be read. */
static const char *source_hash(struct bench_reproduce_planner *p, struct bench_planned_op *op,
                               const struct bench_implementation *impl)
{
    size_t number = (size_t)(impl - op->op->implementations);
    char hex[33];
    if (op->hashes == NULL)
        op->hashes = bench_arena_alloc(p->arena, op->op->implementation_count * sizeof *op->hashes);
    if (op->hashes[number] == NULL)
        op->hashes[number] =
            bench_source_hash_of(impl, hex) ? bench_arena_strdup(p->arena, hex) : "";
    return op->hashes[number];
}

/* The description's hash in the run that the claims come from; NULL if it is not told. */
static const char *claimed_description(const struct bench_claims *claims, const char *name)
{
    if (claims->run_json == NULL)
        return NULL;
    const struct bench_json *ops =
        bench_claims_member(bench_json_root(claims->run_json), "operators");
    if (ops == NULL || bench_json_type(ops) != BENCH_JSON_ARRAY)
        return NULL;
    for (const struct bench_json *o = bench_json_first(ops); o; o = bench_json_next(o)) {
        const char *found = bench_claims_text(o, "name");
        if (found != NULL && strcmp(found, name) == 0)
            return bench_claims_text(o, "hash");
    }
    return NULL;
}

/* What differs from what was measured then, or NULL; in the arena. */
static const char *what_changed(struct bench_reproduce_planner *p, const struct bench_claim *c,
                                struct bench_planned_op *planned,
                                const struct bench_role_choice choices[BENCH_ROLE_COUNT])
{
    const struct bench_operator *op = planned->op;
    const char *hash = claimed_description(p->claims, op->name);
    struct bench_str text;
    bench_str_init(&text);
    if (hash != NULL && strcmp(hash, op->hash) != 0)
        bench_str_addf(&text, "the description %s", op->file);
    for (int r = 0; r < BENCH_ROLE_COUNT; r++) {
        const char *then = c->source_hashes[r];
        if (then == NULL || choices[r].count != 1 || c->players[r] == NULL ||
            strcmp(choices[r].names[0], c->players[r]) != 0)
            continue;
        const struct bench_implementation *impl = bench_operator_find(op, choices[r].names[0]);
        const char *now = source_hash(p, planned, impl);
        if (strcmp(now, then) != 0)
            bench_str_addf(&text, "%sthe source of '%s' (%.8s then, %.8s now)",
                           text.len ? ", " : "", impl->name, then, now[0] ? now : "none");
    }
    const char *what = text.len > 0 ? bench_arena_strdup(p->arena, text.data) : NULL;
    bench_str_fini(&text);
    return what;
}

/* ---- a claim ---- */

/* Its number. */
static size_t add_case(struct bench_reproduce_planner *p, const struct bench_case *plan,
                       const struct bench_role_choice choices[BENCH_ROLE_COUNT])
{
    size_t found = bench_index_find(p->keys, plan->key);
    if (found == BENCH_INDEX_NONE) {
        if (p->case_count == p->case_capacity) {
            p->case_capacity = p->case_capacity ? 2 * p->case_capacity : 64;
            p->cases = bench_xrealloc(p->cases, p->case_capacity * sizeof *p->cases);
        }
        found = p->case_count++;
        struct bench_planned_case *fresh = &p->cases[found];
        *fresh =
            (struct bench_planned_case){.op = plan->op,
                                        .dtype = plan->dtype,
                                        .ndim = plan->ndim,
                                        .params = bench_arena_strdup(p->arena, plan->params_json)};
        memcpy(fresh->shape, plan->shape, sizeof fresh->shape);
        bench_index_add(p->keys, bench_arena_strdup(p->arena, plan->key), found);
    }
    for (int r = 0; r < BENCH_ROLE_COUNT; r++)
        if (p->cases[found].roles[r].count == 0)
            p->cases[found].roles[r] = choices[r];
    return found;
}

/* Who plays the case; false with p->cannot. A role that the claim is not about may stay empty. */
static bool choose_players(struct bench_reproduce_planner *p, const struct bench_claim *c,
                           struct bench_planned_op *op, const struct bench_case *plan,
                           struct bench_planned_claim *item,
                           struct bench_role_choice choices[BENCH_ROLE_COUNT])
{
    for (int r = 0; r < BENCH_ROLE_COUNT; r++) {
        bool needed = r == BENCH_CANDIDATE || r == (int)c->against;
        if (!needed && c->players[r] == NULL)
            continue;
        choices[r] = choose(p, c, plan->op, plan->key, (enum bench_role)r);
        if (choices[r].count == 0 && needed)
            return false;
    }
    p->cannot = NULL;
    const char *changed = what_changed(p, c, op, choices);
    if (changed == NULL)
        return true;
    const char *what = bench_arena_printf(p->arena, "changed since: %s", changed);
    if (p->options.allow_changed)
        item->note = what;
    else
        p->cannot = bench_arena_printf(
            p->arena, "%s; check the old sources out, or add --allow-changed", what);
    return p->options.allow_changed;
}

static void plan_case(struct bench_reproduce_planner *p, const struct bench_claim *c,
                      struct bench_planned_claim *item)
{
    struct bench_role_choice choices[BENCH_ROLE_COUNT] = {{0}};
    struct bench_planned_op *found = find_op(p, c->op);
    const struct bench_json *params = NULL;
    struct bench_json_doc *doc = NULL;
    enum bench_dtype dtype;
    struct bench_case plan;
    struct bench_err err = {0};
    p->cannot = found->cannot;
    if (p->cannot != NULL)
        return;
    if (bench_dtype_parse(c->dtype, &dtype) != BENCH_OK || !found->op->dtypes[dtype]) {
        p->cannot = bench_arena_printf(p->arena, "%s has no dtype %s", c->op, c->dtype);
        return;
    }
    if (!read_params(p, c, found->op, &doc, &params)) {
        bench_json_free(doc);
        return;
    }
    int rc = bench_case_plan(found->op, dtype, c->shape, c->ndim, params, p->arena, &plan, &err);
    if (rc != BENCH_OK) {
        p->cannot = bench_arena_strdup(p->arena, err.message);
    } else {
        if (choose_players(p, c, found, &plan, item, choices)) {
            item->number = add_case(p, &plan, choices);
            item->identity = bench_claim_identity(p->arena, c->op, bench_dtype_name(dtype),
                                                  plan.shape, plan.ndim, plan.params_json);
        }
        bench_case_fini(&plan);
    }
    bench_json_free(doc);
}

/* An operator's claim holds for all its cases, so all of them must be measured. */
static void plan_whole(struct bench_reproduce_plan *plan, size_t number)
{
    const struct bench_claims *claims = plan->claims;
    const struct bench_claim *whole = &claims->items[number];
    const char *why = NULL;
    size_t can = 0;
    for (size_t i = 0; i < claims->count; i++) {
        const struct bench_claim *c = &claims->items[i];
        if (c->whole || c->against != whole->against || strcmp(c->op, whole->op) != 0)
            continue;
        can += plan->items[i].cannot == NULL;
        why = why == NULL ? plan->items[i].cannot : why;
    }
    if (can != whole->cases)
        plan->items[number].cannot = bench_arena_printf(
            plan->planner->arena, "%zu of its %zu cases can be run, and it is a claim over all%s%s",
            can, whole->cases, why ? ": " : "", why ? why : "");
}

void bench_reproduce_plan_init(struct bench_reproduce_plan *plan, const struct bench_claims *claims,
                               const struct bench_reproduce_options *options)
{
    struct bench_reproduce_planner *p = bench_xcalloc(1, sizeof *p);
    *plan = (struct bench_reproduce_plan){.claims = claims, .planner = p};
    p->claims = claims;
    p->options = *options;
    p->arena = bench_arena_new();
    p->op_names = bench_index_new();
    p->keys = bench_index_new();
    plan->items = bench_xcalloc(claims->count + 1, sizeof *plan->items);
    for (size_t i = 0; i < claims->count; i++) {
        p->cannot = NULL;
        if (!claims->items[i].whole)
            plan_case(p, &claims->items[i], &plan->items[i]);
        plan->items[i].cannot = p->cannot;
    }
    for (size_t i = 0; i < claims->count; i++) {
        if (claims->items[i].whole)
            plan_whole(plan, i);
        if (claims->items[i].whole)
            plan->items[i].identity = claims->items[i].op;
        plan->can_run += plan->items[i].cannot == NULL;
    }
    plan->cases = p->case_count;
}

void bench_reproduce_plan_fini(struct bench_reproduce_plan *plan)
{
    struct bench_reproduce_planner *p = plan->planner;
    for (size_t i = 0; p != NULL && i < p->op_count; i++)
        bench_operator_free(p->ops[i]->op);
    if (p != NULL) {
        free(p->ops);
        free(p->cases);
        bench_index_free(p->op_names);
        bench_index_free(p->keys);
        bench_arena_free(p->arena);
    }
    free(p);
    free(plan->items);
    memset(plan, 0, sizeof *plan);
}

/* ---- the folder of operators ---- */

char *bench_reproduce_kernels(const struct bench_claims *claims)
{
    if (claims->folder == NULL)
        return NULL;
    char *own = bench_path_join(claims->folder, "operators/kernels");
    if (bench_file_is_dir(own))
        return own;
    free(own);
    const struct bench_json *ops =
        bench_claims_member(bench_json_root(claims->run_json), "operators");
    const struct bench_json *first = ops != NULL ? bench_json_first(ops) : NULL;
    const char *file = bench_claims_text(first, "file");
    if (file == NULL || !bench_file_exists(file))
        return NULL;
    char *folder = bench_path_dirname(file);
    char *kernels = bench_path_dirname(folder);
    free(folder);
    return kernels;
}
