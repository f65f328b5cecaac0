/*
 * beta * bias + alpha * a b in float32 for few tiles and a long K on the ordinary cores: a[M][K]
 * b[K][N] -> out[M][N]. PARTS blocks share a tile, each with a part of K (ring_tile.cuh), and leave
 * their sums in partial[PARTS][M][N]; a second launch adds them, scales them and adds the bias. No
 * atomics, so equal inputs give equal bits.
 */
#include "../common/ring_tile.cuh"

using Tile = RingTile<BM, BN>;

extern "C" __global__ void __launch_bounds__(Tile::threads, Tile::blocks)
    addmm_parts(const float *a, const float *b, float *partial, int M, int N, int K)
{
    extern __shared__ __align__(16) unsigned char addmm_shared[];
    Tile::run_part<PARTS>(addmm_shared, a, b, partial, M, N, K);
}

extern "C" __global__ void __launch_bounds__(256)
    addmm_add_parts(const float *partial, const float *bias, float *out, int M, int N,
                    int row_stride, int column_stride, float alpha, float beta)
{
    add_parts<PARTS>(partial, out, M, N,
                     ScaledBias<float>{bias, row_stride, column_stride, alpha, beta});
}
