#include "null_support.h"

#include <criterion/criterion.h>

struct bench_device *null_device;
static struct bench_module *module;

void null_teardown(void)
{
    if (null_device)
        bench_device_unload(null_device, module);
    bench_device_close(null_device);
    null_device = NULL;
}

void null_open(const char *spec, uint64_t seed)
{
    struct bench_err err = {0};
    null_teardown();
    cr_assert_eq(bench_device_open(spec, seed, &null_device, NULL, &err), 0, "%s", err.message);
    cr_assert_eq(bench_device_load(null_device, "no such file", &module, &err), 0, "%s",
                 err.message);
}

int null_find(const char *symbol, struct bench_function **function, struct bench_err *err)
{
    return bench_device_function(null_device, module, symbol, function, NULL, err);
}

struct bench_function *null_function(const char *symbol)
{
    struct bench_err err = {0};
    struct bench_function *function = NULL;
    cr_assert_eq(null_find(symbol, &function, &err), 0, "%s", err.message);
    return function;
}

int null_launch(struct bench_function *function, struct bench_err *err)
{
    const uint32_t one[3] = {1, 1, 1};
    return bench_device_launch(null_device, function, one, one, 0, NULL, err);
}

double null_elapsed(struct bench_function *function, int count)
{
    struct bench_err err = {0};
    double ns = -1;
    cr_assert_eq(bench_device_record(null_device, 0, &err), 0, "%s", err.message);
    for (int i = 0; i < count; i++)
        cr_assert_eq(null_launch(function, &err), 0, "%s", err.message);
    cr_assert_eq(bench_device_record(null_device, 1, &err), 0, "%s", err.message);
    cr_assert_eq(bench_device_elapsed(null_device, 0, 1, &ns, &err), 0, "%s", err.message);
    return ns;
}
