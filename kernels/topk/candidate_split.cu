/*
 * topk of few long rows: each row is cut into chunks, a block of eight warps finds the largest
 * elements of each (select.cuh) and leaves them in `partial`; then a block a row does the same with
 * what the chunks have left.
 */
#include "select.cuh"

#define WARPS 8
#define BLOCK (32 * WARPS)
#define LIST (32 * KEPT)
#define AT_ONCE 8 /* reads in flight a thread; no more offers go between drains */
#define PACKS (sizeof(BENCH_T) == 4 ? 2 : 1)

__global__ void __launch_bounds__(BLOCK)
    topk_chunks(const BENCH_T *__restrict__ x, Ranked *__restrict__ partial, long long cols, int k,
                int chunk, int chunks)
{
    __shared__ Ranked buffers[WARPS][WarpTopK<KEPT>::room];
    __shared__ Ranked lists[WARPS][LIST];
    const long long row = blockIdx.x / chunks;
    const long long begin = static_cast<long long>(blockIdx.x % chunks) * chunk;
    const long long mine = min(cols - begin, static_cast<long long>(chunk));
    const BENCH_T *from = x + row * cols + begin;
    const int thread = threadIdx.x;
    WarpTopK<KEPT> top;
    top.begin(buffers[thread / 32], k);
    if (cols % Pack<BENCH_T>::size == 0 && is_packable(x)) {
        offer_row<RowSlice<BENCH_T, BLOCK, PACKS, true>>(top, from, mine,
                                                         static_cast<unsigned>(begin), thread);
    } else {
        offer_row<RowSlice<BENCH_T, BLOCK, PACKS, false>>(top, from, mine,
                                                          static_cast<unsigned>(begin), thread);
    }
    top.finish();
    merge_warps<WARPS>(top, &lists[0][0]);
    if (thread < 32) {
#pragma unroll
        for (int i = 0; i < KEPT; i++) {
            partial[static_cast<long long>(blockIdx.x) * LIST + i * 32 + thread] = top.best[i];
        }
    }
}

__global__ void __launch_bounds__(BLOCK)
    topk_merge(const BENCH_T *__restrict__ x, const Ranked *__restrict__ partial,
               BENCH_T *__restrict__ values, long long *__restrict__ indices, long long cols, int k,
               int chunks)
{
    __shared__ Ranked buffers[WARPS][WarpTopK<KEPT>::room];
    __shared__ Ranked lists[WARPS][LIST];
    const long long row = blockIdx.x;
    const int thread = threadIdx.x;
    WarpTopK<KEPT> top;
    top.begin(buffers[thread / 32], k);
    const Ranked *from = partial + row * chunks * LIST;
    const int count = chunks * LIST;
    for (int begin = thread; begin - thread < count; begin += AT_ONCE * BLOCK) {
        Ranked x[AT_ONCE];
#pragma unroll
        for (int i = 0; i < AT_ONCE; i++) {
            const int at = begin + i * BLOCK;
            /* Of a chunk's list only the first k can be results. */
            x[i] = at < count && at % LIST < k ? from[at] : 0;
        }
#pragma unroll
        for (int i = 0; i < AT_ONCE; i++) {
            top.offer(x[i], x[i] != 0);
        }
        top.drain();
    }
    top.finish();
    merge_warps<WARPS>(top, &lists[0][0]);
    if (thread < 32) {
#pragma unroll
        for (int i = 0; i < KEPT; i++) {
            const int rank = i * 32 + thread;
            if (rank < k) {
                const unsigned index = ranked_index(top.best[i]);
                values[row * k + rank] = x[row * cols + index];
                indices[row * k + rank] = index;
            }
        }
    }
}
