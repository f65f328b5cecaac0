/* The exported Python module: docstring, CUDA sources, the table of measured cases, the launch
 * arithmetic, the runtime part, and the operator's function. */
#include <stdlib.h>
#include <string.h>

#include "bench/util/file.h"
#include "bench/util/hash.h"
#include "bench/util/mem.h"
#include "importer/export_impl.h"
#include "importer/python_text.h"
#include "importer/source_inline.h"

void export_add_shape(struct bench_str *out, const int64_t *shape, int ndim)
{
    bench_str_addc(out, '(');
    for (int i = 0; i < ndim; i++) {
        bench_str_addf(out, "%lld%s", (long long)shape[i],
                       i + 1 < ndim ? ", " : (ndim == 1 ? "," : ""));
    }
    bench_str_addc(out, ')');
}

void export_add_params(struct bench_str *out, const struct bench_operator *op, const double *params)
{
    bench_str_addc(out, '{');
    for (size_t i = 0; i < op->param_count; i++) {
        const struct bench_param *p = &op->params[i];
        bench_str_addf(out, "%s\"%s\": ", i > 0 ? ", " : "", p->name);
        if (p->type == BENCH_PARAM_ENUM) {
            bench_python_add_string(out, p->values[(size_t)params[i]]);
        } else if (p->type == BENCH_PARAM_BOOL) {
            bench_str_add(out, params[i] != 0 ? "True" : "False");
        } else {
            bench_python_add_number(out, params[i]);
        }
    }
    bench_str_addc(out, '}');
}

static void add_origin(const struct export_context *x, struct bench_str *text)
{
    const struct bench_export_origin *o = x->origin;
    bench_str_addf(text, "Exported by bench %s from the operator description '%s' (%s).\n",
                   BENCH_VERSION, x->op->name, x->op->hash);
    bench_str_addf(text, "CUDA source: %s.\n", x->source_hash);
    if (o == NULL || o->run == NULL) {
        bench_str_add(text, "Not measured.\n");
        return;
    }
    bench_str_addf(text, "Measured: run %s", o->run);
    if (o->device != NULL) {
        bench_str_addf(text, " on %s", o->device);
    }
    if (o->time != NULL) {
        bench_str_addf(text, ", %s", o->time);
    }
    bench_str_add(text, ".\n");
}

static void add_docstring(const struct export_context *x, struct bench_str *out)
{
    struct bench_str origin;
    bench_str_init(&origin);
    add_origin(x, &origin);
    bench_str_addf(out,
                   "\"\"\"%s: CUDA C kernels, compiled and launched by torch's NVRTC facility.\n\n",
                   x->name);
    bench_python_add_wrapped(out, x->op->description, 0);
    bench_str_add(out, "\n\n");
    bench_python_add_docstring(out, origin.data);
    bench_str_add(out, "\"\"\"\n\n");
    bench_str_fini(&origin);
}

/* torch compiles with its own flags, which take away operators that sources may use; undoing that
 * makes the code that was measured. The macros are those of torch/utils/cpp_extension.py. */
static const char prelude[] = "#undef __CUDA_NO_HALF_OPERATORS__\n"
                              "#undef __CUDA_NO_HALF_CONVERSIONS__\n"
                              "#undef __CUDA_NO_HALF2_OPERATORS__\n"
                              "#undef __CUDA_NO_BFLOAT16_OPERATORS__\n"
                              "#undef __CUDA_NO_BFLOAT16_CONVERSIONS__\n"
                              "#undef __CUDA_NO_BFLOAT162_OPERATORS__\n"
                              "#include <cuda_fp16.h>\n"
                              "#include <cuda_bf16.h>\n";

static bool same_source_before(const struct export_context *x, size_t i)
{
    for (size_t j = 0; j < i; j++) {
        if (strcmp(x->impls[j]->source, x->impls[i]->source) == 0) {
            return true;
        }
    }
    return false;
}

/* The name of an implementation's source in _SOURCES. */
static const char *source_name(const struct export_context *x,
                               const struct bench_implementation *impl)
{
    size_t length = strlen(x->op->directory);
    const char *path = impl->source;
    return strncmp(path, x->op->directory, length) == 0 && path[length] == '/'
               ? path + length + 1
               : bench_path_basename(path);
}

static int add_sources(struct export_context *x, struct bench_str *out)
{
    int rc = BENCH_OK;
    struct bench_hash *hash = bench_hash_new();
    bench_str_add(out, "_SOURCES = {\n");
    for (size_t i = 0; rc == 0 && i < x->impl_count; i++) {
        struct bench_str text;
        if (same_source_before(x, i)) {
            continue;
        }
        bench_str_init(&text);
        bench_str_add(&text, prelude);
        rc = bench_source_inline(x->impls[i]->source, &text, x->err);
        rc = rc == 0 ? export_check_source(x, x->impls[i]->source, text.data) : rc;
        bench_hash_add(hash, text.data, text.len);
        bench_str_add(out, "    ");
        bench_python_add_string(out, source_name(x, x->impls[i]));
        bench_str_add(out, ": ");
        bench_python_add_block(out, text.data);
        bench_str_add(out, ",\n");
        bench_str_fini(&text);
    }
    bench_str_add(out, "}\n");
    bench_hash_hex(hash, x->source_hash);
    bench_hash_free(hash);
    return rc;
}

static void add_row(const struct export_context *x, const struct export_row *row,
                    struct bench_str *out)
{
    bench_str_addf(out, "    (\"%s\", ", bench_dtype_name(row->dtype));
    if (row->ndim < 0) {
        bench_str_add(out, "None, {}");
    } else {
        export_add_shape(out, row->shape, row->ndim);
        bench_str_add(out, ", ");
        export_add_params(out, x->op, row->plan.params);
    }
    bench_str_addf(out, ", \"%s\", {", row->impl->name);
    for (size_t i = 0; i < row->impl->tunable_count; i++) {
        bench_str_addf(out, "%s\"%s\": %lld", i > 0 ? ", " : "", row->impl->tunables[i].name,
                       (long long)row->variant[i]);
    }
    bench_str_add(out, "}),\n");
}

/* An export without measurements has all the variants that it may use in its table. */
static bool is_measured(const struct export_context *x)
{
    return x->row_count > 0 && x->rows[0].ndim >= 0;
}

static void add_tables(const struct export_context *x, struct bench_str *out)
{
    const struct bench_operator *op = x->op;
    bench_str_add(out, is_measured(x)
                           ? "# What was fastest: (dtype, shape, parameters, implementation, "
                             "variant). A case that was not measured\n# takes the nearest one "
                             "of its dtype: by the number of elements, then by the "
                             "dimensions; where\n# none suits it, the first other variant "
                             "that does.\n"
                           : "# (dtype, shape, parameters, implementation, variant). Nothing "
                             "was measured: the first variant that\n# suits a shape is "
                             "taken.\n");
    bench_str_add(out, "_MEASURED = [\n");
    for (size_t i = 0; i < x->row_count; i++) {
        add_row(x, &x->rows[i], out);
    }
    bench_str_add(out, "]\n_ENUMS = {");
    for (size_t i = 0, n = 0; i < op->param_count; i++) {
        if (op->params[i].type != BENCH_PARAM_ENUM) {
            continue;
        }
        bench_str_addf(out, "%s\"%s\": (", n++ > 0 ? ", " : "", op->params[i].name);
        for (size_t v = 0; v < op->params[i].value_count; v++) {
            bench_str_addf(out, "%s\"%s\"", v > 0 ? ", " : "", op->params[i].values[v]);
        }
        bench_str_add(out, op->params[i].value_count == 1 ? ",)" : ")");
    }
    bench_str_add(out, "}\n");
}

static void add_dtypes(const struct export_context *x, struct bench_str *out)
{
    bool used[BENCH_DTYPE_COUNT] = {false};
    for (size_t i = 0; i < x->row_count; i++) {
        used[x->rows[i].dtype] = true;
    }
    bench_str_add(out, "_SIZES = {");
    for (int t = 0, n = 0; t < BENCH_DTYPE_COUNT; t++) {
        if (used[t]) {
            bench_str_addf(out, "%s\"%s\": %zu", n++ > 0 ? ", " : "",
                           bench_dtype_name((enum bench_dtype)t),
                           bench_dtype_bytes((enum bench_dtype)t));
        }
    }
    bench_str_add(out, "}\n_C_TYPES = {");
    for (int t = 0, n = 0; t < BENCH_DTYPE_COUNT; t++) {
        if (used[t]) {
            bench_str_addf(out, "%s\"%s\": \"%s\"", n++ > 0 ? ", " : "",
                           bench_dtype_name((enum bench_dtype)t),
                           bench_dtype_c_name((enum bench_dtype)t));
        }
    }
    bench_str_add(out, "}\n");
}

static void add_tunable(const struct bench_tunable *t, const char *before, struct bench_str *out)
{
    bench_str_addf(out, "%s\"%s\": [", before, t->name);
    for (size_t i = 0; i < t->value_count; i++) {
        bench_str_addf(out, "%s%lld", i > 0 ? ", " : "", (long long)t->values[i]);
    }
    bench_str_addc(out, ']');
}

static void add_implementations(const struct export_context *x, struct bench_str *out)
{
    bench_str_add(out, "_IMPLEMENTATIONS = {\n");
    for (size_t i = 0; i < x->impl_count; i++) {
        const struct bench_implementation *impl = x->impls[i];
        bench_str_addf(out, "    \"%s\": {\n        \"source\": ", impl->name);
        bench_python_add_string(out, source_name(x, impl));
        bench_str_add(out, ",\n        \"entries\": [");
        for (size_t l = 0; l < impl->launch_count; l++) {
            bench_str_add(out, l > 0 ? ", " : "");
            bench_python_add_string(out, impl->launches[l].entry);
        }
        bench_str_add(out, "],\n        \"options\": [");
        for (size_t o = 0; o < impl->option_count; o++) {
            bench_str_add(out, o > 0 ? ", " : "");
            bench_python_add_string(out, impl->options[o]);
        }
        bench_str_add(out, "],\n        \"tunables\": {");
        for (size_t t = 0; is_measured(x) && t < impl->tunable_count; t++) {
            add_tunable(&impl->tunables[t], t > 0 ? ", " : "", out);
        }
        bench_str_add(out, "},\n        \"plan\": ");
        export_add_plan_name(out, impl);
        bench_str_add(out, ",\n    },\n");
    }
    bench_str_add(out, "}\n");
}

static const char *expression_of(const struct bench_named_expr *list, size_t count,
                                 const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i].name, name) == 0) {
            return list[i].expression;
        }
    }
    return NULL;
}

/* `first` is the input that says dtype and device, NULL for that one itself. */
static void add_input(const struct export_context *x, const struct bench_tensor_spec *input,
                      const char *first, struct bench_str *out)
{
    const struct bench_torch_spec *t = x->op->torch;
    bench_str_addf(out, "    _tensors[\"%s\"] = _input(\"%s\", %s", input->name, input->name,
                   expression_of(t->tensors, t->tensor_count, input->name));
    if (first != NULL && input->dtype_is_case) {
        bench_str_addf(out, ", _tensors[\"%s\"].dtype", first);
    } else if (first != NULL) {
        bench_str_addf(out, ", torch.%s", bench_dtype_name(input->dtype));
    }
    if (first != NULL) {
        bench_str_addf(out, ", _tensors[\"%s\"].device", first);
    }
    bench_str_add(out, ")\n");
}

/* The first input of the case's dtype comes first: it says which dtype that is. */
static int add_inputs(const struct export_context *x, struct bench_str *out)
{
    const struct bench_operator *op = x->op;
    size_t first = 0;
    while (first < op->input_count && !op->inputs[first].dtype_is_case) {
        first++;
    }
    if (first == op->input_count) {
        return bench_err_set(x->err, BENCH_EUNSUPPORTED,
                             "no input has the case's dtype, so a call could not say it");
    }
    bench_str_add(out, "    _tensors = {}\n");
    add_input(x, &op->inputs[first], NULL, out);
    for (size_t i = 0; i < op->input_count; i++) {
        if (i != first) {
            add_input(x, &op->inputs[i], op->inputs[first].name, out);
        }
    }
    return BENCH_OK;
}

static void add_call_params(const struct export_context *x, struct bench_str *out)
{
    const struct bench_operator *op = x->op;
    const struct bench_torch_spec *t = op->torch;
    if (op->param_count == 0) {
        bench_str_add(out, "    _params = ()\n");
        return;
    }
    bench_str_add(out, "    _params = (\n");
    for (size_t i = 0; i < op->param_count; i++) {
        const struct bench_param *p = &op->params[i];
        const char *given = expression_of(t->params, t->param_count, p->name);
        struct bench_str value;
        bench_str_init(&value);
        if (given != NULL) {
            bench_str_add(&value, given);
        } else if (p->type == BENCH_PARAM_ENUM) {
            bench_python_add_string(&value, p->values[(size_t)p->default_value]);
        } else {
            bench_python_add_number(&value, p->default_value);
        }
        bench_str_addf(out, "        (\"%s\", ", p->name);
        switch (p->type) {
        case BENCH_PARAM_ENUM:
            bench_str_addf(out, "_option(\"%s\", %s, _ENUMS[\"%s\"])", p->name, value.data,
                           p->name);
            break;
        case BENCH_PARAM_INT:
            bench_str_addf(out, "int(%s)", value.data);
            break;
        case BENCH_PARAM_FLOAT:
            bench_str_addf(out, "float(%s)", value.data);
            break;
        case BENCH_PARAM_BOOL:
            bench_str_addf(out, "bool(%s)", value.data);
            break;
        }
        bench_str_add(out, "),\n");
        bench_str_fini(&value);
    }
    bench_str_add(out, "    )\n");
}

static void add_results(const struct export_context *x, struct bench_str *out)
{
    const struct bench_operator *op = x->op;
    const struct bench_torch_spec *t = op->torch;
    bench_str_add(out, "    _results = _run(\n");
    bench_str_addf(out, "        %s,\n        _params,\n        _tensors,\n        {",
                   t->case_shape);
    for (size_t i = 0; i < op->output_count; i++) {
        const struct bench_tensor_spec *o = &op->outputs[i];
        const char *shape = expression_of(t->output_shapes, t->output_shape_count, o->name);
        bench_str_addf(out, "%s\"%s\": (%s%s, %s)", i > 0 ? ", " : "", o->name,
                       o->dtype_is_case ? "" : "torch.",
                       o->dtype_is_case ? "None" : bench_dtype_name(o->dtype),
                       shape != NULL ? shape : "None");
    }
    bench_str_add(out, "},\n    )\n");
    for (size_t i = 0; t->result != NULL && i < op->output_count; i++) {
        if (bench_python_uses(t->result, op->outputs[i].name)) {
            bench_str_addf(out, "    %s = _results[\"%s\"]\n", op->outputs[i].name,
                           op->outputs[i].name);
        }
    }
    bench_str_add(out, "    return ");
    if (t->result != NULL) {
        bench_str_add(out, t->result);
    }
    for (size_t i = 0; t->result == NULL && i < op->output_count; i++) {
        bench_str_addf(out, "%s_results[\"%s\"]", i > 0 ? ", " : "", op->outputs[i].name);
    }
    bench_str_addc(out, '\n');
}

static int add_function(const struct export_context *x, struct bench_str *out)
{
    const struct bench_torch_spec *t = x->op->torch;
    bench_str_addf(out, "def %s(%s):\n    \"\"\"", x->name, t->signature);
    bench_python_add_wrapped(out, x->op->description, 4);
    bench_str_add(out, "\n\n    Forward only: the result is not part of autograd's graph. "
                       "NotImplementedError says\n    what it does not do. Tensors that are not "
                       "contiguous, or not aligned to 16 bytes, are\n    copied first.\n"
                       "    \"\"\"\n");
    for (size_t i = 0; i < t->requirement_count; i++) {
        bench_str_addf(out, "    if not (%s):\n        raise NotImplementedError(",
                       t->requirements[i].name);
        char *message = bench_xprintf("%s: %s", x->name, t->requirements[i].expression);
        bench_python_add_string(out, message);
        free(message);
        bench_str_add(out, ")\n");
    }
    int rc = add_inputs(x, out);
    add_call_params(x, out);
    add_results(x, out);
    return rc;
}

static void add_imports(const char *text, struct bench_str *out)
{
    static const char *const modules[] = {"builtins",  "ctypes", "functools", "glob",
                                          "itertools", "math",   "os",        "threading"};
    for (size_t i = 0; i < sizeof(modules) / sizeof(*modules); i++) {
        if (bench_python_uses(text, modules[i])) {
            bench_str_addf(out, "import %s\n", modules[i]);
        }
    }
    bench_str_add(out, "\nimport torch\n\n");
}

int export_write_module(struct export_context *x, struct bench_str *out)
{
    struct bench_str sources;
    struct bench_str tables;
    struct bench_str function;
    struct bench_str rest;
    bench_str_init(&sources);
    bench_str_init(&tables);
    bench_str_init(&function);
    bench_str_init(&rest);
    int rc = add_sources(x, &sources); /* first, because the docstring has their hash */
    add_tables(x, &tables);
    add_dtypes(x, &tables);
    bench_str_add(&tables,
                  "\n\n# Launch arithmetic, from the operator's description: numbers only.\n\n\n");
    rc = rc == 0 ? export_add_plans(x, &tables) : rc;
    bench_str_add(&tables, "\n\n");
    add_implementations(x, &tables);
    rc = rc == 0 ? add_function(x, &function) : rc;

    bench_str_addf(&rest, "%s\n\n", tables.data);
    bench_str_add(&tables, function.data);
    export_add_runtime(tables.data, &rest);
    bench_str_add(&rest, function.data);

    add_docstring(x, out);
    add_imports(rest.data, out);
    bench_str_addf(out, "__all__ = [\"%s\"]\n\n" EXPORT_UNFORMATTED "_NAME = \"%s\"\n\n", x->name,
                   x->name);
    bench_str_addf(out, "%s\n", sources.data);
    bench_python_add_fitted(out, rest.data);
    bench_str_fini(&rest);
    bench_str_fini(&function);
    bench_str_fini(&tables);
    bench_str_fini(&sources);
    return rc;
}
