/* The exported Python computes launches by itself. Here it must compute the same as bench: for
 * every operator of kernels/, every implementation in CUDA C and each of its variants. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/spec/plan.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "bench/util/process.h"
#include "importer/export.h"

#define SM_COUNT 132 /* as tests/resources/importer/fake_torch.py says */

/* No dimension of 1: `add` would then see another kind of broadcasting than the case says. */
static const int64_t shapes[][6] = {
    {7, -1},
    {65536, -1},
    {1000003, -1},
    {3, 5, -1},
    {64, 1024, -1},
    {33, 1023, -1},
    {4096, 8192, -1},
    {2, 32768, -1},
    {2, 3, 5, -1},
    {512, 256, 128, -1},
    {7, 33, 129, -1},
    {16, 2, 40000, -1},
    {2, 3, 5, 8, -1},
    {3, 64, 5, 1024, -1},
    {0, -1},
    {0, 8, -1},
    {8, 0, -1},
    {0, 16, 8, -1},
    {16, 0, 8, -1},
    {16, 8, 0, -1},
    {0, 4, 8, 8, -1},
    {4, 0, 8, 8, -1},
    {4, 4, 0, 8, -1},
    {4, 4, 8, 0, -1},
    {2, 4, 5, 7, 64, -1},
    {0, 4, 5, 7, 64, -1},
    {2, 0, 5, 7, 64, -1},
    {2, 4, 0, 7, 64, -1},
};

struct feed {
    struct bench_str text;
    size_t calls;
};

static void put_tensor(struct bench_json_writer *w, const struct bench_tensor *t)
{
    bench_json_put_key(w, t->name);
    bench_json_open_array(w);
    bench_json_open_array(w);
    for (int d = 0; d < t->ndim; d++) {
        bench_json_put_int(w, t->shape[d]);
    }
    bench_json_close_array(w);
    bench_json_put_string(w, bench_dtype_name(t->dtype));
    bench_json_close_array(w);
}

static void put_arg(struct bench_json_writer *w, const struct bench_arg *arg)
{
    bench_json_open_array(w);
    switch (arg->kind) {
    case BENCH_ARG_TENSOR:
        bench_json_put_string(w, "tensor");
        bench_json_put_string(w, arg->tensor);
        break;
    case BENCH_ARG_INT:
        bench_json_put_string(w, "int");
        bench_json_put_int(w, arg->value.i32);
        break;
    case BENCH_ARG_INT64:
        bench_json_put_string(w, "int64");
        bench_json_put_int(w, arg->value.i64);
        break;
    case BENCH_ARG_FLOAT:
        bench_json_put_string(w, "float");
        bench_json_put_double(w, (double)arg->value.f32);
        break;
    case BENCH_ARG_DOUBLE:
        bench_json_put_string(w, "double");
        bench_json_put_double(w, arg->value.f64);
        break;
    }
    bench_json_close_array(w);
}

static void put_launch(struct bench_json_writer *w, const struct bench_launch *launch)
{
    bench_json_open_object(w);
    bench_json_put_key_string(w, "entry", launch->entry);
    bench_json_put_key(w, "grid");
    bench_json_open_array(w);
    for (int i = 0; i < 3; i++) {
        bench_json_put_int(w, launch->grid[i]);
    }
    bench_json_close_array(w);
    bench_json_put_key(w, "block");
    bench_json_open_array(w);
    for (int i = 0; i < 3; i++) {
        bench_json_put_int(w, launch->block[i]);
    }
    bench_json_close_array(w);
    bench_json_put_key_int(w, "shared", (int64_t)launch->shared_bytes);
    bench_json_put_key(w, "args");
    bench_json_open_array(w);
    for (size_t i = 0; i < launch->arg_count; i++) {
        put_arg(w, &launch->args[i]);
    }
    bench_json_close_array(w);
    bench_json_close_object(w);
}

/* A member of ready JSON text. */
static void put_text(struct bench_json_writer *w, const char *key, const char *json)
{
    struct bench_json_doc *doc = NULL;
    struct bench_err err;
    cr_assert_eq(bench_json_parse(key, json, strlen(json), &doc, &err), 0, "%s", err.message);
    bench_json_put_key(w, key);
    bench_json_put_value(w, bench_json_root(doc));
    bench_json_free(doc);
}

static void put_memory(struct bench_json_writer *w, const struct bench_case *c,
                       const struct bench_call *call)
{
    bench_json_put_key(w, "inputs");
    bench_json_open_object(w);
    for (size_t i = 0; i < c->op->input_count; i++) {
        put_tensor(w, &c->inputs[i]);
    }
    bench_json_close_object(w);
    bench_json_put_key(w, "outputs");
    bench_json_open_array(w);
    for (size_t i = 0; i < c->op->output_count; i++) {
        bench_json_put_int(w, (int64_t)c->outputs[i].bytes);
    }
    bench_json_close_array(w);
    bench_json_put_key(w, "output_names");
    bench_json_open_array(w);
    for (size_t i = 0; i < c->op->output_count; i++) {
        bench_json_put_string(w, c->outputs[i].name);
    }
    bench_json_close_array(w);
    bench_json_put_key(w, "workspaces");
    bench_json_open_array(w);
    for (size_t i = 0; call->launch_count > 0 && i < call->impl->workspace_count; i++) {
        bench_json_put_int(w, (int64_t)call->workspace_bytes[i]);
    }
    bench_json_close_array(w);
    bench_json_put_key(w, "workspace_names");
    bench_json_open_array(w);
    for (size_t i = 0; call->launch_count > 0 && i < call->impl->workspace_count; i++) {
        bench_json_put_string(w, call->impl->workspaces[i].name);
    }
    bench_json_close_array(w);
}

static void put_call(struct feed *feed, const struct bench_case *c, const struct bench_call *call)
{
    struct bench_json_writer w;
    bench_json_writer_init(&w, &feed->text, BENCH_JSON_COMPACT);
    bench_json_open_object(&w);
    bench_json_put_key_string(&w, "dtype", bench_dtype_name(c->dtype));
    bench_json_put_key_string(&w, "c_type", bench_dtype_c_name(c->dtype));
    bench_json_put_key(&w, "shape");
    bench_json_open_array(&w);
    for (int d = 0; d < c->ndim; d++) {
        bench_json_put_int(&w, c->shape[d]);
    }
    bench_json_close_array(&w);
    put_text(&w, "params", c->params_json);
    bench_json_put_key_string(&w, "implementation", call->impl->name);
    put_text(&w, "variant", call->variant->json);
    put_memory(&w, c, call);
    bench_json_put_key(&w, "launches");
    bench_json_open_array(&w);
    for (size_t i = 0; i < call->launch_count; i++) {
        put_launch(&w, &call->launches[i]);
    }
    bench_json_close_array(&w);
    bench_json_close_object(&w);
    bench_str_addc(&feed->text, '\n');
    feed->calls += 1;
}

static void put_calls(struct feed *feed, const struct bench_case *c,
                      const struct bench_implementation *impl)
{
    const struct bench_plan_device device = {.kind = "cuda", .sm_count = SM_COUNT};
    struct bench_arena *arena = bench_arena_new();
    struct bench_variant *variants = NULL;
    size_t count = 0;
    if (bench_implementation_supports(impl, c, &device, NULL) == 0 &&
        bench_variants_plan(impl, c, &device, arena, &variants, &count, NULL) == 0) {
        for (size_t v = 0; v < count; v++) {
            struct bench_call call;
            struct bench_err err;
            cr_assert_eq(bench_call_plan(impl, &variants[v], c, &device, arena, &call, &err), 0,
                         "%s", err.message);
            put_call(feed, c, &call);
        }
    }
    bench_arena_free(arena);
}

static void put_cases(struct feed *feed, const struct bench_operator *op, enum bench_dtype dtype,
                      const struct bench_json *params)
{
    struct bench_arena *arena = bench_arena_new();
    for (size_t s = 0; s < sizeof(shapes) / sizeof(*shapes); s++) {
        struct bench_case c;
        int ndim = 0;
        while (shapes[s][ndim] >= 0) {
            ndim++;
        }
        /* With one row, "broadcast this row" and "same shape" are the same call. */
        if ((params != NULL && ndim == 1) ||
            bench_case_plan(op, dtype, shapes[s], ndim, params, arena, &c, NULL) != 0) {
            continue;
        }
        for (size_t i = 0; i < op->implementation_count; i++) {
            if (op->implementations[i].provider == BENCH_PROVIDER_CUDA) {
                put_calls(feed, &c, &op->implementations[i]);
            }
        }
        bench_case_fini(&c);
    }
    bench_arena_free(arena);
}

/* The defaults, and each value of each enum. */
static void put_all_params(struct feed *feed, const struct bench_operator *op,
                           enum bench_dtype dtype)
{
    put_cases(feed, op, dtype, NULL);
    for (size_t p = 0; p < op->param_count; p++) {
        for (size_t v = 0; v < op->params[p].value_count; v++) {
            struct bench_json_doc *doc = NULL;
            struct bench_err err;
            char *text =
                bench_xprintf("{\"%s\": \"%s\"}", op->params[p].name, op->params[p].values[v]);
            cr_assert_eq(bench_json_parse("params", text, strlen(text), &doc, &err), 0);
            put_cases(feed, op, dtype, bench_json_root(doc));
            bench_json_free(doc);
            free(text);
        }
    }
}

static void put_operator(struct feed *feed, const struct bench_operator *op)
{
    struct bench_export_case cases[64];
    size_t count = 0;
    struct bench_export e;
    struct bench_err err;
    for (int t = 0; t < BENCH_DTYPE_COUNT; t++) {
        for (size_t i = 0; op->dtypes[t] && i < op->implementation_count && count < 64; i++) {
            if (op->implementations[i].provider == BENCH_PROVIDER_CUDA) {
                cases[count++] =
                    (struct bench_export_case){.dtype = (enum bench_dtype)t,
                                               .ndim = -1,
                                               .implementation = op->implementations[i].name};
            }
        }
    }
    cr_assert_eq(bench_export_operator(op, cases, count, NULL, NULL, &e, &err), 0, "%s",
                 err.message);
    struct bench_json_writer w;
    bench_json_writer_init(&w, &feed->text, BENCH_JSON_COMPACT);
    bench_json_open_object(&w);
    bench_json_put_key_string(&w, "name", e.name);
    bench_json_put_key_string(&w, "category", e.category);
    bench_json_put_key_string(&w, "code", e.code);
    bench_json_put_key_string(&w, "test_func", e.test_func);
    bench_json_close_object(&w);
    bench_str_addc(&feed->text, '\n');
    bench_export_fini(&e);
    /* With BENCH_TEST_QUICK, which .ci/run sets, one of the two 16-bit dtypes: their plans are
     * alike. */
    const bool quick = getenv("BENCH_TEST_QUICK") != NULL;
    for (int t = 0; t < BENCH_DTYPE_COUNT; t++) {
        if (op->dtypes[t] && !(quick && op->dtypes[BENCH_FLOAT16] && t == BENCH_BFLOAT16)) {
            put_all_params(feed, op, (enum bench_dtype)t);
        }
    }
}

static void put_kernels(struct feed *feed)
{
    struct bench_err err;
    char **names = NULL;
    size_t count = 0;
    char *kernels = NULL;
    cr_assert_eq(bench_path_find_home("kernels", &kernels, &err), 0, "%s", err.message);
    cr_assert_eq(bench_operator_list(kernels, &names, &count, &err), 0, "%s", err.message);
    for (size_t i = 0; i < count; i++) {
        char *path = NULL;
        struct bench_operator *op = NULL;
        cr_assert_eq(bench_operator_locate(kernels, names[i], &path, &err), 0, "%s", err.message);
        cr_assert_eq(bench_operator_read(path, &op, &err), 0, "%s", err.message);
        if (op->torch != NULL) {
            put_operator(feed, op);
        }
        bench_operator_free(op);
        free(path);
    }
    bench_file_list_free(names, count);
    free(kernels);
}

Test(export_plans, python_launches_what_bench_launches, .timeout = 480)
{
    if (!bench_process_exists("python3")) {
        cr_skip_test("python3 is not installed");
    }
    struct feed feed = {.calls = 0};
    bench_str_init(&feed.text);
    put_kernels(&feed);
    cr_assert_gt(feed.calls, 1000, "only %zu calls were compared", feed.calls);

    char *script = bench_xprintf("%s/importer/check_plans.py", getenv("BENCH_TEST_RESOURCES"));
    const char *argv[] = {"python3", script, NULL};
    struct bench_process_spec spec = {
        .argv = argv, .input = feed.text.data, .input_length = feed.text.len, .timeout_ms = 300000};
    struct bench_process_result result;
    struct bench_err err;
    cr_assert_eq(bench_process_run(&spec, &result, &err), 0, "%s", err.message);
    cr_assert_eq(result.exit_code, 0, "%.4000s", result.err);
    char *want = bench_xprintf("%zu calls\n", feed.calls);
    cr_assert_str_eq(result.out, want, "%.8000s", result.out);
    free(want);
    bench_process_result_fini(&result);
    free(script);
    bench_str_fini(&feed.text);
}
