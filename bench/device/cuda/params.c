/* What kernels take. The runtime asks the driver, which knows since CUDA 12.4. */
#include <link.h>
#include <stdlib.h>
#include <string.h>

#include "bench/device/cuda/cuda_impl.h"
#include "bench/util/mem.h"

/* A kernel's parameters have 32764 bytes at most. */
#define MAX_PARAMS 32764

struct bench_kernel_param *bench_cuda_params(cudaKernel_t kernel, size_t *count)
{
    struct bench_kernel_param *params = bench_xcalloc(1, sizeof *params);
    cudaError_t error = cudaErrorNotSupported;
    *count = 0;
#if CUDART_VERSION >= 12040
    size_t capacity = 1, offset = 0, bytes = 0;
    while (*count < MAX_PARAMS && (error = cudaFuncGetParamInfo((const void *)kernel, *count,
                                                                &offset, &bytes)) == cudaSuccess) {
        if (*count == capacity) {
            capacity *= 2;
            params = bench_xrealloc(params, capacity * sizeof *params);
        }
        params[(*count)++] = (struct bench_kernel_param){.bytes = bytes, .kind = BENCH_KERNEL_ANY};
    }
    cudaGetLastError();
#else
    (void)kernel;
#endif
    if (error == cudaErrorInvalidValue) /* there is no parameter of this number: those were all */
        return params;
    free(params);
    *count = 0;
    return NULL;
}

static int is_sanitizer(struct dl_phdr_info *object, size_t size, void *data)
{
    (void)size;
    (void)data;
    return object->dlpi_name != NULL && strstr(object->dlpi_name, "/libsanitizer-") != NULL;
}

bool bench_cuda_tells_params(const struct bench_cuda *cuda)
{
    /* That there is no further parameter is told by an error, which compute-sanitizer would report
     * as one of this program, for every kernel. */
    if (dl_iterate_phdr(is_sanitizer, NULL) != 0)
        return false;
    /* bench_gate(flags, unsigned ticket, unsigned long long deadline_ns) */
    static const size_t known[] = {8, 4, 8};
    size_t count = 0;
    struct bench_kernel_param *params = bench_cuda_params(cuda->gate_kernel, &count);
    bool right = params != NULL && count == sizeof known / sizeof *known;
    for (size_t i = 0; right && i < count; i++)
        right = params[i].bytes == known[i];
    free(params);
    return right;
}
