/*
 * One tile of a matrix product on the ordinary cores, in true float32 whatever the tensors hold:
 * a[M][K] b[K][N] -> out[M][N]. Sides are 32-bit, to save registers for sums; elements are counted
 * in 64 bits.
 *
 *   CoreTile<A, B, Out, TileM, TileN, RowsEach, Transposed>   the types of the three tensors
 *     threads        TileM * TileN / (RowsEach * 8), each computing RowsEach by 8 sums
 *     blocks         for __launch_bounds__: how many a multiprocessor should hold
 *     run(...)       the tile whose first element is out[first_row][first_column]; the last
 *                    argument says what becomes of a sum before it is stored (epilogue.cuh)
 *     Transposed     b is b[N][K]
 *
 * A thread keeps its sums in registers, so that each value read from shared memory is used RowsEach
 * or 8 times and the float32 units, not shared memory, are the limit. Steps of 16 along K pass
 * through two buffers: while one is multiplied, the next is on its way from memory in 16-byte reads
 * (single elements where rows do not begin at multiples of 16 bytes); one barrier a step. What has
 * K as its columns is stored transposed, and a thread's rows and columns come in groups of four a
 * half tile apart, so all reads of shared memory are float4 without bank conflicts.
 */
#ifndef BENCH_KERNELS_COMMON_CORE_TILE_CUH
#define BENCH_KERNELS_COMMON_CORE_TILE_CUH

#include "convert.cuh"
#include "epilogue.cuh"
#include "pack.cuh"

/* The packs of a tile of Rows by Columns elements that one of Threads threads carries. */
template <class T, int Threads, int Rows, int Columns> struct TileLoad {
    static constexpr int size = Pack<T>::size;
    static constexpr int row_packs = Columns / size;
    static constexpr int packs = Rows * row_packs;
    static constexpr int count = (packs + Threads - 1) / Threads;
    Pack<T> p[count];

    static __device__ __forceinline__ int row(int i)
    {
        return (i * Threads + static_cast<int>(threadIdx.x)) / row_packs;
    }
    static __device__ __forceinline__ int column(int i)
    {
        return (i * Threads + static_cast<int>(threadIdx.x)) % row_packs * size;
    }
    static __device__ __forceinline__ bool mine(int i)
    {
        return packs % Threads == 0 || i * Threads + static_cast<int>(threadIdx.x) < packs;
    }

    /* From x[rows][columns], the tile at (first_row, first_column); zeros outside. */
    __device__ __forceinline__ void load(const T *x, int first_row, int first_column, int rows,
                                         int columns, bool packable)
    {
#pragma unroll
        for (int i = 0; i < count; i++) {
            const int r = first_row + row(i);
            const int c = first_column + column(i);
            const T *from = x + static_cast<long long>(r) * columns + c;
            if (!mine(i) || r >= rows || c >= columns) {
                p[i] = Pack<T>{};
            } else if (packable) {
                p[i] = pack_load(from);
            } else {
                p[i] = pack_load_part(from, columns - c);
            }
        }
    }

    /* To tile[Rows][Columns], with rows Stride floats apart. */
    template <int Stride> __device__ __forceinline__ void store(float (*tile)[Stride]) const
    {
#pragma unroll
        for (int i = 0; i < count; i++) {
            if (mine(i)) {
#pragma unroll
                for (int j = 0; j < size; j += 4) {
                    *reinterpret_cast<float4 *>(&tile[row(i)][column(i) + j]) =
                        make_float4(to_float(p[i].v[j]), to_float(p[i].v[j + 1]),
                                    to_float(p[i].v[j + 2]), to_float(p[i].v[j + 3]));
                }
            }
        }
    }

    /* To tile[Columns][Rows]. */
    template <int Stride>
    __device__ __forceinline__ void store_transposed(float (*tile)[Stride]) const
    {
#pragma unroll
        for (int i = 0; i < count; i++) {
            if (mine(i)) {
#pragma unroll
                for (int j = 0; j < size; j++) {
                    tile[column(i) + j][row(i)] = to_float(p[i].v[j]);
                }
            }
        }
    }
};

/* Groups of four, half a tile apart. */
template <int Count, int Tile>
__device__ __forceinline__ void read_fragment(const float *row, int first, float (&v)[Count])
{
#pragma unroll
    for (int i = 0; i < Count; i += 4) {
        const float4 four = *reinterpret_cast<const float4 *>(row + first + i / 4 * (Tile / 2));
        v[i] = four.x;
        v[i + 1] = four.y;
        v[i + 2] = four.z;
        v[i + 3] = four.w;
    }
}

template <class A, class B, class Out, int TileM, int TileN, int RowsEach, bool Transposed = false>
struct CoreTile {
    static constexpr int step = 16;
    static constexpr int columns_each = 8;
    static constexpr int threads = TileM * TileN / (RowsEach * columns_each);
    /* Eight rows of sums a thread do not fit the registers that two blocks leave. */
    static constexpr int blocks = RowsEach == 4 ? 512 / threads : 1;
    static constexpr int b_stride = Transposed ? TileN + 4 : TileN;

    struct Tiles {
        float a[2][step]
               [TileM + 4]; /* 4 more floats a row spread transposed stores over the banks */
        float b[2][step][b_stride];
    };
    using ALoad = TileLoad<A, threads, TileM, step>;
    using BLoad = TileLoad<B, threads, Transposed ? TileN : step, Transposed ? step : TileN>;

    static __device__ __forceinline__ void load_b(BLoad &load, const B *b, int k, int first_column,
                                                  int N, int K, bool packable)
    {
        if constexpr (Transposed) {
            load.load(b, first_column, k, N, K, packable);
        } else {
            load.load(b, k, first_column, K, N, packable);
        }
    }

    static __device__ __forceinline__ void store_tiles(Tiles &tiles, int buffer, const ALoad &a,
                                                       const BLoad &b)
    {
        a.store_transposed(tiles.a[buffer]);
        if constexpr (Transposed) {
            b.store_transposed(tiles.b[buffer]);
        } else {
            b.store(tiles.b[buffer]);
        }
    }

    static __device__ __forceinline__ void multiply(const Tiles &tiles, int buffer, int x, int y,
                                                    float (&sums)[RowsEach][columns_each])
    {
#pragma unroll
        for (int j = 0; j < step; j++) {
            float a_values[RowsEach], b_values[columns_each];
            read_fragment<RowsEach, TileM>(tiles.a[buffer][j], y, a_values);
            read_fragment<columns_each, TileN>(tiles.b[buffer][j], x, b_values);
#pragma unroll
            for (int m = 0; m < RowsEach; m++) {
#pragma unroll
                for (int n = 0; n < columns_each; n++) {
                    sums[m][n] = fmaf(a_values[m], b_values[n], sums[m][n]);
                }
            }
        }
    }

    template <class Epilogue = Sums>
    static __device__ __forceinline__ void run(const A *a, const B *b, Out *out, int first_row,
                                               int first_column, int M, int N, int K,
                                               const Epilogue &epilogue = Epilogue())
    {
        __shared__ __align__(16) Tiles tiles;
        const bool a_packable = K % Pack<A>::size == 0 && is_packable(a);
        const bool b_packable = (Transposed ? K : N) % Pack<B>::size == 0 && is_packable(b);
        const int x = static_cast<int>(threadIdx.x) % (TileN / columns_each) * 4;
        const int y = static_cast<int>(threadIdx.x) / (TileN / columns_each) * 4;
        ALoad a_load;
        BLoad b_load;
        float sums[RowsEach][columns_each] = {};

        a_load.load(a, first_row, 0, M, K, a_packable);
        load_b(b_load, b, 0, first_column, N, K, b_packable);
        store_tiles(tiles, 0, a_load, b_load);
        __syncthreads();
        int buffer = 0;
        for (int k = 0; k < K; k += step) {
            if (k + step < K) {
                a_load.load(a, first_row, k + step, M, K, a_packable);
                load_b(b_load, b, k + step, first_column, N, K, b_packable);
            }
            multiply(tiles, buffer, x, y, sums);
            buffer ^= 1;
            if (k + step < K) {
                store_tiles(tiles, buffer, a_load, b_load);
                __syncthreads();
            }
        }

        const bool whole = N % 4 == 0 && is_packable(out);
#pragma unroll
        for (int m = 0; m < RowsEach; m++) {
            const int row = first_row + y + m % 4 + m / 4 * (TileM / 2);
#pragma unroll
            for (int n = 0; n < columns_each; n += 4) {
                const int column = first_column + x + n / 4 * (TileN / 2);
                if (row < M) {
                    store_four(out + static_cast<long long>(row) * N + column, sums[m] + n, row,
                               column, N - column, whole, epilogue);
                }
            }
        }
    }
};

#endif
