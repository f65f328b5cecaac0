/*
 * Small float32 matrix products on the ordinary cores: a[M][K] b[K][N] -> out[M][N]. Small tiles,
 * or tiles of few rows, with many warps and several steps on their way from memory (ring_tile.cuh).
 * For few tiles and a long K there is split.cu.
 */
#include "../common/ring_tile.cuh"

using Tile = RingTile<BM, BN>;

extern "C" __global__ void __launch_bounds__(Tile::threads, Tile::blocks)
    matmul_small(const float *a, const float *b, float *out, int M, int N, int K)
{
    extern __shared__ __align__(16) unsigned char matmul_shared[];
    Tile::run(matmul_shared, a, b, out, M, N, K);
}
