/* Options in NVRTC's spelling, for a C++ compiler. Private to host.c. */
#ifndef BENCH_PROVIDER_CUDA_HOST_OPTIONS_H
#define BENCH_PROVIDER_CUDA_HOST_OPTIONS_H

#include "bench/provider/cuda/compile.h"
#include "bench/util/str.h"

struct bench_host_options {
    char **folders; /* of -I */
    size_t folder_count;
    /* #define, #undef and #include lines, to stand before the source. Not on the compiler's command
     * line: there they would come before the shim, and a tunable called N would change it. */
    struct bench_str prologue;
    const char *standard; /* "c++17" */
    bool contract;        /* multiplications and additions may become FMAs */
};

/* Options that only concern a GPU's code are accepted and mean nothing here. BENCH_EUNSUPPORTED for
 * an option that is not known. Call _fini in every case. */
int bench_host_options_read(const struct bench_compile_request *request,
                            struct bench_host_options *out, struct bench_err *err);
void bench_host_options_fini(struct bench_host_options *o);

#endif
