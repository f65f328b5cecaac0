/*
 * The largest of a stream of numbers, kept by a warp in its registers (the idea is that of
 * WarpSelect: Johnson, Douze and Jegou, "Billion-scale similarity search with GPUs", 2017, with a
 * buffer in shared memory in place of a queue in each thread).
 *
 *   WarpTopK<Each>     keeps the 32 * Each largest Ranked numbers, descending: rank r is in
 *                      best[r / 32] of lane r % 32; numbers that are not there yet are 0
 *     room             numbers in a warp's buffer, which is in shared memory
 *     begin(buffer, k) k <= 32 * Each: how many are wanted
 *     offer(x, is)     every lane offers a number, or none where `is` is false. All lanes call it,
 *                      and drain() after at most 8 offers
 *     drain()          takes in what has gathered, but for less than 32
 *     finish()         takes in all of it
 *     expect(first, second)
 *                      before all offers: two numbers of each lane that it is going to offer, the
 *                      larger first, 0 for none. What is below the k-th largest of them can be no
 *                      result, so that of the first numbers few pass, too
 *     take(list)       merges a descending list of 32 * Each numbers that another warp has kept
 *
 * Of n numbers in random order about k ln(n / k) pass the threshold, the k-th best so far. They
 * gather in the buffer, and 32 at a time are sorted and merged, so that most numbers cost a
 * comparison and a vote.
 */
#ifndef BENCH_KERNELS_COMMON_WARP_TOPK_CUH
#define BENCH_KERNELS_COMMON_WARP_TOPK_CUH

#include "order.cuh"

/* Compares with the lane `distance` away: the larger of the two where `larger`, else the smaller.
 */
__device__ __forceinline__ Ranked exchange(Ranked mine, int distance, bool larger)
{
    const Ranked other = __shfl_xor_sync(0xffffffffu, mine, distance);
    return (mine > other) == larger ? mine : other;
}

template <int Each> struct WarpTopK {
    Ranked best[Each];
    Ranked threshold; /* the k-th best: what is not above it is of no use */
    Ranked *buffer;
    int waiting; /* in the buffer; the same in all lanes */
    int k;
    static constexpr int room = 32 + 8 * 32;

    __device__ __forceinline__ void begin(Ranked *shared, int wanted)
    {
#pragma unroll
        for (int i = 0; i < Each; i++) {
            best[i] = 0;
        }
        threshold = 0;
        buffer = shared;
        waiting = 0;
        k = wanted;
    }

    __device__ __forceinline__ void offer(Ranked x, bool is)
    {
        is = is && x > threshold;
        const unsigned who = __ballot_sync(0xffffffffu, is);
        const int lane = static_cast<int>(threadIdx.x) % 32;
        if (is) {
            buffer[waiting + __popc(who & ((1u << lane) - 1))] = x;
        }
        waiting += __popc(who);
    }

    __device__ __forceinline__ void expect(Ranked first, Ranked second)
    {
        /* At least 2 n numbers are no smaller than the n-th largest of the second ones. */
        const Ranked sorted = sort_32(Each == 1 ? first : second);
        const int n = Each == 1 ? k : (k + 1) / 2;
        const Ranked least = __shfl_sync(0xffffffffu, sorted, 32 - n);
        threshold = least > 0 ? least - 1 : 0;
    }

    __device__ __forceinline__ void drain()
    {
        const int lane = static_cast<int>(threadIdx.x) % 32;
        __syncwarp();
#pragma unroll 1
        while (waiting >= 32) {
            waiting -= 32;
            merge(buffer[waiting + lane]);
        }
        __syncwarp(); /* before the next offer writes there */
    }

    __device__ __forceinline__ void finish()
    {
        const int lane = static_cast<int>(threadIdx.x) % 32;
        drain();
        if (waiting > 0) {
            merge(lane < waiting ? buffer[lane] : 0);
        }
        waiting = 0;
    }

    __device__ __forceinline__ void take(const Ranked *list)
    {
        const int lane = static_cast<int>(threadIdx.x) % 32;
        Ranked other[Each];
#pragma unroll
        for (int i = 0; i < Each; i++) {
            /* Turned round, so that the two make a bitonic sequence, of which the first half of a
             * merging network's first step keeps the larger ones. */
            other[i] = list[32 * Each - 1 - (i * 32 + lane)];
        }
#pragma unroll
        for (int i = 0; i < Each; i++) {
            best[i] = best[i] > other[i] ? best[i] : other[i];
        }
        settle();
    }

  private:
    /* 32 numbers, one a lane, ascending, by a bitonic network. */
    static __device__ __forceinline__ Ranked sort_32(Ranked x)
    {
        const int lane = static_cast<int>(threadIdx.x) % 32;
#pragma unroll
        for (int size = 2; size <= 32; size *= 2) {
#pragma unroll
            for (int distance = size / 2; distance > 0; distance /= 2) {
                x = exchange(x, distance, ((lane & distance) != 0) == ((lane & size) == 0));
            }
        }
        return x;
    }

    /* 32 numbers, one a lane, in any order. */
    __device__ __forceinline__ void merge(Ranked x)
    {
        x = sort_32(x);
        /* Against the smallest 32 kept, which descend. */
        Ranked &last = best[Each - 1];
        last = last > x ? last : x;
        settle();
    }

    /* A bitonic sequence of all 32 * Each becomes a descending one. */
    __device__ __forceinline__ void settle()
    {
        const int lane = static_cast<int>(threadIdx.x) % 32;
        static_assert(Each == 1 || Each == 2, "for more there are further steps between registers");
        if constexpr (Each == 2) {
            const Ranked high = best[0] > best[1] ? best[0] : best[1];
            best[1] = best[0] > best[1] ? best[1] : best[0];
            best[0] = high;
        }
#pragma unroll
        for (int i = 0; i < Each; i++) {
#pragma unroll
            for (int distance = 16; distance > 0; distance /= 2) {
                best[i] = exchange(best[i], distance, (lane & distance) == 0);
            }
        }
        Ranked of_k = best[0];
#pragma unroll
        for (int i = 1; i < Each; i++) {
            of_k = (k - 1) / 32 == i ? best[i] : of_k;
        }
        of_k = __shfl_sync(0xffffffffu, of_k, (k - 1) % 32);
        threshold = threshold > of_k ? threshold : of_k; /* expect() may have known better */
    }
};

#endif
