/*
 * Hopper's wgmma on float32 whose low 13 bits it ignores (TF32). Of sm_90a only: descriptions ask
 * for it by "options": ["--gpu-architecture=sm_90a"].
 *
 *   tf32_seen(x)               what the tensor cores see of x, its first 11 significant bits
 *   tf32_round(x)              the nearest such number; of the largest numbers infinity, and
 *                              anything of a NaN
 *   Tf32Slab                   32 columns of float32 in shared memory, 128 bytes a row: at(row,
 *                              chunk), in elements, lies a chunk of 4. Chunks are stored at their
 *                              place XOR row % 8, the 128-byte swizzle; a slab begins at a multiple
 *                              of 1,024 bytes
 *   Tf32Sums<N>                a warpgroup's float32 sums[64][N], N = 64 or 128
 *     start(a, b)              sums = a[64][8] b[N][8]^T, whatever they were
 *     multiply(a, b)           sums += a[64][8] b[N][8]^T. a[0..3], in registers, are of a's rows
 *                              r = warp * 16 + lane / 4 and r + 8 column lane % 4, then of both
 *                              rows column lane % 4 + 4; tf32_columns says where b is
 *     begin, commit, wait, values[i]   as WgmmaSums' (wgmma.cuh)
 *   tf32_columns(slab, k)      columns k to k + 7 of a Tf32Slab's first N rows, k a multiple of 8
 *
 * Whole warpgroups must call all but values. All of a block's shared memory is dynamic. On the cpu
 * device multiplications happen when they are waited for, as in wgmma_cpu.cuh.
 */
#ifndef BENCH_KERNELS_COMMON_TF32X3_CUH
#define BENCH_KERNELS_COMMON_TF32X3_CUH

#include "wgmma.cuh"

__device__ __forceinline__ float tf32_seen(float x)
{
    return __uint_as_float(__float_as_uint(x) & 0xffffe000u);
}

__device__ __forceinline__ float tf32_round(float x)
{
    return __uint_as_float((__float_as_uint(x) + 0x1000u) & 0xffffe000u);
}

struct Tf32Slab {
    static constexpr int columns = 32;
    static __device__ __forceinline__ int at(int row, int chunk)
    {
        return row * columns + (chunk ^ (row & 7)) * 4;
    }
};

__device__ __forceinline__ unsigned long long tf32_columns(const float *slab, int k)
{
    return wgmma_descriptor(shared_address(slab) + static_cast<unsigned>(k) * 4, 16, 1024);
}

#ifdef BENCH_CPU

template <int N> struct Tf32Sums {
    static constexpr int most = 24; /* multiplications under way: two steps of twelve */
    struct Product {
        const unsigned *a;
        unsigned long long b;
        bool fresh;
        unsigned group;
    };
    float values[N / 2];
    Product products[most];
    int count = 0;

    __device__ void begin()
    {
    }
    __device__ void start(const unsigned (&a)[4], unsigned long long b)
    {
        products[count++] = Product{a, b, true, wgmma_groups()};
    }
    __device__ void multiply(const unsigned (&a)[4], unsigned long long b)
    {
        products[count++] = Product{a, b, false, wgmma_groups()};
    }
    __device__ void commit()
    {
        wgmma_groups()++;
    }
    template <int P> __device__ void wait()
    {
        int left = 0;
        for (int i = 0; i < count; i++) {
            if (wgmma_groups() - products[i].group > P) {
                run(products[i]);
            } else {
                products[left++] = products[i];
            }
        }
        count = left;
        __syncwarp(); /* a warp waits as one */
    }

  private:
    __device__ void run(const Product &p)
    {
        const int lane = static_cast<int>(threadIdx.x) % 32;
        const unsigned stride = static_cast<unsigned>(p.b >> 32 & 0x3fff) << 4;
        WarpLane *lanes = warp_lanes();
        for (int i = 0; i < 4; i++) {
            lanes[lane].a[i] = p.a[i];
        }
        __syncwarp();
        for (int i = 0; i < N / 2 && p.fresh; i++) {
            values[i] = 0.0f;
        }
        for (unsigned k = 0; k < 8; k++) {
            const unsigned *row = lanes[static_cast<unsigned>(lane) / 4 * 4 + k % 4].a + k / 4 * 2;
            for (int i = 0; i < N / 2; i++) {
                const unsigned n = static_cast<unsigned>(i / 4 * 8 + lane % 4 * 2 + i % 2);
                const float b = wgmma_element<float>(p.b, n / 8 * stride + n % 8 * 128 + k * 4);
                values[i] += tf32_seen(__uint_as_float(row[i / 2 % 2])) * tf32_seen(b);
            }
        }
        __syncwarp();
    }
};

#else

#define TF32_INSTRUCTION(NAME, ADDS, HOW, N, A, B)                                                 \
    __device__ __forceinline__ void NAME(float(&d)[N / 2], const unsigned(&a)[4],                  \
                                         unsigned long long b)                                     \
    {                                                                                              \
        asm volatile("{ .reg .pred p; setp.ne.b32 p, " #ADDS ", 0; "                               \
                     "wgmma.mma_async.sync.aligned.m64n" #N "k8.f32.tf32.tf32 "                    \
                     "{" WGMMA_REGISTERS_##N "}, {" A "}, " B ", p, 1, 1; }"                       \
                     : WGMMA_SUMS_##N(HOW, d)                                                      \
                     : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));                        \
    }
TF32_INSTRUCTION(tf32_start, 0, "=f", 64, "%32, %33, %34, %35", "%36")
TF32_INSTRUCTION(tf32_add, 1, "+f", 64, "%32, %33, %34, %35", "%36")
TF32_INSTRUCTION(tf32_start, 0, "=f", 128, "%64, %65, %66, %67", "%68")
TF32_INSTRUCTION(tf32_add, 1, "+f", 128, "%64, %65, %66, %67", "%68")

template <int N> struct Tf32Sums {
    float values[N / 2];

    __device__ __forceinline__ void begin()
    {
        asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
    }
    __device__ __forceinline__ void start(const unsigned (&a)[4], unsigned long long b)
    {
        tf32_start(values, a, b);
    }
    __device__ __forceinline__ void multiply(const unsigned (&a)[4], unsigned long long b)
    {
        tf32_add(values, a, b);
    }
    __device__ __forceinline__ void commit()
    {
        asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
    }
    template <int P> __device__ __forceinline__ void wait()
    {
        asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(P) : "memory");
        if (P == 0) {
#pragma unroll
            for (int i = 0; i < N / 2; i++) {
                asm volatile("" : "+f"(values[i])::"memory");
            }
        }
    }
};

#endif /* BENCH_CPU */

#endif
