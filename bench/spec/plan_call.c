/* Calls: an implementation and one of its variants bound to a case. */
#include <math.h>
#include <string.h>

#include "bench/spec/plan.h"

static bool runs_on(const struct bench_implementation *impl, const char *kind)
{
    for (size_t i = 0; i < impl->device_count; ++i) {
        if (strcmp(impl->devices[i], kind) == 0) {
            return true;
        }
    }
    return impl->device_count == 0;
}

static bool has_dtype(const struct bench_implementation *impl, enum bench_dtype dtype)
{
    for (size_t i = 0; i < impl->dtype_count; ++i) {
        if (impl->dtypes[i] == dtype) {
            return true;
        }
    }
    return impl->dtype_count == 0;
}

static int check_device(const struct bench_implementation *impl,
                        const struct bench_plan_device *device, struct bench_err *err)
{
    bool null_device = strcmp(device->kind, "null") == 0;
    if (null_device != (impl->provider == BENCH_PROVIDER_NULL)) {
        return bench_err_set(err, BENCH_EUNSUPPORTED,
                             null_device ? "the null device runs only implementations of the "
                                           "provider 'null'"
                                         : "the provider 'null' runs on the null device only");
    }
    if (impl->provider == BENCH_PROVIDER_LIBRARY && strcmp(device->kind, "cuda") != 0) {
        return bench_err_set(err, BENCH_EUNSUPPORTED,
                             "the provider 'library' runs on the cuda device only");
    }
    if (!runs_on(impl, device->kind)) {
        return bench_err_set(err, BENCH_EUNSUPPORTED,
                             "its description limits it to other devices than '%s'", device->kind);
    }
    return BENCH_OK;
}

static struct bench_scope *device_scope(const struct bench_case *c,
                                        const struct bench_plan_device *device)
{
    struct bench_scope *scope = bench_scope_copy(c->scope);
    bench_scope_set(scope, "sm_count", (double)device->sm_count);
    return scope;
}

int bench_implementation_supports(const struct bench_implementation *impl,
                                  const struct bench_case *c,
                                  const struct bench_plan_device *device, struct bench_err *err)
{
    int rc = check_device(impl, device, err);
    if (rc != 0) {
        return rc;
    }
    if (!has_dtype(impl, c->dtype)) {
        return bench_err_set(err, BENCH_EUNSUPPORTED, "its description leaves out the dtype '%s'",
                             bench_dtype_name(c->dtype));
    }
    if (c->writes_nothing && impl->provider != BENCH_PROVIDER_PYTHON) {
        return BENCH_OK; /* nothing will be launched that could require anything */
    }
    struct bench_scope *scope = device_scope(c, device);
    for (size_t i = 0; rc == 0 && i < impl->requirement_count; ++i) {
        double holds = 0;
        rc = bench_expr_eval(impl->requirements[i].name, scope, &holds, err);
        if (rc != 0) {
            bench_err_prefix(err, "%s, implementation '%s': requires: ", c->label, impl->name);
        } else if (holds == 0) {
            rc = bench_err_set(err, BENCH_EUNSUPPORTED, "%s (it requires %s)",
                               impl->requirements[i].expression, impl->requirements[i].name);
        }
    }
    bench_scope_free(scope);
    return rc;
}

/* The names of an implementation and one variant: tunables, then lets. */
static int bind_variant(struct bench_scope *scope, const struct bench_implementation *impl,
                        const int64_t *values, struct bench_err *err)
{
    for (size_t i = 0; i < impl->tunable_count; ++i) {
        bench_scope_set(scope, impl->tunables[i].name, (double)values[i]);
    }
    for (size_t i = 0; i < impl->let_count; ++i) {
        double value;
        if (bench_expr_eval(impl->lets[i].expression, scope, &value, err) != 0) {
            return bench_err_prefix(err, "let '%s': ", impl->lets[i].name);
        }
        bench_scope_set(scope, impl->lets[i].name, value);
    }
    return BENCH_OK;
}

static void write_variant(const struct bench_implementation *impl, struct bench_arena *arena,
                          struct bench_variant *v)
{
    struct bench_str label;
    struct bench_str json;
    struct bench_json_writer w;
    bench_str_init(&label);
    bench_str_init(&json);
    bench_json_writer_init(&w, &json, BENCH_JSON_COMPACT);
    bench_json_open_object(&w);
    for (size_t i = 0; i < impl->tunable_count; ++i) {
        bench_str_addf(&label, "%s%s=%lld", i > 0 ? " " : "", impl->tunables[i].name,
                       (long long)v->values[i]);
        bench_json_put_key_int(&w, impl->tunables[i].name, v->values[i]);
    }
    bench_json_close_object(&w);
    v->label = bench_arena_strdup(arena, label.data);
    v->json = bench_arena_strdup(arena, json.data);
    bench_str_fini(&label);
    bench_str_fini(&json);
}

/* The values of combination number `index`; the last tunable changes fastest. */
static void combination(const struct bench_implementation *impl, size_t index, int64_t *values)
{
    for (size_t i = impl->tunable_count; i-- > 0;) {
        const struct bench_tunable *t = &impl->tunables[i];
        values[i] = t->values[index % t->value_count];
        index /= t->value_count;
    }
}

static int is_wanted(const struct bench_implementation *impl, const struct bench_case *c,
                     const struct bench_plan_device *device, const int64_t *values, bool *wanted,
                     struct bench_err *err)
{
    *wanted = true;
    if (impl->where == NULL) {
        return BENCH_OK;
    }
    double holds = 0;
    struct bench_scope *scope = device_scope(c, device);
    int rc = bind_variant(scope, impl, values, err);
    if (rc == 0) {
        rc = bench_expr_eval(impl->where, scope, &holds, err);
        if (rc != 0) {
            bench_err_prefix(err, "where: ");
        }
    }
    bench_scope_free(scope);
    *wanted = holds != 0;
    return rc;
}

/* Where nothing is launched, tunables choose nothing: one variant, without a label. */
static void plan_no_variant(const struct bench_implementation *impl, struct bench_arena *arena,
                            struct bench_variant *v)
{
    v->values = bench_arena_alloc(arena, (impl->tunable_count + 1) * sizeof(*v->values));
    combination(impl, 0, v->values);
    v->label = "";
    v->json = "{}";
}

int bench_variants_plan(const struct bench_implementation *impl, const struct bench_case *c,
                        const struct bench_plan_device *device, struct bench_arena *arena,
                        struct bench_variant **variants, size_t *count, struct bench_err *err)
{
    size_t combinations = 1;
    for (size_t i = 0; i < impl->tunable_count; ++i) {
        combinations *= impl->tunables[i].value_count;
    }
    struct bench_variant *list = bench_arena_alloc(arena, combinations * sizeof(*list));
    size_t kept = 0;
    if (c->writes_nothing) {
        plan_no_variant(impl, arena, &list[kept++]);
    }
    for (size_t i = 0; i < combinations && !c->writes_nothing; ++i) {
        struct bench_variant *v = &list[kept];
        bool wanted;
        v->values = bench_arena_alloc(arena, (impl->tunable_count + 1) * sizeof(*v->values));
        combination(impl, i, v->values);
        write_variant(impl, arena, v);
        if (is_wanted(impl, c, device, v->values, &wanted, err) != 0) {
            return bench_err_prefix(err, "%s, implementation '%s' %s: ", c->label, impl->name,
                                    v->label);
        }
        kept += wanted ? 1 : 0;
    }
    if (kept == 0) {
        return bench_err_set(err, BENCH_EUNSUPPORTED,
                             "none of its %zu variants satisfies its 'where' (%s) here",
                             combinations, impl->where);
    }
    *variants = list;
    *count = kept;
    return BENCH_OK;
}

static int plan_extents(const char *what, const char *const expressions[3],
                        const struct bench_scope *scope, uint32_t out[3], struct bench_err *err)
{
    for (int i = 0; i < 3; ++i) {
        int64_t value;
        if (bench_expr_eval_int(expressions[i], scope, 1, INT32_MAX, &value, err) != 0) {
            return bench_err_prefix(err, "%s.%c: ", what, "xyz"[i]);
        }
        out[i] = (uint32_t)value;
    }
    return BENCH_OK;
}

static int plan_arg(const struct bench_arg_spec *spec, const struct bench_scope *scope,
                    struct bench_arg *arg, struct bench_err *err)
{
    int64_t integer = 0;
    double number = 0;
    int rc = BENCH_OK;
    arg->kind = spec->kind;
    switch (spec->kind) {
    case BENCH_ARG_TENSOR:
        arg->tensor = spec->text;
        return BENCH_OK;
    case BENCH_ARG_INT:
        rc = bench_expr_eval_int(spec->text, scope, INT32_MIN, INT32_MAX, &integer, err);
        arg->value.i32 = (int32_t)integer;
        return rc;
    case BENCH_ARG_INT64:
        rc = bench_expr_eval_int(spec->text, scope, INT64_MIN, INT64_MAX, &integer, err);
        arg->value.i64 = integer;
        return rc;
    case BENCH_ARG_FLOAT:
        rc = bench_expr_eval(spec->text, scope, &number, err);
        arg->value.f32 = (float)number;
        if (rc == 0 && !isfinite(arg->value.f32)) {
            return bench_err_set(err, BENCH_EINPUT,
                                 "expression '%s' is %.17g here, too large for a float", spec->text,
                                 number);
        }
        return rc;
    case BENCH_ARG_DOUBLE:
        return bench_expr_eval(spec->text, scope, &arg->value.f64, err);
    }
    return rc;
}

static int plan_launch(const struct bench_launch_spec *spec, const struct bench_scope *scope,
                       struct bench_arena *arena, struct bench_launch *out, struct bench_err *err)
{
    const int64_t exact = (int64_t)1 << 53;
    int64_t shared = 0;
    out->entry = spec->entry;
    out->arg_count = spec->arg_count;
    out->args = bench_arena_alloc(arena, (spec->arg_count + 1) * sizeof(*out->args));
    int rc = plan_extents("grid", spec->grid, scope, out->grid, err);
    rc = rc == 0 ? plan_extents("block", spec->block, scope, out->block, err) : rc;
    if (rc != 0) {
        return rc;
    }
    if (bench_expr_eval_int(spec->shared, scope, 0, exact, &shared, err) != 0) {
        return bench_err_prefix(err, "shared: ");
    }
    out->shared_bytes = (size_t)shared;
    for (size_t i = 0; i < spec->arg_count; ++i) {
        if (plan_arg(&spec->args[i], scope, &out->args[i], err) != 0) {
            return bench_err_prefix(err, "argument %zu: ", i + 1);
        }
    }
    return BENCH_OK;
}

static int plan_call(const struct bench_implementation *impl, const struct bench_scope *scope,
                     struct bench_arena *arena, struct bench_call *out, struct bench_err *err)
{
    const int64_t exact = (int64_t)1 << 53;
    out->launches = bench_arena_alloc(arena, (impl->launch_count + 1) * sizeof(*out->launches));
    out->launch_count = impl->launch_count;
    out->workspace_bytes =
        bench_arena_alloc(arena, (impl->workspace_count + 1) * sizeof(*out->workspace_bytes));
    for (size_t i = 0; i < impl->workspace_count; ++i) {
        int64_t bytes;
        if (bench_expr_eval_int(impl->workspaces[i].expression, scope, 0, exact, &bytes, err) !=
            0) {
            return bench_err_prefix(err, "workspace '%s': ", impl->workspaces[i].name);
        }
        out->workspace_bytes[i] = (size_t)bytes;
    }
    for (size_t i = 0; i < impl->launch_count; ++i) {
        if (plan_launch(&impl->launches[i], scope, arena, &out->launches[i], err) != 0) {
            return bench_err_prefix(err, "entry '%s': ", impl->launches[i].entry);
        }
    }
    return BENCH_OK;
}

int bench_call_plan(const struct bench_implementation *impl, const struct bench_variant *variant,
                    const struct bench_case *c, const struct bench_plan_device *device,
                    struct bench_arena *arena, struct bench_call *out, struct bench_err *err)
{
    *out = (struct bench_call){.impl = impl, .variant = variant};
    struct bench_scope *scope = device_scope(c, device);
    int rc = BENCH_OK;
    if (c->writes_nothing) {
        out->workspace_bytes =
            bench_arena_alloc(arena, (impl->workspace_count + 1) * sizeof(*out->workspace_bytes));
    } else {
        rc = bind_variant(scope, impl, variant->values, err);
        rc = rc == 0 ? plan_call(impl, scope, arena, out, err) : rc;
    }
    bench_scope_free(scope);
    if (rc != 0) {
        return bench_err_prefix(err, "%s, implementation '%s'%s%s: ", c->label, impl->name,
                                variant->label[0] != '\0' ? " " : "", variant->label);
    }
    return BENCH_OK;
}
