/* Faulty kernels and impossible launches on the cpu device: what is reported. */
#include <criterion/criterion.h>
#include <dlfcn.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cpu_support.h"

TestSuite(cpu_fault, .init = cpu_setup, .fini = cpu_teardown, .timeout = 300);

static void expect_text(const char *message, const char *part)
{
    cr_expect(strstr(message, part), "\"%s\" lacks \"%s\"", message, part);
}

/* Launches a faulty kernel, which must fail with these parts in its message, and then a good one.
 */
static void expect_fault(const char *entry, void **args, uint32_t grid, uint32_t block,
                         const char *const *parts)
{
    struct bench_err err = {0};
    struct bench_function *kernel = cpu_kernel("fault.cu", entry);
    cr_expect_eq(cpu_try_launch(kernel, grid, block, 0, args, &err), BENCH_ERROR);
    for (; *parts; parts++)
        expect_text(err.message, *parts);
    int *out = cpu_memory(NULL, 64 * 64 * sizeof(int));
    void *fine[] = {&out};
    cpu_launch(cpu_kernel("fault.cu", "fine"), 64, 64, 0, fine);
    for (int i = 0; i < 64 * 64; i++)
        cr_assert_eq(out[i], 42);
}

Test(cpu_fault, a_divergent_barrier_is_told_with_counts_and_lines)
{
    int *out = cpu_memory(NULL, 4096);
    void *args[] = {&out};
    const char *parts[] = {"kernel divergent, block (0,0,0)",
                           "barrier divergence",
                           "8 of 32 threads wait at __syncthreads (fault.cu:6)",
                           "1 of 32 wait at __shfl_sync (fault.cu:10, mask 0x000001ff)",
                           "23 have ended",
                           NULL};
    expect_fault("divergent", args, 4, 32, parts);
}

Test(cpu_fault, two_different_barriers_are_divergence)
{
    int *out = cpu_memory(NULL, 4096);
    void *args[] = {&out};
    const char *parts[] = {"8 of 32 threads wait at __syncthreads (fault.cu:16)",
                           "24 of 32 wait at __syncthreads (fault.cu:18)", NULL};
    expect_fault("two_barriers", args, 1, 32, parts);
}

Test(cpu_fault, a_lane_must_be_in_its_own_mask)
{
    int *out = cpu_memory(NULL, 4096);
    void *args[] = {&out};
    const char *parts[] = {"thread (16,0,0)", "lane 16", "0x0000ffff", "fault.cu:24", NULL};
    expect_fault("not_in_mask", args, 1, 32, parts);
}

Test(cpu_fault, strictly_a_barrier_is_for_all_threads)
{
    int *out = cpu_memory(NULL, 4096);
    void *args[] = {&out};
    cpu_launch(cpu_kernel("fault.cu", "early"), 2, 32, 0, args);
    cr_expect_eq(out[23], 1);
    cpu_reopen("cpu:2", &(struct bench_cpu_options){.strict = true});
    const char *parts[] = {"24 of 32 threads wait at __syncthreads (fault.cu:31)", "8 have ended",
                           NULL};
    expect_fault("early", args, 2, 32, parts);
}

Test(cpu_fault, trap_and_assert_end_the_launch)
{
    int *out = cpu_memory(NULL, 4096);
    int n = 3;
    void *args[] = {&out, &n};
    const char *trap[] = {"block (3,0,0)", "thread (5,0,0)", "__trap", "fault.cu:38", NULL};
    expect_fault("traps", args, 8, 32, trap);
    const char *assertion[] = {"assertion failed: n > 100", "fault.cu:44", NULL};
    expect_fault("asserts", args, 1, 1, assertion);
}

/* AddressSanitizer catches the signal and has its own words for it. */
static void skip_under_sanitizer(void)
{
    if (dlsym(RTLD_DEFAULT, "__asan_init"))
        cr_skip_test("this program was built with AddressSanitizer, which reports faults itself");
}

/* Runs a kernel that kills its process in a process of its own; returns the signal. One CPU thread,
 * the caller's: others would not live in the new process. */
static int run_in_child(const char *entry, void **args, char *words, size_t size)
{
    int ends[2];
    cpu_reopen("cpu:1", NULL);
    struct bench_function *kernel = cpu_kernel("fault.cu", entry);
    cr_assert_eq(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        struct bench_err err = {0};
        cpu_try_launch(kernel, 1, 32, 0, args, &err);
        _exit(0);
    }
    close(ends[1]);
    size_t length = 0;
    for (ssize_t n; (n = read(ends[0], words + length, size - 1 - length)) > 0;)
        length += (size_t)n;
    words[length] = '\0';
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

Test(cpu_fault, a_wild_write_names_kernel_block_and_thread)
{
    skip_under_sanitizer();
    char words[4096];
    int *out = NULL;
    long offset = 0;
    void *args[] = {&out, &offset};
    cr_expect_eq(run_in_child("wild", args, words, sizeof(words)), SIGSEGV);
    expect_text(words, "kernel wild: segmentation fault ");
    expect_text(words, "in block (0,0,0), thread (5,0,0)");
}

Test(cpu_fault, too_much_local_memory_is_a_stack_overflow)
{
    skip_under_sanitizer();
    char words[4096];
    int *out = cpu_memory(NULL, 4096);
    int n = 20; /* 80 KiB: fine */
    void *args[] = {&out, &n};
    cr_expect_eq(run_in_child("overflow", args, words, sizeof(words)), 0, "%s", words);
    n = 100;
    cr_expect_eq(run_in_child("overflow", args, words, sizeof(words)), SIGSEGV);
    expect_text(words, "kernel overflow: stack overflow");
    expect_text(words, "thread (0,0,0)");
}

static void expect_refused(struct bench_function *f, const uint32_t grid[3],
                           const uint32_t block[3], size_t shared, const char *part)
{
    int *out = cpu_memory(NULL, 4096);
    void *args[] = {&out};
    struct bench_err err = {0};
    cr_expect_eq(bench_device_launch(cpu_device, f, grid, block, shared, args, &err), BENCH_ERROR);
    expect_text(err.message, part);
}

Test(cpu_fault, impossible_launches_are_refused)
{
    struct bench_function *fine = cpu_kernel("fault.cu", "fine");
    const uint32_t one[3] = {1, 1, 1};
    expect_refused(fine, one, (const uint32_t[]){2048, 1, 1}, 0, "between 1 and 1024");
    expect_refused(fine, one, (const uint32_t[]){64, 32, 1}, 0, "2048 threads, the limit is 1024");
    expect_refused(fine, one, (const uint32_t[]){1, 1, 65}, 0, "z must be between 1 and 64");
    expect_refused(fine, (const uint32_t[]){0, 1, 1}, one, 0, "x must be between 1 and 2147483647");
    expect_refused(fine, (const uint32_t[]){1, 65536, 1}, one, 0, "y must be between 1 and 65535");
    expect_refused(fine, one, one, 232449, "232449 bytes of dynamic shared memory");
    struct bench_function *small = cpu_kernel("fault.cu", "small");
    expect_refused(small, one, (const uint32_t[]){65, 1, 1}, 0, "__launch_bounds__ allow 64");
    /* And the limits themselves are possible. */
    int *out = cpu_memory(NULL, 4096);
    void *args[] = {&out};
    cpu_launch(fine, 1, 1024, 232448, args);
    cpu_launch(small, 1, 64, 0, args);
}
