/* Cases: an operator bound to a shape, a dtype and params. */
#include <stdlib.h>
#include <string.h>

#include "bench/spec/plan.h"
#include "bench/util/hash.h"

/* Element counts are doubles in expressions: beyond 2^53 they would be rounded. */
#define MAX_COUNT ((int64_t)1 << 53)

static const char *shape_text(struct bench_arena *arena, const int64_t *shape, int ndim)
{
    struct bench_str s;
    bench_str_init(&s);
    bench_str_addc(&s, '[');
    for (int i = 0; i < ndim; ++i) {
        bench_str_addf(&s, "%s%lld", i > 0 ? ", " : "", (long long)shape[i]);
    }
    bench_str_addc(&s, ']');
    const char *text = bench_arena_strdup(arena, s.data);
    bench_str_fini(&s);
    return text;
}

/* a * b <= limit, for numbers of 0 and more */
static bool product_fits(int64_t a, int64_t b, int64_t limit)
{
    return b == 0 || a <= limit / b;
}

static int set_shape(struct bench_case *c, const int64_t *shape, int ndim, struct bench_err *err)
{
    if (ndim < 0 || ndim > BENCH_MAX_DIMS) {
        return bench_err_set(err, BENCH_EINPUT, "a shape of %d dimensions; at most %d are possible",
                             ndim, BENCH_MAX_DIMS);
    }
    c->ndim = ndim;
    c->numel = 1;
    for (int i = 0; i < ndim; ++i) {
        if (shape[i] < 0) {
            return bench_err_set(err, BENCH_EINPUT,
                                 "dimension %d of the shape is %lld, expected at least 0", i,
                                 (long long)shape[i]);
        }
        if (!product_fits(c->numel, shape[i], MAX_COUNT)) {
            return bench_err_set(err, BENCH_EINPUT, "the shape has more than 2^53 elements");
        }
        c->shape[i] = shape[i];
        c->numel *= shape[i];
    }
    c->empty = c->numel == 0;
    return BENCH_OK;
}

static const char *dims_text(struct bench_arena *arena, const struct bench_operator *op)
{
    struct bench_str s;
    bench_str_init(&s);
    for (size_t i = 0; i < op->dim_count; ++i) {
        bench_str_addf(&s, "%s%s%s", i > 0 ? ", " : "", op->dims[i],
                       (int)i == op->star_dim ? "*" : "");
    }
    const char *text = bench_arena_strdup(arena, s.data);
    bench_str_fini(&s);
    return text;
}

static int bind_dims(struct bench_case *c, struct bench_arena *arena, struct bench_err *err)
{
    const struct bench_operator *op = c->op;
    int names = (int)op->dim_count;
    if (op->star_dim < 0 ? c->ndim != names : c->ndim < names - 1) {
        return bench_err_set(err, BENCH_EINPUT,
                             "the shape has %d dimension%s, expected %s%d: %s is [%s]", c->ndim,
                             c->ndim == 1 ? "" : "s", op->star_dim < 0 ? "" : "at least ",
                             op->star_dim < 0 ? names : names - 1, op->name, dims_text(arena, op));
    }
    int at = 0;
    for (int i = 0; i < names; ++i) {
        int taken = i == op->star_dim ? c->ndim - (names - 1) : 1;
        int64_t product = 1;
        for (int k = 0; k < taken; ++k) {
            product *= c->shape[at++];
        }
        if (product == 0 && !op->may_be_empty[i]) {
            return bench_err_set(err, BENCH_EINPUT,
                                 "'%s' is 0; if the operator has an answer to that, name the dim "
                                 "in the description's \"empty\"",
                                 op->dims[i]);
        }
        bench_scope_set(c->scope, op->dims[i], (double)product);
    }
    return BENCH_OK;
}

static int param_value(const struct bench_param *p, const struct bench_json *v, double *out,
                       struct bench_err *err)
{
    int64_t integer;
    switch (p->type) {
    case BENCH_PARAM_INT:
        if (bench_json_type(v) != BENCH_JSON_NUMBER || !bench_json_is_int(v, &integer)) {
            return bench_json_error(v, err, "parameter '%s' is an integer", p->name);
        }
        *out = (double)integer;
        return BENCH_OK;
    case BENCH_PARAM_FLOAT:
        if (bench_json_type(v) != BENCH_JSON_NUMBER) {
            return bench_json_error(v, err, "parameter '%s' is a number, found %s", p->name,
                                    bench_json_type_name(v));
        }
        *out = bench_json_number(v);
        return BENCH_OK;
    case BENCH_PARAM_BOOL:
        if (bench_json_type(v) != BENCH_JSON_BOOL) {
            return bench_json_error(v, err, "parameter '%s' is true or false, found %s", p->name,
                                    bench_json_type_name(v));
        }
        *out = bench_json_bool(v) ? 1 : 0;
        return BENCH_OK;
    case BENCH_PARAM_ENUM:
        for (size_t i = 0; bench_json_type(v) == BENCH_JSON_STRING && i < p->value_count; ++i) {
            if (strcmp(p->values[i], bench_json_string(v)) == 0) {
                *out = (double)i;
                return BENCH_OK;
            }
        }
        break;
    }
    struct bench_str values;
    bench_str_init(&values);
    for (size_t i = 0; i < p->value_count; ++i) {
        bench_str_addf(&values, "%s\"%s\"", i > 0 ? ", " : "", p->values[i]);
    }
    int rc = bench_json_error(v, err, "parameter '%s' is one of %s", p->name, values.data);
    bench_str_fini(&values);
    return rc;
}

static int read_params(struct bench_case *c, const struct bench_json *params,
                       struct bench_arena *arena, struct bench_err *err)
{
    const struct bench_operator *op = c->op;
    const char **names = bench_arena_alloc(arena, (op->param_count + 1) * sizeof(*names));
    c->params = bench_arena_alloc(arena, (op->param_count + 1) * sizeof(*c->params));
    for (size_t i = 0; i < op->param_count; ++i) {
        names[i] = op->params[i].name;
        c->params[i] = op->params[i].default_value;
    }
    if (params == NULL) {
        return BENCH_OK;
    }
    int rc = bench_json_expect_keys(params, names, err);
    for (size_t i = 0; rc == 0 && i < op->param_count; ++i) {
        const struct bench_json *v = bench_json_get(params, names[i]);
        if (v != NULL) {
            rc = param_value(&op->params[i], v, &c->params[i], err);
        }
    }
    return rc;
}

static void bind_params(struct bench_case *c)
{
    for (size_t i = 0; i < c->op->param_count; ++i) {
        const struct bench_param *p = &c->op->params[i];
        for (size_t k = 0; k < p->value_count; ++k) {
            bench_scope_set(c->scope, p->values[k], (double)k);
        }
        bench_scope_set(c->scope, p->name, c->params[i]);
    }
}

static void write_params(struct bench_case *c, struct bench_arena *arena)
{
    struct bench_str s;
    struct bench_json_writer w;
    bench_str_init(&s);
    bench_json_writer_init(&w, &s, BENCH_JSON_COMPACT);
    bench_json_open_object(&w);
    for (size_t i = 0; i < c->op->param_count; ++i) {
        const struct bench_param *p = &c->op->params[i];
        bench_json_put_key(&w, p->name);
        if (p->type == BENCH_PARAM_ENUM) {
            bench_json_put_string(&w, p->values[(size_t)c->params[i]]);
        } else if (p->type == BENCH_PARAM_BOOL) {
            bench_json_put_bool(&w, c->params[i] != 0);
        } else if (p->type == BENCH_PARAM_INT) {
            bench_json_put_int(&w, (int64_t)c->params[i]);
        } else {
            bench_json_put_double(&w, c->params[i]);
        }
    }
    bench_json_close_object(&w);
    c->params_json = bench_arena_strdup(arena, s.data);
    bench_str_fini(&s);
}

static void write_label(struct bench_case *c, struct bench_arena *arena)
{
    struct bench_str s;
    bench_str_init(&s);
    bench_str_addf(&s, "%s %s %s", c->op->name, bench_dtype_name(c->dtype),
                   shape_text(arena, c->shape, c->ndim));
    for (size_t i = 0; i < c->op->param_count; ++i) {
        const struct bench_param *p = &c->op->params[i];
        if (p->type == BENCH_PARAM_ENUM) {
            bench_str_addf(&s, " %s=%s", p->name, p->values[(size_t)c->params[i]]);
        } else if (p->type == BENCH_PARAM_BOOL) {
            bench_str_addf(&s, " %s=%s", p->name, c->params[i] != 0 ? "true" : "false");
        } else {
            bench_str_addf(&s, " %s=%.15g", p->name, c->params[i]);
        }
    }
    c->label = bench_arena_strdup(arena, s.data);
    bench_str_fini(&s);
}

static void set_key(struct bench_case *c)
{
    struct bench_hash *h = bench_hash_new();
    bench_hash_add_str(h, c->op->name);
    bench_hash_add_str(h, bench_dtype_name(c->dtype));
    bench_hash_add(h, c->shape, (size_t)c->ndim * sizeof(c->shape[0]));
    bench_hash_add_str(h, c->params_json);
    bench_hash_hex(h, c->key);
    bench_hash_free(h);
}

static int bind_lets(struct bench_case *c, struct bench_err *err)
{
    for (size_t i = 0; i < c->op->let_count; ++i) {
        const struct bench_named_expr *let = &c->op->lets[i];
        double value;
        int rc = bench_expr_eval(let->expression, c->scope, &value, err);
        if (rc != 0) {
            return bench_err_prefix(err, "let '%s': ", let->name);
        }
        bench_scope_set(c->scope, let->name, value);
    }
    return BENCH_OK;
}

/* The values that a fill gives a tensor of numbers are all zeros. */
static bool fills_with_zeros(const struct bench_tensor *t)
{
    /* mean and standard deviation, low and high, start and step; a constant has only the first */
    return t->fill_a == 0 && (t->fill == BENCH_FILL_CONSTANT || t->fill_b == 0);
}

/* Integers may be zeros (an index, a mask); numbers to compute with may not. */
static int check_not_zeros(const struct bench_tensor *t, struct bench_err *err)
{
    if (!bench_dtype_is_float(t->dtype) || !fills_with_zeros(t)) {
        return BENCH_OK;
    }
    return bench_err_set(err, BENCH_EINPUT,
                         "fill: every element would be 0; zeros switch few transistors and can be "
                         "compressed in memory, so a kernel would look faster than it is: choose "
                         "other values, for example {\"normal\": {\"mean\": 0, \"std\": 1}}");
}

static int plan_fill(const struct bench_case *c, const struct bench_fill *fill,
                     struct bench_tensor *t, struct bench_err *err)
{
    t->fill = fill->kind;
    int rc = bench_expr_eval(fill->a, c->scope, &t->fill_a, err);
    rc = rc == 0 ? bench_expr_eval(fill->b, c->scope, &t->fill_b, err) : rc;
    if (rc != 0) {
        return bench_err_prefix(err, "fill: ");
    }
    if (t->numel == 0) {
        return BENCH_OK; /* there is nothing to fill: an index into nothing needs no numbers */
    }
    if (fill->kind == BENCH_FILL_INTEGERS && !(t->fill_a < t->fill_b)) {
        return bench_err_set(err, BENCH_EINPUT,
                             "fill: no integer is at least %.15g and less than %.15g", t->fill_a,
                             t->fill_b);
    }
    if (fill->kind == BENCH_FILL_UNIFORM && !(t->fill_a <= t->fill_b)) {
        return bench_err_set(err, BENCH_EINPUT, "fill: low %.15g is above high %.15g", t->fill_a,
                             t->fill_b);
    }
    if (fill->kind == BENCH_FILL_NORMAL && !(t->fill_b >= 0)) {
        return bench_err_set(err, BENCH_EINPUT, "fill: the standard deviation %.15g is negative",
                             t->fill_b);
    }
    return check_not_zeros(t, err);
}

static int plan_tensor(const struct bench_case *c, const struct bench_tensor_spec *spec,
                       struct bench_tensor *t, struct bench_err *err)
{
    t->name = spec->name;
    t->dtype = spec->dtype_is_case ? c->dtype : spec->dtype;
    t->ndim = spec->shape_is_case ? c->ndim : spec->ndim;
    t->numel = 1;
    for (int i = 0; i < t->ndim; ++i) {
        if (spec->shape_is_case) {
            t->shape[i] = c->shape[i];
        } else {
            int64_t least = c->empty ? 0 : 1;
            int rc =
                bench_expr_eval_int(spec->shape[i], c->scope, least, MAX_COUNT, &t->shape[i], err);
            if (rc != 0) {
                return bench_err_prefix(err, "dimension %d: ", i);
            }
        }
        if (!product_fits(t->numel, t->shape[i], MAX_COUNT)) {
            return bench_err_set(err, BENCH_EINPUT, "more than 2^53 elements");
        }
        t->numel *= t->shape[i];
    }
    t->bytes = (size_t)t->numel * bench_dtype_bytes(t->dtype);
    return BENCH_OK;
}

/* Numbers of all dimensions but the last. */
static int64_t rows_of(const struct bench_tensor *t)
{
    int64_t rows = 1;
    for (int i = 0; i + 1 < t->ndim; ++i) {
        rows *= t->shape[i];
    }
    return rows;
}

/* Positions are in as many rows as the input has. */
static int check_positions(const struct bench_tensor *t, const struct bench_tensor *into,
                           struct bench_err *err)
{
    if (t->ndim == 0 || into->ndim == 0 || rows_of(t) != rows_of(into)) {
        return bench_err_set(err, BENCH_EINPUT,
                             "index_into: it has not as many rows as the input '%s'", into->name);
    }
    return BENCH_OK;
}

static int plan_tensors(struct bench_case *c, struct bench_arena *arena, struct bench_err *err)
{
    const struct bench_operator *op = c->op;
    c->inputs = bench_arena_alloc(arena, (op->input_count + 1) * sizeof(*c->inputs));
    c->outputs = bench_arena_alloc(arena, (op->output_count + 1) * sizeof(*c->outputs));
    for (size_t i = 0; i < op->input_count; ++i) {
        int rc = plan_tensor(c, &op->inputs[i], &c->inputs[i], err);
        rc = rc == 0 ? plan_fill(c, &op->inputs[i].fill, &c->inputs[i], err) : rc;
        if (rc != 0) {
            return bench_err_prefix(err, "input '%s': ", op->inputs[i].name);
        }
    }
    for (size_t i = 0; i < op->output_count; ++i) {
        const struct bench_tensor_spec *into = op->outputs[i].index_into;
        int rc = plan_tensor(c, &op->outputs[i], &c->outputs[i], err);
        rc = rc == 0 && into != NULL
                 ? check_positions(&c->outputs[i], &c->inputs[into - op->inputs], err)
                 : rc;
        if (rc != 0) {
            return bench_err_prefix(err, "output '%s': ", op->outputs[i].name);
        }
    }
    return BENCH_OK;
}

static bool writes_nothing(const struct bench_case *c)
{
    for (size_t i = 0; i < c->op->output_count; ++i) {
        if (c->outputs[i].numel > 0) {
            return false;
        }
    }
    return true;
}

static int plan_cost(const char *what, const char *expression, const struct bench_case *c,
                     double *out, struct bench_err *err)
{
    int rc = bench_expr_eval(expression, c->scope, out, err);
    if (rc == 0 && *out < 0) {
        rc =
            bench_err_set(err, BENCH_EINPUT, "expression '%s' is %.15g, below 0", expression, *out);
    }
    return rc == 0 ? BENCH_OK : bench_err_prefix(err, "%s: ", what);
}

static int plan(struct bench_case *c, const int64_t *shape, int ndim, struct bench_arena *arena,
                struct bench_err *err)
{
    int rc = set_shape(c, shape, ndim, err);
    if (rc != 0) {
        return rc;
    }
    bench_scope_set(c->scope, "numel", (double)c->numel);
    bench_scope_set(c->scope, "ndim", (double)c->ndim);
    bench_scope_set(c->scope, "sizeof_T", (double)bench_dtype_bytes(c->dtype));
    bench_scope_set_shape(c->scope, c->shape, c->ndim);
    rc = bind_dims(c, arena, err);
    if (rc != 0) {
        return rc;
    }
    bind_params(c);
    rc = bind_lets(c, err);
    rc = rc == 0 ? plan_tensors(c, arena, err) : rc;
    c->writes_nothing = rc == 0 && c->empty && writes_nothing(c);
    if (rc != 0 || c->empty) {
        return rc; /* an empty case is not timed: what it costs is nobody's question */
    }
    rc = rc == 0 ? plan_cost("bytes", c->op->bytes, c, &c->bytes, err) : rc;
    return rc == 0 ? plan_cost("flops", c->op->flops, c, &c->flops, err) : rc;
}

int bench_case_plan(const struct bench_operator *op, enum bench_dtype dtype, const int64_t *shape,
                    int ndim, const struct bench_json *params, struct bench_arena *arena,
                    struct bench_case *out, struct bench_err *err)
{
    struct bench_case c = {.op = op, .dtype = dtype};
    if (!op->dtypes[dtype]) {
        return bench_err_set(err, BENCH_EINPUT, "%s: no dtype '%s' in its description %s", op->name,
                             bench_dtype_name(dtype), op->file);
    }
    int rc = read_params(&c, params, arena, err);
    if (rc != 0) {
        return rc; /* the message begins with the place in the JSON */
    }
    c.scope = bench_scope_new();
    rc = plan(&c, shape, ndim, arena, err);
    if (rc != 0) {
        bench_case_fini(&c);
        return bench_err_prefix(err, "%s %s %s: ", op->name, bench_dtype_name(dtype),
                                shape_text(arena, shape, ndim > 0 ? ndim : 0));
    }
    write_params(&c, arena);
    write_label(&c, arena);
    set_key(&c);
    *out = c;
    return BENCH_OK;
}

void bench_case_fini(struct bench_case *c)
{
    bench_scope_free(c->scope);
    c->scope = NULL;
}
