/*
 * What the kernels of cross entropy share: the mean over rows, in a launch of its own.
 *
 *   mean_of_rows<Block>(loss, target, out, rows, ignore_index)
 *
 * One block of Block threads adds up the losses (0 in ignored rows) and divides by the number of
 * rows that count; none at all give 0 / 0, the NaN that torch gives. The order of the additions
 * depends on the shape only. Losses are a hundredth of a row of logits or less, so one block, of
 * which each thread has four reads in flight, does not show beside the rows.
 */
#ifndef BENCH_KERNELS_CROSS_ENTROPY_LOSS_LOSS_CUH
#define BENCH_KERNELS_CROSS_ENTROPY_LOSS_LOSS_CUH

#include "../common/reduce.cuh"

/* Two sums at once, for group_reduce. */
struct SumBoth {
    __device__ __forceinline__ float2 operator()(float2 a, float2 b) const
    {
        return make_float2(a.x + b.x, a.y + b.y);
    }
};

template <int Block>
__device__ __forceinline__ void mean_of_rows(const float *loss, const long long *target,
                                             BENCH_T *out, long long rows, long long ignore_index)
{
    /* A count by thread is exact in float32 up to 2^24 rows a thread. */
    float2 mine = make_float2(0.0f, 0.0f);
#pragma unroll 4
    for (long long row = threadIdx.x; row < rows; row += Block) {
        mine.x += loss[row];
        mine.y += target[row] == ignore_index ? 0.0f : 1.0f;
    }
    const float2 all = group_reduce<Block>(mine, SumBoth());
    if (threadIdx.x == 0) {
        *out = from_float<BENCH_T>(all.x / all.y);
    }
}

#endif
