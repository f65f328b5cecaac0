/*
 * scatter_add along long rows that are too few to fill the GPU with a block each: PARTS blocks
 * share a row. Each keeps the sums of its columns in shared memory, as in candidate.cu, reads all
 * terms of the row and adds those that are its own. The blocks of a row are neighbours and read it
 * at the same time, so that its terms come from memory once, and PARTS times from the L2 cache;
 * that takes less time than an atomic addition there for each.
 */
#include "pairs.cuh"
#include "sums.cuh"

#define BLOCK 1024 /* more of a row in flight, where a multiprocessor has one block */

__global__ void __launch_bounds__(BLOCK, 1) /* without the 1 in fewer registers */
    scatter_add_parts(const BENCH_T *__restrict__ x, const long long *__restrict__ index,
                      const BENCH_T *__restrict__ src, BENCH_T *__restrict__ out, long long cols,
                      int width, int share)
{
    const long long row = blockIdx.y;
    const int first = static_cast<int>(blockIdx.x) * share;
    const int own = max(min(share, width - first), 0);
    x += row * width + first;
    out += row * width + first;
    const RowSums<BLOCK> sums(x, out, own);
    each_term<BLOCK, 4, 1>(
        index + row * cols, src + row * cols, cols,
        [&] {
            sums.begin(x);
            __syncthreads();
        },
        [&](long long to, float term) {
            const unsigned at = static_cast<unsigned>(to) - static_cast<unsigned>(first);
            if (at < static_cast<unsigned>(own)) {
                atomicAdd(&sums.at[at], term);
            }
        });
    __syncthreads();
    sums.write(out);
}
