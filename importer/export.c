#include "importer/export.h"

#include <stdlib.h>
#include <string.h>

#include "bench/perf/op_name.h"
#include "bench/util/mem.h"
#include "importer/export_impl.h"
#include "importer/python_text.h"

int bench_operator_python_name(const char *op_name, char **name, struct bench_err *err)
{
    char *copy = bench_xstrdup(bench_op_name_bare(op_name));
    char *dot = strchr(copy, '.');
    if (dot != NULL) {
        *dot = '_'; /* an overload: aten::ge.Scalar */
    }
    if (!bench_python_is_name(copy)) {
        free(copy);
        return bench_err_set(err, BENCH_EINPUT,
                             "the operator name '%s' is no Python name; expected letters, digits "
                             "and '_', as in aten::gelu or aten::ge.Scalar",
                             op_name);
    }
    *name = copy;
    return BENCH_OK;
}

static const struct bench_implementation *find_implementation(const struct export_context *x,
                                                              const char *name)
{
    const struct bench_implementation *impl = bench_operator_find(x->op, name);
    if (impl != NULL) {
        return impl;
    }
    struct bench_str names;
    bench_str_init(&names);
    for (size_t i = 0; i < x->op->implementation_count; i++) {
        bench_str_addf(&names, "%s%s", i > 0 ? ", " : "", x->op->implementations[i].name);
    }
    bench_err_set(x->err, BENCH_EINPUT, "no implementation '%s' in %s; it has %s", name,
                  x->op->file, names.data);
    bench_str_fini(&names);
    return NULL;
}

static int check_implementation(const struct export_context *x,
                                const struct bench_implementation *impl)
{
    static const char *const files[] = {"-I", "--include-path", "-include", "--pre-include", NULL};
    if (impl->provider != BENCH_PROVIDER_CUDA) {
        return bench_err_set(x->err, BENCH_EUNSUPPORTED,
                             "the implementation '%s' is no CUDA C source (its provider is '%s'), "
                             "so there is nothing to export",
                             impl->name, bench_provider_name(impl->provider));
    }
    for (size_t i = 0; i < impl->option_count; i++) {
        for (size_t f = 0; files[f] != NULL; f++) {
            if (bench_str_starts(impl->options[i], files[f])) {
                return bench_err_set(x->err, BENCH_EUNSUPPORTED,
                                     "the implementation '%s' is compiled with %s, a path that "
                                     "means nothing elsewhere; include with #include \"...\"",
                                     impl->name, impl->options[i]);
            }
        }
    }
    return BENCH_OK;
}

static void note_implementation(struct export_context *x, const struct bench_implementation *impl)
{
    for (size_t i = 0; i < x->impl_count; i++) {
        if (x->impls[i] == impl) {
            return;
        }
    }
    x->impls[x->impl_count++] = impl;
}

/* The value of `name` in "BLOCK=256 ITEMS=2"; false if it is not there. */
static bool label_value(const char *label, const char *name, int64_t *value)
{
    size_t length = strlen(name);
    for (const char *at = label; at != NULL && *at != '\0';) {
        at += strspn(at, " ,");
        if (strncmp(at, name, length) == 0 && at[length] == '=') {
            char *end;
            *value = strtoll(at + length + 1, &end, 10);
            return end != at + length + 1 && (*end == '\0' || *end == ' ' || *end == ',');
        }
        at += strcspn(at, " ,");
    }
    return false;
}

static bool case_value(const struct bench_export_case *c, const char *name, int64_t *value)
{
    const struct bench_json *json = c->variant_json;
    if (json != NULL && bench_json_type(json) == BENCH_JSON_OBJECT) {
        const struct bench_json *v = bench_json_get(json, name);
        return v != NULL && bench_json_type(v) == BENCH_JSON_NUMBER && bench_json_is_int(v, value);
    }
    if (json != NULL && bench_json_type(json) == BENCH_JSON_STRING) {
        return label_value(bench_json_string(json), name, value);
    }
    return label_value(c->variant, name, value);
}

static int check_value(const struct export_context *x, const struct bench_implementation *impl,
                       const struct bench_tunable *t, int64_t value)
{
    struct bench_str known;
    bench_str_init(&known);
    bool found = false;
    for (size_t i = 0; i < t->value_count; i++) {
        found = found || t->values[i] == value;
        bench_str_addf(&known, "%s%lld", i > 0 ? ", " : "", (long long)t->values[i]);
    }
    int rc = found ? BENCH_OK
                   : bench_err_set(x->err, BENCH_EINPUT,
                                   "the implementation '%s' has no variant %s=%lld; its "
                                   "description has %s",
                                   impl->name, t->name, (long long)value, known.data);
    bench_str_fini(&known);
    return rc;
}

static int read_variant(struct export_context *x, const struct bench_implementation *impl,
                        const struct bench_export_case *c, struct export_row *row)
{
    row->variant = bench_arena_alloc(x->arena, (impl->tunable_count + 1) * sizeof(*row->variant));
    int rc = BENCH_OK;
    for (size_t i = 0; rc == 0 && i < impl->tunable_count; i++) {
        if (!case_value(c, impl->tunables[i].name, &row->variant[i])) {
            return bench_err_set(x->err, BENCH_EINPUT,
                                 "the variant of '%s' does not say the value of %s; expected "
                                 "%s=<number>",
                                 impl->name, impl->tunables[i].name, impl->tunables[i].name);
        }
        rc = check_value(x, impl, &impl->tunables[i], row->variant[i]);
    }
    return rc;
}

static struct export_row *new_row(struct export_context *x, const struct bench_implementation *impl,
                                  const struct bench_export_case *c)
{
    struct export_row *row = &x->rows[x->row_count++];
    *row = (struct export_row){.impl = impl, .dtype = c->dtype, .shape = c->shape, .ndim = c->ndim};
    return row;
}

static size_t combinations(const struct bench_implementation *impl)
{
    size_t count = 1;
    for (size_t i = 0; i < impl->tunable_count; i++) {
        count *= impl->tunables[i].value_count;
    }
    return count;
}

/* One row a combination of the tunables, the last one changing fastest. */
static void add_all_variants(struct export_context *x, const struct bench_implementation *impl,
                             const struct bench_export_case *c)
{
    for (size_t n = 0; n < combinations(impl); n++) {
        struct export_row *row = new_row(x, impl, c);
        row->variant =
            bench_arena_alloc(x->arena, (impl->tunable_count + 1) * sizeof(*row->variant));
        size_t rest = n;
        for (size_t i = impl->tunable_count; i-- > 0;) {
            const struct bench_tunable *t = &impl->tunables[i];
            row->variant[i] = t->values[rest % t->value_count];
            rest /= t->value_count;
        }
    }
}

static int add_case(struct export_context *x, const struct bench_export_case *c)
{
    const struct bench_implementation *impl = find_implementation(x, c->implementation);
    int rc = impl != NULL ? check_implementation(x, impl) : BENCH_EINPUT;
    if (rc == 0 && !x->op->dtypes[c->dtype]) {
        rc = bench_err_set(x->err, BENCH_EINPUT, "no dtype %s in %s", bench_dtype_name(c->dtype),
                           x->op->file);
    }
    if (rc != 0) {
        return rc;
    }
    note_implementation(x, impl);
    if (c->variant_json == NULL && c->variant == NULL) {
        add_all_variants(x, impl, c);
        return BENCH_OK;
    }
    struct export_row *row = new_row(x, impl, c);
    rc = read_variant(x, impl, c, row);
    if (rc == 0 && c->ndim >= 0) {
        rc = bench_case_plan(x->op, c->dtype, c->shape, c->ndim, c->params, x->arena, &row->plan,
                             x->err);
    }
    return rc;
}

static int add_cases(struct export_context *x, const struct bench_export_case *cases, size_t count)
{
    size_t rows = 0;
    for (size_t i = 0; i < count; i++) {
        const struct bench_implementation *impl =
            bench_operator_find(x->op, cases[i].implementation);
        bool all = cases[i].variant_json == NULL && cases[i].variant == NULL;
        rows += impl != NULL && all ? combinations(impl) : 1;
    }
    x->rows = bench_arena_alloc(x->arena, (rows + 1) * sizeof(*x->rows));
    x->impls = bench_arena_alloc(x->arena, (x->op->implementation_count + 1) * sizeof(*x->impls));
    int rc = BENCH_OK;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = cases[i].failed ? BENCH_OK : add_case(x, &cases[i]);
    }
    if (rc == 0 && x->row_count == 0) {
        rc = bench_err_set(x->err, BENCH_EUNSUPPORTED,
                           count == 0 ? "no case was measured" : "no measured case has succeeded");
    }
    return rc;
}

static void count_cases(const struct bench_export_case *cases, size_t count,
                        struct bench_export *out)
{
    for (size_t i = 0; i < count; i++) {
        if (cases[i].ndim >= 0) {
            out->total += 1;
            out->failed += cases[i].failed ? 1 : 0;
        }
    }
    out->success = out->total - out->failed;
}

static char *implementation_names(const struct export_context *x)
{
    struct bench_str names;
    bench_str_init(&names);
    for (size_t i = 0; i < x->impl_count; i++) {
        bench_str_addf(&names, "%s%s", i > 0 ? ", " : "", x->impls[i]->name);
    }
    return names.data; /* the caller frees */
}

static int write_texts(struct export_context *x, struct bench_export *out)
{
    struct bench_str code;
    struct bench_str test;
    bench_str_init(&code);
    bench_str_init(&test);
    int rc = export_write_module(x, &code);
    rc = rc == 0 ? export_write_test(x, &test) : rc;
    if (rc == 0) {
        out->code = bench_str_take(&code);
        out->test_func = bench_str_take(&test);
        out->op_name = bench_xstrdup(x->op->aten);
        out->measured_as = bench_xstrdup(x->op->name);
        out->category = bench_xstrdup(x->op->category);
        out->implementations = implementation_names(x);
        memcpy(out->source_hash, x->source_hash, sizeof(out->source_hash));
        out->unchecked = x->unchecked;
        x->unchecked = NULL;
    }
    bench_str_fini(&code);
    bench_str_fini(&test);
    return rc;
}

int bench_export_operator(const struct bench_operator *op, const struct bench_export_case *cases,
                          size_t count, const struct bench_export_origin *origin,
                          bench_export_compiler compiler, struct bench_export *out,
                          struct bench_err *err)
{
    *out = (struct bench_export){.op_name = NULL};
    if (op->torch == NULL) {
        return bench_err_set(err, BENCH_EUNSUPPORTED,
                             "%s: %s has no 'torch' section, which says how the operator looks "
                             "from Python (docs/formats.md)",
                             op->name, op->file);
    }
    struct export_context x = {
        .op = op, .origin = origin, .compiler = compiler, .err = err, .arena = bench_arena_new()};
    int rc = bench_operator_python_name(op->aten, &out->name, err);
    x.name = out->name;
    rc = rc == 0 ? add_cases(&x, cases, count) : rc;
    rc = rc == 0 ? write_texts(&x, out) : rc;
    for (size_t i = 0; i < x.row_count; i++) {
        bench_case_fini(&x.rows[i].plan);
    }
    bench_arena_free(x.arena);
    free(x.unchecked);
    if (rc != 0) {
        bench_export_fini(out);
        return bench_err_prefix(err, "%s: ", op->name);
    }
    count_cases(cases, count, out);
    return BENCH_OK;
}

void bench_export_fini(struct bench_export *e)
{
    free(e->op_name);
    free(e->measured_as);
    free(e->name);
    free(e->category);
    free(e->code);
    free(e->test_func);
    free(e->implementations);
    free(e->unchecked);
    *e = (struct bench_export){.op_name = NULL};
}

char *bench_export_json(const struct bench_export *e)
{
    struct bench_str text;
    struct bench_json_writer w;
    bench_str_init(&text);
    bench_json_writer_init(&w, &text, BENCH_JSON_PRETTY);
    bench_json_open_object(&w);
    bench_json_put_key_string(&w, "op_name", e->op_name);
    bench_json_put_key_string(&w, "operator", e->measured_as);
    bench_json_put_key_string(&w, "category", e->category);
    bench_json_put_key_string(&w, "code", e->code);
    bench_json_put_key_string(&w, "test_func", e->test_func);
    bench_json_put_key(&w, "params");
    bench_json_open_object(&w);
    bench_json_close_object(&w);
    bench_json_put_key(&w, "info");
    bench_json_open_object(&w);
    bench_json_put_key_int(&w, "total", (int64_t)e->total);
    bench_json_put_key_int(&w, "success", (int64_t)e->success);
    bench_json_put_key_int(&w, "failed", (int64_t)e->failed);
    bench_json_close_object(&w);
    bench_json_close_object(&w);
    bench_str_addc(&text, '\n');
    return text.data; /* the caller frees */
}
