/*
 * The cuda device: opening, memory, waiting. One device a process is meant; several would share
 * nothing but the runtime.
 *
 * The host waits by spinning (cudaDeviceScheduleSpin): a measuring process has nothing else to do,
 * and waking from a blocking wait would add some 50 us to each of thousands of samples. The stream
 * is a non-blocking one, so that work on the legacy default stream (a library's, say) does not
 * order itself with ours unseen.
 *
 * Counting devices initialises CUDA in the process; a child that is forked afterwards, without
 * exec, cannot use CUDA.
 */
#include <ctype.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/device/cuda/cuda_impl.h"
#include "bench/util/mem.h"

/* cudaLibrary and PTX for sm_70 reach back to Volta; older devices have no independent threads. */
#define MIN_MAJOR 7

static int count_devices(char *why)
{
    int count = 0;
    cudaError_t error = cudaGetDeviceCount(&count);
    if (error == cudaSuccess && count > 0)
        return count;
    cudaGetLastError();
    void *driver = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
    if (!driver)
        snprintf(why, 256, "no CUDA driver: libcuda.so.1 was not found");
    else if (error == cudaErrorInsufficientDriver)
        snprintf(why, 256, "the CUDA driver is too old: this program needs one for CUDA %d.%d",
                 CUDART_VERSION / 1000, CUDART_VERSION % 1000 / 10);
    else if (error == cudaSuccess || error == cudaErrorNoDevice)
        snprintf(why, 256, "the CUDA driver sees no GPU (CUDA_VISIBLE_DEVICES may hide them)");
    else
        snprintf(why, 256, "the CUDA driver does not start: %s: %s", cudaGetErrorName(error),
                 cudaGetErrorString(error));
    if (driver)
        dlclose(driver);
    return 0;
}

static void format_uuid(const struct cudaDeviceProp *properties, char *out, size_t size)
{
    const unsigned char *b = (const unsigned char *)properties->uuid.bytes;
    snprintf(out, size, "GPU-%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
             b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
             b[14], b[15]);
}

static void format_driver(char *out, size_t size)
{
    char version[32];
    char text[96];
    int driver = 0, runtime = 0;
    cudaDriverGetVersion(&driver);
    cudaRuntimeGetVersion(&runtime);
    bool known = bench_cuda_driver_version(version, sizeof version);
    snprintf(text, sizeof text, "%s%sCUDA %d.%d (runtime %d.%d)", known ? version : "",
             known ? ", " : "", driver / 1000, driver % 1000 / 10, runtime / 1000,
             runtime % 1000 / 10);
    snprintf(out, size, "%.*s", (int)size - 1, text);
}

static void fill_info(struct bench_cuda *cuda, int index)
{
    struct bench_device_info *info = &cuda->base.info;
    const struct cudaDeviceProp *p = &cuda->properties;
    snprintf(info->kind, sizeof info->kind, "cuda");
    snprintf(info->name, sizeof info->name, "%.*s", (int)sizeof info->name - 1, p->name);
    snprintf(info->arch, sizeof info->arch, "sm_%d%d", p->major, p->minor);
    format_uuid(p, info->id, sizeof info->id);
    format_driver(info->driver, sizeof info->driver);
    info->index = index;
    if (cudaDeviceGetPCIBusId(info->pci, (int)sizeof info->pci, index) != cudaSuccess)
        info->pci[0] = '\0';
    for (char *c = info->pci; *c; c++) /* as Linux writes it */
        *c = (char)tolower((unsigned char)*c);
    info->sm_count = p->multiProcessorCount;
    info->max_threads_per_block = p->maxThreadsPerBlock;
    info->max_shared_bytes =
        p->sharedMemPerBlockOptin ? p->sharedMemPerBlockOptin : p->sharedMemPerBlock;
    info->memory_bytes = p->totalGlobalMem;
    info->l2_bytes = p->l2CacheSize > 0 ? (size_t)p->l2CacheSize : 0;
    info->computes = true;
    info->reports_clock = true;
    info->graphs = true;
}

static int start(struct bench_cuda *cuda, int index, struct bench_err *err)
{
    cudaError_t error = cudaInitDevice(index, cudaDeviceScheduleSpin | cudaDeviceMapHost,
                                       cudaInitDeviceFlagsAreValid);
    if (error == cudaSuccess)
        error = cudaSetDevice(index);
    if (error == cudaSuccess)
        error = cudaGetDeviceProperties(&cuda->properties, index);
    if (error == cudaSuccess)
        error = cudaStreamCreateWithFlags(&cuda->stream, cudaStreamNonBlocking);
    if (error != cudaSuccess) { /* with no stream yet there is nothing to poison */
        cudaGetLastError();
        return bench_err_set(err, BENCH_ERROR, "cuda:%d cannot be opened: %s: %s", index,
                             cudaGetErrorName(error), cudaGetErrorString(error));
    }
    fill_info(cuda, index);
    if (cuda->properties.major < MIN_MAJOR)
        return bench_err_set(err, BENCH_EUNSUPPORTED,
                             "cuda:%d is a %s of compute capability %d.%d; %d.0 or newer is needed",
                             index, cuda->base.info.name, cuda->properties.major,
                             cuda->properties.minor, MIN_MAJOR);
    if (!cuda->properties.canMapHostMemory)
        return bench_err_set(err, BENCH_EUNSUPPORTED,
                             "cuda:%d cannot map host memory, which timing needs", index);
    return bench_cuda_timing_open(cuda, err);
}

static void close_device(struct bench_device *device)
{
    struct bench_cuda *cuda = bench_cuda_of(device);
    if (cuda->gate_closed)
        bench_cuda_gate(device, false, NULL, NULL);
    if (cuda->stream)
        cudaStreamSynchronize(cuda->stream);
    bench_cuda_timing_close(cuda);
    if (cuda->stream)
        cudaStreamDestroy(cuda->stream);
    cudaGetLastError(); /* of a poisoned device, every call above failed */
    free(cuda);
}

static int open_device(int index, const char *argument, uint64_t seed, struct bench_device **device,
                       struct bench_err *err)
{
    char why[256] = "";
    int count = count_devices(why);
    (void)argument; /* the index, which the registry has read */
    (void)seed;     /* of scripted times: the null device's */
    if (count == 0)
        return bench_err_set(err, BENCH_ENOTFOUND, "cuda:%d: %s", index, why);
    if (index < 0 || index >= count)
        return bench_err_set(err, BENCH_ENOTFOUND,
                             "cuda:%d: there is no such GPU; there are %d, numbered from 0", index,
                             count);
    struct bench_cuda *cuda = bench_xcalloc(1, sizeof *cuda);
    cuda->base.ops = &bench_device_cuda_ops;
    cuda->base.info.index = index;
    cuda->last_kernel = "";
    int rc = start(cuda, index, err);
    if (rc != BENCH_OK) {
        close_device(&cuda->base);
        return rc;
    }
    *device = &cuda->base;
    return BENCH_OK;
}

static int alloc_memory(struct bench_device *device, size_t bytes, void **memory,
                        struct bench_err *err)
{
    struct bench_cuda *cuda = bench_cuda_of(device);
    int rc = bench_cuda_check(cuda, err);
    if (rc != BENCH_OK)
        return rc;
    cudaError_t error = cudaMalloc(memory, bytes ? bytes : 1); /* aligned to at least 256 bytes */
    if (error == cudaSuccess)
        return BENCH_OK;
    *memory = NULL;
    size_t free_bytes = 0, total = 0;
    cudaGetLastError();
    cudaMemGetInfo(&free_bytes, &total);
    char what[160];
    snprintf(what, sizeof what, "allocating %zu bytes (%zu of %zu are free)", bytes, free_bytes,
             total);
    rc = bench_cuda_error(cuda, error, what, err);
    if (rc == BENCH_ERROR && error == cudaErrorMemoryAllocation) {
        rc = BENCH_EMEMORY;
        if (err)
            err->code = rc;
    }
    return rc;
}

static void release_memory(struct bench_device *device, void *memory)
{
    struct bench_cuda *cuda = bench_cuda_of(device);
    if (memory && !cuda->poisoned)
        bench_cuda_error(cuda, cudaFree(memory), "freeing memory", NULL);
}

static int copy_memory(struct bench_device *device, void *to, const void *from, size_t bytes,
                       bool to_device, struct bench_err *err)
{
    struct bench_cuda *cuda = bench_cuda_of(device);
    int rc = bench_cuda_check(cuda, err);
    if (rc != BENCH_OK || bytes == 0)
        return rc;
    cudaError_t error = cudaMemcpyAsync(
        to, from, bytes, to_device ? cudaMemcpyHostToDevice : cudaMemcpyDeviceToHost, cuda->stream);
    if (error == cudaSuccess)
        error = cudaStreamSynchronize(cuda->stream);
    if (error == cudaSuccess)
        return BENCH_OK;
    char what[96];
    snprintf(what, sizeof what, "copying %zu bytes %s the device", bytes,
             to_device ? "to" : "from");
    return bench_cuda_error(cuda, error, what, err);
}

static int synchronize(struct bench_device *device, struct bench_err *err)
{
    struct bench_cuda *cuda = bench_cuda_of(device);
    int rc = bench_cuda_check(cuda, err);
    if (rc != BENCH_OK)
        return rc;
    return bench_cuda_error(cuda, cudaStreamSynchronize(cuda->stream), "waiting for kernels", err);
}

static void *native_stream(struct bench_device *device)
{
    return bench_cuda_of(device)->stream;
}

const struct bench_device_ops bench_device_cuda_ops = {
    .kind = "cuda",
    .count = count_devices,
    .open = open_device,
    .close = close_device,
    .alloc = alloc_memory,
    .release = release_memory,
    .copy = copy_memory,
    .load = bench_cuda_load,
    .unload = bench_cuda_unload,
    .function = bench_cuda_function,
    .launch = bench_cuda_launch,
    .synchronize = synchronize,
    .record = bench_cuda_record,
    .elapsed = bench_cuda_elapsed,
    .flush = bench_cuda_flush,
    .overwrite_cache = bench_cuda_overwrite_cache,
    .graph = &bench_cuda_graph_ops,
    .gate = bench_cuda_gate,
    .clock = bench_cuda_clock,
    .native_stream = native_stream,
    .facts = bench_cuda_facts,
};
