/*
 * FlagGems' scatter_add along the last dimension (src/flag_gems/ops/scatter_add.py): a copy of the
 * input in programs of 1024 elements, then one atomic addition an element, four warps a program of
 *
 * - 256 elements where the rows of the index are at least as long as the output's
 *   (scatter_add_kernel_1);
 * - 32, 64 or 128 elements, by the number of all, where they are shorter (scatter_add_2d_kernel,
 *   and from 131073 on the kernel that FlagGems generates for any rank, which has 128).
 *
 * The additions are in the tensor's dtype; float16 and bfloat16 tensors of more than 131072 indices
 * are converted to float32 first and back in the end.
 */
#include "../common/convert.cuh"

#define THREADS 128

template <class From, class To>
__device__ __forceinline__ void copy(const From *from, To *to, long long n)
{
#pragma unroll
    for (int k = 0; k < 1024 / THREADS; k++) {
        const long long i = static_cast<long long>(blockIdx.x) * 1024 + k * THREADS + threadIdx.x;
        if (i < n) {
            to[i] = from_float<To>(to_float(from[i]));
        }
    }
}

template <class Sum>
__device__ __forceinline__ void add(const long long *index, const BENCH_T *src, Sum *out,
                                    long long n, long long cols, long long width, int tile)
{
#pragma unroll 1
    for (int in_tile = threadIdx.x; in_tile < tile; in_tile += THREADS) {
        const long long i = static_cast<long long>(blockIdx.x) * tile + in_tile;
        if (i < n) {
            atomicAdd(&out[i / cols * width + index[i]], from_float<Sum>(to_float(src[i])));
        }
    }
}

__global__ void __launch_bounds__(THREADS)
    copy_contiguous(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out, long long n)
{
    copy(x, out, n);
}

__global__ void __launch_bounds__(THREADS)
    copy_up(const BENCH_T *__restrict__ x, float *__restrict__ out, long long n)
{
    copy(x, out, n);
}

__global__ void __launch_bounds__(THREADS)
    copy_down(const float *__restrict__ x, BENCH_T *__restrict__ out, long long n)
{
    copy(x, out, n);
}

__global__ void __launch_bounds__(THREADS)
    scatter_add_kernel(const long long *__restrict__ index, const BENCH_T *__restrict__ src,
                       BENCH_T *__restrict__ out, long long n, long long cols, long long width,
                       int tile)
{
    add(index, src, out, n, cols, width, tile);
}

__global__ void __launch_bounds__(THREADS)
    scatter_add_kernel_up(const long long *__restrict__ index, const BENCH_T *__restrict__ src,
                          float *__restrict__ out, long long n, long long cols, long long width,
                          int tile)
{
    add(index, src, out, n, cols, width, tile);
}
