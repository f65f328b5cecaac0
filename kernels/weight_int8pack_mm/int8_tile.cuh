/*
 * One tile of a product with 8-bit weights on tensor cores: out[M][N] = scale[n] * sum over k of
 * a[M][K] w[N][K], a and out of 16-bit T, float32 sums, row-major; K a multiple of 16 and tensors
 * 16-byte aligned, so that rows are made of whole 16-byte chunks.
 *
 *   Int8Tile<T, TileM, TileN, WarpsM, WarpsN, WarpsK, Stages>
 *     threads        32 for each warp. WarpsM by WarpsN warps share the tile; WarpsK such teams
 *                    share K, for products of few rows, which have too few tiles to fill a GPU
 *     shared_bytes   dynamic shared memory
 *     run(...)       the tile whose first element is out[first_row][first_column]
 *
 * Weights stay 8 bits wide up to the registers: half the bytes from memory, and half from shared
 * memory. Steps of 64 * WarpsK of K pass through a ring of Stages buffers, filled by asynchronous
 * copies Stages - 1 steps ahead, one barrier a step.
 *
 * A product does not mind in which order K is summed, so a lane takes eight neighbours along K,
 * where mma.sync would want four pairs from here and there: one 16-byte read of a, one 8-byte read
 * of w, for two mma. Chunks are stored at their place XOR a function of the row, so that the rows
 * that are read together lie in different banks.
 */
#ifndef BENCH_KERNELS_WEIGHT_INT8PACK_MM_INT8_TILE_CUH
#define BENCH_KERNELS_WEIGHT_INT8PACK_MM_INT8_TILE_CUH

#include "../common/convert.cuh"
#include "../common/epilogue.cuh"
#include "../common/mma.cuh"
#include "../common/pack.cuh"
#include "widen.cuh"

template <class T, int TileM, int TileN, int WarpsM, int WarpsN, int WarpsK, int Stages>
struct Int8Tile {
    static constexpr int threads = WarpsM * WarpsN * WarpsK * 32;
    static constexpr int step = 64 * WarpsK; /* of K */
    static constexpr int warp_m = TileM / WarpsM, warp_n = TileN / WarpsN;
    static constexpr int fragments_m = warp_m / 16, fragments_n = warp_n / 8;
    static constexpr int a_row_chunks = step / 8, w_row_chunks = step / 16;
    static constexpr int a_bytes = TileM * step * 2, stage_bytes = a_bytes + TileN * step;
    static constexpr int sums_stride = TileN + 8; /* floats */
    static constexpr int shared_bytes = Stages * stage_bytes;
    static_assert(WarpsK * TileM * sums_stride * 4 <= shared_bytes, "the sums must fit, too");
    static_assert(warp_m % 16 == 0 && warp_n % 8 == 0, "whole fragments");

    /* Where a chunk of a tile lies, in bytes. */
    static __device__ __forceinline__ int a_at(int row, int chunk)
    {
        return (row * a_row_chunks + (chunk ^ (row & 1) * 4)) * 16;
    }
    static __device__ __forceinline__ int w_at(int row, int chunk)
    {
        /* 128 bytes, all banks, hold 8 chunks: two rows, or part of one. */
        const int turn = w_row_chunks == 4 ? (row >> 1 & 1) * 2 : (row & 3) * 2;
        return (row * w_row_chunks + (chunk ^ turn)) * 16;
    }

    /* Starts copying a step of both operands; zeros beyond the matrices. */
    static __device__ __forceinline__ void copy(unsigned char *stage, const T *a,
                                                const signed char *w, long long first_row,
                                                long long first_column, long long k, long long M,
                                                long long N, long long K)
    {
#pragma unroll
        for (int i = static_cast<int>(threadIdx.x); i < TileM * a_row_chunks; i += threads) {
            const int row = i / a_row_chunks, chunk = i % a_row_chunks;
            const bool valid = first_row + row < M && k + chunk * 8 < K;
            copy_async(stage + a_at(row, chunk), a + (first_row + row) * K + k + chunk * 8, valid);
        }
#pragma unroll
        for (int i = static_cast<int>(threadIdx.x); i < TileN * w_row_chunks; i += threads) {
            const int row = i / w_row_chunks, chunk = i % w_row_chunks;
            const bool valid = first_column + row < N && k + chunk * 16 < K;
            copy_async(stage + a_bytes + w_at(row, chunk),
                       w + (first_column + row) * K + k + chunk * 16, valid);
        }
    }

    /* A warp's share of a slice of 32 of K. */
    static __device__ __forceinline__ void multiply(float (&sums)[fragments_m][fragments_n][4],
                                                    const unsigned char *stage, int slice,
                                                    int warp_row, int warp_column)
    {
        const int lane = static_cast<int>(threadIdx.x) % 32, row = lane / 4, part = lane % 4;
        uint4 a[fragments_m][2];
#pragma unroll
        for (int m = 0; m < fragments_m; m++) {
#pragma unroll
            for (int half = 0; half < 2; half++) {
                a[m][half] = *reinterpret_cast<const uint4 *>(
                    stage + a_at(warp_row + m * 16 + half * 8 + row, slice * 4 + part));
            }
        }
#pragma unroll
        for (int n = 0; n < fragments_n; n++) {
            const uint2 w = *reinterpret_cast<const uint2 *>(
                stage + a_bytes + w_at(warp_column + n * 8 + row, slice * 2 + part / 2) +
                part % 2 * 8);
            unsigned first[2], second[2];
            widen<T>(w.x, first[0], first[1]);
            widen<T>(w.y, second[0], second[1]);
#pragma unroll
            for (int m = 0; m < fragments_m; m++) {
                const unsigned a_first[4] = {a[m][0].x, a[m][1].x, a[m][0].y, a[m][1].y};
                const unsigned a_second[4] = {a[m][0].z, a[m][1].z, a[m][0].w, a[m][1].w};
                mma<T>(sums[m][n], a_first, first);
                mma<T>(sums[m][n], a_second, second);
            }
        }
    }

    /* The teams' sums, which lie in shared memory, to out. */
    static __device__ __forceinline__ void store(const float *shared_sums, T *out,
                                                 long long first_row, long long first_column,
                                                 long long M, long long N,
                                                 const ColumnScale<T> &epilogue)
    {
        constexpr int row_packs = TileN / 8;
        const bool whole = N % 8 == 0;
        for (int i = static_cast<int>(threadIdx.x); i < TileM * row_packs; i += threads) {
            const long long row = first_row + i / row_packs;
            const long long column = first_column + i % row_packs * 8;
            if (row >= M || column >= N) {
                continue;
            }
            Pack<T> pack = {};
#pragma unroll
            for (int j = 0; j < 8; j++) {
                float sum = 0.0f;
#pragma unroll
                for (int team = 0; team < WarpsK; team++) {
                    sum += shared_sums[(team * TileM + i / row_packs) * sums_stride +
                                       i % row_packs * 8 + j];
                }
                if (column + j < N) {
                    pack.v[j] = from_float<T>(epilogue(sum, row, column + j));
                }
            }
            if (whole) {
                pack_store(out + row * N + column, pack);
            } else {
                pack_store_part(out + row * N + column, pack, N - column);
            }
        }
    }

    static __device__ __forceinline__ void run(unsigned char *shared, const T *a,
                                               const signed char *w, const T *scale, T *out,
                                               long long first_row, long long first_column,
                                               long long M, long long N, long long K)
    {
        const int lane = static_cast<int>(threadIdx.x) % 32;
        const int warp = static_cast<int>(threadIdx.x) / 32;
        const int team = warp / (WarpsM * WarpsN);
        const int warp_row = warp / WarpsN % WarpsM * warp_m;
        const int warp_column = warp % WarpsN * warp_n;
        const int steps = static_cast<int>((K + step - 1) / step);
        float sums[fragments_m][fragments_n][4] = {};

#pragma unroll
        for (int s = 0; s < Stages - 1; s++) {
            if (s < steps) {
                copy(shared + s * stage_bytes, a, w, first_row, first_column,
                     static_cast<long long>(s) * step, M, N, K);
            }
            copy_async_commit();
        }
        int reading = 0, filling = Stages - 1;
        for (int s = 0; s < steps; s++) {
            copy_async_wait<Stages - 2>();
            __syncthreads(); /* this step's data are there, and the last step's have been read */
            if (s + Stages - 1 < steps) {
                copy(shared + filling * stage_bytes, a, w, first_row, first_column,
                     static_cast<long long>(s + Stages - 1) * step, M, N, K);
            }
            copy_async_commit();
#pragma unroll
            for (int slice = 0; slice < 2; slice++) {
                multiply(sums, shared + reading * stage_bytes, team * 2 + slice, warp_row,
                         warp_column);
            }
            reading = reading + 1 == Stages ? 0 : reading + 1;
            filling = filling + 1 == Stages ? 0 : filling + 1;
        }
        copy_async_wait<0>();
        __syncthreads(); /* all buffers have been read: the sums may use them */
        float *part = reinterpret_cast<float *>(shared) + (team * TileM + warp_row) * sums_stride +
                      warp_column;
#pragma unroll
        for (int m = 0; m < fragments_m; m++) {
#pragma unroll
            for (int n = 0; n < fragments_n; n++) {
#pragma unroll
                for (int i = 0; i < 4; i++) {
                    part[(m * 16 + lane / 4 + i / 2 * 8) * sums_stride + n * 8 + lane % 4 * 2 +
                         i % 2] = sums[m][n][i];
                }
            }
        }
        __syncthreads();
        store(reinterpret_cast<const float *>(shared), out, first_row, first_column, M, N,
              ColumnScale<T>{scale});
    }
};

#endif
