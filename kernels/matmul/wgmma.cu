/*
 * Matrix product by Hopper's wgmma: a[M][K] b[K][N] -> out[M][N], float16 or bfloat16 with float32
 * sums (wgmma_tile.cuh). A warpgroup computes 64 by BN: the wider, the fewer operands are read
 * twice from shared memory, whose bandwidth feeds the tensor cores. 128 by 256 keeps them busy;
 * small products have few such tiles, and take smaller ones with more STAGES.
 */
#include "../common/tile_order.cuh"
#include "../common/wgmma_tile.cuh"

using Tile = WgmmaTile<BENCH_T, BM, BN, STAGES>;

extern "C" __global__ void __launch_bounds__(Tile::threads)
    matmul_wgmma(const BENCH_T *a, const BENCH_T *b, BENCH_T *out, long long M, long long N,
                 long long K)
{
    extern __shared__ __align__(1024) unsigned char matmul_shared[];
    const TilePlace place = tile_place(static_cast<int>(blockIdx.x), (int)((M + BM - 1) / BM),
                                       (int)((N + BN - 1) / BN));
    Tile::run(reinterpret_cast<BENCH_T *>(matmul_shared), a, b, out,
              static_cast<long long>(place.m) * BM, static_cast<long long>(place.n) * BN, M, N, K);
}
