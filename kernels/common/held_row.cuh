/*
 * A row too long for a block's registers as floats, held as it is in memory: HELD_PACKS packs of 16
 * bytes a thread in registers, and the rest in the block's dynamic shared memory. A row of 65,536
 * floats, 256 KB, is then read once: half of it lies in the registers of 1024 threads, half in
 * shared memory. Of 16-bit elements a multiprocessor holds two such rows, each with 512 threads,
 * and one block's memory traffic hides the other's arithmetic.
 *
 *   HeldRow<T, Threads> row(x, cols, lane)
 *                      starts all reads; x is 16-byte aligned, cols a multiple of Pack<T>::size,
 *                      lane is threadIdx.x
 *   row.each(f)        f(pack, at) for each pack of the thread, `at` the column of its first
 *                      element; first those in registers, which arrive first
 *
 * A launch needs 16 bytes of dynamic shared memory a thread for each pack beyond HELD_PACKS (the
 * operators' `shared`), and takes at most HELD_PACKS of those. Threads read what they wrote
 * themselves, so there is no barrier.
 */
#ifndef BENCH_KERNELS_COMMON_HELD_ROW_CUH
#define BENCH_KERNELS_COMMON_HELD_ROW_CUH

#include "mma.cuh"
#include "pack.cuh"

#define HELD_PACKS 8 /* the operators' `shared` and `where` know it too */

template <class T, int Threads> struct HeldRow {
    static constexpr int size = Pack<T>::size;
    Pack<T> held[HELD_PACKS];
    Pack<T> *shared;
    int cols, lane;

    __device__ __forceinline__ int column(int pack) const
    {
        return (pack * Threads + lane) * size;
    }

    __device__ __forceinline__ HeldRow(const T *x, long long row_cols, int thread)
        : cols(static_cast<int>(row_cols)), lane(thread)
    {
        extern __shared__ __align__(16) unsigned char held_row_shared[];
        shared = reinterpret_cast<Pack<T> *>(held_row_shared) + lane;
        /* Always a load, of the row's start if need be: after a branch, each would wait for the one
           before to be used. */
#pragma unroll
        for (int k = 0; k < HELD_PACKS; k++) {
            held[k] = pack_load(x + (column(k) < cols ? column(k) : 0));
        }
#pragma unroll
        for (int k = 0; k < HELD_PACKS; k++) {
            if (column(HELD_PACKS + k) < cols) {
                copy_async(shared + k * Threads, x + column(HELD_PACKS + k), true);
            }
        }
        copy_async_commit();
    }

    template <class F> __device__ __forceinline__ void each(F f)
    {
#ifndef BENCH_CPU
        /* Addresses are computed anew in each pass: kept from one to the next, as the compiler
           would, they take more registers than there are. */
        asm volatile("" : "+r"(lane));
#endif
#pragma unroll
        for (int k = 0; k < HELD_PACKS; k++) {
            if (column(k) < cols) {
                f(held[k], column(k));
            }
        }
        copy_async_wait<0>();
#pragma unroll
        for (int k = 0; k < HELD_PACKS; k++) {
            if (column(HELD_PACKS + k) < cols) {
                f(shared[k * Threads], column(HELD_PACKS + k));
            }
        }
    }
};

#endif
