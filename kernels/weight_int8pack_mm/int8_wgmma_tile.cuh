/*
 * One tile of a product with 8-bit weights by Hopper's wgmma: out[M][N] = scale[n] * sum over k of
 * a[M][K] w[N][K], a and out of 16-bit T, float32 sums, row-major; K a multiple of 16 and tensors
 * 16-byte aligned, so that rows are made of whole 16-byte chunks. N may be any.
 *
 *   Int8WgmmaTile<T, TileM, TileN, Stages>
 *     threads        TileM / 64 warpgroups (of four warps), each computing 64 by TileN sums
 *     shared_bytes   dynamic shared memory, which must begin at a multiple of 1,024 bytes
 *     run(...)       the tile whose first element is out[first_row][first_column]
 *
 * wgmma takes both operands as 16-bit T, so weights are widened once for each tile (widen.cuh), on
 * their way to shared memory, where they lie as a does: rows along K. The parts are WgmmaTile's
 * (wgmma_tile.cuh), and a passes through a ring of Stages buffers as there. Weights have three: one
 * is read, one may still be read by the step before, and one is filled with the next step's while
 * the tensor cores multiply. They are loaded some steps before, into registers: through shared
 * memory, which feeds the tensor cores, they would pass twice more.
 */
#ifndef BENCH_KERNELS_WEIGHT_INT8PACK_MM_INT8_WGMMA_TILE_CUH
#define BENCH_KERNELS_WEIGHT_INT8PACK_MM_INT8_WGMMA_TILE_CUH

#include "../common/epilogue.cuh"
#include "../common/wgmma.cuh"
#include "../common/wgmma_tile.cuh"
#include "widen.cuh"

template <class T, int TileM, int TileN, int Stages> struct Int8WgmmaTile {
    using Product = WgmmaTile<T, TileM, TileN, Stages>;
    using ATile = SlabTile<TileM>;
    using WTile = SlabTile<TileN>;
    static constexpr int threads = Product::threads;
    static constexpr int TileK = Product::TileK;
    static constexpr int w_stages = 3;
    static constexpr int ahead = TileM == 64 ? 3 : 2; /* small tiles take less time than a load */
    static constexpr int elements = Stages * ATile::elements + w_stages * WTile::elements;
    static constexpr int shared_bytes = (elements + TileN) * 2; /* and the scales */
    static_assert(threads / 32 * Product::part_elements <= elements, "the output must fit, too");

    /* A thread's share of a step's weights: every rows_apart-th row, always the same 16 of K. */
    struct Weights {
        static constexpr int row_chunks = TileK / 16;
        static constexpr int rows_apart = threads / row_chunks;
        static constexpr int count = TileN / rows_apart;
        static_assert(rows_apart % 8 == 0 && TileN % rows_apart == 0, "the same place in each");
        const signed char *from;
        long long apart;         /* bytes from one chunk to the next */
        long long rows, columns; /* of the matrix, left from `from` on */
        int first, second;       /* where the two halves of a chunk go */

        __device__ __forceinline__ Weights(const signed char *w, long long first_row, long long N,
                                           long long K)
        {
            const int row = static_cast<int>(threadIdx.x) / row_chunks;
            const int chunk = static_cast<int>(threadIdx.x) % row_chunks;
            from = w + (first_row + row) * K + chunk * 16;
            apart = rows_apart * K;
            rows = N - first_row - row;
            columns = K - chunk * 16;
            first = WTile::at(row, chunk * 2);
            second = WTile::at(row, chunk * 2 + 1);
        }

        /* The chunks of the next step; zeros beyond the matrix. */
        __device__ __forceinline__ void load(uint4 (&chunks)[count])
        {
#pragma unroll
            for (int i = 0; i < count; i++) {
                chunks[i] = load_if(columns > 0 && i * rows_apart < rows, from + i * apart);
            }
            from += TileK;
            columns -= TileK;
        }

        __device__ __forceinline__ void put(T *tile, const uint4 (&chunks)[count]) const
        {
#pragma unroll
            for (int i = 0; i < count; i++) {
                uint4 low, high;
                widen<T>(chunks[i].x, low.x, low.y);
                widen<T>(chunks[i].y, low.z, low.w);
                widen<T>(chunks[i].z, high.x, high.y);
                widen<T>(chunks[i].w, high.z, high.w);
                *reinterpret_cast<uint4 *>(tile + first + i * rows_apart * 64) = low;
                *reinterpret_cast<uint4 *>(tile + second + i * rows_apart * 64) = high;
            }
        }
    };

    static __device__ __forceinline__ void run(T *shared, const T *a, const signed char *w,
                                               const T *scale, T *out, long long first_row,
                                               long long first_column, long long M, long long N,
                                               long long K)
    {
        const int warp = static_cast<int>(threadIdx.x) / 32;
        const int steps = static_cast<int>((K + TileK - 1) / TileK);
        T *w_tiles = shared + Stages * ATile::elements, *scales = shared + elements;
        typename Product::template Copy<TileM, TileK> a_copy(a, first_row, 0, M, K);
        Weights weights(w, first_column, N, K);
        uint4 held[ahead][Weights::count]; /* of the next steps */
        WgmmaSums<T, TileN> sums;
        sums.clear();
        int copied = 0, reading = 0, filling = Stages - 2, w_reading = 0;

        /* Copies a's next step into buffer `to`, or nothing beyond the last. */
        const auto copy = [&](int to) {
            if (copied < steps) {
                a_copy.start(shared + to * ATile::elements);
                a_copy.from += TileK;
                a_copy.columns -= TileK;
                copied++;
            }
            copy_async_commit();
        };
        /* The next step's weights to their place; they and a's copies for it are there. */
        const auto put = [&](const uint4(&chunks)[Weights::count]) {
            weights.put(w_tiles + w_reading * WTile::elements, chunks);
            copy_async_wait<Stages - 3>();
            wgmma_ready();
        };
        /* One step of K, while which `next`, the weights of the step after it, are widened. `spent`
         * have been, and are loaded anew. Loads come first, for a fence may wait for them. */
        const auto go_on = [&](uint4(&spent)[Weights::count], const uint4(&next)[Weights::count]) {
            __syncthreads(); /* this step's data are there, the one before the last is over */
            sums.begin();
#pragma unroll
            for (int k = 0; k < TileK; k += 16) {
                sums.multiply_transposed(
                    wgmma_rows(shared + reading * ATile::elements + warp / 4 * 64 * 64, k),
                    wgmma_rows(w_tiles + w_reading * WTile::elements, k));
            }
            sums.commit();
            weights.load(spent);
            copy(filling);
            reading = reading + 1 == Stages ? 0 : reading + 1;
            filling = filling + 1 == Stages ? 0 : filling + 1;
            w_reading = w_reading + 1 == w_stages ? 0 : w_reading + 1;
            put(next);
            sums.template wait<1>();
        };

#pragma unroll
        for (int i = 0; i < ahead; i++) {
            weights.load(held[i]);
        }
#pragma unroll
        for (int s = 0; s < Stages - 2; s++) {
            copy(s);
        }
#pragma unroll
        for (int i = 0; i < TileN; i += threads) {
            const int column = i + static_cast<int>(threadIdx.x);
            if (column < TileN) {
                scales[column] =
                    first_column + column < N ? scale[first_column + column] : from_float<T>(0.0f);
            }
        }
        put(held[0]);
        for (int step = 0; step < steps; step += ahead) {
#pragma unroll
            for (int i = 0; i < ahead; i++) {
                if (step + i < steps) {
                    go_on(held[i], held[(i + 1) % ahead]);
                }
            }
        }
        sums.template wait<0>();
        copy_async_wait<0>();
        __syncthreads(); /* all buffers have been read: the output may use them */
        const ColumnScale<T> epilogue{scales};
#pragma unroll
        for (int i = 0; i < TileN / 2; i++) {
            const int column = i / 4 * 8 + static_cast<int>(threadIdx.x) % 4 * 2 + i % 2;
            sums.values[i] = epilogue(sums.values[i], 0, column);
        }
        Product::store(shared, sums, out, first_row, first_column, M, N, N % 8 == 0, Sums());
    }
};

#endif
