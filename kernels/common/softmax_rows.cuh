/*
 * softmax and log_softmax of rows, THREADS threads a row (row_packs.cuh). A row that fits the
 * registers of a block is read once and written once, which is all the memory traffic there can be;
 * the arithmetic hides behind it.
 *
 *   softmax_rows_of<Log>(x, out, rows, cols)
 *     Log       log_softmax
 *   SOFTMAX_BLOCKS        a multiprocessor's, for __launch_bounds__; a block is RowGroup<THREADS>'s
 *
 * PACKS says how a row is held; the descriptions' `where` knows which rows are whose:
 *
 *   1, 2, 4   that many packs of 16 bytes a thread
 *   16        up to eight of them in registers and eight in shared memory (held_row.cuh), with a
 *             running maximum and sum (online softmax: Milakov and Gimelshein, "Online normalizer
 *             calculation for softmax", 2018)
 *   0         rows that are not made of whole packs: up to SOFTMAX_ELEMENTS single elements a
 *             thread, neighbouring threads on neighbouring columns. Longer ones, and those of more
 *             than 16 packs a thread, are read twice, first as with 16, then last stretch first
 *             because that is what the caches still hold
 *
 * Tensors are 16-byte aligned.
 */
#ifndef BENCH_KERNELS_COMMON_SOFTMAX_ROWS_CUH
#define BENCH_KERNELS_COMMON_SOFTMAX_ROWS_CUH

#include "held_row.cuh"
#include "online.cuh"
#include "reduce.cuh"
#include "row.cuh"
#include "row_packs.cuh"

#define SOFTMAX_ELEMENTS 16 /* the operators' `where` know it too */

/* Of a whole row: what becomes of an element x. */
template <bool Log> struct SoftmaxOf {
    float max, last; /* log(sum), or 1 / sum */

    __device__ __forceinline__ SoftmaxOf(float row_max, float sum)
        : max(row_max), last(Log ? logf(sum) : 1.0f / sum)
    {
    }
    __device__ __forceinline__ float operator()(float x) const
    {
        return Log ? x - max - last : expf(x - max) * last;
    }
};

#if PACKS != 16

/* Of a row that lies in registers, N elements a thread; those beyond its end are -infinity. */
template <bool Log, int N> __device__ __forceinline__ void softmax_in_place(float (&v)[N])
{
    float max = v[0];
#pragma unroll
    for (int i = 1; i < N; i++) {
        max = fmaxf(max, v[i]);
    }
    max = group_reduce<THREADS>(max, Max());

    float sum = 0.0f;
#pragma unroll
    for (int i = 0; i < N; i++) {
        const float e = expf(v[i] - max);
        v[i] = Log ? v[i] - max : e;
        sum += e;
    }
    sum = group_reduce<THREADS>(sum, Sum());
    const float last = Log ? logf(sum) : 1.0f / sum;

#pragma unroll
    for (int i = 0; i < N; i++) {
        v[i] = Log ? v[i] - last : v[i] * last;
    }
}

#endif

#if PACKS == 0 || PACKS == 16

template <bool Log> __device__ __forceinline__ SoftmaxOf<Log> merge_online(const Online &mine)
{
    const Online all(group_reduce<THREADS>(mine.pair(), MergeOnline()));
    return SoftmaxOf<Log>(all.max, all.sum);
}

#endif

#if PACKS == 0

#define SOFTMAX_BLOCKS 1

template <bool Log, int SlicePacks>
__device__ __forceinline__ void softmax_once(const BENCH_T *x, BENCH_T *out, long long cols,
                                             int lane, bool live)
{
    using Slice = RowSlice<BENCH_T, THREADS, SlicePacks, false>;
    float v[Slice::size];
    Slice::load(x, cols, lane, -infinity(), v);
    softmax_in_place<Log>(v);
    if (live) {
        Slice::store(out, cols, lane, v);
    }
}

template <bool Log, bool Vectors>
__device__ __forceinline__ void softmax_twice(const BENCH_T *x, BENCH_T *out, long long cols,
                                              int lane)
{
    using Slice = RowSlice<BENCH_T, THREADS, SOFTMAX_ELEMENTS / Pack<BENCH_T>::size, Vectors>;
    float v[Slice::size];
    Online online = Online::identity();
    for (long long begin = 0; begin < cols; begin += Slice::span) {
        Slice::load(x + begin, cols - begin, lane, -infinity(), v);
        online.add(v);
    }
    const SoftmaxOf<Log> of = merge_online<Log>(online);
    const long long last = (cols - 1) / Slice::span * Slice::span;
    for (long long begin = last; begin >= 0; begin -= Slice::span) {
        Slice::load(x + begin, cols - begin, lane, 0.0f, v);
#pragma unroll
        for (int i = 0; i < Slice::size; i++) {
            v[i] = of(v[i]);
        }
        Slice::store(out + begin, cols - begin, lane, v);
    }
}

template <bool Log>
__device__ __forceinline__ void softmax_row(const BENCH_T *x, BENCH_T *out, long long cols,
                                            int lane, bool live)
{
    constexpr int pack = Pack<BENCH_T>::size;
    if (cols <= THREADS * pack) {
        softmax_once<Log, 1>(x, out, cols, lane, live);
    } else if (cols <= 2 * THREADS * pack) {
        softmax_once<Log, 2>(x, out, cols, lane, live);
    } else if (cols <= SOFTMAX_ELEMENTS * THREADS) {
        softmax_once<Log, SOFTMAX_ELEMENTS / pack>(x, out, cols, lane, live);
    } else if constexpr (THREADS >= 512) {
        if (cols % pack == 0) {
            softmax_twice<Log, true>(x, out, cols, lane);
        } else {
            softmax_twice<Log, false>(x, out, cols, lane);
        }
    }
}

#elif PACKS == 16

/* That 65536 registers allow: half the threads, twice the blocks, and one writes while the other
   reads. */
#define SOFTMAX_BLOCKS (THREADS < 1024 ? 1024 / THREADS : 1)

template <bool Log>
__device__ __forceinline__ void softmax_row(const BENCH_T *x, BENCH_T *out, long long cols,
                                            int lane, bool)
{
    constexpr int size = Pack<BENCH_T>::size;
    HeldRow<BENCH_T, THREADS> row(x, cols, lane);
    Online online = Online::identity();
    row.each([&](const Pack<BENCH_T> &p, int) {
        float v[size];
#pragma unroll
        for (int i = 0; i < size; i++) {
            v[i] = to_float(p.v[i]);
        }
        online.add(v);
    });
    const SoftmaxOf<Log> of = merge_online<Log>(online);
    row.each([&](Pack<BENCH_T> p, int at) {
#pragma unroll
        for (int i = 0; i < size; i++) {
            p.v[i] = from_float<BENCH_T>(of(to_float(p.v[i])));
        }
        pack_store(out + at, p);
    });
}

#else

using SoftmaxRow = RowPacks<BENCH_T, THREADS, PACKS>;
#define SOFTMAX_BLOCKS SoftmaxRow::blocks

template <bool Log>
__device__ __forceinline__ void softmax_row(const BENCH_T *x, BENCH_T *out, long long cols,
                                            int lane, bool live)
{
    constexpr int size = Pack<BENCH_T>::size;
    SoftmaxRow row(x, cols, lane);
    float v[PACKS * size];
#pragma unroll
    for (int i = 0; i < PACKS * size; i++) {
        v[i] = row.inside(i / size) ? to_float(row.pack[i / size].v[i % size]) : -infinity();
    }
    softmax_in_place<Log>(v);
#pragma unroll
    for (int k = 0; k < PACKS; k++) {
#pragma unroll
        for (int i = 0; i < size; i++) {
            row.pack[k].v[i] = from_float<BENCH_T>(v[k * size + i]);
        }
        if (live && row.inside(k)) {
            pack_store(out + row.column(k), row.pack[k]);
        }
    }
}

#endif

template <bool Log>
__device__ __forceinline__ void softmax_rows_of(const BENCH_T *x, BENCH_T *out, long long rows,
                                                long long cols)
{
    const RowGroup<THREADS> group(rows);
    softmax_row<Log>(x + group.row * cols, out + group.row * cols, cols, group.lane, group.live);
}

#endif
