/* Running kernels on a GPU: right results, impossible launches, faults. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "cuda_support.h"

TestSuite(cuda_launch, .init = cuda_setup, .fini = cuda_teardown);

static const char saxpy_text[] =
    "__global__ void saxpy(const float *x, float *y, float a, long long n)\n"
    "{\n"
    "    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;\n"
    "    if (i < n)\n"
    "        y[i] = a * x[i] + y[i];\n"
    "}\n";

Test(cuda_launch, info_describes_the_device)
{
    const struct bench_device_info *info = bench_device_info(cuda_device);
    cr_expect_eq(strcmp(info->kind, "cuda"), 0);
    cr_expect_eq(strncmp(info->arch, "sm_", 3), 0);
    cr_expect_eq(strncmp(info->id, "GPU-", 4), 0);
    cr_expect_not_null(strstr(info->driver, "CUDA "));
    cr_expect_gt(info->sm_count, 0);
    cr_expect_gt(info->l2_bytes, 0);
    cr_expect_geq(info->max_shared_bytes, 48 * 1024);
    cr_expect(info->computes && info->gates && info->reports_clock);
}

Test(cuda_launch, saxpy_is_right)
{
    enum { N = 100003 };
    float *x = malloc(N * sizeof *x), *y = malloc(N * sizeof *y);
    for (int i = 0; i < N; i++) {
        x[i] = (float)i;
        y[i] = 1;
    }
    struct bench_err err = {0};
    void *dx = NULL, *dy = NULL;
    cr_assert_eq(bench_device_alloc(cuda_device, N * sizeof *x, &dx, &err), 0, "%s", err.message);
    cr_assert_eq(bench_device_alloc(cuda_device, N * sizeof *y, &dy, &err), 0, "%s", err.message);
    cr_expect_eq((uintptr_t)dx % 256, 0);
    cr_assert_eq(bench_device_upload(cuda_device, dx, x, N * sizeof *x, &err), 0);
    cr_assert_eq(bench_device_upload(cuda_device, dy, y, N * sizeof *y, &err), 0);
    float a = 2;
    long long n = N;
    cuda_launch(cuda_kernel(saxpy_text, "saxpy"), (N + 255) / 256, 256,
                (void *[]){&dx, &dy, &a, &n});
    cr_assert_eq(bench_device_download(cuda_device, y, dy, N * sizeof *y, &err), 0, "%s",
                 err.message);
    for (int i = 0; i < N; i++)
        cr_assert_eq(y[i], 2 * (float)i + 1, "element %d is %g", i, (double)y[i]);
    bench_device_release(cuda_device, dx);
    bench_device_release(cuda_device, dy);
    free(x);
    free(y);
}

static int try_launch(struct bench_function *function, const uint32_t grid[3],
                      const uint32_t block[3], size_t shared, void **args, struct bench_err *err)
{
    int rc = bench_device_launch(cuda_device, function, grid, block, shared, args, err);
    return rc ? rc : bench_device_synchronize(cuda_device, err);
}

static const char shared_text[] = "__global__ void reverse(int *x)\n"
                                  "{\n"
                                  "    extern __shared__ int tile[];\n"
                                  "    int last = blockDim.x - 1;\n"
                                  "    tile[threadIdx.x * 16] = x[threadIdx.x];\n"
                                  "    __syncthreads();\n"
                                  "    x[threadIdx.x] = tile[(last - threadIdx.x) * 16];\n"
                                  "}\n";

Test(cuda_launch, impossible_launches_are_named_and_do_no_harm)
{
    struct bench_function *reverse = cuda_kernel(shared_text, "reverse");
    struct bench_err err = {0};
    const uint32_t one[3] = {1, 1, 1}, many[3] = {2048, 1, 1}, deep[3] = {32, 1, 65},
                   none[3] = {0, 1, 1}, wide[3] = {1, 65536, 1}, block[3] = {1024, 1, 1};
    size_t most = bench_device_info(cuda_device)->max_shared_bytes;
    void *x = NULL;
    cr_assert_eq(bench_device_alloc(cuda_device, 4096, &x, &err), 0);
    void *args[] = {&x};

    cr_expect_eq(try_launch(reverse, one, many, 0, args, &err), BENCH_ERROR);
    cr_expect_not_null(strstr(err.message, "2048"), "%s", err.message);
    cr_expect_not_null(strstr(err.message, "1024"), "%s", err.message);
    cr_expect_eq(try_launch(reverse, one, deep, 0, args, &err), BENCH_ERROR);
    cr_expect_not_null(strstr(err.message, "block.z is 65"), "%s", err.message);
    cr_expect_eq(try_launch(reverse, none, one, 0, args, &err), BENCH_ERROR);
    cr_expect_not_null(strstr(err.message, "grid.x is 0"), "%s", err.message);
    cr_expect_eq(try_launch(reverse, wide, one, 0, args, &err), BENCH_ERROR);
    cr_expect_not_null(strstr(err.message, "grid.y is 65536"), "%s", err.message);
    cr_expect_eq(try_launch(reverse, one, block, most + 1, args, &err), BENCH_ERROR);
    cr_expect_not_null(strstr(err.message, "shared memory"), "%s", err.message);

    /* 64 KiB, more than the 48 KiB that need no asking: possible, and right. */
    int values[1024];
    for (int i = 0; i < 1024; i++)
        values[i] = i;
    cr_assert_eq(bench_device_upload(cuda_device, x, values, sizeof values, &err), 0);
    cr_expect_eq(try_launch(reverse, one, block, 65536, args, &err), 0, "%s", err.message);
    cr_assert_eq(bench_device_download(cuda_device, values, x, sizeof values, &err), 0);
    for (int i = 0; i < 1024; i++)
        cr_assert_eq(values[i], 1023 - i);
    bench_device_release(cuda_device, x);
}

/* Sizes as they are in C++, also of what the kernel does not use. */
Test(cuda_launch, kernels_tell_what_they_take)
{
    static const char text[] =
        "struct three { int a[3]; };\n"
        "extern \"C\" __global__ void k(const float *x, bool b, three t, double d, short h) {}\n";
    static const size_t bytes[] = {8, 1, 12, 8, 2};
    if (!bench_device_info(cuda_device)->tells_params)
        cr_skip_test("this driver does not: %s", bench_device_info(cuda_device)->driver);
    struct bench_err err = {0};
    struct bench_function *function = NULL;
    struct bench_function_info info = {0};
    struct bench_module *module = cuda_module(text, "k");
    cr_assert_eq(bench_device_function(cuda_device, module, "k", &function, &info, &err), 0, "%s",
                 err.message);
    cr_assert_not_null(info.params);
    cr_assert_eq(info.param_count, 5);
    for (size_t i = 0; i < 5; i++)
        cr_expect_eq(info.params[i].bytes, bytes[i], "%zu: %zu", i, info.params[i].bytes);
    module = cuda_module("extern \"C\" __global__ void none() {}", "none");
    cr_assert_eq(bench_device_function(cuda_device, module, "none", &function, &info, &err), 0,
                 "%s", err.message);
    cr_expect_not_null(info.params);
    cr_expect_eq(info.param_count, 0);
    cuda_launch(function, 1, 32, NULL); /* and asking for one too many has left no error */
    cuda_synchronize();
}

Test(cuda_launch, launch_bounds_limit_the_block)
{
    struct bench_function *bounded = cuda_kernel(
        "__global__ void __launch_bounds__(128) k(int *x) { x[threadIdx.x] = 1; }", "k");
    struct bench_err err = {0};
    const uint32_t one[3] = {1, 1, 1}, block[3] = {256, 1, 1};
    void *x = NULL;
    cr_expect_eq(try_launch(bounded, one, block, 0, (void *[]){&x}, &err), BENCH_ERROR);
    cr_expect_not_null(strstr(err.message, "128"), "%s", err.message);
}

Test(cuda_launch, unknown_symbol_and_damaged_file)
{
    struct bench_err err = {0};
    struct bench_module *module = NULL;
    cr_expect_neq(bench_device_load(cuda_device, "/nonexistent.cubin", &module, &err), 0);
    cr_expect_not_null(strstr(err.message, "/nonexistent.cubin"), "%s", err.message);
    cr_expect_neq(bench_device_load(cuda_device, "/proc/self/cmdline", &module, &err), 0);
    struct bench_function *function = NULL;
    module = cuda_module("extern \"C\" __global__ void k(void) {}", "k");
    cr_expect_eq(bench_device_function(cuda_device, module, "nosuch", &function, NULL, &err),
                 BENCH_ENOTFOUND);
    cr_expect_not_null(strstr(err.message, "nosuch"), "%s", err.message);
    cr_expect_null(function);
    cr_assert_eq(bench_device_function(cuda_device, module, "k", &function, NULL, &err), 0, "%s",
                 err.message);
    cuda_launch(function, 1, 32, NULL); /* and all goes on as before */
    cuda_synchronize();
    bench_device_unload(cuda_device, module);
}

Test(cuda_launch, too_much_memory_does_no_harm)
{
    struct bench_err err = {0};
    void *memory = NULL;
    cr_expect_eq(bench_device_alloc(cuda_device, (size_t)1 << 50, &memory, &err), BENCH_EMEMORY);
    cr_expect_null(memory);
    cr_expect_not_null(strstr(err.message, "free"), "%s", err.message);
    cr_expect_eq(bench_device_alloc(cuda_device, 0, &memory, &err), 0);
    bench_device_release(cuda_device, memory);
}

static void expect_poison(const char *text, const char *name)
{
    struct bench_function *function = cuda_kernel(text, "k");
    struct bench_err err = {0};
    const uint32_t one[3] = {1, 1, 1};
    void *x = NULL;
    cr_expect_eq(try_launch(function, one, one, 0, (void *[]){&x}, &err), BENCH_EPOISONED);
    cr_expect_not_null(strstr(err.message, name), "%s", err.message);
    cr_expect_not_null(strstr(err.message, "kernel launched was"), "%s", err.message);
    /* Once poisoned, always poisoned, and always with the first cause. */
    cr_expect_eq(bench_device_alloc(cuda_device, 16, &x, &err), BENCH_EPOISONED);
    cr_expect_not_null(strstr(err.message, name), "%s", err.message);
}

Test(cuda_launch, out_of_bounds_poisons)
{
    expect_poison("__global__ void k(int *x) { x[1 << 20] = 1; }", "cudaErrorIllegalAddress");
}

Test(cuda_launch, misaligned_access_poisons)
{
    expect_poison("__device__ int buffer[8];\n"
                  "__global__ void k(int *) { *(int *)((char *)buffer + 1 + threadIdx.x) = 1; }",
                  "cudaErrorMisalignedAddress");
}

Test(cuda_launch, trap_poisons)
{
    expect_poison("__global__ void k(int *) { __trap(); }", "cudaErrorLaunchFailure");
}
