#include "bench/case/callable.h"

#include <string.h>

#include "bench/case/arguments.h"
#include "bench/case/callable_python.h"
#include "bench/provider/library/library.h"
#include "bench/util/mem.h"

union argument {
    void *pointer;
    int32_t i32;
    int64_t i64;
    float f32;
    double f64;
};

struct bench_callable_launch {
    struct bench_function *function; /* or: */
    struct bench_library_call *library;
    uint32_t grid[3], block[3];
    size_t shared_bytes;
    union argument *values;
    void **args; /* args[i] points to values[i], as cudaLaunchKernel wants them */
};

static const struct bench_binding *find_binding(const struct bench_binding *bindings, size_t count,
                                                const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(bindings[i].name, name) == 0)
            return &bindings[i];
    return NULL;
}

static int resolve_tensor(const struct bench_callable *callable, const char *name,
                          const struct bench_binding *bindings, size_t binding_count, void **data,
                          struct bench_err *err)
{
    const struct bench_binding *bound = find_binding(bindings, binding_count, name);
    if (bound != NULL) {
        *data = bound->data;
        return BENCH_OK;
    }
    for (size_t i = 0; i < callable->impl->workspace_count; i++)
        if (strcmp(callable->workspaces[i].name, name) == 0) {
            *data = callable->workspaces[i].data;
            return BENCH_OK;
        }
    return bench_err_set(err, BENCH_EINPUT, "implementation '%s' has no tensor '%s' to pass",
                         callable->impl->name, name);
}

static int resolve_args(const struct bench_callable *callable, const struct bench_launch *from,
                        const struct bench_binding *bindings, size_t binding_count,
                        struct bench_arena *arena, struct bench_callable_launch *to,
                        struct bench_err *err)
{
    to->values = bench_arena_alloc(arena, (from->arg_count + 1) * sizeof *to->values);
    to->args = bench_arena_alloc(arena, (from->arg_count + 1) * sizeof *to->args);
    for (size_t i = 0; i < from->arg_count; i++) {
        const struct bench_arg *arg = &from->args[i];
        union argument *value = &to->values[i];
        to->args[i] = value;
        switch (arg->kind) {
        case BENCH_ARG_TENSOR: {
            int rc = resolve_tensor(callable, arg->tensor, bindings, binding_count, &value->pointer,
                                    err);
            if (rc != BENCH_OK)
                return rc;
            break;
        }
        case BENCH_ARG_INT:
            value->i32 = arg->value.i32;
            break;
        case BENCH_ARG_INT64:
            value->i64 = arg->value.i64;
            break;
        case BENCH_ARG_FLOAT:
            value->f32 = arg->value.f32;
            break;
        case BENCH_ARG_DOUBLE:
            value->f64 = arg->value.f64;
            break;
        }
    }
    return BENCH_OK;
}

static int take_workspaces(struct bench_session *s, const struct bench_call *call,
                           struct bench_arena *arena, struct bench_callable *out,
                           struct bench_err *err)
{
    size_t count = out->impl->workspace_count;
    out->workspaces = bench_arena_alloc(arena, (count + 1) * sizeof *out->workspaces);
    int rc = BENCH_OK;
    for (size_t i = 0; rc == BENCH_OK && i < count; i++)
        rc = bench_guarded_take(s, out->impl->workspaces[i].name, call->workspace_bytes[i],
                                &out->workspaces[i], err);
    return rc;
}

static enum bench_status status_of_build(int code)
{
    switch (code) {
    case BENCH_EUNSUPPORTED:
        return BENCH_STATUS_UNSUPPORTED;
    case BENCH_ENOTFOUND:
        return BENCH_STATUS_UNKNOWN_ENTRY;
    case BENCH_EPOISONED:
        return BENCH_STATUS_DEVICE_FAULT;
    default:
        return BENCH_STATUS_COMPILE_ERROR;
    }
}

/* The description's arguments must be those of the call, which would take a double for a pointer.
 */
static int check_library(const struct bench_launch *from, struct bench_arena *arena,
                         struct bench_err *err)
{
    enum bench_arg_kind *kinds = bench_arena_alloc(arena, (from->arg_count + 1) * sizeof *kinds);
    for (size_t i = 0; i < from->arg_count; i++)
        kinds[i] = from->args[i].kind;
    return bench_library_check(from->entry, kinds, from->arg_count, err);
}

static int check_arguments(const struct bench_operator *op, const struct bench_implementation *impl,
                           const struct bench_kernels *kernels, struct bench_err *err)
{
    int rc = BENCH_OK;
    for (size_t i = 0; rc == BENCH_OK && i < impl->launch_count; i++)
        rc = bench_arguments_check(op, impl, i, &kernels->params[i], err);
    return rc;
}

static int prepare_launch(struct bench_session *s, const struct bench_case *c, size_t index,
                          struct bench_arena *arena, const struct bench_launch *from,
                          struct bench_callable *out, enum bench_status *status,
                          struct bench_err *err)
{
    struct bench_callable_launch *to = &out->launches[index];
    if (out->kernels != NULL) {
        to->function = out->kernels->functions[index];
        memcpy(to->grid, from->grid, sizeof to->grid);
        memcpy(to->block, from->block, sizeof to->block);
        to->shared_bytes = from->shared_bytes;
        return BENCH_OK;
    }
    int rc = check_library(from, arena, err);
    if (rc == BENCH_OK)
        rc = bench_library_prepare(s->device, from->entry, c->dtype, to->args, from->arg_count,
                                   &to->library, err);
    if (rc == BENCH_OK)
        out->library = bench_arena_strdup(arena, bench_library_version(to->library));
    else
        *status = rc == BENCH_EUNSUPPORTED ? BENCH_STATUS_UNSUPPORTED : BENCH_STATUS_LAUNCH_ERROR;
    return rc;
}

int bench_callable_prepare(struct bench_session *s, const struct bench_case *c,
                           const struct bench_implementation *impl,
                           const struct bench_variant *variant,
                           const struct bench_binding *bindings, size_t binding_count,
                           struct bench_arena *arena, struct bench_callable *out,
                           enum bench_status *status, struct bench_err *err)
{
    *out = (struct bench_callable){.impl = impl, .variant = variant, .library = ""};
    if (impl->provider == BENCH_PROVIDER_PYTHON)
        return bench_callable_prepare_python(s, c, bindings, binding_count, arena, out, status,
                                             err);
    if (impl->provider != BENCH_PROVIDER_LIBRARY && !c->writes_nothing) {
        out->kernels = bench_session_kernels(s, impl, c->dtype, variant);
        if (out->kernels->status != BENCH_OK) {
            *status = status_of_build(out->kernels->status);
            return bench_err_set(err, out->kernels->status, "%s", out->kernels->message);
        }
    }
    struct bench_call call;
    *status = BENCH_STATUS_LAUNCH_ERROR;
    int rc = out->kernels != NULL ? check_arguments(c->op, impl, out->kernels, err) : BENCH_OK;
    if (rc == BENCH_OK)
        rc = bench_call_plan(impl, variant, c, &s->plan_device, arena, &call, err);
    if (rc == BENCH_OK)
        rc = take_workspaces(s, &call, arena, out, err);
    if (rc != BENCH_OK)
        return rc;
    out->launches = bench_arena_alloc(arena, (call.launch_count + 1) * sizeof *out->launches);
    for (size_t i = 0; rc == BENCH_OK && i < call.launch_count; i++) {
        out->launch_count = i + 1;
        rc = resolve_args(out, &call.launches[i], bindings, binding_count, arena, &out->launches[i],
                          err);
        if (rc == BENCH_OK)
            rc = prepare_launch(s, c, i, arena, &call.launches[i], out, status, err);
    }
    if (rc == BENCH_OK)
        *status = BENCH_STATUS_OK;
    else
        bench_callable_fini(out);
    return rc;
}

void bench_callable_fini(struct bench_callable *callable)
{
    for (size_t i = 0; i < callable->launch_count; i++)
        if (callable->launches[i].library != NULL)
            bench_library_free(callable->launches[i].library);
    callable->launch_count = 0;
    if (callable->python != NULL)
        bench_python_release(callable->python);
}

int bench_callable_launch(struct bench_session *s, const struct bench_callable *callable,
                          struct bench_err *err)
{
    if (callable->python != NULL)
        return bench_python_call(callable->python, err);
    for (size_t i = 0; i < callable->launch_count; i++) {
        const struct bench_callable_launch *l = &callable->launches[i];
        int rc = l->library != NULL ? bench_library_run(l->library, err)
                                    : bench_device_launch(s->device, l->function, l->grid, l->block,
                                                          l->shared_bytes, l->args, err);
        if (rc != BENCH_OK)
            return rc;
    }
    return BENCH_OK;
}
