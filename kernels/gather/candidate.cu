/*
 * gather along the last dimension: the indices, eight bytes an element, are most of what moves, so
 * they come in accesses of 16 bytes, PACKS of them in flight a thread, then as many reads of x,
 * which fall anywhere in a row that the caches hold. A row a block in y, so that no thread divides.
 */
#include "../common/pointwise.cuh"

#define SPAN (BLOCK * 2 * PACKS) /* elements a block */

__global__ void __launch_bounds__(BLOCK)
    gather_packs(const BENCH_T *__restrict__ x, const long long *__restrict__ index,
                 BENCH_T *__restrict__ out, long long rows, long long cols)
{
    const long long begin = static_cast<long long>(blockIdx.x) * SPAN;
    for (long long row = blockIdx.y; row < rows; row += gridDim.y) {
        const BENCH_T *from = x + row * cols;
        const long long *indices = index + row * cols + begin;
        BENCH_T *to = out + row * cols + begin;
        if (begin + SPAN <= cols && is_aligned_for<2>(indices) && is_aligned_for<2>(to)) {
            Lanes<long long, 2> at[PACKS];
#pragma unroll
            for (int p = 0; p < PACKS; p++) {
                at[p] =
                    reinterpret_cast<const Lanes<long long, 2> *>(indices)[p * BLOCK + threadIdx.x];
            }
            Lanes<BENCH_T, 2> value[PACKS];
#pragma unroll
            for (int p = 0; p < PACKS; p++) {
                value[p].v[0] = from[at[p].v[0]];
                value[p].v[1] = from[at[p].v[1]];
            }
#pragma unroll
            for (int p = 0; p < PACKS; p++) {
                reinterpret_cast<Lanes<BENCH_T, 2> *>(to)[p * BLOCK + threadIdx.x] = value[p];
            }
        } else {
            for (int i = threadIdx.x; i < SPAN && begin + i < cols; i += BLOCK) {
                to[i] = from[indices[i]];
            }
        }
    }
}
