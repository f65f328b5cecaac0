/* Implementations and oracles of operator descriptions. */
#include <stdlib.h>
#include <string.h>

#include "bench/spec/operator_reader.h"
#include "bench/util/file.h"

/* More variants than this of one implementation would take longer to compile than anybody waits. */
#define MAX_VARIANTS 1024

static const char *const device_names[] = {"cuda", "cpu", "null", NULL};

static int read_name(struct reader *r, const struct bench_json *object,
                     struct bench_implementation *impl)
{
    int rc = reader_member_text(r, object, "name", true, &impl->name);
    if (rc != 0) {
        return rc;
    }
    const struct bench_json *v = bench_json_get(object, "name");
    static const char *const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789_-";
    if (impl->name[strspn(impl->name, allowed)] != '\0') {
        return bench_json_error(v, r->err,
                                "'%s' cannot be the name of an implementation: letters, digits, "
                                "'_' and '-' only",
                                impl->name);
    }
    if (strcmp(impl->name, "oracle") == 0) {
        return bench_json_error(v, r->err,
                                "'oracle' cannot be the name of an implementation: the exact "
                                "answer is described under the key 'oracle'");
    }
    const struct bench_implementation *other = bench_operator_find(r->op, impl->name);
    return other != NULL
               ? bench_json_error(v, r->err, "two implementations have the name '%s'", impl->name)
               : BENCH_OK;
}

static int read_strings(struct reader *r, const struct bench_json *object, const char *key,
                        const char ***out, size_t *count)
{
    const struct bench_json *list = NULL;
    int rc = bench_json_get_array(object, key, false, &list, r->err);
    if (rc != 0 || list == NULL) {
        return rc;
    }
    *out = bench_arena_alloc(r->arena, (bench_json_size(list) + 1) * sizeof(**out));
    for (const struct bench_json *v = bench_json_first(list); v != NULL; v = bench_json_next(v)) {
        rc = reader_text(r, v, &(*out)[(*count)++]);
        if (rc != 0) {
            return rc;
        }
    }
    return BENCH_OK;
}

/* `devices` and `dtypes`, which limit where an implementation can be used. */
static int read_limits(struct reader *r, const struct bench_json *object,
                       struct bench_implementation *impl)
{
    int rc = BENCH_OK;
    const struct bench_json *devices = bench_json_get(object, "devices");
    if (devices != NULL) {
        rc = reader_filled_array(r, object, "devices", &devices);
        rc = rc == 0 ? read_strings(r, object, "devices", &impl->devices, &impl->device_count) : rc;
        for (size_t i = 0; rc == 0 && i < impl->device_count; ++i) {
            size_t index;
            rc = reader_word(r, bench_json_at(devices, i), "kind of device", device_names, &index);
        }
    }
    const struct bench_json *dtypes = bench_json_get(object, "dtypes");
    if (rc != 0 || dtypes == NULL) {
        return rc;
    }
    bool flags[BENCH_DTYPE_COUNT] = {false};
    rc = reader_filled_array(r, object, "dtypes", &dtypes);
    rc = rc == 0 ? reader_dtypes(r, dtypes, flags) : rc;
    impl->dtypes = bench_arena_alloc(r->arena, BENCH_DTYPE_COUNT * sizeof(*impl->dtypes));
    for (int t = 0; rc == 0 && t < BENCH_DTYPE_COUNT; ++t) {
        if (flags[t] && !r->op->dtypes[t]) {
            return bench_json_error(dtypes, r->err,
                                    "the operator itself does not have the dtype "
                                    "'%s'",
                                    bench_dtype_name((enum bench_dtype)t));
        }
        if (flags[t]) {
            impl->dtypes[impl->dtype_count++] = (enum bench_dtype)t;
        }
    }
    return rc;
}

static int read_requirements(struct reader *r, const struct bench_json *object,
                             struct bench_implementation *impl)
{
    const struct bench_json *map = NULL;
    int rc = bench_json_get_object(object, "requires", false, &map, r->err);
    if (rc != 0 || map == NULL) {
        return rc;
    }
    impl->requirements =
        bench_arena_alloc(r->arena, (bench_json_size(map) + 1) * sizeof(*impl->requirements));
    for (const struct bench_json *v = bench_json_first(map); v != NULL; v = bench_json_next(v)) {
        struct bench_named_expr *requirement = &impl->requirements[impl->requirement_count++];
        struct bench_err inner;
        if (bench_expr_check(bench_json_key(v), r->scope, &inner) != 0) {
            return bench_json_error(v, r->err, "%s", inner.message);
        }
        if (bench_json_get(map, bench_json_key(v)) != v) {
            return bench_json_error(v, r->err, "the key '%s' is there twice; remove one",
                                    bench_json_key(v));
        }
        requirement->name = bench_arena_strdup(r->arena, bench_json_key(v));
        rc = reader_text(r, v, &requirement->expression);
        if (rc != 0) {
            return rc;
        }
    }
    return BENCH_OK;
}

static int read_tunable(struct reader *r, const struct bench_json *list, struct bench_tunable *t)
{
    t->name = bench_arena_strdup(r->arena, bench_json_key(list));
    if (strncmp(t->name, "BENCH_", 6) == 0) {
        return bench_json_error(list, r->err, "'%s': names that begin with BENCH_ are ours",
                                t->name);
    }
    int rc = reader_take_number(r, list, t->name, "a tunable");
    rc = rc == 0 ? bench_json_expect(list, BENCH_JSON_ARRAY, r->err) : rc;
    if (rc == 0 && bench_json_size(list) == 0) {
        return bench_json_error(list, r->err, "an empty list, expected the values to try");
    }
    if (rc != 0) {
        return rc;
    }
    int64_t *values = bench_arena_alloc(r->arena, bench_json_size(list) * sizeof(*values));
    for (const struct bench_json *v = bench_json_first(list); v != NULL; v = bench_json_next(v)) {
        int64_t value;
        rc = bench_json_expect(v, BENCH_JSON_NUMBER, r->err);
        if (rc != 0) {
            return rc;
        }
        if (!bench_json_is_int(v, &value)) {
            return bench_json_error(v, r->err, "found %.17g, expected an integer",
                                    bench_json_number(v));
        }
        for (size_t i = 0; i < t->value_count; ++i) {
            if (values[i] == value) {
                return bench_json_error(v, r->err, "%lld is there twice; remove one",
                                        (long long)value);
            }
        }
        values[t->value_count++] = value;
    }
    t->values = values;
    return BENCH_OK;
}

static int read_tune(struct reader *r, const struct bench_json *object,
                     struct bench_implementation *impl)
{
    const struct bench_json *map = NULL;
    int rc = bench_json_get_object(object, "tune", false, &map, r->err);
    if (rc != 0 || map == NULL) {
        return rc;
    }
    size_t variants = 1;
    impl->tunables =
        bench_arena_alloc(r->arena, (bench_json_size(map) + 1) * sizeof(*impl->tunables));
    for (const struct bench_json *v = bench_json_first(map); v != NULL; v = bench_json_next(v)) {
        struct bench_tunable *t = &impl->tunables[impl->tunable_count++];
        rc = read_tunable(r, v, t);
        if (rc != 0) {
            return rc;
        }
        variants *= t->value_count;
        if (variants > MAX_VARIANTS) {
            return bench_json_error(map, r->err, "more than %d combinations; give fewer values",
                                    MAX_VARIANTS);
        }
    }
    return BENCH_OK;
}

static int read_workspaces(struct reader *r, const struct bench_json *object,
                           struct bench_implementation *impl)
{
    static const char *const keys[] = {"name", "bytes", NULL};
    const struct bench_json *list = NULL;
    int rc = bench_json_get_array(object, "workspace", false, &list, r->err);
    if (rc != 0 || list == NULL) {
        return rc;
    }
    impl->workspaces =
        bench_arena_alloc(r->arena, (bench_json_size(list) + 1) * sizeof(*impl->workspaces));
    for (const struct bench_json *v = bench_json_first(list); v != NULL; v = bench_json_next(v)) {
        struct bench_named_expr *w = &impl->workspaces[impl->workspace_count++];
        rc = bench_json_expect_keys(v, keys, r->err);
        rc = rc == 0 ? reader_member_text(r, v, "name", true, &w->name) : rc;
        rc = rc == 0 ? reader_member_expr(r, v, "bytes", true, &w->expression) : rc;
        if (rc == 0 && strcmp(w->name, "scale") == 0) {
            return bench_json_error(v, r->err,
                                    "'scale' is the name of the oracle's second result; "
                                    "choose another");
        }
        rc = rc == 0 ? reader_take_name(r, bench_json_get(v, "name"), w->name, "a workspace") : rc;
        if (rc != 0) {
            return rc;
        }
    }
    return BENCH_OK;
}

/* The names that an argument may have. */
static const char **pointer_names(struct reader *r, const struct bench_implementation *impl,
                                  size_t *count)
{
    const struct bench_operator *op = r->op;
    size_t n = 0;
    const char **names = bench_arena_alloc(
        r->arena,
        (op->input_count + op->output_count + impl->workspace_count + 1) * sizeof(*names));
    for (size_t i = 0; i < op->input_count; ++i) {
        names[n++] = op->inputs[i].name;
    }
    for (size_t i = 0; i < op->output_count; ++i) {
        names[n++] = op->outputs[i].name;
    }
    for (size_t i = 0; i < impl->workspace_count; ++i) {
        names[n++] = impl->workspaces[i].name;
    }
    if (impl->has_scale) {
        names[n++] = "scale";
    }
    *count = n;
    return names;
}

static int read_pointer(struct reader *r, const struct bench_json *v,
                        const struct bench_implementation *impl, struct bench_arg_spec *arg)
{
    size_t count;
    const char **names = pointer_names(r, impl, &count);
    arg->kind = BENCH_ARG_TENSOR;
    int rc = reader_text(r, v, &arg->text);
    for (size_t i = 0; rc == 0 && i < count; ++i) {
        if (strcmp(names[i], arg->text) == 0) {
            return BENCH_OK;
        }
    }
    if (rc != 0) {
        return rc;
    }
    if (impl->is_oracle && strcmp(arg->text, "scale") == 0) {
        return bench_json_error(v, r->err,
                                "an oracle with a 'scale' argument also says "
                                "\"scale\": true");
    }
    const char *near = bench_str_nearest(arg->text, names, count);
    return bench_json_error(v, r->err,
                            "no input, output or workspace has the name '%s'%s%s%s; there are %s "
                            "(a number is written {\"int\": \"...\"})",
                            arg->text, near != NULL ? ", did you mean '" : "",
                            near != NULL ? near : "", near != NULL ? "'?" : "",
                            reader_list(r, names, count));
}

static int read_arg(struct reader *r, const struct bench_json *v,
                    const struct bench_implementation *impl, struct bench_arg_spec *arg)
{
    static const char *const keys[] = {"int", "int64", "float", "double", NULL};
    static const enum bench_arg_kind kinds[] = {BENCH_ARG_INT, BENCH_ARG_INT64, BENCH_ARG_FLOAT,
                                                BENCH_ARG_DOUBLE};
    if (bench_json_type(v) == BENCH_JSON_STRING) {
        return read_pointer(r, v, impl, arg);
    }
    if (bench_json_type(v) != BENCH_JSON_OBJECT) {
        return bench_json_error(v, r->err,
                                "found %s, expected the name of a tensor or a typed number such as "
                                "{\"int\": \"cols\"}",
                                bench_json_type_name(v));
    }
    int rc = bench_json_expect_keys(v, keys, r->err);
    if (rc == 0 && bench_json_size(v) != 1) {
        return bench_json_error(v, r->err, "found %zu keys, expected exactly one of %s",
                                bench_json_size(v), reader_list(r, keys, 4));
    }
    for (size_t i = 0; rc == 0 && keys[i] != NULL; ++i) {
        if (bench_json_get(v, keys[i]) != NULL) {
            arg->kind = kinds[i];
            return reader_expr(r, bench_json_get(v, keys[i]), &arg->text);
        }
    }
    return rc != 0 ? rc
                   : bench_json_error(v, r->err, "expected one of %s", reader_list(r, keys, 4));
}

static int read_extents(struct reader *r, const struct bench_json *object, const char *key,
                        const char **out)
{
    const struct bench_json *list = NULL;
    int rc = bench_json_get_array(object, key, true, &list, r->err);
    if (rc == 0 && (bench_json_size(list) < 1 || bench_json_size(list) > 3)) {
        return bench_json_error(list, r->err, "a list of %zu, expected one to three expressions",
                                bench_json_size(list));
    }
    for (size_t i = 0; rc == 0 && i < bench_json_size(list); ++i) {
        rc = reader_expr(r, bench_json_at(list, i), &out[i]);
    }
    return rc;
}

static int read_launch(struct reader *r, const struct bench_json *object,
                       const struct bench_implementation *impl, struct bench_launch_spec *launch)
{
    for (int i = 0; i < 3; ++i) {
        launch->grid[i] = "1";
        launch->block[i] = "1";
    }
    launch->shared = "0";
    int rc = reader_member_text(r, object, "entry", true, &launch->entry);
    if (impl->provider == BENCH_PROVIDER_CUDA) {
        rc = rc == 0 ? read_extents(r, object, "grid", launch->grid) : rc;
        rc = rc == 0 ? read_extents(r, object, "block", launch->block) : rc;
        rc = rc == 0 ? reader_member_expr(r, object, "shared", false, &launch->shared) : rc;
    }
    const struct bench_json *args = NULL;
    bool required =
        impl->provider != BENCH_PROVIDER_NULL && impl->provider != BENCH_PROVIDER_PYTHON;
    rc = rc == 0 ? bench_json_get_array(object, "args", required, &args, r->err) : rc;
    if (rc != 0 || args == NULL) {
        return rc;
    }
    launch->args = bench_arena_alloc(r->arena, (bench_json_size(args) + 1) * sizeof(*launch->args));
    for (const struct bench_json *v = bench_json_first(args); v != NULL; v = bench_json_next(v)) {
        rc = read_arg(r, v, impl, &launch->args[launch->arg_count++]);
        if (rc != 0) {
            return rc;
        }
    }
    return BENCH_OK;
}

static const char *const launch_keys[] = {"entry", "grid", "block", "shared", "args", NULL};

static int read_launches(struct reader *r, const struct bench_json *object,
                         struct bench_implementation *impl)
{
    const struct bench_json *list = bench_json_get(object, "launches");
    if (list == NULL) {
        impl->launches = bench_arena_alloc(r->arena, sizeof(*impl->launches));
        impl->launch_count = 1;
        return read_launch(r, object, impl, impl->launches);
    }
    for (size_t i = 0; launch_keys[i] != NULL; ++i) {
        if (bench_json_get(object, launch_keys[i]) != NULL) {
            return bench_json_error(bench_json_get(object, launch_keys[i]), r->err,
                                    "where there are 'launches', '%s' stands in each of them",
                                    launch_keys[i]);
        }
    }
    int rc = reader_filled_array(r, object, "launches", &list);
    if (rc != 0) {
        return rc;
    }
    impl->launches = bench_arena_alloc(r->arena, bench_json_size(list) * sizeof(*impl->launches));
    for (const struct bench_json *v = bench_json_first(list); v != NULL; v = bench_json_next(v)) {
        rc = bench_json_expect_keys(v, launch_keys, r->err);
        rc = rc == 0 ? reader_provider_keys(r, v, impl) : rc;
        rc = rc == 0 ? read_launch(r, v, impl, &impl->launches[impl->launch_count++]) : rc;
        if (rc != 0) {
            return rc;
        }
    }
    return BENCH_OK;
}

static int check_scale(struct reader *r, const struct bench_json *object,
                       const struct bench_implementation *impl)
{
    for (size_t i = 0; i < impl->launch_count; ++i) {
        const struct bench_launch_spec *l = &impl->launches[i];
        for (size_t k = 0; k < l->arg_count; ++k) {
            if (l->args[k].kind == BENCH_ARG_TENSOR && strcmp(l->args[k].text, "scale") == 0) {
                return BENCH_OK;
            }
        }
    }
    return bench_json_error(bench_json_get(object, "scale"), r->err,
                            "the oracle has a scale, but no launch has the argument 'scale'");
}

/* What may be used in expressions differs: `requires` holds for a case, before a variant is
 * chosen; everything after it also knows the tunables and lets. */
static int read_body(struct reader *r, const struct bench_json *object,
                     struct bench_implementation *impl)
{
    bench_scope_set(r->scope, "sm_count", 1);
    int rc = reader_provider_keys(r, object, impl);
    rc = rc == 0 ? read_limits(r, object, impl) : rc;
    rc = rc == 0 ? read_requirements(r, object, impl) : rc;
    rc = rc == 0 ? read_tune(r, object, impl) : rc;
    rc = rc == 0 ? reader_lets(r, object, &impl->lets, &impl->let_count) : rc;
    rc = rc == 0 ? reader_member_expr(r, object, "where", false, &impl->where) : rc;
    rc = rc == 0 ? read_workspaces(r, object, impl) : rc;
    if (rc == 0 && impl->provider == BENCH_PROVIDER_CUDA) {
        rc = reader_source(r, object, true, impl);
        rc = rc == 0 ? read_strings(r, object, "options", &impl->options, &impl->option_count) : rc;
    }
    if (rc == 0 && impl->provider == BENCH_PROVIDER_PYTHON) {
        rc = reader_python(r, object, impl);
    }
    return rc == 0 ? read_launches(r, object, impl) : rc;
}

static int read_head(struct reader *r, const struct bench_json *object,
                     struct bench_implementation *impl, bool is_oracle)
{
    static const char *const keys[] = {"name",    "description", "provider", "source", "options",
                                       "devices", "dtypes",      "requires", "tune",   "where",
                                       "let",     "workspace",   "launches", "entry",  "grid",
                                       "block",   "shared",      "args",     "python", NULL};
    static const char *const oracle_keys[] = {
        "description", "provider", "source", "options", "let",   "workspace", "launches", "entry",
        "grid",        "block",    "shared", "args",    "scale", "python",    NULL};
    impl->description = "";
    int rc = bench_json_expect_keys(object, is_oracle ? oracle_keys : keys, r->err);
    rc = rc == 0 ? reader_member_text(r, object, "description", false, &impl->description) : rc;
    if (is_oracle) {
        impl->name = "oracle";
        impl->is_oracle = true;
        rc = rc == 0 ? bench_json_get_bool(object, "scale", false, &impl->has_scale, r->err) : rc;
        return rc == 0 ? reader_oracle_provider(r, object, impl) : rc;
    }
    rc = rc == 0 ? read_name(r, object, impl) : rc;
    return rc == 0 ? reader_provider(r, object, true, impl) : rc;
}

int reader_implementation(struct reader *r, const struct bench_json *object,
                          struct bench_implementation *impl, bool is_oracle)
{
    struct bench_scope *outer = r->scope;
    size_t taken_count = r->taken_count;
    int rc = read_head(r, object, impl, is_oracle);
    if (rc != 0) {
        return rc;
    }
    r->scope = bench_scope_copy(outer);
    rc = read_body(r, object, impl);
    bench_scope_free(r->scope);
    r->scope = outer;
    r->taken_count = taken_count;
    bool passes_scale = impl->has_scale && impl->provider == BENCH_PROVIDER_CUDA;
    return rc == 0 && passes_scale ? check_scale(r, object, impl) : rc;
}
