/*
 * The running maximum and sum of exponentials of a stretch of numbers (online softmax). The maximum
 * starts at the lowest finite number, not at -infinity: no difference of infinities can then arise
 * before the end, and a row of -infinity ends as 0 / 0, the NaN that softmax must give for it. The
 * library's expf takes ten instructions, and in 16 bits a kernel that reads a row once would wait
 * for them, not for memory; of exponents so low that exp_of_negative is less exact, the terms are
 * nothing beside the largest one's, 1.
 */
#ifndef BENCH_KERNELS_COMMON_ONLINE_CUH
#define BENCH_KERNELS_COMMON_ONLINE_CUH

#include "fast_math.cuh"

struct Online {
    float max, sum; /* sum of exp(x - max) */

    __device__ __forceinline__ Online(float2 pair) : max(pair.x), sum(pair.y)
    {
    }

    static __device__ __forceinline__ Online identity()
    {
        return Online(make_float2(-3.402823466e38f, 0.0f));
    }

    __device__ __forceinline__ float2 pair() const
    {
        return make_float2(max, sum);
    }

    /* Takes in N numbers; one rescaling for all of them. */
    template <int N> __device__ __forceinline__ void add(const float (&v)[N])
    {
        float higher = max;
#pragma unroll
        for (int i = 0; i < N; i++) {
            higher = fmaxf(higher, v[i]);
        }
        sum *= exp_of_negative(max - higher);
        max = higher;
#pragma unroll
        for (int i = 0; i < N; i++) {
            sum += exp_of_negative(v[i] - max);
        }
    }
};

/* For group_reduce over Online::pair(). */
struct MergeOnline {
    __device__ __forceinline__ float2 operator()(float2 a, float2 b) const
    {
        const float max = fmaxf(a.x, b.x);
        return make_float2(max,
                           a.y * exp_of_negative(a.x - max) + b.y * exp_of_negative(b.x - max));
    }
};

#endif
