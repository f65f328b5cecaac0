/*
 * Blocks of a cluster, which run at the same time on neighbouring multiprocessors and read one
 * another's shared memory. Of sm_90 and later (PTX ISA, "Cluster of Cooperative Thread Arrays"); a
 * kernel says by __cluster_dims__ how many blocks there are in one. Not on the cpu device, where
 * blocks run one after the other.
 *
 *   cluster_rank()             which block of the cluster this is, from 0
 *   cluster_arrive()           what this thread has written to its block's shared memory is there
 *                              for those who wait
 *   cluster_arrive_read()      only that it is here, with nothing for others to read: that it needs
 *                              their shared memory no more. What it has loaded from there must have
 *                              been used by then
 *   cluster_wait()             until all threads of the cluster have arrived; in turns with either
 *   cluster_address(p, rank)   where block `rank` has what lies at p in this one's shared memory
 *   cluster_load_four(address) four floats from there, at a multiple of 16 bytes
 *
 * All threads of a block call arrive and wait. A block must not end while another may still read
 * its shared memory.
 *
 * A barrier's own release is one of global memory, too. PTX ISA 8.6 has a fence of shared memory
 * alone, with which the barrier itself may be relaxed: products of wgmma_split.cuh took 0.8 to 1.0
 * us more with the barriers' own (H100, 2026-11-23).
 */
#ifndef BENCH_KERNELS_COMMON_CLUSTER_CUH
#define BENCH_KERNELS_COMMON_CLUSTER_CUH

#include "mma.cuh"

__device__ __forceinline__ int cluster_rank()
{
    unsigned rank;
    asm volatile("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
    return static_cast<int>(rank);
}

__device__ __forceinline__ void cluster_arrive()
{
#if __CUDACC_VER_MAJOR__ >= 13
    asm volatile("fence.release.sync_restrict::shared::cta.cluster; "
                 "barrier.cluster.arrive.relaxed.aligned;" ::
                     : "memory");
#else
    asm volatile("barrier.cluster.arrive.release.aligned;" ::: "memory");
#endif
}

__device__ __forceinline__ void cluster_arrive_read()
{
    asm volatile("barrier.cluster.arrive.relaxed.aligned;" ::: "memory");
}

__device__ __forceinline__ void cluster_wait()
{
    asm volatile("barrier.cluster.wait.acquire.aligned;" ::: "memory");
}

__device__ __forceinline__ unsigned cluster_address(const void *p, int rank)
{
    unsigned address;
    asm volatile("mapa.shared::cluster.u32 %0, %1, %2;"
                 : "=r"(address)
                 : "r"(shared_address(p)), "r"(rank));
    return address;
}

__device__ __forceinline__ float4 cluster_load_four(unsigned address)
{
    float4 x;
    asm volatile("ld.shared::cluster.v4.f32 {%0, %1, %2, %3}, [%4];"
                 : "=f"(x.x), "=f"(x.y), "=f"(x.z), "=f"(x.w)
                 : "r"(address)
                 : "memory");
    return x;
}

#endif
