/* Opening devices by name, and what all of them have in common. */
#include <criterion/criterion.h>
#include <string.h>

#include "bench/device/device.h"

Test(registry, auto_takes_a_device_that_computes_and_says_why)
{
    struct bench_device *device;
    char why[256] = "";
    struct bench_err err = {0};
    cr_assert_eq(bench_device_open("auto", 1, &device, why, &err), 0, "%s", err.message);
    const struct bench_device_info *info = bench_device_info(device);
    cr_expect(info->computes);
    cr_expect(strstr(why, info->kind), "%s", why);
    if (strcmp(info->kind, "cpu") == 0)
        cr_expect(strstr(why, "because no GPU can be used: "), "%s", why);
    bench_device_close(device);
}

Test(registry, unknown_devices_are_bad_input)
{
    struct bench_device *device;
    struct bench_err err = {0};
    cr_expect_eq(bench_device_open("tpu", 1, &device, NULL, &err), BENCH_EINPUT);
    cr_expect(strstr(err.message, "cpu") && strstr(err.message, "null"), "%s", err.message);
    cr_expect_null(device);
    cr_expect_eq(bench_device_open("cpu:many", 1, &device, NULL, &err), BENCH_EINPUT);
    cr_expect_eq(bench_device_open("cpu:0", 1, &device, NULL, &err), BENCH_EINPUT);
    cr_expect_eq(bench_device_open("null:slow", 1, &device, NULL, &err), BENCH_EINPUT);
}

Test(registry, the_cpu_describes_itself)
{
    struct bench_device *device;
    struct bench_err err = {0};
    char why[256];
    cr_assert_eq(bench_device_open("cpu:3", 1, &device, why, &err), 0, "%s", err.message);
    const struct bench_device_info *info = bench_device_info(device);
    cr_expect_str_eq(info->kind, "cpu");
    cr_expect_eq(info->sm_count, 3);
    cr_expect_eq(info->max_threads_per_block, 1024);
    cr_expect_eq(info->max_shared_bytes, 227 * 1024);
    cr_expect_gt(strlen(info->name), 3);
    cr_expect_gt(info->memory_bytes, 1 << 20);
    cr_expect_not(info->gates);
    cr_expect(strstr(why, "cpu:3"), "%s", why);
    double mhz;
    cr_expect_eq(bench_device_clock_probe(device, &err), BENCH_EUNSUPPORTED);
    cr_expect_eq(bench_device_clock_read(device, &mhz, &err), BENCH_EUNSUPPORTED);
    bool late = true;
    cr_expect_eq(bench_device_gate_close(device, &err), 0);
    cr_expect_eq(bench_device_gate_open(device, &late, &err), 0);
    cr_expect_not(late);
    bench_device_close(device);
}

Test(registry, events_are_numbered_and_must_be_recorded)
{
    struct bench_device *device;
    struct bench_err err = {0};
    double ns = -1;
    cr_assert_eq(bench_device_open("cpu:1", 1, &device, NULL, &err), 0);
    cr_expect_eq(bench_device_record(device, BENCH_DEVICE_EVENTS, &err), BENCH_ERROR);
    cr_expect_eq(bench_device_record(device, -1, &err), BENCH_ERROR);
    cr_expect_eq(bench_device_elapsed(device, 0, 1, &ns, &err), BENCH_ERROR);
    cr_expect_eq(bench_device_record(device, 0, &err), 0);
    cr_expect_eq(bench_device_flush(device, &err), 0);
    cr_expect_eq(bench_device_record(device, 1, &err), 0);
    cr_expect_eq(bench_device_elapsed(device, 0, 1, &ns, &err), 0);
    cr_expect_gt(ns, 0);
    bench_device_close(device);
}

Test(registry, memory_is_aligned_and_keeps_its_contents)
{
    struct bench_device *device;
    struct bench_err err = {0};
    cr_assert_eq(bench_device_open("cpu:1", 1, &device, NULL, &err), 0);
    const size_t sizes[] = {1, 1000, 5000000};
    for (size_t i = 0; i < 3; i++) {
        void *memory;
        cr_assert_eq(bench_device_alloc(device, sizes[i], &memory, &err), 0);
        cr_expect_eq((uintptr_t)memory % 256, 0);
        char last = 0;
        bench_device_upload(device, (char *)memory + sizes[i] - 1, "x", 1, &err);
        bench_device_download(device, &last, (char *)memory + sizes[i] - 1, 1, &err);
        cr_expect_eq(last, 'x');
        bench_device_release(device, memory);
    }
    bench_device_release(device, NULL);
    void *memory;
    cr_expect_eq(bench_device_alloc(device, (size_t)1 << 60, &memory, &err), BENCH_EMEMORY);
    cr_expect(strstr(err.message, "1152921504606846976"), "%s", err.message);
    bench_device_close(device);
}
