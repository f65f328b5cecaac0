/*
 * A row, or a stretch of one, spread over the registers of a group of Threads threads, as float32.
 * Operators that need a row twice (softmax, layer_norm) then read it from memory once.
 *
 *   RowSlice<T, Threads, Packs, Vectors>
 *     size                  elements a thread: Packs * Pack<T>::size
 *     span                  elements a group: Threads * size
 *     column(lane, i)       which element of the row is the thread's i-th; lane is the thread's
 *                           number in its group
 *     load(row, cols, lane, fill, v)   v[i] = row[column], or `fill` where there is no such column
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

    static __device__ __forceinline__ int column(int lane, int i)
    {
        if constexpr (Vectors) {
            return (i / pack * Threads + lane) * pack + i % pack;
        } else {
            return i * Threads + lane;
        }
    }

    static __device__ __forceinline__ void load(const T *row, long long cols, int lane, float fill,
                                                float (&v)[size])
    {
        if constexpr (Vectors) {
            Pack<T> p[Packs];
#pragma unroll
            for (int k = 0; k < Packs; k++) {
                if (column(lane, k * pack) < cols) {
                    p[k] = pack_load(row + column(lane, k * pack));
                }
            }
#pragma unroll
            for (int i = 0; i < size; i++) {
                v[i] = column(lane, i) < cols ? to_float(p[i / pack].v[i % pack]) : fill;
            }
        } else {
#pragma unroll
            for (int i = 0; i < size; i++) {
                v[i] = column(lane, i) < cols ? to_float(row[column(lane, i)]) : fill;
            }
        }
    }

    static __device__ __forceinline__ void store(T *row, long long cols, int lane,
                                                 const float (&v)[size])
    {
        if constexpr (Vectors) {
#pragma unroll
            for (int k = 0; k < Packs; k++) {
                if (column(lane, k * pack) < cols) {
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
                if (column(lane, i) < cols) {
                    row[column(lane, i)] = from_float<T>(v[i]);
                }
            }
        }
    }
};

#endif
