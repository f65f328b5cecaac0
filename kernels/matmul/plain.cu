/* Matrix product the plain way: a[M][K] b[K][N] -> out[M][N] (plain_product.cuh). */
#include "../common/plain_product.cuh"

extern "C" __global__ void __launch_bounds__(plain_threads)
    matmul_plain(const BENCH_T *a, const BENCH_T *b, BENCH_T *out, long long M, long long N,
                 long long K)
{
    plain_product(a, b, out, blockIdx.x, M, N, K);
}
