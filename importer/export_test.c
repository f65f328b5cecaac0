/* The exported pytest file: the function itself against torch, over the measured shapes (bounded in
 * size and number) and others, most of them odd. Every case stands in it with the numbers of
 * its inputs, so that the file needs no arithmetic of its own. */
#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"
#include "importer/export_impl.h"
#include "importer/python_text.h"

/* A case whose largest tensor is beyond this is left out: a test is to be quick and to fit beside
 * its float64 reference on any GPU. */
#define MAX_NUMEL ((int64_t)1 << 24)
/* And one that computes more than this: 2^38 float64 operations take a small GPU about a second. */
#define MAX_FLOPS 274877906944.0
#define MAX_CASES 160
/* Further ones, of tensors without elements, which cost next to nothing. */
#define MAX_EMPTY 48
/* Kinds of measured cases (dimensions and parameters) that odd shapes are made for. */
#define MAX_KINDS 8

struct cases {
    const struct bench_case *items[MAX_CASES + MAX_EMPTY];
    size_t count, most;
};

static bool fits(const struct bench_case *c)
{
    for (size_t i = 0; i < c->op->input_count; i++) {
        if (c->inputs[i].numel > MAX_NUMEL) {
            return false;
        }
    }
    for (size_t i = 0; i < c->op->output_count; i++) {
        if (c->outputs[i].numel > MAX_NUMEL) {
            return false;
        }
    }
    return c->flops <= MAX_FLOPS;
}

/* Does one of the table's rows take this case, or if it was measured another of its variants? */
static bool runs(const struct export_context *x, const struct bench_case *c)
{
    const struct bench_plan_device device = {.kind = "cuda", .sm_count = EXPORT_SM_COUNT};
    bool any = c->writes_nothing;
    struct bench_arena *scratch = bench_arena_new();
    for (size_t i = 0; !any && i < x->row_count; i++) {
        const struct export_row *row = &x->rows[i];
        struct bench_variant *variants = NULL;
        size_t count = 0;
        if (row->dtype != c->dtype ||
            bench_implementation_supports(row->impl, c, &device, NULL) != 0 ||
            bench_variants_plan(row->impl, c, &device, scratch, &variants, &count, NULL) != 0) {
            continue;
        }
        size_t size = row->impl->tunable_count * sizeof(*row->variant);
        any = row->ndim >= 0 && count > 0;
        for (size_t v = 0; !any && v < count; v++) {
            any = size == 0 || memcmp(variants[v].values, row->variant, size) == 0;
        }
    }
    bench_arena_free(scratch);
    return any;
}

static void add_case(const struct export_context *x, struct cases *cases,
                     const struct bench_case *c)
{
    for (size_t i = 0; i < cases->count; i++) {
        if (strcmp(cases->items[i]->key, c->key) == 0) {
            return;
        }
    }
    if (cases->count < cases->most && fits(c) && runs(x, c)) {
        cases->items[cases->count++] = c;
    }
}

static struct bench_case *plan_case(struct export_context *x, enum bench_dtype dtype,
                                    const int64_t *shape, int ndim, const char *params)
{
    struct bench_json_doc *doc = NULL;
    struct bench_case *c = bench_arena_alloc(x->arena, sizeof(*c));
    const struct bench_json *json = NULL;
    if (params != NULL && bench_json_parse("params", params, strlen(params), &doc, NULL) == 0) {
        json = bench_json_root(doc);
    }
    int rc = bench_case_plan(x->op, dtype, shape, ndim, json, x->arena, c, NULL);
    bench_json_free(doc);
    return rc == 0 ? c : NULL;
}

/* Sizes that no vector, warp or block divides, and some round ones for kernels that take no others;
 * -1 ends a shape. */
#define MOST_DIMS 5
static const int64_t odd_shapes[][MOST_DIMS + 1] = {
    {1, -1},
    {7, -1},
    {1023, -1},
    {100003, -1},
    {1, 1, -1},
    {3, 5, -1},
    {33, 1023, -1},
    {33, 1024, -1},
    {3, 1000, -1},
    {5, 4096, -1},
    {2, 16400, -1},
    {2, 65536, -1},
    {257, 130, -1},
    {5, 4099, -1},
    {33, 5000, -1},
    {1, 1, 1, -1},
    {2, 3, 5, -1},
    {7, 33, 129, -1},
    {31, 65, 254, -1},
    {17, 35, 2050, -1},
    {1, 1, 1, 1, -1},
    {2, 3, 5, 7, -1},
    {3, 5, 9, 129, -1},
    {128, 64, 256, -1},
    {2, 33, 40, 72, -1},
    {1, 1, 1, 1, 1, -1},
    {2, 3, 5, 7, 20, -1},
    {1, 2, 33, 70, 64, -1},
    {2, 1, 70, 33, 128, -1},
    {1, 4, 3, 700, 64, -1},
};
#define ODD_SHAPES (sizeof(odd_shapes) / sizeof(*odd_shapes))
/* Has no factor in common with their number: one that has leaves some out. */
#define ODD_STEP 7

static int odd_ndim(const int64_t *shape)
{
    int dims = 0;
    while (shape[dims] >= 0) {
        dims++;
    }
    return dims;
}

/* A shape that the description makes no sense of is none. */
static void add_shape(struct export_context *x, struct cases *cases, enum bench_dtype dtype,
                      const int64_t *shape, int ndim, const char *params)
{
    struct bench_case *c = plan_case(x, dtype, shape, ndim, params);
    size_t before = cases->count;
    if (c != NULL) {
        add_case(x, cases, c);
    }
    if (c != NULL && cases->count == before) {
        bench_case_fini(c);
    }
}

static void add_odd(struct export_context *x, struct cases *cases, enum bench_dtype dtype, int ndim,
                    const char *params)
{
    for (size_t i = 0; i < ODD_SHAPES; i++) {
        if (odd_ndim(odd_shapes[i]) == ndim) {
            add_shape(x, cases, dtype, odd_shapes[i], ndim, params);
        }
    }
}

/* Tensors without elements: each dimension 0 in turn, the others as in `like`. */
static void add_empty(struct export_context *x, struct cases *cases, enum bench_dtype dtype,
                      const int64_t *like, int ndim, const char *params)
{
    for (int zero = 0; zero < ndim; zero++) {
        int64_t shape[BENCH_MAX_DIMS];
        memcpy(shape, like, (size_t)ndim * sizeof(*shape));
        shape[zero] = 0;
        add_shape(x, cases, dtype, shape, ndim, params);
    }
}

/* Kinds of measured cases: dtype, number of dimensions, parameters. */
static size_t find_kinds(const struct export_context *x, const struct export_row **kinds)
{
    size_t count = 0;
    for (size_t i = 0; i < x->row_count; i++) {
        const struct export_row *row = &x->rows[i];
        bool known = false;
        size_t of_dtype = 0;
        for (size_t k = 0; k < count; k++) {
            const struct export_row *other = kinds[k];
            bool same = other->dtype == row->dtype;
            of_dtype += same ? 1 : 0;
            known =
                known ||
                (same && other->ndim == row->ndim &&
                 (row->ndim < 0 || strcmp(other->plan.params_json, row->plan.params_json) == 0));
        }
        if (!known && of_dtype < MAX_KINDS) {
            kinds[count++] = row;
        }
    }
    return count;
}

/* What is tried where nothing was measured: each parameter's default, then each other value that
 * one can have, if the description says which; an implementation need not take the defaults. */
struct settings {
    const char **params; /* JSON; NULL: the defaults */
    size_t count;
};

/* 0 if the description does not say which values it can have. */
static size_t count_values(const struct bench_param *p)
{
    return p->type == BENCH_PARAM_BOOL ? 2 : p->type == BENCH_PARAM_ENUM ? p->value_count : 0;
}

static struct settings find_settings(const struct export_context *x)
{
    struct settings s = {NULL, 1};
    for (size_t i = 0; i < x->op->param_count; i++) {
        s.count += count_values(&x->op->params[i]);
    }
    s.params = bench_arena_alloc(x->arena, s.count * sizeof(*s.params));
    s.count = 1;
    for (size_t i = 0; i < x->op->param_count; i++) {
        const struct bench_param *p = &x->op->params[i];
        for (size_t v = 0; v < count_values(p); v++) {
            if ((double)v == p->default_value) {
                continue;
            }
            const bool is_enum = p->type == BENCH_PARAM_ENUM;
            const char *quote = is_enum ? "\"" : "", *is_true = v == 1 ? "true" : "false";
            s.params[s.count++] = bench_arena_printf(x->arena, "{\"%s\": %s%s%s}", p->name, quote,
                                                     is_enum ? p->values[v] : is_true, quote);
        }
    }
    return s;
}

/* Shape by shape, so that every setting has some when the cases are used up, and in an order that
 * begins with shapes of all ranks. */
static void add_odd_of_unmeasured(struct export_context *x, struct cases *cases,
                                  enum bench_dtype dtype, const struct settings *s)
{
    for (size_t i = 0; i < ODD_SHAPES; i++) {
        const int64_t *shape = odd_shapes[i * ODD_STEP % ODD_SHAPES];
        for (size_t k = 0; k < s->count; k++) {
            add_shape(x, cases, dtype, shape, odd_ndim(shape), s->params[k]);
        }
    }
}

/* Odd shapes, then empty ones, for each kind. */
static void add_other_shapes(struct export_context *x, struct cases *cases)
{
    const struct export_row *kinds[MAX_KINDS * BENCH_DTYPE_COUNT];
    size_t count = find_kinds(x, kinds);
    const struct settings settings = find_settings(x);
    for (size_t k = 0; k < count; k++) {
        /* As many for each: the last dtype is to have some as well. */
        cases->most = cases->count + (MAX_CASES - cases->count) / (count - k);
        if (kinds[k]->ndim >= 0) {
            add_odd(x, cases, kinds[k]->dtype, kinds[k]->ndim, kinds[k]->plan.params_json);
        } else {
            add_odd_of_unmeasured(x, cases, kinds[k]->dtype, &settings);
        }
    }
    static const int64_t any[BENCH_MAX_DIMS] = {16, 8, 16, 8, 16, 8, 16, 8};
    cases->most = cases->count + MAX_EMPTY;
    for (size_t k = 0; cases->count > 0 && k < count; k++) {
        if (kinds[k]->ndim >= 0) {
            /* Of the measured shape: parameters may ask for a length, as topk's k does. */
            add_empty(x, cases, kinds[k]->dtype, kinds[k]->shape, kinds[k]->ndim,
                      kinds[k]->plan.params_json);
        }
        const size_t before = cases->count;
        for (size_t s = 0; kinds[k]->ndim < 0 && cases->count == before && s < settings.count;
             s++) {
            for (int ndim = 1; ndim <= MOST_DIMS; ndim++) {
                add_empty(x, cases, kinds[k]->dtype, any, ndim, settings.params[s]);
            }
        }
    }
}

static void add_tensor(const struct bench_tensor *t, struct bench_str *out)
{
    static const char *const fills[] = {[BENCH_FILL_NORMAL] = "normal",
                                        [BENCH_FILL_UNIFORM] = "uniform",
                                        [BENCH_FILL_INTEGERS] = "integers",
                                        [BENCH_FILL_CONSTANT] = "constant",
                                        [BENCH_FILL_SEQUENCE] = "sequence"};
    bench_str_addf(out, "\"%s\": (", t->name);
    export_add_shape(out, t->shape, t->ndim);
    bench_str_addf(out, ", \"%s\", (\"%s\", ", bench_dtype_name(t->dtype), fills[t->fill]);
    bench_python_add_number(out, t->fill_a);
    bench_str_add(out, ", ");
    bench_python_add_number(out, t->fill_b);
    bench_str_add(out, "))");
}

static void add_cases(const struct export_context *x, const struct cases *cases,
                      struct bench_str *out)
{
    bench_str_add(out, "# dtype, parameters, inputs: shape, dtype, fill\nCASES = [\n");
    for (size_t i = 0; i < cases->count; i++) {
        const struct bench_case *c = cases->items[i];
        bench_str_addf(out, "    (\"%s\", ", bench_dtype_name(c->dtype));
        export_add_params(out, x->op, c->params);
        bench_str_add(out, ", {");
        for (size_t t = 0; t < x->op->input_count; t++) {
            bench_str_add(out, t > 0 ? ", " : "");
            add_tensor(&c->inputs[t], out);
        }
        bench_str_add(out, "}),\n");
    }
    bench_str_add(out, "]\n");
}

static void add_tolerances(const struct export_context *x, struct bench_str *out)
{
    bool used[BENCH_DTYPE_COUNT] = {false};
    for (size_t i = 0; i < x->row_count; i++) {
        used[x->rows[i].dtype] = true;
    }
    bench_str_add(out, "TOLERANCES = {");
    for (int t = 0, n = 0; t < BENCH_DTYPE_COUNT; t++) {
        if (used[t]) {
            bench_str_addf(out, "%s\"%s\": (", n++ > 0 ? ", " : "",
                           bench_dtype_name((enum bench_dtype)t));
            bench_python_add_number(out, x->op->tolerance[t].rtol);
            bench_str_add(out, ", ");
            bench_python_add_number(out, x->op->tolerance[t].atol);
            bench_str_addc(out, ')');
        }
    }
    bench_str_addf(out, "}  # rtol, atol\nSCALED = %s\n",
                   x->op->oracle.has_scale ? "True" : "False");
}

/* How the function is called, and what torch computes, over the same names. */
static void add_call(const struct export_context *x, struct bench_str *out)
{
    const struct bench_operator *op = x->op;
    const struct bench_torch_spec *t = op->torch;
    bench_str_add(out, "def call(function");
    for (size_t i = 0; i < op->input_count; i++) {
        bench_str_addf(out, ", %s", op->inputs[i].name);
    }
    for (size_t i = 0; i < op->param_count; i++) {
        bench_str_addf(out, ", %s", op->params[i].name);
    }
    bench_str_add(out, "):\n    return function(");
    if (t->example_call != NULL) {
        bench_str_add(out, t->example_call);
    }
    for (size_t i = 0; t->example_call == NULL && i < op->input_count; i++) {
        bench_str_addf(out, "%s%s", i > 0 ? ", " : "", op->inputs[i].name);
    }
    bench_str_addf(out, ")\n\n\ndef reference(%s):\n    return %s\n", t->signature, t->reference);
}

static void add_tests(const struct export_context *x, struct bench_str *out)
{
    bench_str_addf(
        out,
        "@pytest.mark.parametrize(\"dtype, params, inputs\", CASES, ids=IDS)\n"
        "def test_%s(dtype, params, inputs):\n"
        "    torch.manual_seed(0)\n"
        "    check(dtype, params, {k: tensor(*v) for k, v in inputs.items()})\n\n\n"
        "@pytest.mark.parametrize(\"view\", [misaligned, strided])\n"
        "@pytest.mark.parametrize(\n"
        "    \"dtype, params, inputs\",\n"
        "    [case for case in CASES if small(case[2])],\n"
        "    ids=[name for name, case in zip(IDS, CASES) if small(case[2])],\n"
        ")\n"
        "def test_%s_of_views(dtype, params, inputs, view):\n"
        "    torch.manual_seed(0)\n"
        "    check(dtype, params, {k: view(tensor(*v)) for k, v in inputs.items()})\n\n\n"
        "def test_%s_refuses_cpu_tensors():\n"
        "    _, params, inputs = CASES[0]\n"
        "    tensors = {k: tensor(*v).cpu() for k, v in inputs.items()}\n"
        "    with pytest.raises(NotImplementedError):\n"
        "        call(FUNCTION, **tensors, **params)\n",
        x->name, x->name, x->name);
}

int export_write_test(struct export_context *x, struct bench_str *out)
{
    struct cases cases = {.most = MAX_CASES};
    struct bench_str text;
    for (size_t i = 0; i < x->row_count; i++) {
        if (x->rows[i].ndim >= 0) {
            add_case(x, &cases, &x->rows[i].plan);
        }
    }
    size_t measured = cases.count;
    add_other_shapes(x, &cases);
    int rc = BENCH_OK;
    if (cases.count == 0) {
        rc = bench_err_set(x->err, BENCH_EUNSUPPORTED,
                           "no shape was found that a test could use: of those that were measured "
                           "and %zu others, none has tensors of at most %lld elements and suits an "
                           "exported variant",
                           sizeof(odd_shapes) / sizeof(*odd_shapes), (long long)MAX_NUMEL);
    }
    bench_str_init(&text);
    bench_str_addf(&text,
                   "\"\"\"%s itself against torch: %zu measured cases (those of up to 2^24 "
                   "elements) and %zu others.\"\"\"\n\n"
                   "import math\n\nimport pytest\nimport torch\n\n"
                   "from flag_gems.experimental.generated.%s.%s import %s\n\n"
                   "pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), "
                   "reason=\"no CUDA device\")\n\n" EXPORT_UNFORMATTED "FUNCTION = %s\n",
                   x->name, measured, cases.count - measured, x->op->category, x->name, x->name,
                   x->name);
    add_tolerances(x, &text);
    add_cases(x, &cases, &text);
    bench_str_add(&text, "IDS = [\n    \"-\".join([d, *(str(p[k]) for k in p), *(str(list(t[0])) "
                         "for t in i.values())])\n    for d, p, i in CASES\n]\n\n\n");
    add_call(x, &text);
    bench_str_addf(&text, "\n\n%s\n\n", export_test_py);
    add_tests(x, &text);
    bench_python_add_fitted(out, text.data);
    bench_str_fini(&text);
    for (size_t i = measured; i < cases.count; i++) {
        bench_scope_free(cases.items[i]->scope);
    }
    return rc;
}
