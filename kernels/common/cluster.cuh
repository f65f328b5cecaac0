/*
 * Blocks of a cluster, which run at the same time on neighbouring multiprocessors and read one
 * another's shared memory. Of sm_90 and later (PTX ISA, "Cluster of Cooperative Thread Arrays"); a
 * kernel says by __cluster_dims__ how many blocks there are in one. Not on the cpu device, where
 * blocks run one after the other.
 *
 *   cluster_rank()            which block of the cluster this is, from 0
 *   cluster_arrive()          what this thread has written is there for those who wait
 *   cluster_wait()            until all threads of the cluster have arrived; in turns with arrive
 *   cluster_address(p, rank)  where block `rank` has what lies at p in this one's shared memory
 *   cluster_load(address)     a float from there
 *
 * All threads of a block call arrive and wait. A block must not end while another may still read
 * its shared memory.
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
    asm volatile("barrier.cluster.arrive.release.aligned;" ::: "memory");
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

__device__ __forceinline__ float cluster_load(unsigned address)
{
    float x;
    asm volatile("ld.shared::cluster.f32 %0, [%1];" : "=f"(x) : "r"(address) : "memory");
    return x;
}

#endif
