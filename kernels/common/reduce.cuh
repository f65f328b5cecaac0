/*
 * Sums and maxima over the threads of a group: Threads consecutive threads of a block, a power of
 * two. Groups up to a warp use shuffles alone; larger groups must be the whole block (blockDim.x ==
 * Threads) and use shared memory and barriers, so every thread of the block must take part.
 *
 *   group_reduce<Threads>(value, op)   every thread of the group gets the result
 *   block_reduce_parts<Threads>(parts, count, identity, op)
 *                                      of `count` results of other blocks in global memory, by a
 *                                      block; four reads a thread are on their way at once
 *   Sum, Max                           for float; any struct with identity() and operator() will do
 *
 * Template parameters are in mixed case because tunables are macros in capitals.
 *
 * The order of the operations depends on Threads and `count` only: results are the same bits each
 * time.
 */
#ifndef BENCH_KERNELS_COMMON_REDUCE_CUH
#define BENCH_KERNELS_COMMON_REDUCE_CUH

#include "convert.cuh"

struct Sum {
    static __device__ __forceinline__ float identity()
    {
        return 0.0f;
    }
    __device__ __forceinline__ float operator()(float a, float b) const
    {
        return a + b;
    }
};

/* Ignores NaN, as fmaxf does. */
struct Max {
    static __device__ __forceinline__ float identity()
    {
        return -infinity();
    }
    __device__ __forceinline__ float operator()(float a, float b) const
    {
        return fmaxf(a, b);
    }
};

__device__ __forceinline__ float shuffle_xor(float value, int lane_mask)
{
    return __shfl_xor_sync(0xffffffffu, value, lane_mask);
}

/* A whole number, such as an element's rank (order.cuh). */
__device__ __forceinline__ unsigned long long shuffle_xor(unsigned long long value, int lane_mask)
{
    return __shfl_xor_sync(0xffffffffu, value, lane_mask);
}

/* Two floats that are reduced together, such as a maximum and a sum of exponentials. */
__device__ __forceinline__ float2 shuffle_xor(float2 value, int lane_mask)
{
    return make_float2(__shfl_xor_sync(0xffffffffu, value.x, lane_mask),
                       __shfl_xor_sync(0xffffffffu, value.y, lane_mask));
}

/* Three floats, such as count, mean and sum of squared deviations. */
__device__ __forceinline__ float3 shuffle_xor(float3 value, int lane_mask)
{
    return make_float3(__shfl_xor_sync(0xffffffffu, value.x, lane_mask),
                       __shfl_xor_sync(0xffffffffu, value.y, lane_mask),
                       __shfl_xor_sync(0xffffffffu, value.z, lane_mask));
}

/* All 32 lanes of each warp must call it, also those of groups that have no row left. */
template <int Lanes, class Value, class Op>
__device__ __forceinline__ Value warp_reduce(Value value, Op op)
{
    static_assert(Lanes >= 1 && Lanes <= 32 && (Lanes & (Lanes - 1)) == 0, "a power of two");
#pragma unroll
    for (int mask = Lanes / 2; mask > 0; mask /= 2) {
        value = op(value, shuffle_xor(value, mask));
    }
    return value;
}

template <int Threads, class Value, class Op>
__device__ __forceinline__ Value group_reduce(Value value, Op op)
{
    static_assert((Threads & (Threads - 1)) == 0, "a power of two");
    if constexpr (Threads <= 32) {
        return warp_reduce<Threads>(value, op);
    } else {
        constexpr int warps = Threads / 32;
        __shared__ Value partial[warps];
        value = warp_reduce<32>(value, op);
        __syncthreads(); /* the previous reduction's results have been read */
        if (threadIdx.x % 32 == 0) {
            partial[threadIdx.x / 32] = value;
        }
        __syncthreads();
        /* Every warp folds the partial results itself, which saves a second round of barriers. */
        value = partial[threadIdx.x % warps];
        return warp_reduce<warps>(value, op);
    }
}

template <int Threads, class Value, class Op>
__device__ __forceinline__ Value block_reduce_parts(const Value *parts, int count, Value identity,
                                                    Op op)
{
    Value all = identity;
    for (int begin = threadIdx.x; begin < count; begin += 4 * Threads) {
        Value part[4];
#pragma unroll
        for (int k = 0; k < 4; k++) {
            part[k] = begin + k * Threads < count ? parts[begin + k * Threads] : identity;
        }
#pragma unroll
        for (int k = 0; k < 4; k++) {
            all = op(all, part[k]);
        }
    }
    return group_reduce<Threads>(all, op);
}

#endif
