/*
 * Group normalization of few long groups, which is what convolutional networks have (32 groups of
 * some 65536 elements in an image): one block a group would leave most of the GPU idle, so each is
 * cut into chunks. The first kernel leaves count, mean and squared deviations of each chunk in
 * `partial`; in the second each block merges its group's partial results itself, at most 1024 of
 * them and all in L2, and writes its chunk. The second reading of x comes from L2 too where the
 * tensor fits it. Chunks are multiples of 4096 elements, so a chunk is aligned as its group is.
 */
#include "channels.cuh"

#define BLOCK 256

struct Chunk {
    long long row;
    unsigned begin; /* its first element in the group */
    unsigned cols;  /* how many */
};

__device__ __forceinline__ Chunk chunk_of_block(unsigned cols, unsigned chunk, unsigned chunks)
{
    const unsigned begin = blockIdx.x % chunks * chunk;
    return {blockIdx.x / chunks, begin, min(cols - begin, chunk)};
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
    group_norm_chunks(const BENCH_T *__restrict__ x, float3 *__restrict__ partial,
                      long long channels, long long inner, int chunk, int chunks)
{
    const long long cols = channels * inner;
    const Chunk c = chunk_of_block(static_cast<unsigned>(cols), chunk, chunks);
    const BENCH_T *from = x + c.row * cols + c.begin;
    if (travel_of(x, x, cols, inner) != SINGLES) {
        chunk_moments<true>(from, c.cols, partial + blockIdx.x);
    } else {
        chunk_moments<false>(from, c.cols, partial + blockIdx.x);
    }
}

/* The chunk's elements; c.cols counts to the chunk's end, as slice_scale needs it. */
template <Travel TRAVEL>
__device__ __forceinline__ void chunk_write(const BENCH_T *x, BENCH_T *out, const Channels &c,
                                            unsigned begin, float mean, float rstd)
{
    using Slice = RowSlice<BENCH_T, BLOCK, 16 / Pack<BENCH_T>::size, TRAVEL != SINGLES>;
    const int lane = threadIdx.x;
    float v[Slice::size];
    for (; begin < c.cols; begin += Slice::span) {
        const long long rest = c.cols - begin;
        Slice::load(x + begin, rest, lane, 0.0f, v);
        slice_scale<Slice, TRAVEL>(v, c, begin, mean, rstd, lane);
        Slice::store(out + begin, rest, lane, v);
    }
}

__global__ void __launch_bounds__(BLOCK)
    group_norm_merge(const BENCH_T *__restrict__ x, const BENCH_T *__restrict__ weight,
                     const BENCH_T *__restrict__ bias, const float3 *__restrict__ partial,
                     BENCH_T *__restrict__ out, BENCH_T *__restrict__ mean,
                     BENCH_T *__restrict__ rstd, long long groups, long long channels,
                     long long inner, int chunk, int chunks, float eps)
{
    const long long cols = channels * inner;
    const Chunk c = chunk_of_block(static_cast<unsigned>(cols), chunk, chunks);
    const float3 moments = block_reduce_parts<BLOCK>(partial + c.row * chunks, chunks,
                                                     make_float3(0.0f, 0.0f, 0.0f), MergeMoments());
    const float factor = rsqrtf(moments.z / cols + eps);
    if (c.begin == 0 && threadIdx.x == 0) {
        mean[c.row] = from_float<BENCH_T>(moments.y);
        rstd[c.row] = from_float<BENCH_T>(factor);
    }
    const long long first = c.row % groups * channels;
    const Channels to_end = {weight + first, bias + first, c.begin + c.cols,
                             static_cast<unsigned>(inner), static_cast<unsigned>(channels)};
    const BENCH_T *from = x + c.row * cols;
    BENCH_T *to = out + c.row * cols;
    switch (travel_of(x, out, cols, inner)) {
    case SINGLES:
        return chunk_write<SINGLES>(from, to, to_end, c.begin, moments.y, factor);
    case PACKS:
        return chunk_write<PACKS>(from, to, to_end, c.begin, moments.y, factor);
    case PACKS_ACROSS:
        return chunk_write<PACKS_ACROSS>(from, to, to_end, c.begin, moments.y, factor);
    }
}
