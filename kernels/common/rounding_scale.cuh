/*
 * The scale that an oracle of a sum reports (docs/formats.md, "oracle"): a result may differ from
 * the exact one by rtol * max(|want|, scale).
 *
 *   rounding_scale<T>(magnitude)   magnitude = the sum of |term|, over the terms of this output
 *
 * In float32, rounding errors of partial sums are relative to the magnitude, whatever is left of it
 * after cancellation. With float16 and bfloat16 tensors only the last rounding (relative to |want|)
 * is that coarse; the sum itself is expected in float32, and rtol * magnitude would let a kernel
 * through that sums in half precision. So the scale is 2^-5 of the magnitude there: still room for
 * a few partial results that are stored in half precision, as split-K library kernels and scans in
 * several passes do, but none for long sums in it.
 */
#ifndef BENCH_KERNELS_COMMON_ROUNDING_SCALE_CUH
#define BENCH_KERNELS_COMMON_ROUNDING_SCALE_CUH

template <class T> __device__ __forceinline__ double rounding_scale(double magnitude)
{
    return sizeof(T) >= 4 ? magnitude : magnitude / 32.0;
}

#endif
