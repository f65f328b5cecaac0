/*
 * Sum over one dimension, x[outer][n][inner] -> out[outer][inner], written the plain way: rows
 * (inner == 1) by one block a row, whose threads read neighbouring elements; columns by one thread
 * an output, so that a warp reads 32 neighbouring columns.
 */
#include "../common/convert.cuh"
#include "../common/reduce.cuh"

constexpr int threads = 256;

extern "C" __global__ void sum_plain(const BENCH_T *x, BENCH_T *out, long long outer, long long n,
                                     long long inner)
{
    float sum = 0.0f;
    if (inner == 1) {
        const BENCH_T *row = x + blockIdx.x * n;
        for (long long k = threadIdx.x; k < n; k += threads) {
            sum += to_float(row[k]);
        }
        sum = group_reduce<threads>(sum, Sum());
        if (threadIdx.x == 0) {
            out[blockIdx.x] = from_float<BENCH_T>(sum);
        }
        return;
    }
    const long long i = static_cast<long long>(blockIdx.x) * threads + threadIdx.x;
    if (i >= outer * inner) {
        return;
    }
    const BENCH_T *first = x + i / inner * n * inner + i % inner;
    for (long long k = 0; k < n; k++) {
        sum += to_float(first[k * inner]);
    }
    out[i] = from_float<BENCH_T>(sum);
}
