/*
 * CUPTI, NVIDIA's tracing library, as far as `bench selftest` needs it: the durations of kernels as
 * the tracer sees them, to hold our own against. Tracing slows some kernels of many blocks, so it
 * is for a process of its own: nothing that is reported as a time is measured while it is on.
 *
 * The library is opened at run time by the caller. Nothing of its header is needed to build: the
 * few functions and fields that are used are declared in cupti.c, with the versions for which they
 * were checked; other versions are refused.
 */
#ifndef BENCH_DEVICE_CUDA_CUPTI_H
#define BENCH_DEVICE_CUDA_CUPTI_H

#include <stddef.h>
#include <stdint.h>

#include "bench/util/err.h"

/* One launch of a kernel, as CUPTI recorded it. */
struct bench_cupti_kernel {
    char name[64];             /* symbol; cut off if longer */
    uint64_t start_ns, end_ns; /* CUPTI's clock */
    int32_t grid[3], block[3];
};

/* "libcupti.so.13" and so on, best first, NULL-terminated. */
extern const char *const bench_cupti_sonames[];

/* Starts tracing the kernels of this process; once in a process, before the first call to CUDA.
 * `library` is CUPTI, from dlopen. *version is CUPTI's own number (28: CUDA 12.9; 130001: 13.0).
 * BENCH_EUNSUPPORTED for versions that are not known, or, with CUPTI's words, where it does not
 * start (a driver that is too old for it). */
int bench_cupti_start(void *library, uint32_t *version, struct bench_err *err);

/* Ends tracing (synchronize the device first): all kernels launched since, in the order of their
 * starts. The caller frees *kernels. BENCH_ERROR if records were lost or are not what they should
 * be. */
int bench_cupti_stop(struct bench_cupti_kernel **kernels, size_t *count, struct bench_err *err);

#endif
