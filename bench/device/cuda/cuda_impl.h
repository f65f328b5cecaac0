/* Private to bench/device/cuda: what the cuda device consists of. */
#ifndef BENCH_DEVICE_CUDA_CUDA_IMPL_H
#define BENCH_DEVICE_CUDA_CUDA_IMPL_H

#include <cuda_runtime_api.h>

#include "bench/device/device_impl.h"

/* Mapped host memory, shared with the kernels of builtin.cu. */
struct bench_cuda_mailbox {
    volatile uint32_t opened;  /* ticket of the last gate opened by the host */
    volatile uint32_t expired; /* ticket of the last gate that opened by itself */
    struct {
        volatile uint64_t cycles, ns;
        volatile uint64_t ticket; /* of the probe that wrote them; written last */
    } clock;
};

struct bench_cuda {
    struct bench_device base; /* first: the registry sees only this */
    struct cudaDeviceProp properties;
    cudaStream_t stream;
    cudaEvent_t events[BENCH_DEVICE_EVENTS];
    bool recorded[BENCH_DEVICE_EVENTS];

    cudaLibrary_t builtin;
    cudaKernel_t gate_kernel, flush_kernel, clock_kernel;
    struct bench_cuda_mailbox *mailbox;        /* host address */
    struct bench_cuda_mailbox *device_mailbox; /* the same memory, the device's address */
    uint32_t ticket;                           /* of the last gate closed */
    bool gate_closed;
    uint64_t clock_ticket; /* of the last clock probe enqueued; 0: none */
    void *flush_buffer;    /* clean zeros, flush_bytes of them, then 4 bytes of sink */
    size_t flush_bytes;
    void *overwrite_buffer; /* NULL until it is used */

    const char *last_kernel; /* symbol, for messages about faults; "" if none */
    bool poisoned;
    char poison[512]; /* the first sticky error */
};

static inline struct bench_cuda *bench_cuda_of(struct bench_device *device)
{
    return (struct bench_cuda *)(void *)device;
}

/* BENCH_EPOISONED with the first fault's text if the device cannot be used any more, else 0. */
int bench_cuda_check(const struct bench_cuda *cuda, struct bench_err *err);

/* Turns a CUDA error into ours. Clears it if it can be cleared; an error that stays poisons the
 * device. `what` says what was tried, as "copying 4096 bytes to the device". 0 for cudaSuccess. */
int bench_cuda_error(struct bench_cuda *cuda, cudaError_t error, const char *what,
                     struct bench_err *err);

/* timing.c */
int bench_cuda_timing_open(struct bench_cuda *cuda, struct bench_err *err);
void bench_cuda_timing_close(struct bench_cuda *cuda);
int bench_cuda_record(struct bench_device *device, int event, struct bench_err *err);
int bench_cuda_elapsed(struct bench_device *device, int from, int to, double *ns,
                       struct bench_err *err);
int bench_cuda_gate(struct bench_device *device, bool close, bool *was_late, struct bench_err *err);
int bench_cuda_clock(struct bench_device *device, bool read, double *mhz, struct bench_err *err);

/* cache.c */
int bench_cuda_cache_open(struct bench_cuda *cuda, struct bench_err *err);
void bench_cuda_cache_close(struct bench_cuda *cuda);
int bench_cuda_flush(struct bench_device *device, struct bench_err *err);
int bench_cuda_overwrite_cache(struct bench_device *device, struct bench_err *err);

/* graph.c */
extern const struct bench_device_graph_ops bench_cuda_graph_ops;

/* launch.c */
int bench_cuda_load(struct bench_device *device, const char *path, struct bench_module **module,
                    struct bench_err *err);
void bench_cuda_unload(struct bench_device *device, struct bench_module *module);
int bench_cuda_function(struct bench_device *device, struct bench_module *module,
                        const char *symbol, struct bench_function **function,
                        struct bench_function_info *info, struct bench_err *err);
int bench_cuda_launch(struct bench_device *device, struct bench_function *function,
                      const uint32_t grid[3], const uint32_t block[3], size_t shared_bytes,
                      void **args, struct bench_err *err);

/* params.c: what a kernel takes, in order; the sizes alone. NULL if the driver does not tell. The
 * caller frees. */
struct bench_kernel_param *bench_cuda_params(cudaKernel_t kernel, size_t *count);
/* Whether it tells: asked about a kernel of which the answer is known. */
bool bench_cuda_tells_params(const struct bench_cuda *cuda);

/* nvml.c: the management library, opened at run time; all of it is optional. */
size_t bench_cuda_facts(struct bench_device *device, struct bench_device_fact *facts, size_t max);
/* "580.159.04"; false if it cannot be read. */
bool bench_cuda_driver_version(char *version, size_t size);

#endif
