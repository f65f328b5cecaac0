/*
 * Sum over one dimension, x[outer][n][inner] -> out[outer][inner], written the plain way: rows
 * (inner == 1) by one block a row, whose threads read neighbouring elements; columns by blocks of
 * 32 columns, whose warps take every so manieth row and add up in shared memory at the end.
 */
#include "../common/convert.cuh"
#include "../common/reduce.cuh"

__device__ __forceinline__ void sum_row(const BENCH_T *x, BENCH_T *out, long long n)
{
    float sum = 0.0f;
    for (long long k = threadIdx.x; k < n; k += BLOCK) {
        sum += to_float(x[k]);
    }
    sum = group_reduce<BLOCK>(sum, Sum());
    if (threadIdx.x == 0) {
        *out = from_float<BENCH_T>(sum);
    }
}

__device__ __forceinline__ void sum_strip(const BENCH_T *x, BENCH_T *out, long long n,
                                          long long inner)
{
    __shared__ float partial[BLOCK / 32][32];
    const int lane = threadIdx.x % 32;
    const int warp = threadIdx.x / 32;
    const long long strips = (inner + 31) / 32;
    const long long column = blockIdx.x % strips * 32 + lane;
    const long long first = blockIdx.x / strips * n * inner + column;
    float sum = 0.0f;
    for (long long k = warp; column < inner && k < n; k += BLOCK / 32) {
        sum += to_float(x[first + k * inner]);
    }
    partial[warp][lane] = sum;
    __syncthreads();
    if (warp == 0 && column < inner) {
        for (int w = 1; w < BLOCK / 32; w++) {
            sum += partial[w][lane];
        }
        out[blockIdx.x / strips * inner + column] = from_float<BENCH_T>(sum);
    }
}

extern "C" __global__ void __launch_bounds__(BLOCK)
    sum_plain(const BENCH_T *x, BENCH_T *out, long long n, long long inner)
{
    if (inner == 1) {
        sum_row(x + blockIdx.x * n, out + blockIdx.x, n);
    } else {
        sum_strip(x, out, n, inner);
    }
}
