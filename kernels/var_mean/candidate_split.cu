/*
 * Variance and mean of few long rows: one block a row would leave most of the GPU idle, so each row
 * is cut into chunks, a block each, whose moments are merged exactly (../common/moments.cuh) by a
 * block a row in a second launch. Chunks are multiples of 4096 elements, so a chunk is aligned as
 * its row is.
 */
#include "../common/moments.cuh"

#define BLOCK 256

__global__ void __launch_bounds__(BLOCK)
    var_mean_chunks(const BENCH_T *__restrict__ x, float3 *__restrict__ partial, long long cols,
                    int chunk, int chunks)
{
    const long long begin = static_cast<long long>(blockIdx.x % chunks) * chunk;
    const long long count = min(cols - begin, static_cast<long long>(chunk));
    const int lane = threadIdx.x;
    float3 mine;
    if (cols % Pack<BENCH_T>::size == 0 && is_packable(x)) {
        x += blockIdx.x / chunks * cols + begin;
        mine = stretch_moments<RowSlice<BENCH_T, BLOCK, 4, true>>(x, count, lane);
    } else {
        x += blockIdx.x / chunks * cols + begin;
        mine = stretch_moments<RowSlice<BENCH_T, BLOCK, 1, false>>(x, count, lane);
    }
    const float3 all = group_reduce<BLOCK>(mine, MergeMoments());
    if (threadIdx.x == 0) {
        partial[blockIdx.x] = all;
    }
}

__global__ void __launch_bounds__(BLOCK)
    var_mean_merge(const float3 *__restrict__ partial, BENCH_T *__restrict__ var,
                   BENCH_T *__restrict__ mean, long long cols, int chunks, float correction)
{
    const float3 moments =
        block_reduce_parts<BLOCK>(partial + static_cast<long long>(blockIdx.x) * chunks, chunks,
                                  make_float3(0.0f, 0.0f, 0.0f), MergeMoments());
    if (threadIdx.x == 0) {
        var[blockIdx.x] = from_float<BENCH_T>(moments.z / fmaxf(cols - correction, 0.0f));
        mean[blockIdx.x] = from_float<BENCH_T>(moments.y);
    }
}
