/* The registry of devices and the wrappers behind bench/device/device.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/device/device_impl.h"
#include "bench/util/str.h"

/* In the order in which "auto" asks. */
static const struct bench_device_ops *const devices[] = {
#ifdef BENCH_HAVE_CUDA
    &bench_device_cuda_ops,
#endif
    &bench_device_cpu_ops,
    &bench_device_null_ops,
};
#define DEVICE_KINDS (sizeof(devices) / sizeof(devices[0]))

#define WHY_BYTES 256

static const struct bench_device_ops *find_kind(const char *kind, size_t length)
{
    for (size_t i = 0; i < DEVICE_KINDS; i++) {
        if (strlen(devices[i]->kind) == length && memcmp(devices[i]->kind, kind, length) == 0)
            return devices[i];
    }
    return NULL;
}

static int open_auto(uint64_t seed, struct bench_device **device, char *why, struct bench_err *err)
{
    char reason[WHY_BYTES] = "this program was built without the CUDA toolkit";
    const struct bench_device_ops *cuda = find_kind("cuda", 4);
    if (cuda && cuda->count(reason) > 0) {
        int rc = cuda->open(0, NULL, seed, device, err);
        if (rc == BENCH_OK)
            snprintf(why, WHY_BYTES, "cuda:0, the first GPU");
        return rc;
    }
    snprintf(why, WHY_BYTES, "cpu, because there is no GPU: %.200s", reason);
    return find_kind("cpu", 3)->open(0, NULL, seed, device, err);
}

static int unknown_kind(const char *spec, struct bench_err *err)
{
#ifndef BENCH_HAVE_CUDA
    if (bench_str_starts(spec, "cuda"))
        return bench_err_set(err, BENCH_ENOTFOUND,
                             "device '%s': this program was built without the CUDA toolkit; "
                             "configure with -DBENCH_CUDA=ON where the toolkit is installed",
                             spec);
#endif
    return bench_err_set(err, BENCH_EINPUT,
                         "no device '%s'; expected auto, cuda, cuda:<index>, cpu, cpu:<threads> or "
                         "null",
                         spec);
}

/* The number after "kind:", which is what `argument` is; -1 if it is none. */
static long number_of(const char *argument)
{
    char *end;
    long number = strtol(argument, &end, 10);
    return *argument && !*end && number >= 0 && number <= 4096 ? number : -1;
}

static int open_named(const char *spec, uint64_t seed, struct bench_device **device, char *why,
                      struct bench_err *err)
{
    const char *colon = strchr(spec, ':');
    size_t length = colon ? (size_t)(colon - spec) : strlen(spec);
    const struct bench_device_ops *ops = find_kind(spec, length);
    if (!ops)
        return unknown_kind(spec, err);
    const char *argument = colon ? colon + 1 : NULL;
    bool is_index = strcmp(ops->kind, "cuda") == 0;
    long number = argument ? number_of(argument) : 0;
    if (number < 0 && strcmp(ops->kind, "null") != 0)
        return bench_err_set(err, BENCH_EINPUT, "device '%s': expected %s after the colon", spec,
                             is_index ? "the number of a GPU" : "a number of threads");
    char reason[WHY_BYTES] = "";
    int count = ops->count(reason);
    if (count == 0)
        return bench_err_set(err, BENCH_ENOTFOUND, "device '%s': %s; see `bench doctor`", spec,
                             reason);
    if (is_index && number >= count)
        return bench_err_set(err, BENCH_ENOTFOUND,
                             "device '%s': there %s %d, numbered from 0; see `bench doctor`", spec,
                             count == 1 ? "is" : "are", count);
    snprintf(why, WHY_BYTES, "%s, as asked for", spec);
    return ops->open(is_index ? (int)number : 0, argument, seed, device, err);
}

int bench_device_open(const char *spec, uint64_t seed, struct bench_device **device, char *why,
                      struct bench_err *err)
{
    char unused[WHY_BYTES];
    if (!why)
        why = unused;
    *device = NULL;
    if (strcmp(spec, "auto") == 0)
        return open_auto(seed, device, why, err);
    return open_named(spec, seed, device, why, err);
}

void bench_device_close(struct bench_device *device)
{
    if (device)
        device->ops->close(device);
}

const struct bench_device_info *bench_device_info(const struct bench_device *device)
{
    return &device->info;
}

int bench_device_alloc(struct bench_device *device, size_t bytes, void **memory,
                       struct bench_err *err)
{
    return device->ops->alloc(device, bytes, memory, err);
}

void bench_device_release(struct bench_device *device, void *memory)
{
    if (memory)
        device->ops->release(device, memory);
}

int bench_device_upload(struct bench_device *device, void *to_device, const void *from_host,
                        size_t bytes, struct bench_err *err)
{
    return device->ops->copy(device, to_device, from_host, bytes, true, err);
}

int bench_device_download(struct bench_device *device, void *to_host, const void *from_device,
                          size_t bytes, struct bench_err *err)
{
    return device->ops->copy(device, to_host, from_device, bytes, false, err);
}

int bench_device_load(struct bench_device *device, const char *path, struct bench_module **module,
                      struct bench_err *err)
{
    return device->ops->load(device, path, module, err);
}

void bench_device_unload(struct bench_device *device, struct bench_module *module)
{
    if (module)
        device->ops->unload(device, module);
}

int bench_device_function(struct bench_device *device, struct bench_module *module,
                          const char *symbol, struct bench_function **function,
                          struct bench_function_info *info, struct bench_err *err)
{
    return device->ops->function(device, module, symbol, function, info, err);
}

int bench_device_launch(struct bench_device *device, struct bench_function *function,
                        const uint32_t grid[3], const uint32_t block[3], size_t shared_bytes,
                        void **args, struct bench_err *err)
{
    return device->ops->launch(device, function, grid, block, shared_bytes, args, err);
}

int bench_device_synchronize(struct bench_device *device, struct bench_err *err)
{
    return device->ops->synchronize(device, err);
}

static int check_event(const struct bench_device *device, int event, struct bench_err *err)
{
    if (event >= 0 && event < BENCH_DEVICE_EVENTS)
        return BENCH_OK;
    return bench_err_set(err, BENCH_ERROR, "%s: no event %d; they are numbered from 0 to %d",
                         device->ops->kind, event, BENCH_DEVICE_EVENTS - 1);
}

int bench_device_record(struct bench_device *device, int event, struct bench_err *err)
{
    int rc = check_event(device, event, err);
    return rc == BENCH_OK ? device->ops->record(device, event, err) : rc;
}

int bench_device_elapsed(struct bench_device *device, int from, int to, double *ns,
                         struct bench_err *err)
{
    int rc = check_event(device, from, err);
    if (rc == BENCH_OK)
        rc = check_event(device, to, err);
    return rc == BENCH_OK ? device->ops->elapsed(device, from, to, ns, err) : rc;
}

int bench_device_flush(struct bench_device *device, struct bench_err *err)
{
    return device->ops->flush ? device->ops->flush(device, err) : BENCH_OK;
}

int bench_device_gate_close(struct bench_device *device, struct bench_err *err)
{
    bool was_late;
    return device->ops->gate ? device->ops->gate(device, true, &was_late, err) : BENCH_OK;
}

int bench_device_gate_open(struct bench_device *device, bool *was_late, struct bench_err *err)
{
    *was_late = false;
    return device->ops->gate ? device->ops->gate(device, false, was_late, err) : BENCH_OK;
}

static int clock_call(struct bench_device *device, bool read, double *mhz, struct bench_err *err)
{
    if (!device->ops->clock)
        return bench_err_set(err, BENCH_EUNSUPPORTED, "the %s device has no clock to read",
                             device->ops->kind);
    return device->ops->clock(device, read, mhz, err);
}

int bench_device_clock_probe(struct bench_device *device, struct bench_err *err)
{
    double unused;
    return clock_call(device, false, &unused, err);
}

int bench_device_clock_read(struct bench_device *device, double *mhz, struct bench_err *err)
{
    return clock_call(device, true, mhz, err);
}

void *bench_device_native_stream(struct bench_device *device)
{
    return device->ops->native_stream ? device->ops->native_stream(device) : NULL;
}

size_t bench_device_facts(struct bench_device *device, struct bench_device_fact *facts, size_t max)
{
    return device->ops->facts ? device->ops->facts(device, facts, max) : 0;
}
