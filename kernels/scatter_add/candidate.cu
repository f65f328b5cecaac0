/*
 * scatter_add along rows that fit shared memory: a block keeps the sums of one row there, in
 * float32, adds all of its terms by atomic additions in shared memory, which neither go to L2 nor
 * wait for other blocks, and writes the row once, rounded once. Each tensor moves once, in one
 * launch; a copy followed by atomic additions to global memory moves the output twice more, and in
 * float16 and bfloat16 rounds each addition.
 */
#include "terms.cuh"

__global__ void __launch_bounds__(BLOCK)
    scatter_add_rows(const BENCH_T *__restrict__ x, const long long *__restrict__ index,
                     const BENCH_T *__restrict__ src, BENCH_T *__restrict__ out, long long cols,
                     long long width)
{
    extern __shared__ float sums[];
    x += blockIdx.x * width;
    out += blockIdx.x * width;
    for (long long i = threadIdx.x; i < width; i += BLOCK) {
        sums[i] = to_float(x[i]);
    }
    __syncthreads();
    add_terms<BLOCK, 2>(index + blockIdx.x * cols, src + blockIdx.x * cols, cols, sums);
    __syncthreads();
    for (long long i = threadIdx.x; i < width; i += BLOCK) {
        out[i] = from_float<BENCH_T>(sums[i]);
    }
}
