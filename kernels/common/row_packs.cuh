/*
 * A row of whole 16-byte packs in the registers of a group of threads, as it is in memory: of 16-bit
 * elements half the registers that float32 would take, so that a multiprocessor has more threads
 * with reads under way. How many packs a thread has is known when the kernel is compiled, and
 * there is no other way through it for aligned rows: nothing else takes registers, and few
 * instructions are fetched before the first read (row.cuh has rows of any length; measured on an
 * H100, 2026-11-23: 5 to 25 % less time than all lengths in one kernel).
 *
 *   RowGroup<Threads>             a row's threads: up to a warp they need nothing but shuffles, and a
 *                                 block of 128 takes several rows; above, they are a block
 *     ::rows, ::block             rows and threads of a block
 *     RowGroup<Threads> group(rows)   .row, .lane: this thread's. A group without a row works on the
 *                                 last one, for the shuffles need it; .live is false, and it must
 *                                 store nothing
 *   RowPacks<T, Threads, Packs> row(x, cols, lane)
 *                                 starts all reads; x is 16-byte aligned, cols a multiple of
 *                                 Pack<T>::size and at most Threads * Packs * Pack<T>::size
 *     ::blocks                    for __launch_bounds__: a multiprocessor's blocks, which leave a
 *                                 thread registers for float32 of all its elements and little more
 *     .pack[k]                    0 <= k < Packs; beyond the row's end a copy of its beginning
 *     .column(k)                  of the pack's first element
 *     .inside(k)                  has the row such a column?
 */
#ifndef BENCH_KERNELS_COMMON_ROW_PACKS_CUH
#define BENCH_KERNELS_COMMON_ROW_PACKS_CUH

#include "pack.cuh"

template <int Threads> struct RowGroup {
    static constexpr int rows = Threads <= 32 ? 128 / Threads : 1;
    static constexpr int block = Threads * rows;
    long long row;
    int lane;
    bool live;

    __device__ __forceinline__ explicit RowGroup(long long count)
        : row(static_cast<long long>(blockIdx.x) * rows + threadIdx.x / Threads),
          lane(static_cast<int>(threadIdx.x) % Threads), live(row < count)
    {
        row = live ? row : count - 1;
    }
};

template <class T, int Threads, int Packs> struct RowPacks {
    static constexpr int size = Pack<T>::size;
    static constexpr int blocks =
        (Packs == 1 ? 2048 : Packs == 2 ? 1536 : 1024) / RowGroup<Threads>::block;
    Pack<T> pack[Packs];
    int cols, lane;

    __device__ __forceinline__ RowPacks(const T *row, long long row_cols, int thread)
        : cols(static_cast<int>(row_cols)), lane(thread)
    {
        /* Always a load: after a branch, each would wait for the one before to be used. */
#pragma unroll
        for (int k = 0; k < Packs; k++) {
            pack[k] = pack_load(row + (inside(k) ? column(k) : 0));
        }
    }

    __device__ __forceinline__ int column(int k) const
    {
        return (k * Threads + lane) * size;
    }

    __device__ __forceinline__ bool inside(int k) const
    {
        return column(k) < cols;
    }
};

#endif
