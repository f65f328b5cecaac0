/* Modules, functions and launches. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/device/cuda/cuda_impl.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"

struct bench_function {
    struct bench_function *next; /* of the same module */
    cudaKernel_t kernel;
    char *symbol;
    struct cudaFuncAttributes attributes;
    struct bench_kernel_param *params; /* NULL if the driver does not tell */
    size_t param_count;
    size_t dynamic_limit; /* dynamic shared memory that a launch may ask for now */
};

/* CUDA loads lazily: a damaged file would be found at the first launch only. */
#define ELF_MAGIC                                                                                  \
    "\x7f"                                                                                         \
    "ELF"

struct bench_module {
    cudaLibrary_t library;
    char *path;
    struct bench_function *functions;
};

int bench_cuda_load(struct bench_device *device, const char *path, struct bench_module **module,
                    struct bench_err *err)
{
    struct bench_cuda *cuda = bench_cuda_of(device);
    char *bytes = NULL;
    cudaLibrary_t library = NULL;
    int rc = bench_cuda_check(cuda, err);
    if (rc == BENCH_OK)
        rc = bench_file_read(path, 0, &bytes, NULL, err);
    if (rc != BENCH_OK)
        return rc;
    if (strncmp(bytes, ELF_MAGIC, sizeof ELF_MAGIC - 1) != 0) {
        free(bytes);
        return bench_err_set(
            err, BENCH_EINPUT,
            "%s: not a cubin (an ELF file); delete it, so that it is compiled anew", path);
    }
    char *what =
        bench_xprintf("loading %s (compiled for this device's %s?)", path, cuda->base.info.arch);
    /* The library keeps a copy of the bytes unless told that they stay. */
    cudaError_t error = cudaLibraryLoadData(&library, bytes, NULL, NULL, 0, NULL, NULL, 0);
    rc = bench_cuda_error(cuda, error, what, err);
    free(what);
    free(bytes);
    if (rc != BENCH_OK)
        return rc;
    *module = bench_xcalloc(1, sizeof **module);
    (*module)->library = library;
    (*module)->path = bench_xstrdup(path);
    return BENCH_OK;
}

void bench_cuda_unload(struct bench_device *device, struct bench_module *module)
{
    struct bench_cuda *cuda = bench_cuda_of(device);
    if (!module)
        return;
    for (struct bench_function *f = module->functions, *next; f; f = next) {
        next = f->next;
        if (cuda->last_kernel == f->symbol)
            cuda->last_kernel = "";
        free(f->symbol);
        free(f->params);
        free(f);
    }
    if (!cuda->poisoned) {
        /* Kernels of it may still be running. */
        cudaError_t error = cudaStreamSynchronize(cuda->stream);
        if (error == cudaSuccess)
            error = cudaLibraryUnload(module->library);
        bench_cuda_error(cuda, error, "unloading a module", NULL);
    }
    free(module->path);
    free(module);
}

/* Dynamic shared memory that a launch has without asking: what static shared memory leaves of the
 * 48 KiB that every device gives. */
static size_t unasked_shared(const struct bench_cuda *cuda,
                             const struct cudaFuncAttributes *attributes)
{
    size_t all = cuda->properties.sharedMemPerBlock, fixed = attributes->sharedSizeBytes;
    size_t left = fixed < all ? all - fixed : 0,
           limit = (size_t)attributes->maxDynamicSharedSizeBytes;
    return left < limit ? left : limit;
}

static int make_function(struct bench_cuda *cuda, struct bench_module *module, const char *symbol,
                         struct bench_function **out, struct bench_err *err)
{
    cudaKernel_t kernel = NULL;
    cudaError_t error = cudaLibraryGetKernel(&kernel, module->library, symbol);
    if (error == cudaErrorSymbolNotFound || error == cudaErrorInvalidDeviceFunction) {
        cudaGetLastError();
        return bench_err_set(err, BENCH_ENOTFOUND, "%s: there is no kernel '%s' in it",
                             module->path, symbol);
    }
    char *what = bench_xprintf("loading kernel '%s' of %s", symbol, module->path);
    struct cudaFuncAttributes attributes;
    memset(&attributes, 0, sizeof attributes);
    /* CUDA loads kernels when they are first used. Asking for attributes loads this one now;
     * loading it while the gate is closed would wait for the gate. */
    if (error == cudaSuccess)
        error = cudaFuncGetAttributes(&attributes, (const void *)kernel);
    int rc = bench_cuda_error(cuda, error, what, err);
    free(what);
    if (rc != BENCH_OK)
        return rc;
    struct bench_function *f = bench_xcalloc(1, sizeof *f);
    f->kernel = kernel;
    f->symbol = bench_xstrdup(symbol);
    f->attributes = attributes;
    if (cuda->base.info.tells_params)
        f->params = bench_cuda_params(kernel, &f->param_count);
    f->dynamic_limit = unasked_shared(cuda, &attributes);
    f->next = module->functions;
    module->functions = f;
    *out = f;
    return BENCH_OK;
}

int bench_cuda_function(struct bench_device *device, struct bench_module *module,
                        const char *symbol, struct bench_function **function,
                        struct bench_function_info *info, struct bench_err *err)
{
    struct bench_cuda *cuda = bench_cuda_of(device);
    int rc = bench_cuda_check(cuda, err);
    if (rc != BENCH_OK)
        return rc;
    struct bench_function *f = module->functions;
    while (f && strcmp(f->symbol, symbol) != 0)
        f = f->next;
    if (!f)
        rc = make_function(cuda, module, symbol, &f, err);
    if (rc != BENCH_OK || !f)
        return rc;
    *function = f;
    if (info) {
        info->registers = f->attributes.numRegs;
        info->static_shared_bytes = f->attributes.sharedSizeBytes;
        info->local_bytes = f->attributes.localSizeBytes;
        info->constant_bytes = f->attributes.constSizeBytes;
        info->max_threads_per_block = f->attributes.maxThreadsPerBlock;
        info->params = f->params;
        info->param_count = f->param_count;
    }
    return BENCH_OK;
}

/* The extents of grid and block against the device's limits. */
static int check_extents(const struct bench_cuda *cuda, const struct bench_function *f,
                         const uint32_t grid[3], const uint32_t block[3], struct bench_err *err)
{
    static const char axis[] = "xyz";
    for (int i = 0; i < 3; i++) {
        uint32_t max_grid = (uint32_t)cuda->properties.maxGridSize[i];
        uint32_t max_block = (uint32_t)cuda->properties.maxThreadsDim[i];
        if (grid[i] < 1 || grid[i] > max_grid)
            return bench_err_set(err, BENCH_ERROR,
                                 "impossible launch of '%s': grid.%c is %u; the device allows 1 to "
                                 "%u",
                                 f->symbol, axis[i], grid[i], max_grid);
        if (block[i] < 1 || block[i] > max_block)
            return bench_err_set(err, BENCH_ERROR,
                                 "impossible launch of '%s': block.%c is %u; the device allows 1 "
                                 "to %u",
                                 f->symbol, axis[i], block[i], max_block);
    }
    return BENCH_OK;
}

static int check_threads(const struct bench_cuda *cuda, const struct bench_function *f,
                         const uint32_t block[3], struct bench_err *err)
{
    uint64_t threads = (uint64_t)block[0] * block[1] * block[2];
    if (threads > (uint64_t)cuda->base.info.max_threads_per_block)
        return bench_err_set(err, BENCH_ERROR,
                             "impossible launch of '%s': %llu threads a block; the device allows "
                             "%d",
                             f->symbol, (unsigned long long)threads,
                             cuda->base.info.max_threads_per_block);
    if (threads > (uint64_t)f->attributes.maxThreadsPerBlock)
        return bench_err_set(err, BENCH_ERROR,
                             "impossible launch of '%s': %llu threads a block; with its %d "
                             "registers a thread and its launch bounds the kernel allows %d",
                             f->symbol, (unsigned long long)threads, f->attributes.numRegs,
                             f->attributes.maxThreadsPerBlock);
    return BENCH_OK;
}

/* More than 48 KiB of shared memory a block must be asked for once a kernel. */
static int ensure_shared(struct bench_cuda *cuda, struct bench_function *f, size_t bytes,
                         struct bench_err *err)
{
    if (bytes <= f->dynamic_limit)
        return BENCH_OK;
    size_t fixed = f->attributes.sharedSizeBytes, most = cuda->base.info.max_shared_bytes;
    if (bytes > most || fixed > most - bytes)
        return bench_err_set(err, BENCH_ERROR,
                             "impossible launch of '%s': %zu bytes of dynamic and %zu of static "
                             "shared memory a block; the device allows %zu together",
                             f->symbol, bytes, fixed, most);
    cudaError_t error = cudaFuncSetAttribute(
        (const void *)f->kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, (int)bytes);
    if (error == cudaSuccess) {
        f->dynamic_limit = bytes;
        return BENCH_OK;
    }
    char *what =
        bench_xprintf("asking for %zu bytes of dynamic shared memory for '%s'", bytes, f->symbol);
    int rc = bench_cuda_error(cuda, error, what, err);
    free(what);
    return rc;
}

static int launch_failed(struct bench_cuda *cuda, const struct bench_function *f, cudaError_t error,
                         const uint32_t grid[3], const uint32_t block[3], size_t shared_bytes,
                         struct bench_err *err)
{
    char *what = bench_xprintf("launching '%s' with grid %u x %u x %u, block %u x %u x %u, %zu "
                               "bytes of dynamic shared memory",
                               f->symbol, grid[0], grid[1], grid[2], block[0], block[1], block[2],
                               shared_bytes);
    int rc = bench_cuda_error(cuda, error, what, err);
    free(what);
    return rc;
}

int bench_cuda_launch(struct bench_device *device, struct bench_function *function,
                      const uint32_t grid[3], const uint32_t block[3], size_t shared_bytes,
                      void **args, struct bench_err *err)
{
    struct bench_cuda *cuda = bench_cuda_of(device);
    int rc = bench_cuda_check(cuda, err);
    if (rc == BENCH_OK)
        rc = check_extents(cuda, function, grid, block, err);
    if (rc == BENCH_OK)
        rc = check_threads(cuda, function, block, err);
    if (rc == BENCH_OK)
        rc = ensure_shared(cuda, function, shared_bytes, err);
    if (rc != BENCH_OK)
        return rc;
    dim3 g = {grid[0], grid[1], grid[2]}, b = {block[0], block[1], block[2]};
    const char *previous = cuda->last_kernel;
    cuda->last_kernel = function->symbol;
    cudaError_t error =
        cudaLaunchKernel((const void *)function->kernel, g, b, args, shared_bytes, cuda->stream);
    if (error == cudaSuccess)
        return BENCH_OK;
    cuda->last_kernel = previous; /* this one did not run: a fault is an earlier one's */
    return launch_failed(cuda, function, error, grid, block, shared_bytes, err);
}
