/* Barriers, shared memory, indices and early exits on the cpu device. */
#include <criterion/criterion.h>
#include <string.h>

#include "cpu_support.h"

TestSuite(cpu_barrier, .init = cpu_setup, .fini = cpu_teardown);

static void check_scan(struct bench_function *scan, uint32_t threads)
{
    int in[1024];
    for (int i = 0; i < 1024; i++)
        in[i] = i % 13 - 4;
    int *input = cpu_memory(in, sizeof(in));
    int *out = cpu_memory(NULL, sizeof(in));
    void *args[] = {&input, &out};
    cpu_launch(scan, 1, threads, 0, args);
    int sum = 0;
    for (uint32_t i = 0; i < threads; i++) {
        sum += in[i];
        cr_assert_eq(out[i], sum, "thread %u of %u: %d, not %d", i, threads, out[i], sum);
    }
}

Test(cpu_barrier, a_scan_is_right_for_every_shape_of_block)
{
    struct bench_function *scan = cpu_kernel("barrier.cu", "scan");
    const uint32_t threads[] = {1, 2, 31, 32, 33, 64, 100, 256, 1000, 1024};
    for (size_t i = 0; i < sizeof(threads) / sizeof(threads[0]); i++)
        check_scan(scan, threads[i]);
    /* And in descending order of threads. */
    cpu_reopen("cpu:2", &(struct bench_cpu_options){.reverse_threads = true, .strict = true});
    scan = cpu_kernel("barrier.cu", "scan");
    for (size_t i = 0; i < sizeof(threads) / sizeof(threads[0]); i++)
        check_scan(scan, threads[i]);
}

Test(cpu_barrier, votes_of_a_block_reach_every_thread)
{
    struct bench_function *votes = cpu_kernel("barrier.cu", "votes");
    for (int trues = 0; trues <= 70; trues += 35) {
        int predicate[70] = {0};
        for (int i = 0; i < trues; i++)
            predicate[i] = i + 1;
        int *input = cpu_memory(predicate, sizeof(predicate));
        int *out = cpu_memory(NULL, 3 * sizeof(predicate));
        void *args[] = {&input, &out};
        cpu_launch(votes, 1, 70, 0, args);
        for (int i = 0; i < 70; i++) {
            cr_expect_eq(out[i], trues);
            cr_expect_eq(out[70 + i], trues == 70);
            cr_expect_eq(out[140 + i], trues > 0);
        }
    }
}

Test(cpu_barrier, ended_threads_are_not_waited_for)
{
    struct bench_function *kernel = cpu_kernel("barrier.cu", "early_exit");
    const int counts[] = {1, 31, 32, 100, 255, 256};
    for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
        int n = counts[c];
        int *out = cpu_memory(NULL, 256 * sizeof(int));
        void *args[] = {&out, &n};
        cpu_launch(kernel, 1, 256, 0, args);
        for (int i = 0; i < 256; i++)
            cr_assert_eq(out[i], i < n ? (n - 1 - i) * 3 : 0, "n = %d, thread %d", n, i);
    }
}

Test(cpu_barrier, indices_have_three_dimensions)
{
    struct bench_function *kernel = cpu_kernel("barrier.cu", "indices");
    const uint32_t grid[3] = {3, 2, 4};
    const uint32_t block[3] = {5, 4, 3};
    int *out = cpu_memory(NULL, 24 * 60 * sizeof(int));
    void *args[] = {&out};
    struct bench_err err = {0};
    cr_assert_eq(bench_device_launch(cpu_device, kernel, grid, block, 0, args, &err), 0, "%s",
                 err.message);
    int at = 0;
    for (int b = 0; b < 24; b++)
        for (int z = 0; z < 3; z++)
            for (int y = 0; y < 4; y++)
                for (int x = 0; x < 5; x++, at++)
                    cr_assert_eq(out[at], b * 10000 + x + 10 * y + 1100 * z);
}

Test(cpu_barrier, dynamic_shared_memory_is_declared_in_the_kernel)
{
    struct bench_function *kernel = cpu_kernel("barrier.cu", "reverse<float>");
    float in[96];
    for (int i = 0; i < 96; i++)
        in[i] = (float)i;
    float *input = cpu_memory(in, sizeof(in));
    float *out = cpu_memory(NULL, sizeof(in));
    const char *nothing = NULL;
    void *args[] = {&input, &out, &nothing};
    cpu_launch(kernel, 1, 96, sizeof(in), args);
    for (int i = 0; i < 96; i++)
        cr_assert_eq(out[i], in[95 - i]);
}

static bool reads_neighbour(void)
{
    int in[256];
    for (int i = 0; i < 256; i++)
        in[i] = i + 1;
    struct bench_function *kernel = cpu_kernel("barrier.cu", "missing_barrier");
    int *input = cpu_memory(in, sizeof(in));
    int *out = cpu_memory(NULL, sizeof(in));
    void *args[] = {&input, &out};
    cpu_launch(kernel, 1, 256, 0, args);
    for (int i = 1; i < 256; i++)
        if (out[i] != in[i - 1])
            return false;
    return true;
}

Test(cpu_barrier, reversed_order_shows_a_missing_barrier)
{
    cr_expect(reads_neighbour(), "ascending order hides it");
    cpu_reopen("cpu:1", &(struct bench_cpu_options){.reverse_threads = true});
    cr_expect_not(reads_neighbour(), "descending order shows it");
}

Test(cpu_barrier, nanosleep_lets_the_other_threads_run, .timeout = 180)
{
    int *out = cpu_memory(NULL, sizeof(int));
    void *args[] = {&out};
    cpu_launch(cpu_kernel("barrier.cu", "handshake"), 1, 64, 0, args);
    cr_expect_eq(out[0], 7);
}

Test(cpu_barrier, a_function_knows_its_limits)
{
    struct bench_err err = {0};
    const char *entries[] = {"bounded"};
    const char *source = "__global__ void __launch_bounds__(128) bounded(int *out)\n"
                         "{ __shared__ double table[100]; table[threadIdx.x] = 1;\n"
                         "  __syncthreads(); out[0] = table[1]; }\n";
    struct bench_compile_request request = {.source = "test.cu",
                                            .text = source,
                                            .arch = bench_device_info(cpu_device)->arch,
                                            .entries = entries,
                                            .entry_count = 1};
    struct bench_compiled compiled;
    cr_assert_eq(bench_compile(&request, &compiled, &err), 0, "%s", err.message);
    cr_expect_eq(compiled.entries[0].shared_bytes, 800);
    struct bench_module *module;
    struct bench_function *function;
    struct bench_function_info info;
    cr_assert_eq(bench_device_load(cpu_device, compiled.path, &module, &err), 0);
    cr_assert_eq(bench_device_function(cpu_device, module, compiled.entries[0].symbol, &function,
                                       &info, &err),
                 0);
    cr_expect_eq(info.static_shared_bytes, 800);
    cr_expect_eq(info.max_threads_per_block, 128);
    cr_expect_eq(info.registers, -1);
    cr_expect_eq(bench_device_function(cpu_device, module, "no_such", &function, &info, &err),
                 BENCH_ENOTFOUND);
    bench_device_unload(cpu_device, module);
    bench_compiled_fini(&compiled);
}
