/*
 * A tile of WgmmaTile by PARTS blocks of a cluster, each with a part of K: for products with so few
 * tiles that most multiprocessors would have none, or that smaller tiles would read a and b more
 * often than the L2 cache can give them.
 *
 *   WgmmaSplit<T, TileM, TileN, Stages, Parts>   Parts: 1, 2, 4 or 8
 *     tile            WgmmaTile, which see: threads, shared_bytes, sizes and alignment
 *     run(...)        as WgmmaTile's, by all blocks of a cluster of Parts with the same arguments
 *
 * Each block leaves its sums in its shared memory, by rows, and finishes TileM / Parts rows, 16
 * bytes of a block at a time, of its own first and then of the next, so that the blocks do not all
 * read from the same one. The parts of an element are always added in the same order, so that equal
 * inputs give equal bits. With the cheaper barriers of cluster.cuh that takes 0.94 to 0.96 of the
 * time that columns took, read float by float with the barriers' own release (H100, products of
 * 1000 x 1000 x 1000, 1024 x 1024 x 1024 and 256 x 256 x 8192, 2026-11-23).
 */
#ifndef BENCH_KERNELS_COMMON_WGMMA_SPLIT_CUH
#define BENCH_KERNELS_COMMON_WGMMA_SPLIT_CUH

#include "cluster.cuh"
#include "wgmma_tile.cuh"

template <class T, int TileM, int TileN, int Stages, int Parts> struct WgmmaSplit {
    using tile = WgmmaTile<T, TileM, TileN, Stages>;
    static constexpr int rows = TileM / Parts;    /* that a block finishes */
    static constexpr int left_stride = TileN + 8; /* rows of the sums in different banks */
    static constexpr int row_fours = TileN / 4;
    /* Threads that finish rows, with two fours of neighbours each at a time. */
    static constexpr int finishers =
        rows * row_fours / 2 < tile::threads ? rows * row_fours / 2 : tile::threads;
    static constexpr int each = rows * row_fours / finishers; /* fours of one */
    static_assert(Parts == 1 || Parts == 2 || Parts == 4 || Parts == 8, "blocks of a cluster");
    static_assert(finishers % 32 == 0 && each % 2 == 0 && rows * row_fours == each * finishers,
                  "whole warps, two rows of fours at a time");
    static_assert(TileM * left_stride * 4 <= tile::shared_bytes, "the sums must fit");

    /* Eight neighbours of a row of out. */
    static __device__ __forceinline__ void finish(float (&)[8], long long, long long, bool,
                                                  const Sums &)
    {
    }
    template <class Epilogue>
    static __device__ __forceinline__ void finish(float (&sums)[8], long long row, long long column,
                                                  bool in_packs, const Epilogue &epilogue)
    {
        epilogue.finish_eight(sums, row, column, in_packs);
    }

    /* What the thread has of the tile's sums to their places in rows. */
    static __device__ __forceinline__ void leave(float *left, const WgmmaSums<T, TileN> &sums)
    {
        const int lane = static_cast<int>(threadIdx.x) % 32;
        const int warp = static_cast<int>(threadIdx.x) / 32;
        float *mine = left + (warp * 16 + lane / 4) * left_stride + lane % 4 * 2;
#pragma unroll
        for (int i = 0; i < TileN / 2; i += 2) {
            *reinterpret_cast<float2 *>(mine + i / 2 % 2 * 8 * left_stride + i / 4 * 8) =
                make_float2(sums.values[i], sums.values[i + 1]);
        }
    }

    /* Where the i-th four of the thread's begins, among the rows that its block finishes. */
    static __device__ __forceinline__ int row_of(int i)
    {
        return (i * finishers + static_cast<int>(threadIdx.x)) / row_fours;
    }
    static __device__ __forceinline__ int column_of(int i)
    {
        return (i * finishers + static_cast<int>(threadIdx.x)) % row_fours * 4;
    }

    /* sums = those of all parts, of the rows that this block finishes. */
    static __device__ __forceinline__ void add_parts(const float *left, int rank,
                                                     float4 (&sums)[each])
    {
#pragma unroll
        for (int part = 0; part < Parts; part++) {
            const unsigned there = cluster_address(left, (rank + part) % Parts);
            float4 more[each];
#pragma unroll
            for (int i = 0; i < each; i++) {
                const int at = (rank * rows + row_of(i)) * left_stride + column_of(i);
                more[i] = cluster_load_four(there + static_cast<unsigned>(at) * 4);
            }
#pragma unroll
            for (int i = 0; i < each; i++) {
                sums[i].x += more[i].x;
                sums[i].y += more[i].y;
                sums[i].z += more[i].z;
                sums[i].w += more[i].w;
            }
        }
    }

    /* Neighbouring lanes have the halves of two eights: the even lane takes the first, the odd one
     * the second. */
    static __device__ __forceinline__ void exchange(float4 (&sums)[each])
    {
        const bool is_odd = threadIdx.x % 2 != 0;
#pragma unroll
        for (int i = 0; i < each; i += 2) {
            const float4 kept = is_odd ? sums[i + 1] : sums[i];
            float4 other = is_odd ? sums[i] : sums[i + 1];
            other.x = __shfl_xor_sync(0xffffffffu, other.x, 1);
            other.y = __shfl_xor_sync(0xffffffffu, other.y, 1);
            other.z = __shfl_xor_sync(0xffffffffu, other.z, 1);
            other.w = __shfl_xor_sync(0xffffffffu, other.w, 1);
            sums[i] = is_odd ? other : kept;
            sums[i + 1] = is_odd ? kept : other;
        }
    }

    template <class Epilogue>
    static __device__ __forceinline__ void store(const float4 (&sums)[each], T *out,
                                                 long long first_row, long long first_column,
                                                 long long M, long long N, const Epilogue &epilogue)
    {
        const bool in_packs = epilogue.packs();
#pragma unroll
        for (int i = 0; i < each; i += 2) {
            const long long row = first_row + (threadIdx.x % 2 != 0 ? row_of(i + 1) : row_of(i));
            const long long column = first_column + column_of(i) / 8 * 8;
            if (row < M && column < N) {
                const float4 low = sums[i], high = sums[i + 1];
                float eight[8] = {low.x, low.y, low.z, low.w, high.x, high.y, high.z, high.w};
                finish(eight, row, column, in_packs, epilogue);
                store_whole(out + row * N + column, uint4{pack_pair<T>(eight[0], eight[1]),
                                                          pack_pair<T>(eight[2], eight[3]),
                                                          pack_pair<T>(eight[4], eight[5]),
                                                          pack_pair<T>(eight[6], eight[7])});
            }
        }
    }

    template <class Epilogue = Sums>
    static __device__ __forceinline__ void
    run(T *shared, const T *a, const T *b, T *out, long long first_row, long long first_column,
        long long M, long long N, long long K, const Epilogue &epilogue = Epilogue())
    {
        if constexpr (Parts == 1) {
            tile::run(shared, a, b, out, first_row, first_column, M, N, K, epilogue);
        } else {
            const int rank = cluster_rank();
            const int steps = static_cast<int>((K + tile::TileK - 1) / tile::TileK);
            const int first = steps * rank / Parts, end = steps * (rank + 1) / Parts;
            WgmmaSums<T, TileN> sums;
            sums.clear();
            tile::multiply(shared, a, b, first_row, first_column, M, N, K, first, end - first,
                           sums);
            float *left = reinterpret_cast<float *>(shared);
            leave(left, sums);
            cluster_arrive();
            cluster_wait();
            const bool finishes = static_cast<int>(threadIdx.x) < finishers;
            float4 all[each] = {};
            if (finishes) {
                add_parts(left, rank, all);
                exchange(all);
            }
            /* The sums that were loaded have been added and exchanged, and nothing is written that
             * another block reads: this only keeps the shared memory of those that are done. */
            cluster_arrive_read();
            if (finishes) {
                store(all, out, first_row + rank * rows, first_column, M, N, epilogue);
            }
            cluster_wait();
        }
    }
};

#endif
