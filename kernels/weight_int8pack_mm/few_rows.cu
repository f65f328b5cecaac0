/*
 * Few rows against 8-bit weights, a[M][K] w[N][K] scale[N] -> out[M][N], for any K: where it is no
 * multiple of 16, rows of weights begin anywhere and tensor_core.cu does not take them, and the
 * square tiles of candidate.cu are too few to occupy a GPU, and empty for the most part. Here a
 * warp has ROWS rows of a and COLUMNS rows of w; its lanes go along K side by side, and add up in
 * the end. a is in L1 after its first reading, and so is a stretch of w.
 */
#include "../common/reduce.cuh"

#define WARPS 4 /* of a block: weight_int8pack_mm.json knows it, too */
#define AHEAD 4 /* elements of each row that a lane reads at once */

static_assert(ROWS * COLUMNS <= 32, "a lane stores one output at most");

/* `Count` rows of a matrix of `rows` rows, from row `first` on; the last one for those beyond. */
template <int Count, class T> struct Rows {
    const T *row[Count];

    __device__ __forceinline__ Rows(const T *x, int first, int rows, int K)
    {
#pragma unroll
        for (int i = 0; i < Count; i++) {
            row[i] = x + static_cast<long long>(min(first + i, rows - 1)) * K;
        }
    }
    /* 0 behind the end of a row. */
    __device__ __forceinline__ void load(int begin, int K, T (&v)[AHEAD][Count]) const
    {
#pragma unroll
        for (int s = 0; s < AHEAD; s++) {
            const int k = begin + s * 32;
#pragma unroll
            for (int i = 0; i < Count; i++) {
                v[s][i] = k < K ? row[i][k] : T(0);
            }
        }
    }
};

extern "C" __global__ void __launch_bounds__(WARPS * 32)
    weight_int8pack_mm_few_rows(const BENCH_T *__restrict__ a, const signed char *__restrict__ w,
                                const BENCH_T *__restrict__ scale, BENCH_T *__restrict__ out, int M,
                                int N, int K)
{
    const int lane = threadIdx.x % 32;
    const int warp = static_cast<int>(blockIdx.x) * WARPS + static_cast<int>(threadIdx.x) / 32;
    const int strips = (N - 1) / COLUMNS + 1;
    const int first_row = warp / strips * ROWS, first_column = warp % strips * COLUMNS;
    const Rows<ROWS, BENCH_T> x(a, first_row, M, K);
    const Rows<COLUMNS, signed char> y(w, first_column, N, K);
    float sum[ROWS][COLUMNS] = {};
    for (int k = lane; k < K; k += AHEAD * 32) {
        BENCH_T p[AHEAD][ROWS];
        signed char q[AHEAD][COLUMNS];
        x.load(k, K, p);
        y.load(k, K, q);
#pragma unroll
        for (int i = 0; i < AHEAD * ROWS * COLUMNS; i++) {
            const int s = i / (ROWS * COLUMNS), r = i / COLUMNS % ROWS, c = i % COLUMNS;
            sum[r][c] = fmaf(to_float(p[s][r]), to_float(q[s][c]), sum[r][c]);
        }
    }
    float mine = 0.0f;
#pragma unroll
    for (int i = 0; i < ROWS * COLUMNS; i++) {
        const float all = warp_reduce<32>(sum[i / COLUMNS][i % COLUMNS], Sum());
        mine = lane == i ? all : mine;
    }
    const int row = first_row + lane / COLUMNS, column = first_column + lane % COLUMNS;
    if (lane < ROWS * COLUMNS && row < M && column < N) {
        out[static_cast<long long>(row) * N + column] =
            from_float<BENCH_T>(mine * to_float(scale[column]));
    }
}
