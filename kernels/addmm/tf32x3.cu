/*
 * beta * bias + alpha * a b of float32 by Hopper's tensor cores, to float32's precision: a[M][K]
 * b[K][N] -> out[M][N] by three products of TF32. The tile is matmul's (tf32x3_tile.cuh). Without
 * Whole, N or K is no multiple of four.
 */
#include "../common/tf32x3_tile.cuh"
#include "../common/tile_order.cuh"

template <bool Whole> using Tile = Tf32x3Tile<BM, Whole>;

template <bool Whole>
__global__ void __launch_bounds__(Tile<Whole>::threads)
    addmm_tf32x3(const float *bias, const float *a, const float *b, float *out, int M, int N, int K,
                 int row_stride, int column_stride, float alpha, float beta)
{
    extern __shared__ __align__(1024) unsigned char addmm_shared[];
    const TilePlace place = tile_place(static_cast<int>(blockIdx.x), (M - 1) / BM + 1,
                                       (N - 1) / Tile<Whole>::TileN + 1);
    Tile<Whole>::run(addmm_shared, a, b, out, place.m * BM, place.n * Tile<Whole>::TileN, M, N, K,
                     ScaledBias<float>{bias, row_stride, column_stride, alpha, beta});
}
