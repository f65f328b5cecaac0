/* Every operator and suite that is shipped can be read, and every case can be planned. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "bench/spec/suite.h"
#include "bench/util/file.h"

static struct bench_err err;

static char *home_folder(const char *name)
{
    const char *home = getenv("BENCH_HOME");
    cr_assert_not_null(home, "BENCH_HOME is not set; start the tests with ctest");
    return bench_path_join(home, name);
}

Test(descriptions, every_operator_is_in_order)
{
    char *kernels = home_folder("kernels");
    char **names = NULL;
    size_t count = 0;
    cr_assert_eq(bench_operator_list(kernels, &names, &count, &err), 0, "%s", err.message);
    cr_expect_gt(count, 0, "no operators in %s", kernels);
    for (size_t i = 0; i < count; ++i) {
        struct bench_operator *op = NULL;
        char *path = NULL;
        cr_assert_eq(bench_operator_locate(kernels, names[i], &path, &err), 0, "%s", err.message);
        cr_expect_eq(bench_operator_read(path, &op, &err), 0, "%s", err.message);
        bench_operator_free(op);
        free(path);
    }
    bench_file_list_free(names, count);
    free(kernels);
}

/* On a device that runs everything, each variant of each implementation must resolve for each case
 * that it supports. */
static void plan_calls(const struct bench_suite_case *c, const char *kind)
{
    const struct bench_plan_device device = {.kind = kind, .sm_count = 132};
    const struct bench_operator *op = c->plan.op;
    for (size_t i = 0; i < op->implementation_count; ++i) {
        const struct bench_implementation *impl = &op->implementations[i];
        struct bench_variant *variants = NULL;
        size_t count = 0;
        int rc = bench_implementation_supports(impl, &c->plan, &device, &err);
        cr_expect(rc == 0 || rc == BENCH_EUNSUPPORTED, "%s", err.message);
        if (rc != 0) {
            continue;
        }
        struct bench_arena *arena = bench_arena_new();
        rc = bench_variants_plan(impl, &c->plan, &device, arena, &variants, &count, &err);
        cr_expect_eq(rc, 0, "%s, implementation '%s': %s", c->plan.label, impl->name, err.message);
        for (size_t v = 0; rc == 0 && v < count; ++v) {
            struct bench_call call;
            cr_expect_eq(bench_call_plan(impl, &variants[v], &c->plan, &device, arena, &call, &err),
                         0, "%s", err.message);
        }
        bench_arena_free(arena);
    }
}

Test(descriptions, every_suite_is_in_order_and_every_call_resolves)
{
    char *kernels = home_folder("kernels");
    char *configs = home_folder("configs");
    char **names = NULL;
    size_t count = 0;
    size_t suites = 0;
    cr_assert_eq(bench_file_list(configs, &names, &count, &err), 0, "%s", err.message);
    for (size_t i = 0; i < count; ++i) {
        if (!bench_str_ends(names[i], ".json") || bench_str_ends(names[i], ".schema.json")) {
            continue;
        }
        struct bench_suite *suite = NULL;
        char *path = bench_path_join(configs, names[i]);
        int rc = bench_suite_read(path, kernels, NULL, &suite, &err);
        cr_expect_eq(rc, 0, "%s", err.message);
        for (size_t k = 0; rc == 0 && k < suite->case_count; ++k) {
            plan_calls(&suite->cases[k], "cuda");
            plan_calls(&suite->cases[k], "cpu");
        }
        suites += 1;
        bench_suite_free(suite);
        free(path);
    }
    cr_expect_gt(suites, 0, "no suites in %s", configs);
    bench_file_list_free(names, count);
    free(configs);
    free(kernels);
}
