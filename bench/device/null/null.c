/*
 * The null device: nothing is computed, time is scripted (script.h). Everything that depends on
 * time can be tested on it to the last digit: the same seed gives the same times.
 *
 * "null" has no floor; "null:2200" adds 2200 ns to every launch, as a real device's launch does.
 */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/device/device_impl.h"
#include "bench/device/null/script.h"
#include "bench/util/mem.h"

#define MEMORY_ALIGNMENT 256

struct null_device {
    struct bench_device base;
    struct bench_rng rng;
    double now_ns; /* the virtual clock */
    double floor_ns;
    bool poisoned;
    double events[BENCH_DEVICE_EVENTS]; /* NaN: not recorded */
};

struct bench_function {
    struct bench_function *next;
    struct bench_script script;
    uint64_t calls;
};

struct bench_module {
    struct bench_function *functions;
};

static struct null_device *null_of(struct bench_device *device)
{
    return (struct null_device *)device; /* base is its first member */
}

static int null_count(char *why)
{
    (void)why;
    return 1;
}

static int null_open(int index, const char *argument, uint64_t seed, struct bench_device **device,
                     struct bench_err *err)
{
    double floor_ns = 0;
    if (argument) {
        char *end;
        floor_ns = strtod(argument, &end);
        if (end == argument || *end || !(floor_ns >= 0) || isinf(floor_ns))
            return bench_err_set(err, BENCH_EINPUT,
                                 "device null:%s: after the colon comes the time that every launch "
                                 "takes besides the kernel, in ns",
                                 argument);
    }
    struct null_device *d = bench_xcalloc(1, sizeof(*d));
    d->base.ops = &bench_device_null_ops;
    d->base.info = (struct bench_device_info){
        .kind = "null",
        .name = "scripted times",
        .id = "null",
        .arch = "null",
        .driver = "bench " BENCH_VERSION,
        .index = index,
        .sm_count = 1,
        .max_threads_per_block = 1024,
        .max_shared_bytes = (size_t)227 * 1024, /* as the cpu device has it */
        .memory_bytes = (size_t)1 << 36,
    };
    bench_rng_init(&d->rng, seed);
    d->floor_ns = floor_ns;
    for (int i = 0; i < BENCH_DEVICE_EVENTS; i++)
        d->events[i] = NAN;
    *device = &d->base;
    return BENCH_OK;
}

static void null_close(struct bench_device *device)
{
    free(device);
}

static int null_alloc(struct bench_device *device, size_t bytes, void **memory,
                      struct bench_err *err)
{
    (void)device;
    int cause = posix_memalign(memory, MEMORY_ALIGNMENT, bytes ? bytes : 1);
    return cause == 0 ? BENCH_OK
                      : bench_err_set(err, BENCH_ERROR, "out of memory: %zu bytes asked for: %s",
                                      bytes, strerror(cause));
}

static void null_release(struct bench_device *device, void *memory)
{
    (void)device;
    free(memory);
}

static int check_poison(struct bench_device *device, struct bench_err *err)
{
    return null_of(device)->poisoned
               ? bench_err_set(err, BENCH_EPOISONED,
                               "null device: poisoned by a kernel named \"poison\"")
               : BENCH_OK;
}

static int null_copy(struct bench_device *device, void *to, const void *from, size_t bytes,
                     bool to_device, struct bench_err *err)
{
    (void)to_device;
    if (bytes > 0)
        memmove(to, from, bytes);
    return check_poison(device, err);
}

static int null_load(struct bench_device *device, const char *path, struct bench_module **module,
                     struct bench_err *err)
{
    (void)device;
    (void)path; /* kernels are not code: any path will do */
    (void)err;
    *module = bench_xcalloc(1, sizeof(**module));
    return BENCH_OK;
}

static void null_unload(struct bench_device *device, struct bench_module *module)
{
    (void)device;
    while (module->functions) {
        struct bench_function *next = module->functions->next;
        free(module->functions);
        module->functions = next;
    }
    free(module);
}

static int null_function(struct bench_device *device, struct bench_module *module,
                         const char *symbol, struct bench_function **function,
                         struct bench_function_info *info, struct bench_err *err)
{
    (void)device;
    struct bench_script script;
    int rc = bench_script_parse(symbol, &script, err);
    if (rc != BENCH_OK)
        return rc;
    struct bench_function *f = bench_xcalloc(1, sizeof(*f));
    f->script = script;
    f->next = module->functions;
    module->functions = f;
    *function = f;
    if (info)
        *info = (struct bench_function_info){.registers = -1, .max_threads_per_block = 1024};
    return BENCH_OK;
}

static int null_launch(struct bench_device *device, struct bench_function *function,
                       const uint32_t grid[3], const uint32_t block[3], size_t shared_bytes,
                       void **args, struct bench_err *err)
{
    (void)args;
    struct null_device *d = null_of(device);
    int rc = check_poison(device, err);
    if (rc != BENCH_OK)
        return rc;
    switch (function->script.kind) {
    case BENCH_SCRIPT_FAIL_LAUNCH:
        return bench_err_set(err, BENCH_ERROR,
                             "null device: fail_launch: grid (%u,%u,%u), block (%u,%u,%u) with %zu "
                             "bytes of shared memory cannot be launched",
                             grid[0], grid[1], grid[2], block[0], block[1], block[2], shared_bytes);
    case BENCH_SCRIPT_POISON:
        d->poisoned = true;
        return BENCH_OK;
    case BENCH_SCRIPT_CRASH:
        signal(SIGSEGV, SIG_DFL); /* no handler is to soften it */
        raise(SIGSEGV);
        return BENCH_OK;
    case BENCH_SCRIPT_HANG:
        for (;;)
            pause();
    case BENCH_SCRIPT_EXIT:
        _exit(3);
    default:
        d->now_ns += d->floor_ns + bench_script_draw(&function->script, function->calls++, &d->rng);
        return BENCH_OK;
    }
}

static int null_synchronize(struct bench_device *device, struct bench_err *err)
{
    return check_poison(device, err);
}

static int null_record(struct bench_device *device, int event, struct bench_err *err)
{
    struct null_device *d = null_of(device);
    d->events[event] = d->now_ns;
    return check_poison(device, err);
}

static int null_elapsed(struct bench_device *device, int from, int to, double *ns,
                        struct bench_err *err)
{
    const double *events = null_of(device)->events;
    if (isnan(events[from]) || isnan(events[to]))
        return bench_err_set(err, BENCH_ERROR, "event %d was never recorded",
                             isnan(events[from]) ? from : to);
    *ns = events[to] - events[from];
    return BENCH_OK;
}

const struct bench_device_ops bench_device_null_ops = {
    .kind = "null",
    .count = null_count,
    .open = null_open,
    .close = null_close,
    .alloc = null_alloc,
    .release = null_release,
    .copy = null_copy,
    .load = null_load,
    .unload = null_unload,
    .function = null_function,
    .launch = null_launch,
    .synchronize = null_synchronize,
    .record = null_record,
    .elapsed = null_elapsed,
};
