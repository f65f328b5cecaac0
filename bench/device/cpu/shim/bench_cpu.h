/*
 * What CUDA C sources find on the cpu device in place of CUDA's built-in names. Included before the
 * first line of every source by bench/provider/cuda/host.c, which also rewrites what no header can
 * express: __shared__, extern __shared__, __global__, __launch_bounds__.
 *
 * Everything is as CUDA documents it, or is missing: what is not here must not compile, so that a
 * kernel never computes something else than on a GPU. No standard header is included, because every
 * kernel would pay for it in compile time.
 */
#ifndef BENCH_CPU_H
#define BENCH_CPU_H
#pragma GCC system_header

#ifndef BENCH_CPU
#define BENCH_CPU 1
#endif
#define __CUDACC__ 1
#define __CUDACC_RTC__ 1

typedef __SIZE_TYPE__ size_t;
typedef __PTRDIFF_TYPE__ ptrdiff_t;
typedef __INT8_TYPE__ int8_t;
typedef __INT16_TYPE__ int16_t;
typedef __INT32_TYPE__ int32_t;
typedef __INT64_TYPE__ int64_t;
typedef __UINT8_TYPE__ uint8_t;
typedef __UINT16_TYPE__ uint16_t;
typedef __UINT32_TYPE__ uint32_t;
typedef __UINT64_TYPE__ uint64_t;
typedef __INTPTR_TYPE__ intptr_t;
typedef __UINTPTR_TYPE__ uintptr_t;

#define __device__
#define __host__
#define __constant__
#define __grid_constant__
#define __forceinline__ inline __attribute__((always_inline))
#define __inline_hint__ inline
#define __noinline__ __attribute__((noinline))
#define __align__(n) __attribute__((aligned(n)))
#define __builtin_align__(n) __attribute__((aligned(n)))

/* Functions of the shim. */
#define BENCH_CPU_FN static inline __attribute__((always_inline, unused))

#include "bench_cpu/vector_types.h"

#include "bench_cpu_abi.h"

#include "bench_cpu/runtime.h"

#include "bench_cpu/math.h"

#include "bench_cpu/integer.h"

#include "bench_cpu/half.h"

#include "bench_cpu/bfloat16.h"

#include "bench_cpu/memory.h"

#include "bench_cpu/atomics.h"

#include "bench_cpu/warp.h"

#endif
