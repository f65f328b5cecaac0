/*
 * beta * bias + alpha * a b of small matrices by Hopper's wgmma, float16 or bfloat16 with float32
 * sums: PARTS blocks of a cluster share a tile, each with a part of K (wgmma_split.cuh).
 */
#include "../common/tile_order.cuh"
#include "../common/wgmma_split.cuh"

using Split = WgmmaSplit<BENCH_T, BM, BN, STAGES, PARTS>;

extern "C" __global__ void __cluster_dims__(PARTS) __launch_bounds__(Split::tile::threads)
    addmm_wgmma_split(const BENCH_T *bias, const BENCH_T *a, const BENCH_T *b, BENCH_T *out,
                      long long M, long long N, long long K, long long row_stride,
                      long long column_stride, float alpha, float beta)
{
    extern __shared__ __align__(1024) unsigned char addmm_shared[];
    const TilePlace place =
        tile_place(static_cast<int>(blockIdx.x) / PARTS, (int)((M + BM - 1) / BM),
                   (int)((N + BN - 1) / BN));
    const long long row = static_cast<long long>(place.m) * BM;
    const long long column = static_cast<long long>(place.n) * BN;
    const ScaledBias<BENCH_T> epilogue = {bias, row_stride, column_stride, alpha, beta};
    epilogue.template fetch<Split::rows, BN>(row + cluster_rank() * Split::rows, column, M, N);
    Split::run(reinterpret_cast<BENCH_T *>(addmm_shared), a, b, out, row, column, M, N, K,
               epilogue);
}
