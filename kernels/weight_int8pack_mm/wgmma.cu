/*
 * A product with 8-bit weights by Hopper's wgmma: a[M][K] w[N][K] scale[N] -> out[M][N]. Weights
 * are widened on their way to shared memory (int8_wgmma_tile.cuh). High tiles widen a weight less
 * often, large ones read less from shared memory, whose bandwidth feeds the tensor cores; small
 * ones are many enough to occupy a GPU where rows are few.
 */
#include "../common/tile_order.cuh"
#include "int8_wgmma_tile.cuh"

constexpr int STAGES = BM == 64 ? 6 : 4; /* weight_int8pack_mm.json knows it, too */
using Tile = Int8WgmmaTile<BENCH_T, BM, BN, STAGES>;

extern "C" __global__ void __launch_bounds__(Tile::threads)
    weight_int8pack_mm_wgmma(const BENCH_T *a, const signed char *w, const BENCH_T *scale,
                             BENCH_T *out, long long M, long long N, long long K)
{
    extern __shared__ __align__(1024) unsigned char int8_shared[];
    const TilePlace place = tile_place(static_cast<int>(blockIdx.x), (int)((M + BM - 1) / BM),
                                       (int)((N + BN - 1) / BN));
    Tile::run(reinterpret_cast<BENCH_T *>(int8_shared), a, w, scale, out,
              static_cast<long long>(place.m) * BM, static_cast<long long>(place.n) * BN, M, N, K);
}
