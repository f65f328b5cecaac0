/* For the two compilers behind compile.h: nvrtc.c (GPU architectures) and host.c (the cpu device).
 * compile.c chooses, computes the key, keeps the cache and locks it. */
#ifndef BENCH_PROVIDER_CUDA_COMPILE_IMPL_H
#define BENCH_PROVIDER_CUDA_COMPILE_IMPL_H

#include "bench/provider/cuda/compile.h"
#include "bench/util/hash.h"
#include "bench/util/str.h"

/* Compiles to the file `path` (a temporary; compile.c renames it). Fills out->entries and
 * out->log only. Sources and includes are read by compile.c for the key. */
int bench_nvrtc_compile(const struct bench_compile_request *request, const char *text,
                        const char *path, struct bench_compiled *out, struct bench_err *err);
char *bench_nvrtc_version(struct bench_err *err);

int bench_host_compile(const struct bench_compile_request *request, const char *text,
                       const char *path, struct bench_compiled *out, struct bench_err *err);
char *bench_host_version(struct bench_err *err);
/* Adds the shim's text to the key. */
int bench_host_key(struct bench_hash *key, struct bench_err *err);

#endif
