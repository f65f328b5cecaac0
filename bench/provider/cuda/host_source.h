/*
 * Preprocessed CUDA C becomes C++ that the shim completes, line for line: __shared__ and __global__
 * go, `extern __shared__ T x[];` becomes a pointer, and what the cpu device cannot do is refused by
 * name. Works on preprocessed text, so that comments, macros, #if and #include are dealt with.
 *
 * Private to host.c.
 */
#ifndef BENCH_PROVIDER_CUDA_HOST_SOURCE_H
#define BENCH_PROVIDER_CUDA_HOST_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/util/err.h"
#include "bench/util/str.h"

struct bench_host_kernel {
    char *name;
    int max_threads; /* __launch_bounds__; 0 if none, or not a plain number */
};

struct bench_host_source {
    struct bench_str text; /* for the C++ compiler */
    struct bench_host_kernel *kernels;
    size_t kernel_count;
};

/* BENCH_EUNSUPPORTED with file and line. Call _fini in every case. */
int bench_host_source_rewrite(const char *preprocessed, bool sanitize,
                              struct bench_host_source *out, struct bench_err *err);
void bench_host_source_fini(struct bench_host_source *s);
const struct bench_host_kernel *bench_host_source_find(const struct bench_host_source *s,
                                                       const char *name, size_t length);

#endif
