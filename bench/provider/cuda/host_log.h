/* What a C++ compiler says about rewritten CUDA C, told in terms of the user's source. Private to
 * host.c. */
#ifndef BENCH_PROVIDER_CUDA_HOST_LOG_H
#define BENCH_PROVIDER_CUDA_HOST_LOG_H

#include <stdbool.h>

#include "bench/util/str.h"

struct bench_host_log {
    struct bench_str text; /* "k.cu:3: error: …" lines, each with the source line below; no shim */
    bool has_error;
    /* The cause, if it is a header or feature that the cpu device does not have: "k.cu:3: the cpu
     * device cannot do WMMA (mma.h)"; "" otherwise. */
    struct bench_str unsupported;
    int bad_entry; /* entry whose name does not compile; -1 if none */
};

/* `shim` is the shim's folder: what is said about its insides is left out. `source` and `text` are
 * the user's file. */
void bench_host_log_read(const char *log, const char *shim, const char *source, const char *text,
                         struct bench_host_log *out);
void bench_host_log_fini(struct bench_host_log *log);

#endif
