/*
 * beta * bias + alpha * a b for small products on the ordinary cores, in true float32 whatever the
 * tensors hold: a[M][K] b[K][N] -> out[M][N]. The tile is matmul's (ring_tile.cuh); scaling and
 * bias are done as the sums are stored. For few tiles and a long K there is split.cu.
 */
#include "../common/ring_tile.cuh"
#include "../common/tile_order.cuh"

using Tile = RingTile<BENCH_T, BM, BN>;

extern "C" __global__ void __launch_bounds__(Tile::threads, Tile::blocks)
    addmm_small(const BENCH_T *bias, const BENCH_T *a, const BENCH_T *b, BENCH_T *out, int M, int N,
                int K, int row_stride, int column_stride, float alpha, float beta)
{
    extern __shared__ __align__(16) unsigned char addmm_shared[];
    const TilePlace place =
        tile_place(static_cast<int>(blockIdx.x), (M - 1) / BM + 1, (N - 1) / BN + 1);
    const int row = place.m * BM, column = place.n * BN;
    const ScaledBias<BENCH_T> epilogue{bias, row_stride, column_stride, alpha, beta};
    epilogue.template fetch<BM, BN>(row, column, M, N);
    Tile::run(addmm_shared, a, b, out, row, column, M, N, K, 0, 1, epilogue);
}
