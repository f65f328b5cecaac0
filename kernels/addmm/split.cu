/*
 * beta * bias + alpha * a b for few tiles and a long K on the ordinary cores, in true float32
 * whatever the tensors hold: a[M][K] b[K][N] -> out[M][N]. PARTS blocks share a tile, each with a
 * part of K (ring_tile.cuh), and leave their sums in partial[PARTS][M][N]; a second launch adds
 * them, scales them and adds the bias. No atomics, so equal inputs give equal bits.
 */
#include "../common/ring_tile.cuh"
#include "../common/tile_order.cuh"

using Tile = RingTile<BENCH_T, BM, BN>;

extern "C" __global__ void __launch_bounds__(Tile::threads, Tile::blocks)
    addmm_parts(const BENCH_T *a, const BENCH_T *b, float *partial, int M, int N, int K)
{
    extern __shared__ __align__(16) unsigned char addmm_shared[];
    const TilePlace place =
        tile_place(static_cast<int>(blockIdx.x), (M - 1) / BM + 1, (N - 1) / BN + 1);
    Tile::run(addmm_shared, a, b, partial + static_cast<long long>(blockIdx.y) * M * N,
              place.m * BM, place.n * BN, M, N, K, static_cast<int>(blockIdx.y), PARTS);
}

extern "C" __global__ void __launch_bounds__(256)
    addmm_add_parts(const float *partial, const BENCH_T *bias, BENCH_T *out, int M, int N,
                    int row_stride, int column_stride, float alpha, float beta)
{
    add_parts<PARTS>(partial, out, M, N,
                     ScaledBias<BENCH_T>{bias, row_stride, column_stride, alpha, beta});
}
