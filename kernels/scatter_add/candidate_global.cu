/*
 * scatter_add by atomic additions to global memory, for rows that are too long for shared memory or
 * too few to fill the GPU with a block each: blocks take stretches of SPAN terms of a row. The sums
 * are float32: for float32 tensors the output itself, else scratch memory that a third launch
 * rounds. A row a block in y, so that no thread divides.
 */
#include "terms.cuh"

#define SPAN (BLOCK * 2 * PAIRS)

/* Four elements a thread. */
__global__ void __launch_bounds__(256)
    scatter_add_begin(const BENCH_T *__restrict__ x, float *__restrict__ sums, long long n)
{
    const long long begin = static_cast<long long>(blockIdx.x) * 1024;
#pragma unroll
    for (int k = 0; k < 4; k++) {
        const long long i = begin + k * 256 + threadIdx.x;
        if (i < n) {
            sums[i] = to_float(x[i]);
        }
    }
}

__global__ void __launch_bounds__(BLOCK)
    scatter_add_terms(const long long *__restrict__ index, const BENCH_T *__restrict__ src,
                      float *__restrict__ sums, long long rows, long long cols, long long width)
{
    const long long begin = static_cast<long long>(blockIdx.x) * SPAN;
    const long long count = min(cols - begin, static_cast<long long>(SPAN));
    for (long long row = blockIdx.y; row < rows; row += gridDim.y) {
        const long long first = row * cols + begin;
        add_terms<BLOCK, PAIRS>(index + first, src + first, count, sums + row * width, [] {});
    }
}

__global__ void __launch_bounds__(256)
    scatter_add_finish(const float *__restrict__ sums, BENCH_T *__restrict__ out, long long n)
{
    const long long begin = static_cast<long long>(blockIdx.x) * 1024;
#pragma unroll
    for (int k = 0; k < 4; k++) {
        const long long i = begin + k * 256 + threadIdx.x;
        if (i < n) {
            out[i] = from_float<BENCH_T>(sums[i]);
        }
    }
}
