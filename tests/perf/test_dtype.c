#include <criterion/criterion.h>
#include <string.h>

#include "bench/perf/dtype.h"
#include "bench/util/err.h"

Test(dtype, every_dtype_has_names_and_reads_its_own_name)
{
    for (int i = 0; i < BENCH_DTYPE_COUNT; ++i) {
        enum bench_dtype t = (enum bench_dtype)i;
        enum bench_dtype back = BENCH_DTYPE_COUNT;
        cr_expect_eq(bench_dtype_parse(bench_dtype_name(t), &back), 0);
        cr_expect_eq(back, t, "%s", bench_dtype_name(t));
        cr_expect_gt(strlen(bench_dtype_c_name(t)), 0);
    }
}

Test(dtype, names_that_people_use)
{
    static const struct {
        const char *name;
        enum bench_dtype t;
    } table[] = {
        {"torch.float32", BENCH_FLOAT32},
        {"float", BENCH_FLOAT32},
        {"FP32", BENCH_FLOAT32},
        {"f32", BENCH_FLOAT32},
        {"half", BENCH_FLOAT16},
        {"fp16", BENCH_FLOAT16},
        {"bf16", BENCH_BFLOAT16},
        {"BFloat16", BENCH_BFLOAT16},
        {"double", BENCH_FLOAT64},
        {"long", BENCH_INT64},
        {"torch.long", BENCH_INT64},
        {"int", BENCH_INT32},
        {"short", BENCH_INT16},
        {"char", BENCH_INT8},
        {"byte", BENCH_UINT8},
        {"torch.bool", BENCH_BOOL},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); ++i) {
        enum bench_dtype t = BENCH_DTYPE_COUNT;
        cr_expect_eq(bench_dtype_parse(table[i].name, &t), 0, "%s", table[i].name);
        cr_expect_eq(t, table[i].t, "%s", table[i].name);
    }
}

Test(dtype, other_names_are_refused)
{
    static const char *const names[] = {"",          "torch.",   "float8",
                                        "complex64", "float 32", "float32 "};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); ++i) {
        enum bench_dtype t;
        cr_expect_eq(bench_dtype_parse(names[i], &t), BENCH_EINPUT, "'%s'", names[i]);
    }
}

Test(dtype, sizes_and_kinds)
{
    cr_expect_eq(bench_dtype_bytes(BENCH_FLOAT64), sizeof(double));
    cr_expect_eq(bench_dtype_bytes(BENCH_FLOAT32), sizeof(float));
    cr_expect_eq(bench_dtype_bytes(BENCH_FLOAT16), 2);
    cr_expect_eq(bench_dtype_bytes(BENCH_BFLOAT16), 2);
    cr_expect_eq(bench_dtype_bytes(BENCH_INT64), 8);
    cr_expect_eq(bench_dtype_bytes(BENCH_BOOL), 1);
    cr_expect(bench_dtype_is_float(BENCH_BFLOAT16));
    cr_expect_not(bench_dtype_is_float(BENCH_INT32));
    cr_expect_str_eq(bench_dtype_c_name(BENCH_BFLOAT16), "__nv_bfloat16");
    cr_expect_str_eq(bench_dtype_c_name(BENCH_INT64), "long long");
}
