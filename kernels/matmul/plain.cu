/*
 * Matrix product the plain way: a[M][K] b[K][N] -> out[M][N]. Tiles of 32 by 32 in shared memory,
 * 256 threads, four outputs a thread, float32 sums.
 */
#include "../common/convert.cuh"

constexpr int side = 32;
constexpr int height = 8; /* rows of threads */

extern "C" __global__ void __launch_bounds__(side *height)
    matmul_plain(const BENCH_T *a, const BENCH_T *b, BENCH_T *out, long long M, long long N,
                 long long K)
{
    __shared__ float a_tile[side][side];
    __shared__ float b_tile[side][side];
    const int x = threadIdx.x % side, y = threadIdx.x / side;
    const long long strips = (N + side - 1) / side;
    const long long row = blockIdx.x / strips * side + y;
    const long long column = blockIdx.x % strips * side + x;
    float sums[side / height] = {};

    for (long long k = 0; k < K; k += side) {
#pragma unroll
        for (int i = 0; i < side; i += height) {
            const bool in_a = row + i < M && k + x < K;
            const bool in_b = k + y + i < K && column < N;
            a_tile[y + i][x] = in_a ? to_float(a[(row + i) * K + k + x]) : 0.0f;
            b_tile[y + i][x] = in_b ? to_float(b[(k + y + i) * N + column]) : 0.0f;
        }
        __syncthreads();
#pragma unroll
        for (int j = 0; j < side; j++) {
#pragma unroll
            for (int i = 0; i < side; i += height) {
                sums[i / height] = fmaf(a_tile[y + i][j], b_tile[j][x], sums[i / height]);
            }
        }
        __syncthreads();
    }
#pragma unroll
    for (int i = 0; i < side; i += height) {
        if (row + i < M && column < N) {
            out[(row + i) * N + column] = from_float<BENCH_T>(sums[i / height]);
        }
    }
}
