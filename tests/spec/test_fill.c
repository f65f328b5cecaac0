/* Inputs of zeros flatter a kernel: they are refused when a case is planned, whatever expression
 * made them. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "bench/spec/plan.h"
#include "bench/util/file.h"
#include "spec_files.h"

static struct bench_err err;

/* Plans a case of the sample description with one thing changed. */
static int plan_changed(const char *find, const char *replace, enum bench_dtype dtype)
{
    static const int64_t shape[] = {4, 6, 10};
    struct bench_operator *op = NULL;
    struct bench_case c = {0};
    struct bench_arena *arena = bench_arena_new();
    char *folder = spec_folder_new(find, replace);
    char *path = bench_path_join(folder, "sample/sample.json");
    cr_assert_eq(bench_operator_read(path, &op, &err), 0, "%s", err.message);
    int rc = bench_case_plan(op, dtype, shape, 3, NULL, arena, &c, &err);
    if (rc == 0)
        bench_case_fini(&c);
    bench_operator_free(op);
    bench_arena_free(arena);
    spec_folder_remove(folder);
    free(path);
    return rc;
}

static const char constant[] = "{ \"constant\": 2.5 }", normal[] = "\"mean\": 0, \"std\": 1",
                  uniform[] = "\"low\": -1, \"high\": \"cols\"",
                  sequence[] = "\"start\": 0, \"step\": 1";

static void expect_zeros(const char *find, const char *replace, const char *input)
{
    cr_expect_eq(plan_changed(find, replace, BENCH_FLOAT32), BENCH_EINPUT, "%s", replace);
    spec_expect_contains(err.message, "every element would be 0", replace);
    spec_expect_contains(err.message, input, replace);
    spec_expect_contains(err.message, "sample", replace);
}

Test(fill, zeros_are_refused_with_the_input_and_a_way_out)
{
    expect_zeros(constant, "{ \"constant\": 0 }", "input 'bias'");
    expect_zeros(constant, "{ \"constant\": \"cols - 10\" }", "input 'bias'");
    expect_zeros(constant, "{ \"constant\": -0.0 }", "input 'bias'");
    expect_zeros(normal, "\"mean\": 0, \"std\": 0", "input 'x'");
    expect_zeros(uniform, "\"low\": 0, \"high\": 0", "input 'weight'");
    expect_zeros(sequence, "\"start\": 0, \"step\": 0", "input 'steps'");
    spec_expect_contains(err.message, "{\"normal\": {\"mean\": 0, \"std\": 1}}", "the way out");
}

static void expect_fine(const char *find, const char *replace, enum bench_dtype dtype)
{
    cr_expect_eq(plan_changed(find, replace, dtype), 0, "%s: %s", replace, err.message);
}

Test(fill, other_constants_are_fine)
{
    expect_fine(constant, "{ \"constant\": 1 }", BENCH_FLOAT32);
    expect_fine(normal, "\"mean\": 3, \"std\": 0", BENCH_FLOAT32);
    expect_fine(normal, "\"mean\": 0, \"std\": 1e-3", BENCH_FLOAT16);
    expect_fine(uniform, "\"low\": 0, \"high\": 1", BENCH_FLOAT32);
    expect_fine(sequence, "\"start\": 1, \"step\": 0", BENCH_FLOAT32);
}

Test(fill, integers_may_be_zeros)
{
    expect_fine(constant, "{ \"constant\": 0 }", BENCH_INT64); /* bias has the case's dtype */
    expect_fine("\"low\": 0, \"high\": \"cols\"", "\"low\": 0, \"high\": 1", BENCH_FLOAT32);
}
