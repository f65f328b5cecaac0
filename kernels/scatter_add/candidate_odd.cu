/*
 * scatter_add along rows that fit shared memory and begin anywhere: as candidate.cu, which takes
 * these by elements, but in accesses of several from where the row lets them begin (sums.cuh,
 * pairs.cuh). Rows that begin at multiples of 16 bytes move in packs there already, and short ones
 * take longer here.
 */
#include "pairs.cuh"
#include "sums.cuh"

__global__ void __launch_bounds__(BLOCK, 2048 / BLOCK) /* as many as a multiprocessor holds */
    scatter_add_odd(const BENCH_T *__restrict__ x, const long long *__restrict__ index,
                    const BENCH_T *__restrict__ src, BENCH_T *__restrict__ out, long long cols,
                    int width)
{
    x += static_cast<long long>(blockIdx.x) * width;
    out += static_cast<long long>(blockIdx.x) * width;
    const RowSums<BLOCK> sums(x, out, width);
    each_term<BLOCK, 2, 0>(
        index + blockIdx.x * cols, src + blockIdx.x * cols, cols,
        [&] {
            sums.begin(x);
            __syncthreads();
        },
        [&](long long to, float term) { atomicAdd(&sums.at[to], term); });
    __syncthreads();
    sums.write(out);
}
