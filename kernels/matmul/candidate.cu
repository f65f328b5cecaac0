/*
 * Matrix product on the ordinary cores, in true float32 whatever the tensors hold:
 * a[M][K] b[K][N] -> out[M][N]. Register tiles of TM by 8 a thread, two buffers in shared memory,
 * 16-byte reads (core_tile.cuh). For float16 and bfloat16 on a GPU, tensor_core.cu is the fast one.
 */
#include "../common/core_tile.cuh"
#include "../common/tile_order.cuh"

using Tile = CoreTile<BENCH_T, BENCH_T, BENCH_T, BM, BN, TM>;

extern "C" __global__ void __launch_bounds__(Tile::threads, Tile::blocks)
    matmul_candidate(const BENCH_T *a, const BENCH_T *b, BENCH_T *out, int M, int N, int K)
{
    const TilePlace place =
        tile_place(static_cast<int>(blockIdx.x), (M - 1) / BM + 1, (N - 1) / BN + 1);
    Tile::run(a, b, out, place.m * BM, place.n * BN, M, N, K);
}
