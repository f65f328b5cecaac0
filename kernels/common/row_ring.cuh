/*
 * Rows in turn through a ring of shared memory, for kernels that keep something per column (the
 * weights of a normalization) in registers while many rows pass. A block has Threads * Packs packs
 * of 16 bytes of each row; Cluster blocks with neighbouring numbers share a row and go through
 * every (gridDim.x / Cluster)-th one. The next rows are on their way while one is worked on: 96 to
 * 192 KB a multiprocessor, several times what memory needs to be busy.
 *
 *   RowRing<T, Threads, Packs, Cluster> ring(x, rows, cols)
 *                      starts reading the first rows; x is 16-byte aligned, cols a multiple of
 *                      Pack<T>::size and at most Cluster * Threads * Packs * Pack<T>::size, Threads
 *                      is blockDim.x
 *     ::blocks         for __launch_bounds__: a multiprocessor's blocks
 *     ring.row         the row that is worked on; there is one while ring.row < rows
 *     ring.rank        which of the row's blocks this is
 *     ring.count(r)    how many elements of a row the block of rank r has
 *     ring.column(k)   of the first element of the thread's pack k, 0 <= k < Packs; beyond the
 *                      row's end: ring.column(k) >= ring.cols
 *     ring.wait()      until the thread's packs of the row are there
 *     ring.each(f)     f(pack, column) for each pack of the thread; zeros beyond the row's end
 *     ring.each_of(r, f)   the same with what the block of rank r has: another one's packs are read
 *                      from global memory
 *     ring.next()      goes to the next row, and reads another one in place of this
 *
 * A launch needs Threads * Packs * 16 bytes of dynamic shared memory for each of `stages` rows.
 * Threads read what they copied themselves, so there is no barrier.
 */
#ifndef BENCH_KERNELS_COMMON_ROW_RING_CUH
#define BENCH_KERNELS_COMMON_ROW_RING_CUH

#include "convert.cuh"
#include "mma.cuh"
#include "pack.cuh"

template <class T, int Threads, int Packs, int Cluster> struct RowRing {
    static constexpr int size = Pack<T>::size;
    static constexpr int stages = 3; /* the operators' `shared` knows it too */
    static constexpr int blocks = Threads <= 512 && Packs <= 4 ? 2 : 1;
    const T *x;
    Pack<T> *shared;
    int rows, row, cols, rank, stage, lane;

    __device__ __forceinline__ RowRing(const T *first, long long row_count, long long row_cols)
        : x(first), rows(static_cast<int>(row_count)), row(static_cast<int>(blockIdx.x) / Cluster),
          cols(static_cast<int>(row_cols)), rank(static_cast<int>(blockIdx.x) % Cluster), stage(0),
          lane(static_cast<int>(threadIdx.x))
    {
        extern __shared__ __align__(16) unsigned char row_ring_shared[];
        shared = reinterpret_cast<Pack<T> *>(row_ring_shared) + threadIdx.x;
#pragma unroll
        for (int s = 0; s < stages; s++) {
            read(row + s * step(), s);
        }
    }

    /* Stretches of a row go to the blocks in turns, so that a short last one is shared as well. */
    __device__ __forceinline__ int column(int k) const
    {
        return column_of(k, rank);
    }

    __device__ __forceinline__ float count(int of_rank) const
    {
        int all = 0;
#pragma unroll
        for (int k = 0; k < Packs; k++) {
            const int left = cols - (k * Cluster + of_rank) * Threads * size;
            all += left < 0 ? 0 : left < Threads * size ? left : Threads * size;
        }
        return static_cast<float>(all);
    }

    __device__ __forceinline__ void wait() const
    {
        copy_async_wait<stages - 1>();
    }

    template <class F> __device__ __forceinline__ void each(F f) const
    {
        each_of(rank, f);
    }

    template <class F> __device__ __forceinline__ void each_of(int of_rank, F f) const
    {
#pragma unroll
        for (int k = 0; k < Packs; k++) {
            const int at = column_of(k, of_rank);
            if (of_rank == rank) {
                f(shared[(stage * Packs + k) * Threads], at);
            } else {
                f(at < cols ? pack_load(x + static_cast<long long>(row) * cols + at) : Pack<T>{},
                  at);
            }
        }
    }

    __device__ __forceinline__ void next()
    {
        read(row + stages * step(), stage);
        row += step();
        stage = stage + 1 < stages ? stage + 1 : 0;
#ifndef BENCH_CPU
        /* Columns are computed anew for each row: kept from one to the next, as the compiler would,
           they take more registers than there are. */
        asm volatile("" : "+r"(lane));
#endif
    }

  private:
    __device__ __forceinline__ int column_of(int k, int of_rank) const
    {
        return ((k * Cluster + of_rank) * Threads + lane) * size;
    }

    static __device__ __forceinline__ int step()
    {
        return static_cast<int>(gridDim.x) / Cluster;
    }

    __device__ __forceinline__ void read(int which, int into)
    {
        if (which < rows) {
            const T *from = x + static_cast<long long>(which) * cols;
#pragma unroll
            for (int k = 0; k < Packs; k++) {
                copy_async(shared + (into * Packs + k) * Threads, from + column(k),
                           column(k) < cols);
            }
        }
        copy_async_commit(); /* also of nothing: wait() counts batches */
    }
};

/*
 * A pack's elements as floats. 16-bit ones are taken from the four registers that hold them: asked
 * for one by one, the compiler reads shared memory 16 bits at a time for bfloat16 and 64 for
 * float16, at the stride of a pack, which is up to eight times as many accesses of the banks.
 */
__device__ __forceinline__ void unpack(const Pack<float> &p, float (&v)[4])
{
#pragma unroll
    for (int i = 0; i < 4; i++) {
        v[i] = p.v[i];
    }
}

#ifdef BENCH_CPU

template <class T> __device__ __forceinline__ void unpack(const Pack<T> &p, float (&v)[8])
{
    for (int i = 0; i < 8; i++) {
        v[i] = to_float(p.v[i]);
    }
}

#else

template <class T> __device__ __forceinline__ float2 unpack_pair(unsigned pair);

template <> __device__ __forceinline__ float2 unpack_pair<__half>(unsigned pair)
{
    return __half22float2(reinterpret_cast<const __half2 &>(pair));
}

template <> __device__ __forceinline__ float2 unpack_pair<__nv_bfloat16>(unsigned pair)
{
    return make_float2(__uint_as_float(pair << 16), __uint_as_float(pair & 0xffff0000u));
}

template <class T> __device__ __forceinline__ void unpack(const Pack<T> &p, float (&v)[8])
{
    const uint4 words = reinterpret_cast<const uint4 &>(p);
    const unsigned pair[4] = {words.x, words.y, words.z, words.w};
#pragma unroll
    for (int i = 0; i < 4; i++) {
        const float2 both = unpack_pair<T>(pair[i]);
        v[2 * i] = both.x;
        v[2 * i + 1] = both.y;
    }
}

#endif

/* Keeps a pack as it is in memory until here: the compiler would convert what is the same for all
 * rows before the first one, and 16-bit elements then take twice the registers. */
template <class T> __device__ __forceinline__ void stay_packed(Pack<T> &p)
{
#ifndef BENCH_CPU
    unsigned(&word)[4] = reinterpret_cast<unsigned(&)[4]>(p);
    asm volatile("" : "+r"(word[0]), "+r"(word[1]), "+r"(word[2]), "+r"(word[3]));
#endif
}

#endif
