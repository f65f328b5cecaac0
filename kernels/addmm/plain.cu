/* A matrix product and a bias the plain way, in one kernel (plain_product.cuh). */
#include "../common/plain_product.cuh"

extern "C" __global__ void __launch_bounds__(plain_threads)
    addmm_plain(const BENCH_T *bias, const BENCH_T *a, const BENCH_T *b, BENCH_T *out, long long M,
                long long N, long long K, long long row_stride, long long column_stride,
                float alpha, float beta)
{
    plain_product(a, b, out, blockIdx.x, M, N, K,
                  ScaledBias<BENCH_T>{bias, row_stride, column_stride, alpha, beta});
}
