/* What the null device can be asked to be: null:floor=2200,clock=1980,throttle=0.1 … */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "null_support.h"

TestSuite(null_options, .fini = null_teardown);

static double clock_mhz(void)
{
    struct bench_err err = {0};
    double mhz = -1;
    cr_assert_eq(bench_device_clock_probe(null_device, &err), 0, "%s", err.message);
    cr_assert_eq(bench_device_clock_read(null_device, &mhz, &err), 0, "%s", err.message);
    return mhz;
}

Test(null_options, a_bare_number_is_the_floor)
{
    const char *specs[] = {"null:2200", "null:floor=2200", "null:resolution=0,floor=2.2e3"};
    for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
        null_open(specs[i], 1);
        struct bench_function *f = null_function("constant(1000)");
        cr_expect_float_eq(null_elapsed(f, 1), 3200, 1e-6, "%s", specs[i]);
        cr_expect_float_eq(null_elapsed(f, 3), 9600, 1e-6, "%s", specs[i]);
        cr_expect_not(bench_device_info(null_device)->reports_clock);
    }
}

Test(null_options, nonsense_is_refused)
{
    const char *specs[] = {"null:",           "null:-1",        "null:fast=1",
                           "null:floor",      "null:floor=",    "null:floor=a",
                           "null:floor=1,",   "null:floor=-1",  "null:floor=inf",
                           "null:floor=nan",  "null:floor=1;2", "null:clock=1980,throttle=1.5",
                           "null:throttle=1", "null:warmup=2",  "null:clock=1980,warmup=1.5",
                           "null:1,2",        "null:,floor=1",  "null:floor=1 ,clock=2"};
    for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
        struct bench_device *device;
        struct bench_err err = {0};
        cr_expect_eq(bench_device_open(specs[i], 1, &device, NULL, &err), BENCH_EINPUT, "%s",
                     specs[i]);
        cr_expect(strstr(err.message, specs[i]) && strstr(err.message, "throttle=SHARE"), "%s",
                  err.message);
        cr_expect_null(device);
    }
}

Test(null_options, events_are_cut_off_to_the_resolution)
{
    null_open("null:resolution=32", 1);
    cr_expect_float_eq(bench_device_info(null_device)->resolution_ns, 32, 0);
    struct bench_function *f = null_function("constant(1000)");
    double sum = 0;
    for (int i = 0; i < 32; i++) {
        double ns = null_elapsed(f, 1);
        cr_assert(ns == 992 || ns == 1024, "%g", ns);
        sum += ns;
    }
    cr_expect_float_eq(sum, 32000, 0, "the clock itself goes on exactly");
    null_open("null", 1);
    cr_expect_float_eq(bench_device_info(null_device)->resolution_ns, 0, 0);
}

Test(null_options, a_clock_is_reported)
{
    struct bench_err err = {0};
    double mhz = 0;
    null_open("null", 1);
    cr_expect_eq(bench_device_clock_probe(null_device, &err), BENCH_EUNSUPPORTED);
    cr_expect_eq(bench_device_clock_read(null_device, &mhz, &err), BENCH_EUNSUPPORTED);
    null_open("null:clock=1980", 1);
    cr_expect(bench_device_info(null_device)->reports_clock);
    cr_expect_eq(bench_device_clock_read(null_device, &mhz, &err), BENCH_ERROR, "none was probed");
    for (int i = 0; i < 100; i++)
        cr_assert_float_eq(clock_mhz(), 1980, 1e-9);
}

Test(null_options, throttling_lowers_the_clock_and_lengthens_what_follows)
{
    enum { PROBES = 10000 };
    int throttled = 0;
    null_open("null:floor=100,clock=2000,throttle=0.1", 4);
    struct bench_function *f = null_function("constant(1000)");
    for (int i = 0; i < PROBES; i++) {
        double mhz = clock_mhz(), ns = null_elapsed(f, 2);
        bool low = mhz < 1999;
        cr_assert_float_eq(mhz, low ? 1600 : 2000, 1e-9);
        cr_assert_float_eq(ns, low ? 2 * (100 + 1250) : 2 * (100 + 1000), 1e-4);
        throttled += low;
    }
    cr_expect_float_eq((double)throttled / PROBES, 0.1, 0.015);
}

Test(null_options, throttling_does_not_shift_the_scripted_times)
{
    double plain[100], throttled[100];
    null_open("null:clock=2000", 9);
    struct bench_function *f = null_function("normal(1000, 10)");
    for (int i = 0; i < 100; i++) {
        clock_mhz();
        plain[i] = null_elapsed(f, 1);
    }
    null_open("null:clock=2000,throttle=0.5", 9);
    f = null_function("normal(1000, 10)");
    for (int i = 0; i < 100; i++) {
        double share = clock_mhz() / 2000;
        throttled[i] = null_elapsed(f, 1) * share;
    }
    for (int i = 0; i < 100; i++)
        cr_assert_float_eq(plain[i], throttled[i], 1e-6);
}

Test(null_options, a_cold_device_warms_up)
{
    null_open("null:clock=2000,warmup=3", 1);
    for (int i = 0; i < 10; i++) {
        double mhz = clock_mhz();
        cr_assert_float_eq(mhz, i < 3 ? 1600 : 2000, 1e-9, "reading %d: %g", i, mhz);
    }
}
