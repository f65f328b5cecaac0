/* Events, the gate and the clock: see builtin.cu for the kernels. */
#include <math.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "bench/device/cuda/builtin_ptx.h"
#include "bench/device/cuda/cuda_impl.h"

/* A closed gate opens by itself after this: long against any enqueueing of launches (a Triton
 * operator takes 35 us of host time), and short enough that an implementation which synchronises
 * inside costs little before it is found out. */
#define GATE_DEADLINE_NS 200000000ull
/* A reading is off by 32 ns of this at most on an H100, which is 0.4 %, and elsewhere by one turn
 * of a loop (builtin.cu, at bench_clock). Throttling lowers clocks by several percent, and a probe
 * is paid for in every round. */
#define CLOCK_INTERVAL_NS 8000u

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
        cuda->base.info.tells_params = bench_cuda_tells_params(cuda);
    if (rc == BENCH_OK)
        rc = make_mailbox(cuda, err);
    if (rc == BENCH_OK)
        rc = make_events(cuda, err);
    if (rc == BENCH_OK)
        rc = bench_cuda_cache_open(cuda, err);
    if (rc == BENCH_OK)
        rc = try_gate(cuda, err);
    return rc;
}

void bench_cuda_timing_close(struct bench_cuda *cuda)
{
    for (int i = 0; i < BENCH_DEVICE_EVENTS; i++)
        if (cuda->events[i])
            cudaEventDestroy(cuda->events[i]);
    bench_cuda_cache_close(cuda);
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

/* The probe writes its ticket last. The ticket of the last probe that was enqueued says that the
 * numbers are that probe's: earlier ones ran before it, and nobody will write after it. */
static int read_clock(const struct bench_cuda *cuda, double *mhz, struct bench_err *err)
{
    const struct bench_cuda_mailbox *mailbox = cuda->mailbox;
    if (cuda->clock_ticket == 0 || mailbox->clock.ticket != cuda->clock_ticket)
        return bench_err_set(err, BENCH_ERROR,
                             "there is no finished clock probe (synchronize first)");
    atomic_thread_fence(memory_order_acquire); /* the ticket first, then what it vouches for */
    *mhz = (double)mailbox->clock.cycles * 1e3 / (double)mailbox->clock.ns;
    return BENCH_OK;
}

int bench_cuda_clock(struct bench_device *device, bool read, double *mhz, struct bench_err *err)
{
    struct bench_cuda *cuda = bench_cuda_of(device);
    int rc = bench_cuda_check(cuda, err);
    if (rc != BENCH_OK)
        return rc;
    if (read)
        return read_clock(cuda, mhz, err);
    unsigned interval_ns = CLOCK_INTERVAL_NS;
    uint64_t ticket = cuda->clock_ticket + 1;
    char *reading = (char *)cuda->device_mailbox + offsetof(struct bench_cuda_mailbox, clock);
    void *args[] = {&reading, &ticket, &interval_ns};
    dim3 one = {1, 1, 1};
    cudaError_t error =
        cudaLaunchKernel((const void *)cuda->clock_kernel, one, one, args, 0, cuda->stream);
    rc = bench_cuda_error(cuda, error, "measuring the clock", err);
    if (rc == BENCH_OK)
        cuda->clock_ticket = ticket;
    return rc;
}
