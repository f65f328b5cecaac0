/* Events, the gate, the cache flush and the clock: see builtin.cu for the kernels. */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "bench/device/cuda/builtin_ptx.h"
#include "bench/device/cuda/cuda_impl.h"

/* A closed gate opens by itself after this: long against any enqueueing of launches (a Triton
 * operator takes 35 us of host time), and short enough that an implementation which synchronises
 * inside costs little before it is found out. */
#define GATE_DEADLINE_NS 200000000ull
/* Clock readings are right to one step of the timer and one turn of the loop, some 50 ns together:
 * 0.25 % of this interval. */
#define CLOCK_INTERVAL_NS 20000ull
/* One pass over this many times the L2 cache evicts what was in it. The replacement is not strictly
 * least-recently-used, so that one cache size is not enough. */
#define FLUSH_FACTOR 2
#define FLUSH_BLOCK 512
#define FLUSH_BLOCKS_PER_SM 4 /* 2,048 threads: all that an SM can hold */

static int get_kernel(struct bench_cuda *cuda, const char *name, cudaKernel_t *kernel,
                      struct bench_err *err)
{
    struct cudaFuncAttributes attributes;
    cudaError_t error = cudaLibraryGetKernel(kernel, cuda->builtin, name);
    if (error == cudaSuccess) /* loads it now and not when it is first launched */
        error = cudaFuncGetAttributes(&attributes, (const void *)*kernel);
    char what[64];
    snprintf(what, sizeof what, "loading the built-in kernel %s", name);
    return bench_cuda_error(cuda, error, what, err);
}

static int load_builtin(struct bench_cuda *cuda, struct bench_err *err)
{
    cudaError_t error =
        cudaLibraryLoadData(&cuda->builtin, builtin_ptx, NULL, NULL, 0, NULL, NULL, 0);
    int rc = bench_cuda_error(cuda, error, "compiling the built-in kernels", err);
    if (rc == BENCH_OK)
        rc = get_kernel(cuda, "bench_gate", &cuda->gate_kernel, err);
    if (rc == BENCH_OK)
        rc = get_kernel(cuda, "bench_flush", &cuda->flush_kernel, err);
    if (rc == BENCH_OK)
        rc = get_kernel(cuda, "bench_clock", &cuda->clock_kernel, err);
    return rc;
}

static int make_mailbox(struct bench_cuda *cuda, struct bench_err *err)
{
    void *host = NULL, *mapped = NULL;
    cudaError_t error = cudaHostAlloc(&host, sizeof *cuda->mailbox, cudaHostAllocMapped);
    if (error == cudaSuccess) {
        memset(host, 0, sizeof *cuda->mailbox);
        cuda->mailbox = host;
        error = cudaHostGetDevicePointer(&mapped, host, 0);
        cuda->device_mailbox = mapped;
    }
    return bench_cuda_error(cuda, error, "mapping host memory for the device", err);
}

/* The buffer holds zeros. Writing them leaves dirty lines in the cache, which two passes of reading
 * push out: from then on the buffer is clean, and a flush only reads. */
static int make_flush_buffer(struct bench_cuda *cuda, struct bench_err *err)
{
    cuda->flush_bytes = FLUSH_FACTOR * cuda->base.info.l2_bytes;
    if (cuda->flush_bytes == 0)
        return BENCH_OK;
    size_t bytes = cuda->flush_bytes + sizeof(uint32_t);
    cudaError_t error = cudaMalloc(&cuda->flush_buffer, bytes);
    if (error == cudaSuccess)
        error = cudaMemsetAsync(cuda->flush_buffer, 0, bytes, cuda->stream);
    int rc = bench_cuda_error(cuda, error, "making the buffer of the cache flush", err);
    for (int pass = 0; pass < 2 && rc == BENCH_OK; pass++)
        rc = bench_cuda_flush(&cuda->base, err);
    if (rc == BENCH_OK)
        rc = bench_cuda_error(cuda, cudaStreamSynchronize(cuda->stream), "flushing the cache", err);
    return rc;
}

/* All at once, so that none is made while the gate is closed. */
static int make_events(struct bench_cuda *cuda, struct bench_err *err)
{
    int rc = BENCH_OK;
    for (int i = 0; i < BENCH_DEVICE_EVENTS && rc == BENCH_OK; i++)
        rc = bench_cuda_error(cuda, cudaEventCreateWithFlags(&cuda->events[i], cudaEventDefault),
                              "creating an event", err);
    return rc;
}

/* Under CUDA_LAUNCH_BLOCKING=1, a debugger or a sanitizer each launch waits for its kernel: closing
 * the gate would wait for its deadline, every time. Seen once here, the gate stays out of use. */
static int try_gate(struct bench_cuda *cuda, struct bench_err *err)
{
    bool late = false;
    cuda->base.info.gates = true;
    int rc = bench_cuda_gate(&cuda->base, true, NULL, err);
    if (rc == BENCH_OK)
        rc = bench_cuda_gate(&cuda->base, false, &late, err);
    if (rc == BENCH_OK)
        rc = bench_cuda_error(cuda, cudaStreamSynchronize(cuda->stream), "trying the gate", err);
    cuda->base.info.gates = !late;
    return rc;
}

int bench_cuda_timing_open(struct bench_cuda *cuda, struct bench_err *err)
{
    int rc = load_builtin(cuda, err);
    if (rc == BENCH_OK)
        rc = make_mailbox(cuda, err);
    if (rc == BENCH_OK)
        rc = make_events(cuda, err);
    if (rc == BENCH_OK)
        rc = make_flush_buffer(cuda, err);
    if (rc == BENCH_OK)
        rc = try_gate(cuda, err);
    return rc;
}

void bench_cuda_timing_close(struct bench_cuda *cuda)
{
    for (int i = 0; i < BENCH_DEVICE_EVENTS; i++)
        if (cuda->events[i])
            cudaEventDestroy(cuda->events[i]);
    cudaFree(cuda->flush_buffer);
    if (cuda->mailbox)
        cudaFreeHost(cuda->mailbox);
    if (cuda->builtin)
        cudaLibraryUnload(cuda->builtin);
}

static int bad_event(int event, struct bench_err *err)
{
    return bench_err_set(err, BENCH_ERROR, "event %d: events are numbered 0 to %d", event,
                         BENCH_DEVICE_EVENTS - 1);
}

int bench_cuda_record(struct bench_device *device, int event, struct bench_err *err)
{
    struct bench_cuda *cuda = bench_cuda_of(device);
    int rc = bench_cuda_check(cuda, err);
    if (rc != BENCH_OK)
        return rc;
    if (event < 0 || event >= BENCH_DEVICE_EVENTS)
        return bad_event(event, err);
    rc = bench_cuda_error(cuda, cudaEventRecord(cuda->events[event], cuda->stream),
                          "recording an event", err);
    cuda->recorded[event] = rc == BENCH_OK;
    return rc;
}

int bench_cuda_elapsed(struct bench_device *device, int from, int to, double *ns,
                       struct bench_err *err)
{
    struct bench_cuda *cuda = bench_cuda_of(device);
    int rc = bench_cuda_check(cuda, err);
    if (rc != BENCH_OK)
        return rc;
    if (from < 0 || from >= BENCH_DEVICE_EVENTS)
        return bad_event(from, err);
    if (to < 0 || to >= BENCH_DEVICE_EVENTS)
        return bad_event(to, err);
    if (!cuda->recorded[from] || !cuda->recorded[to])
        return bench_err_set(err, BENCH_ERROR, "event %d was not recorded",
                             cuda->recorded[from] ? to : from);
    float ms = 0;
    rc = bench_cuda_error(cuda, cudaEventElapsedTime(&ms, cuda->events[from], cuda->events[to]),
                          "reading the time between events (synchronize first)", err);
    /* Events count in steps of 32 ns; the digits of the conversion mean nothing. */
    *ns = nearbyint((double)ms * 1e6);
    return rc;
}

int bench_cuda_flush(struct bench_device *device, struct bench_err *err)
{
    struct bench_cuda *cuda = bench_cuda_of(device);
    int rc = bench_cuda_check(cuda, err);
    if (rc != BENCH_OK || cuda->flush_bytes == 0)
        return rc;
    unsigned long long count = cuda->flush_bytes / 16;
    char *sink = (char *)cuda->flush_buffer + cuda->flush_bytes;
    void *args[] = {&cuda->flush_buffer, &count, &sink};
    dim3 grid = {(unsigned)(cuda->base.info.sm_count * FLUSH_BLOCKS_PER_SM), 1, 1};
    dim3 block = {FLUSH_BLOCK, 1, 1};
    cudaError_t error =
        cudaLaunchKernel((const void *)cuda->flush_kernel, grid, block, args, 0, cuda->stream);
    return bench_cuda_error(cuda, error, "flushing the cache", err);
}

static int close_gate(struct bench_cuda *cuda, struct bench_err *err)
{
    if (cuda->gate_closed)
        return bench_err_set(err, BENCH_ERROR, "the gate is closed already");
    unsigned long long deadline_ns = GATE_DEADLINE_NS;
    uint32_t ticket = cuda->ticket + 1;
    void *args[] = {&cuda->device_mailbox, &ticket, &deadline_ns};
    dim3 one = {1, 1, 1};
    cudaError_t error =
        cudaLaunchKernel((const void *)cuda->gate_kernel, one, one, args, 0, cuda->stream);
    int rc = bench_cuda_error(cuda, error, "closing the gate", err);
    if (rc == BENCH_OK) {
        cuda->ticket = ticket;
        cuda->gate_closed = true;
    }
    return rc;
}

/* Whoever comes first, host or deadline: all that the caller launched is enqueued by now, so a gate
 * that expires at this very moment does no harm. */
static void open_gate(struct bench_cuda *cuda, bool *was_late)
{
    bool late = cuda->gate_closed && cuda->mailbox->expired == cuda->ticket;
    cuda->mailbox->opened = cuda->ticket;
    cuda->gate_closed = false;
    if (was_late)
        *was_late = late;
}

int bench_cuda_gate(struct bench_device *device, bool close, bool *was_late, struct bench_err *err)
{
    struct bench_cuda *cuda = bench_cuda_of(device);
    if (was_late)
        *was_late = false;
    if (!device->info.gates)
        return bench_cuda_check(cuda, err);
    if (!close) /* also on a poisoned device: a waiting kernel should not wait longer */
        open_gate(cuda, was_late);
    int rc = bench_cuda_check(cuda, err);
    if (rc != BENCH_OK || !close)
        return rc;
    return close_gate(cuda, err);
}

int bench_cuda_clock(struct bench_device *device, bool read, double *mhz, struct bench_err *err)
{
    struct bench_cuda *cuda = bench_cuda_of(device);
    int rc = bench_cuda_check(cuda, err);
    if (rc != BENCH_OK)
        return rc;
    if (read) {
        if (!cuda->probed || cuda->mailbox->cycles_ns == 0)
            return bench_err_set(err, BENCH_ERROR,
                                 "there is no finished clock probe (synchronize first)");
        *mhz = (double)cuda->mailbox->cycles * 1e3 / (double)cuda->mailbox->cycles_ns;
        return BENCH_OK;
    }
    cuda->mailbox->cycles_ns =
        0; /* an earlier probe has ended: the caller synchronized to read it */
    unsigned long long interval_ns = CLOCK_INTERVAL_NS;
    char *result = (char *)cuda->device_mailbox + offsetof(struct bench_cuda_mailbox, cycles);
    void *args[] = {&result, &interval_ns};
    dim3 one = {1, 1, 1};
    cudaError_t error =
        cudaLaunchKernel((const void *)cuda->clock_kernel, one, one, args, 0, cuda->stream);
    rc = bench_cuda_error(cuda, error, "measuring the clock", err);
    cuda->probed = rc == BENCH_OK;
    return rc;
}
