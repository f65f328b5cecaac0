/*
 * The terms of a stretch of a row, added to sums in float32 (in shared or global memory, by atomic
 * additions):
 *
 *   add_terms<Block, Pairs>(index, src, count, sums, prepare)
 *                      sums[index[i]] += src[i] for i < count, by a block of Block threads. The
 *                      indices, eight bytes an element, are most of what moves: they come two an
 *                      access, Pairs accesses in flight a thread before the first addition. Every
 *                      thread calls prepare() once, while the first are on their way: it makes the
 *                      sums ready
 */
#ifndef BENCH_KERNELS_SCATTER_ADD_TERMS_CUH
#define BENCH_KERNELS_SCATTER_ADD_TERMS_CUH

#include "../common/pointwise.cuh"

template <int Block, int Pairs> struct Terms {
    Lanes<long long, 2> at[Pairs];
    Lanes<BENCH_T, 2> term[Pairs];

    __device__ __forceinline__ void load(const long long *index, const BENCH_T *src)
    {
#pragma unroll
        for (int p = 0; p < Pairs; p++) {
            const int i = p * Block + static_cast<int>(threadIdx.x);
            at[p] = reinterpret_cast<const Lanes<long long, 2> *>(index)[i];
            term[p] = reinterpret_cast<const Lanes<BENCH_T, 2> *>(src)[i];
        }
    }

    __device__ __forceinline__ void add(float *sums) const
    {
#pragma unroll
        for (int p = 0; p < Pairs; p++) {
            atomicAdd(&sums[at[p].v[0]], to_float(term[p].v[0]));
            atomicAdd(&sums[at[p].v[1]], to_float(term[p].v[1]));
        }
    }
};

template <int Block, int Pairs, class Prepare>
__device__ __forceinline__ void add_terms(const long long *index, const BENCH_T *src,
                                          long long count, float *sums, Prepare prepare)
{
    constexpr int span = Block * 2 * Pairs;
    long long i = threadIdx.x;
    if (count >= span && is_aligned_for<2>(index) && is_aligned_for<2>(src)) {
        Terms<Block, Pairs> terms;
        terms.load(index, src);
        prepare();
        terms.add(sums);
        for (i += span; i - threadIdx.x + span <= count; i += span) {
            terms.load(index + (i - threadIdx.x), src + (i - threadIdx.x));
            terms.add(sums);
        }
    } else {
        const bool has = i < count;
        const long long at = has ? index[i] : 0;
        const BENCH_T term = src[has ? i : 0];
        prepare();
        if (has) {
            atomicAdd(&sums[at], to_float(term));
        }
        i += Block;
    }
    for (; i < count; i += Block) {
        atomicAdd(&sums[index[i]], to_float(src[i]));
    }
}

#endif
