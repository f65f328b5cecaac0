/* What is in the L2 cache before a sample: the flush, and what other benchmarks do instead. */
#include "bench/device/cuda/cuda_impl.h"

/* One pass over this many times the L2 cache evicts what was in it. The replacement is not strictly
 * least-recently-used, so that one cache size is not enough. */
#define FLUSH_FACTOR 2
#define FLUSH_BLOCK 512
#define FLUSH_BLOCKS_PER_SM 4 /* 2,048 threads: all that an SM can hold */

/* Triton's do_bench, before each repetition: cache.zero_() on torch.empty(256 * 1024 * 1024 // 4,
 * dtype=torch.int) (triton/testing.py; since 3.2 get_empty_cache_for_benchmark and clear_cache of
 * triton/backends/nvidia/driver.py). FlagGems' benchmarks call do_bench. */
#define OVERWRITE_BYTES ((size_t)256 * 1024 * 1024)

/* The buffer holds zeros. Writing them leaves dirty lines in the cache, which two passes of reading
 * push out: from then on the buffer is clean, and a flush only reads. */
int bench_cuda_cache_open(struct bench_cuda *cuda, struct bench_err *err)
{
    cuda->base.info.overwrites = true;
    cuda->flush_bytes = FLUSH_FACTOR * cuda->base.info.l2_bytes;
    if (cuda->flush_bytes == 0)
        return BENCH_OK;
    size_t bytes = cuda->flush_bytes + sizeof(uint32_t);
    cudaError_t error = cudaMalloc(&cuda->flush_buffer, bytes);
    if (error == cudaSuccess)
        error = cudaMemsetAsync(cuda->flush_buffer, 0, bytes, cuda->stream);
    int rc = bench_cuda_error(cuda, error, "making the buffer of the cache flush", err);
    for (int pass = 0; pass < 2 && rc == BENCH_OK; pass++)
        rc = bench_cuda_flush(&cuda->base, err);
    if (rc == BENCH_OK)
        rc = bench_cuda_error(cuda, cudaStreamSynchronize(cuda->stream), "flushing the cache", err);
    return rc;
}

void bench_cuda_cache_close(struct bench_cuda *cuda)
{
    cudaFree(cuda->flush_buffer);
    cudaFree(cuda->overwrite_buffer);
}

/* Dirty lines that kernels left are evicted like others, and are written back meanwhile: a line's
 * place is given to the next only when its contents are on their way to memory, so that the flush
 * cannot end before nearly all of them are. What may be left is in the queues of the memory
 * controllers (under a microsecond of their bandwidth, while the gate and the launch take longer),
 * and the few lines that the replacement happens to spare. The flush itself writes nothing: its
 * buffer is zeros, so the store to the sink never happens. */
int bench_cuda_flush(struct bench_device *device, struct bench_err *err)
{
    struct bench_cuda *cuda = bench_cuda_of(device);
    int rc = bench_cuda_check(cuda, err);
    if (rc != BENCH_OK || cuda->flush_bytes == 0)
        return rc;
    unsigned long long count = cuda->flush_bytes / 16;
    char *sink = (char *)cuda->flush_buffer + cuda->flush_bytes;
    void *args[] = {&cuda->flush_buffer, &count, &sink};
    dim3 grid = {(unsigned)(cuda->base.info.sm_count * FLUSH_BLOCKS_PER_SM), 1, 1};
    dim3 block = {FLUSH_BLOCK, 1, 1};
    cudaError_t error =
        cudaLaunchKernel((const void *)cuda->flush_kernel, grid, block, args, 0, cuda->stream);
    return bench_cuda_error(cuda, error, "flushing the cache", err);
}

/* Made at the first use: runs that never ask keep the memory for their tensors. */
static int make_overwrite_buffer(struct bench_cuda *cuda, struct bench_err *err)
{
    if (cuda->base.recording || cuda->gate_closed) /* cudaMalloc would spoil the one, wait for the
                                                      other */
        return bench_err_set(err, BENCH_ERROR,
                             "overwriting the cache: the first call allocates memory, and must "
                             "come before the gate is closed or a graph is recorded");
    cudaError_t error = cudaMalloc(&cuda->overwrite_buffer, OVERWRITE_BYTES);
    if (error == cudaSuccess)
        return BENCH_OK;
    cuda->overwrite_buffer = NULL;
    int rc = bench_cuda_error(cuda, error, "allocating 256 MB to overwrite the cache", err);
    if (rc == BENCH_EPOISONED || error != cudaErrorMemoryAllocation)
        return rc;
    return bench_err_set(err, BENCH_EUNSUPPORTED,
                         "the device has no 256 MB left to overwrite its cache with");
}

int bench_cuda_overwrite_cache(struct bench_device *device, struct bench_err *err)
{
    struct bench_cuda *cuda = bench_cuda_of(device);
    int rc = bench_cuda_check(cuda, err);
    if (rc == BENCH_OK && !cuda->overwrite_buffer)
        rc = make_overwrite_buffer(cuda, err);
    if (rc != BENCH_OK)
        return rc;
    return bench_cuda_error(
        cuda, cudaMemsetAsync(cuda->overwrite_buffer, 0, OVERWRITE_BYTES, cuda->stream),
        "overwriting the cache", err);
}
