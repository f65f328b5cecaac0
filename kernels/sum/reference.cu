/*
 * Sum over one dimension as FlagGems does it (src/flag_gems/ops/sum.py, sum_dim_kernel_inner and
 * sum_dim_kernel_non_inner, with the heuristics softmax_inner and softmax_non_inner of its NVIDIA
 * backend): x[outer][n][inner] -> out[outer][inner].
 *
 * inner == 1: one block a row, which holds the row as one tile of 2^k >= n elements up to 32768,
 * and loops over tiles of 4096 beyond; 4, 8 or 16 warps by the size of the tile. inner > 1: tiles
 * of 8192 elements, tile_n rows by tile_k columns, 16 warps, grid (outer, ceil(inner / tile_k)).
 * tile_k is doubled from 1 until there is at most one wave of blocks.
 *
 * A thread holds the elements of a tile that Triton's layout would give it: neighbouring 16 bytes
 * if the row length is a multiple of 16 (Triton specialises on that), single elements otherwise.
 */
#include "../common/convert.cuh"
#include "../common/pack.cuh"
#include "../common/reduce.cuh"

constexpr int tile = 8192;
constexpr int tile_threads = 512;

/* A block's sum where the number of warps is known at run time; in thread 0. */
__device__ __forceinline__ float block_sum(float sum)
{
    __shared__ float partial[32];
    sum = warp_reduce<32>(sum, Sum());
    if (threadIdx.x % 32 == 0) {
        partial[threadIdx.x / 32] = sum;
    }
    __syncthreads();
    sum = threadIdx.x < blockDim.x / 32 ? partial[threadIdx.x] : 0.0f;
    return threadIdx.x < 32 ? warp_reduce<32>(sum, Sum()) : sum;
}

template <class T> __device__ void sum_inner(const T *x, T *out, long long n)
{
    constexpr int size = Pack<T>::size;
    const T *row = x + blockIdx.x * n;
    float sum = 0.0f;
    if (n % 16 == 0 && is_packable(x)) {
#pragma unroll 4
        for (long long i = threadIdx.x * size; i < n; i += blockDim.x * size) {
            const Pack<T> pack = pack_load(row + i);
#pragma unroll
            for (int j = 0; j < size; j++) {
                sum += to_float(pack.v[j]);
            }
        }
    } else {
#pragma unroll 4
        for (long long i = threadIdx.x; i < n; i += blockDim.x) {
            sum += to_float(row[i]);
        }
    }
    sum = block_sum(sum);
    if (threadIdx.x == 0) {
        out[blockIdx.x] = from_float<T>(sum);
    }
}

/* Adds one tile, rows from `row` on, to this thread's tile / tile_threads sums. */
template <int WIDTH, class T>
__device__ __forceinline__ void add_tile(const T *x, long long n, long long inner, long long row,
                                         long long column, int log_k, float *sums)
{
#pragma unroll
    for (int p = 0; p < tile / tile_threads / WIDTH; p++) {
        const int at = (p * tile_threads + static_cast<int>(threadIdx.x)) * WIDTH;
        const long long r = row + (at >> log_k);
        const long long c = column + (at & ((1 << log_k) - 1));
        if (r >= n || c >= inner) {
            continue;
        }
        if constexpr (WIDTH == 1) {
            sums[p] += to_float(x[r * inner + c]);
        } else {
            const Pack<T> pack = pack_load(x + r * inner + c);
#pragma unroll
            for (int j = 0; j < WIDTH; j++) {
                sums[p * WIDTH + j] += to_float(pack.v[j]);
            }
        }
    }
}

template <int WIDTH, class T>
__device__ void sum_non_inner(const T *x, T *out, long long n, long long inner, int log_k,
                              float *sums_of_tile)
{
    const int tile_k = 1 << log_k;
    const int tile_n = tile >> log_k;
    const long long column = static_cast<long long>(blockIdx.y) * tile_k;
    float sums[tile / tile_threads] = {};
    for (long long row = 0; row < n; row += tile_n) {
        add_tile<WIDTH>(x + blockIdx.x * n * inner, n, inner, row, column, log_k, sums);
    }
#pragma unroll
    for (int i = 0; i < tile / tile_threads; i++) {
        const int at = (i / WIDTH * tile_threads + static_cast<int>(threadIdx.x)) * WIDTH;
        sums_of_tile[at + i % WIDTH] = sums[i];
    }
    for (int half = tile_n / 2; half > 0; half /= 2) {
        __syncthreads();
        for (int i = threadIdx.x; i < half * tile_k; i += tile_threads) {
            sums_of_tile[i] += sums_of_tile[i + half * tile_k];
        }
    }
    __syncthreads();
    for (int i = threadIdx.x; i < tile_k && column + i < inner; i += tile_threads) {
        out[blockIdx.x * inner + column + i] = from_float<T>(sums_of_tile[i]);
    }
}

extern "C" __global__ void __launch_bounds__(tile_threads, 2)
    sum_reference(const BENCH_T *x, BENCH_T *out, long long n, long long inner, int log_k)
{
    __shared__ float sums_of_tile[tile];
    if (inner == 1) {
        sum_inner(x, out, n);
        return;
    }
    if (inner % 16 == 0 && (1 << log_k) >= Pack<BENCH_T>::size && is_packable(x)) {
        sum_non_inner<Pack<BENCH_T>::size>(x, out, n, inner, log_k, sums_of_tile);
    } else {
        sum_non_inner<1>(x, out, n, inner, log_k, sums_of_tile);
    }
}
