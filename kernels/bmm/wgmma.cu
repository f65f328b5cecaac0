/*
 * Products of many pairs of matrices by Hopper's wgmma: a[batch][M][K] b[batch][K][N] ->
 * out[batch][M][N], float16 or bfloat16 with float32 sums. The tile is matmul's (wgmma_tile.cuh);
 * the tiles of a matrix are neighbours in time. Few STAGES let more blocks run at the same time,
 * for matrices that have few steps of K to copy ahead. Without Whole, N or K is no multiple of 8.
 */
#include "../common/tile_order.cuh"
#include "../common/wgmma_tile.cuh"

constexpr int BM = BN < 128 ? BN : 128; /* bmm.json knows it, too */
template <bool Whole> using Tile = WgmmaTile<BENCH_T, BM, BN, STAGES, Whole>;

template <bool Whole>
__global__ void __launch_bounds__(Tile<Whole>::threads)
    bmm_wgmma(const BENCH_T *a, const BENCH_T *b, BENCH_T *out, long long M, long long N,
              long long K)
{
    extern __shared__ __align__(1024) unsigned char bmm_shared[];
    const int tiles_m = static_cast<int>((M + BM - 1) / BM);
    const int tiles_n = static_cast<int>((N + BN - 1) / BN);
    const long long matrix = blockIdx.x / (tiles_m * tiles_n);
    const TilePlace place =
        tile_place(static_cast<int>(blockIdx.x % (tiles_m * tiles_n)), tiles_m, tiles_n);
    Tile<Whole>::run(reinterpret_cast<BENCH_T *>(bmm_shared), a + matrix * M * K,
                     b + matrix * K * N, out + matrix * M * N, static_cast<long long>(place.m) * BM,
                     static_cast<long long>(place.n) * BN, M, N, K);
}
