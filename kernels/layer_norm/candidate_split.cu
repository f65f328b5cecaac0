/*
 * Layer normalization of few long rows: one block a row would leave most of the GPU idle, so each
 * row is cut into chunks. The first kernel leaves count, mean and squared deviations of each chunk
 * in `partial`; in the second each block merges its row's partial results itself, at most 1024 of
 * them and all in L2, and writes its chunk. The second reading of x comes from L2 too where the
 * tensor fits it. Chunks are multiples of 4096 elements, so a chunk is aligned as its row is.
 */
#include "../common/moments.cuh"

#define BLOCK 256

struct Chunk {
    long long offset; /* of the chunk's first element in x and out */
    long long begin;  /* its first column */
    long long cols;   /* how many */
};

__device__ __forceinline__ Chunk chunk_of_block(long long cols, int chunk, int chunks)
{
    const long long row = blockIdx.x / chunks;
    const long long begin = static_cast<long long>(blockIdx.x % chunks) * chunk;
    return {row * cols + begin, begin, cols - begin < chunk ? cols - begin : chunk};
}

template <bool VECTORS>
__device__ __forceinline__ void chunk_moments(const BENCH_T *x, long long cols, float3 *partial)
{
    using Slice = RowSlice<BENCH_T, BLOCK, 16 / Pack<BENCH_T>::size, VECTORS>;
    const float3 mine = stretch_moments<Slice>(x, cols, threadIdx.x);
    const float3 all = group_reduce<BLOCK>(mine, MergeMoments());
    if (threadIdx.x == 0) {
        *partial = all;
    }
}

__global__ void __launch_bounds__(BLOCK)
    layer_norm_chunks(const BENCH_T *__restrict__ x, float3 *__restrict__ partial, long long cols,
                      int chunk, int chunks)
{
    const Chunk c = chunk_of_block(cols, chunk, chunks);
    if (cols % Pack<BENCH_T>::size == 0 && is_packable(x)) {
        chunk_moments<true>(x + c.offset, c.cols, partial + blockIdx.x);
    } else {
        chunk_moments<false>(x + c.offset, c.cols, partial + blockIdx.x);
    }
}

template <bool VECTORS>
__device__ __forceinline__ void chunk_write(const BENCH_T *x, const BENCH_T *weight,
                                            const BENCH_T *bias, BENCH_T *out, long long cols,
                                            float mean, float rstd)
{
    using Slice = RowSlice<BENCH_T, BLOCK, 16 / Pack<BENCH_T>::size, VECTORS>;
    const int lane = threadIdx.x;
    float v[Slice::size];
    for (long long begin = 0; begin < cols; begin += Slice::span) {
        const long long rest = cols - begin;
        Slice::load(x + begin, rest, lane, 0.0f, v);
        SliceWeights<Slice> weights;
        weights.load(weight + begin, bias + begin, rest, lane);
        slice_normalize(v, weights, mean, rstd);
        Slice::store(out + begin, rest, lane, v);
    }
}

__global__ void __launch_bounds__(BLOCK)
    layer_norm_merge(const BENCH_T *__restrict__ x, const BENCH_T *__restrict__ weight,
                     const BENCH_T *__restrict__ bias, const float3 *__restrict__ partial,
                     BENCH_T *__restrict__ out, long long cols, int chunk, int chunks, float eps)
{
    const float3 *row = partial + static_cast<long long>(blockIdx.x / chunks) * chunks;
    const float3 moments =
        block_reduce_parts<BLOCK>(row, chunks, make_float3(0.0f, 0.0f, 0.0f), MergeMoments());
    const float rstd = rsqrtf(moments.z / cols + eps);

    const Chunk c = chunk_of_block(cols, chunk, chunks);
    const bool vectors = cols % Pack<BENCH_T>::size == 0 && is_packable(x) && is_packable(out) &&
                         is_packable(weight) && is_packable(bias);
    if (vectors) {
        chunk_write<true>(x + c.offset, weight + c.begin, bias + c.begin, out + c.offset, c.cols,
                          moments.y, rstd);
    } else {
        chunk_write<false>(x + c.offset, weight + c.begin, bias + c.begin, out + c.offset, c.cols,
                           moments.y, rstd);
    }
}
