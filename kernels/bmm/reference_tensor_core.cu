/*
 * bmm as FlagGems does it on tensor cores (src/flag_gems/ops/bmm.py, bmm_kernel, with the
 * configurations of its NVIDIA backend, tune_configs.yaml): a[batch][M][K] b[batch][K][N] ->
 * out[batch][M][N], float16 or bfloat16 with float32 sums.
 *
 * A launch of three dimensions: tiles of rows, tiles of columns, matrices. Tiles of TILE by TILE by
 * 32, 4 warps, 3 steps of K in flight, in groups of GROUP_M rows of tiles, as Triton's pipeline
 * compiles tl.dot where it uses mma.sync; of FlagGems' configurations those that are square and
 * have 3 stages. It masks elements where a side is no multiple of its tile; here that is zeros for
 * whole chunks of 8, or with Whole = false, where rows are not made of such, element by element. On
 * Hopper Triton uses wgmma, which plain sm_90 code cannot, so FlagGems itself is faster there than
 * this.
 */
#include "../common/mma_tile.cuh"
#include "../common/tile_order.cuh"

constexpr int GROUP_M = TILE == 32 ? 1 : 2;
template <bool Whole> using Tile = MmaTile<BENCH_T, TILE, TILE, 32, 3, TILE / 2, TILE / 2, Whole>;

template <bool Whole>
__global__ void __launch_bounds__(Tile<Whole>::threads)
    bmm_reference_tensor_core(const BENCH_T *a, const BENCH_T *b, BENCH_T *out, long long M,
                              long long N, long long K)
{
    extern __shared__ __align__(128) unsigned char bmm_shared[];
    TilePlace place = {static_cast<int>(blockIdx.x), static_cast<int>(blockIdx.y)};
    if (GROUP_M > 1) {
        place = tile_place<GROUP_M>(place.m + place.n * static_cast<int>(gridDim.x),
                                    static_cast<int>(gridDim.x), static_cast<int>(gridDim.y));
    }
    const long long matrix = blockIdx.z;
    Tile<Whole>::run(reinterpret_cast<BENCH_T *>(bmm_shared), a + matrix * M * K,
                     b + matrix * K * N, out + matrix * M * N,
                     static_cast<long long>(place.m) * TILE, static_cast<long long>(place.n) * TILE,
                     M, N, K);
}
