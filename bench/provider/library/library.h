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
#include "bench/spec/operator.h"
#include "bench/util/err.h"

size_t bench_library_count(void);
const char *bench_library_name(size_t index);
/* One line: "cublas.gemm(a, b, out, int64 M, int64 N, int64 K[, int64 batch]): out[M][N] = …" */
const char *bench_library_help(size_t index);

/* Whether an entry exists and takes arguments of these kinds, in this order: 0, or BENCH_EINPUT
 * with what it takes. Needs no library. To be called before _prepare, which believes its `args`. */
int bench_library_check(const char *entry, const enum bench_arg_kind *kinds, size_t count,
                        struct bench_err *err);

struct bench_library_call;
/* Prepares a call: opens the library, makes handles on the device's stream, descriptors, workspace
 * and (where the library offers it) picks the algorithm, so that _run only launches. `args` is as
 * in bench_device_launch: a pointer to each argument's value, valid until _free. The call is made
 * once here, so that kernels are loaded and what the library refuses is known: outputs are
 * overwritten (in stream order). BENCH_ENOTFOUND if there is no such entry, naming those there are;
 * BENCH_EINPUT if the number of arguments is wrong; BENCH_EUNSUPPORTED where the library is missing
 * (with what to install), the device has none, or the library does not do this dtype or shape. */
int bench_library_prepare(struct bench_device *device, const char *entry, enum bench_dtype dtype,
                          void **args, size_t arg_count, struct bench_library_call **call,
                          struct bench_err *err);
int bench_library_run(struct bench_library_call *call, struct bench_err *err);
void bench_library_free(struct bench_library_call *call);
/* "cuBLAS 13.0.2" after a successful prepare. */
const char *bench_library_version(const struct bench_library_call *call);

/* Whether the library behind an entry can be opened on this host (`bench doctor`): 0 with the file
 * in *path (the caller frees), or BENCH_EUNSUPPORTED with where it was looked for and what to
 * install. */
int bench_library_locate(const char *entry, char **path, struct bench_err *err);

#endif
