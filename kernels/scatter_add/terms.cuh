/*
 * The terms of a stretch of a row, added to sums in float32 (in shared or global memory, by atomic
 * additions):
 *
 *   add_terms<Block, Pairs>(index, src, count, sums)
 *                      sums[index[i]] += src[i] for i < count, by a block of Block threads. The
 *                      indices, eight bytes an element, are most of what moves: they come two an
 *                      access, Pairs accesses in flight a thread before the first addition
 */
#ifndef BENCH_KERNELS_SCATTER_ADD_TERMS_CUH
#define BENCH_KERNELS_SCATTER_ADD_TERMS_CUH

#include "../common/pointwise.cuh"

template <int Block, int Pairs>
__device__ __forceinline__ void add_terms(const long long *index, const BENCH_T *src,
                                          long long count, float *sums)
{
    constexpr int span = Block * 2 * Pairs;
    long long begin = 0;
    if (is_aligned_for<2>(index) && is_aligned_for<2>(src)) {
        for (; begin + span <= count; begin += span) {
            Lanes<long long, 2> at[Pairs];
            Lanes<BENCH_T, 2> term[Pairs];
#pragma unroll
            for (int p = 0; p < Pairs; p++) {
                const long long i = begin / 2 + p * Block + threadIdx.x;
                at[p] = reinterpret_cast<const Lanes<long long, 2> *>(index)[i];
                term[p] = reinterpret_cast<const Lanes<BENCH_T, 2> *>(src)[i];
            }
#pragma unroll
            for (int p = 0; p < Pairs; p++) {
                atomicAdd(&sums[at[p].v[0]], to_float(term[p].v[0]));
                atomicAdd(&sums[at[p].v[1]], to_float(term[p].v[1]));
            }
        }
    }
    for (long long i = begin + threadIdx.x; i < count; i += Block) {
        atomicAdd(&sums[index[i]], to_float(src[i]));
    }
}

#endif
