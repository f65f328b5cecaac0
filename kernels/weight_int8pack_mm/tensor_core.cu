/*
 * A product with 8-bit weights on tensor cores: a[M][K] w[N][K] scale[N] -> out[M][N]. Weights are
 * widened in registers (int8_tile.cuh). BN = 32 is for few rows, as in generation, where reading
 * the weights once is all that takes time: tiles of 16 by 32, whose four warps share K.
 */
#include "../common/tile_order.cuh"
#include "int8_tile.cuh"

/* weight_int8pack_mm.json knows these, too. */
constexpr int BM = BN == 32 ? 16 : BN;
constexpr int TEAMS = BN == 32 ? 4 : 1;
constexpr int STAGES = BN == 128 ? 3 : 4;
using Tile = Int8Tile<BENCH_T, BM, BN, BN == 32 ? 1 : 2, BN == 32 ? 1 : BN / 32, TEAMS, STAGES>;

extern "C" __global__ void __launch_bounds__(Tile::threads)
    weight_int8pack_mm_tensor_core(const BENCH_T *a, const signed char *w, const BENCH_T *scale,
                                   BENCH_T *out, long long M, long long N, long long K)
{
    extern __shared__ __align__(128) unsigned char int8_shared[];
    const TilePlace place = tile_place(static_cast<int>(blockIdx.x), (int)((M + BM - 1) / BM),
                                       (int)((N + BN - 1) / BN));
    Tile::run(int8_shared, a, w, scale, out, static_cast<long long>(place.m) * BM,
              static_cast<long long>(place.n) * BN, M, N, K);
}
