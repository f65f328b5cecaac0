/*
 * The mean of the cross entropy of few short rows (rows.cuh) by one block, in one launch: a second
 * one, for the mean, takes longer than all of the rows. Groups of THREADS threads, up to a warp,
 * take one row after another; the order of the additions depends on the shape only. A block has
 * BLOCK threads, no more than there is work for: each takes time to start.
 */
#include "loss.cuh"
#include "rows.cuh"

__global__ void __launch_bounds__(BLOCK)
    cross_entropy_small(const BENCH_T *__restrict__ x, const long long *__restrict__ target,
                        BENCH_T *__restrict__ out, int rows, long long cols, long long ignore_index)
{
    constexpr int groups = BLOCK / THREADS;
    float2 mine = make_float2(0.0f, 0.0f);
    /* All groups go as far, for the shuffles; one without a row works on the last one. */
    for (int begin = 0; begin < rows; begin += groups) {
        const int row = begin + static_cast<int>(threadIdx.x) / THREADS;
        const int taken = min(row, rows - 1);
        const float loss = row_loss<false>(x, target, taken, cols, ignore_index);
        if (row < rows && threadIdx.x % THREADS == 0) {
            mine.x += loss;
            mine.y += target[taken] == ignore_index ? 0.0f : 1.0f;
        }
    }
    const float2 all = group_reduce<BLOCK>(mine, SumBoth());
    if (threadIdx.x == 0) {
        *out = from_float<BENCH_T>(all.x / all.y);
    }
}
