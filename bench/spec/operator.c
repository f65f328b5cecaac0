/* Reading operator descriptions: the file, its top level, and folders of operators. */
#include "bench/spec/operator.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/spec/operator_reader.h"
#include "bench/util/file.h"
#include "bench/util/hash.h"

/* A description is written by people: one larger than this is some other file. */
#define MAX_FILE_BYTES ((size_t)16 << 20)

/* What bench_operator_read allocates; `op` is first, so that a pointer to it frees all. */
struct owned_operator {
    struct bench_operator op;
    struct bench_arena *arena;
};

static const char *const categories[] = {"pointwise", "reduction", "blas", "custom", NULL};

/* The folder's full path, because its last part must equal the name even for "gelu.json". */
static int set_paths(struct reader *r, const char *path)
{
    char *full = realpath(path, NULL);
    if (full == NULL) {
        return bench_err_set(r->err, errno == ENOENT ? BENCH_ENOTFOUND : BENCH_ERROR, "%s: %s",
                             path, strerror(errno));
    }
    char *directory = bench_path_dirname(full);
    r->op->file = bench_arena_strdup(r->arena, full);
    r->op->directory = bench_arena_strdup(r->arena, directory);
    free(directory);
    free(full);
    return BENCH_OK;
}

static int read_names(struct reader *r, const struct bench_json *root)
{
    struct bench_operator *op = r->op;
    int rc = reader_member_text(r, root, "name", true, &op->name);
    if (rc != 0) {
        return rc;
    }
    const struct bench_json *name = bench_json_get(root, "name");
    rc = reader_operator_name(r, name, op->name);
    if (rc != 0) {
        return rc;
    }
    const char *folder = bench_path_basename(op->directory);
    const char *expected = bench_arena_printf(r->arena, "%s.json", op->name);
    if (strcmp(folder, op->name) != 0 || strcmp(bench_path_basename(op->file), expected) != 0) {
        return bench_json_error(name, r->err,
                                "the name '%s' needs the file '%s/%s', but this is '%s/%s'; rename "
                                "one of them",
                                op->name, op->name, expected, folder,
                                bench_path_basename(op->file));
    }
    op->aten = bench_arena_printf(r->arena, "aten::%s", op->name);
    op->description = "";
    rc = reader_member_text(r, root, "aten", false, &op->aten);
    if (rc == 0 && (!bench_str_starts(op->aten, "aten::") || op->aten[6] == '\0')) {
        return bench_json_error(bench_json_get(root, "aten"), r->err,
                                "found '%s', expected 'aten::' and a name", op->aten);
    }
    rc = rc == 0 ? reader_member_text(r, root, "description", false, &op->description) : rc;
    size_t category = 0;
    rc = rc == 0 ? reader_member_text(r, root, "category", true, &op->category) : rc;
    return rc == 0
               ? reader_word(r, bench_json_get(root, "category"), "category", categories, &category)
               : rc;
}

static int read_dims(struct reader *r, const struct bench_json *root)
{
    struct bench_operator *op = r->op;
    const struct bench_json *list = NULL;
    op->star_dim = -1;
    int rc = reader_filled_array(r, root, "dims", &list);
    if (rc == 0 && bench_json_size(list) > BENCH_MAX_DIMS) {
        return bench_json_error(list, r->err, "%zu dimensions; at most %d are possible",
                                bench_json_size(list), BENCH_MAX_DIMS);
    }
    op->dims = bench_arena_alloc(r->arena, BENCH_MAX_DIMS * sizeof(*op->dims));
    for (size_t i = 0; rc == 0 && i < bench_json_size(list); ++i) {
        const struct bench_json *v = bench_json_at(list, i);
        const char *text = NULL;
        rc = reader_text(r, v, &text);
        if (rc != 0) {
            return rc;
        }
        size_t length = strlen(text);
        bool star = text[length - 1] == '*';
        if (star && op->star_dim >= 0) {
            return bench_json_error(v, r->err,
                                    "a second '*'; only one name can take the "
                                    "remaining dimensions");
        }
        op->star_dim = star ? (int)i : op->star_dim;
        op->dims[i] = bench_arena_strndup(r->arena, text, star ? length - 1 : length);
        op->dim_count = i + 1;
        rc = reader_take_number(r, v, op->dims[i], "a dimension");
    }
    return rc;
}

/* `empty`: names of dims. */
static int read_empty(struct reader *r, const struct bench_json *root)
{
    struct bench_operator *op = r->op;
    const struct bench_json *list = NULL;
    op->may_be_empty = bench_arena_alloc(r->arena, BENCH_MAX_DIMS * sizeof(*op->may_be_empty));
    if (bench_json_get(root, "empty") == NULL) {
        return BENCH_OK;
    }
    int rc = reader_filled_array(r, root, "empty", &list);
    const struct bench_json *v = rc == 0 ? bench_json_first(list) : NULL;
    for (; rc == 0 && v != NULL; v = bench_json_next(v)) {
        const char *name = NULL;
        size_t dim = 0;
        rc = reader_text(r, v, &name);
        while (rc == 0 && dim < op->dim_count && strcmp(op->dims[dim], name) != 0) {
            dim += 1;
        }
        if (rc == 0 && (dim == op->dim_count || op->may_be_empty[dim])) {
            return bench_json_error(v, r->err, "found '%s', expected %s %s (without '*')", name,
                                    dim == op->dim_count ? "one of the dims"
                                                         : "each once of the dims",
                                    reader_list(r, op->dims, op->dim_count));
        }
        if (rc == 0) {
            op->may_be_empty[dim] = true;
        }
    }
    return rc;
}

static int read_enum(struct reader *r, const struct bench_json *object, struct bench_param *p)
{
    const struct bench_json *list = NULL;
    int rc = reader_filled_array(r, object, "values", &list);
    if (rc != 0) {
        return rc;
    }
    p->values = bench_arena_alloc(r->arena, bench_json_size(list) * sizeof(*p->values));
    for (const struct bench_json *v = bench_json_first(list); v != NULL; v = bench_json_next(v)) {
        rc = reader_text(r, v, &p->values[p->value_count]);
        rc = rc == 0 ? reader_take_enum_value(r, v, p->values[p->value_count], p->value_count) : rc;
        if (rc != 0) {
            return rc;
        }
        p->value_count += 1;
    }
    const char *chosen = NULL;
    rc = reader_member_text(r, object, "default", true, &chosen);
    for (size_t i = 0; rc == 0 && i < p->value_count; ++i) {
        if (strcmp(p->values[i], chosen) == 0) {
            p->default_value = (double)i;
            return BENCH_OK;
        }
    }
    return rc != 0 ? rc
                   : bench_json_error(bench_json_get(object, "default"), r->err,
                                      "'%s' is not among the values %s", chosen,
                                      reader_list(r, p->values, p->value_count));
}

static int read_default(struct reader *r, const struct bench_json *object, struct bench_param *p)
{
    bool flag = false;
    int64_t integer = 0;
    const int64_t exact = (int64_t)1 << 53; /* expressions compute in doubles */
    int rc = BENCH_OK;
    switch (p->type) {
    case BENCH_PARAM_INT:
        rc = bench_json_get_int(object, "default", true, -exact, exact, &integer, r->err);
        p->default_value = (double)integer;
        return rc;
    case BENCH_PARAM_FLOAT:
        return bench_json_get_double(object, "default", true, &p->default_value, r->err);
    case BENCH_PARAM_BOOL:
        rc = bench_json_get_bool(object, "default", true, &flag, r->err);
        p->default_value = flag;
        return rc;
    case BENCH_PARAM_ENUM:
        return read_enum(r, object, p);
    }
    return rc;
}

static int read_param(struct reader *r, const struct bench_json *v, struct bench_param *p)
{
    static const char *const types[] = {"int", "float", "bool", "enum", NULL};
    static const char *const keys[] = {"type", "default", "description", NULL};
    static const char *const enum_keys[] = {"type", "values", "default", "description", NULL};
    const char *text = NULL;
    size_t type = 0;
    p->name = bench_arena_strdup(r->arena, bench_json_key(v));
    int rc = reader_take_number(r, v, p->name, "a parameter");
    rc = rc == 0 ? reader_member_text(r, v, "type", true, &text) : rc;
    rc = rc == 0 ? reader_word(r, bench_json_get(v, "type"), "type", types, &type) : rc;
    p->type = (enum bench_param_type)type;
    rc = rc == 0 ? bench_json_expect_keys(v, p->type == BENCH_PARAM_ENUM ? enum_keys : keys, r->err)
                 : rc;
    rc = rc == 0 ? reader_member_text(r, v, "description", false, &text) : rc;
    return rc == 0 ? read_default(r, v, p) : rc;
}

static int read_params(struct reader *r, const struct bench_json *root)
{
    struct bench_operator *op = r->op;
    const struct bench_json *map = NULL;
    int rc = bench_json_get_object(root, "params", false, &map, r->err);
    if (rc != 0 || map == NULL) {
        return rc;
    }
    op->params = bench_arena_alloc(r->arena, (bench_json_size(map) + 1) * sizeof(*op->params));
    for (const struct bench_json *v = bench_json_first(map); v != NULL; v = bench_json_next(v)) {
        rc = read_param(r, v, &op->params[op->param_count++]);
        if (rc != 0) {
            return rc;
        }
    }
    return BENCH_OK;
}

/* torch.testing.assert_close's defaults (torch 2.x, torch/testing/_comparison.py). */
static const struct bench_tolerance default_tolerance[BENCH_DTYPE_COUNT] = {
    [BENCH_FLOAT64] = {1e-7, 1e-7},
    [BENCH_FLOAT32] = {1.3e-6, 1e-5},
    [BENCH_FLOAT16] = {1e-3, 1e-5},
    [BENCH_BFLOAT16] = {1.6e-2, 1e-5},
};

struct bench_tolerance bench_operator_usual_tolerance(enum bench_dtype dtype)
{
    return default_tolerance[dtype];
}

static int read_tolerance(struct reader *r, const struct bench_json *root)
{
    static const char *const keys[] = {"rtol", "atol", NULL};
    memcpy(r->op->tolerance, default_tolerance, sizeof(default_tolerance));
    const struct bench_json *map = NULL;
    int rc = bench_json_get_object(root, "tolerance", false, &map, r->err);
    if (rc != 0 || map == NULL) {
        return rc;
    }
    const char *names[BENCH_DTYPE_COUNT + 1] = {NULL};
    for (int t = 0; t < BENCH_DTYPE_COUNT; ++t) {
        names[t] = bench_dtype_name((enum bench_dtype)t);
    }
    rc = bench_json_expect_keys(map, names, r->err);
    for (int t = 0; rc == 0 && t < BENCH_DTYPE_COUNT; ++t) {
        const struct bench_json *v = bench_json_get(map, names[t]);
        struct bench_tolerance *tolerance = &r->op->tolerance[t];
        if (v == NULL) {
            continue;
        }
        rc = bench_json_expect_keys(v, keys, r->err);
        rc = rc == 0 ? bench_json_get_double(v, "rtol", true, &tolerance->rtol, r->err) : rc;
        rc = rc == 0 ? bench_json_get_double(v, "atol", true, &tolerance->atol, r->err) : rc;
        if (rc == 0 && !(tolerance->rtol >= 0 && tolerance->atol >= 0)) {
            return bench_json_error(v, r->err, "a tolerance cannot be negative");
        }
    }
    return rc;
}

static int read_implementations(struct reader *r, const struct bench_json *root)
{
    struct bench_operator *op = r->op;
    const struct bench_json *list = NULL;
    const struct bench_json *oracle = NULL;
    int rc = bench_json_get_object(root, "oracle", false, &oracle, r->err);
    rc = rc == 0 && oracle != NULL ? reader_implementation(r, oracle, &op->oracle, true) : rc;
    rc = rc == 0 ? reader_filled_array(r, root, "implementations", &list) : rc;
    if (rc != 0) {
        return rc;
    }
    op->implementations =
        bench_arena_alloc(r->arena, bench_json_size(list) * sizeof(*op->implementations));
    for (const struct bench_json *v = bench_json_first(list); v != NULL; v = bench_json_next(v)) {
        struct bench_implementation *impl = &op->implementations[op->implementation_count];
        rc = reader_implementation(r, v, impl, false);
        if (rc != 0) {
            return rc;
        }
        op->implementation_count += 1;
        if (impl->provider != BENCH_PROVIDER_NULL && oracle == NULL) {
            return bench_json_error(v, r->err,
                                    "the implementation '%s' computes something, so the operator "
                                    "needs an 'oracle' to verify it with",
                                    impl->name);
        }
    }
    return BENCH_OK;
}

static int read_root(struct reader *r, const struct bench_json *root)
{
    static const char *const keys[] = {
        "name",  "aten",      "category", "description",     "dtypes",         "dims",
        "empty", "params",    "let",      "inputs",          "outputs",        "bytes",
        "flops", "tolerance", "oracle",   "roofline_exempt", "far_from_limit", "implementations",
        "torch", NULL};
    struct bench_operator *op = r->op;
    const struct bench_json *dtypes = NULL;
    const struct bench_json *torch = NULL;
    bench_scope_set(r->scope, "numel", 1);
    bench_scope_set(r->scope, "ndim", 1);
    bench_scope_set(r->scope, "sizeof_T", 1);
    int rc = bench_json_expect_keys(root, keys, r->err);
    rc = rc == 0 ? read_names(r, root) : rc;
    rc = rc == 0 ? reader_filled_array(r, root, "dtypes", &dtypes) : rc;
    rc = rc == 0 ? reader_dtypes(r, dtypes, op->dtypes) : rc;
    rc = rc == 0 ? read_dims(r, root) : rc;
    rc = rc == 0 ? read_empty(r, root) : rc;
    rc = rc == 0 ? read_params(r, root) : rc;
    rc = rc == 0 ? reader_lets(r, root, &op->lets, &op->let_count) : rc;
    rc = rc == 0 ? reader_tensors(r, root) : rc;
    rc = rc == 0 ? reader_member_expr(r, root, "bytes", true, &op->bytes) : rc;
    rc = rc == 0 ? reader_member_expr(r, root, "flops", true, &op->flops) : rc;
    rc = rc == 0 ? reader_member_text(r, root, "roofline_exempt", false, &op->roofline_exempt) : rc;
    rc = rc == 0 ? reader_member_text(r, root, "far_from_limit", false, &op->far_from_limit) : rc;
    rc = rc == 0 ? read_tolerance(r, root) : rc;
    rc = rc == 0 ? read_implementations(r, root) : rc;
    rc = rc == 0 ? bench_json_get_object(root, "torch", false, &torch, r->err) : rc;
    return rc == 0 && torch != NULL ? reader_torch(r, torch) : rc;
}

static bool is_prose(const struct bench_json *v)
{
    const char *key = bench_json_key(v);
    return key != NULL && bench_json_type(v) == BENCH_JSON_STRING &&
           (strcmp(key, "description") == 0 || strcmp(key, "far_from_limit") == 0);
}

/* Each value with its key and its depth: only one tree of values makes this sequence. */
static void hash_values(struct bench_hash *h, const struct bench_json *v, size_t depth)
{
    enum bench_json_type type = bench_json_type(v);
    bench_hash_add(h, &depth, sizeof depth);
    bench_hash_add(h, &type, sizeof type);
    bench_hash_add_str(h, bench_json_key(v) != NULL ? bench_json_key(v) : "");
    if (type == BENCH_JSON_STRING) {
        bench_hash_add_str(h, bench_json_string(v));
    } else if (type == BENCH_JSON_NUMBER) {
        double number = bench_json_number(v);
        bench_hash_add(h, &number, sizeof number);
    } else if (type == BENCH_JSON_BOOL) {
        bool is = bench_json_bool(v);
        bench_hash_add(h, &is, sizeof is);
    }
    for (const struct bench_json *m = bench_json_first(v); m != NULL; m = bench_json_next(m)) {
        if (!is_prose(m)) {
            hash_values(h, m, depth + 1);
        }
    }
}

static void hash_meaning(const struct bench_json *root, char out[33])
{
    struct bench_hash *h = bench_hash_new();
    hash_values(h, root, 0);
    bench_hash_hex(h, out);
    bench_hash_free(h);
}

int bench_operator_read(const char *path, struct bench_operator **op, struct bench_err *err)
{
    char *text = NULL;
    size_t length = 0;
    struct bench_json_doc *doc = NULL;
    struct owned_operator *owned = bench_xcalloc(1, sizeof(*owned));
    owned->arena = bench_arena_new();
    struct reader r = {.op = &owned->op, .arena = owned->arena, .err = err};
    r.scope = bench_scope_new();
    int rc = bench_file_read(path, MAX_FILE_BYTES, &text, &length, err);
    rc = rc == 0 ? set_paths(&r, path) : rc;
    rc = rc == 0 ? bench_json_parse(path, text, length, &doc, err) : rc;
    if (rc == 0) {
        bench_hash_bytes_hex(text, length, owned->op.hash);
        hash_meaning(bench_json_root(doc), owned->op.meaning);
        rc = read_root(&r, bench_json_root(doc));
    }
    bench_scope_free(r.scope);
    free(r.taken);
    bench_json_free(doc);
    free(text);
    if (rc != 0) {
        bench_operator_free(&owned->op);
        return rc;
    }
    *op = &owned->op;
    return BENCH_OK;
}

void bench_operator_free(struct bench_operator *op)
{
    if (op != NULL) {
        struct owned_operator *owned = (struct owned_operator *)op;
        bench_arena_free(owned->arena);
        free(owned);
    }
}

const struct bench_implementation *bench_operator_find(const struct bench_operator *op,
                                                       const char *implementation)
{
    for (size_t i = 0; i < op->implementation_count; ++i) {
        if (strcmp(op->implementations[i].name, implementation) == 0) {
            return &op->implementations[i];
        }
    }
    return NULL;
}

static char *description_path(const char *kernels_dir, const char *name)
{
    char *folder = bench_path_join(kernels_dir, name);
    char *path = bench_xprintf("%s/%s.json", folder, name);
    free(folder);
    return path;
}

int bench_operator_list(const char *kernels_dir, char ***names, size_t *count,
                        struct bench_err *err)
{
    char **all = NULL;
    size_t all_count = 0;
    if (bench_file_exists(kernels_dir) && !bench_file_is_dir(kernels_dir)) {
        return bench_err_set(err, BENCH_EINPUT, "%s: is a file, expected a folder of operators",
                             kernels_dir);
    }
    int rc = bench_file_list(kernels_dir, &all, &all_count, err);
    if (rc != 0) {
        return rc;
    }
    size_t kept = 0;
    for (size_t i = 0; i < all_count; ++i) {
        char *path = description_path(kernels_dir, all[i]);
        if (bench_file_exists(path)) {
            all[kept++] = all[i];
        } else {
            free(all[i]);
        }
        free(path);
    }
    if (kept == 0) {
        bench_file_list_free(all, 0);
        return bench_err_set(err, BENCH_EINPUT,
                             "%s: there is no operator in it: expected folders like gelu/ with a "
                             "description in each (gelu/gelu.json)",
                             kernels_dir);
    }
    *names = all;
    *count = kept;
    return BENCH_OK;
}

int bench_operator_locate(const char *kernels_dir, const char *name, char **path,
                          struct bench_err *err)
{
    char *candidate = description_path(kernels_dir, name);
    if (strchr(name, '/') == NULL && bench_file_exists(candidate)) {
        *path = candidate;
        return BENCH_OK;
    }
    free(candidate);
    char **names = NULL;
    size_t count = 0;
    int rc = bench_operator_list(kernels_dir, &names, &count, err);
    if (rc != 0) {
        return rc;
    }
    struct bench_str known;
    bench_str_init(&known);
    for (size_t i = 0; i < count; ++i) {
        bench_str_addf(&known, "%s%s", i > 0 ? ", " : "", names[i]);
    }
    const char *near = bench_str_nearest(name, (const char *const *)names, count);
    bench_err_set(err, BENCH_ENOTFOUND, "there is no operator '%s' in %s%s%s%s; there are: %s",
                  name, kernels_dir, near != NULL ? ", did you mean '" : "",
                  near != NULL ? near : "", near != NULL ? "'?" : "", known.data);
    bench_str_fini(&known);
    bench_file_list_free(names, count);
    return BENCH_ENOTFOUND;
}
