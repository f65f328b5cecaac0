/*
 * One tile of a matrix product on tensor cores: out[M][N] = a[M][K] b[K][N] for 16-bit T, float32
 * sums, row-major throughout, tensors 16-byte aligned.
 *
 *   MmaTile<T, TileM, TileN, TileK, Stages, WarpM, WarpN, Whole>
 *     threads        TileM / WarpM * TileN / WarpN warps, each computing WarpM by WarpN sums
 *     shared_bytes   dynamic shared memory
 *     run(...)       the tile whose first element is out[first_row][first_column]; the last
 *                    argument says what becomes of a sum before it is stored (epilogue.cuh)
 *     Whole          K and N are multiples of 8, so that rows are made of whole 16-byte chunks.
 *                    Without it any sizes will do, and elements travel one by one.
 *
 * Steps of TileK pass through a ring of Stages buffers in shared memory, filled by asynchronous
 * copies Stages - 1 steps ahead, one barrier a step. Chunks are stored at their place XOR a
 * function of the row, so that the eight rows that ldmatrix reads together lie in different banks.
 * While a warp multiplies a slice of 16 of K, the fragments of the next slice are being read, also
 * across the barrier between two steps. Sums leave through shared memory, in rows of 16-byte
 * stores.
 */
#ifndef BENCH_KERNELS_COMMON_MMA_TILE_CUH
#define BENCH_KERNELS_COMMON_MMA_TILE_CUH

#include "convert.cuh"
#include "epilogue.cuh"
#include "mma.cuh"
#include "pack.cuh"

/* A tile of ROWS by COLUMNS 16-bit elements in shared memory, in chunks of 8. */
template <int ROWS, int COLUMNS> struct ChunkTile {
    static constexpr int row_chunks = COLUMNS / 8;
    static constexpr int chunks = ROWS * row_chunks;
    static constexpr int elements = ROWS * COLUMNS;

    /* Where a chunk lies, in elements. 128 bytes (all banks) hold 8 chunks: a row, or several. */
    static __device__ __forceinline__ int at(int row, int chunk)
    {
        if constexpr (row_chunks >= 8) {
            return (row * row_chunks + (chunk ^ (row & 7))) * 8;
        } else {
            return (row * row_chunks + (chunk ^ (row / (8 / row_chunks) & (row_chunks - 1)))) * 8;
        }
    }
};

template <class T, int TileM, int TileN, int TileK, int Stages, int WarpM, int WarpN,
          bool Whole = true>
struct MmaTile {
    static constexpr int warps_n = TileN / WarpN;
    static constexpr int threads = TileM / WarpM * warps_n * 32;
    using ATile = ChunkTile<TileM, TileK>;
    using BTile = ChunkTile<TileK, TileN>;
    static constexpr int stage = ATile::elements + BTile::elements;
    static constexpr int out_stride = WarpN + 8; /* rows of the output in different banks */
    static constexpr int shared_bytes = Stages * stage * 2;
    static_assert(threads / 32 * WarpM * out_stride <= Stages * stage, "the output must fit, too");
    static constexpr int fragments_m = WarpM / 16;
    static constexpr int fragments_n = WarpN / 8;
    static constexpr int slices = TileK / 16;
    static_assert(slices % 2 == 0, "fragments take turns, and a step begins with the first");

    struct Fragments {
        unsigned a[fragments_m][4];
        unsigned b[fragments_n / 2][4]; /* two neighbours each */
    };

    /*
     * A thread's share of the copies of a tile that moves over x[rows][columns]: every
     * rows_apart-th row, always the same chunk of it. Addresses are made once, for the products
     * would take as many instructions as the multiplication itself.
     */
    template <class Tile> struct Copy {
        static constexpr int rows_apart = threads / Tile::row_chunks;
        static constexpr int count = Tile::chunks / threads;
        static_assert(Tile::chunks % threads == 0 && rows_apart % 8 == 0, "the same place in each");
        const T *from;
        long long apart; /* elements from one copy to the next */
        int row, column, at;

        __device__ __forceinline__ Copy(const T *x, long long first_row, long long first_column,
                                        long long columns)
        {
            row = static_cast<int>(threadIdx.x) / Tile::row_chunks;
            column = static_cast<int>(threadIdx.x) % Tile::row_chunks * 8;
            at = Tile::at(row, column / 8);
            from = x + (first_row + row) * columns + first_column + column;
            apart = rows_apart * columns;
        }

        /* rows, columns: how many are left of x, from the tile's first on. */
        __device__ __forceinline__ void start(T *tile, long long rows, long long columns) const
        {
#pragma unroll
            for (int i = 0; i < count; i++) {
                const bool valid = row + i * rows_apart < rows && column < columns;
                T *to = tile + at + i * rows_apart * Tile::row_chunks * 8;
                if constexpr (Whole) {
                    copy_async(to, from + i * apart, valid);
                } else {
                    pack_store(to, pack_load_part(from + i * apart, valid ? columns - column : 0));
                }
            }
        }
    };

    static __device__ __forceinline__ void load(Fragments &f, const T *a_tile, const T *b_tile,
                                                int slice, int warp_row, int warp_column)
    {
        const int lane = static_cast<int>(threadIdx.x) % 32;
#pragma unroll
        for (int m = 0; m < fragments_m; m++) {
            load_matrices(f.a[m],
                          a_tile + ATile::at(warp_row + m * 16 + lane % 16, slice * 2 + lane / 16));
        }
#pragma unroll
        for (int n = 0; n < fragments_n / 2; n++) {
            load_matrices_transposed(
                f.b[n],
                b_tile + BTile::at(slice * 16 + lane % 16, warp_column / 8 + n * 2 + lane / 16));
        }
    }

    static __device__ __forceinline__ void multiply(float (&sums)[fragments_m][fragments_n][4],
                                                    const Fragments &f)
    {
#pragma unroll
        for (int m = 0; m < fragments_m; m++) {
#pragma unroll
            for (int n = 0; n < fragments_n; n++) {
                const unsigned b[2] = {f.b[n / 2][n % 2 * 2], f.b[n / 2][n % 2 * 2 + 1]};
                mma<T>(sums[m][n], f.a[m], b);
            }
        }
    }

    /* A warp's sums to its part of shared memory, from there to out. */
    template <class Epilogue>
    static __device__ __forceinline__ void
    store(T *part, const float (&sums)[fragments_m][fragments_n][4], T *out, long long first_row,
          long long first_column, long long M, long long N, const Epilogue &epilogue)
    {
        const int lane = static_cast<int>(threadIdx.x) % 32;
#pragma unroll
        for (int m = 0; m < fragments_m; m++) {
#pragma unroll
            for (int n = 0; n < fragments_n; n++) {
#pragma unroll
                for (int i = 0; i < 4; i++) {
                    const int row = m * 16 + lane / 4 + i / 2 * 8;
                    const int column = n * 8 + lane % 4 * 2 + i % 2;
                    part[row * out_stride + column] = from_float<T>(finish_sum(
                        epilogue, sums[m][n][i], first_row + row, first_column + column, M, N));
                }
            }
        }
        __syncwarp();
        constexpr int row_chunks = WarpN / 8;
#pragma unroll
        for (int i = 0; i < WarpM * row_chunks / 32; i++) {
            const int row = (i * 32 + lane) / row_chunks;
            const int column = (i * 32 + lane) % row_chunks * 8;
            if (first_row + row < M && first_column + column < N) {
                T *to = out + (first_row + row) * N + first_column + column;
                const T *from = part + row * out_stride + column;
                if constexpr (Whole) {
                    *reinterpret_cast<uint4 *>(to) = *reinterpret_cast<const uint4 *>(from);
                } else {
                    pack_store_part(to, pack_load(from), N - first_column - column);
                }
            }
        }
    }

    template <class Epilogue = Sums>
    static __device__ __forceinline__ void
    run(T *shared, const T *a, const T *b, T *out, long long first_row, long long first_column,
        long long M, long long N, long long K, const Epilogue &epilogue = Epilogue())
    {
        const int warp = static_cast<int>(threadIdx.x) / 32;
        const int warp_row = warp / warps_n * WarpM;
        const int warp_column = warp % warps_n * WarpN;
        const int steps = static_cast<int>((K + TileK - 1) / TileK);
        float sums[fragments_m][fragments_n][4] = {};
        Fragments fragments[2];
        Copy<ATile> a_copy(a, first_row, 0, K);
        Copy<BTile> b_copy(b, 0, first_column, N);
        long long left = K; /* of K to be copied */

        /* Copies the next step into buffer `to`, or nothing beyond the last. */
        const auto copy = [&](int to) {
            if (left > 0) {
                T *tile = shared + to * stage;
                a_copy.start(tile, M - first_row, left);
                b_copy.start(tile + ATile::elements, left, N - first_column);
                a_copy.from += TileK;
                b_copy.from += TileK * N;
                left -= TileK;
            }
            copy_async_commit();
        };
        /* The fragments of a slice of buffer `from`. */
        const auto read = [&](Fragments &to, int from, int slice) {
            const T *tile = shared + from * stage;
            load(to, tile, tile + ATile::elements, slice, warp_row, warp_column);
        };

#pragma unroll
        for (int s = 0; s < Stages - 1; s++) {
            copy(s);
        }
        copy_async_wait<Stages - 2>();
        __syncthreads();
        read(fragments[0], 0, 0);
        int reading = 0, filling = Stages - 1;
        for (int step = 0; step < steps; step++) {
#pragma unroll
            for (int slice = 0; slice < slices; slice++) {
                if (slice + 1 < slices) {
                    read(fragments[(slice + 1) % 2], reading, slice + 1);
                }
                if (slice == 0) {
                    copy(filling);
                    filling = filling + 1 == Stages ? 0 : filling + 1;
                }
                if (slice + 1 == slices) {
                    /* The next step's data are there, and this step's buffer has been read. */
                    copy_async_wait<Stages - 2>();
                    __syncthreads();
                    reading = reading + 1 == Stages ? 0 : reading + 1;
                    read(fragments[0], reading, 0);
                }
                multiply(sums, fragments[slice % 2]);
            }
        }
        copy_async_wait<0>();
        __syncthreads(); /* all buffers have been read: the output may use them */
        store(shared + warp * WarpM * out_stride, sums, out, first_row + warp_row,
              first_column + warp_column, M, N, epilogue);
    }
};

#endif
