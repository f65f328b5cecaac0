/*
 * Numbers in and out of registers: kernels compute in float32 (or wider) whatever the tensor holds.
 *
 *   to_float(x)        exact for float16 and bfloat16
 *   from_float<T>(f)   rounds to nearest even
 *   fast_exp(x)        e^x in two instructions, relative error about 2^-22 * (1 + |x|/2)
 *   fast_log(x)        ln x in two instructions, absolute error about 2^-21 for x in [0.5, 2], else
 *                      relative error about 2^-22
 *   fast_div(a, b)     a / b to 2 ulp for |b| in [2^-126, 2^126]; 0 for a larger finite |b|
 *   infinity()         float32 infinity (NVRTC has no INFINITY)
 *
 * Works under NVRTC and behind the cpu device's shim (BENCH_CPU), where the fast functions are the
 * exact ones.
 */
#ifndef BENCH_KERNELS_COMMON_CONVERT_CUH
#define BENCH_KERNELS_COMMON_CONVERT_CUH

__device__ __forceinline__ float to_float(float x)
{
    return x;
}

__device__ __forceinline__ float to_float(__half x)
{
    return __half2float(x);
}

__device__ __forceinline__ float to_float(signed char x)
{
    return static_cast<float>(x);
}

__device__ __forceinline__ float to_float(__nv_bfloat16 x)
{
    return __bfloat162float(x);
}

template <class T> __device__ __forceinline__ T from_float(float x);

template <> __device__ __forceinline__ float from_float<float>(float x)
{
    return x;
}

template <> __device__ __forceinline__ __half from_float<__half>(float x)
{
    return __float2half(x);
}

template <> __device__ __forceinline__ __nv_bfloat16 from_float<__nv_bfloat16>(float x)
{
    return __float2bfloat16(x);
}

/* For oracles, which compute in double. */
__device__ __forceinline__ double to_double(float x)
{
    return x;
}

__device__ __forceinline__ double to_double(double x)
{
    return x;
}

__device__ __forceinline__ double to_double(signed char x)
{
    return x;
}

__device__ __forceinline__ double to_double(__half x)
{
    return __half2float(x);
}

__device__ __forceinline__ double to_double(__nv_bfloat16 x)
{
    return __bfloat162float(x);
}

__device__ __forceinline__ float infinity()
{
    return __int_as_float(0x7f800000);
}

__device__ __forceinline__ float fast_exp(float x)
{
#ifdef BENCH_CPU
    return expf(x);
#else
    return __expf(x);
#endif
}

__device__ __forceinline__ float fast_log(float x)
{
#ifdef BENCH_CPU
    return logf(x);
#else
    return __logf(x);
#endif
}

__device__ __forceinline__ float fast_div(float a, float b)
{
#ifdef BENCH_CPU
    return a / b;
#else
    return __fdividef(a, b);
#endif
}

#endif
