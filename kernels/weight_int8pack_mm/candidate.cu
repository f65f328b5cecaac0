/*
 * A product with 8-bit weights on the ordinary cores, of any shape: a[M][K] w[N][K] scale[N] ->
 * out[M][N]. The tile is matmul's (core_tile.cuh) with weights of rows along K, widened on their
 * way to shared memory. Where K is a multiple of 16, tensor_core.cu is the fast one on a GPU.
 */
#include "../common/core_tile.cuh"
#include "../common/tile_order.cuh"

using Tile = CoreTile<BENCH_T, signed char, BENCH_T, BM, 64, 4, true>;

extern "C" __global__ void __launch_bounds__(Tile::threads)
    weight_int8pack_mm_candidate(const BENCH_T *a, const signed char *w, const BENCH_T *scale,
                                 BENCH_T *out, int M, int N, int K)
{
    const TilePlace place =
        tile_place(static_cast<int>(blockIdx.x), (M - 1) / BM + 1, (N - 1) / 64 + 1);
    Tile::run(a, w, out, place.m * BM, place.n * 64, M, N, K, ColumnScale<BENCH_T>{scale});
}
