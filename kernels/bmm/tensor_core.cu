/*
 * Products of many pairs of matrices on tensor cores: a[batch][M][K] b[batch][K][N] ->
 * out[batch][M][N], float16 or bfloat16 with float32 sums. The tile is matmul's (mma_tile.cuh); the
 * tiles of a matrix are neighbours in time, so that they find its rows and columns in the L2 cache.
 *
 * Without Whole, N or K is no multiple of 8. Rows then begin at any even address, which cp.async
 * cannot read: elements travel through registers one by one, and still meet tensor cores. Matrices
 * that are small beside a tile get smaller ones, for most of a large tile would be zeros.
 */
#include "../common/mma_tile.cuh"
#include "../common/tile_order.cuh"

/* bmm.json knows these, too. */
constexpr int BM = BN < 128 ? BN : 128, BK = 64;
constexpr int STAGES = BN == 32 ? 8 : BN == 64 ? 6 : 3;

template <bool Whole>
using Tile = MmaTile<BENCH_T, BM, BN, BK, STAGES, BM / 2, BN <= 128 ? BN / 2 : BN / 4, Whole>;

template <bool Whole>
__global__ void __launch_bounds__(Tile<Whole>::threads)
    bmm_tensor_core(const BENCH_T *a, const BENCH_T *b, BENCH_T *out, long long M, long long N,
                    long long K)
{
    extern __shared__ __align__(128) unsigned char bmm_shared[];
    const int tiles_m = static_cast<int>((M + BM - 1) / BM);
    const int tiles_n = static_cast<int>((N + BN - 1) / BN);
    const long long matrix = blockIdx.x / (tiles_m * tiles_n);
    const TilePlace place =
        tile_place(static_cast<int>(blockIdx.x % (tiles_m * tiles_n)), tiles_m, tiles_n);
    Tile<Whole>::run(reinterpret_cast<BENCH_T *>(bmm_shared), a + matrix * M * K,
                     b + matrix * K * N, out + matrix * M * N, static_cast<long long>(place.m) * BM,
                     static_cast<long long>(place.n) * BN, M, N, K);
}
