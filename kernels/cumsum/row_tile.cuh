/*
 * A stretch of a row in registers, for running sums along contiguous rows.
 *
 * A row may start anywhere, so packs are counted from the aligned address at or below its start:
 * element e of the padded row is x[row start + e - past]. Packs that lie in the row wholly move in
 * 16 bytes, the two at its ends element by element; elements outside count as 0 and are not
 * written.
 *
 * Aligned: all rows are made of whole packs (rows_are_aligned), so there are no such ends, nor the
 * code for them, which costs registers and with them threads in flight.
 */
#ifndef BENCH_KERNELS_CUMSUM_ROW_TILE_CUH
#define BENCH_KERNELS_CUMSUM_ROW_TILE_CUH

#include "../common/convert.cuh"
#include "../common/pack.cuh"
#include "../common/scan.cuh"

template <class T> __device__ __forceinline__ bool rows_are_aligned(const T *x, T *out, long long n)
{
    return n % Pack<T>::size == 0 && is_packable(x) && is_packable(out);
}

template <class T, bool Aligned> struct Row {
    static constexpr int size = Pack<T>::size;
    const T *x; /* where the padded row starts: aligned, up to size - 1 elements below the row */
    T *out;
    long long past; /* how many elements below */
    long long end;  /* past + n */
    bool out_packable;

    __device__ __forceinline__ Row(const T *x_row, T *out_row, long long n)
    {
        past = Aligned ? 0
                       : static_cast<long long>(reinterpret_cast<unsigned long long>(x_row) % 16 /
                                                sizeof(T));
        x = x_row - past;
        out = out_row - past;
        end = past + n;
        out_packable = Aligned || is_packable(out);
    }

    __device__ __forceinline__ bool holds(long long pack) const
    {
        return Aligned ? pack * size < end : pack * size >= past && (pack + 1) * size <= end;
    }

    __device__ __forceinline__ void load(long long pack, float (&v)[size]) const
    {
        Pack<T> p = {};
        if (holds(pack)) {
            p = pack_load(x + pack * size);
        } else if constexpr (!Aligned) {
#pragma unroll
            for (int i = 0; i < size; i++) {
                const long long e = pack * size + i;
                if (e >= past && e < end) {
                    p.v[i] = x[e];
                }
            }
        }
#pragma unroll
        for (int i = 0; i < size; i++) {
            v[i] = to_float(p.v[i]);
        }
    }

    __device__ __forceinline__ void store(long long pack, const float (&v)[size],
                                          float before) const
    {
        Pack<T> p;
#pragma unroll
        for (int i = 0; i < size; i++) {
            p.v[i] = from_float<T>(before + v[i]);
        }
        if (holds(pack) && out_packable) {
            pack_store(out + pack * size, p);
        } else if constexpr (!Aligned) {
#pragma unroll
            for (int i = 0; i < size; i++) {
                const long long e = pack * size + i;
                if (e >= past && e < end) {
                    out[e] = p.v[i];
                }
            }
        }
    }
};

template <int SIZE> __device__ __forceinline__ void scan_pack(float (&v)[SIZE])
{
#pragma unroll
    for (int i = 1; i < SIZE; i++) {
        v[i] += v[i - 1];
    }
}

/* Items packs a thread, a block's packs side by side: item u of thread t is pack u * BLOCK + t. */
template <class T, int Items> struct RowTile {
    static constexpr int size = Pack<T>::size;
    static constexpr int packs = Items * BLOCK;
    static constexpr int elements = packs * size;
    float v[Items][size];
    float before[Items]; /* the sum of the tile's elements before each pack */

    /* Returns the tile's sum. `partial` as in scan_block. */
    template <bool Aligned>
    __device__ __forceinline__ float load(const Row<T, Aligned> &row, long long tile,
                                          float *partial)
    {
#pragma unroll
        for (int u = 0; u < Items; u++) {
            row.load(tile * packs + u * BLOCK + threadIdx.x, v[u]);
        }
#pragma unroll
        for (int u = 0; u < Items; u++) {
            scan_pack(v[u]);
            before[u] = v[u][size - 1];
        }
        return scan_block<Items>(before, partial);
    }

    template <bool Aligned>
    __device__ __forceinline__ void store(const Row<T, Aligned> &row, long long tile,
                                          float carry) const
    {
#pragma unroll
        for (int u = 0; u < Items; u++) {
            row.store(tile * packs + u * BLOCK + threadIdx.x, v[u], carry + before[u]);
        }
    }
};

#endif
