/*
 * addmm as FlagGems does it on tensor cores (src/flag_gems/ops/addmm.py, addmm_kernel, with the
 * configurations of its NVIDIA backend, tune_configs.yaml): a[M][K] b[K][N] -> out[M][N], float16
 * or bfloat16 with float32 sums.
 *
 * A launch of two dimensions, tiles of rows and tiles of columns, in no other order. Tiles of
 * BLOCK_M by 128 by 32, or 128 by 256 by 64, with FlagGems' stages and warps, as Triton's pipeline
 * compiles tl.dot where it uses mma.sync. It masks elements; here that is zeros for whole chunks
 * of 8, or with Whole = false, where rows are not made of such, element by element. On Hopper
 * Triton uses wgmma, which plain sm_90 code cannot, so FlagGems itself is faster there than this.
 */
#include "../common/mma_tile.cuh"

/* The configurations by their BLOCK_N; addmm.json knows them, too. */
constexpr int BLOCK_M = BLOCK_N < 128 ? 32 : BLOCK_N == 128 ? 64 : 128;
constexpr int BLOCK_K = BLOCK_N == 256 ? 64 : 32;
constexpr int NUM_STAGES = BLOCK_N < 128 ? 5 : BLOCK_N == 128 ? 4 : 3;
constexpr int NUM_WARPS = BLOCK_N < 128 ? 2 : BLOCK_N == 128 ? 4 : 8;

template <bool Whole>
using Tile =
    MmaTile<BENCH_T, BLOCK_M, BLOCK_N, BLOCK_K, NUM_STAGES, NUM_WARPS == 2 ? BLOCK_M : BLOCK_M / 2,
            NUM_WARPS == 8 ? BLOCK_N / 4 : BLOCK_N / 2, Whole>;

template <bool Whole>
__global__ void __launch_bounds__(Tile<Whole>::threads)
    addmm_reference_tensor_core(const BENCH_T *bias, const BENCH_T *a, const BENCH_T *b,
                                BENCH_T *out, long long M, long long N, long long K,
                                long long row_stride, long long column_stride, float alpha,
                                float beta)
{
    static_assert(Tile<Whole>::threads == 32 * NUM_WARPS, "FlagGems' warps");
    extern __shared__ __align__(128) unsigned char addmm_shared[];
    Tile<Whole>::run(reinterpret_cast<BENCH_T *>(addmm_shared), a, b, out,
                     static_cast<long long>(blockIdx.x) * BLOCK_M,
                     static_cast<long long>(blockIdx.y) * BLOCK_N, M, N, K,
                     ScaledBias<BENCH_T>{bias, row_stride, column_stride, alpha, beta});
}
