/* The table of library calls: what needs no library and no GPU. */
#include <criterion/criterion.h>
#include <string.h>

#include "bench/provider/library/library.h"

Test(library, calls_are_listed_with_their_arguments)
{
    bool gemm = false;
    cr_assert_gt(bench_library_count(), 0);
    for (size_t i = 0; i < bench_library_count(); i++) {
        const char *name = bench_library_name(i);
        cr_expect_eq(strncmp(bench_library_help(i), name, strlen(name)), 0, "%s", name);
        gemm = gemm || strcmp(name, "cublas.gemm") == 0;
    }
    cr_expect(gemm);
}

Test(library, check_accepts_right_arguments)
{
    const enum bench_arg_kind gemm[] = {BENCH_ARG_TENSOR, BENCH_ARG_TENSOR, BENCH_ARG_TENSOR,
                                        BENCH_ARG_INT64,  BENCH_ARG_INT64,  BENCH_ARG_INT64,
                                        BENCH_ARG_INT64};
    const enum bench_arg_kind add[] = {BENCH_ARG_TENSOR, BENCH_ARG_TENSOR, BENCH_ARG_TENSOR,
                                       BENCH_ARG_INT64,  BENCH_ARG_INT64,  BENCH_ARG_INT64,
                                       BENCH_ARG_INT64,  BENCH_ARG_DOUBLE};
    struct bench_err err = {0};
    cr_expect_eq(bench_library_check("cublas.gemm", gemm, 6, &err), 0, "%s", err.message);
    cr_expect_eq(bench_library_check("cublas.gemm", gemm, 7, &err), 0, "%s", err.message);
    cr_expect_eq(bench_library_check("cudnn.add", add, 7, &err), 0, "%s", err.message);
    cr_expect_eq(bench_library_check("cudnn.add", add, 8, &err), 0, "%s", err.message);
}

Test(library, check_refuses_wrong_arguments_and_says_what_is_right)
{
    enum bench_arg_kind kinds[] = {BENCH_ARG_TENSOR, BENCH_ARG_TENSOR, BENCH_ARG_INT64,
                                   BENCH_ARG_INT,    BENCH_ARG_INT64,  BENCH_ARG_INT64};
    struct bench_err err = {0};
    cr_expect_eq(bench_library_check("cudnn.softmax", kinds, 4, &err), BENCH_EINPUT);
    cr_expect_not_null(strstr(err.message, "argument 4"), "%s", err.message);
    cr_expect_not_null(strstr(err.message, "int64 cols"), "%s", err.message);
    cr_expect_eq(bench_library_check("cudnn.softmax", kinds, 3, &err), BENCH_EINPUT);
    cr_expect_not_null(strstr(err.message, "3 arguments"), "%s", err.message);
    cr_expect_eq(bench_library_check("cudnn.softmax", kinds, 5, &err), BENCH_EINPUT);
    cr_expect_eq(bench_library_check("cudnn.nosuch", kinds, 3, &err), BENCH_EINPUT);
    cr_expect_not_null(strstr(err.message, "cudnn.softmax"), "%s", err.message);
}

Test(library, other_devices_are_unsupported)
{
    struct bench_err err = {0};
    struct bench_device *device = NULL;
    struct bench_library_call *call = NULL;
    void *memory = NULL;
    int64_t n = 4;
    void *args[] = {&memory, &memory, &n, &n};
    cr_assert_eq(bench_device_open("cpu", 1, &device, NULL, &err), 0, "%s", err.message);
    cr_expect_eq(
        bench_library_prepare(device, "cudnn.softmax", BENCH_FLOAT32, args, 4, &call, &err),
        BENCH_EUNSUPPORTED);
    cr_expect_not_null(strstr(err.message, "cuda devices only"), "%s", err.message);
    cr_expect_eq(bench_library_prepare(device, "x.y", BENCH_FLOAT32, args, 4, &call, &err),
                 BENCH_ENOTFOUND);
    cr_expect_null(call);
    bench_device_close(device);
}
