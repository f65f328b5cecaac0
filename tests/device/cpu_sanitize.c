/*
 * Kernels under AddressSanitizer: this test program starts itself again with the sanitizer's
 * library loaded, to run the one test in the suite `sanitized`, which runs the kernel that the
 * environment names.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "bench/device/cpu/sanitize.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "bench/util/process.h"
#include "bench/util/str.h"
#include "cpu_support.h"

#define N 32

TestSuite(cpu_sanitize, .init = cpu_setup, .fini = cpu_teardown, .timeout = 480);

/* In the started program: launches the kernel on buffers of exactly N floats. */
Test(sanitized, kernel, .init = cpu_setup, .fini = cpu_teardown)
{
    const char *entry = getenv("BENCH_TEST_SANITIZE");
    if (!entry)
        cr_skip_test("only started by the suite cpu_sanitize");
    if (getenv("BENCH_TEST_REVERSE"))
        cpu_reopen("cpu:2", &(struct bench_cpu_options){.reverse_threads = true, .strict = true});
    int n = strcmp(entry, "misaligned") == 0 || strcmp(entry, "undefined") == 0 ? 1 : N;
    n = strcmp(entry, "shared_dynamic") == 0 ? 4 : n;
    struct bench_function *kernel = cpu_kernel("sanitize.cu", entry);
    float *out = cpu_memory(NULL, N * sizeof(float));
    bench_cpu_sanitizer_label(out, N * sizeof(float), "out");
    void *args[] = {&out, &n};
    uint32_t grid = strcmp(entry, "past_end") == 0 ? 2 : 1;
    cpu_launch(kernel, grid, N, N * sizeof(float), args);
    if (strcmp(entry, "clean") == 0)
        for (int i = 0; i < N; i++)
            cr_expect_eq(out[i], (float)n);
}

/* Runs the test above; its words. */
static void run(const char *entry, bool reverse, struct bench_process_result *result)
{
    struct bench_err err = {0};
    char **env = NULL;
    int rc = bench_cpu_sanitizer_env(&env, &err);
    if (rc == BENCH_EUNSUPPORTED)
        cr_skip_test("%s", err.message);
    cr_assert_eq(rc, 0, "%s", err.message);
    unsetenv("BXFI_MAP"); /* tells Criterion that it is a worker of this very run */
    char *self = bench_path_self();
    char *kernel = bench_xprintf("BENCH_TEST_SANITIZE=%s", entry);
    const char *const argv[] = {self, "--filter", "sanitized/kernel", "--jobs", "1", NULL};
    const char *const all[] = {
        env[0], env[1], env[2], kernel, reverse ? "BENCH_TEST_REVERSE=1" : NULL, NULL};
    struct bench_process_spec spec = {.argv = argv, .env = all, .timeout_ms = 300000};
    cr_assert_eq(bench_process_run(&spec, result, &err), 0, "%s", err.message);
    bench_cpu_sanitizer_env_free(env);
    free(kernel);
    free(self);
}

static void expect_report(const char *entry, const char *const *parts)
{
    struct bench_process_result result;
    char summary[1024];
    run(entry, false, &result);
    cr_expect_neq(result.exit_code, 0, "%s", result.err);
    cr_assert_eq(bench_cpu_sanitizer_parse(result.err, summary, sizeof(summary)), 0,
                 "no report: %s", result.err);
    for (; *parts; parts++)
        cr_expect(strstr(summary, *parts), "\"%s\" lacks \"%s\"\n%s", summary, *parts, result.err);
    bench_process_result_fini(&result);
}

Test(cpu_sanitize, a_write_past_the_end_of_a_buffer)
{
    const char *parts[] = {"out-of-bounds write of 4 bytes",
                           "0 bytes past the end of a 128-byte buffer (out)",
                           "sanitize.cu:7 in past_end", "block (1,0,0), thread (0,0,0)", NULL};
    expect_report("past_end", parts);
}

Test(cpu_sanitize, a_read_past_static_shared_memory)
{
    const char *parts[] = {"out-of-bounds read of 4 bytes", "outside of tile (128 bytes)",
                           "sanitize.cu:16", "thread (0,0,0)", NULL};
    expect_report("shared_static", parts);
}

Test(cpu_sanitize, a_write_past_dynamic_shared_memory)
{
    const char *parts[] = {"out-of-bounds write of 4 bytes", "a 128-byte buffer", "sanitize.cu:22",
                           "thread (28,0,0)", NULL};
    expect_report("shared_dynamic", parts);
}

Test(cpu_sanitize, an_index_out_of_its_row)
{
    const char *parts[] = {"undefined behaviour: index 33 out of bounds for type",
                           "sanitize.cu:30 in undefined", "thread (0,0,0)", NULL};
    expect_report("undefined", parts);
}

Test(cpu_sanitize, a_misaligned_vector_access)
{
    const char *parts[] = {"undefined behaviour", "misaligned", "sanitize.cu:37", NULL};
    expect_report("misaligned", parts);
}

Test(cpu_sanitize, a_clean_kernel_is_clean_in_both_orders)
{
    for (int reverse = 0; reverse < 2; reverse++) {
        struct bench_process_result result;
        char summary[1024];
        run("clean", reverse, &result);
        cr_expect_eq(result.exit_code, 0, "%s", result.err);
        cr_expect_eq(bench_cpu_sanitizer_parse(result.err, summary, sizeof(summary)),
                     BENCH_ENOTFOUND);
        cr_expect(strstr(result.err, "Passing: 1"), "%s", result.err);
        bench_process_result_fini(&result);
    }
}

Test(cpu_sanitize, reports_of_other_versions_are_read_too)
{
    static const char report[] =
        "noise\n==7==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x1 at pc 0x2\n"
        "READ of size 16 at 0x1 thread T3\n"
        "    #0 0x1 in __ldg<float4> /usr/share/bench/shim/bench_cpu/memory.h:9:5\n"
        "    #1 0x2 in void gelu<float, 4>(float const*) /k/gelu/candidate.cu:21:14\n"
        "0x1 is located 8 bytes before 4096-byte region [0x5,0x6)\n";
    char summary[512];
    cr_assert_eq(bench_cpu_sanitizer_parse(report, summary, sizeof(summary)), 0);
    cr_expect_str_eq(summary, "out-of-bounds read of 16 bytes, 8 bytes before the start of a "
                              "4096-byte buffer, at /k/gelu/candidate.cu:21 in void gelu");
    cr_expect_eq(bench_cpu_sanitizer_parse("all is well", summary, sizeof(summary)),
                 BENCH_ENOTFOUND);
    cr_expect_eq(bench_cpu_sanitizer_parse("==1==ERROR: AddressSanitizer: SEGV on unknown address "
                                           "0x10 (pc 0x1)\ncaused by a WRITE memory access.\n",
                                           summary, sizeof(summary)),
                 0);
    cr_expect_str_eq(summary, "segmentation fault writing address 0x10");
}
