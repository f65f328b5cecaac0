#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"
#include "bench/util/process.h"
#include "importer/export_selected.h"
#include "support.h"

/* Exports need no python3; the folder is used for descriptions made here. */
TestSuite(export_operator, .init = importer_enter, .fini = importer_leave);

#define OPERATOR                                                                                   \
    "{\"name\": \"twice\", \"aten\": \"aten::twice.out\", \"category\": \"pointwise\", "           \
    "\"description\": \"x and \\\"y\\\".\", \"dtypes\": [\"float32\", \"float16\"], \"dims\": "    \
    "[\"rows\", \"cols*\"], \"params\": {\"mode\": {\"type\": \"enum\", \"values\": [\"soft\", "   \
    "\"hard\"], \"default\": \"soft\"}, \"flag\": {\"type\": \"bool\", \"default\": true}}, "      \
    "\"let\": {\"unused\": \"rows + 1\", \"both\": \"rows * cols\"}, \"inputs\": [{\"name\": "     \
    "\"index\", \"shape\": [\"rows\"], \"dtype\": \"int64\", \"fill\": {\"integers\": {\"low\": "  \
    "0, "                                                                                          \
    "\"high\": \"cols\"}}}, {\"name\": \"x\", \"shape\": \"case\", \"fill\": {\"normal\": "        \
    "{\"mean\": 0, \"std\": 1}}}], \"outputs\": [{\"name\": \"out\", \"shape\": \"case\"}, "       \
    "{\"name\": \"count\", \"shape\": [\"rows\"], \"dtype\": \"int64\"}], \"bytes\": \"both\", "   \
    "\"flops\": \"0\", \"oracle\": {\"source\": \"k.cu\", \"entry\": \"oracle\", \"grid\": [1], "  \
    "\"block\": [1], \"args\": [\"x\", \"out\", \"count\"]}, \"implementations\": [{\"name\": "    \
    "\"candidate\", \"provider\": \"cuda\", \"source\": \"k.cu\", \"options\": "                   \
    "[\"--use_fast_math\"], \"tune\": {\"BLOCK\": [64, 128], \"ITEMS\": [1, 2]}, \"where\": "      \
    "\"BLOCK * ITEMS < 256\", \"requires\": {\"cols <= 4096\": \"a row must fit\"}, "              \
    "\"workspace\": [{\"name\": \"scratch\", \"bytes\": \"8 * both\"}], \"launches\": "            \
    "[{\"entry\": "                                                                                \
    "\"twice<BENCH_T, ITEMS>\", \"grid\": [\"ceildiv(both, BLOCK)\"], \"block\": [\"BLOCK\"], "    \
    "\"shared\": \"4 * BLOCK\", \"args\": [\"index\", \"x\", \"scratch\", \"out\", \"count\", "    \
    "{\"int64\": \"both\"}, {\"int\": \"mode == hard\"}, {\"float\": \"cols / 3\"}, {\"double\": " \
    "0.5}]}]}, {\"name\": \"lib\", \"provider\": \"library\", \"entry\": \"cublas.gemm\", "        \
    "\"args\": [\"x\", \"out\"]}]%s}"

#define TORCH                                                                                      \
    ", \"torch\": {\"signature\": \"input, index, mode='soft'\", \"tensors\": {\"x\": \"input\", " \
    "\"index\": \"index\"}, \"case_shape\": \"list(input.shape)\", \"params\": {\"mode\": "        \
    "\"mode\"}, \"requires\": {\"input.dim() > 1\": \"two dimensions at least\"}, \"reference\": " \
    "\"(input * 2, index)\", \"result\": \"(out, count)\", \"example_call\": \"x, index, mode\"}"

static void write_operator(const char *torch_section)
{
    char *text = NULL;
    struct bench_str out;
    bench_str_init(&out);
    bench_str_addf(&out, OPERATOR, torch_section);
    text = bench_str_take(&out);
    importer_write("kernels/twice/twice.json", text);
    importer_write("kernels/twice/k.cu", "#include \"../common/h.cuh\"\nint k; // \"\"\"\n");
    importer_write("kernels/common/h.cuh", "#pragma once\nint h;\n");
    free(text);
    bench_str_fini(&out);
}

static void export_it(const char *variant, struct bench_export *e)
{
    struct bench_err err;
    write_operator(TORCH);
    cr_assert_eq(bench_export_unmeasured("twice", "kernels", "candidate", variant, NULL, e, &err),
                 0, "%s", err.message);
}

static void expect_text(const char *text, const char *part)
{
    cr_expect_not_null(strstr(text, part), "expected '%s' in:\n%s", part, text);
}

Test(export_operator, the_module_says_everything_that_is_launched)
{
    struct bench_export e;
    export_it("BLOCK=128 ITEMS=1", &e);
    cr_expect_str_eq(e.name, "twice_out");
    cr_expect_str_eq(e.op_name, "aten::twice.out");
    cr_expect_str_eq(e.category, "pointwise");
    cr_expect_eq(e.total, 0);
    expect_text(e.code, "def twice_out(input, index, mode='soft'):");
    expect_text(e.code, "\"candidate\", {\"BLOCK\": 128, \"ITEMS\": 1}),");
    expect_text(e.code, "\"tunables\": {},"); /* this variant and no other */
    expect_text(e.code, "\"entries\": [\"twice<BENCH_T, ITEMS>\"]");
    expect_text(e.code, "\"options\": [\"--use_fast_math\"]");
    expect_text(e.code, "_extents(ceildiv(both, BLOCK), 1, 1)");
    expect_text(e.code, "_whole(4 * BLOCK)");
    expect_text(e.code, "_int64(both)");
    expect_text(e.code, "_int32(mode == hard)");
    expect_text(e.code, "_float32(cols / 3)");
    expect_text(e.code, "_float64(0.5)");
    expect_text(e.code, "\"workspaces\": {\"scratch\": _whole(8 * both)}");
    expect_text(e.code, "raise NotImplementedError(\"a row must fit\")");
    expect_text(e.code, "raise NotImplementedError(\"twice_out: two dimensions at least\")");
    expect_text(e.code, "rows, cols = _dims(_shape, 2, 1)");
    expect_text(e.code, "    hard = 1\n");
    cr_expect_null(strstr(e.code, "unused ="), "a let that nothing uses is not exported");
    /* The tensor that says the dtype comes first, whatever the order of the description. */
    cr_expect_lt(strstr(e.code, "_input(\"x\", input)"),
                 strstr(e.code, "_input(\"index\", index, torch.int64, _tensors[\"x\"].device)"));
    expect_text(e.code, "/* ---- common/h.cuh ---- */\nint h;");
    expect_text(e.code, "#undef __CUDA_NO_HALF_OPERATORS__");
    bench_export_fini(&e);
}

Test(export_operator, the_module_has_what_it_uses_and_no_more)
{
    struct bench_export e;
    export_it("BLOCK=128 ITEMS=1", &e);
    expect_text(e.code, "def _ceildiv(");
    expect_text(e.code, "def _exact("); /* used by _ceildiv only */
    expect_text(e.code, "def _option(");
    expect_text(e.code, "\nimport threading\n");
    cr_expect_null(strstr(e.code, "_floordiv"));
    cr_expect_null(strstr(e.code, "_pow2ceil"));
    cr_expect_null(strstr(e.code, "_shape_functions"));
    bench_export_fini(&e);
}

Test(export_operator, the_test_calls_the_function_on_filled_inputs)
{
    struct bench_export e;
    export_it(NULL, &e);
    expect_text(e.test_func,
                "from flag_gems.experimental.generated.pointwise.twice_out import twice_out");
    expect_text(e.test_func, "def call(function, index, x, mode, flag):\n"
                             "    return function(x, index, mode)");
    expect_text(e.test_func, "def reference(input, index, mode='soft'):\n"
                             "    return (input * 2, index)");
    expect_text(e.test_func, "(\"float32\", {\"mode\": \"soft\", \"flag\": True},\n"
                             "            {\"index\": ((33,), \"int64\", (\"integers\", 0, 1023)), "
                             "\"x\": ((33, 1023), \"float32\", (\"normal\", 0, 1))}),");
    expect_text(e.test_func, "\"float16\": (0.001, 1e-05)");
    cr_expect_null(strstr(e.test_func, "5, 4099"), "a row of 4099 does not meet the requirement");
    bench_export_fini(&e);
}

Test(export_operator, the_test_goes_over_the_values_that_parameters_can_have)
{
    struct bench_export e;
    export_it(NULL, &e);
    expect_text(e.test_func, "(\"float32\", {\"mode\": \"hard\", \"flag\": True}");
    expect_text(e.test_func, "(\"float32\", {\"mode\": \"soft\", \"flag\": False}");
    expect_text(e.test_func, "(\"float16\", {\"mode\": \"hard\", \"flag\": True}");
    expect_text(e.test_func, "(\"float16\", {\"mode\": \"soft\", \"flag\": False}");
    bench_export_fini(&e);
}

Test(export_operator, an_implementation_need_not_take_the_defaults)
{
    struct bench_export e;
    struct bench_err err;
    write_operator(TORCH);
    char *text = importer_read("kernels/twice/twice.json");
    char *condition = strstr(text, "cols <= 4096");
    cr_assert_not_null(condition);
    memcpy(condition, "mode == hard", strlen("mode == hard"));
    importer_write("kernels/twice/twice.json", text);
    free(text);
    cr_assert_eq(bench_export_unmeasured("twice", "kernels", "candidate", NULL, NULL, &e, &err), 0,
                 "%s", err.message);
    expect_text(e.test_func, "{\"mode\": \"hard\", \"flag\": True}");
    cr_expect_null(strstr(e.test_func, "\"mode\": \"soft\""));
    bench_export_fini(&e);
}

Test(export_operator, python_can_parse_both_texts)
{
    struct bench_export e;
    export_it(NULL, &e);
    importer_write("code.py", e.code);
    importer_write("test_code.py", e.test_func);
    const char *argv[] = {"python3", "-m", "py_compile", "code.py", "test_code.py", NULL};
    struct bench_process_spec spec = {.argv = argv, .timeout_ms = 180000};
    struct bench_process_result result;
    cr_assert_eq(bench_process_run(&spec, &result, NULL), 0);
    cr_expect_eq(result.exit_code, 0, "%s", result.err);
    bench_process_result_fini(&result);
    bench_export_fini(&e);
}

Test(export_operator, the_file_is_operator_data)
{
    struct bench_export e;
    struct bench_err err;
    char *path = NULL;
    export_it(NULL, &e);
    cr_assert_eq(bench_export_write(&e, "out", 2, &path, &err), 0, "%s", err.message);
    cr_expect_str_eq(path, "out/batch2/twice_out.json");
    struct bench_json_doc *doc;
    cr_assert_eq(bench_json_read(path, 0, &doc, &err), 0, "%s", err.message);
    const struct bench_json *root = bench_json_root(doc);
    cr_expect_str_eq(bench_json_string(bench_json_get(root, "op_name")), "aten::twice.out");
    cr_expect_str_eq(bench_json_string(bench_json_get(root, "operator")), "twice");
    cr_expect_str_eq(bench_json_string(bench_json_get(root, "code")), e.code);
    cr_expect_str_eq(bench_json_string(bench_json_get(root, "test_func")), e.test_func);
    cr_expect_eq(bench_json_size(bench_json_get(root, "params")), 0);
    cr_expect_eq(bench_json_size(bench_json_get(root, "info")), 3);
    bench_json_free(doc);
    free(path);
    bench_export_fini(&e);
}

Test(export_operator, the_same_input_gives_the_same_text)
{
    struct bench_export a;
    struct bench_export b;
    export_it(NULL, &a);
    export_it(NULL, &b);
    cr_expect_str_eq(a.code, b.code);
    cr_expect_str_eq(a.test_func, b.test_func);
    bench_export_fini(&a);
    bench_export_fini(&b);
}

static void expect_refusal(const char *implementation, const char *variant, int code,
                           const char *part)
{
    struct bench_export e;
    struct bench_err err = {.code = 0};
    int rc = bench_export_unmeasured("twice", "kernels", implementation, variant, NULL, &e, &err);
    cr_expect_eq(rc, code, "%s: %d", err.message, rc);
    expect_text(err.message, part);
}

Test(export_operator, refuses_what_cannot_be_exported)
{
    write_operator(TORCH);
    expect_refusal("lib", NULL, BENCH_EUNSUPPORTED, "its provider is 'library'");
    expect_refusal("nobody", NULL, BENCH_EINPUT, "no implementation 'nobody'");
    expect_refusal("candidate", "BLOCK=256 ITEMS=1", BENCH_EINPUT,
                   "no variant BLOCK=256; its description has 64, 128");
    expect_refusal("candidate", "ITEMS=1", BENCH_EINPUT, "does not say the value of BLOCK");
    write_operator("");
    expect_refusal("candidate", NULL, BENCH_EUNSUPPORTED, "has no 'torch' section");
}

static const char *compiled; /* the text that the compiler was given last */
static size_t compilations;

static int compile_right(const struct bench_implementation *impl, enum bench_dtype dtype,
                         const int64_t *values, const char *text, struct bench_err *err)
{
    (void)impl, (void)dtype, (void)err;
    compilations++;
    compiled = strstr(text, "int h;") != NULL && values[0] == 64 ? "whole" : "not whole";
    return BENCH_OK;
}

static int compile_wrong(const struct bench_implementation *impl, enum bench_dtype dtype,
                         const int64_t *values, const char *text, struct bench_err *err)
{
    (void)impl, (void)dtype, (void)values, (void)text;
    return bench_err_set(err, BENCH_EINPUT, "x.cu(3): error: no such thing %zu", ++compilations);
}

static int compile_nothing(const struct bench_implementation *impl, enum bench_dtype dtype,
                           const int64_t *values, const char *text, struct bench_err *err)
{
    (void)impl, (void)dtype, (void)values, (void)text;
    compilations++;
    return bench_err_set(err, BENCH_EUNSUPPORTED, "there is no NVRTC here");
}

static int export_compiled(bench_export_compiler compiler, const char *variant,
                           struct bench_export *e, struct bench_err *err)
{
    compilations = 0;
    write_operator(TORCH);
    return bench_export_unmeasured("twice", "kernels", "candidate", variant, compiler, e, err);
}

Test(export_operator, what_is_written_is_compiled_once)
{
    struct bench_export e;
    struct bench_err err = {.code = 0};
    cr_assert_eq(export_compiled(compile_right, "BLOCK=64 ITEMS=1", &e, &err), 0, "%s",
                 err.message);
    cr_expect_str_eq(compiled, "whole");
    cr_expect_eq(compilations, 1, "%zu", compilations);
    cr_expect_null(e.unchecked);
    bench_export_fini(&e);
}

Test(export_operator, what_does_not_compile_is_refused)
{
    struct bench_export e;
    struct bench_err err = {.code = 0};
    cr_expect_eq(export_compiled(compile_wrong, NULL, &e, &err), BENCH_EUNSUPPORTED);
    expect_text(err.message, "kernels/twice/k.cu: exported as one text, 'candidate' does not "
                             "compile for float32: x.cu(3): error: no such thing 1");
    cr_expect_eq(compilations, 8, "a variant that is for no shape may not compile: %zu",
                 compilations);
}

static int compile_nowhere(const struct bench_implementation *impl, enum bench_dtype dtype,
                           const int64_t *values, const char *text, struct bench_err *err)
{
    (void)impl, (void)dtype, (void)values, (void)text;
    return bench_err_set(err, BENCH_EDISK, "/cache: no space left");
}

Test(export_operator, what_the_system_fails_at_is_not_the_sources_fault)
{
    struct bench_export e;
    struct bench_err err = {.code = 0};
    cr_expect_eq(export_compiled(compile_nowhere, NULL, &e, &err), BENCH_EDISK);
    expect_text(err.message, "kernels/twice/k.cu: whether 'candidate' compiles for float32 as one "
                             "text cannot be told: /cache: no space left");
}

Test(export_operator, without_a_compiler_the_export_says_so)
{
    struct bench_export e;
    struct bench_err err = {.code = 0};
    cr_assert_eq(export_compiled(compile_nothing, NULL, &e, &err), 0, "%s", err.message);
    cr_expect_str_eq(e.unchecked, "'candidate': there is no NVRTC here");
    cr_expect_eq(compilations, 1, "%zu", compilations);
    bench_export_fini(&e);
}

static const char selection[] =
    "{\"batch\": 1, \"threshold\": 1.3, \"criterion\": \"speedup_vs_flaggems\", \"operators\": "
    "{\"twice\": {\"run\": \"r9\", \"device\": \"GPU 9\", \"configs\": [{\"shape\": [4, 8], "
    "\"dtype\": \"float32\", \"your_time\": 1, \"flaggems_time\": 2, \"speedup_vs_flaggems\": 2, "
    "\"params\": {\"mode\": "
    "\"hard\"}, \"source_hash\": \"a\", \"implementation\": \"candidate\", \"variant\": "
    "{\"BLOCK\": 64, \"ITEMS\": 2}}, "
    "{\"shape\": [2, 2], \"dtype\": \"float32\", \"your_time\": 1, \"flaggems_time\": 2, "
    "\"speedup_vs_flaggems\": 2, "
    "\"implementation\": \"candidate\", \"variant\": {\"BLOCK\": 64, \"ITEMS\": 1}, \"correct\": "
    "false}]}}}";

static bench_source_hasher hasher; /* of the next export */

static int export_selection(struct bench_export *e, struct bench_err *err)
{
    struct bench_selected *s;
    struct bench_run_facts facts;
    cr_assert_eq(bench_selected_read("run/s.json", &s, err), 0, "%s", err->message);
    cr_assert_eq(bench_run_facts_read(s, &facts, NULL), 0);
    int rc = bench_export_selected(&s->ops[0], "kernels", &facts, hasher, NULL, e, err);
    bench_run_facts_fini(&facts);
    bench_selected_free(s);
    return rc;
}

Test(export_operator, measured_cases_become_the_table)
{
    struct bench_export e;
    struct bench_err err;
    write_operator(TORCH);
    importer_write("run/s.json", selection);
    importer_write("run/run.json", "{\"run\": \"r10\", \"started\": \"2026-11-22T10:00:00Z\", "
                                   "\"device\": {\"name\": \"GPU 10\", \"kind\": \"cuda\"}}");
    cr_assert_eq(export_selection(&e, &err), 0, "%s", err.message);
    expect_text(e.code, "\"tunables\": {\"BLOCK\": [64, 128], \"ITEMS\": [1, 2]},");
    expect_text(e.code, "_MEASURED = [\n    (\"float32\", (4, 8), {\"mode\": \"hard\", \"flag\": "
                        "True}, \"candidate\", {\"BLOCK\": 64, \"ITEMS\": 2}),\n]");
    expect_text(e.code, "Measured: run r9 on GPU 10, 2026-11-22T10:00:00Z.");
    cr_expect_eq(e.total, 2);
    cr_expect_eq(e.success, 1);
    cr_expect_eq(e.failed, 1);
    cr_expect_null(strstr(e.code, "float16"), "only what was measured is exported");
    bench_export_fini(&e);
}

Test(export_operator, a_description_changed_since_the_run_is_refused)
{
    struct bench_export e;
    struct bench_err err;
    write_operator(TORCH);
    importer_write("run/s.json", selection);
    importer_write("run/run.json", "{\"run\": \"r10\", \"operators\": [{\"name\": \"twice\", "
                                   "\"hash\": \"00\"}]}");
    cr_expect_eq(export_selection(&e, &err), BENCH_EINPUT);
    expect_text(err.message, "twice.json was changed since it was measured by the run r10");
}

Test(export_operator, words_changed_since_the_run_do_not_matter)
{
    struct bench_export e;
    struct bench_err err;
    struct bench_operator *op;
    write_operator(TORCH);
    cr_assert_eq(bench_operator_read("kernels/twice/twice.json", &op, &err), 0, "%s", err.message);
    char *run = bench_xprintf("{\"run\": \"r10\", \"operators\": [{\"name\": \"twice\", \"hash\": "
                              "\"00\", \"meaning\": \"%s\"}]}",
                              op->meaning);
    importer_write("run/s.json", selection);
    importer_write("run/run.json", run);
    cr_assert_eq(export_selection(&e, &err), 0, "%s", err.message);
    bench_export_fini(&e);
    bench_operator_free(op);
    free(run);
}

static bool hash_is_a(const struct bench_implementation *impl, char hex[33])
{
    cr_expect_str_eq(impl->name, "candidate");
    strcpy(hex, "a");
    return true;
}

static bool hash_is_b(const struct bench_implementation *impl, char hex[33])
{
    cr_expect_str_eq(impl->name, "candidate");
    strcpy(hex, "b");
    return true;
}

Test(export_operator, a_source_changed_since_the_run_is_refused)
{
    struct bench_export e;
    struct bench_err err;
    write_operator(TORCH);
    importer_write("run/s.json", selection); /* measured as "a" */
    hasher = hash_is_a;
    cr_assert_eq(export_selection(&e, &err), 0, "%s", err.message);
    bench_export_fini(&e);
    hasher = hash_is_b;
    cr_expect_eq(export_selection(&e, &err), BENCH_EINPUT);
    expect_text(err.message, "the source of 'candidate', or a file that it includes, was changed");
}

Test(export_operator, data_that_do_not_say_what_was_measured_are_refused)
{
    struct bench_export e;
    struct bench_err err;
    write_operator(TORCH);
    importer_write(
        "run/s.json",
        "{\"batch\": 1, \"threshold\": 1.3, \"criterion\": \"speedup_vs_flaggems\", "
        "\"operators\": {\"twice\": {\"configs\": [{\"shape\": [4, 8], \"dtype\": "
        "\"float32\", \"your_time\": 1, \"flaggems_time\": 2, \"speedup_vs_flaggems\": 2}]}}}");
    cr_expect_eq(export_selection(&e, &err), BENCH_EUNSUPPORTED);
    expect_text(err.message, "run/s.json:1:");
    expect_text(err.message, "'implementation' is missing");
}

/* `bench select --output` may put the selection anywhere. */
Test(export_operator, the_run_is_found_through_the_data_that_were_selected_from)
{
    struct bench_selected *s;
    struct bench_run_facts facts;
    struct bench_err err;
    importer_write(
        "s.json",
        "{\"batch\": 1, \"threshold\": 1.3, \"criterion\": "
        "\"speedup_vs_flaggems\", \"your_data\": \"run/your.json\", "
        "\"operators\": {\"twice\": {\"run\": \"r9\", \"device\": \"GPU 9\", "
        "\"device_kind\": \"cpu\", \"configs\": [{\"shape\": [4], \"dtype\": "
        "\"float32\", \"your_time\": 1, \"flaggems_time\": 2, \"speedup_vs_flaggems\": 2}]}}}");
    importer_write("run/run.json", "{\"run\": \"r9\", \"device\": {\"name\": \"GPU 9 of r9\"}}");
    cr_assert_eq(bench_selected_read("s.json", &s, &err), 0, "%s", err.message);
    cr_assert_eq(bench_run_facts_read(s, &facts, NULL), 0);
    cr_expect_str_eq(facts.name, "r9");
    cr_expect_str_eq(facts.device, "GPU 9 of r9");
    cr_expect_str_eq(facts.kind, "cpu");
    bench_run_facts_fini(&facts);

    importer_write("run/run.json", "{\"run\": \"r8\", \"device\": {\"name\": \"GPU 8\"}}");
    cr_assert_eq(bench_run_facts_read(s, &facts, NULL), 0);
    cr_expect_null(facts.name, "run.json of another run");
    cr_expect_null(facts.device);
    cr_expect_str_eq(facts.kind, "cpu");
    bench_run_facts_fini(&facts);

    /* Beside the selection it is the run's own. */
    importer_write("run.json", "{\"run\": \"r9");
    cr_expect_eq(bench_run_facts_read(s, &facts, &err), BENCH_EINPUT);
    cr_expect_not_null(strstr(err.message, "run.json:1:"), "%s", err.message);
    bench_selected_free(s);
}
