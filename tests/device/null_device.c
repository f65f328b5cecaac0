/* The null device: scripted times and scripted failures. */
#include <criterion/criterion.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "null_support.h"

static void setup(void)
{
    null_open("null", 7);
}

TestSuite(null_device, .init = setup, .fini = null_teardown);

static void samples(const char *symbol, double *out, int n)
{
    struct bench_function *f = null_function(symbol);
    for (int i = 0; i < n; i++)
        out[i] = null_elapsed(f, 1);
}

static double mean(const double *x, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += x[i];
    return sum / n;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

Test(null_device, times_are_as_scripted)
{
    enum { N = 20000 };
    static double x[N];
    samples("constant(1000)", x, 3);
    cr_expect_float_eq(x[2], 1000, 1e-6);
    samples("normal(1000, 10)", x, N);
    cr_expect_float_eq(mean(x, N), 1000, 0.5);
    double m = mean(x, N);
    for (int i = 0; i < N; i++)
        x[i] = (x[i] - m) * (x[i] - m);
    cr_expect_float_eq(sqrt(mean(x, N)), 10, 0.3);
    samples("lognormal(1000,0.1)", x, N);
    qsort(x, N, sizeof(*x), ascending);
    cr_expect_float_eq(x[N / 2], 1000, 5);
    cr_expect_float_eq(log(x[N * 84 / 100] / 1000), 0.0994, 0.005); /* the 84th percentile */
    samples("bimodal(1000, 1500, 0.2)", x, N);
    cr_expect_float_eq(mean(x, N), 1100, 6);
    samples("drift(1000, 0.001)", x, 11);
    cr_expect_float_eq(x[10], 1010, 1e-6);
    samples("normal(1000, 100) quantised(32)", x, 100);
    for (int i = 0; i < 100; i++)
        cr_assert_float_eq(fmod(x[i] + 1e-6, 32), 0, 1e-5);
}

Test(null_device, the_same_seed_gives_the_same_times)
{
    double a[100], b[100], c[100];
    samples("normal(1000, 10)", a, 100);
    null_open("null", 7);
    samples("normal(1000, 10)", b, 100);
    null_open("null", 8);
    samples("normal(1000, 10)", c, 100);
    cr_expect_arr_eq(a, b, sizeof(a));
    cr_expect_neq(a[0], c[0]);
}

Test(null_device, a_floor_is_added_to_every_launch)
{
    double x;
    null_open("null:2200", 1);
    samples("constant(1000)", &x, 1);
    cr_expect_float_eq(x, 3200, 1e-6);
}

Test(null_device, nonsense_is_refused)
{
    const char *bad[] = {"",
                         "fast",
                         "constant",
                         "constant(1000",
                         "constant(-1)",
                         "normal(1)",
                         "bimodal(1, 2, 1.5)",
                         "constant(nan)",
                         "constant(1) x",
                         "crash(1)",
                         "constant(1) quantised(a)",
                         "constant(1) phased",
                         "student(1000, 0.1, 0.5)",
                         "ar1(1000, 0.1, 1)",
                         "spikes(1000, 10, 1.1, 3)",
                         "spikes(1000, 10, 0.1)"};
    struct bench_function *f;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct bench_err err = {0};
        cr_expect_eq(null_find(bad[i], &f, &err), BENCH_ENOTFOUND, "%s", bad[i]);
        cr_expect(strstr(err.message, "normal(mean, deviation)"), "%s", err.message);
    }
}

Test(null_device, it_computes_nothing_and_says_so)
{
    const struct bench_device_info *info = bench_device_info(null_device);
    cr_expect_str_eq(info->kind, "null");
    cr_expect_str_eq(info->arch, "null");
    cr_expect_not(info->computes);
    cr_expect_not(info->gates);
    void *memory;
    struct bench_err err = {0};
    cr_assert_eq(bench_device_alloc(null_device, 1000, &memory, &err), 0);
    cr_expect_eq((uintptr_t)memory % 256, 0);
    char text[] = "kept";
    char back[sizeof(text)] = "";
    bench_device_upload(null_device, memory, text, sizeof(text), &err);
    bench_device_download(null_device, back, memory, sizeof(text), &err);
    cr_expect_str_eq(back, text);
    bench_device_release(null_device, memory);
}

Test(null_device, a_launch_can_fail)
{
    struct bench_err err = {0};
    struct bench_function *f;
    cr_assert_eq(null_find("fail_launch", &f, &err), 0);
    cr_expect_eq(null_launch(f, &err), BENCH_ERROR);
    cr_expect_eq(bench_device_synchronize(null_device, &err), 0, "the device is still usable");
}

Test(null_device, a_device_can_be_poisoned)
{
    struct bench_err err = {0};
    struct bench_function *f;
    cr_assert_eq(null_find("poison", &f, &err), 0);
    cr_expect_eq(null_launch(f, &err), 0);
    cr_expect_eq(bench_device_synchronize(null_device, &err), BENCH_EPOISONED);
    cr_expect_eq(null_launch(f, &err), BENCH_EPOISONED);
}

Test(null_device, a_process_can_crash, .signal = SIGSEGV)
{
    struct bench_err err = {0};
    struct bench_function *f;
    cr_assert_eq(null_find("crash", &f, &err), 0);
    null_launch(f, &err);
}

Test(null_device, a_process_can_exit, .exit_code = 3)
{
    struct bench_err err = {0};
    struct bench_function *f;
    cr_assert_eq(null_find("exit", &f, &err), 0);
    null_launch(f, &err);
}
