/*
 * Variance and mean of rows in one pass over memory: each thread merges the moments of its stretch,
 * slice by slice, exactly (../common/moments.cuh), and the group merges its threads'. THREADS
 * threads work on a row: up to a warp they need nothing but shuffles, and a block of 128 takes
 * several rows; above, a block takes one row. 16 bytes an access, PACKS of them in flight a thread.
 */
#include "../common/moments.cuh"

#define ROWS (THREADS < 128 ? 128 / THREADS : 1) /* of a block */
#define BLOCK (THREADS * ROWS)

__global__ void __launch_bounds__(BLOCK)
    var_mean_rows(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ var,
                  BENCH_T *__restrict__ mean, long long rows, long long cols, float correction)
{
    long long row = static_cast<long long>(blockIdx.x) * ROWS + threadIdx.x / THREADS;
    /* A group without a row works on the last one, for the shuffles need it, and stores nothing. */
    const bool live = row < rows;
    row = live ? row : rows - 1;
    x += row * cols;
    const int lane = threadIdx.x % THREADS;
    float3 mine;
    if (cols % Pack<BENCH_T>::size == 0 && is_packable(x)) {
        mine = stretch_moments<RowSlice<BENCH_T, THREADS, PACKS, true>>(x, cols, lane);
    } else {
        mine = stretch_moments<RowSlice<BENCH_T, THREADS, 1, false>>(x, cols, lane);
    }
    const float3 all = group_reduce<THREADS>(mine, MergeMoments());
    if (live && lane == 0) {
        var[row] = from_float<BENCH_T>(all.z / fmaxf(cols - correction, 0.0f));
        mean[row] = from_float<BENCH_T>(all.y);
    }
}
