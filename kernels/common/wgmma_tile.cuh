/*
 * One tile of a matrix product by Hopper's wgmma: out[M][N] = a[M][K] b[K][N] for 16-bit T, float32
 * sums, row-major throughout, tensors 16-byte aligned.
 *
 *   WgmmaTile<T, TileM, TileN, Stages, Whole>
 *     threads        TileM / 64 warpgroups (of four warps), each computing 64 by TileN sums
 *     shared_bytes   dynamic shared memory, which must begin at a multiple of 1,024 bytes
 *     run(...)       as MmaTile's (mma_tile.cuh), epilogue and all
 *     Whole          K and N are multiples of 8, so that rows are made of whole 16-byte chunks.
 *                    Without it any sizes will do
 *
 * Steps of 64 of K pass through a ring of Stages buffers in shared memory. Both matrices lie there
 * as their rows lie in memory, in slabs of 64 columns that wgmma reads with its 128-byte swizzle: a
 * along K, b along N. In each step the threads give the multiplication of one buffer to the tensor
 * cores, start the copies of the step Stages - 2 further on, into the buffer of the multiplication
 * before the last, and wait for the last one: the tensor cores always have the next one waiting,
 * and there is one barrier a step. Sums leave through shared memory, in rows of 16-byte stores; what
 * an epilogue does is done there, to eight neighbours at a time.
 *
 * Rows that are not made of whole chunks begin at any even address, which cp.async cannot read: a
 * chunk is then cut out of the two aligned ones that it lies in, in registers, which are loaded
 * while the step before is multiplied, and stored after.
 *
 * Copies by cp.async, of all threads: on an H200, tensor copies (TMA) by a warp of their own, with
 * maps that the kernel made itself, were no faster in large products (95 % of cuBLAS to 96 % in 4096
 * x 4096 x 4096), slower in small ones (74 % to 102 % in 384 x 384 x 384), where making the maps is
 * what takes time, and clusters that share copies of b were slower still (2026-11-23).
 */
#ifndef BENCH_KERNELS_COMMON_WGMMA_TILE_CUH
#define BENCH_KERNELS_COMMON_WGMMA_TILE_CUH

#include "convert.cuh"
#include "epilogue.cuh"
#include "mma.cuh"
#include "pair.cuh"
#include "wgmma.cuh"

/* 16 bytes, or zeros. Without a branch, so that many loads are under way at the same time. */
__device__ __forceinline__ uint4 load_if(bool really, const void *p)
{
#ifdef BENCH_CPU
    return really ? *static_cast<const uint4 *>(p) : uint4{0, 0, 0, 0};
#else
    uint4 x;
    asm volatile("{ .reg .pred p; setp.ne.b32 p, %5, 0; mov.b32 %0, 0; mov.b32 %1, 0; "
                 "mov.b32 %2, 0; mov.b32 %3, 0; @p ld.global.v4.b32 {%0, %1, %2, %3}, [%4]; }"
                 : "=&r"(x.x), "=&r"(x.y), "=&r"(x.z), "=&r"(x.w)
                 : "l"(p), "r"(static_cast<int>(really))
                 : "memory");
    return x;
#endif
}

/* 16 bytes at once. Of a uint4 that was put together the compiler makes four stores. */
__device__ __forceinline__ void store_whole(void *p, uint4 x)
{
#ifdef BENCH_CPU
    *static_cast<uint4 *>(p) = x;
#else
    asm volatile("st.global.v4.b32 [%0], {%1, %2, %3, %4};" ::"l"(p), "r"(x.x), "r"(x.y), "r"(x.z),
                 "r"(x.w)
                 : "memory");
#endif
}

template <class T, int TileM, int TileN, int Stages, bool Whole = true> struct WgmmaTile {
    static constexpr int threads = TileM * 2;
    static constexpr int TileK = 64;
    using ATile = SlabTile<TileM>;
    using BTile = SlabTile<TileK>; /* TileN / 64 of them */
    static constexpr int stage = ATile::elements + TileN / 64 * BTile::elements;
    static constexpr int shared_bytes = Stages * stage * 2;
    static_assert(Stages >= 3, "one is read, one has been read, one is filled");
    static constexpr int out_stride = TileN + 8; /* rows of the output in different banks */
    static constexpr int part_elements = 16 * out_stride; /* of a warp's output */
    static_assert(threads / 32 * part_elements * 2 <= Stages * stage,
                  "the output must fit, too, and in float32");

    /* Two neighbouring aligned chunks, of which one is cut that begins at any element. */
    struct ChunkPair {
        uint4 first, second;

        static __device__ __forceinline__ const T *aligned(const T *p)
        {
            return reinterpret_cast<const T *>(reinterpret_cast<unsigned long long>(p) & ~15ull);
        }

        /* Those of the chunk at p, as far as all of them lies before `end`; else zeros. */
        __device__ __forceinline__ void load(const T *p, const T *end)
        {
            const T *from = aligned(p);
            first = load_if(from + 8 <= end, from);
            second = load_if(from != p && from + 16 <= end, from + 8);
        }

        /* Does a part of the chunk lie in an aligned one that `end` cuts? */
        static __device__ __forceinline__ bool is_cut(const T *p, const T *end)
        {
            const T *last = aligned(end);
            return last != end &&
                   (last == aligned(p) || (last == aligned(p) + 8 && aligned(p) != p));
        }

        /* The elements of that one. */
        __device__ __forceinline__ void load_end(const T *p, const T *end)
        {
            const bool in_first = aligned(p) == aligned(end);
            unsigned words[4] = {};
#pragma unroll
            for (int i = 0; i < 8; i++) {
                if (aligned(end) + i < end) {
                    words[i / 2] |= static_cast<unsigned>(
                                        *reinterpret_cast<const unsigned short *>(aligned(end) + i))
                                    << i % 2 * 16;
                }
            }
            const uint4 last = {words[0], words[1], words[2], words[3]};
            first = in_first ? last : first;
            second = in_first ? second : last;
        }

        /* The chunk at p; zeros for all but its first `count` elements. */
        __device__ __forceinline__ uint4 cut(const T *p, long long count) const
        {
            const unsigned at =
                static_cast<unsigned>(reinterpret_cast<unsigned long long>(p)) & 15u;
            unsigned words[8] = {first.x,  first.y,  first.z,  first.w,
                                 second.x, second.y, second.z, second.w};
#pragma unroll
            for (int i = 0; i < 6; i++) {
                words[i] = at & 8u ? words[i + 2] : words[i];
            }
#pragma unroll
            for (int i = 0; i < 5; i++) {
                words[i] = at & 4u ? words[i + 1] : words[i];
            }
#pragma unroll
            for (int i = 0; i < 4; i++) {
                words[i] = at & 2u ? words[i] >> 16 | words[i + 1] << 16 : words[i];
                words[i] = count >= i * 2 + 2   ? words[i]
                           : count == i * 2 + 1 ? words[i] & 0xffffu
                                                : 0u;
            }
            return uint4{words[0], words[1], words[2], words[3]};
        }
    };

    /*
     * A thread's share of the copies of ROWS by COLUMNS elements that move over a matrix: every
     * rows_apart-th row, always the same chunk of it. Threads that are neighbours copy neighbours,
     * for a row that begins anywhere touches a cache line more than one that begins with a line.
     */
    template <int ROWS, int COLUMNS> struct Copy {
        static constexpr int row_chunks = COLUMNS / 8;
        static constexpr int rows_apart = threads / row_chunks;
        static constexpr int count = ROWS / rows_apart;
        static_assert(rows_apart % 8 == 0 && ROWS % rows_apart == 0, "the same place in each");
        const T *from, *end;     /* of the matrix */
        long long apart;         /* elements from one copy to the next */
        long long rows, columns; /* of the matrix, left from `from` on */
        int at;

        __device__ __forceinline__ Copy(const T *x, long long first_row, long long first_column,
                                        long long M, long long N)
        {
            const int row = static_cast<int>(threadIdx.x) / row_chunks;
            const int chunk = static_cast<int>(threadIdx.x) % row_chunks;
            at = chunk / 8 * SlabTile<ROWS>::elements + SlabTile<ROWS>::at(row, chunk % 8);
            from = x + (first_row + row) * N + first_column + chunk * 8;
            end = x + M * N;
            apart = rows_apart * N;
            rows = M - first_row - row;
            columns = N - first_column - chunk * 8;
        }

        __device__ __forceinline__ void start(T *slabs) const
        {
#pragma unroll
            for (int i = 0; i < count; i++) {
                copy_async(slabs + at + i * rows_apart * 64, from + i * apart,
                           columns > 0 && i * rows_apart < rows);
            }
        }

        /* The aligned chunks that each chunk lies in. The loads are all under way before what few
         * threads do at the end of the matrix. */
        __device__ __forceinline__ void load(ChunkPair (&pairs)[count]) const
        {
            bool is_cut = false;
#pragma unroll
            for (int i = 0; i < count; i++) {
                const T *last = columns > 0 && i * rows_apart < rows ? end : nullptr;
                pairs[i].load(from + i * apart, last);
                is_cut = is_cut || ChunkPair::is_cut(from + i * apart, last);
            }
            if (is_cut) {
#pragma unroll
                for (int i = 0; i < count; i++) {
                    if (columns > 0 && i * rows_apart < rows &&
                        ChunkPair::is_cut(from + i * apart, end)) {
                        pairs[i].load_end(from + i * apart, end);
                    }
                }
            }
        }

        __device__ __forceinline__ void put(T *slabs, const ChunkPair (&pairs)[count]) const
        {
#pragma unroll
            for (int i = 0; i < count; i++) {
                *reinterpret_cast<uint4 *>(slabs + at + i * rows_apart * 64) =
                    pairs[i].cut(from + i * apart, columns);
            }
        }
    };

    /* Each warp's 16 rows of sums to its part of `shared`, from there to out. whole_rows: N is a
     * multiple of 8. */
    template <class Epilogue>
    static __device__ __forceinline__ void store(T *shared, const WgmmaSums<T, TileN> &sums, T *out,
                                                 long long first_row, long long first_column,
                                                 long long M, long long N, bool whole_rows,
                                                 const Epilogue &epilogue)
    {
        using S = typename Staged<Epilogue, T>::type;
        struct alignas(2 * sizeof(S)) Pair {
            S v[2];
        };
        const int lane = static_cast<int>(threadIdx.x) % 32;
        const int warp = static_cast<int>(threadIdx.x) / 32;
        S *part = reinterpret_cast<S *>(shared) + warp * part_elements;
        first_row += warp * 16;
#pragma unroll
        for (int i = 0; i < TileN / 2; i += 2) {
            const int row = lane / 4 + i / 2 % 2 * 8;
            const int column = i / 4 * 8 + lane % 4 * 2;
            *reinterpret_cast<Pair *>(part + row * out_stride + column) =
                Pair{{from_float<S>(sums.values[i]), from_float<S>(sums.values[i + 1])}};
        }
        __syncwarp();
        if (whole_rows) {
            constexpr int row_chunks = TileN / 8;
            const bool in_packs = epilogue.packs();
#pragma unroll
            for (int i = 0; i < 16 * row_chunks / 32; i++) {
                const int row = (i * 32 + lane) / row_chunks;
                const int column = (i * 32 + lane) % row_chunks * 8;
                if (first_row + row < M && first_column + column < N) {
                    store_whole(out + (first_row + row) * N + first_column + column,
                                finished(part + row * out_stride + column, first_row + row,
                                         first_column + column, in_packs, epilogue));
                }
            }
        } else {
            for (int row = 0; row < 16 && first_row + row < M; row++) {
#pragma unroll
                for (int column = lane; column < TileN; column += 32) {
                    if (first_column + column < N) {
                        out[(first_row + row) * N + first_column + column] = from_float<T>(
                            epilogue(to_float(part[row * out_stride + column]), first_row + row,
                                     first_column + column));
                    }
                }
            }
        }
    }

    /* Eight elements of a row of out, from the shared memory that they wait in. */
    static __device__ __forceinline__ uint4 finished(const T *waiting, long long, long long, bool,
                                                     const Sums &)
    {
        return *reinterpret_cast<const uint4 *>(waiting);
    }
    template <class Epilogue>
    static __device__ __forceinline__ uint4 finished(const float *waiting, long long row,
                                                     long long column, bool in_packs,
                                                     const Epilogue &epilogue)
    {
        const float4 low = *reinterpret_cast<const float4 *>(waiting);
        const float4 high = *reinterpret_cast<const float4 *>(waiting + 4);
        float sums[8] = {low.x, low.y, low.z, low.w, high.x, high.y, high.z, high.w};
        epilogue.finish_eight(sums, row, column, in_packs);
        return uint4{pack_pair<T>(sums[0], sums[1]), pack_pair<T>(sums[2], sums[3]),
                     pack_pair<T>(sums[4], sums[5]), pack_pair<T>(sums[6], sums[7])};
    }

    /*
     * sums += a[first_row …][k …] b[k …][first_column …] over `steps` steps of TileK, k being the
     * first of step `first_step`. When it returns, `shared` may be used for something else.
     */
    static __device__ __forceinline__ void
    multiply(T *shared, const T *a, const T *b, long long first_row, long long first_column,
             long long M, long long N, long long K, int first_step, int steps,
             WgmmaSums<T, TileN> &sums)
    {
        const int warp = static_cast<int>(threadIdx.x) / 32;
        const long long k = static_cast<long long>(first_step) * TileK;
        Copy<TileM, TileK> a_copy(a, first_row, k, M, K);
        Copy<TileK, TileN> b_copy(b, k, first_column, K, N);
        const auto multiply_step = [&](const T *tile) {
            sums.begin();
#pragma unroll
            for (int k = 0; k < TileK; k += 16) {
                sums.multiply(wgmma_rows(tile + warp / 4 * 64 * 64, k),
                              wgmma_columns(tile + ATile::elements, k, BTile::bytes));
            }
            sums.commit();
        };
        const auto go_on = [&]() {
            a_copy.from += TileK;
            a_copy.columns -= TileK;
            b_copy.from += TileK * N;
            b_copy.rows -= TileK;
        };
        if constexpr (Whole) {
            int copied = 0;
            /* Copies the next step into buffer `to`, or nothing beyond the last. */
            const auto copy = [&](int to) {
                if (copied < steps) {
                    a_copy.start(shared + to * stage);
                    b_copy.start(shared + to * stage + ATile::elements);
                    go_on();
                    copied++;
                }
                copy_async_commit();
            };
#pragma unroll
            for (int s = 0; s < Stages - 2; s++) {
                copy(s);
            }
            int reading = 0, filling = Stages - 2;
            for (int step = 0; step < steps; step++) {
                copy_async_wait<Stages - 3>();
                wgmma_ready();
                __syncthreads(); /* this step's data are there, the one before the last is over */
                multiply_step(shared + reading * stage);
                copy(filling);
                sums.template wait<1>();
                reading = reading + 1 == Stages ? 0 : reading + 1;
                filling = filling + 1 == Stages ? 0 : filling + 1;
            }
        } else {
            ChunkPair a_pairs[Copy<TileM, TileK>::count], b_pairs[Copy<TileK, TileN>::count];
            a_copy.load(a_pairs);
            b_copy.load(b_pairs);
            int filling = 0;
            for (int step = 0; step < steps; step++) {
                /* The last multiplication of this buffer is over: two barriers ago it was waited
                 * for. */
                T *tile = shared + filling * stage;
                a_copy.put(tile, a_pairs);
                b_copy.put(tile + ATile::elements, b_pairs);
                wgmma_ready();
                __syncthreads();
                multiply_step(tile);
                go_on();
                if (step + 1 < steps) {
                    a_copy.load(a_pairs);
                    b_copy.load(b_pairs);
                }
                sums.template wait<1>();
                filling = filling + 1 == Stages ? 0 : filling + 1;
            }
        }
        sums.template wait<0>();
        copy_async_wait<0>();
        __syncthreads(); /* all buffers have been read */
    }

    template <class Epilogue = Sums>
    static __device__ __forceinline__ void
    run(T *shared, const T *a, const T *b, T *out, long long first_row, long long first_column,
        long long M, long long N, long long K, const Epilogue &epilogue = Epilogue())
    {
        WgmmaSums<T, TileN> sums;
        sums.clear();
        multiply(shared, a, b, first_row, first_column, M, N, K, 0,
                 static_cast<int>((K + TileK - 1) / TileK), sums);
        store(shared, sums, out, first_row, first_column, M, N, Whole, epilogue);
    }
};

#endif
