/* One element of a suite's `operators`: its operator, roles, and cases. */
#include <stdlib.h>
#include <string.h>

#include "bench/spec/suite_reader.h"

/* What an entry combines. */
struct entry {
    const struct bench_json *json;
    const struct bench_operator *op;
    struct bench_role_choice roles[BENCH_ROLE_COUNT];
    struct dtype_list dtypes;
    const struct bench_json *shapes_json; /* the place to blame for a shape */
    struct shape_set shapes;
    const struct bench_json *params; /* list, or NULL for the defaults only */
};

static bool is_filtered_out(const struct suite_reader *s, const char *name)
{
    if (s->filter == NULL || s->filter->operator_count == 0) {
        return false;
    }
    for (size_t i = 0; i < s->filter->operator_count; ++i) {
        if (strcmp(s->filter->operators[i], name) == 0) {
            return false;
        }
    }
    return true;
}

/* Each operator is read once, however many entries name it. */
static int get_operator(struct suite_reader *s, const struct bench_json *name,
                        const struct bench_operator **out)
{
    struct bench_suite *suite = s->suite;
    for (size_t i = 0; i < suite->operator_count; ++i) {
        if (strcmp(suite->operators[i]->name, bench_json_string(name)) == 0) {
            *out = suite->operators[i];
            return BENCH_OK;
        }
    }
    char *path = NULL;
    struct bench_err inner;
    int rc = bench_operator_locate(s->kernels_dir, bench_json_string(name), &path, &inner);
    if (rc != 0) {
        return bench_json_error(name, s->base.err, "%s", inner.message);
    }
    if (suite->operator_count == s->operator_capacity) {
        s->operator_capacity = s->operator_capacity * 2 + 8;
        suite->operators = bench_xrealloc(suite->operators,
                                          s->operator_capacity * sizeof(struct bench_operator *));
    }
    struct bench_operator *op = NULL;
    rc = bench_operator_read(path, &op, s->base.err);
    free(path);
    if (rc == 0) {
        suite->operators[suite->operator_count++] = op;
        *out = op;
    }
    return rc;
}

static const char *implementation_list(struct reader *r, const struct bench_operator *op)
{
    const char **names =
        bench_arena_alloc(r->arena, (op->implementation_count + 1) * sizeof(*names));
    for (size_t i = 0; i < op->implementation_count; ++i) {
        names[i] = op->implementations[i].name;
    }
    return reader_list(r, names, op->implementation_count);
}

/* Names in the entry's own roles must exist. */
static int check_own_roles(struct suite_reader *s, const struct entry *e)
{
    const struct bench_json *map = bench_json_get(e->json, "roles");
    for (int role = 0; role < BENCH_ROLE_COUNT; ++role) {
        const struct bench_role_choice *choice = &e->roles[role];
        for (size_t i = 0; i < choice->count; ++i) {
            if (bench_operator_find(e->op, choice->names[i]) == NULL) {
                return bench_json_error(
                    bench_json_get(map, bench_role_name((enum bench_role)role)), s->base.err,
                    "the operator '%s' has no implementation '%s'; it has %s", e->op->name,
                    choice->names[i], implementation_list(&s->base, e->op));
            }
        }
    }
    return BENCH_OK;
}

/* The suite's roles hold where the entry has none, without the names this operator lacks. */
static int inherit_roles(struct suite_reader *s, struct entry *e)
{
    struct reader *r = &s->base;
    for (int role = 0; role < BENCH_ROLE_COUNT; ++role) {
        const struct bench_role_choice *all = &s->roles[role];
        struct bench_role_choice *own = &e->roles[role];
        if (own->count > 0 || all->count == 0) {
            continue;
        }
        own->names = bench_arena_alloc(r->arena, all->count * sizeof(*own->names));
        for (size_t i = 0; i < all->count; ++i) {
            if (bench_operator_find(e->op, all->names[i]) != NULL) {
                own->names[own->count++] = all->names[i];
            }
        }
        if (own->count == 0 && role == BENCH_CANDIDATE) {
            return bench_json_error(e->json, r->err,
                                    "the operator '%s' has none of the suite's candidates %s; it "
                                    "has %s: name one in this entry's \"roles\"",
                                    e->op->name, reader_list(r, all->names, all->count),
                                    implementation_list(r, e->op));
        }
        if (own->count == 0) {
            suite_note(s, "%s has no %s: it has none of %s", e->op->name,
                       bench_role_name((enum bench_role)role),
                       reader_list(r, all->names, all->count));
        }
    }
    if (e->roles[BENCH_CANDIDATE].count == 0) {
        return bench_json_error(e->json, r->err,
                                "no implementation is named as the candidate, neither here nor in "
                                "the suite's \"roles\"; %s has %s",
                                e->op->name, implementation_list(r, e->op));
    }
    return BENCH_OK;
}

static bool has_name(const struct bench_role_choice *choice, const char *name)
{
    bool has = false;
    for (size_t i = 0; i < choice->count; ++i) {
        has |= strcmp(choice->names[i], name) == 0;
    }
    return has;
}

/* The names that the suite prefers, of those that this operator has, and then the entry's own. */
static void prefer_roles(struct suite_reader *s, struct entry *e)
{
    for (int role = 0; role < BENCH_ROLE_COUNT; ++role) {
        const struct bench_role_choice *all = &s->prefer[role], own = e->roles[role];
        struct bench_role_choice *chosen = &e->roles[role];
        if (all->count == 0) {
            continue;
        }
        *chosen = (struct bench_role_choice){
            bench_arena_alloc(s->base.arena, (all->count + own.count) * sizeof(*chosen->names)), 0};
        for (size_t i = 0; i < all->count; ++i) {
            if (bench_operator_find(e->op, all->names[i]) != NULL) {
                chosen->names[chosen->count++] = all->names[i];
            }
        }
        for (size_t i = 0; i < own.count; ++i) {
            if (!has_name(chosen, own.names[i])) {
                chosen->names[chosen->count++] = own.names[i];
            }
        }
    }
}

static int read_shapes(struct suite_reader *s, struct entry *e)
{
    struct reader *r = &s->base;
    const struct bench_json *v = bench_json_get(e->json, "shapes");
    if (v == NULL) {
        return bench_json_error(e->json, r->err,
                                "the key 'shapes' (the name of a set, or a list of shapes) is "
                                "missing");
    }
    e->shapes_json = v;
    if (bench_json_type(v) != BENCH_JSON_STRING) {
        return suite_shapes_read(r, v, &e->shapes);
    }
    const struct bench_json *set =
        s->shapes != NULL ? bench_json_get(s->shapes, bench_json_string(v)) : NULL;
    if (set != NULL) {
        return suite_shapes_read(r, set, &e->shapes);
    }
    size_t count = 0;
    size_t size = s->shapes != NULL ? bench_json_size(s->shapes) : 0;
    const char **names = bench_arena_alloc(r->arena, (size + 1) * sizeof(*names));
    const struct bench_json *m = size > 0 ? bench_json_first(s->shapes) : NULL;
    for (; m != NULL; m = bench_json_next(m)) {
        names[count++] = bench_json_key(m);
    }
    return bench_json_error(v, r->err,
                            "there is no set of shapes '%s'; the suite's \"shapes\" has %s",
                            bench_json_string(v), reader_list(r, names, count));
}

static int choose_dtypes(struct suite_reader *s, struct entry *e)
{
    int rc = suite_dtypes_read(s, e->json, &e->dtypes);
    if (rc != 0) {
        return rc;
    }
    for (size_t i = 0; i < e->dtypes.count; ++i) {
        if (!e->op->dtypes[e->dtypes.items[i]]) {
            return bench_json_error(bench_json_get(e->json, "dtypes"), s->base.err,
                                    "the operator '%s' does not have the dtype '%s'", e->op->name,
                                    bench_dtype_name(e->dtypes.items[i]));
        }
    }
    if (e->dtypes.given) {
        return BENCH_OK;
    }
    if (!s->dtypes.given) {
        return bench_json_error(e->json, s->base.err,
                                "neither this entry nor the suite has \"dtypes\"");
    }
    for (size_t i = 0; i < s->dtypes.count; ++i) {
        if (e->op->dtypes[s->dtypes.items[i]]) {
            e->dtypes.items[e->dtypes.count++] = s->dtypes.items[i];
        } else {
            suite_note(s, "%s is not measured in %s: the operator does not have this dtype",
                       e->op->name, bench_dtype_name(s->dtypes.items[i]));
        }
    }
    return BENCH_OK;
}

static int read_params(struct suite_reader *s, struct entry *e)
{
    if (bench_json_get(e->json, "params") == NULL) {
        return BENCH_OK;
    }
    int rc = reader_filled_array(&s->base, e->json, "params", &e->params);
    const struct bench_json *v = rc == 0 ? bench_json_first(e->params) : NULL;
    for (; rc == 0 && v != NULL; v = bench_json_next(v)) {
        rc = bench_json_expect(v, BENCH_JSON_OBJECT, s->base.err);
    }
    return rc;
}

/* FNV-1a over the key's digits; the keys are hashes already. */
static size_t slot_of(const char *key)
{
    uint64_t h = 14695981039346656037u;
    for (; *key != '\0'; ++key) {
        h = (h ^ (unsigned char)*key) * 1099511628211u;
    }
    return (size_t)h;
}

static size_t *find_slot(const struct suite_reader *s, const char *key)
{
    size_t mask = s->seen_capacity - 1;
    for (size_t i = slot_of(key) & mask;; i = (i + 1) & mask) {
        size_t *slot = &s->seen[i];
        if (*slot == 0 || strcmp(s->suite->cases[*slot - 1].plan.key, key) == 0) {
            return slot;
        }
    }
}

/* Room for one more; at most half of the table is in use. */
static void grow_seen(struct suite_reader *s)
{
    if (s->seen_capacity > 2 * (s->suite->case_count + 1)) {
        return;
    }
    free(s->seen);
    s->seen_capacity = s->seen_capacity == 0 ? 64 : 2 * s->seen_capacity;
    s->seen = bench_xcalloc(s->seen_capacity, sizeof(*s->seen));
    for (size_t i = 0; i < s->suite->case_count; ++i) {
        *find_slot(s, s->suite->cases[i].plan.key) = i + 1;
    }
}

static void add_case(struct suite_reader *s, const struct entry *e, struct bench_case *plan)
{
    struct bench_suite *suite = s->suite;
    grow_seen(s);
    size_t *slot = find_slot(s, plan->key);
    if (*slot != 0) {
        bench_case_fini(plan);
        s->repeated += 1;
        return;
    }
    if (suite->case_count == s->case_capacity) {
        s->case_capacity = s->case_capacity * 2 + 64;
        suite->cases = bench_xrealloc(suite->cases, s->case_capacity * sizeof(*suite->cases));
    }
    struct bench_suite_case *c = &suite->cases[suite->case_count++];
    c->plan = *plan;
    memcpy(c->roles, e->roles, sizeof(c->roles));
    *slot = suite->case_count;
}

static size_t cases_of(const struct suite_reader *s, const struct bench_operator *op)
{
    size_t count = 0;
    for (size_t i = 0; i < s->suite->case_count; ++i) {
        count += s->suite->cases[i].plan.op == op ? 1 : 0;
    }
    return count;
}

/* What the limit cuts off (!wanted) is planned all the same: a fault there is a fault. */
static int add_point(struct suite_reader *s, const struct entry *e, enum bench_dtype dtype,
                     const struct shape *shape, const struct bench_json *params, bool wanted)
{
    struct bench_case plan;
    struct bench_err inner;
    int rc = bench_case_plan(e->op, dtype, shape->dims, shape->ndim, params, s->base.arena, &plan,
                             &inner);
    if (rc != 0 && bench_str_starts(inner.message, s->suite->file)) {
        return bench_err_set(s->base.err, rc, "%s", inner.message); /* params: it has its place */
    }
    if (rc != 0) {
        return bench_json_error(e->shapes_json, s->base.err, "%s", inner.message);
    }
    if (wanted)
        add_case(s, e, &plan);
    else
        bench_case_fini(&plan);
    return BENCH_OK;
}

static int check_count(struct suite_reader *s, const struct entry *e)
{
    size_t params = e->params != NULL ? bench_json_size(e->params) : 1;
    size_t room = BENCH_SUITE_MAX_CASES - s->suite->case_count;
    if (e->dtypes.count > 0 && params > room / e->shapes.count / e->dtypes.count) {
        return bench_json_error(e->json, s->base.err,
                                "%zu shapes x %zu dtypes x %zu params make the suite larger than "
                                "%d cases; make the grids smaller",
                                e->shapes.count, e->dtypes.count, params, BENCH_SUITE_MAX_CASES);
    }
    return BENCH_OK;
}

static int add_cases(struct suite_reader *s, const struct entry *e)
{
    size_t limit = s->filter != NULL ? s->filter->max_cases_per_operator : 0;
    size_t have = limit > 0 ? cases_of(s, e->op) : 0;
    size_t left_out = 0;
    int rc = check_count(s, e);
    for (size_t d = 0; rc == 0 && d < e->dtypes.count; ++d) {
        if (!s->dtype_wanted[e->dtypes.items[d]]) {
            continue;
        }
        for (size_t i = 0; rc == 0 && i < e->shapes.count; ++i) {
            const struct bench_json *params = e->params ? bench_json_first(e->params) : NULL;
            do {
                size_t before = s->suite->case_count;
                bool wanted = limit == 0 || have < limit;
                rc = add_point(s, e, e->dtypes.items[d], &e->shapes.shapes[i], params, wanted);
                have += s->suite->case_count - before;
                left_out += !wanted;
                params = params != NULL ? bench_json_next(params) : NULL;
            } while (rc == 0 && params != NULL);
        }
    }
    if (rc == 0 && left_out > 0) {
        suite_note(s, "%s: %zu %s left out by the limit of %zu %s an operator", e->op->name,
                   left_out, left_out == 1 ? "case is" : "cases are", limit,
                   limit == 1 ? "case" : "cases");
    }
    return rc;
}

int suite_entry_read(struct suite_reader *s, const struct bench_json *json)
{
    static const char *const keys[] = {"operator", "description", "shapes", "dtypes",
                                       "params",   "roles",       NULL};
    struct entry e = {.json = json};
    const char *text = NULL;
    int rc = bench_json_expect_keys(json, keys, s->base.err);
    rc = rc == 0 ? reader_member_text(&s->base, json, "description", false, &text) : rc;
    rc = rc == 0 ? reader_member_text(&s->base, json, "operator", true, &text) : rc;
    if (rc != 0 || is_filtered_out(s, text)) {
        return rc;
    }
    rc = get_operator(s, bench_json_get(json, "operator"), &e.op);
    rc = rc == 0 ? suite_roles_read(s, json, "roles", e.roles) : rc;
    rc = rc == 0 ? check_own_roles(s, &e) : rc;
    rc = rc == 0 ? inherit_roles(s, &e) : rc;
    if (rc == 0) {
        prefer_roles(s, &e);
    }
    rc = rc == 0 ? read_shapes(s, &e) : rc;
    rc = rc == 0 ? choose_dtypes(s, &e) : rc;
    rc = rc == 0 ? read_params(s, &e) : rc;
    return rc == 0 ? add_cases(s, &e) : rc;
}
