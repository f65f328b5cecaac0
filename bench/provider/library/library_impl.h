/* For the libraries behind library.h: a table of calls for each. */
#ifndef BENCH_PROVIDER_LIBRARY_LIBRARY_IMPL_H
#define BENCH_PROVIDER_LIBRARY_LIBRARY_IMPL_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/provider/cuda/locate.h"
#include "bench/provider/library/library.h"

struct bench_library_entry {
    const char *name; /* "cublas.gemm" */
    const char *help;
    /* Kinds of arguments: 't' tensor, 'l' int64, 'd' double; those after '?' may be left out. */
    const char *signature;
    /* Makes call->state and sets call->version; _run is then called once. What it has made when it
     * fails, _fini frees. */
    int (*prepare)(struct bench_library_call *call, struct bench_err *err);
    int (*run)(struct bench_library_call *call, struct bench_err *err);
    void (*fini)(struct bench_library_call *call);
    const struct bench_library_search *search; /* for the library */
};

struct bench_library_call {
    const struct bench_library_entry *entry;
    struct bench_device *device;
    enum bench_dtype dtype;
    void **args;
    size_t arg_count;
    char version[48];
    void *state; /* the library's own, NULL before prepare */
};

static inline void *bench_library_tensor(const struct bench_library_call *call, size_t index)
{
    return *(void **)call->args[index];
}

static inline int64_t bench_library_int(const struct bench_library_call *call, size_t index)
{
    return *(const int64_t *)call->args[index];
}

/* One a library; each ends with a zeroed entry. Without CUDA at build time the tables are the same,
 * and their calls are unsupported. */
extern const struct bench_library_entry bench_library_cublas[];
extern const struct bench_library_entry bench_library_cudnn[];

#endif
