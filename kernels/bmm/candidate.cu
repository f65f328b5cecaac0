/*
 * Products of many pairs of matrices on the ordinary cores, in true float32 whatever the tensors
 * hold: a[batch][M][K] b[batch][K][N] -> out[batch][M][N]. The tile is matmul's (core_tile.cuh);
 * the tiles of a matrix are neighbours in time, so that they find its rows and columns in the L2
 * cache. For float16 and bfloat16 on a GPU, tensor_core.cu is the fast one.
 */
#include "../common/core_tile.cuh"
#include "../common/tile_order.cuh"

constexpr int TM = BM * BN == 128 * 128 ? 8 : 4; /* bmm.json knows it, too */
using Tile = CoreTile<BENCH_T, BENCH_T, BENCH_T, BM, BN, TM>;

extern "C" __global__ void __launch_bounds__(Tile::threads, Tile::blocks)
    bmm_candidate(const BENCH_T *a, const BENCH_T *b, BENCH_T *out, int M, int N, int K)
{
    const int tiles_m = (M - 1) / BM + 1, tiles_n = (N - 1) / BN + 1;
    const long long matrix = blockIdx.x / (tiles_m * tiles_n);
    const TilePlace place =
        tile_place(static_cast<int>(blockIdx.x % (tiles_m * tiles_n)), tiles_m, tiles_n);
    Tile::run(a + matrix * M * K, b + matrix * K * N, out + matrix * M * N, place.m * BM,
              place.n * BN, M, N, K);
}
