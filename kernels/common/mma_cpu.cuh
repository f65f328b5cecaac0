/*
 * mma.cuh for the cpu device, without PTX. What the lanes of a warp give each other lies in shared
 * memory between two __syncwarp. copy_async copies at once, which is one of the orders that a GPU
 * may choose; whoever reads before waiting is not found out here.
 */
#ifndef BENCH_KERNELS_COMMON_MMA_CPU_CUH
#define BENCH_KERNELS_COMMON_MMA_CPU_CUH

#include "convert.cuh"

__device__ __forceinline__ void copy_async(void *to, const void *from, bool valid)
{
    *static_cast<uint4 *>(to) = valid ? *static_cast<const uint4 *>(from) : uint4{0, 0, 0, 0};
}

__device__ __forceinline__ void copy_async_commit()
{
}

template <int N> __device__ __forceinline__ void copy_async_wait()
{
}

/* What a lane shows to its warp. */
struct WarpLane {
    unsigned a[4], b[2];
    const void *row;
};

constexpr int most_warps = 32;

__device__ __forceinline__ WarpLane *warp_lanes()
{
    __shared__ WarpLane lanes[most_warps][32];
    return lanes[threadIdx.x / 32];
}

/* The 16 bits at `index` behind a lane's pointer. */
__device__ __forceinline__ unsigned warp_element(const WarpLane &lane, int index)
{
    return static_cast<const unsigned short *>(lane.row)[index];
}

template <bool Transposed>
__device__ __forceinline__ void load_matrices_of(unsigned (&r)[4], const void *p)
{
    WarpLane *lanes = warp_lanes();
    const int lane = static_cast<int>(threadIdx.x) % 32;
    lanes[lane].row = p;
    __syncwarp();
    for (int i = 0; i < 4; i++) {
        const int row = lane / 4, column = lane % 4 * 2;
        const WarpLane *rows = lanes + i * 8;
        r[i] = Transposed
                   ? warp_element(rows[column], row) | warp_element(rows[column + 1], row) << 16
                   : warp_element(rows[row], column) | warp_element(rows[row], column + 1) << 16;
    }
    __syncwarp();
}

__device__ __forceinline__ void load_matrices(unsigned (&r)[4], const void *p)
{
    load_matrices_of<false>(r, p);
}

__device__ __forceinline__ void load_matrices_transposed(unsigned (&r)[4], const void *p)
{
    load_matrices_of<true>(r, p);
}

template <class T> __device__ __forceinline__ float low_or_high(unsigned pair, int high)
{
    union {
        unsigned short bits;
        T value;
    } element = {static_cast<unsigned short>(high ? pair >> 16 : pair)};
    return to_float(element.value);
}

/* Sums in the order of k. What a tensor core's order and rounding are is not documented. */
template <class T>
__device__ __forceinline__ void mma(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2])
{
    WarpLane *lanes = warp_lanes();
    const int lane = static_cast<int>(threadIdx.x) % 32;
    for (int i = 0; i < 4; i++) {
        lanes[lane].a[i] = a[i];
    }
    lanes[lane].b[0] = b[0];
    lanes[lane].b[1] = b[1];
    __syncwarp();
    for (int i = 0; i < 4; i++) {
        const int row = lane / 4, half = i / 2, column = lane % 4 * 2 + i % 2;
        float sum = d[i];
        for (int k = 0; k < 16; k++) {
            const int from = k % 8 / 2;
            const unsigned x = lanes[row * 4 + from].a[half + k / 8 * 2];
            const unsigned y = lanes[column * 4 + from].b[k / 8];
            sum += low_or_high<T>(x, k % 2) * low_or_high<T>(y, k % 2);
        }
        d[i] = sum;
    }
    __syncwarp();
}

#endif
