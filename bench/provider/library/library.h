/*
 * Library calls as implementations: cuBLAS and cuDNN, opened at run time. An entry is named
 * "<library>.<function>"; its arguments are those of the description, in order (tensors as device
 * pointers, scalars as declared), see bench_library_help.
 */
#ifndef BENCH_PROVIDER_LIBRARY_LIBRARY_H
#define BENCH_PROVIDER_LIBRARY_LIBRARY_H

#include <stddef.h>

#include "bench/device/device.h"
#include "bench/perf/dtype.h"
#include "bench/util/err.h"

size_t bench_library_count(void);
const char *bench_library_name(size_t index);
/* One line: "cublas.gemm(a, b, out, int64 M, int64 N, int64 K): out[M][N] = a[M][K] b[K][N], …" */
const char *bench_library_help(size_t index);

struct bench_library_call;
/* Prepares a call: opens the library, makes handles on the device's stream, descriptors, workspace
 * and (where the library offers it) picks the algorithm, so that _run only launches. `args` is as in
 * bench_device_launch: a pointer to each argument's value, valid until _free. BENCH_EUNSUPPORTED
 * where the library is missing (with what to install), the device has none, or the library does not
 * do this dtype or shape. */
int bench_library_prepare(struct bench_device *device, const char *entry, enum bench_dtype dtype,
                          void **args, size_t arg_count, struct bench_library_call **call,
                          struct bench_err *err);
int bench_library_run(struct bench_library_call *call, struct bench_err *err);
void bench_library_free(struct bench_library_call *call);
/* "cuBLAS 13.0.2" after a successful prepare. */
const char *bench_library_version(const struct bench_library_call *call);

#endif
