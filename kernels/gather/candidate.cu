/*
 * gather along the last dimension: the indices, eight bytes an element, are most of what moves, so
 * they come in accesses of 16 bytes, PACKS of them in flight a thread, then as many reads of x,
 * which fall anywhere in a row. No thread divides:
 *
 *   HOLD == 0    a row a block in y. The caches hold the row
 *   HOLD == 1    a row a block in x, which keeps it in shared memory: a row of 16 KB is 128 lines
 * of a cache, and 32 threads that read anywhere in it ask for nearly as many lines
 */
#include "../common/mma.cuh"
#include "../common/pack.cuh"
#include "../common/pointwise.cuh"

#define SPAN (BLOCK * 2 * PACKS) /* elements a block */

using Indices = Lanes<long long, 2>;
using Values = Lanes<BENCH_T, 2>;

__device__ __forceinline__ void gather_spans(const BENCH_T *__restrict__ x,
                                             const long long *__restrict__ index,
                                             BENCH_T *__restrict__ out, long long rows,
                                             long long cols)
{
    const long long begin = static_cast<long long>(blockIdx.x) * SPAN;
    for (long long row = blockIdx.y; row < rows; row += gridDim.y) {
        const BENCH_T *from = x + row * cols;
        const long long *indices = index + row * cols + begin;
        BENCH_T *to = out + row * cols + begin;
        if (begin + SPAN <= cols && is_aligned_for<2>(indices) && is_aligned_for<2>(to)) {
            Indices at[PACKS];
#pragma unroll
            for (int p = 0; p < PACKS; p++) {
                at[p] = reinterpret_cast<const Indices *>(indices)[p * BLOCK + threadIdx.x];
            }
            Values value[PACKS];
#pragma unroll
            for (int p = 0; p < PACKS; p++) {
                value[p].v[0] = from[at[p].v[0]];
                value[p].v[1] = from[at[p].v[1]];
            }
#pragma unroll
            for (int p = 0; p < PACKS; p++) {
                reinterpret_cast<Values *>(to)[p * BLOCK + threadIdx.x] = value[p];
            }
        } else {
            for (int i = threadIdx.x; i < SPAN && begin + i < cols; i += BLOCK) {
                to[i] = from[indices[i]];
            }
        }
    }
}

/* Of the first `pairs` pairs of indices those of a span. */
__device__ __forceinline__ void load_span(const long long *index, int pairs, Indices (&at)[PACKS])
{
#pragma unroll
    for (int p = 0; p < PACKS; p++) {
        const int i = p * BLOCK + static_cast<int>(threadIdx.x);
        if (i < pairs) {
            at[p] = reinterpret_cast<const Indices *>(index)[i];
        }
    }
}

__device__ __forceinline__ void gather_held(const BENCH_T *__restrict__ x,
                                            const long long *__restrict__ index,
                                            BENCH_T *__restrict__ out, int width)
{
    constexpr int size = Pack<BENCH_T>::size;
    extern __shared__ __align__(16) unsigned char shared[];
    BENCH_T *const held = reinterpret_cast<BENCH_T *>(shared);
    const long long first = static_cast<long long>(blockIdx.x) * width;
    /* In every other row of an odd length pairs begin at the second element. */
    const int head = is_aligned_for<2>(index + first) ? 0 : 1;
    const int pairs = is_aligned_for<2>(out + first + head) ? (width - head) / 2 : 0;
    const long long *const indices = index + first + head;
    BENCH_T *const to = out + first + head;
    Indices at[PACKS];
    load_span(indices, pairs, at); /* on their way while the row comes */
    const BENCH_T *const from = x + first;
    const int packs = is_packable(from) ? width / size : 0;
    for (int i = threadIdx.x; i < packs; i += BLOCK) {
        copy_async(held + i * size, from + i * size, true); /* takes no registers */
    }
    copy_async_commit();
#pragma unroll 2
    for (int i = packs * size + threadIdx.x; i < width; i += BLOCK) {
        held[i] = from[i];
    }
    copy_async_wait<0>();
    __syncthreads();
#pragma unroll 1
    for (int begin = 0; begin < pairs; begin += BLOCK * PACKS) {
        if (begin > 0) {
            load_span(indices + 2 * begin, pairs - begin, at);
        }
#pragma unroll
        for (int p = 0; p < PACKS; p++) {
            const int i = begin + p * BLOCK + static_cast<int>(threadIdx.x);
            if (i < pairs) {
                Values value;
                value.v[0] = held[at[p].v[0]];
                value.v[1] = held[at[p].v[1]];
                reinterpret_cast<Values *>(to)[i] = value;
            }
        }
    }
    for (int e = threadIdx.x; e < width - 2 * pairs; e += BLOCK) {
        const long long i = first + (e < head ? e : e + 2 * pairs);
        out[i] = held[index[i]];
    }
}

__global__ void __launch_bounds__(BLOCK)
    gather_packs(const BENCH_T *__restrict__ x, const long long *__restrict__ index,
                 BENCH_T *__restrict__ out, long long rows, long long cols)
{
    if constexpr (HOLD) {
        gather_held(x, index, out, static_cast<int>(cols));
    } else {
        gather_spans(x, index, out, rows, cols);
    }
}
