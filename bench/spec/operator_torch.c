/* The `torch` section of operator descriptions. Its values are Python, which only Python can check:
 * `bench export` does. Here keys, types and names of tensors and parameters are checked. */
#include <string.h>

#include "bench/spec/operator_reader.h"

/* {"name": "python", ...}; `known` NULL: keys are free texts. */
static int read_texts(struct reader *r, const struct bench_json *torch, const char *key,
                      const char *what, const char *const *known, size_t known_count,
                      struct bench_named_expr **out, size_t *count)
{
    const struct bench_json *object = NULL;
    int rc = bench_json_get_object(torch, key, false, &object, r->err);
    if (rc != 0 || object == NULL) {
        return rc;
    }
    *out = bench_arena_alloc(r->arena, (bench_json_size(object) + 1) * sizeof(**out));
    for (const struct bench_json *v = bench_json_first(object); v != NULL; v = bench_json_next(v)) {
        const char *name = bench_json_key(v);
        bool found = known == NULL;
        for (size_t i = 0; !found && i < known_count; ++i) {
            found = strcmp(known[i], name) == 0;
        }
        if (!found) {
            return bench_json_error(v, r->err, "'%s' is no %s of this operator; it has %s", name,
                                    what, reader_list(r, known, known_count));
        }
        if (bench_json_get(object, name) != v) {
            return bench_json_error(v, r->err, "the key '%s' is there twice; remove one", name);
        }
        rc = reader_text(r, v, &(*out)[*count].expression);
        if (rc != 0) {
            return rc;
        }
        (*out)[(*count)++].name = bench_arena_strdup(r->arena, name);
    }
    return BENCH_OK;
}

static const char **tensor_names(struct reader *r, const struct bench_tensor_spec *tensors,
                                 size_t count)
{
    const char **names = bench_arena_alloc(r->arena, (count + 1) * sizeof(*names));
    for (size_t i = 0; i < count; ++i) {
        names[i] = tensors[i].name;
    }
    return names;
}

static int check_all_inputs(struct reader *r, const struct bench_json *object)
{
    const struct bench_json *tensors = bench_json_get(object, "tensors");
    for (size_t i = 0; i < r->op->input_count; ++i) {
        if (tensors == NULL || bench_json_get(tensors, r->op->inputs[i].name) == NULL) {
            return bench_json_error(tensors != NULL ? tensors : object, r->err,
                                    "'tensors' does not say which Python value the input '%s' is",
                                    r->op->inputs[i].name);
        }
    }
    return BENCH_OK;
}

static int read_maps(struct reader *r, const struct bench_json *object, struct bench_torch_spec *t)
{
    struct bench_operator *op = r->op;
    const char **params = bench_arena_alloc(r->arena, (op->param_count + 1) * sizeof(*params));
    for (size_t i = 0; i < op->param_count; ++i) {
        params[i] = op->params[i].name;
    }
    int rc = read_texts(r, object, "tensors", "input", tensor_names(r, op->inputs, op->input_count),
                        op->input_count, &t->tensors, &t->tensor_count);
    rc = rc == 0 ? check_all_inputs(r, object) : rc;
    rc = rc == 0 ? read_texts(r, object, "params", "parameter", params, op->param_count, &t->params,
                              &t->param_count)
                 : rc;
    rc = rc == 0 ? read_texts(r, object, "requires", "condition", NULL, 0, &t->requirements,
                              &t->requirement_count)
                 : rc;
    return rc == 0 ? read_texts(r, object, "output_shapes", "output",
                                tensor_names(r, op->outputs, op->output_count), op->output_count,
                                &t->output_shapes, &t->output_shape_count)
                   : rc;
}

int reader_torch(struct reader *r, const struct bench_json *object)
{
    static const char *const keys[] = {"signature",    "tensors",   "case_shape", "params",
                                       "requires",     "reference", "result",     "output_shapes",
                                       "example_call", NULL};
    struct bench_torch_spec *t = bench_arena_alloc(r->arena, sizeof(*t));
    int rc = bench_json_expect_keys(object, keys, r->err);
    rc = rc == 0 ? reader_member_text(r, object, "signature", true, &t->signature) : rc;
    rc = rc == 0 ? reader_member_text(r, object, "case_shape", true, &t->case_shape) : rc;
    rc = rc == 0 ? reader_member_text(r, object, "reference", true, &t->reference) : rc;
    rc = rc == 0 ? reader_member_text(r, object, "result", false, &t->result) : rc;
    rc = rc == 0 ? reader_member_text(r, object, "example_call", false, &t->example_call) : rc;
    rc = rc == 0 ? read_maps(r, object, t) : rc;
    r->op->torch = t;
    return rc;
}
