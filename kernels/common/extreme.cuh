/*
 * The largest element of a row and where it is, for max and argmax over a dimension. NaN counts as
 * larger than all numbers, and of equal elements the first wins, as in torch.
 *
 *   largest_in_row<THREADS, PACKS>(x, cols, lane)   by a group of THREADS threads (see reduce.cuh),
 * 16 bytes an access, PACKS of them in flight a thread; cols in 1 … 2^31 - 1. Every thread of the
 * group gets it: .value, .index
 *
 * Few long rows are cut into `chunks` chunks of `chunk` columns (a multiple of 4096, so that a
 * chunk is aligned as its row is), a block each, and their largest elements merged by a block a
 * row:
 *
 *   largest_of_chunk<Block>(x, cols, chunk, chunks)   the element of block blockIdx.x of
 * rows * chunks, its index that in the row
 *   largest_of_chunks<Block>(partial, chunks)         of the pair() of each chunk of a row
 */
#ifndef BENCH_KERNELS_COMMON_EXTREME_CUH
#define BENCH_KERNELS_COMMON_EXTREME_CUH

#include "reduce.cuh"
#include "row.cuh"

struct Largest {
    float value;
    int index;

    __device__ __forceinline__ void add(float v, int i)
    {
        /* Indices come in ascending order here: a tie keeps what is there. */
        if (v > value || (v != v && value == value)) {
            value = v;
            index = i;
        }
    }
    /* Two registers that group_reduce can shuffle. */
    __device__ __forceinline__ float2 pair() const
    {
        return make_float2(value, __int_as_float(index));
    }
};

struct MergeLargest {
    __device__ __forceinline__ float2 operator()(float2 a, float2 b) const
    {
        const bool a_nan = a.x != a.x, b_nan = b.x != b.x;
        const bool same = a.x == b.x || (a_nan && b_nan);
        const bool first = __float_as_int(a.y) < __float_as_int(b.y);
        const bool larger = a_nan ? !b_nan : a.x > b.x;
        return (same ? first : larger) ? a : b;
    }
};

template <class Slice>
__device__ __forceinline__ Largest largest_of_thread(const BENCH_T *x, int cols, int lane)
{
    /* Of a row of -infinity the first element; where a thread has none, it is beyond the row's end.
     */
    Largest best = {-infinity(), Slice::column(lane, 0)};
    float v[Slice::size];
    for (long long begin = 0; begin < cols; begin += Slice::span) {
        Slice::load(x + begin, cols - begin, lane, -infinity(), v);
#pragma unroll
        for (int i = 0; i < Slice::size; i++) {
            best.add(v[i], static_cast<int>(begin) + Slice::column(lane, i));
        }
    }
    return best;
}

template <int Threads, int Packs>
__device__ __forceinline__ Largest largest_in_row(const BENCH_T *x, int cols, int lane)
{
    Largest mine;
    if (cols % Pack<BENCH_T>::size == 0 && is_packable(x)) {
        mine = largest_of_thread<RowSlice<BENCH_T, Threads, Packs, true>>(x, cols, lane);
    } else {
        mine = largest_of_thread<RowSlice<BENCH_T, Threads, 1, false>>(x, cols, lane);
    }
    const float2 all = group_reduce<Threads>(mine.pair(), MergeLargest());
    return {all.x, __float_as_int(all.y)};
}

template <int Block>
__device__ __forceinline__ Largest largest_of_chunk(const BENCH_T *x, long long cols, int chunk,
                                                    int chunks)
{
    const long long row = blockIdx.x / chunks;
    const long long begin = static_cast<long long>(blockIdx.x % chunks) * chunk;
    const int mine = static_cast<int>(min(cols - begin, static_cast<long long>(chunk)));
    Largest best = largest_in_row<Block, 4>(x + row * cols + begin, mine, threadIdx.x);
    best.index += static_cast<int>(begin);
    return best;
}

template <int Block>
__device__ __forceinline__ Largest largest_of_chunks(const float2 *partial, int chunks)
{
    const float2 none = make_float2(-infinity(), __int_as_float(0x7fffffff));
    const float2 best = block_reduce_parts<Block>(partial, chunks, none, MergeLargest());
    return {best.x, __float_as_int(best.y)};
}

#endif
