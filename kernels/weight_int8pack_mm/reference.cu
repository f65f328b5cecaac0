/*
 * weight_int8pack_mm as FlagGems does it (src/flag_gems/ops/weight_int8pack_mm.py,
 * weight_int8pack_mm_kernel): a[M][K] w[N][K] scale[N] -> out[M][N].
 *
 * Tiles of 64 by 64 or 64 by 128 in groups of 8 rows of tiles, steps of 64 of K, 4 warps, 3
 * stages; weights are converted to the type of a for each tile, tl.dot sums in float32, and the
 * column's scale is applied to the sums. Triton converts on the way to shared memory, this on the
 * way from it (int8_tile.cuh). FlagGems' rows and columns beyond the matrix wrap around instead of
 * being zero; neither is stored. On Hopper Triton uses wgmma, which plain sm_90 code cannot.
 */
#include "../common/tile_order.cuh"
#include "int8_tile.cuh"

using Tile = Int8Tile<BENCH_T, 64, BLOCK_N, 2, 2, 1, 3>;

extern "C" __global__ void __launch_bounds__(Tile::threads)
    weight_int8pack_mm_reference(const BENCH_T *a, const signed char *w, const BENCH_T *scale,
                                 BENCH_T *out, long long M, long long N, long long K)
{
    extern __shared__ __align__(128) unsigned char int8_shared[];
    const TilePlace place = tile_place(static_cast<int>(blockIdx.x), (int)((M + 63) / 64),
                                       (int)((N + BLOCK_N - 1) / BLOCK_N));
    Tile::run(int8_shared, a, w, scale, out, static_cast<long long>(place.m) * 64,
              static_cast<long long>(place.n) * BLOCK_N, M, N, K);
}
