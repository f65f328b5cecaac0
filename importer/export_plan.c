/*
 * Launch arithmetic in Python: the description's expressions, translated. Each function computes
 * what bench_case_plan and bench_call_plan compute, and has only the names in it that its
 * expressions use. Names of the description become local variables, so whatever else stands in
 * these functions begins with '_' or belongs to the expression language.
 */
#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"
#include "importer/export_impl.h"
#include "importer/python_text.h"

/* Functions of the expression language that are not plain Python names inside a function, because
 * the exported operator may itself be called so ("max"). size and prod depend on the shape. */
static const struct {
    const char *name, *python;
} functions[] = {
    {"ceildiv", "_ceildiv"}, {"floordiv", "_floordiv"},   {"floor", "math.floor"},
    {"ceil", "math.ceil"},   {"round", "builtins.round"}, {"abs", "builtins.abs"},
    {"sqrt", "math.sqrt"},   {"log2", "math.log2"},       {"min", "builtins.min"},
    {"max", "builtins.max"}, {"select", "_select"},       {"pow2ceil", "_pow2ceil"},
};

/* A function under construction: its last part is written first, so that it is known which names
 * the first part must define. */
struct function {
    struct export_context *x;
    const struct bench_implementation *impl; /* NULL for _shapes */
    struct bench_str body;
    struct bench_str lets;
    struct bench_str expressions; /* all that were written, for the names in them */
    int rc;
};

static bool uses(const struct function *f, const char *name)
{
    return bench_python_uses(f->expressions.data, name);
}

/* Appends an expression in Python to `out`. */
static void add_expr(struct function *f, struct bench_str *out, const char *expression)
{
    char *python = NULL;
    if (f->rc == 0) {
        f->rc = bench_expr_to_python(expression, &python, f->x->err);
    }
    if (f->rc == 0) {
        bench_str_add(out, python);
        bench_str_addf(&f->expressions, "%s\n", python);
    }
    free(python);
}

static void add_call(struct function *f, const char *function, const char *expression)
{
    bench_str_addf(&f->body, "%s(", function);
    add_expr(f, &f->body, expression);
    bench_str_addc(&f->body, ')');
}

/* Lets that are used by what follows them, in order; later ones first, since they use earlier
 * ones. */
static void add_lets(struct function *f, const struct bench_named_expr *lets, size_t count)
{
    for (size_t i = count; i-- > 0;) {
        if (!uses(f, lets[i].name)) {
            continue;
        }
        struct bench_str line;
        bench_str_init(&line);
        bench_str_addf(&line, "    %s = ", lets[i].name);
        add_expr(f, &line, lets[i].expression);
        bench_str_addf(&line, "\n%s", f->lets.data);
        bench_str_fini(&f->lets);
        f->lets = line;
    }
}

static void add_dims(struct function *f, struct bench_str *out)
{
    const struct bench_operator *op = f->x->op;
    bool used = false;
    for (size_t i = 0; i < op->dim_count; i++) {
        used = used || uses(f, op->dims[i]);
    }
    bench_str_add(out, used && op->dim_count == 1 ? "    (" : "    ");
    for (size_t i = 0; used && i < op->dim_count; i++) {
        bench_str_addf(out, "%s%s", op->dims[i], i + 1 < op->dim_count ? ", " : "");
    }
    if (used) {
        bench_str_add(out, op->dim_count == 1 ? ",) = " : " = ");
    }
    bench_str_addf(out, "_dims(_shape, %zu, ", op->dim_count);
    if (op->star_dim >= 0) {
        bench_str_addf(out, "%d)\n", op->star_dim);
    } else {
        bench_str_add(out, "None)\n");
    }
}

static void add_bindings(struct function *f, struct bench_str *out)
{
    const struct bench_operator *op = f->x->op;
    if (uses(f, "size") || uses(f, "prod")) {
        bench_str_add(out, "    size, prod = _shape_functions(_shape)\n");
    }
    for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++) {
        if (uses(f, functions[i].name)) {
            bench_str_addf(out, "    %s = %s\n", functions[i].name, functions[i].python);
        }
    }
    if (uses(f, "ndim")) {
        bench_str_add(out, "    ndim = len(_shape)\n");
    }
    if (uses(f, "numel")) {
        bench_str_add(out, "    numel = _product(_shape)\n");
    }
    add_dims(f, out);
    for (size_t i = 0; i < op->param_count; i++) {
        for (size_t v = 0; v < op->params[i].value_count; v++) {
            if (uses(f, op->params[i].values[v])) {
                bench_str_addf(out, "    %s = %zu\n", op->params[i].values[v], v);
            }
        }
    }
}

static void add_signature(const struct function *f, struct bench_str *out)
{
    const struct bench_operator *op = f->x->op;
    bench_str_add(out, "def ");
    if (f->impl != NULL) {
        export_add_plan_name(out, f->impl);
    } else {
        bench_str_add(out, "_shapes");
    }
    bench_str_addf(out, "(_shape, sizeof_T%s", f->impl != NULL ? ", sm_count" : "");
    for (size_t i = 0; i < op->param_count; i++) {
        bench_str_addf(out, ", %s", op->params[i].name);
    }
    for (size_t i = 0; f->impl != NULL && i < f->impl->tunable_count; i++) {
        bench_str_addf(out, ", %s", f->impl->tunables[i].name);
    }
    bench_str_add(out, "):\n");
}

static void add_shapes_of(struct function *f, const struct bench_tensor_spec *tensors, size_t count)
{
    bench_str_add(&f->body, "{\n");
    for (size_t i = 0; i < count; i++) {
        const struct bench_tensor_spec *t = &tensors[i];
        bench_str_addf(&f->body, "        \"%s\": ", t->name);
        if (t->shape_is_case) {
            bench_str_add(&f->body, "_shape,\n");
            continue;
        }
        bench_str_addc(&f->body, '(');
        for (int d = 0; d < t->ndim; d++) {
            add_call(f, "_whole", t->shape[d]);
            bench_str_add(&f->body, d + 1 < t->ndim ? ", " : t->ndim == 1 ? "," : "");
        }
        bench_str_add(&f->body, "),\n");
    }
    bench_str_add(&f->body, "    }");
}

/* No shape has a 0 but for the dims that may be empty. */
static void add_needed_dims(struct function *f)
{
    const struct bench_operator *op = f->x->op;
    struct bench_str needed;
    bench_str_init(&needed);
    for (size_t i = 0; i < op->dim_count; i++) {
        if (!op->may_be_empty[i]) {
            bench_str_addf(&needed, "%s, ", op->dims[i]);
            bench_str_addf(&f->expressions, "%s\n", op->dims[i]);
        }
    }
    if (needed.len > 0) {
        bench_str_addf(&f->body, "    if 0 in (%.*s):\n", (int)needed.len - 1, needed.data);
        bench_str_add(&f->body, "        raise NotImplementedError(f\"empty shape {_shape}\")\n");
    }
    bench_str_fini(&needed);
}

static void add_shapes(struct function *f)
{
    const struct bench_operator *op = f->x->op;
    add_needed_dims(f);
    bench_str_add(&f->body, "    _inputs = ");
    add_shapes_of(f, op->inputs, op->input_count);
    bench_str_add(&f->body, "\n    _outputs = ");
    add_shapes_of(f, op->outputs, op->output_count);
    bench_str_add(&f->body, "\n    return _inputs, _outputs\n");
}

static void add_condition(struct function *f, const char *expression, const char *reason)
{
    bench_str_add(&f->body, "    if not (");
    add_expr(f, &f->body, expression);
    bench_str_add(&f->body, "):\n        raise NotImplementedError(");
    bench_python_add_string(&f->body, reason);
    bench_str_add(&f->body, ")\n");
}

static void add_extents(struct function *f, const char *const expressions[3])
{
    bench_str_add(&f->body, "                _extents(");
    for (int i = 0; i < 3; i++) {
        add_expr(f, &f->body, expressions[i]);
        bench_str_add(&f->body, i < 2 ? ", " : "),\n");
    }
}

static void add_args(struct function *f, const struct bench_launch_spec *launch)
{
    static const char *const scalars[] = {[BENCH_ARG_INT] = "_int32",
                                          [BENCH_ARG_INT64] = "_int64",
                                          [BENCH_ARG_FLOAT] = "_float32",
                                          [BENCH_ARG_DOUBLE] = "_float64"};
    bench_str_add(&f->body, "                [\n");
    for (size_t i = 0; i < launch->arg_count; i++) {
        const struct bench_arg_spec *arg = &launch->args[i];
        bench_str_add(&f->body, "                    ");
        if (arg->kind == BENCH_ARG_TENSOR) {
            bench_str_addf(&f->body, "\"%s\",\n", arg->text);
        } else {
            add_call(f, scalars[arg->kind], arg->text);
            bench_str_add(&f->body, ",\n");
        }
    }
    bench_str_add(&f->body, "                ],\n");
}

static void add_launches(struct function *f)
{
    bench_str_add(&f->body, "    return {\n        \"workspaces\": {");
    for (size_t i = 0; i < f->impl->workspace_count; i++) {
        bench_str_addf(&f->body, "%s\"%s\": ", i > 0 ? ", " : "", f->impl->workspaces[i].name);
        add_call(f, "_whole", f->impl->workspaces[i].expression);
    }
    bench_str_add(&f->body,
                  "},\n        \"launches\": [  # grid, block, shared bytes, arguments\n");
    for (size_t i = 0; i < f->impl->launch_count; i++) {
        const struct bench_launch_spec *launch = &f->impl->launches[i];
        bench_str_add(&f->body, "            (\n");
        add_extents(f, launch->grid);
        add_extents(f, launch->block);
        bench_str_add(&f->body, "                ");
        add_call(f, "_whole", launch->shared);
        bench_str_add(&f->body, ",\n");
        add_args(f, launch);
        bench_str_add(&f->body, "            ),\n");
    }
    bench_str_add(&f->body, "        ],\n    }\n");
}

static int add_function(struct export_context *x, const struct bench_implementation *impl,
                        struct bench_str *out)
{
    struct function f = {.x = x, .impl = impl};
    bench_str_init(&f.body);
    bench_str_init(&f.lets);
    bench_str_init(&f.expressions);
    if (impl == NULL) {
        add_shapes(&f);
    } else {
        for (size_t i = 0; i < impl->requirement_count; i++) {
            add_condition(&f, impl->requirements[i].name, impl->requirements[i].expression);
        }
        if (impl->where != NULL) {
            add_condition(&f, impl->where, "no variant suits this shape");
        }
        add_launches(&f);
        add_lets(&f, impl->lets, impl->let_count);
    }
    add_lets(&f, x->op->lets, x->op->let_count);
    add_signature(&f, out);
    add_bindings(&f, out);
    bench_str_add(out, f.lets.data);
    bench_str_add(out, f.body.data);
    bench_str_fini(&f.expressions);
    bench_str_fini(&f.lets);
    bench_str_fini(&f.body);
    return f.rc;
}

void export_add_plan_name(struct bench_str *out, const struct bench_implementation *impl)
{
    bench_str_add(out, "_plan_");
    for (const char *c = impl->name; *c != '\0'; c++) {
        bench_str_addc(out, *c == '-' ? '_' : *c);
    }
}

static int check_name(struct export_context *x, const char *name)
{
    if (name[0] != '_') {
        return BENCH_OK;
    }
    return bench_err_set(x->err, BENCH_EUNSUPPORTED,
                         "the name '%s' begins with '_', as the names of the exported module's own "
                         "variables do; rename it to export",
                         name);
}

static int check_names(struct export_context *x, const struct bench_named_expr *lets, size_t count)
{
    int rc = BENCH_OK;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = check_name(x, lets[i].name);
    }
    return rc;
}

static int check_all_names(struct export_context *x)
{
    const struct bench_operator *op = x->op;
    int rc = check_names(x, op->lets, op->let_count);
    for (size_t i = 0; rc == 0 && i < op->dim_count; i++) {
        rc = check_name(x, op->dims[i]);
    }
    for (size_t i = 0; rc == 0 && i < op->param_count; i++) {
        rc = check_name(x, op->params[i].name);
        for (size_t v = 0; rc == 0 && v < op->params[i].value_count; v++) {
            rc = check_name(x, op->params[i].values[v]);
        }
    }
    for (size_t i = 0; rc == 0 && i < x->impl_count; i++) {
        rc = check_names(x, x->impls[i]->lets, x->impls[i]->let_count);
        for (size_t t = 0; rc == 0 && t < x->impls[i]->tunable_count; t++) {
            rc = check_name(x, x->impls[i]->tunables[t].name);
        }
    }
    return rc;
}

int export_add_plans(struct export_context *x, struct bench_str *out)
{
    int rc = check_all_names(x);
    rc = rc == 0 ? add_function(x, NULL, out) : rc;
    for (size_t i = 0; rc == 0 && i < x->impl_count; i++) {
        bench_str_add(out, "\n\n");
        rc = add_function(x, x->impls[i], out);
    }
    return rc;
}
