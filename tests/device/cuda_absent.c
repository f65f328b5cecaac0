/* What a host without a GPU is told. */
#include <criterion/criterion.h>
#include <string.h>

#include "bench/device/device.h"

Test(cuda_absent, a_gpu_that_is_not_there_is_named)
{
    struct bench_device *device = NULL;
    struct bench_err err = {0};
    int rc = bench_device_open("cuda:99", 1, &device, NULL, &err);
    cr_expect_eq(rc, BENCH_ENOTFOUND);
    cr_expect_null(device);
    cr_expect_not_null(strstr(err.message, "cuda"), "%s", err.message);
}
