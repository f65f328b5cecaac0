#include "case_fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "bench/case/verify.h"
#include "bench/provider/cuda/compile.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"

#define ok(call) cr_assert_eq((call), 0, "%s", err.message)

char *fixture_shipped(void)
{
    char *kernels = NULL;
    struct bench_err err = {0};
    ok(bench_path_find_home("kernels", &kernels, &err));
    return kernels;
}

char *fixture_resources(void)
{
    const char *resources = getenv("BENCH_TEST_RESOURCES");
    cr_assert_not_null(resources, "BENCH_TEST_RESOURCES is not set: start the tests with ctest");
    return bench_path_join(resources, "kernels");
}

void fixture_open(struct case_fixture *f, const char *device)
{
    struct bench_err err = {0};
    memset(f, 0, sizeof *f);
    int rc = bench_session_open(&f->s, device, 1, false, &err);
    if (rc != BENCH_OK && strcmp(device, "cuda") == 0)
        cr_skip_test("no GPU: %s", err.message);
    cr_assert_eq(rc, 0, "%s", err.message);
    char *version = bench_compiler_version(f->s.info->arch, &err);
    if (version == NULL && f->s.info->computes)
        cr_skip_test("no compiler: %s", err.message);
    free(version);
    f->arena = bench_arena_new();
}

static size_t bind_tensors(const struct case_fixture *f, struct bench_binding *bindings,
                           bool of_oracle)
{
    const struct bench_guarded *outputs = f->outputs[f->callable_count];
    size_t n = 0;
    for (size_t i = 0; i < f->op->input_count; i++)
        bindings[n++] = (struct bench_binding){f->op->inputs[i].name, f->data.inputs[i].data};
    for (size_t i = 0; i < f->op->output_count; i++)
        bindings[n++] = (struct bench_binding){
            f->op->outputs[i].name, of_oracle ? f->data.set->wants[i] : (void *)outputs[i].data};
    return n;
}

static void prepare(struct case_fixture *f, const struct bench_implementation *impl, bool of_oracle,
                    struct bench_callable *out)
{
    struct bench_binding bindings[16];
    struct bench_variant *variants;
    enum bench_status status;
    struct bench_err err = {0};
    size_t variant_count, count = bind_tensors(f, bindings, of_oracle);
    ok(bench_variants_plan(impl, &f->c, &f->s.plan_device, f->arena, &variants, &variant_count,
                           &err));
    ok(bench_callable_prepare(&f->s, &f->c, impl, &variants[0], bindings, count, f->arena, out,
                              &status, &err));
}

void fixture_case(struct case_fixture *f, const char *folder, const char *name, int64_t n)
{
    struct bench_err err = {0};
    char *path = bench_xprintf("%s/%s/%s.json", folder, name, name);
    ok(bench_operator_read(path, &f->op, &err));
    free(path);
    ok(bench_case_plan(f->op, BENCH_FLOAT32, &n, 1, NULL, f->arena, &f->c, &err));
    ok(bench_case_data_take(&f->s, &f->c, f->arena, &f->data, &err));
    if (!f->s.info->computes)
        return;
    ok(bench_case_data_fill(&f->s, &f->data, 1, &err));
    prepare(f, &f->op->oracle, true, &f->oracle);
    ok(bench_verify_oracle(&f->s, &f->oracle, &f->data, &err));
}

struct bench_callable *fixture_callable(struct case_fixture *f, const char *implementation)
{
    const struct bench_implementation *impl = bench_operator_find(f->op, implementation);
    struct bench_callable *callable = &f->callables[f->callable_count];
    struct bench_err err = {0};
    cr_assert_not_null(impl, "%s", implementation);
    cr_assert_lt(f->callable_count, FIXTURE_CALLABLES);
    struct bench_guarded *outputs = bench_arena_alloc(f->arena, 16 * sizeof *outputs);
    for (size_t i = 0; i < f->op->output_count; i++)
        ok(bench_guarded_take(&f->s, f->c.outputs[i].name, f->c.outputs[i].bytes, &outputs[i],
                              &err));
    f->outputs[f->callable_count] = outputs;
    prepare(f, impl, false, callable);
    f->callable_count++;
    return callable;
}

void fixture_close(struct case_fixture *f)
{
    for (size_t i = 0; i < f->callable_count; i++)
        bench_callable_fini(&f->callables[i]);
    bench_callable_fini(&f->oracle);
    if (f->op != NULL)
        bench_case_fini(&f->c);
    bench_operator_free(f->op);
    bench_session_close(&f->s);
    bench_arena_free(f->arena);
}
