#include "bench/case/arguments.h"

#include "bench/util/str.h"

struct call {
    const struct bench_operator *op;
    const struct bench_implementation *impl;
    size_t launch;
};

static const struct {
    const char *key;
    size_t bytes;
    enum bench_kernel_param_kind kind;
} kinds[] = {
    [BENCH_ARG_TENSOR] = {"", sizeof(void *), BENCH_KERNEL_POINTER},
    [BENCH_ARG_INT] = {"int", sizeof(int32_t), BENCH_KERNEL_INTEGER},
    [BENCH_ARG_INT64] = {"int64", sizeof(int64_t), BENCH_KERNEL_INTEGER},
    [BENCH_ARG_FLOAT] = {"float", sizeof(float), BENCH_KERNEL_FLOATING},
    [BENCH_ARG_DOUBLE] = {"double", sizeof(double), BENCH_KERNEL_FLOATING},
};
#define KINDS (sizeof kinds / sizeof *kinds)

static const char *const kind_names[] = {
    [BENCH_KERNEL_ANY] = "none of these",
    [BENCH_KERNEL_INTEGER] = "an integer",
    [BENCH_KERNEL_FLOATING] = "a floating-point number",
    [BENCH_KERNEL_POINTER] = "a pointer",
};

static const struct bench_launch_spec *spec_of(const struct call *call)
{
    return &call->impl->launches[call->launch];
}

/* operator 'softmax', implementation 'warp': "launches"[1], "args" */
static void add_place(struct bench_str *s, const struct call *call)
{
    if (call->impl->is_oracle)
        bench_str_addf(s, "operator '%s', oracle: ", call->op->name);
    else
        bench_str_addf(s, "operator '%s', implementation '%s': ", call->op->name, call->impl->name);
    if (call->impl->launch_count > 1)
        bench_str_addf(s, "\"launches\"[%zu], ", call->launch);
    bench_str_add(s, "\"args\"");
}

/* [2] {"int": "n"}, as the description has it */
static void add_argument(struct bench_str *s, const struct call *call, size_t index)
{
    const struct bench_arg_spec *arg = &spec_of(call)->args[index];
    if (arg->kind == BENCH_ARG_TENSOR)
        bench_str_addf(s, "[%zu] \"%s\"", index, arg->text);
    else
        bench_str_addf(s, "[%zu] {\"%s\": \"%s\"}", index, kinds[arg->kind].key, arg->text);
}

static bool fits(const struct bench_kernel_param *param, enum bench_arg_kind kind)
{
    return param->bytes == kinds[kind].bytes &&
           (param->kind == BENCH_KERNEL_ANY || param->kind == kinds[kind].kind);
}

/* What the description should say for this parameter: where several kinds would fit, the one that
 * is like what it says, if there is one. `kind` is KINDS where it says nothing. */
static void add_expected(struct bench_str *s, const struct bench_kernel_param *param, size_t kind)
{
    size_t count = 0;
    for (size_t like = 0; kind < KINDS && like < KINDS; like++)
        if (kinds[like].kind == kinds[kind].kind && fits(param, (enum bench_arg_kind)like)) {
            bench_str_addf(s, "{\"%s\": ...}", kinds[like].key);
            return;
        }
    /* Tensors come last. */
    for (size_t i = 1; i <= KINDS; i++) {
        size_t fitting = i % KINDS;
        if (!fits(param, (enum bench_arg_kind)fitting))
            continue;
        bench_str_add(s, count++ > 0 ? " or " : "");
        if (fitting == BENCH_ARG_TENSOR)
            bench_str_add(s, "the name of a tensor");
        else
            bench_str_addf(s, "{\"%s\": ...}", kinds[fitting].key);
    }
    if (count == 0)
        bench_str_add(s, "a parameter of the kernel that is an int, long long, float, double or "
                         "pointer, for there is no other argument");
}

static void tell_count(struct bench_str *s, const struct call *call,
                       const struct bench_kernel_params *params)
{
    const struct bench_launch_spec *spec = spec_of(call);
    size_t has = spec->arg_count;
    add_place(s, call);
    bench_str_addf(s, " has %zu argument%s, %s has %zu parameter%s: ", has, has == 1 ? "" : "s",
                   spec->entry, params->count, params->count == 1 ? "" : "s");
    if (has > params->count) {
        bench_str_add(s, "nothing takes \"args\"");
        add_argument(s, call, params->count);
        return;
    }
    bench_str_addf(s, "nothing is passed for parameter %zu, expected ", has + 1);
    add_expected(s, &params->items[has], KINDS);
}

static void tell_argument(struct bench_str *s, const struct call *call, size_t index,
                          const struct bench_kernel_param *param)
{
    const struct bench_launch_spec *spec = spec_of(call);
    enum bench_arg_kind kind = spec->args[index].kind;
    add_place(s, call);
    add_argument(s, call, index);
    if (param->bytes != kinds[kind].bytes)
        bench_str_addf(s, " has %zu bytes, parameter %zu of %s has %zu", kinds[kind].bytes,
                       index + 1, spec->entry, param->bytes);
    else
        bench_str_addf(s, " is %s, parameter %zu of %s is %s of %zu bytes",
                       kind_names[kinds[kind].kind], index + 1, spec->entry,
                       kind_names[param->kind], param->bytes);
    bench_str_add(s, ": expected ");
    add_expected(s, param, kind);
}

int bench_arguments_check(const struct bench_operator *op, const struct bench_implementation *impl,
                          size_t launch, const struct bench_kernel_params *params,
                          struct bench_err *err)
{
    const struct call call = {op, impl, launch};
    const struct bench_launch_spec *spec = spec_of(&call);
    struct bench_str text;
    if (params->items == NULL)
        return BENCH_OK;
    bench_str_init(&text);
    size_t count = spec->arg_count < params->count ? spec->arg_count : params->count;
    size_t wrong = 0;
    while (wrong < count && fits(&params->items[wrong], spec->args[wrong].kind))
        wrong++;
    if (spec->arg_count != params->count)
        tell_count(&text, &call, params);
    else if (wrong < count)
        tell_argument(&text, &call, wrong, &params->items[wrong]);
    int rc = text.len > 0 ? bench_err_set(err, BENCH_EINPUT, "%s", text.data) : BENCH_OK;
    bench_str_fini(&text);
    return rc;
}
