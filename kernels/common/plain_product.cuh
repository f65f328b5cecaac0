/*
 * A matrix product the plain way, for baselines: a[M][K] b[K][N] -> out[M][N]. Tiles of 32 by 32 in
 * shared memory, 256 threads, four outputs a thread, float32 sums.
 *
 *   plain_product(a, b, out, tile, M, N, K, epilogue)   tile: 0 … ceil(M / 32) * ceil(N / 32) - 1
 *
 * All threads of the block must call it, once. epilogue: see epilogue.cuh.
 */
#ifndef BENCH_KERNELS_COMMON_PLAIN_PRODUCT_CUH
#define BENCH_KERNELS_COMMON_PLAIN_PRODUCT_CUH

#include "convert.cuh"
#include "epilogue.cuh"

constexpr int plain_side = 32;
constexpr int plain_height = 8; /* rows of threads */
constexpr int plain_threads = plain_side * plain_height;

template <class T, class Epilogue = Sums>
__device__ __forceinline__ void plain_product(const T *a, const T *b, T *out, unsigned tile,
                                              long long M, long long N, long long K,
                                              const Epilogue &epilogue = Epilogue())
{
    constexpr int side = plain_side, height = plain_height;
    __shared__ float a_tile[side][side];
    __shared__ float b_tile[side][side];
    const int x = threadIdx.x % side, y = threadIdx.x / side;
    const long long strips = (N + side - 1) / side;
    const long long row = tile / strips * side + y;
    const long long column = tile % strips * side + x;
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
            out[(row + i) * N + column] =
                from_float<T>(epilogue(sums[i / height], row + i, column));
        }
    }
}

#endif
