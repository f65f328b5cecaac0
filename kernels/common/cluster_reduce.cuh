/*
 * What the blocks of a cluster have found, one value each, put together again and again:
 *
 *   ClusterReduce<Value, Cluster> parts      once, by all threads of all blocks
 *   parts.reduce(mine, op, of_rank)          every thread gets the result. `mine` is the block's
 *                                            value, the same in all its threads. of_rank(r) gives
 *                                            that of the block of rank r; only the cpu device asks
 *
 * Value is a float or several (float3). Between two calls of reduce the block's threads must meet
 * at a barrier, as those of group_reduce.
 *
 * Each block sends its value into the shared memory of all of them (st.async), where a barrier in
 * shared memory (mbarrier) counts the bytes that have come. A barrier of the cluster with what
 * orders memory around it (cluster.cuh) would do as well, but waits for all that the threads have
 * under way in global memory, such as the output of the row before.
 *
 * There are two places for values, used in turns. A block sends for the next turn but one when it
 * has got all values of the next one, and those were sent after the barrier behind which nobody
 * reads what is overwritten. A block has got all that is sent to it before it ends.
 *
 * The order of the operations is that of the ranks: results are the same bits each time. The cpu
 * device runs one block after the other, so there each finds out itself what the others have.
 */
#ifndef BENCH_KERNELS_COMMON_CLUSTER_REDUCE_CUH
#define BENCH_KERNELS_COMMON_CLUSTER_REDUCE_CUH

#include "reduce.cuh"

#ifdef BENCH_CPU

template <class Value, int Cluster> struct ClusterReduce {
    template <class Op, class OfRank>
    __device__ __forceinline__ Value reduce(Value mine, Op op, OfRank of_rank)
    {
        const int rank = static_cast<int>(blockIdx.x) % Cluster;
        Value parts[Cluster];
        for (int r = 0; r < Cluster; r++) {
            parts[r] = r == rank ? mine : of_rank(r);
        }
        return warp_reduce<Cluster>(parts[threadIdx.x % Cluster], op);
    }
};

#else

#include "cluster.cuh"

/* A barrier in shared memory for one thread that arrives, and for bytes. */
__device__ __forceinline__ void byte_barrier_init(unsigned barrier)
{
    asm volatile("mbarrier.init.shared::cta.b64 [%0], 1;" ::"r"(barrier) : "memory");
}

/* After byte_barrier_init; other blocks may use it after the cluster's next barrier. */
__device__ __forceinline__ void byte_barrier_init_done()
{
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
}

__device__ __forceinline__ void byte_barrier_expect(unsigned barrier, int bytes)
{
    asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes)
                 : "memory");
}

/* Until the phase of that parity (0, 1, 0, ...) has ended: its bytes are there. */
__device__ __forceinline__ void byte_barrier_wait(unsigned barrier, int parity)
{
    asm volatile("{ .reg .pred done;\n"
                 "again: mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n"
                 "@!done bra again; }" ::"r"(barrier),
                 "r"(parity)
                 : "memory");
}

/* Both addresses are of the same block (cluster_address). */
__device__ __forceinline__ void cluster_send(unsigned address, float x, unsigned barrier)
{
    asm volatile(
        "st.async.shared::cluster.mbarrier::complete_tx::bytes.f32 [%0], %1, [%2];" ::"r"(address),
        "f"(x), "r"(barrier)
        : "memory");
}

template <class Value, int Cluster> struct ClusterReduce {
    unsigned long long *barriers = nullptr; /* two, in shared memory */
    int turn = 0;                           /* from 0 to 3: place and parity */

    __device__ __forceinline__ ClusterReduce()
    {
        if constexpr (Cluster > 1) {
            __shared__ unsigned long long both[2];
            barriers = both;
            if (threadIdx.x == 0) {
                byte_barrier_init(shared_address(both));
                byte_barrier_init(shared_address(both + 1));
                byte_barrier_init_done();
            }
            __syncwarp();
            asm volatile("barrier.cluster.arrive.relaxed.aligned;" ::: "memory");
            cluster_wait();
        }
    }

    template <class Op, class OfRank>
    __device__ __forceinline__ Value reduce(Value mine, Op op, OfRank)
    {
        if constexpr (Cluster == 1) {
            return mine;
        } else {
            constexpr int words = static_cast<int>(sizeof(Value) / sizeof(float));
            __shared__ Value parts[2][Cluster];
            const int place = turn % 2;
            const unsigned barrier = shared_address(barriers + place);
            if (threadIdx.x == 0) {
                byte_barrier_expect(barrier, Cluster * static_cast<int>(sizeof(Value)));
            }
            if (threadIdx.x < Cluster) {
                const int to = static_cast<int>(threadIdx.x);
                const unsigned there = cluster_address(&parts[place][cluster_rank()], to);
                const unsigned barrier_there = cluster_address(barriers + place, to);
                const float(&word)[words] = reinterpret_cast<const float(&)[words]>(mine);
#pragma unroll
                for (int i = 0; i < words; i++) {
                    cluster_send(there + static_cast<unsigned>(i) * 4, word[i], barrier_there);
                }
            }
            byte_barrier_wait(barrier, turn / 2);
            turn = (turn + 1) % 4;
            return warp_reduce<Cluster>(parts[place][threadIdx.x % Cluster], op);
        }
    }
};

#endif /* BENCH_CPU */

#endif
