/*
 * A tile of WgmmaTile by PARTS blocks of a cluster, each with a part of K: for products with so few
 * tiles that most multiprocessors would have none, or that smaller tiles would read a and b more
 * often than the L2 cache can give them.
 *
 *   WgmmaSplit<T, TileM, TileN, Stages, Parts>   Parts: 1, 2 or 4
 *     tile            WgmmaTile, which see: threads, shared_bytes, sizes and alignment
 *     run(...)        as WgmmaTile's, by all blocks of a cluster of Parts with the same arguments
 *
 * Blocks leave in their shared memory the sums of the columns that others finish, and add to their
 * own, TileN / Parts columns each, what the others have left: always in the order of the parts, so
 * that equal inputs give equal bits.
 */
#ifndef BENCH_KERNELS_COMMON_WGMMA_SPLIT_CUH
#define BENCH_KERNELS_COMMON_WGMMA_SPLIT_CUH

#include "cluster.cuh"
#include "wgmma_tile.cuh"

template <class T, int TileM, int TileN, int Stages, int Parts> struct WgmmaSplit {
    using tile = WgmmaTile<T, TileM, TileN, Stages>;
    static constexpr int columns = TileN / Parts; /* that a block finishes */
    using Finish = WgmmaTile<T, TileM, columns, Stages>;
    static constexpr int each = columns / 2; /* sums of a thread in them */
    static constexpr int left_bytes = tile::threads * TileN / 2 * 4;
    static_assert(Parts == 1 || Parts == 2 || Parts == 4, "blocks of a cluster");
    static_assert(columns % 16 == 0, "whole chunks a lane");
    static_assert(left_bytes + tile::threads / 32 * Finish::part_elements * 4 <= tile::shared_bytes,
                  "the sums and the output must fit");

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
            float *left = reinterpret_cast<float *>(shared) + threadIdx.x;
#pragma unroll
            for (int i = 0; i < TileN / 2; i++) {
                left[i * tile::threads] = sums.values[i];
            }
            cluster_arrive();
            cluster_wait();
            WgmmaSums<T, columns> mine;
#pragma unroll
            for (int i = 0; i < each; i++) {
                mine.values[i] = 0.0f;
            }
            const float *of_mine = left + rank * each * tile::threads;
#pragma unroll
            for (int part = 0; part < Parts; part++) {
                const unsigned there = cluster_address(of_mine, part);
#pragma unroll
                for (int i = 0; i < each; i++) {
                    mine.values[i] +=
                        cluster_load(there + static_cast<unsigned>(i * tile::threads) * 4);
                }
            }
            cluster_arrive(); /* has read what the others left; they may end once all have */
            Finish::store(shared + left_bytes / static_cast<int>(sizeof(T)), mine, out, first_row,
                          first_column + rank * columns, M, N, true, epilogue);
            cluster_wait();
        }
    }
};

#endif
