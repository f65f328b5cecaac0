/*
 * One tile of a matrix product on tensor cores: out[M][N] = a[M][K] b[K][N] for 16-bit T, float32
 * sums, row-major throughout; K and N multiples of 8 and tensors 16-byte aligned, so that rows are
 * made of whole 16-byte chunks.
 *
 *   MmaTile<T, TileM, TileN, TileK, Stages, WarpM, WarpN>
 *     threads        TileM / WarpM * TileN / WarpN warps, each computing WarpM by WarpN sums
 *     shared_bytes   dynamic shared memory
 *     run(...)       the tile whose first element is out[first_row][first_column]
 *
 * Steps of TileK pass through a ring of Stages buffers in shared memory, filled by asynchronous
 * copies Stages - 1 steps ahead, one barrier a step. Chunks are stored at their place XOR a
 * function of the row, so that the eight rows that ldmatrix reads together lie in different banks.
 * While a warp multiplies a slice of 16 of K, the fragments of the next slice are being read. Sums
 * leave through shared memory, in rows of 16-byte stores.
 */
#ifndef BENCH_KERNELS_MATMUL_MMA_TILE_CUH
#define BENCH_KERNELS_MATMUL_MMA_TILE_CUH

#include "../common/convert.cuh"
#include "../common/mma.cuh"

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

template <class T, int TileM, int TileN, int TileK, int Stages, int WarpM, int WarpN>
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

    struct Fragments {
        unsigned a[fragments_m][4];
        unsigned b[fragments_n / 2][4]; /* two neighbours each */
    };

    /* Starts the copies of a tile at (first_row, first_column) of x[rows][columns]. */
    template <class Tile>
    static __device__ __forceinline__ void copy(T *tile, const T *x, long long first_row,
                                                long long first_column, long long rows,
                                                long long columns)
    {
#pragma unroll
        for (int i = 0; i < (Tile::chunks + threads - 1) / threads; i++) {
            const int c = i * threads + static_cast<int>(threadIdx.x);
            if (Tile::chunks % threads == 0 || c < Tile::chunks) {
                const int row = c / Tile::row_chunks;
                const int chunk = c % Tile::row_chunks;
                const bool valid = first_row + row < rows && first_column + chunk * 8 < columns;
                const T *from = x + (first_row + row) * columns + first_column + chunk * 8;
                copy_async(tile + Tile::at(row, chunk), valid ? from : x, valid);
            }
        }
    }

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
    static __device__ __forceinline__ void store(T *part,
                                                 const float (&sums)[fragments_m][fragments_n][4],
                                                 T *out, long long first_row,
                                                 long long first_column, long long M, long long N)
    {
        const int lane = static_cast<int>(threadIdx.x) % 32;
#pragma unroll
        for (int m = 0; m < fragments_m; m++) {
#pragma unroll
            for (int n = 0; n < fragments_n; n++) {
#pragma unroll
                for (int i = 0; i < 4; i++) {
                    part[(m * 16 + lane / 4 + i / 2 * 8) * out_stride + n * 8 + lane % 4 * 2 +
                         i % 2] = from_float<T>(sums[m][n][i]);
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
                *reinterpret_cast<uint4 *>(out + (first_row + row) * N + first_column + column) =
                    *reinterpret_cast<const uint4 *>(part + row * out_stride + column);
            }
        }
    }

    static __device__ __forceinline__ void run(T *shared, const T *a, const T *b, T *out,
                                               long long first_row, long long first_column,
                                               long long M, long long N, long long K)
    {
        const int warp = static_cast<int>(threadIdx.x) / 32;
        const int warp_row = warp / warps_n * WarpM;
        const int warp_column = warp % warps_n * WarpN;
        const int steps = static_cast<int>((K + TileK - 1) / TileK);
        float sums[fragments_m][fragments_n][4] = {};
        Fragments fragments[2];

#pragma unroll
        for (int s = 0; s < Stages - 1; s++) {
            if (s < steps) {
                copy<ATile>(shared + s * stage, a, first_row, s * TileK, M, K);
                copy<BTile>(shared + s * stage + ATile::elements, b, s * TileK, first_column, K, N);
            }
            copy_async_commit();
        }
        int reading = 0, filling = Stages - 1;
        for (int step = 0; step < steps; step++) {
            copy_async_wait<Stages - 2>();
            __syncthreads(); /* this step's data are there, and the oldest buffer has been read */
            const int ahead = step + Stages - 1;
            if (ahead < steps) {
                T *tile = shared + filling * stage;
                const long long k = static_cast<long long>(ahead) * TileK;
                copy<ATile>(tile, a, first_row, k, M, K);
                copy<BTile>(tile + ATile::elements, b, k, first_column, K, N);
            }
            copy_async_commit();
            const T *a_tile = shared + reading * stage;
            const T *b_tile = a_tile + ATile::elements;
            load(fragments[0], a_tile, b_tile, 0, warp_row, warp_column);
#pragma unroll
            for (int slice = 0; slice < slices; slice++) {
                if (slice + 1 < slices) {
                    load(fragments[(slice + 1) % 2], a_tile, b_tile, slice + 1, warp_row,
                         warp_column);
                }
                multiply(sums, fragments[slice % 2]);
            }
            reading = reading + 1 == Stages ? 0 : reading + 1;
            filling = filling + 1 == Stages ? 0 : filling + 1;
        }
        copy_async_wait<0>();
        __syncthreads(); /* all buffers have been read: the output may use them */
        store(shared + warp * WarpM * out_stride, sums, out, first_row + warp_row,
              first_column + warp_column, M, N);
    }
};

#endif
