/*
 * Which tile of the product a block computes. Blocks that run at the same time should share rows of
 * a and columns of b in the L2 cache, so tiles are numbered in groups of up to 8 rows of tiles,
 * down the group first (as Triton's and FlagGems' matrix products do, GROUP_M = 8).
 */
#ifndef BENCH_KERNELS_MATMUL_TILE_ORDER_CUH
#define BENCH_KERNELS_MATMUL_TILE_ORDER_CUH

struct TilePlace {
    int m, n; /* the row and the column of the tile, in tiles */
};

__device__ __forceinline__ TilePlace tile_place(int block, int tiles_m, int tiles_n)
{
    constexpr int group_rows = 8;
    const int group = block / (group_rows * tiles_n);
    const int rows = min(tiles_m - group * group_rows, group_rows);
    const int in_group = block % (group_rows * tiles_n);
    return TilePlace{group * group_rows + in_group % rows, in_group / rows};
}

#endif
