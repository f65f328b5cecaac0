/*
 * beta * bias + alpha * a b in float32 for small products on the ordinary cores: a[M][K] b[K][N] ->
 * out[M][N]. The tile is matmul's (ring_tile.cuh); scaling and bias are done as the sums are
 * stored. For few tiles and a long K there is split.cu.
 */
#include "../common/ring_tile.cuh"

using Tile = RingTile<BM, BN>;

extern "C" __global__ void __launch_bounds__(Tile::threads, Tile::blocks)
    addmm_small(const float *bias, const float *a, const float *b, float *out, int M, int N, int K,
                int row_stride, int column_stride, float alpha, float beta)
{
    extern __shared__ __align__(16) unsigned char addmm_shared[];
    Tile::run(addmm_shared, a, b, out, M, N, K,
              ScaledBias<float>{bias, row_stride, column_stride, alpha, beta});
}
