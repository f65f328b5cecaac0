/* The cpu device: memory, modules, launches and timing. How blocks run: executor.h. */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench/device/cpu/executor.h"
#include "bench/device/cpu/fault.h"
#include "bench/device/cpu/hostinfo.h"
#include "bench/device/cpu/pool.h"
#include "bench/device/device_impl.h"
#include "bench/util/clock.h"
#include "bench/util/mem.h"
#include "bench/util/parallel.h"

/* Those of a GPU of compute capability 9.0, so that a kernel which fits here fits there (CUDA C++
 * Programming Guide, "Technical Specifications per Compute Capability"). */
#define MAX_SHARED_BYTES ((size_t)227 * 1024)
#define MAX_GRID_X 2147483647u
#define MAX_GRID_YZ 65535u
#define MAX_BLOCK_XY 1024u
#define MAX_BLOCK_Z 64u

#define MEMORY_ALIGNMENT 256
/* From here on memory is aligned for, and asked to be in, the system's large pages. */
#define LARGE_PAGE ((size_t)2 << 20)
/* Virtual machines report the last-level cache of the whole host, hundreds of megabytes. Cores that
 * share one share 32 MiB as a rule, and this is twice that; walking more takes longer than all that
 * is measured. */
#define MAX_FLUSH_BYTES ((size_t)64 << 20)
#define CACHE_LINE 64

struct cpu_device {
    struct bench_device base;
    struct bench_cpu_options options;
    struct bench_pool *pool;
    bool sanitizer; /* the process runs under AddressSanitizer */
    char *flush;    /* memory to read for evicting the cache; made at first use */
    size_t flush_bytes;
    size_t private_bytes; /* of each core's own cache */
    int64_t events[BENCH_DEVICE_EVENTS];
};

struct bench_function {
    struct bench_function *next;
    struct bench_module *module;
    bench_cpu_entry_fn entry;
    const char *name;
    int max_threads;
    size_t static_shared;
    struct bench_kernel_param *params;
};

struct bench_module {
    void *handle;
    bench_cpu_spoil_fn spoil;
    bool sanitized;
    struct bench_function *functions;
};

static struct bench_cpu_options next_options;

void bench_device_cpu_options(const struct bench_cpu_options *options)
{
    next_options = options ? *options : (struct bench_cpu_options){0};
}

static struct cpu_device *cpu_of(struct bench_device *device)
{
    return (struct cpu_device *)device; /* base is its first member */
}

static int cpu_count(char *why)
{
    (void)why;
    return 1;
}

/* That of the host is the device's: `most` is what this process may have of it; 0: all. */
static size_t memory_within(size_t most)
{
    size_t all = bench_host_memory_bytes();
    return most > 0 && most < all ? most : all;
}

static void fill_info(struct bench_device_info *info, int threads, size_t memory_bytes)
{
    snprintf(info->kind, sizeof(info->kind), "cpu");
    snprintf(info->id, sizeof(info->id), "cpu");
    snprintf(info->driver, sizeof(info->driver), "bench %s", BENCH_VERSION);
    bench_host_cpu_name(info->name, sizeof(info->name));
    bench_host_arch(info->arch, sizeof(info->arch));
    info->sm_count = threads;
    info->max_threads_per_block = MAX_THREADS;
    info->max_shared_bytes = MAX_SHARED_BYTES;
    info->memory_bytes = memory_bytes;
    info->l2_bytes = bench_host_cache_bytes(3);
    if (info->l2_bytes == 0)
        info->l2_bytes = bench_host_cache_bytes(2);
    /* A thousand elements with a branch each took up to 2.5 times as long with branches not seen
     * before (heaviside, on a Xeon); a branch that is guessed wrong costs some twenty cycles, an
     * element that is guessed right at least four. */
    info->learns = 4;
    info->computes = true;
    info->tells_params = true;
}

static int parse_threads(const char *argument, int *threads, struct bench_err *err)
{
    if (!argument) {
        *threads = next_options.threads > 0 ? next_options.threads : (int)bench_parallel_cpus();
        return BENCH_OK;
    }
    char *end = NULL;
    long n = strtol(argument, &end, 10);
    if (end == argument || *end != '\0' || n < 1 || n > 4096)
        return bench_err_set(err, BENCH_EINPUT,
                             "device cpu:%s: after the colon comes the number of CPU threads, 1 to "
                             "4096",
                             argument);
    *threads = (int)n;
    return BENCH_OK;
}

static int cpu_open(int index, const char *argument, uint64_t seed, struct bench_device **device,
                    struct bench_err *err)
{
    (void)seed;
    int threads = 1;
    int rc = parse_threads(argument, &threads, err);
    if (rc != BENCH_OK)
        return rc;
    struct cpu_device *d = bench_xcalloc(1, sizeof(*d));
    d->base.ops = &bench_device_cpu_ops;
    d->base.info.index = index;
    d->options = next_options;
    d->sanitizer = bench_fiber_find_sanitizer();
    bench_fault_install();
    bench_fault_thread_begin();
    rc = bench_pool_new(threads, &d->pool, err);
    if (rc != BENCH_OK) {
        free(d);
        return rc;
    }
    fill_info(&d->base.info, threads, memory_within(d->options.memory_bytes));
    d->private_bytes = bench_host_cache_bytes(2);
    for (int i = 0; i < BENCH_DEVICE_EVENTS; i++)
        d->events[i] = -1;
    *device = &d->base;
    return BENCH_OK;
}

static void cpu_close(struct bench_device *device)
{
    struct cpu_device *d = cpu_of(device);
    bench_pool_free(d->pool);
    bench_fault_thread_end();
    free(d->flush);
    free(d);
}

/* --- memory --- */

static int cpu_alloc(struct bench_device *device, size_t bytes, void **memory,
                     struct bench_err *err)
{
    struct cpu_device *d = cpu_of(device);
    /* Exactly the size, so that the sanitizer sees the first byte beyond. */
    bool large = bytes >= 2 * LARGE_PAGE && !d->sanitizer;
    /* Linux promises more memory than there is, and ends processes that use it. */
    if (bytes > d->base.info.memory_bytes)
        return bench_err_set(err, BENCH_EMEMORY,
                             "out of memory: %zu bytes asked for on the cpu, which has %zu", bytes,
                             d->base.info.memory_bytes);
    int cause = posix_memalign(memory, large ? LARGE_PAGE : MEMORY_ALIGNMENT, bytes ? bytes : 1);
    if (cause != 0)
        return bench_err_set(err, BENCH_EMEMORY,
                             "out of memory: %zu bytes asked for on the cpu: %s", bytes,
                             strerror(cause));
    if (large)
        madvise(*memory, bytes, MADV_HUGEPAGE); /* advice: a refusal changes nothing but speed */
    return BENCH_OK;
}

static void cpu_release(struct bench_device *device, void *memory)
{
    (void)device;
    free(memory);
}

static int cpu_copy(struct bench_device *device, void *to, const void *from, size_t bytes,
                    bool to_device, struct bench_err *err)
{
    (void)device;
    (void)to_device;
    (void)err;
    if (bytes > 0)
        memmove(to, from, bytes);
    return BENCH_OK;
}

/* --- modules --- */

static void *find_symbol(void *handle, const char *symbol, const char *suffix)
{
    char name[256];
    snprintf(name, sizeof(name), "%s%s", symbol, suffix);
    return dlsym(handle, name);
}

static int start_module(struct cpu_device *d, void *handle, const char *path, bool *sanitized,
                        struct bench_err *err)
{
    bench_cpu_init_fn init;
    void *symbol = dlsym(handle, "bench_cpu_init");
    memcpy(&init, &symbol, sizeof(init));
    if (!init)
        return bench_err_set(err, BENCH_ERROR,
                             "%s: no module of the cpu device (it has no bench_cpu_init)", path);
    uint32_t made_for = init(&bench_cpu_api, bench_cpu_context_offset());
    if ((made_for & 0xffff) != BENCH_CPU_ABI)
        return bench_err_set(err, BENCH_ERROR,
                             "%s: made for interface %u of the cpu device, this is %u; delete it, "
                             "so that it is compiled again",
                             path, made_for & 0xffff, BENCH_CPU_ABI);
    *sanitized = made_for & BENCH_CPU_SANITIZED;
    if (*sanitized && !d->sanitizer)
        return bench_err_set(err, BENCH_ERROR,
                             "%s: compiled with AddressSanitizer, but this process runs without it",
                             path);
    if (*sanitized)
        bench_fault_sanitized_module();
    return BENCH_OK;
}

static int cpu_load(struct bench_device *device, const char *path, struct bench_module **module,
                    struct bench_err *err)
{
    /* A path without a slash would be searched for in the system's libraries. */
    char full[4096];
    snprintf(full, sizeof(full), "%s%s", strchr(path, '/') ? "" : "./", path);
    void *handle = dlopen(full, RTLD_NOW | RTLD_LOCAL);
    if (!handle)
        return bench_err_set(err, BENCH_ERROR, "%s: cannot be loaded: %s", path, dlerror());
    bool sanitized = false;
    int rc = start_module(cpu_of(device), handle, path, &sanitized, err);
    if (rc != BENCH_OK) {
        dlclose(handle);
        return rc;
    }
    struct bench_module *m = bench_xcalloc(1, sizeof(*m));
    void *spoil = dlsym(handle, "bench_cpu_spoil");
    memcpy(&m->spoil, &spoil, sizeof(m->spoil));
    m->handle = handle;
    m->sanitized = sanitized;
    *module = m;
    return BENCH_OK;
}

static void cpu_unload(struct bench_device *device, struct bench_module *module)
{
    (void)device;
    if (!module)
        return;
    while (module->functions) {
        struct bench_function *next = module->functions->next;
        free(module->functions->params);
        free(module->functions);
        module->functions = next;
    }
    dlclose(module->handle);
    free(module);
}

/* What the kernel takes. */
static struct bench_kernel_param *copy_params(const struct bench_cpu_param *from, size_t *count)
{
    size_t n = 0;
    while (from[n].bytes > 0)
        n++;
    struct bench_kernel_param *params = bench_xcalloc(n + 1, sizeof(*params));
    for (size_t i = 0; i < n; i++)
        params[i] = (struct bench_kernel_param){
            .bytes = from[i].bytes,
            .kind = from[i].kind == BENCH_CPU_PARAM_INTEGER    ? BENCH_KERNEL_INTEGER
                    : from[i].kind == BENCH_CPU_PARAM_FLOATING ? BENCH_KERNEL_FLOATING
                    : from[i].kind == BENCH_CPU_PARAM_POINTER  ? BENCH_KERNEL_POINTER
                                                               : BENCH_KERNEL_ANY,
        };
    *count = n;
    return params;
}

static int cpu_function(struct bench_device *device, struct bench_module *module,
                        const char *symbol, struct bench_function **function,
                        struct bench_function_info *info, struct bench_err *err)
{
    (void)device;
    void *entry = find_symbol(module->handle, symbol, "");
    const char *name = find_symbol(module->handle, symbol, "_name");
    const int *threads = find_symbol(module->handle, symbol, "_threads");
    const int *shared = find_symbol(module->handle, symbol, "_shared");
    const struct bench_cpu_param *const *params = find_symbol(module->handle, symbol, "_params");
    if (!entry || !name || !threads || !shared || !params)
        return bench_err_set(err, BENCH_ENOTFOUND, "the module has no kernel %s", symbol);
    struct bench_function *f = bench_xcalloc(1, sizeof(*f));
    memcpy(&f->entry, &entry, sizeof(f->entry));
    f->module = module;
    f->name = name;
    f->max_threads = *threads;
    f->static_shared = (size_t)*shared;
    size_t param_count = 0;
    f->params = copy_params(*params, &param_count);
    f->next = module->functions;
    module->functions = f;
    *function = f;
    if (info)
        *info = (struct bench_function_info){.registers = -1,
                                             .static_shared_bytes = (size_t)*shared,
                                             .max_threads_per_block = *threads,
                                             .params = f->params,
                                             .param_count = param_count};
    return BENCH_OK;
}

/* --- launching --- */

static int check_axis(const char *kernel, const char *what, const uint32_t value[3],
                      const uint32_t limit[3], struct bench_err *err)
{
    for (int i = 0; i < 3; i++)
        if (value[i] < 1 || value[i] > limit[i])
            return bench_err_set(err, BENCH_ERROR,
                                 "kernel %s cannot be launched: %s (%u,%u,%u), but %c must be "
                                 "between 1 and %u",
                                 kernel, what, value[0], value[1], value[2], "xyz"[i], limit[i]);
    return BENCH_OK;
}

static int check_launch(const struct bench_function *f, const uint32_t grid[3],
                        const uint32_t block[3], size_t shared_bytes, struct bench_err *err)
{
    static const uint32_t grid_limit[3] = {MAX_GRID_X, MAX_GRID_YZ, MAX_GRID_YZ};
    static const uint32_t block_limit[3] = {MAX_BLOCK_XY, MAX_BLOCK_XY, MAX_BLOCK_Z};
    int rc = check_axis(f->name, "grid", grid, grid_limit, err);
    if (rc == BENCH_OK)
        rc = check_axis(f->name, "block", block, block_limit, err);
    if (rc != BENCH_OK)
        return rc;
    uint64_t threads = (uint64_t)block[0] * block[1] * block[2];
    if (threads > MAX_THREADS)
        return bench_err_set(err, BENCH_ERROR,
                             "kernel %s cannot be launched: block (%u,%u,%u) has %llu threads, the "
                             "limit is %u",
                             f->name, block[0], block[1], block[2], (unsigned long long)threads,
                             MAX_THREADS);
    if (threads > (uint64_t)f->max_threads)
        return bench_err_set(err, BENCH_ERROR,
                             "kernel %s cannot be launched: block (%u,%u,%u) has %llu threads, but "
                             "its __launch_bounds__ allow %d",
                             f->name, block[0], block[1], block[2], (unsigned long long)threads,
                             f->max_threads);
    if (shared_bytes + f->static_shared > MAX_SHARED_BYTES)
        return bench_err_set(err, BENCH_ERROR,
                             "kernel %s cannot be launched: %zu bytes of dynamic shared memory "
                             "asked for and %zu static, the limit of both together is %zu",
                             f->name, shared_bytes, f->static_shared, MAX_SHARED_BYTES);
    return BENCH_OK;
}

static int cpu_launch(struct bench_device *device, struct bench_function *function,
                      const uint32_t grid[3], const uint32_t block[3], size_t shared_bytes,
                      void **args, struct bench_err *err)
{
    struct cpu_device *d = cpu_of(device);
    int rc = check_launch(function, grid, block, shared_bytes, err);
    if (rc != BENCH_OK)
        return rc;
    struct bench_launch launch = {
        .entry = function->entry,
        .spoil = d->options.strict || d->options.reverse_threads ? function->module->spoil : NULL,
        .name = function->name,
        .args = args,
        .grid = {grid[0], grid[1], grid[2]},
        .block = {block[0], block[1], block[2]},
        .threads = block[0] * block[1] * block[2],
        .blocks = (uint64_t)grid[0] * grid[1] * grid[2],
        .shared_bytes = shared_bytes,
        .reverse = d->options.reverse_threads,
        .strict = d->options.strict,
        .err = err,
    };
    /* Static shared memory of sanitized code is one for all OS threads: only so is it guarded. */
    return bench_pool_launch(d->pool, &launch, function->module->sanitized ? 1 : INT32_MAX);
}

static int cpu_synchronize(struct bench_device *device, struct bench_err *err)
{
    (void)device; /* launches wait for their end, and report their faults themselves */
    (void)err;
    return BENCH_OK;
}

/* --- timing --- */

static int cpu_record(struct bench_device *device, int event, struct bench_err *err)
{
    (void)err;
    cpu_of(device)->events[event] = bench_clock_ns();
    return BENCH_OK;
}

static int cpu_elapsed(struct bench_device *device, int from, int to, double *ns,
                       struct bench_err *err)
{
    const int64_t *events = cpu_of(device)->events;
    if (events[from] < 0 || events[to] < 0)
        return bench_err_set(err, BENCH_ERROR, "event %d was never recorded",
                             events[from] < 0 ? from : to);
    *ns = (double)(events[to] - events[from]);
    return BENCH_OK;
}

/* Each thread reads its part of a buffer twice the size of the shared cache, and at least twice the
 * size of its core's own. */
static void walk(int number, int of, void *data)
{
    const struct cpu_device *d = data;
    size_t part = d->flush_bytes / (size_t)of;
    size_t start = part * (size_t)number;
    if (part < 2 * d->private_bytes && 2 * d->private_bytes <= d->flush_bytes) {
        part = 2 * d->private_bytes;
        start = start + part > d->flush_bytes ? d->flush_bytes - part : start;
    }
    const volatile char *at = d->flush + start;
    for (size_t i = 0; i < part; i += CACHE_LINE)
        (void)at[i];
}

static int cpu_flush(struct bench_device *device, struct bench_err *err)
{
    struct cpu_device *d = cpu_of(device);
    if (!d->flush) {
        size_t bytes = 2 * d->base.info.l2_bytes;
        bytes = bytes > MAX_FLUSH_BYTES ? MAX_FLUSH_BYTES : bytes;
        bytes = bytes < LARGE_PAGE ? LARGE_PAGE : bytes;
        void *memory = NULL;
        if (posix_memalign(&memory, LARGE_PAGE, bytes) != 0)
            return bench_err_set(err, BENCH_ERROR, "out of memory: %zu bytes to flush the cache",
                                 bytes);
        /* Written once: untouched pages are all one page of zeros to the cache. */
        memset(memory, 1, bytes);
        d->flush = memory;
        d->flush_bytes = bytes;
    }
    bench_pool_each(d->pool, walk, d);
    return BENCH_OK;
}

const struct bench_device_ops bench_device_cpu_ops = {
    .kind = "cpu",
    .count = cpu_count,
    .open = cpu_open,
    .close = cpu_close,
    .alloc = cpu_alloc,
    .release = cpu_release,
    .copy = cpu_copy,
    .load = cpu_load,
    .unload = cpu_unload,
    .function = cpu_function,
    .launch = cpu_launch,
    .synchronize = cpu_synchronize,
    .record = cpu_record,
    .elapsed = cpu_elapsed,
    .flush = cpu_flush,
};
