/*
 * One tile of a float32 matrix product by Hopper's tensor cores, to float32's precision:
 * out[M][N] = a[M][K] b[K][N], row-major throughout, tensors 16-byte aligned.
 *
 *   Tf32x3Tile<TileM, Whole>   TileM is 64 or 128
 *     TileN, threads           128, 256
 *     shared_bytes             dynamic shared memory, which must begin at a multiple of 1,024 bytes
 *     run(...)                 as CoreTile's (core_tile.cuh), epilogue and all, after `shared`
 *     Whole                    K and N are multiples of four: rows are made of whole 16-byte
 *                              chunks. Without it any sizes will do
 *
 * The tensor cores see 11 significant bits of a float32 (TF32). Each element is therefore taken as
 * the sum of two, x = high + low, and of the four products of two elements the three that matter
 * are added up: high high + high low + low high ("3xTF32" of CUTLASS, "tf32x3" of Triton; Ootomo
 * and Yokota, "Recovering single precision accuracy from Tensor Cores while surpassing the FP32
 * theoretical peak performance", 2022). What is left out are low low, of any sign since those of b
 * are what rounding leaves, and the last bits of lows. The tensor cores round what they add towards
 * zero, which of many terms of one sign would be a bias: so they add up 64 of K only, and the
 * ordinary cores add these sums, rounding to nearest. An infinity makes its products NaN (infinity
 * times a low of 0), and the largest numbers round to one: an element that is not finite in the end
 * is computed again, by the ordinary cores.
 *
 * wgmma reads its second operand from shared memory along K only, as a lies there. So the product
 * is computed transposed: the first operand is b, whose elements the threads fetch into registers,
 * and split there; the second is a, as it is, of which the tensor cores see the high part, and a
 * copy with its low parts. Steps of 32 of K pass through a ring of buffers. While one is
 * multiplied, the threads write the low parts of the next one, fetch its b, and start the copies of
 * one further on; there is one barrier a step.
 */
#ifndef BENCH_KERNELS_COMMON_TF32X3_TILE_CUH
#define BENCH_KERNELS_COMMON_TF32X3_TILE_CUH

#include "epilogue.cuh"
#include "ring_tile.cuh"
#include "tf32x3.cuh"

template <int TileM, bool Whole = true> struct Tf32x3Tile {
    static constexpr int Stages = TileM == 64 ? 6 : 5; /* descriptions know it, too */
    static constexpr int TileN = 128, TileK = Tf32Slab::columns, threads = 256;
    static constexpr int a_elements = TileM * TileK;
    static constexpr int b_stride = TileN + 8; /* four rows of b in different banks */
    static constexpr int stage = a_elements + TileK * b_stride;
    static constexpr int lows = 3; /* one is written, one is read, one may still be */
    static constexpr int shared_bytes = (Stages * stage + lows * a_elements) * 4;
    static constexpr int out_stride = TileN + 4;
    static_assert(Stages >= 3, "one is read, one is prepared, one is filled");
    static_assert(a_elements * 4 % 1024 == 0 && stage * 4 % 1024 == 0, "slabs begin there");
    static_assert(TileM * out_stride * 4 <= shared_bytes, "the output must fit, too");

    struct Shared {
        float *ring, *low;
        __device__ __forceinline__ explicit Shared(unsigned char *p)
            : ring(reinterpret_cast<float *>(p)), low(ring + Stages * stage)
        {
        }
        __device__ __forceinline__ float *a(int step) const
        {
            return ring + step % Stages * stage;
        }
        __device__ __forceinline__ float *b(int step) const
        {
            return a(step) + a_elements;
        }
        __device__ __forceinline__ float *a_low(int step) const
        {
            return low + step % lows * a_elements;
        }
    };

    /* Four elements, of which the first `exist` do; zeros for the others. */
    static __device__ __forceinline__ void copy_chunk(float *to, const float *from, long long exist)
    {
        if constexpr (Whole) {
            copy_async(to, from, exist > 0);
        } else {
#pragma unroll
            for (int j = 0; j < 4; j++) {
                copy_async_4(to + j, from + j, j < exist);
            }
        }
    }

    /* A thread's share of a's copies, every 32nd row, always the same chunk of it. */
    struct CopyA {
        static constexpr int count = TileM / 32;
        const float *from;
        long long apart, rows, columns; /* rows and columns left from `from` on */
        int at;

        __device__ __forceinline__ CopyA(const float *a, long long first_row, long long M,
                                         long long K)
        {
            const int row = static_cast<int>(threadIdx.x) / 8;
            const int chunk = static_cast<int>(threadIdx.x) % 8;
            at = Tf32Slab::at(row, chunk);
            from = a + (first_row + row) * K + chunk * 4;
            apart = 32 * K;
            rows = M - first_row - row;
            columns = K - chunk * 4;
        }
        __device__ __forceinline__ void start(float *slab)
        {
#pragma unroll
            for (int i = 0; i < count; i++) {
                copy_chunk(slab + at + i * 32 * TileK, from + i * apart,
                           i * 32 < rows ? columns : 0);
            }
            from += TileK;
            columns -= TileK;
        }
        /* What the tensor cores do not see of x, as near as they can; of a NaN a NaN. */
        static __device__ __forceinline__ float low_of(float x)
        {
            const float low = x - tf32_seen(x);
            return low == low ? tf32_round(low) : low;
        }
        /* The low parts of what this thread has copied, once it is there. */
        __device__ __forceinline__ void split(const float *slab, float *low) const
        {
#pragma unroll
            for (int i = 0; i < count; i++) {
                const int place = at + i * 32 * TileK;
                const float4 x = *reinterpret_cast<const float4 *>(slab + place);
                *reinterpret_cast<float4 *>(low + place) =
                    make_float4(low_of(x.x), low_of(x.y), low_of(x.z), low_of(x.w));
            }
        }
    };

    /* And of b's: every 8th row. */
    struct CopyB {
        const float *from;
        long long apart, rows, columns;
        int at;

        __device__ __forceinline__ CopyB(const float *b, long long first_column, long long N,
                                         long long K)
        {
            const int row = static_cast<int>(threadIdx.x) / 32;
            const int column = static_cast<int>(threadIdx.x) % 32 * 4;
            at = row * b_stride + column;
            from = b + row * N + first_column + column;
            apart = 8 * N;
            rows = K - row;
            columns = N - first_column - column;
        }
        __device__ __forceinline__ void start(float *slab)
        {
#pragma unroll
            for (int i = 0; i < TileK / 8; i++) {
                copy_chunk(slab + at + i * 8 * b_stride, from + i * apart,
                           i * 8 < rows ? columns : 0);
            }
            from += TileK / 8 * apart;
            rows -= TileK;
        }
    };

    /* b of one step, transposed: of this thread's two columns, the rows that it has of each eight.
     */
    struct Held {
        unsigned high[TileK / 8][4], low[TileK / 8][4];

        __device__ __forceinline__ void load(const float *b)
        {
            const int lane = static_cast<int>(threadIdx.x) % 32;
            const int column = static_cast<int>(threadIdx.x) / 32 * 16 + lane / 4;
            const float *mine = b + lane % 4 * b_stride + column;
#pragma unroll
            for (int j = 0; j < TileK / 8; j++) {
#pragma unroll
                for (int i = 0; i < 4; i++) {
                    const float x = mine[(j * 8 + i / 2 * 4) * b_stride + i % 2 * 8];
                    high[j][i] = __float_as_uint(tf32_round(x));
                    low[j][i] = __float_as_uint(x - tf32_round(x));
                }
            }
        }
    };

    template <bool Fresh>
    static __device__ __forceinline__ void multiply(Held &b, const float *a, const float *a_low,
                                                    Tf32Sums<TileM> &sums)
    {
        wgmma_keep(b.high);
        wgmma_keep(b.low);
        sums.begin();
#pragma unroll
        for (int j = 0; j < TileK / 8; j++) {
            if (Fresh && j == 0) {
                sums.start(b.high[j], tf32_columns(a_low, j * 8));
            } else {
                sums.multiply(b.high[j], tf32_columns(a_low, j * 8));
            }
            sums.multiply(b.low[j], tf32_columns(a, j * 8));
            sums.multiply(b.high[j], tf32_columns(a, j * 8));
        }
        sums.commit();
    }

    /* Where in the tile total[i] is. */
    struct Place {
        int row, column;
        __device__ __forceinline__ explicit Place(int i)
        {
            const int lane = static_cast<int>(threadIdx.x) % 32;
            const int warp = static_cast<int>(threadIdx.x) / 32;
            row = i / 4 * 8 + lane % 4 * 2 + i % 2;
            column = warp * 16 + lane / 4 + i / 2 % 2 * 8;
        }
        __device__ __forceinline__ int waiting() const
        {
            return row * out_stride + column;
        }
    };

    /* Those of this thread's sums in shared memory that are not finite, once more. A loop, and far
     * from what all threads do: its instructions would have to be fetched. */
    static __device__ __noinline__ void sum_again(float *waiting, const float *a, const float *b,
                                                  int M, int N, int K)
    {
#pragma unroll 1
        for (int i = 0; i < TileM / 2; i++) {
            const Place place(i);
            float &sum = waiting[place.waiting()];
            if (sum - sum == 0.0f || place.row >= M || place.column >= N) {
                continue;
            }
            sum = 0.0f;
#pragma unroll 1
            for (int k = 0; k < K; k++) {
                sum = fmaf(a[static_cast<long long>(place.row) * K + k],
                           b[static_cast<long long>(k) * N + place.column], sum);
            }
        }
    }

    /* total[N][M] of the tile through shared memory to out, in rows of 16-byte stores. */
    template <class Epilogue>
    static __device__ __forceinline__ void store(float *waiting, const float (&total)[TileM / 2],
                                                 const float *a, const float *b, float *out,
                                                 int first_row, int first_column, int M, int N,
                                                 int K, const Epilogue &epilogue)
    {
        float zero = 0.0f; /* or NaN, if one is not finite */
#pragma unroll
        for (int i = 0; i < TileM / 2; i++) {
            waiting[Place(i).waiting()] = total[i];
            zero = fmaf(total[i], 0.0f, zero);
        }
        if (zero != zero) {
            sum_again(waiting, a + static_cast<long long>(first_row) * K, b + first_column,
                      M - first_row, N - first_column, K);
        }
        __syncthreads();
#pragma unroll 2
        for (int i = static_cast<int>(threadIdx.x); i < TileM * TileN / 4; i += threads) {
            const int in_row = i / (TileN / 4), in_column = i % (TileN / 4) * 4;
            const int row = first_row + in_row, column = first_column + in_column;
            if (row < M && column < N) {
                float sums[4];
                read_together(waiting + in_row * out_stride + in_column, sums);
                store_four(out + static_cast<long long>(row) * N + column, sums, row, column,
                           N - column, Whole, epilogue);
            }
        }
    }

    template <class Epilogue = Sums>
    static __device__ __forceinline__ void
    run(unsigned char *shared_memory, const float *a, const float *b, float *out, int first_row,
        int first_column, int M, int N, int K, const Epilogue &epilogue = Epilogue())
    {
        const Shared shared(shared_memory);
        fetch_terms<TileM, TileN>(epilogue, first_row, first_column, M, N);
        CopyA a_copy(a, first_row, M, K);
        CopyB b_copy(b, first_column, N, K);
        const int steps = (K + 2 * TileK - 1) / (2 * TileK) * 2; /* beyond K there are zeros */
        Tf32Sums<TileM> sums;
        float total[TileM / 2];
        Held even, odd;

        const auto copy = [&](int step) {
            if (step < steps) {
                a_copy.start(shared.a(step));
                b_copy.start(shared.b(step));
            }
            copy_async_commit();
        };
        const auto prepare = [&](int step, Held &held) {
            copy_async_wait<Stages - 3>();
            a_copy.split(shared.a(step), shared.a_low(step));
            wgmma_ready();
            sums.template wait<1>(); /* of the step before the last, for its buffers */
            __syncthreads();
            held.load(shared.b(step));
            copy(step + Stages - 2);
        };

#pragma unroll
        for (int i = 0; i < TileM / 2; i++) {
            total[i] = 0.0f;
        }
#pragma unroll 1
        for (int s = 0; s < Stages - 2; s++) {
            copy(s);
        }
        const auto add = [&]() {
            sums.template wait<0>();
#pragma unroll
            for (int i = 0; i < TileM / 2; i++) {
                total[i] += sums.values[i];
            }
        };
#pragma unroll 1
        for (int step = 0; step < steps; step += 2) {
            prepare(step, even);
            if (step > 0) {
                add(); /* the two steps before */
            }
            multiply<true>(even, shared.a(step), shared.a_low(step), sums);
            prepare(step + 1, odd);
            multiply<false>(odd, shared.a(step + 1), shared.a_low(step + 1), sums);
        }
        add();
        copy_async_wait<0>();
        __syncthreads(); /* all buffers have been read */
        store(shared.ring, total, a, b, out, first_row, first_column, M, N, K, epilogue);
    }
};

#endif
