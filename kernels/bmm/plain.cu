/*
 * Products of many pairs of matrices the plain way: a block a tile (plain_product.cuh), the
 * matrices one after the other.
 */
#include "../common/plain_product.cuh"

extern "C" __global__ void __launch_bounds__(plain_threads)
    bmm_plain(const BENCH_T *a, const BENCH_T *b, BENCH_T *out, long long tiles, long long M,
              long long N, long long K)
{
    const long long matrix = blockIdx.x / tiles;
    plain_product(a + matrix * M * K, b + matrix * K * N, out + matrix * M * N,
                  static_cast<unsigned>(blockIdx.x % tiles), M, N, K);
}
