/*
 * Products of many pairs of matrices of float32 by Hopper's tensor cores, to float32's precision:
 * a[batch][M][K] b[batch][K][N] -> out[batch][M][N] by three products of TF32. The tile is matmul's
 * (tf32x3_tile.cuh); the tiles of a matrix are neighbours in time. Without Whole, N or K is no
 * multiple of four.
 */
#include "../common/tf32x3_tile.cuh"
#include "../common/tile_order.cuh"

template <bool Whole> using Tile = Tf32x3Tile<BM, Whole>;

template <bool Whole>
__global__ void __launch_bounds__(Tile<Whole>::threads)
    bmm_tf32x3(const float *a, const float *b, float *out, int M, int N, int K)
{
    extern __shared__ __align__(1024) unsigned char bmm_shared[];
    const int tiles_m = (M - 1) / BM + 1, tiles_n = (N - 1) / Tile<Whole>::TileN + 1;
    const long long matrix = blockIdx.x / (tiles_m * tiles_n);
    const TilePlace place =
        tile_place(static_cast<int>(blockIdx.x % (tiles_m * tiles_n)), tiles_m, tiles_n);
    Tile<Whole>::run(bmm_shared, a + matrix * M * K, b + matrix * K * N, out + matrix * M * N,
                     place.m * BM, place.n * Tile<Whole>::TileN, M, N, K);
}
