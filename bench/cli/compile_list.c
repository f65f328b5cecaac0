#include "bench/cli/compile_list.h"

#include <stdlib.h>
#include <string.h>

#include "bench/case/launch_limits.h"
#include "bench/util/mem.h"
#include "bench/util/str.h"

/* Of the list, the unit that is like this one; NULL if there is none. */
static struct bench_build_unit *find_unit(const struct bench_compile_list *list,
                                          const struct bench_build_unit *like)
{
    for (size_t i = 0; i < list->count; i++)
        if (bench_build_unit_equal(&list->units[i], like))
            return &list->units[i];
    return NULL;
}

static int add_unit(struct bench_compile_list *list, const struct bench_operator *op,
                    const struct bench_implementation *impl, enum bench_dtype dtype,
                    const struct bench_variant *variant, struct bench_err *err)
{
    struct bench_build_unit unit;
    int rc = bench_build_unit_init(&unit, impl, dtype, variant, list->arch, list->sanitize, err);
    if (rc != BENCH_OK)
        return rc;
    if (find_unit(list, &unit) != NULL) { /* of another case */
        bench_build_unit_fini(&unit);
        return BENCH_OK;
    }
    if (list->units == NULL || list->count == list->capacity) {
        list->capacity = list->capacity ? 2 * list->capacity : 64;
        list->units = bench_xrealloc(list->units, list->capacity * sizeof *list->units);
    }
    unit.op = op;
    list->units[list->count++] = unit;
    return BENCH_OK;
}

void bench_compile_list_fini(struct bench_compile_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        bench_build_unit_fini(&list->units[i]);
    free(list->units);
    for (size_t i = 0; i < list->fault_count; i++)
        free(list->faults[i].text);
    free(list->faults);
}

/* What is done with a variant that a case may run. */
typedef int (*visit)(struct bench_compile_list *list, const struct bench_implementation *impl,
                     const struct bench_case *c, const struct bench_variant *variant,
                     struct bench_err *err);

static int visit_variants(struct bench_compile_list *list, const struct bench_implementation *impl,
                          const struct bench_case *c, visit visitor, struct bench_err *err)
{
    struct bench_variant *variants = NULL;
    size_t count = 0;
    if (impl->provider != BENCH_PROVIDER_CUDA || c->writes_nothing)
        return BENCH_OK;
    struct bench_arena *arena = bench_arena_new();
    int rc = bench_implementation_supports(impl, c, &list->device, err);
    if (rc == BENCH_OK)
        rc = bench_variants_plan(impl, c, &list->device, arena, &variants, &count, err);
    for (size_t i = 0; i < count && rc == BENCH_OK; i++)
        rc = visitor(list, impl, c, &variants[i], err);
    bench_arena_free(arena);
    return rc == BENCH_EUNSUPPORTED ? BENCH_OK : rc; /* a run would not use it either */
}

/* Operators of scripted times have none. */
static bool has_oracle(const struct bench_operator *op)
{
    return op->oracle.launch_count > 0;
}

/* The oracle's, and those of every implementation that may play a role. */
static int visit_case(struct bench_compile_list *list, const struct bench_suite_case *entry,
                      visit visitor, struct bench_err *err)
{
    const struct bench_operator *op = entry->plan.op;
    int rc =
        has_oracle(op) ? visit_variants(list, &op->oracle, &entry->plan, visitor, err) : BENCH_OK;
    for (int role = 0; role < BENCH_ROLE_COUNT; role++)
        for (size_t i = 0; i < entry->roles[role].count && rc == BENCH_OK; i++) {
            const struct bench_implementation *impl =
                bench_operator_find(op, entry->roles[role].names[i]);
            if (impl)
                rc = visit_variants(list, impl, &entry->plan, visitor, err);
        }
    return rc;
}

static int add_variant(struct bench_compile_list *list, const struct bench_implementation *impl,
                       const struct bench_case *c, const struct bench_variant *variant,
                       struct bench_err *err)
{
    return add_unit(list, c->op, impl, c->dtype, variant, err);
}

int bench_compile_list_add_case(struct bench_compile_list *list,
                                const struct bench_suite_case *entry, struct bench_err *err)
{
    return visit_case(list, entry, add_variant, err);
}

static void add_fault(struct bench_compile_list *list, const struct bench_build_unit *unit,
                      const struct bench_case *c, const char *reason)
{
    list->impossible++;
    for (size_t i = 0; i < list->fault_count; i++)
        if (list->faults[i].unit->impl == unit->impl) {
            list->faults[i].others++;
            return;
        }
    list->faults = bench_xrealloc(list->faults, (list->fault_count + 1) * sizeof *list->faults);
    list->faults[list->fault_count++] = (struct bench_launch_fault){
        .unit = unit, .text = bench_xprintf("%s: %s", c->label, reason)};
}

static int check_launches(struct bench_compile_list *list, const struct bench_implementation *impl,
                          const struct bench_case *c, const struct bench_variant *variant,
                          struct bench_err *err)
{
    struct bench_build_unit like;
    int rc = bench_build_unit_init(&like, impl, c->dtype, variant, list->arch, list->sanitize, err);
    if (rc != BENCH_OK)
        return rc;
    const struct bench_build_unit *unit = find_unit(list, &like);
    bench_build_unit_fini(&like);
    if (unit == NULL || unit->status != BENCH_OK)
        return BENCH_OK;
    struct bench_arena *arena = bench_arena_new();
    struct bench_call call;
    rc = bench_call_plan(impl, variant, c, &list->device, arena, &call, err);
    for (size_t i = 0; rc == BENCH_OK && i < call.launch_count; i++) {
        struct bench_err fault = {0};
        list->launches++;
        if (bench_launch_check(list->arch, &call.launches[i], &unit->compiled.entries[i], &fault) !=
            BENCH_OK)
            add_fault(list, unit, c, fault.message);
    }
    bench_arena_free(arena);
    return rc;
}

int bench_compile_list_check_case(struct bench_compile_list *list,
                                  const struct bench_suite_case *entry, struct bench_err *err)
{
    return visit_case(list, entry, check_launches, err);
}

static bool has_dtype(const struct bench_strings *dtypes, enum bench_dtype dtype)
{
    for (size_t i = 0; i < dtypes->count; i++) {
        enum bench_dtype wanted;
        if (bench_dtype_parse(dtypes->items[i], &wanted) == BENCH_OK && wanted == dtype)
            return true;
    }
    return dtypes->count == 0;
}

static bool allows(const struct bench_compile_list *list, const struct bench_implementation *impl,
                   enum bench_dtype dtype)
{
    bool device = impl->device_count == 0, type = impl->dtype_count == 0;
    for (size_t i = 0; i < impl->device_count; i++)
        device = device || strcmp(impl->devices[i], list->device.kind) == 0;
    for (size_t i = 0; i < impl->dtype_count; i++)
        type = type || impl->dtypes[i] == dtype;
    return device && type && impl->provider == BENCH_PROVIDER_CUDA;
}

/* False if `where` rules the combination out whatever the case is, as far as can be told without
 * its dimensions. */
static bool where_allows(const struct bench_compile_list *list,
                         const struct bench_implementation *impl, enum bench_dtype dtype,
                         const int64_t *values)
{
    if (!impl->where)
        return true;
    struct bench_scope *scope = bench_scope_new();
    bench_scope_set(scope, "sizeof_T", (double)bench_dtype_bytes(dtype));
    bench_scope_set(scope, "sm_count", list->device.sm_count);
    for (size_t i = 0; i < impl->tunable_count; i++)
        bench_scope_set(scope, impl->tunables[i].name, (double)values[i]);
    bool may = bench_expr_may_hold(impl->where, scope);
    bench_scope_free(scope);
    return may;
}

static char *make_label(const struct bench_implementation *impl, const int64_t *values)
{
    struct bench_str label;
    bench_str_init(&label);
    for (size_t i = 0; i < impl->tunable_count; i++)
        bench_str_addf(&label, "%s%s=%lld", i ? " " : "", impl->tunables[i].name,
                       (long long)values[i]);
    char *text = bench_xstrdup(label.data);
    bench_str_fini(&label);
    return text;
}

/* Every combination of the tunables, counted like an odometer. */
static int add_combinations(struct bench_compile_list *list, const struct bench_operator *op,
                            const struct bench_implementation *impl, enum bench_dtype dtype,
                            struct bench_err *err)
{
    int64_t *values = bench_xcalloc(impl->tunable_count + 1, sizeof *values);
    size_t total = 1;
    int rc = BENCH_OK;
    for (size_t i = 0; i < impl->tunable_count; i++)
        total *= impl->tunables[i].value_count;
    for (size_t n = 0; n < total && rc == BENCH_OK; n++) {
        size_t rest = n;
        for (size_t i = impl->tunable_count; i-- > 0;) {
            const struct bench_tunable *tunable = &impl->tunables[i];
            values[i] = tunable->values[rest % tunable->value_count];
            rest /= tunable->value_count;
        }
        if (!where_allows(list, impl, dtype, values))
            continue;
        char *label = make_label(impl, values);
        struct bench_variant variant = {.values = values, .label = label};
        rc = add_unit(list, op, impl, dtype, &variant, err);
        free(label);
    }
    free(values);
    return rc;
}

int bench_compile_list_add_operator(struct bench_compile_list *list,
                                    const struct bench_operator *op,
                                    const struct bench_strings *dtypes, struct bench_err *err)
{
    int rc = BENCH_OK;
    for (int t = 0; t < BENCH_DTYPE_COUNT && rc == BENCH_OK; t++) {
        enum bench_dtype dtype = (enum bench_dtype)t;
        if (!op->dtypes[t] || !has_dtype(dtypes, dtype))
            continue;
        if (has_oracle(op) && allows(list, &op->oracle, dtype))
            rc = add_combinations(list, op, &op->oracle, dtype, err);
        for (size_t i = 0; i < op->implementation_count && rc == BENCH_OK; i++)
            if (allows(list, &op->implementations[i], dtype))
                rc = add_combinations(list, op, &op->implementations[i], dtype, err);
    }
    return rc;
}
