/*
 * 8-bit integers as 16-bit T, exactly and without a conversion.
 *
 *   widen<T>(four, low_pair, high_pair)   the four bytes of `four`, the first in its lowest bits,
 *                                         as two pairs of T
 *
 * float16: a byte u = w + 128 in the low bits of 2^10 is 2^10 + u, and one subtraction leaves w (as
 * in Kim et al., "Who Says Elephants Can't Run: Bringing Large Scale MoE Models into Cloud Scale
 * Production", 2022). bfloat16 has 7 such bits: the lower seven of w in those of 2^7 are 2^7 + w,
 * or 2^8 + w where w < 0; and the highest one, set in 2^7 alone, makes 2^8 of it: the difference.
 */
#ifndef BENCH_KERNELS_WEIGHT_INT8PACK_MM_WIDEN_CUH
#define BENCH_KERNELS_WEIGHT_INT8PACK_MM_WIDEN_CUH

#include "../common/convert.cuh"

/* Four 8-bit integers as two pairs of T. */
template <class T>
__device__ __forceinline__ void widen(unsigned four, unsigned &low_pair, unsigned &high_pair);

__device__ __forceinline__ unsigned subtract_1152(unsigned pair)
{
    const __half2 offset = __halves2half2(__ushort_as_half(0x6480), __ushort_as_half(0x6480));
    __half2 x = *reinterpret_cast<__half2 *>(&pair);
    x = __hsub2(x, offset);
    return *reinterpret_cast<unsigned *>(&x);
}

template <>
__device__ __forceinline__ void widen<__half>(unsigned four, unsigned &low_pair,
                                              unsigned &high_pair)
{
    const unsigned u = four ^ 0x80808080u;
    low_pair = subtract_1152(__byte_perm(u, 0x64646464u, 0x4140));
    high_pair = subtract_1152(__byte_perm(u, 0x64646464u, 0x4342));
}

/* A pair of bytes, each below 0x43, the upper byte of 2^7. */
__device__ __forceinline__ unsigned low_bits_less_high(unsigned pair)
{
    const unsigned raised = pair & 0xff7fff7fu, offset = pair & 0xff80ff80u;
    __nv_bfloat162 x = *reinterpret_cast<const __nv_bfloat162 *>(&raised);
    x = __hsub2(x, *reinterpret_cast<const __nv_bfloat162 *>(&offset));
    return *reinterpret_cast<unsigned *>(&x);
}

template <>
__device__ __forceinline__ void widen<__nv_bfloat16>(unsigned four, unsigned &low_pair,
                                                     unsigned &high_pair)
{
    low_pair = low_bits_less_high(__byte_perm(four, 0x43434343u, 0x4140));
    high_pair = low_bits_less_high(__byte_perm(four, 0x43434343u, 0x4342));
}

#endif
