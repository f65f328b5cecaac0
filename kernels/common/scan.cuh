/*
 * Running sums over the threads of a group.
 *
 *   scan_lanes(value, lanes)    over `lanes` neighbouring threads of a warp (a power of two, <=
 * 32): the sum of this thread's value and those before it. All 32 lanes of the warp must call it
 *   scan_block<Items>(totals, partial)
 *                               over a block whose threads hold Items values each, in the order
 *                               (item, thread): each value is replaced by the sum of all values
 *                               before it, and the sum of all is returned. blockDim.x is a multiple
 *                               of 32 with Items * warps <= 32. `partial` is shared memory for 32
 *                               floats; one barrier inside, none at the end: use two in turn
 *
 * The order of the additions depends on the shape only.
 */
#ifndef BENCH_KERNELS_COMMON_SCAN_CUH
#define BENCH_KERNELS_COMMON_SCAN_CUH

__device__ __forceinline__ float scan_lanes(float value, int lanes)
{
    const int lane = static_cast<int>(threadIdx.x) & (lanes - 1);
    for (int step = 1; step < lanes; step *= 2) {
        const float before = __shfl_up_sync(0xffffffffu, value, step, lanes);
        value += lane >= step ? before : 0.0f;
    }
    return value;
}

template <int Items>
__device__ __forceinline__ float scan_block(float (&totals)[Items], float *partial)
{
    const int lane = static_cast<int>(threadIdx.x) % 32;
    const int warp = static_cast<int>(threadIdx.x) / 32;
    const int warps = static_cast<int>(blockDim.x) / 32;
#pragma unroll
    for (int i = 0; i < Items; i++) {
        const float sum = scan_lanes(totals[i], 32);
        if (lane == 31) {
            partial[i * warps + warp] = sum;
        }
        totals[i] = __shfl_up_sync(0xffffffffu, sum, 1);
        totals[i] = lane == 0 ? 0.0f : totals[i];
    }
    __syncthreads();
    /* Every warp scans the warps' sums itself, which saves a second barrier. */
    const float sums = scan_lanes(lane < Items * warps ? partial[lane] : 0.0f, 32);
#pragma unroll
    for (int i = 0; i < Items; i++) {
        const int at = i * warps + warp;
        const float before = __shfl_sync(0xffffffffu, sums, at == 0 ? 0 : at - 1);
        totals[i] += at == 0 ? 0.0f : before;
    }
    return __shfl_sync(0xffffffffu, sums, 31);
}

#endif
