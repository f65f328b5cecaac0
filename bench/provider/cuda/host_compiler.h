/* The host's C++ compiler and the shim, found. Private to the host compiler's files. */
#ifndef BENCH_PROVIDER_CUDA_HOST_COMPILER_H
#define BENCH_PROVIDER_CUDA_HOST_COMPILER_H

#include "bench/util/err.h"

/* $BENCH_CXX, else the first of c++, g++, clang++ in PATH; the caller frees. BENCH_EUNSUPPORTED
 * with what to install. */
int bench_host_compiler(char **path, struct bench_err *err);
/* The folder of bench_cpu.h; the caller frees. */
int bench_host_shim(char **folder, struct bench_err *err);

#endif
