/*
 * What a worker keeps open from case to case: the device, the kernels loaded so far, and device
 * memory. Belongs to one thread of one process.
 */
#ifndef BENCH_CASE_SESSION_H
#define BENCH_CASE_SESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/device/device.h"
#include "bench/provider/cuda/compile.h"
#include "bench/provider/python/python.h"
#include "bench/spec/plan.h"

/* What a kernel takes; `items` is NULL where the device does not tell. */
struct bench_kernel_params {
    const struct bench_kernel_param *items;
    size_t count;
};

/* The kernels of one implementation, dtype and variant, one a launch; or why there are none. */
struct bench_kernels {
    int status;          /* 0, or the code of bench_compile or bench_device_load */
    const char *message; /* "" if status is 0 */
    const char *source_hash, *binary_hash;
    struct bench_function **functions;  /* functions[launch] */
    struct bench_kernel_params *params; /* params[launch] */
    int registers;                      /* most of the launches; -1 if not known */
    size_t shared_bytes, spill_bytes;
};

struct bench_hidden;
struct bench_support;
struct bench_waiting;
struct loaded;
struct block;

struct bench_session {
    struct bench_device *device;
    const struct bench_device_info *info;
    struct bench_plan_device plan_device;    /* the same, for expressions */
    bool sanitize;                           /* candidates under ASan; buffers of exact size */
    const struct bench_python_hooks *python; /* NULL: the process is no Python interpreter */
    const char *python_versions;             /* "Python 3.12.3, torch 2.11.0"; "" */
    bool was_warm;                           /* a case has been warmed up for in this process */
    double highest_mhz;                      /* steady SM clock of cases so far; 0: none was read */
    struct bench_support *support;           /* NULL if the device computes nothing */
    struct bench_arena *arena;
    struct loaded *loaded;
    size_t loaded_count, loaded_capacity;
    struct bench_hidden
        *hidden; /* what is known of implementations at shapes that no suite names */
    struct bench_waiting *waiting; /* implementations that waited for the device inside */
    struct block *blocks;          /* device memory: in use and free */
    size_t block_count, block_capacity;
};

/* Opens the device; `spec` and `seed` as for bench_device_open. */
int bench_session_open(struct bench_session *s, const char *spec, uint64_t seed, bool sanitize,
                       struct bench_err *err);
void bench_session_close(struct bench_session *s);

/* Compiles (from the cache, if compiled ahead) and loads, the first time; never fails itself: see
 * kernels->status. The result lives as long as the session. */
const struct bench_kernels *bench_session_kernels(struct bench_session *s,
                                                  const struct bench_implementation *impl,
                                                  enum bench_dtype dtype,
                                                  const struct bench_variant *variant);

/* Device memory, aligned to 256 bytes. All of it is taken back by _reclaim; large allocations are
 * slow on GPUs, so blocks are kept for the cases that follow (not in sanitize mode, where
 * AddressSanitizer must see each tensor's exact size). BENCH_EMEMORY if there is not enough. */
int bench_session_take(struct bench_session *s, size_t bytes, void **memory, struct bench_err *err);
void bench_session_reclaim(struct bench_session *s);

#endif
