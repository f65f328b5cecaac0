/*
 * Matrix product on tensor cores: a[M][K] b[K][N] -> out[M][N], float16 or bfloat16 with float32
 * sums. mma.sync fed by ldmatrix from a ring of buffers in shared memory that cp.async fills ahead
 * (mma_tile.cuh). Warps compute up to 64 by 64 elements each, which asks for the least shared
 * memory traffic that the registers allow; products of few rows wait for memory instead, and get
 * small tiles with more STAGES. Plain sm_90 code: Hopper's own wgmma needs sm_90a.
 */
#include "../common/mma_tile.cuh"
#include "../common/tile_order.cuh"

constexpr int BK = 64; /* matmul.json's `shared` knows it too */
using Tile = MmaTile<BENCH_T, BM, BN, BK, STAGES, BM / 2, BN <= 128 ? BN / 2 : BN / 4>;

extern "C" __global__ void __launch_bounds__(Tile::threads)
    matmul_tensor_core(const BENCH_T *a, const BENCH_T *b, BENCH_T *out, long long M, long long N,
                       long long K)
{
    extern __shared__ __align__(128) unsigned char matmul_shared[];
    const TilePlace place = tile_place(static_cast<int>(blockIdx.x), (int)((M + BM - 1) / BM),
                                       (int)((N + BN - 1) / BN));
    Tile::run(reinterpret_cast<BENCH_T *>(matmul_shared), a, b, out,
              static_cast<long long>(place.m) * BM, static_cast<long long>(place.n) * BN, M, N, K);
}
