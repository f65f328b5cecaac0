/*
 * Small matrix products by Hopper's wgmma: a[M][K] b[K][N] -> out[M][N], float16 or bfloat16 with
 * float32 sums. PARTS blocks of a cluster share a tile, each with a part of K (wgmma_split.cuh), so
 * that all multiprocessors have something to do though tiles are few and large.
 */
#include "../common/tile_order.cuh"
#include "../common/wgmma_split.cuh"

using Split = WgmmaSplit<BENCH_T, BM, BN, STAGES, PARTS>;

extern "C" __global__ void __cluster_dims__(PARTS) __launch_bounds__(Split::tile::threads)
    matmul_wgmma_split(const BENCH_T *a, const BENCH_T *b, BENCH_T *out, long long M, long long N,
                       long long K)
{
    extern __shared__ __align__(1024) unsigned char matmul_shared[];
    const TilePlace place =
        tile_place(static_cast<int>(blockIdx.x) / PARTS, (int)((M + BM - 1) / BM),
                   (int)((N + BN - 1) / BN));
    Split::run(reinterpret_cast<BENCH_T *>(matmul_shared), a, b, out,
               static_cast<long long>(place.m) * BM, static_cast<long long>(place.n) * BN, M, N, K);
}
