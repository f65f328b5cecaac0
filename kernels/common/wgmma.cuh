/*
 * Hopper's own matrix instructions, wgmma: four warps together multiply tiles that lie in shared
 * memory, while their threads go on. Of sm_90a only (PTX ISA, "Asynchronous Warpgroup Level Matrix
 * Instructions"): descriptions ask for it by "options": ["--gpu-architecture=sm_90a"].
 *
 *   SlabTile<ROWS>               64 columns of 16-bit elements in shared memory, 128 bytes a row:
 *                                at(row, chunk), in elements, lies a chunk of 8. Chunks are stored
 *                                at their place XOR row % 8, the 128-byte swizzle; the tile begins
 *                                at a multiple of 1,024 bytes
 *   wgmma_ready()                what this thread has written to shared memory, also by copies
 *                                that it has waited for, is there for wgmma; a barrier must follow
 *   WgmmaSums<T, N>              a warpgroup's float32 sums[64][N], N = 64, 128 or 256, of products
 *                                of 16-bit T
 *     clear()                    zeros
 *     begin()                    before multiplications, if sums were written since the last
 *     multiply(a, b)             sums += a[64][16] b[16][N]: wgmma_rows and wgmma_columns say where
 *                                a and b are
 *     multiply_transposed(a, b)  sums += a[64][16] b[N][16]^T: wgmma_rows says where each is
 *     commit()                   closes a group of multiplications
 *     wait<P>()                  until at most the P newest groups are under way; sums may be read
 *                                after wait<0>
 *     values[i]                  sums that this thread of the warpgroup holds, 0 <= i < N / 2: row
 *                                warp * 16 + lane / 4 + i / 2 % 2 * 8, column
 *                                i / 4 * 8 + lane % 4 * 2 + i % 2
 *   wgmma_rows(tile, k)          64 rows (b transposed: N) of a SlabTile, 16 columns from k on;
 *                                `tile` is the first of them, a multiple of 8 rows
 *   wgmma_columns(tile, k, apart) rows k to k + 15 of N / 64 SlabTiles, `apart` bytes apart
 *
 * Whole warpgroups must call all but values. All of a block's shared memory is dynamic. On the cpu
 * device the same is written out in wgmma_cpu.cuh.
 */
#ifndef BENCH_KERNELS_COMMON_WGMMA_CUH
#define BENCH_KERNELS_COMMON_WGMMA_CUH

#include "convert.cuh"
#include "mma.cuh"

template <int ROWS> struct SlabTile {
    static constexpr int elements = ROWS * 64;
    static constexpr int bytes = elements * 2;
    static __device__ __forceinline__ int at(int row, int chunk)
    {
        return row * 64 + (chunk ^ (row & 7)) * 8;
    }
};

/*
 * A matrix descriptor of the 128-byte swizzle: bits 0-13 address, 16-29 and 32-45 the two strides,
 * all in units of 16 bytes, 62-63 the swizzle. For rows of K (a, and b transposed) `stride` is from
 * 8 rows to the next 8, and `leading` means nothing; where rows are along N (b), `leading` is from
 * 64 columns to the next 64, and `stride` from 8 rows to the next 8.
 */
__device__ __forceinline__ unsigned long long wgmma_descriptor(unsigned address, int leading,
                                                               int stride)
{
    return (address & 0x3ffffu) >> 4 | static_cast<unsigned long long>(leading >> 4) << 16 |
           static_cast<unsigned long long>(stride >> 4) << 32 | 1ull << 62;
}

#ifdef BENCH_CPU
#include "wgmma_cpu.cuh"
#else

#define WGMMA_REGISTERS_64                                                                         \
    "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15"                         \
    ", %16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31"
#define WGMMA_REGISTERS_128                                                                        \
    WGMMA_REGISTERS_64                                                                             \
    ", %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47"             \
    ", %48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"
#define WGMMA_REGISTERS_256                                                                        \
    WGMMA_REGISTERS_128                                                                            \
    ", %64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79"             \
    ", %80, %81, %82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95"             \
    ", %96, %97, %98, %99, %100, %101, %102, %103, %104, %105, %106, %107, %108, %109, %110, %111" \
    ", %112, %113, %114, %115, %116, %117, %118, %119, %120, %121, %122, %123, %124, %125, %126"   \
    ", %127"

#define WGMMA_SUMS_8(d, i)                                                                         \
    "+f"(d[i]), "+f"(d[i + 1]), "+f"(d[i + 2]), "+f"(d[i + 3]), "+f"(d[i + 4]), "+f"(d[i + 5]),    \
        "+f"(d[i + 6]), "+f"(d[i + 7])
#define WGMMA_SUMS_32(d, i)                                                                        \
    WGMMA_SUMS_8(d, i), WGMMA_SUMS_8(d, i + 8), WGMMA_SUMS_8(d, i + 16), WGMMA_SUMS_8(d, i + 24)
#define WGMMA_SUMS_64(d) WGMMA_SUMS_32(d, 0)
#define WGMMA_SUMS_128(d) WGMMA_SUMS_64(d), WGMMA_SUMS_32(d, 32)
#define WGMMA_SUMS_256(d) WGMMA_SUMS_128(d), WGMMA_SUMS_32(d, 64), WGMMA_SUMS_32(d, 96)

/* ALONG_N: 1 where rows of b are along N, 0 where they are along K. */
#define WGMMA(NAME, ALONG_N, T, TYPE, N, A, B)                                                     \
    __device__ __forceinline__ void NAME(T, float(&d)[N / 2], unsigned long long a,                \
                                         unsigned long long b)                                     \
    {                                                                                              \
        asm volatile("{ .reg .pred p; setp.ne.b32 p, 1, 0; "                                       \
                     "wgmma.mma_async.sync.aligned.m64n" #N "k16.f32." TYPE "." TYPE               \
                     " {" WGMMA_REGISTERS_##N "}, " A ", " B ", p, 1, 1, 0, " #ALONG_N "; }"       \
                     : WGMMA_SUMS_##N(d)                                                           \
                     : "l"(a), "l"(b));                                                            \
    }
#define WGMMA_OF(T, TYPE, N, A, B)                                                                 \
    WGMMA(wgmma, 1, T, TYPE, N, A, B)                                                              \
    WGMMA(wgmma_transposed, 0, T, TYPE, N, A, B)

WGMMA_OF(__half, "f16", 64, "%32", "%33")
WGMMA_OF(__half, "f16", 128, "%64", "%65")
WGMMA_OF(__half, "f16", 256, "%128", "%129")
WGMMA_OF(__nv_bfloat16, "bf16", 64, "%32", "%33")
WGMMA_OF(__nv_bfloat16, "bf16", 128, "%64", "%65")
WGMMA_OF(__nv_bfloat16, "bf16", 256, "%128", "%129")

/* Threads write through another path than the tensor cores read. */
__device__ __forceinline__ void wgmma_ready()
{
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}

template <class T, int N> struct WgmmaSums {
    float values[N / 2];

    __device__ __forceinline__ void clear()
    {
#pragma unroll
        for (int i = 0; i < N / 2; i++) {
            values[i] = 0.0f;
        }
        keep();
    }
    __device__ __forceinline__ void begin()
    {
        asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
    }
    __device__ __forceinline__ void multiply(unsigned long long a, unsigned long long b)
    {
        wgmma(T(), values, a, b);
    }
    __device__ __forceinline__ void multiply_transposed(unsigned long long a, unsigned long long b)
    {
        wgmma_transposed(T(), values, a, b);
    }
    __device__ __forceinline__ void commit()
    {
        asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
    }
    template <int P> __device__ __forceinline__ void wait()
    {
        asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(P) : "memory");
        if (P == 0) {
            keep();
        }
    }

  private:
    /* The compiler must not set them later than here, nor read them earlier. */
    __device__ __forceinline__ void keep()
    {
#pragma unroll
        for (int i = 0; i < N / 2; i++) {
            asm volatile("" : "+f"(values[i])::"memory");
        }
    }
};

#endif /* BENCH_CPU */

template <class T> __device__ __forceinline__ unsigned long long wgmma_rows(const T *tile, int k)
{
    return wgmma_descriptor(shared_address(tile) + static_cast<unsigned>(k) * 2, 16, 1024);
}

template <class T>
__device__ __forceinline__ unsigned long long wgmma_columns(const T *tile, int k, int apart)
{
    return wgmma_descriptor(shared_address(tile) + static_cast<unsigned>(k) * 128, apart, 1024);
}

#endif
