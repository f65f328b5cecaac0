/*
 * A product with 8-bit weights as one would write it first: a[M][K] w[N][K] scale[N] -> out[M][N],
 * tiles of 16 by 16 in shared memory, one output a thread.
 */
#include "../common/convert.cuh"

constexpr int side = 16;

extern "C" __global__ void __launch_bounds__(side *side)
    weight_int8pack_mm_plain(const BENCH_T *a, const signed char *w, const BENCH_T *scale,
                             BENCH_T *out, long long M, long long N, long long K)
{
    __shared__ float a_tile[side][side];
    __shared__ float w_tile[side][side + 1]; /* read along columns */
    const int x = threadIdx.x % side, y = threadIdx.x / side;
    const long long strips = (N + side - 1) / side;
    const long long first_column = blockIdx.x % strips * side;
    const long long row = blockIdx.x / strips * side + y, column = first_column + x;
    float sum = 0.0f;
    for (long long k = 0; k < K; k += side) {
        a_tile[y][x] = row < M && k + x < K ? to_float(a[row * K + k + x]) : 0.0f;
        w_tile[y][x] =
            first_column + y < N && k + x < K ? to_float(w[(first_column + y) * K + k + x]) : 0.0f;
        __syncthreads();
#pragma unroll
        for (int j = 0; j < side; j++) {
            sum = fmaf(a_tile[y][j], w_tile[x][j], sum);
        }
        __syncthreads();
    }
    if (row < M && column < N) {
        out[row * N + column] = from_float<BENCH_T>(sum * to_float(scale[column]));
    }
}
