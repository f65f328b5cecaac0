/*
 * beta * bias + alpha * a b by Hopper's wgmma: a[M][K] b[K][N] -> out[M][N], float16 or bfloat16
 * with float32 sums. The tile is matmul's (wgmma_tile.cuh); scaling and bias are done to the
 * float32 sums before they are rounded, once. Without Whole, N or K is no multiple of 8.
 */
#include "../common/tile_order.cuh"
#include "../common/wgmma_tile.cuh"

template <bool Whole> using Tile = WgmmaTile<BENCH_T, BM, BN, STAGES, Whole>;

template <bool Whole>
__global__ void __launch_bounds__(Tile<Whole>::threads)
    addmm_wgmma(const BENCH_T *bias, const BENCH_T *a, const BENCH_T *b, BENCH_T *out, long long M,
                long long N, long long K, long long row_stride, long long column_stride,
                float alpha, float beta)
{
    extern __shared__ __align__(1024) unsigned char addmm_shared[];
    const TilePlace place = tile_place(static_cast<int>(blockIdx.x), (int)((M + BM - 1) / BM),
                                       (int)((N + BN - 1) / BN));
    const long long row = static_cast<long long>(place.m) * BM;
    const long long column = static_cast<long long>(place.n) * BN;
    const ScaledBias<BENCH_T> epilogue = {bias, row_stride, column_stride, alpha, beta};
    epilogue.template fetch<BM, BN>(row, column, M, N);
    Tile<Whole>::run(reinterpret_cast<BENCH_T *>(addmm_shared), a, b, out, row, column, M, N, K,
                     epilogue);
}
