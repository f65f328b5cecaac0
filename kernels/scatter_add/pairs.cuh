/*
 * The terms of a row that begins anywhere (terms.cuh takes those that begin at a multiple of 16
 * bytes in pairs, and others by elements), with what to do with each:
 *
 *   each_term<Block, Pairs, Ahead>(index, src, count, prepare, add)
 *                      add(index[i], src[i]) for i < count, by a block of Block threads. The
 *                      indices come two an access, Pairs accesses in flight a thread before the
 *                      first addition, and the L2 cache is told of the next Ahead times as many.
 *                      Every thread calls prepare() once, while the first are on their way: it
 *                      makes the sums ready
 *
 * No thread asks for indices before its additions are done, for in shared memory these are loops
 * that the compiler moves no load across: other blocks of the multiprocessor ask meanwhile. Where
 * it holds but one, there is Ahead, which takes no registers.
 *
 * Pairs begin at the second element where indices do, as in every other row of an odd length. What
 * is in no pair goes by elements: an element at either end, or all where src has no pairs there.
 */
#ifndef BENCH_KERNELS_SCATTER_ADD_PAIRS_CUH
#define BENCH_KERNELS_SCATTER_ADD_PAIRS_CUH

#include "../common/pointwise.cuh"

template <int Block, int Pairs> struct TermPairs {
    static constexpr int span = Block * Pairs; /* pairs of a block at once */
    Lanes<long long, 2> at[Pairs];
    Lanes<BENCH_T, 2> term[Pairs];

    /* The first `pairs` pairs from the pointers on. */
    __device__ __forceinline__ void load(const long long *index, const BENCH_T *src,
                                         long long pairs)
    {
#pragma unroll
        for (int p = 0; p < Pairs; p++) {
            const int i = p * Block + static_cast<int>(threadIdx.x);
            if (i < pairs) {
                at[p] = reinterpret_cast<const Lanes<long long, 2> *>(index)[i];
                term[p] = reinterpret_cast<const Lanes<BENCH_T, 2> *>(src)[i];
            }
        }
    }

    template <class Add> __device__ __forceinline__ void each(long long pairs, Add add) const
    {
#pragma unroll
        for (int p = 0; p < Pairs; p++) {
            if (p * Block + static_cast<int>(threadIdx.x) < pairs) {
                add(at[p].v[0], to_float(term[p].v[0]));
                add(at[p].v[1], to_float(term[p].v[1]));
            }
        }
    }

    /* What load would read goes to the L2 cache: 128 bytes a thread, of the indices by the first
     * threads and of src by the next. */
    static __device__ __forceinline__ void prefetch(const long long *index, const BENCH_T *src,
                                                    long long pairs)
    {
#ifndef BENCH_CPU
        constexpr int index_each = 16, src_each = 128 / static_cast<int>(sizeof(BENCH_T));
        constexpr int of_index = 2 * span / index_each, of_src = 2 * span / src_each;
        static_assert(of_index + of_src <= Block, "a thread has no more than one address");
        const int lane = threadIdx.x;
        const bool first = lane < of_index;
        const int i = first ? lane * index_each : (lane - of_index) * src_each;
        if (lane < of_index + of_src && i < 2 * pairs) {
            const void *at = first ? static_cast<const void *>(index + i) : src + i;
            asm volatile("prefetch.global.L2 [%0];" ::"l"(at));
        }
#endif
    }
};

template <int Block, int Pairs, int Ahead, class Prepare, class Add>
__device__ __forceinline__ void each_term(const long long *index, const BENCH_T *src,
                                          long long count, Prepare prepare, Add add)
{
    using Batch = TermPairs<Block, Pairs>;
    const int head = is_aligned_for<2>(index) ? 0 : 1;
    const long long pairs = is_aligned_for<2>(src + head) ? (count - head) / 2 : 0;
    const long long *const paired_index = index + head;
    const BENCH_T *const paired_src = src + head;
    Batch batch;
    batch.load(paired_index, paired_src, pairs);
    /* The elements in no pair: before the pairs, and behind. */
    const int edges = static_cast<int>(count - 2 * pairs);
    int e = threadIdx.x;
    const bool has = e < edges;
    const long long i = has ? (e < head ? e : e + 2 * pairs) : 0;
    const long long at = index[i];
    const BENCH_T term = src[i];
#pragma unroll
    for (int a = 1; a <= Ahead; a++) {
        const long long next = static_cast<long long>(a) * Batch::span;
        Batch::prefetch(paired_index + 2 * next, paired_src + 2 * next, pairs - next);
    }
    prepare();
    if (has) {
        add(at, to_float(term));
    }
    batch.each(pairs, add);
#pragma unroll 1
    for (long long done = Batch::span; done < pairs; done += Batch::span) {
        batch.load(paired_index + 2 * done, paired_src + 2 * done, pairs - done);
        if constexpr (Ahead > 0) {
            const long long next = done + static_cast<long long>(Ahead) * Batch::span;
            Batch::prefetch(paired_index + 2 * next, paired_src + 2 * next, pairs - next);
        }
        batch.each(pairs - done, add);
    }
    for (e += Block; e < edges; e += Block) {
        const long long j = e < head ? e : e + 2 * pairs;
        add(index[j], to_float(src[j]));
    }
}

#endif
