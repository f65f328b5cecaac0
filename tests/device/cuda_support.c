#include "cuda_support.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/provider/cuda/compile.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"

#define SYMBOL_BYTES 128

struct bench_device *cuda_device;
static char *cache;

void cuda_setup(void)
{
    struct bench_err err = {0};
    char pattern[] = "/tmp/bench-test-XXXXXX";
    if (bench_device_open("cuda", 1, &cuda_device, NULL, &err) != BENCH_OK)
        cr_skip_test("no GPU: %s", err.message);
    char *version = bench_compiler_version(bench_device_info(cuda_device)->arch, &err);
    if (!version)
        cr_skip_test("no NVRTC: %s", err.message);
    free(version);
    cr_assert_not_null(mkdtemp(pattern));
    cache = bench_xstrdup(pattern);
    setenv("BENCH_CACHE", cache, 1);
}

void cuda_teardown(void)
{
    bench_device_close(cuda_device);
    if (cache)
        bench_file_remove_tree(cache, NULL);
    free(cache);
}

/* Compiles and loads; `symbol` gets the entry's symbol. */
static struct bench_module *load(const char *text, const char *entry, char *symbol)
{
    const char *entries[] = {entry};
    struct bench_compile_request request = {
        .source = "test.cu",
        .text = text,
        .arch = bench_device_info(cuda_device)->arch,
        .entries = entries,
        .entry_count = 1,
    };
    struct bench_compiled compiled;
    struct bench_module *module = NULL;
    struct bench_err err = {0};
    cr_assert_eq(bench_compile(&request, &compiled, &err), 0, "%s", err.message);
    cr_assert_eq(bench_device_load(cuda_device, compiled.path, &module, &err), 0, "%s",
                 err.message);
    snprintf(symbol, SYMBOL_BYTES, "%s", compiled.entries[0].symbol);
    bench_compiled_fini(&compiled);
    return module;
}

struct bench_module *cuda_module(const char *text, const char *entry)
{
    char symbol[SYMBOL_BYTES];
    return load(text, entry, symbol);
}

struct bench_function *cuda_kernel(const char *text, const char *entry)
{
    char symbol[SYMBOL_BYTES];
    struct bench_function *function = NULL;
    struct bench_err err = {0};
    struct bench_module *module = load(text, entry, symbol);
    cr_assert_eq(bench_device_function(cuda_device, module, symbol, &function, NULL, &err), 0, "%s",
                 err.message);
    return function;
}

void cuda_launch(struct bench_function *function, uint32_t grid, uint32_t block, void **args)
{
    struct bench_err err = {0};
    const uint32_t g[3] = {grid, 1, 1}, b[3] = {block, 1, 1};
    cr_assert_eq(bench_device_launch(cuda_device, function, g, b, 0, args, &err), 0, "%s",
                 err.message);
}

void cuda_synchronize(void)
{
    struct bench_err err = {0};
    cr_assert_eq(bench_device_synchronize(cuda_device, &err), 0, "%s", err.message);
}
