#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "bench/spec/plan.h"
#include "bench/util/mem.h"
#include "spec_files.h"

static struct bench_operator *op;
static struct bench_arena *arena;
static struct bench_case c;
static struct bench_json_doc *doc;
static struct bench_err err;
static const struct bench_plan_device cuda = {.kind = "cuda", .sm_count = 132};
static const struct bench_plan_device cpu = {.kind = "cpu", .sm_count = 8};
static const struct bench_plan_device null_device = {.kind = "null", .sm_count = 1};

static void set_up(void)
{
    char *path = spec_resource("kernels/sample/sample.json");
    cr_assert_eq(bench_operator_read(path, &op, &err), 0, "%s", err.message);
    free(path);
    arena = bench_arena_new();
}

static void tear_down(void)
{
    bench_case_fini(&c);
    bench_json_free(doc);
    bench_operator_free(op);
    bench_arena_free(arena);
}

TestSuite(plan, .init = set_up, .fini = tear_down);

static int plan_with(enum bench_dtype dtype, int ndim, int64_t d0, int64_t d1, int64_t d2,
                     const char *params)
{
    const int64_t shape[] = {d0, d1, d2};
    const struct bench_json *root = NULL;
    bench_case_fini(&c);
    bench_json_free(doc);
    doc = NULL;
    if (params != NULL) {
        cr_assert_eq(bench_json_parse("p.json", params, strlen(params), &doc, &err), 0, "%s",
                     err.message);
        root = bench_json_root(doc);
    }
    return bench_case_plan(op, dtype, shape, ndim, root, arena, &c, &err);
}

static void plan_default(void)
{
    cr_assert_eq(plan_with(BENCH_FLOAT16, 3, 4, 6, 10, NULL), 0, "%s", err.message);
}

Test(plan, a_case_binds_dims_params_and_lets)
{
    plan_default();
    cr_expect_eq(c.numel, 240);
    cr_expect_eq(*bench_scope_get(c.scope, "rows"), 24);
    cr_expect_eq(*bench_scope_get(c.scope, "cols"), 10);
    cr_expect_eq(*bench_scope_get(c.scope, "numel"), 240);
    cr_expect_eq(*bench_scope_get(c.scope, "ndim"), 3);
    cr_expect_eq(*bench_scope_get(c.scope, "sizeof_T"), 2);
    cr_expect_eq(*bench_scope_get(c.scope, "eps"), 1e-5);
    cr_expect_eq(*bench_scope_get(c.scope, "other"), 1);
    cr_expect_eq(*bench_scope_get(c.scope, "row"), 1);
    cr_expect_eq(*bench_scope_get(c.scope, "twice"), 32);
    cr_expect_eq(c.bytes, 960);
    cr_expect_eq(c.flops, 1200);
    cr_expect_str_eq(c.params_json, "{\"eps\":1e-05,\"axis\":-1,\"keep\":true,\"other\":\"row\"}");
    cr_expect_str_eq(c.label, "sample float16 [4, 6, 10] eps=1e-05 axis=-1 keep=true other=row");
}

Test(plan, a_star_takes_the_remaining_dimensions)
{
    cr_assert_eq(plan_with(BENCH_FLOAT32, 1, 10, 0, 0, NULL), 0, "%s", err.message);
    cr_expect_eq(*bench_scope_get(c.scope, "rows"), 1);
    cr_expect_eq(*bench_scope_get(c.scope, "cols"), 10);
    cr_assert_eq(plan_with(BENCH_FLOAT32, 2, 3, 10, 0, NULL), 0, "%s", err.message);
    cr_expect_eq(*bench_scope_get(c.scope, "rows"), 3);
}

Test(plan, tensors_have_shapes_dtypes_and_fills)
{
    plan_default();
    cr_expect_eq(c.inputs[0].ndim, 3);
    cr_expect_eq(c.inputs[0].dtype, BENCH_FLOAT16);
    cr_expect_eq(c.inputs[0].bytes, 480);
    cr_expect_eq(c.inputs[1].bytes, 40);
    cr_expect_eq(c.inputs[1].fill_b, 10);
    cr_expect_eq(c.inputs[2].shape[0], 24);
    cr_expect_eq(c.inputs[2].numel, 48);
    cr_expect_eq(c.inputs[2].fill, BENCH_FILL_INTEGERS);
    cr_expect_eq(c.inputs[3].numel, 1);
    cr_expect_eq(c.inputs[3].fill_a, 2.5);
    cr_expect_eq(c.inputs[4].numel, 10);
    cr_expect_eq(c.outputs[1].dtype, BENCH_INT64);
    cr_expect_eq(c.outputs[1].bytes, 24 * 8);
}

Test(plan, params_change_shapes_and_identity)
{
    char key[33];
    plan_default();
    memcpy(key, c.key, sizeof(key));
    cr_assert_eq(plan_with(BENCH_FLOAT16, 3, 4, 6, 10, "{\"other\": \"same\", \"keep\": false}"), 0,
                 "%s", err.message);
    cr_expect_eq(c.inputs[4].numel, 240);
    cr_expect_str_eq(c.params_json,
                     "{\"eps\":1e-05,\"axis\":-1,\"keep\":false,\"other\":\"same\"}");
    cr_expect_str_neq(c.key, key);
    /* Naming the defaults changes nothing. */
    cr_assert_eq(plan_with(BENCH_FLOAT16, 3, 4, 6, 10, "{\"other\": \"row\", \"axis\": -1}"), 0);
    cr_expect_str_eq(c.key, key);
    cr_assert_eq(plan_with(BENCH_FLOAT32, 3, 4, 6, 10, NULL), 0);
    cr_expect_str_neq(c.key, key);
    cr_assert_eq(plan_with(BENCH_FLOAT16, 3, 6, 4, 10, NULL), 0);
    cr_expect_str_neq(c.key, key);
}

Test(plan, faults_of_cases)
{
    static const struct {
        enum bench_dtype dtype;
        int ndim;
        int64_t d0, d1;
        const char *params, *message;
    } table[] = {
        {BENCH_FLOAT32, 0, 0, 0, NULL, "expected at least 1: sample is [rows*, cols]"},
        {BENCH_FLOAT32, 2, 8, 0, NULL, "'cols' is 0; if the operator has an answer"},
        {BENCH_FLOAT32, 2, 8, -1, NULL, "dimension 1 of the shape is -1"},
        {BENCH_FLOAT32, 2, (int64_t)1 << 40, (int64_t)1 << 40, NULL, "more than 2^53 elements"},
        {BENCH_BFLOAT16, 2, 8, 8, NULL, "no dtype 'bfloat16'"},
        {BENCH_FLOAT32, 2, 8, 8, "{\"othr\": 1}", "p.json:1:"},
        {BENCH_FLOAT32, 2, 8, 8, "{\"othr\": 1}",
         "/othr: unknown key 'othr'; did you mean 'other'"},
        {BENCH_FLOAT32, 2, 8, 8, "{\"other\": 1}", "'other' is one of \"same\", \"row\""},
        {BENCH_FLOAT32, 2, 8, 8, "{\"other\": \"col\"}", "'other' is one of \"same\", \"row\""},
        {BENCH_FLOAT32, 2, 8, 8, "{\"axis\": 1.5}", "'axis' is an integer"},
        {BENCH_FLOAT32, 2, 8, 8, "{\"eps\": \"1\"}", "'eps' is a number, found a string"},
        {BENCH_FLOAT32, 2, 8, 8, "{\"keep\": 1}", "'keep' is true or false, found a number"},
        {BENCH_FLOAT32, 2, 8, 8, "[]", "expected an object"},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); ++i) {
        int rc =
            plan_with(table[i].dtype, table[i].ndim, table[i].d0, table[i].d1, 0, table[i].params);
        cr_expect_eq(rc, BENCH_EINPUT, "accepted: %s", table[i].message);
        spec_expect_contains(err.message, table[i].message, "a case");
    }
}

Test(plan, an_empty_case_has_tensors_of_no_elements_and_costs_nothing)
{
    cr_assert_eq(plan_with(BENCH_FLOAT32, 3, 4, 0, 10, NULL), 0, "%s", err.message);
    cr_expect_str_eq(c.label, "sample float32 [4, 0, 10] eps=1e-05 axis=-1 keep=true other=row");
    cr_expect_eq(c.numel, 0);
    cr_expect_eq(*bench_scope_get(c.scope, "rows"), 0);
    cr_expect_eq(c.inputs[0].bytes, 0);
    cr_expect_eq(c.inputs[1].numel, 10);
    cr_expect_eq(c.outputs[0].numel, 0);
    cr_expect(c.writes_nothing);
    cr_expect_eq(c.bytes, 0);
    cr_expect_eq(c.flops, 0);
    char key[33];
    memcpy(key, c.key, sizeof(key));
    cr_assert_eq(plan_with(BENCH_FLOAT32, 3, 0, 4, 10, NULL), 0, "%s", err.message);
    cr_expect_str_neq(c.key, key);
    plan_default();
    cr_expect_not(c.writes_nothing);
}

/* Where no output has an element there is nothing to launch, whatever a launch would require. */
Test(plan, where_nothing_is_written_nothing_is_launched)
{
    struct bench_variant *variants;
    struct bench_call call;
    size_t count = 0;
    cr_assert_eq(plan_with(BENCH_FLOAT32, 2, 0, 10000, 0, NULL), 0, "%s", err.message);
    const struct bench_implementation *impl = bench_operator_find(op, "candidate");
    cr_assert_eq(bench_implementation_supports(impl, &c, &cuda, &err), 0, "%s", err.message);
    cr_assert_eq(bench_variants_plan(impl, &c, &cuda, arena, &variants, &count, &err), 0);
    cr_assert_eq(count, 1);
    cr_expect_str_eq(variants[0].label, "");
    cr_expect_str_eq(variants[0].json, "{}");
    cr_assert_eq(bench_call_plan(impl, &variants[0], &c, &cuda, arena, &call, &err), 0, "%s",
                 err.message);
    cr_expect_eq(call.launch_count, 0);
    cr_expect_eq(bench_implementation_supports(impl, &c, &null_device, &err), BENCH_EUNSUPPORTED);
}

Test(plan, only_the_dims_that_the_description_names_may_be_0)
{
    cr_expect_eq(plan_with(BENCH_FLOAT32, 2, 4, 0, 0, NULL), BENCH_EINPUT);
    spec_expect_contains(err.message,
                         "sample float32 [4, 0]: 'cols' is 0; if the operator has an answer to "
                         "that, name the dim in the description's \"empty\"",
                         "a dim that is not named");
    cr_expect_eq(plan_with(BENCH_FLOAT32, 2, 0, 0, 0, NULL), BENCH_EINPUT);
}

Test(plan, a_value_that_does_not_exist_names_the_case_and_the_place)
{
    char *folder = spec_folder_new("\"2 * padded\"", "\"1 / (cols - 8)\"");
    char *path = NULL;
    bench_operator_free(op);
    cr_assert_eq(bench_operator_locate(folder, "sample", &path, &err), 0, "%s", err.message);
    cr_assert_eq(bench_operator_read(path, &op, &err), 0, "%s", err.message);
    free(path);
    cr_expect_eq(plan_with(BENCH_FLOAT32, 2, 8, 9, 0, NULL), 0, "%s", err.message);
    cr_expect_eq(plan_with(BENCH_FLOAT32, 2, 8, 8, 0, NULL), BENCH_EINPUT);
    spec_expect_contains(err.message,
                         "sample float32 [8, 8]: let 'twice': expression '1 / (cols - 8)'",
                         "division by zero");
    spec_folder_remove(folder);
}

static void read_with_positions(const char *shape)
{
    char *replace = bench_xprintf("\"shape\": %s, \"dtype\": \"int64\", \"index_into\": \"x\", "
                                  "\"description\"",
                                  shape);
    char *folder =
        spec_folder_new("\"shape\": [\"rows\"], \"dtype\": \"int64\", \"description\"", replace);
    char *path = NULL;
    bench_operator_free(op);
    op = NULL;
    cr_assert_eq(bench_operator_locate(folder, "sample", &path, &err), 0, "%s", err.message);
    cr_assert_eq(bench_operator_read(path, &op, &err), 0, "%s", err.message);
    free(path);
    free(replace);
    spec_folder_remove(folder);
}

Test(plan, positions_are_in_the_rows_of_their_input)
{
    read_with_positions("[\"rows\", 2]");
    cr_expect_eq(op->outputs[1].index_into, &op->inputs[0]);
    cr_expect_null(op->outputs[0].index_into);
    cr_expect_eq(plan_with(BENCH_FLOAT32, 2, 8, 9, 0, NULL), 0, "%s", err.message);
    read_with_positions("[\"rows\"]");
    cr_expect_eq(plan_with(BENCH_FLOAT32, 2, 8, 9, 0, NULL), BENCH_EINPUT);
    spec_expect_contains(err.message, "output 'where_from': index_into: it has not as many rows",
                         "rows");
}

Test(plan, support_depends_on_device_dtype_and_requirements)
{
    static const struct {
        const char *implementation;
        enum bench_dtype dtype;
        int64_t cols;
        const struct bench_plan_device *device;
        int rc;
        const char *reason;
    } table[] = {
        {"candidate", BENCH_FLOAT32, 64, &cuda, 0, ""},
        {"candidate", BENCH_FLOAT32, 64, &cpu, 0, ""},
        {"candidate", BENCH_INT64, 64, &cuda, BENCH_EUNSUPPORTED, "leaves out the dtype 'int64'"},
        {"candidate", BENCH_FLOAT32, 9000, &cuda, BENCH_EUNSUPPORTED,
         "a row must fit the registers of one warp (it requires cols <= 8192)"},
        {"candidate", BENCH_FLOAT32, 64, &null_device, BENCH_EUNSUPPORTED,
         "runs only implementations of the provider 'null'"},
        {"scripted", BENCH_FLOAT32, 64, &null_device, 0, ""},
        {"scripted", BENCH_FLOAT32, 64, &cuda, BENCH_EUNSUPPORTED, "on the null device only"},
        {"cudnn", BENCH_FLOAT32, 64, &cuda, 0, ""},
        {"cudnn", BENCH_FLOAT32, 64, &cpu, BENCH_EUNSUPPORTED, "on the cuda device only"},
        {"two_steps", BENCH_INT64, 64, &cpu, 0, ""},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); ++i) {
        cr_assert_eq(plan_with(table[i].dtype, 2, 8, table[i].cols, 0, NULL), 0, "%s", err.message);
        err.message[0] = '\0';
        cr_expect_eq(bench_implementation_supports(bench_operator_find(op, table[i].implementation),
                                                   &c, table[i].device, &err),
                     table[i].rc, "%zu", i);
        spec_expect_contains(err.message, table[i].reason, table[i].implementation);
    }
}

Test(plan, variants_are_the_combinations_that_where_leaves)
{
    struct bench_variant *v = NULL;
    size_t count = 0;
    plan_default();
    const struct bench_implementation *impl = bench_operator_find(op, "candidate");
    cr_assert_eq(bench_variants_plan(impl, &c, &cuda, arena, &v, &count, &err), 0, "%s",
                 err.message);
    cr_assert_eq(count, 5);
    static const char *const labels[] = {"WARPS=2 ITEMS=1", "WARPS=2 ITEMS=2", "WARPS=4 ITEMS=1",
                                         "WARPS=4 ITEMS=2", "WARPS=8 ITEMS=1"};
    for (size_t i = 0; i < count; ++i) {
        cr_expect_str_eq(v[i].label, labels[i]);
    }
    cr_expect_str_eq(v[4].json, "{\"WARPS\":8,\"ITEMS\":1}");
    cr_assert_eq(bench_variants_plan(bench_operator_find(op, "two_steps"), &c, &cuda, arena, &v,
                                     &count, &err),
                 0);
    cr_expect_eq(count, 1);
    cr_expect_str_eq(v[0].label, "");
    cr_expect_str_eq(v[0].json, "{}");
    const struct bench_plan_device none = {.kind = "cuda", .sm_count = 0};
    cr_expect_eq(bench_variants_plan(impl, &c, &none, arena, &v, &count, &err), BENCH_EUNSUPPORTED);
    spec_expect_contains(err.message, "none of its 6 variants satisfies its 'where'", "no variant");
}

static const struct bench_variant *variant_of(const struct bench_implementation *impl, size_t index)
{
    struct bench_variant *v = NULL;
    size_t count = 0;
    cr_assert_eq(bench_variants_plan(impl, &c, &cuda, arena, &v, &count, &err), 0, "%s",
                 err.message);
    cr_assert_lt(index, count);
    return &v[index];
}

Test(plan, a_call_resolves_launches_and_arguments)
{
    struct bench_call call;
    plan_default();
    const struct bench_implementation *impl = bench_operator_find(op, "candidate");
    cr_assert_eq(bench_call_plan(impl, variant_of(impl, 3), &c, &cuda, arena, &call, &err), 0, "%s",
                 err.message);
    cr_assert_eq(call.launch_count, 1);
    const struct bench_launch *l = &call.launches[0];
    cr_expect_str_eq(l->entry, "sample_warp<BENCH_T>");
    cr_expect(l->grid[0] == 3 && l->grid[1] == 1 && l->grid[2] == 2);
    cr_expect(l->block[0] == 128 && l->block[1] == 1 && l->block[2] == 1);
    cr_expect_eq(l->shared_bytes, 512);
    cr_assert_eq(l->arg_count, 7);
    cr_expect_str_eq(l->args[0].tensor, "x");
    cr_expect_eq(l->args[3].value.i64, 24);
    cr_expect_eq(l->args[4].value.i32, 10);
    cr_expect_eq(l->args[5].value.f32, 1e-5F);
    cr_expect_eq(l->args[6].value.f64, 0.5);
}

Test(plan, several_launches_and_workspaces)
{
    struct bench_call call;
    plan_default();
    const struct bench_implementation *impl = bench_operator_find(op, "two_steps");
    cr_assert_eq(bench_call_plan(impl, variant_of(impl, 0), &c, &cuda, arena, &call, &err), 0);
    cr_assert_eq(call.launch_count, 2);
    cr_expect_eq(call.workspace_bytes[0], 8 * 24 * 4);
    cr_expect_eq(call.launches[0].grid[0], 24);
    cr_expect_eq(call.launches[1].block[0], 32);
    cr_expect_str_eq(call.launches[1].args[0].tensor, "partial");
    struct bench_variant *v = NULL;
    size_t count = 0;
    cr_assert_eq(bench_variants_plan(&op->oracle, &c, &cuda, arena, &v, &count, &err), 0);
    cr_assert_eq(bench_call_plan(&op->oracle, v, &c, &cuda, arena, &call, &err), 0, "%s",
                 err.message);
    cr_expect_str_eq(call.launches[0].args[3].tensor, "scale");
}

Test(plan, a_call_that_is_impossible_says_where)
{
    static const struct {
        const char *find, *replace, *message;
    } table[] = {
        {"\"ceildiv(rows, rows_a_block)\", 1", "\"rows - 24\", 1",
         "grid.x: expression 'rows - 24' is 0 here, where 1 to 2147483647 is allowed"},
        {"\"ceildiv(rows, rows_a_block)\", 1", "1, \"2 ^ 31\"", "grid.y: expression '2 ^ 31'"},
        {"\"32 * WARPS\"", "\"WARPS / 3\"", "block.x: expression 'WARPS / 3' is 0.6666"},
        {"\"WARPS * 32 * 4\"", "\"-1\"", "shared: expression '-1' is -1 here"},
        {"{ \"int\": \"cols\" }", "{ \"int\": \"2 ^ 31\" }", "argument 5: expression '2 ^ 31'"},
        {"{ \"float\": \"eps\" }", "{ \"float\": \"10 ^ 39\" }", "too large for a float"},
        {"\"WARPS * ITEMS\"", "\"1 / (cols - 10)\"", "let 'rows_a_block': expression"},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); ++i) {
        struct bench_call call;
        char *path = NULL;
        char *folder = spec_folder_new(table[i].find, table[i].replace);
        cr_assert_eq(bench_operator_locate(folder, "sample", &path, &err), 0);
        bench_case_fini(&c);
        bench_operator_free(op);
        cr_assert_eq(bench_operator_read(path, &op, &err), 0, "%s", err.message);
        free(path);
        plan_default();
        const struct bench_implementation *impl = bench_operator_find(op, "candidate");
        int64_t values[] = {2, 1};
        const struct bench_variant variant = {values, "WARPS=2 ITEMS=1", "{}"};
        cr_expect_eq(bench_call_plan(impl, &variant, &c, &cuda, arena, &call, &err), BENCH_EINPUT,
                     "accepted: %s", table[i].message);
        spec_expect_contains(err.message, "other=row, implementation 'candidate' WARPS=2 ITEMS=1: ",
                             "the call's name");
        spec_expect_contains(err.message, table[i].message, "the reason");
        spec_folder_remove(folder);
    }
}
