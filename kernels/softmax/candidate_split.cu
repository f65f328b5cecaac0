/*
 * softmax of few long rows: one block a row would leave most of the GPU idle (a single row of a
 * million numbers would run on 1 of 132 multiprocessors), so each row is cut into chunks. The first
 * kernel leaves maximum and sum of exponentials of each chunk in `partial`; in the second each
 * block merges its row's partial results itself, at most 1024 of them and all in L2, and writes its
 * chunk. The second reading of x comes from L2 too where the tensor fits it. Chunks are multiples
 * of 4096 elements, so a chunk is aligned as its row is.
 */
#include "../common/online.cuh"
#include "../common/reduce.cuh"
#include "../common/row.cuh"

#define BLOCK 256

template <bool VECTORS>
__device__ __forceinline__ void chunk_online(const BENCH_T *x, long long cols, float2 *partial)
{
    using Slice = RowSlice<BENCH_T, BLOCK, 16 / Pack<BENCH_T>::size, VECTORS>;
    float v[Slice::size];
    Online online = Online::identity();
    for (long long begin = 0; begin < cols; begin += Slice::span) {
        Slice::load(x + begin, cols - begin, threadIdx.x, -infinity(), v);
        online.add(v);
    }
    const float2 all = group_reduce<BLOCK>(online.pair(), MergeOnline());
    if (threadIdx.x == 0) {
        *partial = all;
    }
}

template <bool VECTORS>
__device__ __forceinline__ void chunk_write(const BENCH_T *x, BENCH_T *out, long long cols,
                                            Online online)
{
    using Slice = RowSlice<BENCH_T, BLOCK, 16 / Pack<BENCH_T>::size, VECTORS>;
    float v[Slice::size];
    const float scale = 1.0f / online.sum;
    for (long long begin = 0; begin < cols; begin += Slice::span) {
        Slice::load(x + begin, cols - begin, threadIdx.x, 0.0f, v);
#pragma unroll
        for (int i = 0; i < Slice::size; i++) {
            v[i] = expf(v[i] - online.max) * scale;
        }
        Slice::store(out + begin, cols - begin, threadIdx.x, v);
    }
}

/* Moves x (and out) to the block's chunk; returns its number of columns. */
__device__ __forceinline__ long long chunk_of_block(long long cols, int chunk, int chunks,
                                                    long long *offset)
{
    const long long row = blockIdx.x / chunks;
    const long long begin = static_cast<long long>(blockIdx.x % chunks) * chunk;
    *offset = row * cols + begin;
    return cols - begin < chunk ? cols - begin : chunk;
}

__global__ void __launch_bounds__(BLOCK)
    softmax_chunks(const BENCH_T *__restrict__ x, float2 *__restrict__ partial, long long cols,
                   int chunk, int chunks)
{
    long long offset;
    const long long mine = chunk_of_block(cols, chunk, chunks, &offset);
    if (cols % Pack<BENCH_T>::size == 0 && is_packable(x)) {
        chunk_online<true>(x + offset, mine, partial + blockIdx.x);
    } else {
        chunk_online<false>(x + offset, mine, partial + blockIdx.x);
    }
}

__global__ void __launch_bounds__(BLOCK)
    softmax_merge(const BENCH_T *__restrict__ x, const float2 *__restrict__ partial,
                  BENCH_T *__restrict__ out, long long cols, int chunk, int chunks)
{
    const float2 *row = partial + static_cast<long long>(blockIdx.x / chunks) * chunks;
    const Online online(
        block_reduce_parts<BLOCK>(row, chunks, Online::identity().pair(), MergeOnline()));

    long long offset;
    const long long mine = chunk_of_block(cols, chunk, chunks, &offset);
    if (cols % Pack<BENCH_T>::size == 0 && is_packable(x) && is_packable(out)) {
        chunk_write<true>(x + offset, out + offset, mine, online);
    } else {
        chunk_write<false>(x + offset, out + offset, mine, online);
    }
}
