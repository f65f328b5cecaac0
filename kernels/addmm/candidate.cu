/*
 * beta * bias + alpha * a b on the ordinary cores, in true float32 whatever the tensors hold:
 * a[M][K] b[K][N] -> out[M][N]. The tile is matmul's (core_tile.cuh); scaling and bias are done to
 * the sums while they are in registers, so the bias is read once and out is written once. For
 * float16 and bfloat16 on a GPU, tensor_core.cu is the fast one.
 */
#include "../common/core_tile.cuh"
#include "../common/tile_order.cuh"

constexpr int TM = BM * BN == 128 * 128 ? 8 : 4; /* addmm.json knows it, too */
using Tile = CoreTile<BENCH_T, BENCH_T, BENCH_T, BM, BN, TM>;

extern "C" __global__ void __launch_bounds__(Tile::threads, Tile::blocks)
    addmm_candidate(const BENCH_T *bias, const BENCH_T *a, const BENCH_T *b, BENCH_T *out, int M,
                    int N, int K, int row_stride, int column_stride, float alpha, float beta)
{
    const TilePlace place =
        tile_place(static_cast<int>(blockIdx.x), (M - 1) / BM + 1, (N - 1) / BN + 1);
    Tile::run(a, b, out, place.m * BM, place.n * BN, M, N, K,
              ScaledBias<BENCH_T>{bias, row_stride, column_stride, alpha, beta});
}
