/*
 * The loss of a row of logits in one pass over memory: the log-sum-exp is found as the row is read
 * (../common/online.cuh), and nothing of the size of the logits is written, where log_softmax
 * followed by nll_loss would write and read them once more.
 *
 *   row_loss<Ahead>(x, target, row, cols, ignore_index)
 *                      by THREADS neighbouring threads, a power of two, 16 bytes an access, PACKS
 *                      of them in flight a thread; groups larger than a warp must be the whole
 *                      block. All threads of a group get it; 0 for a row whose target is
 *                      ignore_index, of which no more is read than what is on its way when the
 *                      target is known. With Ahead the L2 cache is told of the next stretch when
 *                      one is asked for, which takes no registers, and of the last stretch no more
 *                      is computed than it has: 50,257 halves are three stretches of 512 threads
 *                      and a fifteenth of a fourth
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

using Slice = RowSlice<BENCH_T, THREADS, PACKS, true>;

/* A stretch, or what there is of it, goes to the L2 cache: 128 bytes a thread. */
__device__ __forceinline__ void prefetch_stretch(const BENCH_T *from, long long count, int lane)
{
#ifndef BENCH_CPU
    constexpr int each = 128 / static_cast<int>(sizeof(BENCH_T));
    static_assert(Slice::span <= THREADS * each, "a thread has no more than one address");
    if (lane < Slice::span / each && lane * each < count) {
        asm volatile("prefetch.global.L2 [%0];" ::"l"(from + lane * each));
    }
#endif
}

/* Takes in the packs of a row, `main` elements; of an ignored one the first stretch only. */
__device__ __forceinline__ void add_ahead(Online &online, const BENCH_T *from, long long main,
                                          int lane, bool ignored)
{
    long long begin = 0;
#pragma unroll 1
    for (; begin + Slice::span <= main; begin += Slice::span) {
        Slice::Step steps[PACKS];
#pragma unroll
        for (int k = 0; k < PACKS; k++) {
            steps[k] = *reinterpret_cast<const Slice::Step *>(from + begin +
                                                              Slice::column(lane, k * Slice::pack));
        }
        prefetch_stretch(from + begin + Slice::span, main - begin - Slice::span, lane);
        float v[Slice::size];
#pragma unroll
        for (int i = 0; i < Slice::size; i++) {
            v[i] = to_float(steps[i / Slice::pack].v[i % Slice::pack]);
        }
        online.add(v);
        if (ignored) {
            return;
        }
    }
    const long long rest = main - begin;
    if (rest == 0) {
        return;
    }
    Slice::Step steps[PACKS];
#pragma unroll
    for (int k = 0; k < PACKS; k++) {
        steps[k] = Slice::load_step(from + begin, rest, lane, k * Slice::pack);
    }
#pragma unroll
    for (int k = 0; k < PACKS; k++) {
        if (Slice::inside(lane, k * Slice::pack, rest)) {
            float v[Slice::pack];
#pragma unroll
            for (int i = 0; i < Slice::pack; i++) {
                v[i] = to_float(steps[k].v[i]);
            }
            online.add(v);
        }
    }
}

template <bool Ahead>
__device__ __forceinline__ float row_loss(const BENCH_T *x, const long long *target, long long row,
                                          long long cols, long long ignore_index)
{
    const int lane = threadIdx.x % THREADS;
    const long long t = target[row];
    const bool ignored = t == ignore_index;
    x += row * cols;
    /* On its way while the row is read. */
    const float at_target = ignored ? 0.0f : to_float(x[t]);
    const Edges edges(x, cols, lane);
    const BENCH_T *from = x + edges.head;
    Online online = Online::identity();
    if constexpr (Ahead) {
        add_ahead(online, from, edges.main, lane, ignored);
    } else {
        float v[Slice::size];
        for (long long begin = 0; begin < edges.main; begin += Slice::span) {
            /* The first stretch does not wait for the target. */
            Slice::load(from + begin, edges.main - begin, lane, -infinity(), v);
            online.add(v);
            if (ignored) {
                break;
            }
        }
    }
    if (edges.count > 0) {
        online.add(edges.v);
    }
    online = Online(group_reduce<THREADS>(online.pair(), MergeOnline()));
    return ignored ? 0.0f : logf(online.sum) - (at_target - online.max);
}

#endif
