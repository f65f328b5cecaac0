/*
 * Matrix times vector reads the matrix once, and that is all that takes time: THREADS threads a
 * row, 16 bytes an access, PACKS of them in flight a thread for each of ROWS rows. The rows share
 * what is read of the vector, which for long rows comes from L2: a row at a time it would be as
 * much as the matrix. Up to a warp a row needs nothing but shuffles, and a block of 128 takes
 * several; above, a block takes ROWS rows.
 */
#include "../common/reduce.cuh"
#include "../common/row.cuh"

#define GROUPS (THREADS < 128 ? 128 / THREADS : 1) /* of a block */
#define BLOCK (THREADS * GROUPS)

/* Adds to sum[r] the thread's products of the row at a[r]. */
template <int Packs, bool Vectors>
__device__ __forceinline__ void dots(const BENCH_T *const (&a)[ROWS], const BENCH_T *v,
                                     long long cols, int lane, float (&sum)[ROWS])
{
    using Slice = RowSlice<BENCH_T, THREADS, Packs, Vectors>;
    constexpr int steps = Slice::size / Slice::step;
    for (long long begin = 0; begin < cols; begin += Slice::span) {
        typename Slice::Step x[ROWS][steps], y[steps];
#pragma unroll
        for (int s = 0; s < steps; s++) {
            y[s] = Slice::load_step(v + begin, cols - begin, lane, s * Slice::step);
#pragma unroll
            for (int r = 0; r < ROWS; r++) {
                x[r][s] = Slice::load_step(a[r] + begin, cols - begin, lane, s * Slice::step);
            }
        }
#pragma unroll
        for (int i = 0; i < Slice::size; i++) {
            const int s = i / Slice::step, k = i % Slice::step;
            if (Slice::inside(lane, i, cols - begin)) {
#pragma unroll
                for (int r = 0; r < ROWS; r++) {
                    sum[r] = fmaf(to_float(x[r][s].v[k]), to_float(y[s].v[k]), sum[r]);
                }
            }
        }
    }
}

__global__ void __launch_bounds__(BLOCK)
    mv_rows(const BENCH_T *__restrict__ a, const BENCH_T *__restrict__ v, BENCH_T *__restrict__ out,
            long long rows, long long cols)
{
    const long long group = static_cast<long long>(blockIdx.x) * GROUPS + threadIdx.x / THREADS;
    const int lane = threadIdx.x % THREADS;
    const bool vectors = cols % Pack<BENCH_T>::size == 0 && is_packable(a) && is_packable(v);
    const BENCH_T *row[ROWS];
    float sum[ROWS];
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
        /* In place of rows that there are not the last one, for the shuffles need it. */
        row[r] = a + min(group * ROWS + r, rows - 1) * cols;
        sum[r] = 0.0f;
    }
    if (vectors) {
        dots<(ROWS > 1 && PACKS > 1 ? PACKS / 2 : PACKS), true>(row, v, cols, lane, sum);
    } else {
        dots<1, false>(row, v, cols, lane, sum);
    }
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
        sum[r] = group_reduce<THREADS>(sum[r], Sum());
        if (group * ROWS + r < rows && lane == 0) {
            out[group * ROWS + r] = from_float<BENCH_T>(sum[r]);
        }
    }
}
