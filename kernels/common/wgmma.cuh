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
 *                                of 16-bit T; N = 96 too where b is transposed. With any other
 *                                multiple of 16 it only holds values
 *     clear()                    zeros
 *     written()                  the thread has written sums itself, and not only by clear()
 *     begin()                    before multiplications, if sums or registers of a were written
 *                                since the last
 *     multiply(a, b)             sums += a[64][16] b[16][N]: wgmma_rows and wgmma_columns say where
 *                                a and b are
 *     multiply_held(a, b)        the same with a in registers, N = 64 or 128: a[0..3] of a thread
 *                                are what load_matrices (mma.cuh) gives of its warp's 16 rows.
 *                                They are read at any time until the product has been waited for
 *     multiply_transposed(a, b)  sums += a[64][16] b[N][16]^T: wgmma_rows says where each is
 *     start_transposed(a, b)     sums = a b^T, whatever they were
 *     commit()                   closes a group of multiplications: all since the last commit of
 *                                any sums
 *     wait<P>()                  until at most the P newest groups, of any sums, are under way.
 *                                These sums may be read after wait<0>
 *     finish<P>()                the same where these sums have no part in the P newest groups:
 *                                they may be read
 *     values[i]                  sums that this thread of the warpgroup holds, 0 <= i < N / 2: row
 *                                warp * 16 + lane / 4 + i / 2 % 2 * 8, column
 *                                i / 4 * 8 + lane % 4 * 2 + i % 2
 *   wgmma_keep(a)                unsigned a[n][4] of multiply_held: before begin() if they were
 *                                written, and after the wait before they are written anew
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
#define WGMMA_REGISTERS_96                                                                         \
    WGMMA_REGISTERS_64                                                                             \
    ", %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47"
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

/* HOW: "+f" adds to sums, "=f" forgets what they were. */
#define WGMMA_SUMS_8(HOW, d, i)                                                                    \
    HOW(d[i]), HOW(d[i + 1]), HOW(d[i + 2]), HOW(d[i + 3]), HOW(d[i + 4]), HOW(d[i + 5]),          \
        HOW(d[i + 6]), HOW(d[i + 7])
#define WGMMA_SUMS_16(HOW, d, i) WGMMA_SUMS_8(HOW, d, i), WGMMA_SUMS_8(HOW, d, i + 8)
#define WGMMA_SUMS_32(HOW, d, i) WGMMA_SUMS_16(HOW, d, i), WGMMA_SUMS_16(HOW, d, i + 16)
#define WGMMA_SUMS_64(HOW, d) WGMMA_SUMS_32(HOW, d, 0)
#define WGMMA_SUMS_96(HOW, d) WGMMA_SUMS_64(HOW, d), WGMMA_SUMS_16(HOW, d, 32)
#define WGMMA_SUMS_128(HOW, d) WGMMA_SUMS_64(HOW, d), WGMMA_SUMS_32(HOW, d, 32)
#define WGMMA_SUMS_256(HOW, d)                                                                     \
    WGMMA_SUMS_128(HOW, d), WGMMA_SUMS_32(HOW, d, 64), WGMMA_SUMS_32(HOW, d, 96)

#define WGMMA_INSTRUCTION(ADDS, TYPE, N)                                                           \
    "{ .reg .pred p; setp.ne.b32 p, " #ADDS ", 0; "                                                \
    "wgmma.mma_async.sync.aligned.m64n" #N "k16.f32." TYPE "." TYPE " {" WGMMA_REGISTERS_##N "}, "

/* ALONG_N: 1 where rows of b are along N, 0 where they are along K. A, B: their operands' places.
 */
#define WGMMA(NAME, ADDS, HOW, ALONG_N, T, TYPE, N, A, B)                                          \
    __device__ __forceinline__ void NAME(T, float(&d)[N / 2], unsigned long long a,                \
                                         unsigned long long b)                                     \
    {                                                                                              \
        asm volatile(WGMMA_INSTRUCTION(ADDS, TYPE, N) A ", " B ", p, 1, 1, 0, " #ALONG_N "; }"     \
                     : WGMMA_SUMS_##N(HOW, d)                                                      \
                     : "l"(a), "l"(b));                                                            \
    }
#define WGMMA_COLUMNS(T, TYPE, N, A, B) WGMMA(wgmma, 1, "+f", 1, T, TYPE, N, A, B)
#define WGMMA_TRANSPOSED(T, TYPE, N, A, B)                                                         \
    WGMMA(wgmma_transposed, 1, "+f", 0, T, TYPE, N, A, B)                                          \
    WGMMA(wgmma_start_transposed, 0, "=f", 0, T, TYPE, N, A, B)
#define WGMMA_HELD(T, TYPE, N, A, B)                                                               \
    __device__ __forceinline__ void wgmma_held(T, float(&d)[N / 2], const unsigned(&a)[4],         \
                                               unsigned long long b)                               \
    {                                                                                              \
        asm volatile(WGMMA_INSTRUCTION(1, TYPE, N) "{" A "}, " B ", p, 1, 1, 1; }"                 \
                     : WGMMA_SUMS_##N("+f", d)                                                     \
                     : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));                        \
    }
#define WGMMA_OF(T, TYPE)                                                                          \
    WGMMA_COLUMNS(T, TYPE, 64, "%32", "%33")                                                       \
    WGMMA_COLUMNS(T, TYPE, 128, "%64", "%65")                                                      \
    WGMMA_COLUMNS(T, TYPE, 256, "%128", "%129")                                                    \
    WGMMA_TRANSPOSED(T, TYPE, 64, "%32", "%33")                                                    \
    WGMMA_TRANSPOSED(T, TYPE, 96, "%48", "%49")                                                    \
    WGMMA_TRANSPOSED(T, TYPE, 128, "%64", "%65")                                                   \
    WGMMA_TRANSPOSED(T, TYPE, 256, "%128", "%129")                                                 \
    WGMMA_HELD(T, TYPE, 64, "%32, %33, %34, %35", "%36")                                           \
    WGMMA_HELD(T, TYPE, 128, "%64, %65, %66, %67", "%68")

WGMMA_OF(__half, "f16")
WGMMA_OF(__nv_bfloat16, "bf16")

/* Threads write through another path than the tensor cores read. */
__device__ __forceinline__ void wgmma_ready()
{
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}

/* As WgmmaSums::keep. */
template <int N> __device__ __forceinline__ void wgmma_keep(unsigned (&a)[N][4])
{
#pragma unroll
    for (int n = 0; n < N; n++) {
#pragma unroll
        for (int i = 0; i < 4; i++) {
            asm volatile("" : "+r"(a[n][i])::"memory");
        }
    }
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
    __device__ __forceinline__ void written()
    {
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
    __device__ __forceinline__ void start_transposed(unsigned long long a, unsigned long long b)
    {
        wgmma_start_transposed(T(), values, a, b);
    }
    __device__ __forceinline__ void multiply_held(const unsigned (&a)[4], unsigned long long b)
    {
        wgmma_held(T(), values, a, b);
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
    template <int P> __device__ __forceinline__ void finish()
    {
        wait<P>();
        if (P > 0) {
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
