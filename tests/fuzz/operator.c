/* Operator descriptions; what is read can be planned, or says why not. */
#include <stdlib.h>

#include "bench/spec/plan.h"
#include "fuzz.h"

static void plan_implementation(const struct bench_implementation *impl, const struct bench_case *c,
                                struct bench_arena *arena)
{
    static const struct bench_plan_device device = {"cuda", 132};
    struct bench_variant *variants = NULL;
    struct bench_err err = {0};
    size_t count = 0;
    fuzz_check_error(bench_implementation_supports(impl, c, &device, &err), &err);
    int rc = bench_variants_plan(impl, c, &device, arena, &variants, &count, &err);
    fuzz_check_error(rc, &err);
    for (size_t i = 0; rc == BENCH_OK && i < count && i < 4; i++) {
        struct bench_call call;
        rc = bench_call_plan(impl, &variants[i], c, &device, arena, &call, &err);
        fuzz_check_error(rc, &err);
    }
}

static void plan(const struct bench_operator *op, enum bench_dtype dtype)
{
    static const int64_t shape[] = {3, 5, 8};
    for (int ndim = 0; ndim <= 3; ndim++) {
        struct bench_arena *arena = bench_arena_new();
        struct bench_err err = {0};
        struct bench_case c;
        int rc = bench_case_plan(op, dtype, shape, ndim, NULL, arena, &c, &err);
        fuzz_check_error(rc, &err);
        if (rc == BENCH_OK) {
            for (size_t i = 0; i < op->implementation_count; i++)
                plan_implementation(&op->implementations[i], &c, arena);
            bench_case_fini(&c);
        }
        bench_arena_free(arena);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool has_sources;
    struct bench_operator *op = NULL;
    struct bench_err err = {0};
    if (!has_sources) /* they are looked for, and not read */
        free(fuzz_file("fuzz/k.cu", "", 0));
    has_sources = true;
    char *path = fuzz_file("fuzz/fuzz.json", data, size);
    int rc = bench_operator_read(path, &op, &err);
    fuzz_check_error(rc, &err);
    if (rc == BENCH_OK) {
        plan(op, BENCH_FLOAT32);
        plan(op, BENCH_INT64);
        bench_operator_free(op);
    }
    free(path);
    return 0;
}
