/*
 * Tensor cores and asynchronous copies through PTX (sm_80 and later).
 *
 *   copy_async(to, from, valid)    16 bytes from global to shared memory, both 16-byte aligned,
 *                                  while the thread goes on; zeros if not valid (`from` is then
 *                                  not read)
 *   copy_async_commit()            closes a batch of copies
 *   copy_async_wait<N>()           until at most the N newest batches of this thread are under way
 *   load_matrices(r, p)            four 8x8 matrices of 16-bit elements; lane l gives the address
 *                                  of row l % 8 of matrix l / 8, and gets in r[i] two neighbours
 *                                  of matrix i: row l / 4, columns l % 4 * 2 and + 1
 *   load_matrices_transposed(r, p) the same with each matrix transposed
 *   mma<T>(d, a, b)                d[16][8] += a[16][16] b[16][8] over a warp, float32 sums: lane
 *                                  l holds d[l/4][l%4*2 + 0, 1] in d[0..1], row + 8 in d[2..3];
 *                                  a[0..3] are the 8x8 quarters (0,0) (8,0) (0,8) (8,8) of a as
 *                                  load_matrices gives them, b[0..1] the halves of b as
 *                                  load_matrices_transposed does
 *
 * Whole warps must call the last three. The cpu device has no PTX: behind its shim the same
 * functions are written out (mma_cpu.cuh), for blocks of one dimension, so that what is built on
 * them is verified there as well. It is slow: some microseconds a warp for each mma.
 */
#ifndef BENCH_KERNELS_COMMON_MMA_CUH
#define BENCH_KERNELS_COMMON_MMA_CUH

#ifdef BENCH_CPU
#include "mma_cpu.cuh"
#else

__device__ __forceinline__ unsigned shared_address(const void *p)
{
    return static_cast<unsigned>(__cvta_generic_to_shared(p));
}

__device__ __forceinline__ void copy_async(void *to, const void *from, bool valid)
{
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(to)),
                 "l"(from), "r"(valid ? 16 : 0)
                 : "memory");
}

__device__ __forceinline__ void copy_async_commit()
{
    asm volatile("cp.async.commit_group;" ::: "memory");
}

template <int N> __device__ __forceinline__ void copy_async_wait()
{
    asm volatile("cp.async.wait_group %0;" ::"n"(N) : "memory");
}

__device__ __forceinline__ void load_matrices(unsigned (&r)[4], const void *p)
{
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                 : "r"(shared_address(p))
                 : "memory");
}

__device__ __forceinline__ void load_matrices_transposed(unsigned (&r)[4], const void *p)
{
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                 : "r"(shared_address(p))
                 : "memory");
}

template <class T>
__device__ __forceinline__ void mma(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2]);

template <>
__device__ __forceinline__ void mma<__half>(float (&d)[4], const unsigned (&a)[4],
                                            const unsigned (&b)[2])
{
    asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

template <>
__device__ __forceinline__ void mma<__nv_bfloat16>(float (&d)[4], const unsigned (&a)[4],
                                                   const unsigned (&b)[2])
{
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

#endif /* BENCH_CPU */

#endif
