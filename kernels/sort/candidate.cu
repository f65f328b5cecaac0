/*
 * Stable sort of rows that fit the registers of a block, by a bitonic network (Batcher, "Sorting
 * networks and their applications", 1968) over the elements' keys with their positions. THREADS
 * threads hold a row, ITEMS neighbouring places each, so that an exchange between places is
 *
 * - between registers of a thread, where they are less than ITEMS apart;
 * - a shuffle, where they are less than 32 * ITEMS apart;
 * - through shared memory otherwise: none up to 32 * ITEMS elements, 10 of 78 steps at 4096
 *   elements of 256 threads.
 *
 * A key and its position are one number, so the network needs no more than a comparison: 64 bits
 * for float32, and 32 for 16-bit types, which halves the work. Each element is read and written
 * once; the values are taken from the row, which L1 still holds, so that they keep their bits (the
 * sign of a zero, the payload of a NaN). Rows of one warp share a block.
 */
#include "../common/order.cuh"

#define TILE (THREADS * ITEMS)                   /* places, at least as many as a row has */
#define ROWS (THREADS < 128 ? 128 / THREADS : 1) /* of a block */
#define BLOCK (THREADS * ROWS)

#if BENCH_T_IS_FLOAT32
using Word = unsigned long long;
#else
using Word = unsigned; /* key and position: TILE is at most 2^16 */
#endif

/* In the order of the result: smaller words come first; what is no element comes last. */
__device__ __forceinline__ Word word_of(const BENCH_T *x, long long cols, int i, bool descending)
{
    constexpr int half = 4 * sizeof(Word);
    constexpr Word last = (static_cast<Word>(1) << half) - 1;
    Word key = last;
    if (i < cols) {
#if BENCH_T_IS_FLOAT32
        const Word ascending = order_key(x[i]);
#else
        const Word ascending = order_key_16(x[i]);
#endif
        key = descending ? last - ascending : ascending;
    }
    return key << half | static_cast<Word>(i);
}

__device__ __forceinline__ int index_of(Word word)
{
    return static_cast<int>(word & ((static_cast<Word>(1) << (4 * sizeof(Word))) - 1));
}

/* The threads of a row: a warp, or the whole block. */
__device__ __forceinline__ void row_barrier()
{
    if constexpr (THREADS <= 32) {
        __syncwarp();
    } else {
        __syncthreads();
    }
}

__device__ __forceinline__ Word pick(Word mine, Word other, bool smaller)
{
    return (mine < other) == smaller ? mine : other;
}

/* One level of the network: sequences of `size`, ascending and descending in turn. */
__device__ __forceinline__ void sort_level(Word (&word)[ITEMS], Word *shared, int thread, int size)
{
    for (int apart = size / 2 / ITEMS; apart >= 32; apart /= 2) {
        row_barrier();
#pragma unroll
        for (int i = 0; i < ITEMS; i++) {
            shared[i * THREADS + thread] = word[i];
        }
        row_barrier();
        const bool smaller = ((thread & apart) == 0) == ((thread * ITEMS & size) == 0);
#pragma unroll
        for (int i = 0; i < ITEMS; i++) {
            word[i] = pick(word[i], shared[i * THREADS + (thread ^ apart)], smaller);
        }
    }
#pragma unroll
    for (int apart = 16; apart > 0; apart /= 2) {
        if (apart * ITEMS < size) {
            const bool smaller = ((thread & apart) == 0) == ((thread * ITEMS & size) == 0);
#pragma unroll
            for (int i = 0; i < ITEMS; i++) {
                word[i] = pick(word[i], __shfl_xor_sync(0xffffffffu, word[i], apart), smaller);
            }
        }
    }
#pragma unroll
    for (int apart = ITEMS / 2; apart > 0; apart /= 2) {
        if (apart < size) {
#pragma unroll
            for (int i = 0; i < ITEMS; i++) {
                if ((i & apart) == 0) {
                    const bool ascending = ((thread * ITEMS + i) & size) == 0;
                    const Word a = word[i], b = word[i + apart];
                    word[i] = pick(a, b, ascending);
                    word[i + apart] = pick(b, a, !ascending);
                }
            }
        }
    }
}

__global__ void __launch_bounds__(BLOCK)
    sort_rows(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ values,
              long long *__restrict__ indices, long long rows, long long cols, int descending)
{
    extern __shared__ unsigned long long sort_shared[];
    const int thread = threadIdx.x % THREADS;
    long long row = static_cast<long long>(blockIdx.x) * ROWS + threadIdx.x / THREADS;
    const bool live = row < rows;
    row = live ? row : rows - 1; /* works on the last row as well, and stores nothing */
    Word *shared = reinterpret_cast<Word *>(sort_shared) + threadIdx.x / THREADS * TILE;
    x += row * cols;

    /* Any arrangement will do to begin with: neighbouring threads read neighbouring elements. */
    Word word[ITEMS];
#pragma unroll
    for (int i = 0; i < ITEMS; i++) {
        word[i] = word_of(x, cols, i * THREADS + thread, descending != 0);
    }
#pragma unroll 1
    for (int size = 2; size <= TILE; size *= 2) {
        sort_level(word, shared, thread, size);
    }
    /* And back to neighbouring threads, for the stores. */
    row_barrier();
#pragma unroll
    for (int i = 0; i < ITEMS; i++) {
        shared[thread * ITEMS + i] = word[i];
    }
    row_barrier();
#pragma unroll
    for (int i = 0; i < ITEMS; i++) {
        const int at = i * THREADS + thread;
        if (live && at < cols) {
            const int from = index_of(shared[at]);
            values[row * cols + at] = x[from];
            indices[row * cols + at] = from;
        }
    }
}
