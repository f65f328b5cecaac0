#include "cpu_support.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"

struct bench_device *cpu_device;
static char cache[64];
/* Given back at the end; more than any test takes. */
static void *memories[1024];
static size_t memory_count;
static struct bench_module *modules[64];
static size_t module_count;

void cpu_setup(void)
{
    snprintf(cache, sizeof(cache), "/tmp/bench-test-XXXXXX");
    cr_assert_not_null(mkdtemp(cache));
    setenv("BENCH_CACHE", cache, 1);
    cpu_reopen("cpu:2", NULL);
}

static void unload_all(void)
{
    while (module_count > 0)
        bench_device_unload(cpu_device, modules[--module_count]);
}

void cpu_teardown(void)
{
    unload_all();
    while (memory_count > 0)
        bench_device_release(cpu_device, memories[--memory_count]);
    bench_device_close(cpu_device);
    bench_file_remove_tree(cache, NULL);
}

void cpu_reopen(const char *spec, const struct bench_cpu_options *options)
{
    struct bench_err err = {0};
    unload_all();
    bench_device_close(cpu_device);
    bench_device_cpu_options(options);
    cr_assert_eq(bench_device_open(spec, 1, &cpu_device, NULL, &err), 0, "%s", err.message);
}

static struct bench_function *load(const struct bench_compile_request *request)
{
    struct bench_err err = {0};
    struct bench_compiled compiled;
    struct bench_module *module = NULL;
    struct bench_function *function = NULL;
    cr_assert_eq(bench_compile(request, &compiled, &err), 0, "%s", err.message);
    cr_assert_eq(bench_device_load(cpu_device, compiled.path, &module, &err), 0, "%s", err.message);
    cr_assert_eq(bench_device_function(cpu_device, module, compiled.entries[0].symbol, &function,
                                       NULL, &err),
                 0, "%s", err.message);
    bench_compiled_fini(&compiled);
    cr_assert_lt(module_count, sizeof(modules) / sizeof(modules[0]));
    modules[module_count++] = module;
    return function;
}

struct bench_function *cpu_kernel(const char *file, const char *entry)
{
    const char *resources = getenv("BENCH_TEST_RESOURCES");
    cr_assert_not_null(resources, "BENCH_TEST_RESOURCES must name tests/resources");
    char *path = bench_xprintf("%s/device/%s", resources, file);
    char *text = NULL;
    struct bench_err err = {0};
    cr_assert_eq(bench_file_read(path, 0, &text, NULL, &err), 0, "%s", err.message);
    struct bench_compile_request request = {.source = file,
                                            .text = text,
                                            .arch = bench_device_info(cpu_device)->arch,
                                            .entries = &entry,
                                            .entry_count = 1,
                                            .sanitize = getenv("BENCH_TEST_SANITIZE") != NULL};
    struct bench_function *function = load(&request);
    free(text);
    free(path);
    return function;
}

int cpu_compile_text(const char *text, const char *entry, struct bench_err *err)
{
    struct bench_compiled compiled;
    struct bench_compile_request request = {.source = "test.cu",
                                            .text = text,
                                            .arch = bench_device_info(cpu_device)->arch,
                                            .entries = &entry,
                                            .entry_count = 1};
    int rc = bench_compile(&request, &compiled, err);
    if (rc == BENCH_OK)
        bench_compiled_fini(&compiled);
    return rc;
}

void *cpu_memory(const void *contents, size_t bytes)
{
    struct bench_err err = {0};
    void *memory = NULL;
    cr_assert_eq(bench_device_alloc(cpu_device, bytes, &memory, &err), 0, "%s", err.message);
    cr_assert_lt(memory_count, sizeof(memories) / sizeof(memories[0]));
    memories[memory_count++] = memory;
    if (contents)
        bench_device_upload(cpu_device, memory, contents, bytes, &err);
    else
        memset(memory, 0, bytes);
    return memory;
}

int cpu_try_launch(struct bench_function *function, uint32_t grid, uint32_t block,
                   size_t shared_bytes, void **args, struct bench_err *err)
{
    const uint32_t grids[3] = {grid, 1, 1};
    const uint32_t blocks[3] = {block, 1, 1};
    return bench_device_launch(cpu_device, function, grids, blocks, shared_bytes, args, err);
}

void cpu_launch(struct bench_function *function, uint32_t grid, uint32_t block, size_t shared_bytes,
                void **args)
{
    struct bench_err err = {0};
    cr_assert_eq(cpu_try_launch(function, grid, block, shared_bytes, args, &err), 0, "%s",
                 err.message);
    cr_assert_eq(bench_device_synchronize(cpu_device, &err), 0, "%s", err.message);
}
