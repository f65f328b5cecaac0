/*
 * topk of rows in one pass over memory: WARPS warps share a row, each keeps the largest elements of
 * its part in registers (../common/warp_topk.cuh), and their lists are merged in the end. A warp
 * keeps 32 * KEPT elements. Short rows have one warp, four of them a block, and no barriers. Of
 * equal elements the first are taken, so the result does not depend on the variant.
 */
#include "select.cuh"

#define ROWS (WARPS < 4 ? 4 / WARPS : 1) /* of a block */
#define BLOCK (32 * WARPS * ROWS)
#define PACKS (sizeof(BENCH_T) == 4 ? 2 : 1)

__global__ void __launch_bounds__(BLOCK)
    topk_rows(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ values,
              long long *__restrict__ indices, long long rows, long long cols, int k)
{
    __shared__ Ranked buffers[BLOCK / 32][WarpTopK<KEPT>::room];
    __shared__ Ranked lists[WARPS][32 * KEPT];
    constexpr int threads = 32 * WARPS;
    long long row = static_cast<long long>(blockIdx.x) * ROWS + threadIdx.x / threads;
    const bool live = row < rows;
    row = live ? row : rows - 1; /* works on the last row as well, and stores nothing */
    const int lane = threadIdx.x % threads;
    WarpTopK<KEPT> top;
    top.begin(buffers[threadIdx.x / 32], k);
    const BENCH_T *from = x + row * cols;
    if (cols % Pack<BENCH_T>::size == 0 && is_packable(x)) {
        offer_row<RowSlice<BENCH_T, threads, PACKS, true>>(top, from, cols, 0, lane);
    } else {
        offer_row<RowSlice<BENCH_T, threads, PACKS, false>>(top, from, cols, 0, lane);
    }
    top.finish();
    merge_warps<WARPS>(top, &lists[0][0]);
    if (live && lane < 32) {
#pragma unroll
        for (int i = 0; i < KEPT; i++) {
            const int rank = i * 32 + lane;
            if (rank < k) {
                const unsigned index = ranked_index(top.best[i]);
                values[row * k + rank] = from[index];
                indices[row * k + rank] = index;
            }
        }
    }
}
