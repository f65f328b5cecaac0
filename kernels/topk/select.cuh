/*
 * The largest elements of a stretch of a row, by the warps of a block together (see
 * ../common/warp_topk.cuh).
 *
 *   offer_row<Slice>(top, x, cols, first, lane)
 *                      offers x[0 … cols) to the warp's list; `first` is the row's number of x[0].
 *                      A slice is in flight while the one before is compared; one whose largest
 *                      element is below the k-th best costs one vote
 *   merge_warps<Warps, Each>(top, lists)
 *                      Warps neighbouring warps put their lists together in the first of them.
 *                      `lists` is shared memory of [Warps][32 * Each]; with more than one warp the
 *                      whole block takes part
 */
#ifndef BENCH_KERNELS_TOPK_SELECT_CUH
#define BENCH_KERNELS_TOPK_SELECT_CUH

#include "../common/row.cuh"
#include "../common/warp_topk.cuh"

/* A slice as it is in memory. */
template <class Slice> struct RawSlice {
    static constexpr int steps = Slice::size / Slice::step;
    typename Slice::Step step[steps];

    __device__ __forceinline__ void load(const BENCH_T *x, long long cols, int lane)
    {
#pragma unroll
        for (int s = 0; s < steps; s++) {
            step[s] = Slice::load_step(x, cols, lane, s * Slice::step);
        }
    }
};

template <class Slice, int Each>
__device__ __forceinline__ void expect_of(WarpTopK<Each> &top, const unsigned (&keys)[Slice::size],
                                          unsigned first, int lane)
{
    Ranked best = 0, second = 0;
#pragma unroll
    for (int i = 0; i < Slice::size; i++) {
        const Ranked x = keys[i] != 0 ? ranked(keys[i], first + Slice::column(lane, i)) : 0;
        second = max(second, min(best, x));
        best = max(best, x);
    }
    top.expect(best, second);
}

template <class Slice, int Each>
__device__ __forceinline__ void offer_row(WarpTopK<Each> &top, const BENCH_T *x, long long cols,
                                          unsigned first, int lane)
{
    static_assert(Slice::size <= 8, "more would not fit the buffer");
    RawSlice<Slice> next;
    next.load(x, cols, lane);
    for (long long begin = 0; begin < cols; begin += Slice::span) {
        const RawSlice<Slice> now = next;
        if (begin + Slice::span < cols) {
            next.load(x + begin + Slice::span, cols - begin - Slice::span, lane);
        }
        unsigned keys[Slice::size], highest = 0;
#pragma unroll
        for (int i = 0; i < Slice::size; i++) {
            const BENCH_T v = now.step[i / Slice::step].v[i % Slice::step];
            keys[i] = Slice::inside(lane, i, cols - begin) ? order_key(v) : 0;
            highest = max(highest, keys[i]);
        }
        const unsigned at = first + static_cast<unsigned>(begin);
        if (begin == 0 && cols > 64) { /* as much work as to take in 32 numbers */
            expect_of<Slice>(top, keys, at, lane);
        }
        const unsigned least = static_cast<unsigned>(top.threshold >> 32);
        if (__any_sync(0xffffffffu, highest >= least)) {
#pragma unroll
            for (int i = 0; i < Slice::size; i++) {
                top.offer(ranked(keys[i], at + Slice::column(lane, i)), keys[i] != 0);
            }
            top.drain();
        }
    }
}

template <int Warps, int Each>
__device__ __forceinline__ void merge_warps(WarpTopK<Each> &top, Ranked *lists)
{
    const int lane = static_cast<int>(threadIdx.x) % 32;
    const int warp = static_cast<int>(threadIdx.x) / 32 % Warps;
#pragma unroll
    for (int step = 1; step < Warps; step *= 2) {
        if (warp % (2 * step) == step) {
#pragma unroll
            for (int i = 0; i < Each; i++) {
                lists[warp * 32 * Each + i * 32 + lane] = top.best[i];
            }
        }
        __syncthreads();
        if (warp % (2 * step) == 0) {
            top.take(lists + (warp + step) * 32 * Each);
        }
    }
}

#endif
