/*
 * A row, or a stretch of one, spread over the registers of a group of Threads threads, as float32.
 * Operators that need a row twice (softmax, layer_norm) then read it from memory once.
 *
 *   RowSlice<T, Threads, Packs, Vectors>
 *     size                  elements a thread: Packs * Pack<T>::size
 *     span                  elements a group: Threads * size
 *     column(lane, i)       which element of the row is the thread's i-th; lane is the thread's
 *                           number in its group
 *     inside(lane, i, cols) has the row such a column? One comparison a pack with Vectors: a pack
 *                           is inside as a whole, which the compiler cannot know
 *     step                  elements an access: Pack<T>::size with Vectors, else 1
 *     load_step(row, cols, lane, i)   .v[0 … step): the thread's elements from the i-th on, as T
 *                           (any value beyond the row's end); i is a multiple of step
 *     load(row, cols, lane, fill, v)   v[i] = row[column], or `fill` where there is no such column;
 *                           cols > 0
 *     store(row, cols, lane, v)        the reverse
 *
 * Vectors: 16-byte accesses; `row` must be 16-byte aligned and cols a multiple of Pack<T>::size.
 * Otherwise single elements, neighbouring threads on neighbouring columns, at any alignment.
 */
#ifndef BENCH_KERNELS_COMMON_ROW_CUH
#define BENCH_KERNELS_COMMON_ROW_CUH

#include "convert.cuh"
#include "pack.cuh"

template <class T, int Threads, int Packs, bool Vectors> struct RowSlice {
    static constexpr int pack = Pack<T>::size;
    static constexpr int size = Packs * pack;
    static constexpr int span = Threads * size;
    static constexpr int step = Vectors ? pack : 1;
    struct alignas(step * sizeof(T)) Step {
        T v[step];
    };

    static __device__ __forceinline__ int column(int lane, int i)
    {
        if constexpr (Vectors) {
            return (i / pack * Threads + lane) * pack + i % pack;
        } else {
            return i * Threads + lane;
        }
    }

    static __device__ __forceinline__ bool inside(int lane, int i, long long cols)
    {
        /* 32 bits are enough for a slice, and take half the instructions. */
        const int end = cols < span ? static_cast<int>(cols) : span;
        return column(lane, i / step * step) < end;
    }

    static __device__ __forceinline__ Step load_step(const T *row, long long cols, int lane, int i)
    {
        if constexpr (Vectors) {
            /* Always a load, of the row's start if need be: after a branch, each would wait for the
               one before to be used. */
            const int at = inside(lane, i, cols) ? column(lane, i) : 0;
            return *reinterpret_cast<const Step *>(row + at);
        } else {
            Step element; /* one address for all, and a predicate */
            if (inside(lane, i, cols)) {
                element.v[0] = row[column(lane, i)];
            }
            return element;
        }
    }

    static __device__ __forceinline__ void load(const T *row, long long cols, int lane, float fill,
                                                float (&v)[size])
    {
        if constexpr (Vectors) {
            Step steps[Packs];
#pragma unroll
            for (int k = 0; k < Packs; k++) {
                steps[k] = load_step(row, cols, lane, k * pack);
            }
#pragma unroll
            for (int i = 0; i < size; i++) {
                v[i] = inside(lane, i, cols) ? to_float(steps[i / pack].v[i % pack]) : fill;
            }
        } else {
#pragma unroll
            for (int i = 0; i < size; i++) {
                v[i] = inside(lane, i, cols) ? to_float(row[column(lane, i)]) : fill;
            }
        }
    }

    static __device__ __forceinline__ void store(T *row, long long cols, int lane,
                                                 const float (&v)[size])
    {
        if constexpr (Vectors) {
#pragma unroll
            for (int k = 0; k < Packs; k++) {
                if (inside(lane, k * pack, cols)) {
                    Pack<T> p;
#pragma unroll
                    for (int i = 0; i < pack; i++) {
                        p.v[i] = from_float<T>(v[k * pack + i]);
                    }
                    pack_store(row + column(lane, k * pack), p);
                }
            }
        } else {
#pragma unroll
            for (int i = 0; i < size; i++) {
                if (inside(lane, i, cols)) {
                    row[column(lane, i)] = from_float<T>(v[i]);
                }
            }
        }
    }
};

#endif
