/*
 * Small matrix products on the ordinary cores, in true float32 whatever the tensors hold:
 * a[M][K] b[K][N] -> out[M][N]. Small tiles, or tiles of few rows, with many warps and several
 * steps on their way from memory (ring_tile.cuh). For few tiles and a long K there is split.cu.
 */
#include "../common/ring_tile.cuh"
#include "../common/tile_order.cuh"

using Tile = RingTile<BENCH_T, BM, BN>;

extern "C" __global__ void __launch_bounds__(Tile::threads, Tile::blocks)
    matmul_small(const BENCH_T *a, const BENCH_T *b, BENCH_T *out, int M, int N, int K)
{
    extern __shared__ __align__(16) unsigned char matmul_shared[];
    const TilePlace place =
        tile_place(static_cast<int>(blockIdx.x), (M - 1) / BM + 1, (N - 1) / BN + 1);
    Tile::run(matmul_shared, a, b, out, place.m * BM, place.n * BN, M, N, K, 0, 1);
}
