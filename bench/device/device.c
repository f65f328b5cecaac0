/* The registry of devices, and what is the same for all of them. */
#include "bench/device/device_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/str.h"

#define WHY_BYTES 256

/* In the order in which "auto" asks; null computes nothing and is never taken by itself. */
static const struct bench_device_ops *const registry[] = {
#ifdef BENCH_HAVE_CUDA
    &bench_device_cuda_ops,
#endif
    &bench_device_cpu_ops,
    &bench_device_null_ops,
};
#define REGISTERED (sizeof(registry) / sizeof(registry[0]))

/* A device that lacks something mandatory is a fault of its author: found at its first opening, not
 * when the function is called. */
static int check(const struct bench_device_ops *o, struct bench_err *err)
{
    bool complete =
        o->kind && o->count && o->open && o->close && o->alloc && o->release && o->copy &&
        o->load && o->unload && o->function && o->launch && o->synchronize && o->record &&
        o->elapsed &&
        (!o->graph || (o->graph->begin && o->graph->end && o->graph->launch && o->graph->free));
    return complete
               ? BENCH_OK
               : bench_err_set(err, BENCH_ERROR, "device %s: its table lacks a mandatory function",
                               o->kind ? o->kind : "(without a name)");
}

static const struct bench_device_ops *find(const char *kind, size_t length)
{
    for (size_t i = 0; i < REGISTERED; i++)
        if (strlen(registry[i]->kind) == length && memcmp(registry[i]->kind, kind, length) == 0)
            return registry[i];
    return NULL;
}

static int open_ops(const struct bench_device_ops *ops, int index, const char *argument,
                    uint64_t seed, struct bench_device **device, struct bench_err *err)
{
    int rc = check(ops, err);
    return rc != BENCH_OK ? rc : ops->open(index, argument, seed, device, err);
}

/* The first device that computes; *why tells what stood in the way of the ones before it. */
static int open_auto(uint64_t seed, struct bench_device **device, char *why, struct bench_err *err)
{
#ifdef BENCH_HAVE_CUDA
    char missing[WHY_BYTES] = "";
#else
    char missing[WHY_BYTES] = "this program was built without the CUDA toolkit";
#endif
    for (size_t i = 0; i < REGISTERED; i++) {
        const struct bench_device_ops *ops = registry[i];
        char reason[WHY_BYTES] = "";
        struct bench_err local = {0};
        if (ops->count(reason) < 1) {
            snprintf(missing, sizeof(missing), "%s", reason);
            continue;
        }
        int rc = open_ops(ops, 0, NULL, seed, device, &local);
        if (rc != BENCH_OK) { /* a GPU that cannot be opened is not passed over in silence */
            snprintf(missing, sizeof(missing), "%.*s", WHY_BYTES - 1, local.message);
            continue;
        }
        if (!(*device)->info.computes) {
            bench_device_close(*device);
            *device = NULL;
            continue;
        }
        if (why && missing[0])
            snprintf(why, WHY_BYTES, "%.30s (%.60s), because no GPU can be used: %.140s",
                     (*device)->info.kind, (*device)->info.name, missing);
        else if (why)
            snprintf(why, WHY_BYTES, "%.30s:%d (%.120s), the first GPU", (*device)->info.kind,
                     (*device)->info.index, (*device)->info.name);
        return BENCH_OK;
    }
    return bench_err_set(err, BENCH_ENOTFOUND, "no device can be used: %s", missing);
}

static void list_kinds(char *out, size_t size)
{
    struct bench_str s;
    bench_str_init(&s);
    bench_str_add(&s, "auto");
    for (size_t i = 0; i < REGISTERED; i++)
        bench_str_addf(&s, ", %s", registry[i]->kind);
    snprintf(out, size, "%s", s.data);
    bench_str_fini(&s);
}

static int unknown_kind(const char *spec, size_t kind_length, struct bench_err *err)
{
    char kinds[128];
    if (kind_length == 4 && memcmp(spec, "cuda", 4) == 0)
        return bench_err_set(err, BENCH_ENOTFOUND,
                             "device %s: this program was built without the CUDA toolkit", spec);
    list_kinds(kinds, sizeof(kinds));
    return bench_err_set(err, BENCH_EINPUT, "device %s: no such kind; there are %s", spec, kinds);
}

/* "cuda:1" is the second of its kind. What a cpu or null device has after the colon is its own. */
static int parse_index(const char *spec, const struct bench_device_ops *ops, const char *argument,
                       int *index, struct bench_err *err)
{
    *index = 0;
    if (!argument || strcmp(ops->kind, "cuda") != 0)
        return BENCH_OK;
    char *end;
    long n = strtol(argument, &end, 10);
    if (end == argument || *end || n < 0 || n > 1023)
        return bench_err_set(err, BENCH_EINPUT,
                             "device %s: after the colon comes the number of the GPU, from 0",
                             spec);
    *index = (int)n;
    return BENCH_OK;
}

int bench_device_count(const char *kind, char *why)
{
    const struct bench_device_ops *ops = find(kind, strlen(kind));
    struct bench_err err = {0};
    if (ops != NULL)
        return ops->count(why);
    unknown_kind(kind, strlen(kind), &err);
    snprintf(why, WHY_BYTES, "%.*s", WHY_BYTES - 1, err.message);
    return 0;
}

int bench_device_open(const char *spec, uint64_t seed, struct bench_device **device, char *why,
                      struct bench_err *err)
{
    *device = NULL;
    if (strcmp(spec, "auto") == 0)
        return open_auto(seed, device, why, err);
    size_t length = strcspn(spec, ":");
    const char *argument = spec[length] == ':' ? spec + length + 1 : NULL;
    const struct bench_device_ops *ops = find(spec, length);
    if (!ops)
        return unknown_kind(spec, length, err);
    int index;
    int rc = parse_index(spec, ops, argument, &index, err);
    if (rc != BENCH_OK)
        return rc;
    char reason[WHY_BYTES] = "";
    int count = ops->count(reason);
    if (count == 0)
        return bench_err_set(err, BENCH_ENOTFOUND, "device %s: %s; without it, take the cpu device",
                             spec, reason);
    if (index >= count)
        return bench_err_set(err, BENCH_ENOTFOUND,
                             "device %s: the last one here is %s:%d; see bench doctor", spec,
                             ops->kind, count - 1);
    rc = open_ops(ops, index, argument, seed, device, err);
    if (rc == BENCH_OK && why)
        snprintf(why, WHY_BYTES, "%.60s (%.120s), as asked for", spec, (*device)->info.name);
    return rc;
}

void bench_device_close(struct bench_device *device)
{
    if (!device)
        return;
    if (device->recording)
        bench_device_graph_end(device, NULL, NULL);
    device->ops->close(device);
}

const struct bench_device_info *bench_device_info(const struct bench_device *device)
{
    return &device->info;
}

/* --- recording a graph --- */

static int unsupported(const struct bench_device *device, const char *what, struct bench_err *err)
{
    return bench_err_set(err, BENCH_EUNSUPPORTED, "the %s device does not %s", device->info.kind,
                         what);
}

/* The first cause counts; what follows it is often its consequence. */
static void spoil(struct bench_device *device, const char *why)
{
    if (!device->spoiled[0])
        snprintf(device->spoiled, sizeof(device->spoiled), "%.*s", (int)sizeof(device->spoiled) - 1,
                 why);
}

/* For what cannot be part of a graph. Whoever asks for it while one is recorded expects it to have
 * happened: the graph would not be what was asked for. */
static int not_recording(struct bench_device *device, const char *what, struct bench_err *err)
{
    if (!device->recording)
        return BENCH_OK;
    spoil(device, what);
    return bench_err_set(err, BENCH_EUNSUPPORTED, "%s cannot be recorded in a graph", what);
}

/* For what can: a recording in which it failed is incomplete. */
static int recorded(struct bench_device *device, int rc, const struct bench_err *err)
{
    if (rc != BENCH_OK && device->recording)
        spoil(device, err ? err->message : "something in it failed");
    return rc;
}

int bench_device_graph_begin(struct bench_device *device, struct bench_err *err)
{
    if (!device->ops->graph)
        return unsupported(device, "record graphs", err);
    int rc = not_recording(device, "a graph", err);
    if (rc == BENCH_OK)
        rc = device->ops->graph->begin(device, err);
    if (rc == BENCH_OK) {
        device->recording = true;
        device->spoiled[0] = '\0';
    }
    return rc;
}

int bench_device_graph_end(struct bench_device *device, struct bench_graph **graph,
                           struct bench_err *err)
{
    if (graph)
        *graph = NULL;
    if (!device->recording)
        return bench_err_set(err, BENCH_ERROR, "no graph is being recorded");
    device->recording = false;
    bool drop = !graph || device->spoiled[0];
    int rc = device->ops->graph->end(device, drop ? NULL : graph, err);
    if (rc == BENCH_OK && graph && drop)
        rc = bench_err_set(err, BENCH_EUNSUPPORTED, "it cannot be recorded in a graph: %s",
                           device->spoiled);
    return rc;
}

int bench_device_graph_launch(struct bench_device *device, struct bench_graph *graph,
                              struct bench_err *err)
{
    int rc = not_recording(device, "the launch of a graph", err);
    return rc != BENCH_OK ? rc : device->ops->graph->launch(device, graph, err);
}

void bench_device_graph_free(struct bench_device *device, struct bench_graph *graph)
{
    if (graph)
        device->ops->graph->free(device, graph);
}

/* --- memory --- */

int bench_device_alloc(struct bench_device *device, size_t bytes, void **memory,
                       struct bench_err *err)
{
    *memory = NULL;
    int rc = not_recording(device, "allocating memory", err);
    return rc != BENCH_OK ? rc : device->ops->alloc(device, bytes, memory, err);
}

void bench_device_release(struct bench_device *device, void *memory)
{
    if (!memory)
        return;
    if (device->recording) /* may break it, and whoever ends it should know why */
        spoil(device, "freeing memory");
    device->ops->release(device, memory);
}

int bench_device_upload(struct bench_device *device, void *to_device, const void *from_host,
                        size_t bytes, struct bench_err *err)
{
    int rc = not_recording(device, "a copy to the device", err);
    return rc != BENCH_OK ? rc : device->ops->copy(device, to_device, from_host, bytes, true, err);
}

int bench_device_download(struct bench_device *device, void *to_host, const void *from_device,
                          size_t bytes, struct bench_err *err)
{
    int rc = not_recording(device, "a copy from the device", err);
    return rc != BENCH_OK ? rc : device->ops->copy(device, to_host, from_device, bytes, false, err);
}

/* --- kernels --- */

int bench_device_load(struct bench_device *device, const char *path, struct bench_module **module,
                      struct bench_err *err)
{
    *module = NULL;
    int rc = not_recording(device, "loading a module", err);
    return rc != BENCH_OK ? rc : device->ops->load(device, path, module, err);
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
    *function = NULL;
    int rc = not_recording(device, "loading a kernel", err);
    return rc != BENCH_OK ? rc : device->ops->function(device, module, symbol, function, info, err);
}

int bench_device_launch(struct bench_device *device, struct bench_function *function,
                        const uint32_t grid[3], const uint32_t block[3], size_t shared_bytes,
                        void **args, struct bench_err *err)
{
    int rc = device->ops->launch(device, function, grid, block, shared_bytes, args, err);
    return recorded(device, rc, err);
}

int bench_device_synchronize(struct bench_device *device, struct bench_err *err)
{
    int rc = not_recording(device, "waiting for the device", err);
    return rc != BENCH_OK ? rc : device->ops->synchronize(device, err);
}

/* --- timing --- */

static int check_event(int event, struct bench_err *err)
{
    if (event >= 0 && event < BENCH_DEVICE_EVENTS)
        return BENCH_OK;
    return bench_err_set(err, BENCH_ERROR, "event %d: events are numbered 0 to %d", event,
                         BENCH_DEVICE_EVENTS - 1);
}

int bench_device_record(struct bench_device *device, int event, struct bench_err *err)
{
    int rc = check_event(event, err);
    if (rc == BENCH_OK)
        rc = not_recording(device, "an event", err);
    return rc != BENCH_OK ? rc : device->ops->record(device, event, err);
}

int bench_device_elapsed(struct bench_device *device, int from, int to, double *ns,
                         struct bench_err *err)
{
    int rc = check_event(from, err);
    if (rc == BENCH_OK)
        rc = check_event(to, err);
    if (rc == BENCH_OK)
        rc = not_recording(device, "reading the time between events", err);
    return rc != BENCH_OK ? rc : device->ops->elapsed(device, from, to, ns, err);
}

int bench_device_flush(struct bench_device *device, struct bench_err *err)
{
    int rc = device->ops->flush ? device->ops->flush(device, err) : BENCH_OK;
    return recorded(device, rc, err);
}

int bench_device_overwrite_cache(struct bench_device *device, struct bench_err *err)
{
    if (!device->ops->overwrite_cache)
        return unsupported(device, "overwrite its cache", err);
    return recorded(device, device->ops->overwrite_cache(device, err), err);
}

int bench_device_gate_close(struct bench_device *device, struct bench_err *err)
{
    int rc = not_recording(device, "closing the gate", err);
    return rc != BENCH_OK || !device->ops->gate ? rc : device->ops->gate(device, true, NULL, err);
}

int bench_device_gate_open(struct bench_device *device, bool *was_late, struct bench_err *err)
{
    bool late = false;
    int rc = device->ops->gate ? device->ops->gate(device, false, &late, err) : BENCH_OK;
    if (was_late)
        *was_late = late;
    return rc;
}

/* A probe or its reading; `mhz` is written by a reading alone. */
static int clock_step(struct bench_device *device, bool read, double *mhz, struct bench_err *err)
{
    if (!device->info.reports_clock)
        return unsupported(device, "report its clock", err);
    int rc = not_recording(device, "measuring the clock", err);
    return rc != BENCH_OK ? rc : device->ops->clock(device, read, mhz, err);
}

int bench_device_clock_probe(struct bench_device *device, struct bench_err *err)
{
    return clock_step(device, false, NULL, err);
}

int bench_device_clock_read(struct bench_device *device, double *mhz, struct bench_err *err)
{
    return clock_step(device, true, mhz, err);
}

void *bench_device_native_stream(struct bench_device *device)
{
    return device->ops->native_stream ? device->ops->native_stream(device) : NULL;
}

size_t bench_device_facts(struct bench_device *device, struct bench_device_fact *facts, size_t max)
{
    return device->ops->facts ? device->ops->facts(device, facts, max) : 0;
}
