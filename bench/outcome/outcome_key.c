/* What tells a case from others, and how it is written for people. */
#include <string.h>

#include "bench/outcome/outcome_impl.h"
#include "bench/perf/torch_dtype.h"
#include "bench/util/hash.h"
#include "bench/util/str.h"
#include "selector/names.h"

void bench_outcome_key_of(const struct bench_outcome_identity *id, char key[BENCH_OUTCOME_KEY])
{
    struct bench_hash *h = bench_hash_new();
    bench_hash_add_str(h, id->op_name);
    bench_hash_add_str(h, id->dtype);
    bench_hash_add(h, id->shape, id->ndim * sizeof *id->shape);
    bench_hash_add_str(h, id->params);
    bench_hash_hex(h, key);
    bench_hash_free(h);
}

int bench_outcome_key(const char *op_name, const char *dtype, const int64_t *shape, size_t ndim,
                      const struct bench_json *params, char key[BENCH_OUTCOME_KEY],
                      struct bench_err *err)
{
    struct bench_outcome_identity id = {.shape = shape, .ndim = ndim};
    id.op_name = bench_operator_normalise(op_name);
    id.dtype = bench_dtype_normalise(dtype);
    if (id.op_name == NULL)
        return bench_err_set(err, BENCH_EINPUT,
                             "'%s' is no operator name (letters, digits and underscores, with '.' "
                             "or '::' between parts)",
                             op_name);
    if (id.dtype == NULL)
        return bench_err_set(err, BENCH_EINPUT, "found the dtype '%s', expected one of %s", dtype,
                             bench_dtype_known_names());
    struct bench_arena *arena = bench_arena_new();
    id.params = bench_params_normalise(arena, params);
    bench_outcome_key_of(&id, key);
    bench_arena_free(arena);
    return BENCH_OK;
}

/* {"a":1,"b":"x"} as "a=1 b=x"; false if the text is no object. */
static bool add_members(struct bench_str *out, const char *params)
{
    struct bench_json_doc *doc = NULL;
    if (params[0] != '{' || bench_json_parse("params", params, strlen(params), &doc, NULL) != 0)
        return false;
    const struct bench_json *root = bench_json_root(doc);
    for (const struct bench_json *m = bench_json_first(root); m; m = bench_json_next(m)) {
        bench_str_addf(out, " %s=", bench_json_key(m));
        if (bench_json_type(m) == BENCH_JSON_STRING) {
            bench_str_add(out, bench_json_string(m));
        } else {
            struct bench_json_writer w;
            bench_json_writer_init(&w, out, BENCH_JSON_COMPACT);
            bench_json_put_value(&w, m);
        }
    }
    bench_json_free(doc);
    return true;
}

const char *bench_outcome_label(struct bench_arena *arena, const struct bench_outcome_identity *id)
{
    struct bench_str text;
    bench_str_init(&text);
    bench_str_addf(&text, "%s [", id->dtype);
    for (size_t i = 0; i < id->ndim; i++)
        bench_str_addf(&text, "%s%lld", i ? ", " : "", (long long)id->shape[i]);
    bench_str_addc(&text, ']');
    if (id->params[0] != '\0' && !add_members(&text, id->params))
        bench_str_addf(&text, " %s", id->params);
    const char *label = bench_arena_strdup(arena, text.data);
    bench_str_fini(&text);
    return label;
}

static int read_shape(const struct bench_json *line, struct bench_arena *arena,
                      struct bench_outcome_identity *id, struct bench_err *err)
{
    const struct bench_json *shape = NULL;
    int rc = bench_json_get_array(line, "shape", true, &shape, err);
    if (rc != BENCH_OK)
        return rc;
    int64_t *dims = bench_arena_alloc(arena, (bench_json_size(shape) + 1) * sizeof *dims);
    for (const struct bench_json *v = bench_json_first(shape); v; v = bench_json_next(v)) {
        if ((rc = bench_json_expect(v, BENCH_JSON_NUMBER, err)) != BENCH_OK)
            return rc;
        if (!bench_json_is_int(v, &dims[id->ndim]) || dims[id->ndim] < 0)
            return bench_json_error(v, err, "found %.17g, expected a dimension (0 or more)",
                                    bench_json_number(v));
        id->ndim++;
    }
    id->shape = dims;
    return BENCH_OK;
}

int bench_outcome_read_identity(const struct bench_json *line, struct bench_arena *arena,
                                struct bench_outcome_identity *id, struct bench_err *err)
{
    const struct bench_json *params = NULL;
    const char *name = NULL, *dtype = NULL;
    int rc;
    *id = (struct bench_outcome_identity){0};
    if ((rc = bench_json_get_string(line, "operator", true, &name, err)) != 0 ||
        (rc = bench_json_get_string(line, "dtype", true, &dtype, err)) != 0 ||
        (rc = bench_outcome_object(line, "params", &params, err)) != 0 ||
        (rc = read_shape(line, arena, id, err)) != 0)
        return rc;
    id->op_name = bench_operator_normalise(name);
    id->dtype = bench_dtype_normalise(dtype);
    id->params = bench_params_normalise(arena, params);
    if (id->op_name == NULL)
        return bench_json_error(bench_json_get(line, "operator"), err, "'%s' is no operator name",
                                name);
    if (id->dtype == NULL)
        return bench_json_error(bench_json_get(line, "dtype"), err,
                                "found '%s', expected one of %s", dtype, bench_dtype_known_names());
    return BENCH_OK;
}
