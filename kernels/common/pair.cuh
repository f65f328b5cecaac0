/*
 * Two neighbours of a 16-bit T in a register.
 *
 *   pack_pair<T>(low, high)   both rounded to nearest even, the first one low: one instruction
 */
#ifndef BENCH_KERNELS_COMMON_PAIR_CUH
#define BENCH_KERNELS_COMMON_PAIR_CUH

#include "convert.cuh"

template <class T> __device__ __forceinline__ unsigned pack_pair(float low, float high);

template <> __device__ __forceinline__ unsigned pack_pair<__half>(float low, float high)
{
    const __half2 pair = __floats2half2_rn(low, high);
    return *reinterpret_cast<const unsigned *>(&pair);
}

template <> __device__ __forceinline__ unsigned pack_pair<__nv_bfloat16>(float low, float high)
{
    const __nv_bfloat162 pair = __floats2bfloat162_rn(low, high);
    return *reinterpret_cast<const unsigned *>(&pair);
}

#endif
