/*
 * Matrix product as FlagGems does it (src/flag_gems/ops/mm.py, mm_kernel_general) where tl.dot does
 * not use tensor cores: float32 with allow_tf32=False, or any dtype on a device without them. For
 * float16 and bfloat16 on a GPU see reference_tensor_core.cu. a[M][K] b[K][N] -> out[M][N].
 *
 * Tiles of BLOCK_M by BLOCK_N in groups of 8 rows of tiles; K in steps of BLOCK_K without masks
 * (rows and columns beyond the matrix wrap around and are not stored), the last step peeled off and
 * masked. 4 or 8 warps and the tile sizes are FlagGems' configurations. Triton keeps the operands
 * of a step in shared memory in the tensor's dtype and the sums in registers, and its pipeline
 * loads the next step meanwhile; here the next step waits in registers, not in further buffers.
 */
#include "../common/convert.cuh"
#include "../common/pack.cuh"
#include "tile_order.cuh"

constexpr int THREADS = BLOCK_M == 64 ? 128 : 256;
constexpr int TN = 8;                                  /* columns of sums a thread, in fours */
constexpr int TM = BLOCK_M * BLOCK_N / (THREADS * TN); /* rows */

/* A step's elements of one operand that a thread carries: packs, or single elements. */
template <class T, int ROWS, int COLUMNS> struct Step {
    static constexpr int size = Pack<T>::size;
    static constexpr int count = ROWS * COLUMNS / size / THREADS;
    static constexpr int row_packs = COLUMNS / size;
    Pack<T> p[count];

    __device__ __forceinline__ void load(const T *x, long long first_row, long long first_column,
                                         long long rows, long long columns, bool wrap_rows,
                                         bool packable)
    {
#pragma unroll
        for (int i = 0; i < count; i++) {
            const int at = i * THREADS + static_cast<int>(threadIdx.x);
            long long r = first_row + at / row_packs;
            long long c = first_column + at % row_packs * size;
            if (wrap_rows) {
                r = r < rows ? r : r % rows;
            }
            if (packable && r < rows) {
                c = wrap_rows || c < columns ? c : c % columns;
                p[i] = c < columns ? pack_load(x + r * columns + c) : Pack<T>{};
                continue;
            }
            p[i] = Pack<T>{};
#pragma unroll
            for (int j = 0; j < size; j++) {
                const long long column = wrap_rows ? c + j : (c + j) % columns;
                if (r < rows && column < columns) {
                    p[i].v[j] = x[r * columns + column];
                }
            }
        }
    }

    __device__ __forceinline__ void store(T (*tile)[COLUMNS]) const
    {
#pragma unroll
        for (int i = 0; i < count; i++) {
            const int at = i * THREADS + static_cast<int>(threadIdx.x);
            pack_store(&tile[at / row_packs][at % row_packs * size], p[i]);
        }
    }
};

template <class T>
__device__ __forceinline__ void multiply(const T (*a_tile)[BLOCK_K], const T (*b_tile)[BLOCK_N],
                                         int x, int y, float (&sums)[TM][TN])
{
#pragma unroll 8
    for (int k = 0; k < BLOCK_K; k++) {
        float b_values[TN];
#pragma unroll
        for (int n = 0; n < TN; n++) {
            b_values[n] = to_float(b_tile[k][x + n % 4 + n / 4 * (BLOCK_N / 2)]);
        }
#pragma unroll
        for (int m = 0; m < TM; m++) {
            const float a_value = to_float(a_tile[y + m][k]);
#pragma unroll
            for (int n = 0; n < TN; n++) {
                sums[m][n] = fmaf(a_value, b_values[n], sums[m][n]);
            }
        }
    }
}

extern "C" __global__ void __launch_bounds__(THREADS)
    matmul_reference(const BENCH_T *a, const BENCH_T *b, BENCH_T *out, long long M, long long N,
                     long long K)
{
    __shared__ __align__(16) BENCH_T a_tile[BLOCK_M][BLOCK_K];
    __shared__ __align__(16) BENCH_T b_tile[BLOCK_K][BLOCK_N];
    const TilePlace place =
        tile_place(static_cast<int>(blockIdx.x), (int)((M + BLOCK_M - 1) / BLOCK_M),
                   (int)((N + BLOCK_N - 1) / BLOCK_N));
    const long long first_row = static_cast<long long>(place.m) * BLOCK_M;
    const long long first_column = static_cast<long long>(place.n) * BLOCK_N;
    const bool a_packable = K % Pack<BENCH_T>::size == 0 && is_packable(a);
    const bool b_packable = N % Pack<BENCH_T>::size == 0 && is_packable(b);
    const int x = static_cast<int>(threadIdx.x) % (BLOCK_N / TN) * 4;
    const int y = static_cast<int>(threadIdx.x) / (BLOCK_N / TN) * TM;
    Step<BENCH_T, BLOCK_M, BLOCK_K> a_step;
    Step<BENCH_T, BLOCK_K, BLOCK_N> b_step;
    float sums[TM][TN] = {};

    a_step.load(a, first_row, 0, M, K, true, a_packable);
    b_step.load(b, 0, first_column, K, N, false, b_packable);
    for (long long k = 0; k < K; k += BLOCK_K) {
        a_step.store(a_tile);
        b_step.store(b_tile);
        __syncthreads();
        if (k + BLOCK_K < K) {
            a_step.load(a, first_row, k + BLOCK_K, M, K, true, a_packable);
            b_step.load(b, k + BLOCK_K, first_column, K, N, false, b_packable);
        }
        multiply(a_tile, b_tile, x, y, sums);
        __syncthreads();
    }
#pragma unroll
    for (int m = 0; m < TM; m++) {
#pragma unroll
        for (int n = 0; n < TN; n++) {
            const long long row = first_row + y + m;
            const long long column = first_column + x + n % 4 + n / 4 * (BLOCK_N / 2);
            if (row < M && column < N) {
                out[row * N + column] = from_float<BENCH_T>(sums[m][n]);
            }
        }
    }
}
