/*
 * Devices: where implementations run. One interface for null (scripted times), cpu (the same CUDA C
 * sources on CPU threads) and cuda. What a device can do is data in its info; nobody asks which
 * kind it is. A device belongs to one thread of one process.
 *
 * Everything that is launched goes to one stream, in order. Functions that can fail return 0,
 * BENCH_EUNSUPPORTED (with the reason), BENCH_EPOISONED (the device can no longer be used in this
 * process: out-of-bounds access in a kernel, say) or BENCH_ERROR.
 */
#ifndef BENCH_DEVICE_DEVICE_H
#define BENCH_DEVICE_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/util/err.h"

struct bench_device;
struct bench_graph;
struct bench_module;
struct bench_function;

struct bench_device_info {
    char kind[8];    /* "cuda", "cpu", "null" */
    char name[128];  /* "NVIDIA H100 80GB HBM3"; the CPU's model name */
    char id[64];     /* UUID; "cpu"; "null" */
    char arch[32];   /* what sources are compiled for: "sm_90", "x86-64", "null" */
    char driver[64]; /* driver and runtime versions, as text: "580.159.04, CUDA 13.0" */
    char pci[32];    /* "0000:3b:00.0"; "" if it is no PCI device */
    int index;       /* of that kind */
    int sm_count;    /* multiprocessors; CPU threads */
    int max_threads_per_block;
    size_t max_shared_bytes; /* dynamic shared memory a block can have (opt-in) */
    size_t memory_bytes;
    size_t l2_bytes;      /* cache that the flush evicts; 0 if there is none */
    double resolution_ns; /* steps in which events count; 0: exact to the ns, or not known, as on
                             cuda, where calibration finds it (bench/case/floor.h) */
    double learns;      /* an honest kernel may take this many times longer on data that it has not
                           run on before: processors learn which way branches go. 0 counts as 1 */
    bool computes;      /* false: outputs are not computed (null) */
    bool gates;         /* bench_device_gate works: timing without host launch latency */
    bool reports_clock; /* bench_device_clock_… work */
    bool graphs;        /* bench_device_graph_… work */
    bool overwrites;    /* bench_device_overwrite_cache works */
    bool tells_params;  /* bench_function_info.params is filled in */
};

/* "auto" takes the first GPU, else the CPU; "cuda", "cuda:1", "cpu", "cpu:4" (threads), "null",
 * "null:2200", "null:floor=2200,clock=1980" (bench/device/null/options.h has them all).
 * `why`, if not NULL, gets one sentence that says which device was taken and why (256 bytes).
 * `seed` is for the null device's scripted times. BENCH_ENOTFOUND if there is no such device. */
int bench_device_open(const char *spec, uint64_t seed, struct bench_device **device, char *why,
                      struct bench_err *err);
/* How many there are of a kind; of "cpu" and "null" 1. 0 if there is none, and `why` (256 bytes)
 * says why. Counting GPUs begins to use them: a child that is forked afterwards cannot. */
int bench_device_count(const char *kind, char *why);
void bench_device_close(struct bench_device *device);
const struct bench_device_info *bench_device_info(const struct bench_device *device);

/* Device memory, aligned to 256 bytes, contents undefined. BENCH_EMEMORY if there is not enough. */
int bench_device_alloc(struct bench_device *device, size_t bytes, void **memory,
                       struct bench_err *err);
void bench_device_release(struct bench_device *device, void *memory); /* NULL-safe */

/* Waits for the copy. Direction follows from the name. */
int bench_device_upload(struct bench_device *device, void *to_device, const void *from_host,
                        size_t bytes, struct bench_err *err);
int bench_device_download(struct bench_device *device, void *to_host, const void *from_device,
                          size_t bytes, struct bench_err *err);

/* Loads what the device's compiler made (bench/provider/cuda/compile.h): a cubin for cuda, a shared
 * object for cpu. `path` is the file in the compile cache. Copies what it needs. */
int bench_device_load(struct bench_device *device, const char *path, struct bench_module **module,
                      struct bench_err *err);
void bench_device_unload(struct bench_device *device, struct bench_module *module);

enum bench_kernel_param_kind {
    BENCH_KERNEL_ANY, /* not known (cuda tells sizes alone), or none of the others: a struct */
    BENCH_KERNEL_INTEGER,
    BENCH_KERNEL_FLOATING,
    BENCH_KERNEL_POINTER
};
struct bench_kernel_param {
    size_t bytes;
    enum bench_kernel_param_kind kind;
};
struct bench_function_info {
    int registers; /* a thread; -1 if not known */
    size_t static_shared_bytes, local_bytes, constant_bytes;
    int max_threads_per_block; /* of this function */
    const struct bench_kernel_param
        *params; /* in order, the function's own; NULL if they are not known */
    size_t param_count;
};
/* A kernel of a module by the symbol that the compiler reported for its entry. It lives as long as
 * the module. BENCH_ENOTFOUND if there is no such symbol. `info` may be NULL. */
int bench_device_function(struct bench_device *device, struct bench_module *module,
                          const char *symbol, struct bench_function **function,
                          struct bench_function_info *info, struct bench_err *err);

/* Launches. Impossible configurations (too many threads, too much shared memory) are BENCH_ERROR
 * with what was asked and what the limit is, and do not poison the device. `args` is as in
 * cudaLaunchKernel: one pointer to each argument's value. Faults inside the kernel surface here or
 * at the next synchronize. */
int bench_device_launch(struct bench_device *device, struct bench_function *function,
                        const uint32_t grid[3], const uint32_t block[3], size_t shared_bytes,
                        void **args, struct bench_err *err);
/* Waits for all that was launched and reports faults. */
int bench_device_synchronize(struct bench_device *device, struct bench_err *err);

/* Timing. Events are numbered slots, 0 <= event < BENCH_DEVICE_EVENTS. */
#define BENCH_DEVICE_EVENTS 64
int bench_device_record(struct bench_device *device, int event, struct bench_err *err);
/* Time from one recorded event to another, in ns; both have completed (synchronize first). */
int bench_device_elapsed(struct bench_device *device, int from, int to, double *ns,
                         struct bench_err *err);
/* Evicts the cache, in stream order, leaving no dirty lines behind. */
int bench_device_flush(struct bench_device *device, struct bench_err *err);
/* What Triton's do_bench does in its place: writes zeros to 256 MB, which evicts the cache and
 * leaves it full of dirty lines. For the number that such judges will see; info.overwrites, else
 * BENCH_EUNSUPPORTED, as also if there is no memory for it. The first call allocates the 256 MB,
 * which the device then keeps: call it once before the gate is closed or a graph is recorded. */
int bench_device_overwrite_cache(struct bench_device *device, struct bench_err *err);

/* Graphs (info.graphs, else BENCH_EUNSUPPORTED): what is launched between _begin and _end is
 * recorded and does not run; _launch then runs all of it in order, with one call. Arguments are
 * recorded by value. The device's memory and modules that it uses must outlive the graph.
 *
 * Launches, flushes and library calls on the native stream can be recorded; nothing else of this
 * header may be called in between (BENCH_EUNSUPPORTED). A recording to which something could not be
 * added (a failed launch; a library that waits for the device or allocates memory), or with nothing
 * in it, is an error of _end: BENCH_EUNSUPPORTED with the reason, *graph NULL, and the device is as
 * usable as before. So each _begin that returned 0 is followed by _end, whatever happened in
 * between; with `graph` NULL it drops what was recorded and returns 0 (or BENCH_EPOISONED).
 *
 * _begin waits for what was launched before. _end waits until the graph lies ready on the device:
 * its first launch is as fast as all others. Neither may be called while the gate is closed;
 * _launch may. */
int bench_device_graph_begin(struct bench_device *device, struct bench_err *err);
int bench_device_graph_end(struct bench_device *device, struct bench_graph **graph,
                           struct bench_err *err);
int bench_device_graph_launch(struct bench_device *device, struct bench_graph *graph,
                              struct bench_err *err);
void bench_device_graph_free(struct bench_device *device,
                             struct bench_graph *graph); /* NULL-safe */

/* Closes the gate: what is launched afterwards waits on the device until the gate is opened, so
 * that host launch latency is not in the time between events. A closed gate opens by itself after a
 * deadline (a launch that synchronises inside would hang otherwise); *was_late then tells. Devices
 * with info.gates false return 0 and do nothing. */
int bench_device_gate_close(struct bench_device *device, struct bench_err *err);
int bench_device_gate_open(struct bench_device *device, bool *was_late, struct bench_err *err);
/* SM clock in MHz, measured on the device over some 8 us in stream order; info.reports_clock, else
 * BENCH_EUNSUPPORTED. _probe enqueues and does not wait: enqueue one before a sample and read it
 * after that sample's synchronize. _read gives the last probe that was enqueued, and is an error
 * while that one has not ended; earlier ones that nobody read are lost. A reading is right to
 * 0.5 % on an H100, and to some 1 % where the device's timer is coarser. */
int bench_device_clock_probe(struct bench_device *device, struct bench_err *err);
int bench_device_clock_read(struct bench_device *device, double *mhz, struct bench_err *err);

/* The stream and context for library calls (a cudaStream_t on cuda; NULL elsewhere). */
void *bench_device_native_stream(struct bench_device *device);

/* What the device says of its present state, for the record of a run: "temperature_c" "41",
 * "power_w" "112.4", "sm_clock_mhz" "1980", "throttle" "none", … Values are text; what cannot be
 * read is left out. Returns how many were written (0 where a device has none). */
struct bench_device_fact {
    char name[32];
    char value[96];
};
size_t bench_device_facts(struct bench_device *device, struct bench_device_fact *facts, size_t max);

/* Options of the cpu device, before opening it: what `bench run --sanitize` wants, and what a
 * worker may hold. */
struct bench_cpu_options {
    bool reverse_threads; /* threads of a block run in descending order */
    bool strict; /* report barriers not reached by all threads of the block, exited included */
    int threads; /* 0: all CPUs */
    size_t
        memory_bytes; /* that the process may hold: the device has no more; 0: all of the host's */
};
void bench_device_cpu_options(const struct bench_cpu_options *options);

#endif
