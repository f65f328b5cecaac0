/* What makes code for the cpu device: the host's C++ compiler, and the shim that CUDA C is compiled
 * behind. */
#ifndef BENCH_DEVICE_CPU_COMPILER_H
#define BENCH_DEVICE_CPU_COMPILER_H

#include "bench/util/err.h"

/* $BENCH_CXX, else the first of c++, g++, clang++ in PATH; the caller frees. BENCH_EUNSUPPORTED
 * with what to install. */
int bench_cpu_compiler(char **path, struct bench_err *err);

/* Its version in one line, "g++ (Debian 12.2.0-14+deb12u1) 12.2.0"; the caller frees. Asked for
 * once a process. */
int bench_cpu_compiler_version(const char *compiler, char **version, struct bench_err *err);

/* The folder of bench_cpu.h, installed or in the source tree; the caller frees. */
int bench_cpu_shim(char **folder, struct bench_err *err);

#endif
