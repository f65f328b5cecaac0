/* Inputs, outputs and fills of operator descriptions. */
#include <string.h>

#include "bench/spec/operator_reader.h"

struct fill_form {
    const char *name;
    enum bench_fill_kind kind;
    const char *a, *b; /* keys; NULL for a constant, which has no object */
};

static const struct fill_form fill_forms[] = {
    {"normal", BENCH_FILL_NORMAL, "mean", "std"},
    {"uniform", BENCH_FILL_UNIFORM, "low", "high"},
    {"integers", BENCH_FILL_INTEGERS, "low", "high"},
    {"constant", BENCH_FILL_CONSTANT, NULL, NULL},
    {"sequence", BENCH_FILL_SEQUENCE, "start", "step"},
};
#define FILL_FORM_COUNT (sizeof(fill_forms) / sizeof(fill_forms[0]))

static int read_fill_values(struct reader *r, const struct bench_json *v,
                            const struct fill_form *form, struct bench_fill *fill)
{
    fill->kind = form->kind;
    fill->b = "0";
    if (form->a == NULL) {
        return reader_expr(r, v, &fill->a);
    }
    const char *const keys[] = {form->a, form->b, NULL};
    int rc = bench_json_expect_keys(v, keys, r->err);
    rc = rc == 0 ? reader_member_expr(r, v, form->a, true, &fill->a) : rc;
    return rc == 0 ? reader_member_expr(r, v, form->b, true, &fill->b) : rc;
}

static int read_fill(struct reader *r, const struct bench_json *v, struct bench_fill *fill)
{
    const char *names[FILL_FORM_COUNT + 1] = {NULL};
    for (size_t i = 0; i < FILL_FORM_COUNT; ++i) {
        names[i] = fill_forms[i].name;
    }
    int rc = bench_json_expect_keys(v, names, r->err);
    if (rc != 0) {
        return rc;
    }
    if (bench_json_size(v) != 1) {
        return bench_json_error(v, r->err, "found %zu fills, expected exactly one of %s",
                                bench_json_size(v), reader_list(r, names, FILL_FORM_COUNT));
    }
    const struct bench_json *form = bench_json_first(v);
    for (size_t i = 0; i < FILL_FORM_COUNT; ++i) {
        if (strcmp(bench_json_key(form), names[i]) == 0) {
            return read_fill_values(r, form, &fill_forms[i], fill);
        }
    }
    return bench_json_error(form, r->err, "'%s' is no fill; expected one of %s",
                            bench_json_key(form), reader_list(r, names, FILL_FORM_COUNT));
}

static int read_shape(struct reader *r, const struct bench_json *v, struct bench_tensor_spec *t)
{
    if (bench_json_type(v) == BENCH_JSON_STRING && strcmp(bench_json_string(v), "case") == 0) {
        t->shape_is_case = true;
        return BENCH_OK;
    }
    if (bench_json_type(v) != BENCH_JSON_ARRAY) {
        return bench_json_error(
            v, r->err, "found %s%s%s%s, expected \"case\" or a list of expressions",
            bench_json_type_name(v), bench_json_type(v) == BENCH_JSON_STRING ? " '" : "",
            bench_json_type(v) == BENCH_JSON_STRING ? bench_json_string(v) : "",
            bench_json_type(v) == BENCH_JSON_STRING ? "'" : "");
    }
    if (bench_json_size(v) > BENCH_MAX_DIMS) {
        return bench_json_error(v, r->err, "a shape of %zu dimensions; at most %d are possible",
                                bench_json_size(v), BENCH_MAX_DIMS);
    }
    for (const struct bench_json *d = bench_json_first(v); d != NULL; d = bench_json_next(d)) {
        int rc = reader_expr(r, d, &t->shape[t->ndim++]);
        if (rc != 0) {
            return rc;
        }
    }
    return BENCH_OK;
}

static int read_tensor_dtype(struct reader *r, const struct bench_json *object,
                             struct bench_tensor_spec *t)
{
    const struct bench_json *v = bench_json_get(object, "dtype");
    t->dtype_is_case = v == NULL || (bench_json_type(v) == BENCH_JSON_STRING &&
                                     strcmp(bench_json_string(v), "T") == 0);
    return t->dtype_is_case ? BENCH_OK : reader_dtype(r, v, &t->dtype);
}

static int read_index_into(struct reader *r, const struct bench_json *object,
                           struct bench_tensor_spec *t)
{
    const struct bench_json *v = bench_json_get(object, "index_into");
    const char *name = NULL;
    int rc = reader_member_text(r, object, "index_into", false, &name);
    if (rc != 0 || v == NULL) {
        return rc;
    }
    if (t->dtype_is_case || t->dtype != BENCH_INT64) {
        return bench_json_error(v, r->err, "only an output of \"dtype\": \"int64\" has positions");
    }
    for (size_t i = 0; i < r->op->input_count; ++i) {
        if (strcmp(r->op->inputs[i].name, name) == 0) {
            t->index_into = &r->op->inputs[i];
            return BENCH_OK;
        }
    }
    return bench_json_error(v, r->err, "there is no input '%s' to have positions in", name);
}

static int read_tensor(struct reader *r, const struct bench_json *object, bool is_input,
                       struct bench_tensor_spec *t)
{
    static const char *const input_keys[] = {"name", "shape", "dtype", "fill", "description", NULL};
    static const char *const output_keys[] = {"name",        "shape",      "dtype",
                                              "description", "index_into", NULL};
    const char *description = NULL;
    int rc = bench_json_expect(object, BENCH_JSON_OBJECT, r->err);
    if (rc == 0 && !is_input && bench_json_get(object, "fill") != NULL) {
        return bench_json_error(bench_json_get(object, "fill"), r->err,
                                "only inputs have a 'fill'; outputs are written by the kernel");
    }
    rc = rc == 0 ? bench_json_expect_keys(object, is_input ? input_keys : output_keys, r->err) : rc;
    rc = rc == 0 ? reader_member_text(r, object, "name", true, &t->name) : rc;
    rc = rc == 0 ? reader_member_text(r, object, "description", false, &description) : rc;
    if (rc != 0) {
        return rc;
    }
    const struct bench_json *name = bench_json_get(object, "name");
    if (strcmp(t->name, "scale") == 0) {
        return bench_json_error(name, r->err,
                                "'scale' is the name of the oracle's second result; "
                                "choose another");
    }
    rc = reader_take_name(r, name, t->name, is_input ? "an input" : "an output");
    const struct bench_json *shape = bench_json_get(object, "shape");
    if (rc == 0 && shape == NULL) {
        return bench_json_error(object, r->err,
                                "the key 'shape' (\"case\" or a list of expressions) is missing");
    }
    rc = rc == 0 ? read_shape(r, shape, t) : rc;
    rc = rc == 0 ? read_tensor_dtype(r, object, t) : rc;
    if (rc != 0 || !is_input) {
        return rc != 0 ? rc : read_index_into(r, object, t);
    }
    const struct bench_json *fill = NULL;
    rc = bench_json_get_object(object, "fill", true, &fill, r->err);
    return rc == 0 ? read_fill(r, fill, &t->fill) : rc;
}

static int read_tensor_list(struct reader *r, const struct bench_json *list, bool is_input,
                            struct bench_tensor_spec **out, size_t *count)
{
    struct bench_tensor_spec *tensors =
        bench_arena_alloc(r->arena, (bench_json_size(list) + 1) * sizeof(*tensors));
    size_t n = 0;
    for (const struct bench_json *v = bench_json_first(list); v != NULL; v = bench_json_next(v)) {
        int rc = read_tensor(r, v, is_input, &tensors[n++]);
        if (rc != 0) {
            return rc;
        }
    }
    *out = tensors;
    *count = n;
    return BENCH_OK;
}

int reader_tensors(struct reader *r, const struct bench_json *root)
{
    const struct bench_json *inputs = NULL;
    const struct bench_json *outputs = NULL;
    int rc = bench_json_get_array(root, "inputs", true, &inputs, r->err);
    rc = rc == 0 ? read_tensor_list(r, inputs, true, &r->op->inputs, &r->op->input_count) : rc;
    rc = rc == 0 ? reader_filled_array(r, root, "outputs", &outputs) : rc;
    return rc == 0 ? read_tensor_list(r, outputs, false, &r->op->outputs, &r->op->output_count)
                   : rc;
}
