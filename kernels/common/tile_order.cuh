/*
 * Which tile of the product a block computes. Blocks that run at the same time should share rows of
 * a and columns of b in the L2 cache, so tiles are numbered in groups of up to GroupRows rows
 * of tiles, down the group first (as Triton's and FlagGems' matrix products do, GROUP_M = 8).
 *
 *   tile_place(block, tiles_m, tiles_n)   block: 0 … tiles_m * tiles_n - 1
 */
#ifndef BENCH_KERNELS_COMMON_TILE_ORDER_CUH
#define BENCH_KERNELS_COMMON_TILE_ORDER_CUH

struct TilePlace {
    int m, n; /* the row and the column of the tile, in tiles */
};

template <int GroupRows = 8>
__device__ __forceinline__ TilePlace tile_place(int block, int tiles_m, int tiles_n)
{
    const int group = block / (GroupRows * tiles_n);
    const int rows = min(tiles_m - group * GroupRows, GroupRows);
    const int in_group = block % (GroupRows * tiles_n);
    return TilePlace{group * GroupRows + in_group % rows, in_group / rows};
}

#endif
