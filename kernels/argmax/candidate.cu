/*
 * Where the largest element of each row is, in one pass. THREADS threads work on a row: up to a
 * warp they need nothing but shuffles, and a block of 128 takes several rows; above, a block takes
 * one row (../common/extreme.cuh).
 */
#include "../common/extreme.cuh"

#define ROWS (THREADS < 128 ? 128 / THREADS : 1) /* of a block */
#define BLOCK (THREADS * ROWS)

__global__ void __launch_bounds__(BLOCK)
    argmax_rows(const BENCH_T *__restrict__ x, long long *__restrict__ out, long long rows,
                long long cols)
{
    long long row = static_cast<long long>(blockIdx.x) * ROWS + threadIdx.x / THREADS;
    /* A group without a row works on the last one, for the shuffles need it, and stores nothing. */
    const bool live = row < rows;
    row = live ? row : rows - 1;
    const int lane = threadIdx.x % THREADS;
    const Largest best =
        largest_in_row<THREADS, PACKS>(x + row * cols, static_cast<int>(cols), lane);
    if (live && lane == 0) {
        out[row] = best.index;
    }
}
