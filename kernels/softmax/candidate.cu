/*
 * softmax of rows that fit the registers of a block reads each element once and writes it once,
 * which is all the memory traffic there can be; the arithmetic hides behind it.
 *
 * THREADS threads work on a row. Up to a warp they need nothing but shuffles, and a block of 128
 * takes several rows, so short rows neither idle lanes nor wait at barriers; above, a block takes
 * one row and reduces through shared memory twice (maximum, sum). A thread holds up to 16
 * elements, loaded as packs of 16 bytes before the first use. Rows that start between multiples of
 * 16 bytes are loaded by elements, neighbouring threads on neighbouring columns.
 *
 * Longer rows are read twice: a running maximum and sum (online softmax: Milakov and Gimelshein,
 * "Online normalizer calculation for softmax", 2018), then the output, last stretch first because
 * that is what the caches still hold.
 */
#include "../common/reduce.cuh"
#include "../common/row.cuh"
#include "online.cuh"

#define ELEMENTS 16 /* at most, a thread: softmax.json's `where` knows it too */
#define ROWS (THREADS < 128 ? 128 / THREADS : 1) /* of a block */
#define BLOCK (THREADS * ROWS)

template <int PACKS, bool VECTORS>
__device__ __forceinline__ void softmax_once(const BENCH_T *x, BENCH_T *out, long long cols,
                                             int lane, bool live)
{
    using Slice = RowSlice<BENCH_T, THREADS, PACKS, VECTORS>;
    float v[Slice::size];
    Slice::load(x, cols, lane, -infinity(), v);

    float max = v[0];
#pragma unroll
    for (int i = 1; i < Slice::size; i++) {
        max = fmaxf(max, v[i]);
    }
    max = group_reduce<THREADS>(max, Max());

    float sum = 0.0f;
#pragma unroll
    for (int i = 0; i < Slice::size; i++) {
        v[i] = expf(v[i] - max);
        sum += v[i];
    }
    const float scale = 1.0f / group_reduce<THREADS>(sum, Sum());

#pragma unroll
    for (int i = 0; i < Slice::size; i++) {
        v[i] *= scale;
    }
    if (live) {
        Slice::store(out, cols, lane, v);
    }
}

template <bool VECTORS>
__device__ __forceinline__ void softmax_twice(const BENCH_T *x, BENCH_T *out, long long cols,
                                              int lane)
{
    using Slice = RowSlice<BENCH_T, THREADS, ELEMENTS / Pack<BENCH_T>::size, VECTORS>;
    float v[Slice::size];
    Online online = Online::identity();
    for (long long begin = 0; begin < cols; begin += Slice::span) {
        Slice::load(x + begin, cols - begin, lane, -infinity(), v);
        online.add(v);
    }
    online = Online(group_reduce<THREADS>(online.pair(), MergeOnline()));

    const float scale = 1.0f / online.sum;
    const long long last = (cols - 1) / Slice::span * Slice::span;
    for (long long begin = last; begin >= 0; begin -= Slice::span) {
        Slice::load(x + begin, cols - begin, lane, 0.0f, v);
#pragma unroll
        for (int i = 0; i < Slice::size; i++) {
            v[i] = expf(v[i] - online.max) * scale;
        }
        Slice::store(out + begin, cols - begin, lane, v);
    }
}

template <bool VECTORS>
__device__ __forceinline__ void softmax_row(const BENCH_T *x, BENCH_T *out, long long cols,
                                            int lane, bool live)
{
    constexpr int one_pack_each = THREADS * Pack<BENCH_T>::size;
    if (cols <= one_pack_each) {
        softmax_once<1, VECTORS>(x, out, cols, lane, live);
    } else if (cols <= 2 * one_pack_each) {
        softmax_once<2, VECTORS>(x, out, cols, lane, live);
    } else if (cols <= ELEMENTS * THREADS) {
        softmax_once<ELEMENTS / Pack<BENCH_T>::size, VECTORS>(x, out, cols, lane, live);
    } else if constexpr (THREADS >= 512) {
        softmax_twice<VECTORS>(x, out, cols, lane);
    }
}

__global__ void __launch_bounds__(BLOCK)
    softmax_rows(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out, long long rows,
                 long long cols)
{
    const int lane = threadIdx.x % THREADS;
    long long row = static_cast<long long>(blockIdx.x) * ROWS + threadIdx.x / THREADS;
    /* A group without a row works on the last one, for the shuffles need it, and stores nothing. */
    const bool live = row < rows;
    row = live ? row : rows - 1;
    x += row * cols;
    out += row * cols;
    /* The same for all rows, or the threads of a warp could part ways. */
    if (cols % Pack<BENCH_T>::size == 0 && is_packable(x) && is_packable(out)) {
        softmax_row<true>(x, out, cols, lane, live);
    } else {
        softmax_row<false>(x, out, cols, lane, live);
    }
}
