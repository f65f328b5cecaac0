/*
 * softmax and log_softmax of rows. A row that fits the registers of a block is read once and
 * written once, which is all the memory traffic there can be; the arithmetic hides behind it.
 *
 *   softmax_group<THREADS, LOG, HELD>(x, out, rows, cols)
 *     THREADS   that work on a row. Up to a warp they need nothing but shuffles, and a block of 128
 *               takes several rows, so short rows neither idle lanes nor wait at barriers; above, a
 *               block takes one row and reduces through shared memory twice (maximum, sum)
 *     LOG       log_softmax
 *     HELD      for rows of more than SOFTMAX_ELEMENTS a thread: held as they are in memory, partly
 *               in shared memory (held_row.cuh), where they fit that
 *     SoftmaxRows<THREADS>::per_block, ::block   rows and threads of a block
 *     SoftmaxRows<THREADS>::held_blocks          blocks a multiprocessor, of held rows
 *
 * A thread holds up to SOFTMAX_ELEMENTS elements, loaded as packs of 16 bytes before the first use.
 * Rows that start between multiples of 16 bytes are loaded by elements, neighbouring threads on
 * neighbouring columns.
 *
 * Longer rows are held, too, with HELD, or read twice: a running maximum and sum (online softmax:
 * Milakov and Gimelshein, "Online normalizer calculation for softmax", 2018), then the output, last
 * stretch first because that is what the caches still hold. Only 512 threads and more do that.
 */
#ifndef BENCH_KERNELS_COMMON_SOFTMAX_ROWS_CUH
#define BENCH_KERNELS_COMMON_SOFTMAX_ROWS_CUH

#include "held_row.cuh"
#include "online.cuh"
#include "reduce.cuh"
#include "row.cuh"

#define SOFTMAX_ELEMENTS 16 /* the operators' `where` know it too */

template <int Threads> struct SoftmaxRows {
    static constexpr int per_block = Threads < 128 ? 128 / Threads : 1;
    static constexpr int block = Threads * per_block;
    /* Of held rows on a multiprocessor, that 65536 registers allow: half the threads, twice the
       blocks, and one writes while the other reads. */
    static constexpr int held_blocks = Threads < 1024 ? 1024 / Threads : 1;
};

template <int Threads, bool Log, int Packs, bool Vectors>
__device__ __forceinline__ void softmax_once(const BENCH_T *x, BENCH_T *out, long long cols,
                                             int lane, bool live)
{
    using Slice = RowSlice<BENCH_T, Threads, Packs, Vectors>;
    float v[Slice::size];
    Slice::load(x, cols, lane, -infinity(), v);

    float max = v[0];
#pragma unroll
    for (int i = 1; i < Slice::size; i++) {
        max = fmaxf(max, v[i]);
    }
    max = group_reduce<Threads>(max, Max());

    float sum = 0.0f;
#pragma unroll
    for (int i = 0; i < Slice::size; i++) {
        const float e = expf(v[i] - max);
        v[i] = Log ? v[i] - max : e;
        sum += e;
    }
    sum = group_reduce<Threads>(sum, Sum());
    const float last = Log ? logf(sum) : 1.0f / sum;

#pragma unroll
    for (int i = 0; i < Slice::size; i++) {
        v[i] = Log ? v[i] - last : v[i] * last;
    }
    if (live) {
        Slice::store(out, cols, lane, v);
    }
}

template <int Threads, bool Log, bool Vectors>
__device__ __forceinline__ void softmax_twice(const BENCH_T *x, BENCH_T *out, long long cols,
                                              int lane)
{
    using Slice = RowSlice<BENCH_T, Threads, SOFTMAX_ELEMENTS / Pack<BENCH_T>::size, Vectors>;
    float v[Slice::size];
    Online online = Online::identity();
    for (long long begin = 0; begin < cols; begin += Slice::span) {
        Slice::load(x + begin, cols - begin, lane, -infinity(), v);
        online.add(v);
    }
    online = Online(group_reduce<Threads>(online.pair(), MergeOnline()));

    const float last_step = Log ? logf(online.sum) : 1.0f / online.sum;
    const long long last = (cols - 1) / Slice::span * Slice::span;
    for (long long begin = last; begin >= 0; begin -= Slice::span) {
        Slice::load(x + begin, cols - begin, lane, 0.0f, v);
#pragma unroll
        for (int i = 0; i < Slice::size; i++) {
            const float d = v[i] - online.max;
            v[i] = Log ? d - last_step : expf(d) * last_step;
        }
        Slice::store(out + begin, cols - begin, lane, v);
    }
}

template <int Threads, bool Log>
__device__ __forceinline__ void softmax_held(const BENCH_T *x, BENCH_T *out, long long cols,
                                             int lane)
{
    constexpr int size = Pack<BENCH_T>::size;
    HeldRow<BENCH_T, Threads> row(x, cols, lane);
    Online online = Online::identity();
    row.each([&](const Pack<BENCH_T> &p, int) {
        float v[size];
#pragma unroll
        for (int i = 0; i < size; i++) {
            v[i] = to_float(p.v[i]);
        }
        online.add(v);
    });
    online = Online(group_reduce<Threads>(online.pair(), MergeOnline()));

    const float last_step = Log ? logf(online.sum) : 1.0f / online.sum;
    row.each([&](Pack<BENCH_T> p, int at) {
#pragma unroll
        for (int i = 0; i < size; i++) {
            const float d = to_float(p.v[i]) - online.max;
            p.v[i] = from_float<BENCH_T>(Log ? d - last_step : expf(d) * last_step);
        }
        pack_store(out + at, p);
    });
}

template <int Threads, bool Log, bool Held, bool Vectors>
__device__ __forceinline__ void softmax_row(const BENCH_T *x, BENCH_T *out, long long cols,
                                            int lane, bool live)
{
    constexpr int pack = Pack<BENCH_T>::size;
    if constexpr (Held) {
        if (Vectors && HeldRow<BENCH_T, Threads>::takes(cols)) {
            softmax_held<Threads, Log>(x, out, cols, lane);
        } else {
            softmax_twice<Threads, Log, false>(x, out, cols, lane);
        }
    } else if (cols <= Threads * pack) {
        softmax_once<Threads, Log, 1, Vectors>(x, out, cols, lane, live);
    } else if (cols <= 2 * Threads * pack) {
        softmax_once<Threads, Log, 2, Vectors>(x, out, cols, lane, live);
    } else if (cols <= SOFTMAX_ELEMENTS * Threads) {
        softmax_once<Threads, Log, SOFTMAX_ELEMENTS / pack, Vectors>(x, out, cols, lane, live);
    } else if constexpr (Threads >= 512) {
        softmax_twice<Threads, Log, Vectors>(x, out, cols, lane);
    }
}

template <int Threads, bool Log, bool Held>
__device__ __forceinline__ void softmax_group(const BENCH_T *x, BENCH_T *out, long long rows,
                                              long long cols)
{
    const int lane = threadIdx.x % Threads;
    long long row = static_cast<long long>(blockIdx.x) * SoftmaxRows<Threads>::per_block +
                    threadIdx.x / Threads;
    /* A group without a row works on the last one, for the shuffles need it, and stores nothing. */
    const bool live = row < rows;
    row = live ? row : rows - 1;
    x += row * cols;
    out += row * cols;
    /* The same for all rows, or the threads of a warp could part ways. */
    if (cols % Pack<BENCH_T>::size == 0 && is_packable(x) && is_packable(out)) {
        softmax_row<Threads, Log, Held, true>(x, out, cols, lane, live);
    } else {
        softmax_row<Threads, Log, Held, false>(x, out, cols, lane, live);
    }
}

#endif
