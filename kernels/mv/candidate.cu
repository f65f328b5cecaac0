/*
 * Matrix times vector reads the matrix once, and that is all that takes time: THREADS threads a
 * row, 16 bytes an access, PACKS of them in flight a thread. The vector is the same for all rows
 * and comes from L1. Up to a warp a row needs nothing but shuffles, and a block of 128 takes
 * several rows; above, a block takes one row.
 */
#include "../common/reduce.cuh"
#include "../common/row.cuh"

#define ROWS (THREADS < 128 ? 128 / THREADS : 1) /* of a block */
#define BLOCK (THREADS * ROWS)

template <int Packs, bool Vectors>
__device__ __forceinline__ float dot(const BENCH_T *a, const BENCH_T *v, long long cols, int lane)
{
    using Slice = RowSlice<BENCH_T, THREADS, Packs, Vectors>;
    float sum = 0.0f, x[Slice::size], y[Slice::size];
    for (long long begin = 0; begin < cols; begin += Slice::span) {
        Slice::load(a + begin, cols - begin, lane, 0.0f, x);
        Slice::load(v + begin, cols - begin, lane, 0.0f, y);
#pragma unroll
        for (int i = 0; i < Slice::size; i++) {
            sum = fmaf(x[i], y[i], sum);
        }
    }
    return sum;
}

__global__ void __launch_bounds__(BLOCK)
    mv_rows(const BENCH_T *__restrict__ a, const BENCH_T *__restrict__ v, BENCH_T *__restrict__ out,
            long long rows, long long cols)
{
    long long row = static_cast<long long>(blockIdx.x) * ROWS + threadIdx.x / THREADS;
    /* A group without a row works on the last one, for the shuffles need it, and stores nothing. */
    const bool live = row < rows;
    row = live ? row : rows - 1;
    a += row * cols;
    const int lane = threadIdx.x % THREADS;
    const bool vectors = cols % Pack<BENCH_T>::size == 0 && is_packable(a) && is_packable(v);
    const float sum = group_reduce<THREADS>(
        vectors ? dot<PACKS, true>(a, v, cols, lane) : dot<1, false>(a, v, cols, lane), Sum());
    if (live && lane == 0) {
        out[row] = from_float<BENCH_T>(sum);
    }
}
