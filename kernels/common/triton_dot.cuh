/*
 * A tile of a matrix product as Triton compiles a loop of tl.dot where that does not use tensor
 * cores (float32 with allow_tf32=False), for references, which are ports of FlagGems' kernels:
 * a[M][K] b[K][N] -> out[M][N], row-major.
 *
 *   TritonDot<T, Threads, BlockM, BlockN, BlockK, Wrapped>
 *     run(...)   the tile whose first element is out[first_row][first_column]; the last argument
 *                says what becomes of a sum before it is stored (epilogue.cuh)
 *     Wrapped    rows of a and columns of b beyond the matrix wrap around, as in kernels that
 *                write offsets % M; otherwise they are zero, as with a mask. Neither is stored.
 *
 * Triton keeps the operands of a step of BlockK in shared memory in the tensor's type and the sums
 * in registers, and its pipeline loads the next step meanwhile; here the next step waits in
 * registers, not in further buffers.
 */
#ifndef BENCH_KERNELS_COMMON_TRITON_DOT_CUH
#define BENCH_KERNELS_COMMON_TRITON_DOT_CUH

#include "convert.cuh"
#include "epilogue.cuh"
#include "pack.cuh"

enum class Edge { zeros, rows_wrap, columns_wrap };

/* A step's elements of one operand that one of Threads threads carries: packs, or single elements.
 */
template <class T, int Threads, int Rows, int Columns, Edge Beyond> struct TritonStep {
    static constexpr int size = Pack<T>::size;
    static constexpr int count = Rows * Columns / size / Threads;
    static constexpr int row_packs = Columns / size;
    static constexpr bool columns_wrap = Beyond == Edge::columns_wrap;
    Pack<T> p[count];

    /* From x[rows][columns], the tile at (first_row, first_column). */
    __device__ __forceinline__ void load(const T *x, long long first_row, long long first_column,
                                         long long rows, long long columns, bool packable)
    {
#pragma unroll
        for (int i = 0; i < count; i++) {
            const int at = i * Threads + static_cast<int>(threadIdx.x);
            long long r = first_row + at / row_packs;
            long long c = first_column + at % row_packs * size;
            if (Beyond == Edge::rows_wrap) {
                r = r < rows ? r : r % rows;
            }
            if (packable && r < rows) {
                c = !columns_wrap || c < columns ? c : c % columns;
                p[i] = c < columns ? pack_load(x + r * columns + c) : Pack<T>{};
                continue;
            }
            p[i] = Pack<T>{};
#pragma unroll
            for (int j = 0; j < size; j++) {
                const long long column = columns_wrap ? (c + j) % columns : c + j;
                if (r < rows && column < columns) {
                    p[i].v[j] = x[r * columns + column];
                }
            }
        }
    }

    __device__ __forceinline__ void store(T (*tile)[Columns]) const
    {
#pragma unroll
        for (int i = 0; i < count; i++) {
            const int at = i * Threads + static_cast<int>(threadIdx.x);
            pack_store(&tile[at / row_packs][at % row_packs * size], p[i]);
        }
    }
};

template <class T, int Threads, int BlockM, int BlockN, int BlockK, bool Wrapped = false>
struct TritonDot {
    static constexpr int columns_each = 8; /* of sums a thread, in fours */
    static constexpr int rows_each = BlockM * BlockN / (Threads * columns_each);
    using AStep = TritonStep<T, Threads, BlockM, BlockK, Wrapped ? Edge::rows_wrap : Edge::zeros>;
    using BStep =
        TritonStep<T, Threads, BlockK, BlockN, Wrapped ? Edge::columns_wrap : Edge::zeros>;

    static __device__ __forceinline__ void multiply(const T (*a_tile)[BlockK],
                                                    const T (*b_tile)[BlockN], int x, int y,
                                                    float (&sums)[rows_each][columns_each])
    {
#pragma unroll 8
        for (int k = 0; k < BlockK; k++) {
            float b_values[columns_each];
#pragma unroll
            for (int n = 0; n < columns_each; n++) {
                b_values[n] = to_float(b_tile[k][x + n % 4 + n / 4 * (BlockN / 2)]);
            }
#pragma unroll
            for (int m = 0; m < rows_each; m++) {
                const float a_value = to_float(a_tile[y + m][k]);
#pragma unroll
                for (int n = 0; n < columns_each; n++) {
                    sums[m][n] = fmaf(a_value, b_values[n], sums[m][n]);
                }
            }
        }
    }

    template <class Epilogue = Sums>
    static __device__ __forceinline__ void run(const T *a, const T *b, T *out, long long first_row,
                                               long long first_column, long long M, long long N,
                                               long long K, const Epilogue &epilogue = Epilogue())
    {
        __shared__ __align__(16) T a_tile[BlockM][BlockK];
        __shared__ __align__(16) T b_tile[BlockK][BlockN];
        const bool a_packable = K % Pack<T>::size == 0 && is_packable(a);
        const bool b_packable = N % Pack<T>::size == 0 && is_packable(b);
        const int x = static_cast<int>(threadIdx.x) % (BlockN / columns_each) * 4;
        const int y = static_cast<int>(threadIdx.x) / (BlockN / columns_each) * rows_each;
        AStep a_step;
        BStep b_step;
        float sums[rows_each][columns_each] = {};

        a_step.load(a, first_row, 0, M, K, a_packable);
        b_step.load(b, 0, first_column, K, N, b_packable);
        for (long long k = 0; k < K; k += BlockK) {
            a_step.store(a_tile);
            b_step.store(b_tile);
            __syncthreads();
            if (k + BlockK < K) {
                a_step.load(a, first_row, k + BlockK, M, K, a_packable);
                b_step.load(b, k + BlockK, first_column, K, N, b_packable);
            }
            multiply(a_tile, b_tile, x, y, sums);
            __syncthreads();
        }
#pragma unroll
        for (int m = 0; m < rows_each; m++) {
#pragma unroll
            for (int n = 0; n < columns_each; n++) {
                const long long row = first_row + y + m;
                const long long column = first_column + x + n % 4 + n / 4 * (BlockN / 2);
                if (row < M && column < N) {
                    out[row * N + column] = from_float<T>(epilogue(sums[m][n], row, column));
                }
            }
        }
    }
};

#endif
