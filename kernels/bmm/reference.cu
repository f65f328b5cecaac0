/*
 * bmm as FlagGems does it (src/flag_gems/ops/bmm.py, bmm_kernel, with the configurations of its
 * NVIDIA backend, tune_configs.yaml) where tl.dot does not use tensor cores: float32 with
 * allow_tf32=False, or any dtype on a device without them. For float16 and bfloat16 on a GPU see
 * reference_tensor_core.cu. a[batch][M][K] b[batch][K][N] -> out[batch][M][N].
 *
 * A launch of three dimensions: tiles of rows, tiles of columns, matrices; tiles of TILE by TILE by
 * 32 with masks, 4 warps, in groups of GROUP_M rows of tiles (triton_dot.cuh); of FlagGems'
 * configurations those that are square and fit the registers.
 */
#include "../common/tile_order.cuh"
#include "../common/triton_dot.cuh"

constexpr int GROUP_M = TILE == 32 ? 1 : 2;

extern "C" __global__ void __launch_bounds__(128)
    bmm_reference(const BENCH_T *a, const BENCH_T *b, BENCH_T *out, long long M, long long N,
                  long long K)
{
    TilePlace place = {static_cast<int>(blockIdx.x), static_cast<int>(blockIdx.y)};
    if (GROUP_M > 1) {
        place = tile_place<GROUP_M>(place.m + place.n * static_cast<int>(gridDim.x),
                                    static_cast<int>(gridDim.x), static_cast<int>(gridDim.y));
    }
    const long long matrix = blockIdx.z;
    TritonDot<BENCH_T, 128, TILE, TILE, 32>::run(
        a + matrix * M * K, b + matrix * K * N, out + matrix * M * N,
        static_cast<long long>(place.m) * TILE, static_cast<long long>(place.n) * TILE, M, N, K);
}
