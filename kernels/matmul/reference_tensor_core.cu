/*
 * Matrix product as FlagGems does it on tensor cores (src/flag_gems/ops/mm.py, mm_kernel_general,
 * with the configurations of its NVIDIA backend, tune_configs.yaml): a[M][K] b[K][N] -> out[M][N],
 * float16 or bfloat16 with float32 sums.
 *
 * Tiles of BLOCK_M by BLOCK_N by BLOCK_K in groups of 8 rows of tiles, NUM_STAGES steps of K in
 * flight, NUM_WARPS warps, as Triton's pipeline compiles tl.dot where it uses mma.sync. FlagGems'
 * rows and columns beyond the matrix wrap around instead of being zero; neither is stored. On
 * Hopper Triton uses wgmma, which plain sm_90 code cannot, so FlagGems itself is faster there than
 * this.
 */
#include "../common/mma_tile.cuh"
#include "../common/tile_order.cuh"

constexpr int WARPS_N = NUM_WARPS / 2;
using Tile =
    MmaTile<BENCH_T, BLOCK_M, BLOCK_N, BLOCK_K, NUM_STAGES, BLOCK_M / 2, BLOCK_N / WARPS_N>;
static_assert(Tile::threads == 32 * NUM_WARPS, "two rows of warps");

extern "C" __global__ void __launch_bounds__(Tile::threads)
    matmul_reference_tensor_core(const BENCH_T *a, const BENCH_T *b, BENCH_T *out, long long M,
                                 long long N, long long K)
{
    extern __shared__ __align__(128) unsigned char matmul_shared[];
    const TilePlace place =
        tile_place(static_cast<int>(blockIdx.x), (int)((M + BLOCK_M - 1) / BLOCK_M),
                   (int)((N + BLOCK_N - 1) / BLOCK_N));
    Tile::run(reinterpret_cast<BENCH_T *>(matmul_shared), a, b, out,
              static_cast<long long>(place.m) * BLOCK_M, static_cast<long long>(place.n) * BLOCK_N,
              M, N, K);
}
