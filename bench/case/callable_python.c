#include "bench/case/callable_python.h"

#include <string.h>

#include "bench/util/mem.h"

static const struct {
    int code;
    enum bench_status status;
} statuses[] = {
    {BENCH_PYTHON_SYNTAX_ERROR, BENCH_STATUS_SYNTAX_ERROR},
    {BENCH_PYTHON_IMPORT_FAILED, BENCH_STATUS_IMPORT_FAILED},
    {BENCH_PYTHON_EXITED, BENCH_STATUS_EXITED},
    {BENCH_PYTHON_TOO_MUCH_OUTPUT, BENCH_STATUS_TOO_MUCH_OUTPUT},
    {BENCH_PYTHON_NO_CALLABLE, BENCH_STATUS_NO_CALLABLE},
    {BENCH_PYTHON_CHANGED_GLOBALS, BENCH_STATUS_CHANGED_GLOBALS},
    {BENCH_PYTHON_RAISED, BENCH_STATUS_RAISED},
    {BENCH_PYTHON_WRONG_TYPE, BENCH_STATUS_WRONG_TYPE},
    {BENCH_PYTHON_WRONG_COUNT, BENCH_STATUS_WRONG_COUNT},
    {BENCH_PYTHON_WRONG_SHAPE, BENCH_STATUS_WRONG_SHAPE},
    {BENCH_PYTHON_WRONG_DTYPE, BENCH_STATUS_WRONG_DTYPE},
    {BENCH_PYTHON_WRONG_DEVICE, BENCH_STATUS_WRONG_DEVICE},
    {BENCH_PYTHON_WRONG_LAYOUT, BENCH_STATUS_WRONG_LAYOUT},
    {BENCH_PYTHON_ALIASED, BENCH_STATUS_ALIASED},
    {BENCH_PYTHON_OUT_OF_MEMORY, BENCH_STATUS_OUT_OF_MEMORY},
    {BENCH_PYTHON_OTHER_KERNELS, BENCH_STATUS_OTHER_KERNELS},
    {BENCH_PYTHON_TIMEOUT, BENCH_STATUS_TIMEOUT},
    {BENCH_PYTHON_ORACLE_FAILED, BENCH_STATUS_ORACLE_FAILED},
    {BENCH_PYTHON_SPECIAL_VALUES, BENCH_STATUS_NAN},
    {BENCH_PYTHON_SPOILED_GLOBALS, BENCH_STATUS_CHANGED_GLOBALS},
};

enum bench_status bench_callable_status(const struct bench_err *err)
{
    if (err->code == BENCH_EPOISONED)
        return BENCH_STATUS_DEVICE_FAULT;
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        if (statuses[i].code == err->code)
            return statuses[i].status;
    /* The cpu device's words for a barrier that not all threads reach. */
    return strstr(err->message, "barrier divergence: ") != NULL ? BENCH_STATUS_BARRIER_DIVERGENCE
                                                                : BENCH_STATUS_LAUNCH_ERROR;
}

/* ---- prepare ---- */

static const void *bound_to(const struct bench_binding *bindings, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(bindings[i].name, name) == 0)
            return bindings[i].data;
    return NULL;
}

/* An oracle's floating-point outputs are doubles. */
static struct bench_python_tensor *bound_tensors(const struct bench_tensor *tensors, size_t count,
                                                 bool doubles, const struct bench_binding *bindings,
                                                 size_t binding_count, struct bench_arena *arena)
{
    struct bench_python_tensor *bound = bench_arena_alloc(arena, (count + 1) * sizeof *bound);
    for (size_t i = 0; i < count; i++) {
        bool is_double = doubles && bench_dtype_is_float(tensors[i].dtype);
        bound[i] = (struct bench_python_tensor){
            .name = tensors[i].name,
            .data = bound_to(bindings, binding_count, tensors[i].name),
            .dtype = is_double ? BENCH_FLOAT64 : tensors[i].dtype,
            .shape = tensors[i].shape,
            .ndim = tensors[i].ndim,
        };
    }
    return bound;
}

int bench_callable_prepare_python(struct bench_session *s, const struct bench_case *c,
                                  const struct bench_binding *bindings, size_t binding_count,
                                  struct bench_arena *arena, struct bench_callable *out,
                                  enum bench_status *status, struct bench_err *err)
{
    const struct bench_implementation *impl = out->impl;
    *status = BENCH_STATUS_UNSUPPORTED;
    if (s->python == NULL)
        return bench_err_set(err, BENCH_EUNSUPPORTED,
                             "its provider is 'python', and this process is no Python interpreter");
    struct bench_python_tensor scale = {.name = "scale",
                                        .data = bound_to(bindings, binding_count, "scale"),
                                        .dtype = BENCH_FLOAT64,
                                        .shape = c->outputs[0].shape,
                                        .ndim = c->outputs[0].ndim};
    struct bench_python_request request = {
        .impl = impl,
        .plan = c,
        .inputs =
            bound_tensors(c->inputs, c->op->input_count, false, bindings, binding_count, arena),
        .outputs = bound_tensors(c->outputs, c->op->output_count, impl->is_oracle, bindings,
                                 binding_count, arena),
        .scale = impl->has_scale ? &scale : NULL,
    };
    struct bench_python_call *call = bench_arena_alloc(arena, sizeof *call);
    int rc = bench_device_synchronize(s->device, err); /* the inputs are there */
    if (rc == BENCH_OK)
        rc = bench_python_prepare(s->python, &request, arena, call, err);
    if (rc != BENCH_OK) {
        rc = bench_callable_failed(s, out, rc, err);
        *status = rc == BENCH_EUNSUPPORTED ? BENCH_STATUS_UNSUPPORTED : bench_callable_status(err);
        return rc;
    }
    out->python = call;
    out->library = s->python_versions;
    *status = BENCH_STATUS_OK;
    return BENCH_OK;
}

/* ---- calls ---- */

int bench_callable_failed(struct bench_session *s, const struct bench_callable *callable, int rc,
                          struct bench_err *err)
{
    struct bench_err lost = {0};
    if (rc == BENCH_OK || callable->impl->provider != BENCH_PROVIDER_PYTHON)
        return rc;
    if (bench_device_synchronize(s->device, &lost) != BENCH_EPOISONED)
        return rc;
    return bench_err_set(err, BENCH_EPOISONED, "%s; Python said: %.2000s", lost.message,
                         err->message);
}

int bench_callable_reset(struct bench_session *s, const struct bench_callable *callable,
                         struct bench_err *err)
{
    if (callable->python == NULL)
        return BENCH_OK;
    return bench_callable_failed(s, callable, bench_python_reset(callable->python, err), err);
}

int bench_callable_poison(struct bench_session *s, const struct bench_callable *callable,
                          struct bench_err *err)
{
    if (callable->python == NULL)
        return BENCH_OK;
    int rc = bench_python_reset(callable->python, err);
    if (rc == BENCH_OK)
        rc = bench_python_poison(callable->python, err);
    return bench_callable_failed(s, callable, rc, err);
}

int bench_callable_collect(struct bench_session *s, const struct bench_callable *callable,
                           struct bench_err *err)
{
    if (callable->python == NULL)
        return BENCH_OK;
    int rc = bench_python_collect(callable->python, err);
    if (rc == BENCH_OK)
        return bench_device_synchronize(s->device, err);
    return bench_callable_failed(s, callable, rc, err);
}
