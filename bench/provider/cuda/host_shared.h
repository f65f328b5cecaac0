/* Static shared memory of compiled kernels, read from the shared object. Private to host.c. */
#ifndef BENCH_PROVIDER_CUDA_HOST_SHARED_H
#define BENCH_PROVIDER_CUDA_HOST_SHARED_H

#include <stddef.h>

#include "bench/util/err.h"

/* CUDA's, for memory that is declared with a size (CUDA C++ Programming Guide, "Technical
 * Specifications per Compute Capability"). */
#define BENCH_HOST_MAX_STATIC_SHARED ((size_t)48 * 1024)

/* Sets bytes[i] for each entry, and writes it into the object for the device to know. Counts what
 * is declared in the kernel itself, not in functions that it calls. 0 where it is not known: under
 * the sanitizer, where it is ordinary static memory. */
int bench_host_shared_fill(const char *path, size_t entry_count, size_t *bytes,
                           struct bench_err *err);

#endif
