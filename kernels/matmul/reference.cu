/*
 * Matrix product as FlagGems does it (src/flag_gems/ops/mm.py, mm_kernel_general) where tl.dot does
 * not use tensor cores: float32 with allow_tf32=False, or any dtype on a device without them. For
 * float16 and bfloat16 on a GPU see reference_tensor_core.cu. a[M][K] b[K][N] -> out[M][N].
 *
 * Tiles of BLOCK_M by BLOCK_N in groups of 8 rows of tiles; K in steps of BLOCK_K without masks
 * (rows and columns beyond the matrix wrap around and are not stored), the last step peeled off and
 * masked. 4 or 8 warps and the tile sizes are FlagGems' configurations (triton_dot.cuh).
 */
#include "../common/tile_order.cuh"
#include "../common/triton_dot.cuh"

constexpr int THREADS = BLOCK_M == 64 ? 128 : 256;

extern "C" __global__ void __launch_bounds__(THREADS)
    matmul_reference(const BENCH_T *a, const BENCH_T *b, BENCH_T *out, long long M, long long N,
                     long long K)
{
    const TilePlace place =
        tile_place(static_cast<int>(blockIdx.x), (int)((M + BLOCK_M - 1) / BLOCK_M),
                   (int)((N + BLOCK_N - 1) / BLOCK_N));
    TritonDot<BENCH_T, THREADS, BLOCK_M, BLOCK_N, BLOCK_K, true>::run(
        a, b, out, static_cast<long long>(place.m) * BLOCK_M,
        static_cast<long long>(place.n) * BLOCK_N, M, N, K);
}
