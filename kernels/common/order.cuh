/*
 * Elements in the order that torch sorts them by, as unsigned integers: NaN is the largest of all,
 * and zeros of both signs are equal.
 *
 *   order_key(x)       float, __half or __nv_bfloat16; a < b exactly if order_key(a) <
 *                      order_key(b). The key of -infinity is above 0, so 0 is below every element
 *   order_key_16(x)    the same in 16 bits, for __half and __nv_bfloat16
 *   Ranked             an element and where it is, in one 64-bit number:
 *     ranked(key, index)    larger for a larger key, and of equal keys for the smaller index, so
 *                           that no two elements of a row are equal. 0 is below all
 *     ranked_index(r)       the index
 */
#ifndef BENCH_KERNELS_COMMON_ORDER_CUH
#define BENCH_KERNELS_COMMON_ORDER_CUH

#include "convert.cuh"

__device__ __forceinline__ unsigned order_key(float x)
{
    if (x != x) {
        return 0xffffffffu;
    }
    /* x + 0 is +0 for both zeros. */
    const unsigned bits = static_cast<unsigned>(__float_as_int(x + 0.0f));
    return bits ^ (bits >> 31 ? 0xffffffffu : 0x80000000u);
}

__device__ __forceinline__ unsigned order_key(__half x)
{
    return order_key(to_float(x));
}

__device__ __forceinline__ unsigned order_key(__nv_bfloat16 x)
{
    return order_key(to_float(x));
}

template <class T> __device__ __forceinline__ unsigned order_key_16(T x)
{
    static_assert(sizeof(T) == 2, "a 16-bit type");
    const float value = to_float(x);
    if (value != value) {
        return 0xffffu;
    }
    const unsigned bits = value == 0.0f ? 0 : *reinterpret_cast<const unsigned short *>(&x);
    return bits ^ (bits >> 15 ? 0xffffu : 0x8000u);
}

using Ranked = unsigned long long;

__device__ __forceinline__ Ranked ranked(unsigned key, unsigned index)
{
    return static_cast<Ranked>(key) << 32 | (0xffffffffu - index);
}

__device__ __forceinline__ unsigned ranked_index(Ranked r)
{
    return 0xffffffffu - static_cast<unsigned>(r);
}

#endif
