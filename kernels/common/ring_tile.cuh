/*
 * One tile of a float32 matrix product on the ordinary cores, in true float32, for products with so
 * few tiles that a multiprocessor has one or two blocks: a[M][K] b[K][N] -> out[M][N]. CoreTile's
 * blocks are small and hide each other's waits; here a block hides its own.
 *
 *   RingTile<TileM, TileN>   16 by 128, 32 by 32, 32 by 64, 32 by 128, 64 by 64 or 128 by 32
 *     threads        of a block: 128 for tiles of 16 rows, else 256
 *     blocks         for __launch_bounds__
 *     shared_bytes   dynamic shared memory, 16-byte aligned
 *     run(shared, a, b, out, M, N, K, epilogue)
 *                    the block's tile, by blockIdx.x (tile_order.cuh); the last argument says what
 *                    becomes of a sum before it is stored (epilogue.cuh)
 *     run_part<Parts>(shared, a, b, partial, M, N, K)
 *                    the same over part blockIdx.y of Parts of K, to partial[Parts][M][N]
 *
 *   add_parts<Parts>(partial, out, M, N, epilogue)
 *                    out[M][N] = the sums over partial[Parts][M][N], always in the same order; one
 *                    element a thread
 *
 * The threads of a block are some teams. Each team has the sums of the whole tile in registers,
 * rows_each by columns_each a thread, and adds to them over its own 8 elements of K of each step:
 * so a block of a small tile has 8 warps, and a thread still has 32 or 64 sums, for which it reads
 * shared memory seldom. In the end the teams' sums are added through shared memory. Steps pass
 * through a ring of buffers filled by cp.async, up to `stages` - 1 of them ahead of the one
 * multiplied, so that cold memory is waited for once; one barrier a step.
 *
 * Both tiles lie in shared memory as in global memory. A thread reads k_each elements along K of
 * each of its rows of a, and k_each rows of its columns of b, four columns at once. Rows of a begin
 * in different banks. Pairs of lanes read the same columns, and pairs of pairs the same rows: so
 * the reads of a warp's halves can be served together.
 *
 * Where rows do not begin at multiples of 16 bytes, elements are copied one by one.
 */
#ifndef BENCH_KERNELS_COMMON_RING_TILE_CUH
#define BENCH_KERNELS_COMMON_RING_TILE_CUH

#include "epilogue.cuh"
#include "mma.cuh"
#include "pack.cuh"
#include "tile_order.cuh"

/* As copy_async, of 4 bytes, both 4-byte aligned. */
__device__ __forceinline__ void copy_async_4(void *to, const void *from, bool valid)
{
#ifdef BENCH_CPU
    *static_cast<unsigned *>(to) = valid ? *static_cast<const unsigned *>(from) : 0u;
#else
    asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;" ::"r"(shared_address(to)),
                 "l"(from), "r"(valid ? 4 : 0)
                 : "memory");
#endif
}

/* The packs of a tile of Rows by Columns elements of x[rows][columns] that one of Threads threads
 * copies, from the tile at (first_row, first_column) on; zeros outside. `Packed`: rows of x begin
 * at multiples of 16 bytes. Rows of the copy are Stride elements apart. */
template <int Threads, int Rows, int Columns, int Stride, bool Packed> struct RingCopy {
    static constexpr int size = Pack<float>::size;
    static constexpr int row_packs = Columns / size;
    static constexpr int packs = Rows * row_packs;
    static constexpr int count = (packs + Threads - 1) / Threads;
    static constexpr int rows_apart = Threads / row_packs; /* of a thread's packs */
    static_assert(Threads % row_packs == 0, "a thread's packs are in the same columns");
    const float *from;
    long long apart;
    int rows_left, left, to_first;

    __device__ __forceinline__ RingCopy(const float *x, long long first_row, int first_column,
                                        int rows, int columns)
    {
        const int row = static_cast<int>(threadIdx.x) / row_packs;
        const int column = static_cast<int>(threadIdx.x) % row_packs * size;
        from = x + (first_row + row) * columns + first_column + column;
        apart = static_cast<long long>(rows_apart) * columns;
        rows_left = static_cast<int>(rows - first_row) - row;
        left = columns - first_column - column;
        to_first = row * Stride + column;
    }
    __device__ __forceinline__ void copy(float *to) const
    {
#pragma unroll(Packed ? count : 1)
        for (int i = 0; i < count; i++) {
            if (packs % Threads != 0 && i * Threads + static_cast<int>(threadIdx.x) >= packs) {
                return;
            }
            copy_pack(to + to_first + i * rows_apart * Stride, from + i * apart,
                      i * rows_apart < rows_left ? left : 0);
        }
    }
    static __device__ __forceinline__ void copy_pack(float *to, const float *x, int exist)
    {
        if constexpr (Packed) {
            copy_async(to, x, exist > 0);
        } else {
#pragma unroll
            for (int j = 0; j < size; j++) {
                copy_async_4(to + j, x + j, j < exist);
            }
        }
    }
    __device__ __forceinline__ void move_right(int count_columns)
    {
        from += count_columns;
        left -= count_columns;
    }
    __device__ __forceinline__ void move_down(int count_rows, int columns)
    {
        from += static_cast<long long>(count_rows) * columns;
        rows_left -= count_rows;
    }
};

template <int Count> struct alignas(Count * 4) Together {
    float v[Count];
};

/* Count neighbours, 2 or 4, in one read. */
template <int Count>
__device__ __forceinline__ void read_together(const float *p, float (&v)[Count])
{
    const Together<Count> x = *reinterpret_cast<const Together<Count> *>(p);
#pragma unroll
    for (int j = 0; j < Count; j++) {
        v[j] = x.v[j];
    }
}

/* What the epilogue reads at the end is asked for before the product. */
template <int Rows, int Columns>
__device__ __forceinline__ void fetch_terms(const Sums &, int, int, int, int)
{
}
template <int Rows, int Columns, class Epilogue>
__device__ __forceinline__ void fetch_terms(const Epilogue &epilogue, int row, int column, int M,
                                            int N)
{
    epilogue.template fetch<Rows, Columns>(row, column, M, N);
}

template <int TileM, int TileN> struct RingTile {
    static constexpr int threads = TileM == 16 ? 128 : 256;
    static constexpr int blocks = 512 / threads; /* of 128 registers a thread */
    static constexpr int rows_each = TileM == 16 ? 16 : TileM * TileN <= 1024 ? 4 : 8;
    static constexpr int columns_each = TileM == 16 ? 4 : 8;
    static constexpr int groups = columns_each / 4;
    static constexpr int across = TileN / columns_each; /* threads of a team */
    static constexpr int down = TileM / rows_each;
    static constexpr int teams = threads / (across * down);
    static constexpr int team_step = 8;
    /* More at once, or their reads ahead of the last ones' use, does not fit the registers. */
    static constexpr int k_each = rows_each == 8 ? 2 : 4;
    static constexpr int k_unroll = rows_each == 4 ? 2 : 1;
    static constexpr int step = teams * team_step;
    static constexpr int stages = TileM == 16 ? 3 : 4; /* four blocks of 16 rows find room */
    static constexpr int a_stride = step + Pack<float>::size;
    static constexpr int a_elements = TileM * a_stride;
    static constexpr int stage_elements = a_elements + step * TileN;
    static constexpr int ring_bytes = stages * stage_elements * 4;
    static constexpr int sums_bytes = teams * TileM * TileN * 4;
    static constexpr int shared_bytes = ring_bytes > sums_bytes ? ring_bytes : sums_bytes;
    static_assert(across * down % 32 == 0, "teams are whole warps");

    struct Place {
        int team, row, column; /* a thread's first row and column in the tile */
        __device__ __forceinline__ Place()
        {
            const int in_team = static_cast<int>(threadIdx.x) % (across * down);
            team = static_cast<int>(threadIdx.x) / (across * down);
            row = down == 1 ? 0 : in_team % 2 + in_team / (2 * across) * 2;
            column = in_team / (down == 1 ? 1 : 2) % across * 4;
        }
    };

    static __device__ __forceinline__ void multiply(const float *stage, const Place &place,
                                                    float (&sums)[rows_each][columns_each])
    {
        const float *a = stage + place.row * a_stride + place.team * team_step;
        const float *b = stage + a_elements + place.team * team_step * TileN + place.column;
#pragma unroll(k_unroll)
        for (int k = 0; k < team_step; k += k_each) {
            float b_values[k_each][groups][4], a_values[k_each];
#pragma unroll
            for (int j = 0; j < k_each * groups; j++) {
                read_together(b + j / groups * TileN + j % groups * (TileN / 2),
                              b_values[j / groups][j % groups]);
            }
#pragma unroll
            for (int m = 0; m < rows_each; m++) {
                read_together(a + m * down * a_stride, a_values);
#pragma unroll
                for (int j = 0; j < k_each; j++) {
#pragma unroll
                    for (int n = 0; n < columns_each; n++) {
                        sums[m][n] = fmaf(a_values[j], b_values[j][n / 4][n % 4], sums[m][n]);
                    }
                }
            }
            a += k_each;
            b += k_each * TileN;
        }
    }

    /* Adds the teams' sums, always in the same order, and stores them. */
    template <class Epilogue>
    static __device__ __forceinline__ void
    store(float *left, const Place &place, const float (&sums)[rows_each][columns_each], float *out,
          int first_row, int first_column, int M, int N, const Epilogue &epilogue)
    {
        float *mine = left + (place.team * TileM + place.row) * TileN + place.column;
#pragma unroll
        for (int m = 0; m < rows_each; m++) {
#pragma unroll
            for (int n = 0; n < columns_each; n += 4) {
                *reinterpret_cast<float4 *>(mine + m * down * TileN + n / 4 * (TileN / 2)) =
                    make_float4(sums[m][n], sums[m][n + 1], sums[m][n + 2], sums[m][n + 3]);
            }
        }
        __syncthreads();
        const bool whole = N % 4 == 0 && is_packable(out);
        for (int i = static_cast<int>(threadIdx.x); i < TileM * TileN / 4; i += threads) {
            const int row = first_row + i / (TileN / 4);
            const int column = first_column + i % (TileN / 4) * 4;
            if (row < M && column < N) {
                float all[4], more[4];
                read_together(left + i * 4, all);
#pragma unroll
                for (int team = 1; team < teams; team++) {
                    read_together(left + team * TileM * TileN + i * 4, more);
#pragma unroll
                    for (int j = 0; j < 4; j++) {
                        all[j] += more[j];
                    }
                }
                store_four(out + static_cast<long long>(row) * N + column, all, row, column,
                           N - column, whole, epilogue);
            }
        }
    }

    /* Adds up steps first … end - 1. */
    template <bool Packed>
    static __device__ __forceinline__ void add_steps(float *ring, const float *a, const float *b,
                                                     int first_row, int first_column, int M, int N,
                                                     int K, int first, int end, const Place &place,
                                                     float (&sums)[rows_each][columns_each])
    {
        RingCopy<threads, TileM, step, a_stride, Packed> a_copy(a, first_row, first * step, M, K);
        RingCopy<threads, step, TileN, TileN, Packed> b_copy(
            b, static_cast<long long>(first) * step, first_column, K, N);
        int ahead = end - first; /* steps not yet asked for */
        const auto copy = [&](float *stage) {
            if (ahead > 0) {
                a_copy.copy(stage);
                b_copy.copy(stage + a_elements);
                a_copy.move_right(step);
                b_copy.move_down(step, N);
                ahead--;
            }
            copy_async_commit();
        };
#pragma unroll 1
        for (int s = 0; s < stages - 1; s++) {
            copy(ring + s * stage_elements);
        }
        int full = 0;
        for (; first < end; first++) {
            copy_async_wait<stages - 2>();
            __syncthreads(); /* step s of them is there, and all are done with the one before */
            copy(ring + (full == 0 ? stages - 1 : full - 1) * stage_elements);
            multiply(ring + full * stage_elements, place, sums);
            full = full == stages - 1 ? 0 : full + 1;
        }
    }

    template <class Epilogue = Sums>
    static __device__ __forceinline__ void run(unsigned char *shared, const float *a,
                                               const float *b, float *out, int M, int N, int K,
                                               const Epilogue &epilogue = Epilogue())
    {
        run_steps(shared, a, b, out, M, N, K, 0, 1, epilogue);
    }

    template <int Parts>
    static __device__ __forceinline__ void run_part(unsigned char *shared, const float *a,
                                                    const float *b, float *partial, int M, int N,
                                                    int K)
    {
        const int part = static_cast<int>(blockIdx.y);
        run_steps(shared, a, b, partial + static_cast<long long>(part) * M * N, M, N, K, part,
                  Parts, Sums());
    }

  private:
    template <class Epilogue>
    static __device__ __forceinline__ void
    run_steps(unsigned char *shared, const float *a, const float *b, float *out, int M, int N,
              int K, int part, int parts, const Epilogue &epilogue)
    {
        const TilePlace tile =
            tile_place(static_cast<int>(blockIdx.x), (M - 1) / TileM + 1, (N - 1) / TileN + 1);
        const int first_row = tile.m * TileM, first_column = tile.n * TileN;
        fetch_terms<TileM, TileN>(epilogue, first_row, first_column, M, N);
        float *ring = reinterpret_cast<float *>(shared);
        const long long steps = (K - 1) / step + 1;
        const int first = static_cast<int>(steps * part / parts);
        const int end = static_cast<int>(steps * (part + 1) / parts);
        const Place place;
        float sums[rows_each][columns_each] = {};
        if (K % Pack<float>::size == 0 && N % Pack<float>::size == 0 && is_packable(a) &&
            is_packable(b)) {
            add_steps<true>(ring, a, b, first_row, first_column, M, N, K, first, end, place, sums);
        } else {
            add_steps<false>(ring, a, b, first_row, first_column, M, N, K, first, end, place, sums);
        }
        copy_async_wait<0>();
        __syncthreads();
        store(ring, place, sums, out, first_row, first_column, M, N, epilogue);
    }
};

template <int Parts, class Epilogue = Sums>
__device__ __forceinline__ void add_parts(const float *partial, float *out, int M, int N,
                                          const Epilogue &epilogue = Epilogue())
{
    const long long total = static_cast<long long>(M) * N;
    const long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= total) {
        return;
    }
    float parts[Parts], sum = 0.0f;
#pragma unroll
    for (int p = 0; p < Parts; p++) {
        parts[p] = partial[p * total + i];
    }
#pragma unroll
    for (int p = 0; p < Parts; p++) {
        sum += parts[p];
    }
    out[i] = epilogue(sum, i / N, i % N);
}

#endif
