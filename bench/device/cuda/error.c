#include <stdio.h>

#include "bench/device/cuda/cuda_impl.h"

int bench_cuda_check(const struct bench_cuda *cuda, struct bench_err *err)
{
    if (!cuda->poisoned)
        return BENCH_OK;
    return bench_err_set(err, BENCH_EPOISONED,
                         "%s; the device cannot be used in this process any more", cuda->poison);
}

/* A fault inside a kernel (illegal address, trap, assert, …) stays: every later call returns it.
 * Asking once more tells without a list of error codes, which grows with every release. */
static bool stays(struct bench_cuda *cuda)
{
    cudaGetLastError(); /* clears what can be cleared */
    cudaError_t now = cudaStreamQuery(cuda->stream);
    if (now == cudaSuccess)
        return false;
    if (now == cudaErrorNotReady) {
        cudaGetLastError();
        return false;
    }
    return true;
}

/* cudaErrorStreamCaptureUnsupported is the first of the errors that say that something cannot be
 * captured, cudaErrorStreamCaptureWrongThread the last (driver_types.h). */
static bool forbids_capture(cudaError_t error)
{
    return error >= cudaErrorStreamCaptureUnsupported && error <= cudaErrorStreamCaptureWrongThread;
}

static int recording_error(const struct bench_cuda *cuda, cudaError_t error, const char *what,
                           struct bench_err *err)
{
    cudaGetLastError();
    return bench_err_set(err, forbids_capture(error) ? BENCH_EUNSUPPORTED : BENCH_ERROR,
                         "cuda:%d: recording a graph: %s: %s: %s", cuda->base.info.index, what,
                         cudaGetErrorName(error), cudaGetErrorString(error));
}

int bench_cuda_error(struct bench_cuda *cuda, cudaError_t error, const char *what,
                     struct bench_err *err)
{
    if (error == cudaSuccess)
        return BENCH_OK;
    const char *name = cudaGetErrorName(error), *text = cudaGetErrorString(error);
    if (cuda->base
            .recording) /* asking now would itself be an error; the recording's end will ask */
        return recording_error(cuda, error, what, err);
    if (!stays(cuda))
        return bench_err_set(err, BENCH_ERROR, "cuda:%d: %s: %s: %s", cuda->base.info.index, what,
                             name, text);
    cuda->poisoned = true;
    snprintf(cuda->poison, sizeof cuda->poison, "cuda:%d: %s: %s: %s%s%s", cuda->base.info.index,
             what, name, text, *cuda->last_kernel ? "; the last kernel launched was " : "",
             cuda->last_kernel);
    return bench_cuda_check(cuda, err);
}
