/*
 * The loss of a row of logits in one pass over memory: the log-sum-exp is found as the row is read
 * (../common/online.cuh), and nothing of the size of the logits is written, where log_softmax
 * followed by nll_loss would write and read them once more.
 *
 *   row_loss(x, target, row, cols, ignore_index)
 *                      by THREADS neighbouring threads, a power of two, 16 bytes an access, PACKS
 *                      of them in flight a thread; groups larger than a warp must be the whole
 *                      block. All threads of a group get it; 0 for a row whose target is
 *                      ignore_index, of which no more is read than what is on its way when the
 *                      target is known
 *
 * Rows begin at any address, such as every other one of 50,257 classes: the elements before the
 * first multiple of 16 bytes and behind the last go one by one.
 */
#ifndef BENCH_KERNELS_CROSS_ENTROPY_LOSS_ROWS_CUH
#define BENCH_KERNELS_CROSS_ENTROPY_LOSS_ROWS_CUH

#include "../common/online.cuh"
#include "../common/reduce.cuh"
#include "../common/row.cuh"

/* The elements of a row that no aligned pack covers, `each` a thread. */
struct Edges {
    static constexpr int pack = Pack<BENCH_T>::size;
    static constexpr int each = (2 * (pack - 1) + THREADS - 1) / THREADS;
    int head;       /* elements before the packs */
    long long main; /* elements of packs */
    int count;      /* elements that are not */
    float v[each];

    __device__ __forceinline__ Edges(const BENCH_T *x, long long cols, int lane)
    {
        const int start =
            static_cast<int>(reinterpret_cast<unsigned long long>(x) % 16 / sizeof(BENCH_T));
        head = min(static_cast<long long>((pack - start) % pack), cols);
        main = (cols - head) / pack * pack;
        count = static_cast<int>(cols - main);
#pragma unroll
        for (int k = 0; k < each; k++) {
            const int i = k * THREADS + lane;
            v[k] = i < count ? to_float(x[i < head ? i : main + i]) : -infinity();
        }
    }
};

__device__ __forceinline__ float row_loss(const BENCH_T *x, const long long *target, long long row,
                                          long long cols, long long ignore_index)
{
    using Slice = RowSlice<BENCH_T, THREADS, PACKS, true>;
    const int lane = threadIdx.x % THREADS;
    const long long t = target[row];
    const bool ignored = t == ignore_index;
    x += row * cols;
    /* On its way while the row is read. */
    const float at_target = ignored ? 0.0f : to_float(x[t]);
    const Edges edges(x, cols, lane);
    const BENCH_T *from = x + edges.head;
    Online online = Online::identity();
    float v[Slice::size];
    for (long long begin = 0; begin < edges.main; begin += Slice::span) {
        /* The first stretch does not wait for the target. */
        Slice::load(from + begin, edges.main - begin, lane, -infinity(), v);
        online.add(v);
        if (ignored) {
            break;
        }
    }
    if (edges.count > 0) {
        online.add(edges.v);
    }
    online = Online(group_reduce<THREADS>(online.pair(), MergeOnline()));
    return ignored ? 0.0f : logf(online.sum) - (at_target - online.max);
}

#endif
