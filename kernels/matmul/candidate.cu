/*
 * Matrix product on the ordinary cores, in true float32 whatever the tensors hold:
 * a[M][K] b[K][N] -> out[M][N]. Sides are 32-bit, to save registers for sums; elements are counted
 * in 64 bits.
 *
 * A block computes BM by BN elements, a thread TM by 8 of them in registers, so that each value
 * read from shared memory is used TM or 8 times and the float32 units, not shared memory, are the
 * limit. Tiles of 16 along K pass through two buffers: while one is multiplied, the next is on its
 * way from memory in 16-byte reads; one barrier a tile. a is stored transposed, and a thread's rows
 * and columns come in groups of four a half tile apart, so all reads of shared memory are float4
 * without bank conflicts. For float16 and bfloat16 on a GPU, tensor_core.cu is the fast one.
 */
#include "../common/convert.cuh"
#include "../common/pack.cuh"
#include "tile_order.cuh"

constexpr int BK = 16;
constexpr int TN = 8;
constexpr int THREADS = BM * BN / (TM * TN);

/* The packs of a tile of ROWS by COLUMNS elements that one thread carries. */
template <class T, int ROWS, int COLUMNS> struct TileLoad {
    static constexpr int size = Pack<T>::size;
    static constexpr int row_packs = COLUMNS / size;
    static constexpr int packs = ROWS * row_packs;
    static constexpr int count = (packs + THREADS - 1) / THREADS;
    Pack<T> p[count];

    static __device__ __forceinline__ int row(int i)
    {
        return (i * THREADS + static_cast<int>(threadIdx.x)) / row_packs;
    }
    static __device__ __forceinline__ int column(int i)
    {
        return (i * THREADS + static_cast<int>(threadIdx.x)) % row_packs * size;
    }
    static __device__ __forceinline__ bool mine(int i)
    {
        return packs % THREADS == 0 || i * THREADS + static_cast<int>(threadIdx.x) < packs;
    }

    /* From x[rows][columns], the tile at (first_row, first_column); zeros outside. */
    __device__ __forceinline__ void load(const T *x, int first_row, int first_column, int rows,
                                         int columns, bool packable)
    {
#pragma unroll
        for (int i = 0; i < count; i++) {
            const int r = first_row + row(i);
            const int c = first_column + column(i);
            const T *from = x + static_cast<long long>(r) * columns + c;
            if (!mine(i) || r >= rows || c >= columns) {
                p[i] = Pack<T>{};
            } else if (packable) {
                p[i] = pack_load(from);
            } else {
                p[i] = pack_load_part(from, columns - c);
            }
        }
    }
};

struct Tiles {
    float a[2][BK][BM + 4]; /* transposed; 4 more floats a row spread the stores over the banks */
    float b[2][BK][BN];
};

template <class T>
__device__ __forceinline__ void store_tiles(Tiles &tiles, int buffer,
                                            const TileLoad<T, BM, BK> &a_load,
                                            const TileLoad<T, BK, BN> &b_load)
{
#pragma unroll
    for (int i = 0; i < a_load.count; i++) {
        if (a_load.mine(i)) {
#pragma unroll
            for (int j = 0; j < Pack<T>::size; j++) {
                tiles.a[buffer][a_load.column(i) + j][a_load.row(i)] = to_float(a_load.p[i].v[j]);
            }
        }
    }
#pragma unroll
    for (int i = 0; i < b_load.count; i++) {
        if (b_load.mine(i)) {
#pragma unroll
            for (int j = 0; j < Pack<T>::size; j += 4) {
                const Pack<T> &p = b_load.p[i];
                *reinterpret_cast<float4 *>(&tiles.b[buffer][b_load.row(i)][b_load.column(i) + j]) =
                    make_float4(to_float(p.v[j]), to_float(p.v[j + 1]), to_float(p.v[j + 2]),
                                to_float(p.v[j + 3]));
            }
        }
    }
}

/* Groups of four, half a tile apart. */
template <int COUNT, int TILE>
__device__ __forceinline__ void read_fragment(const float *row, int first, float (&v)[COUNT])
{
#pragma unroll
    for (int i = 0; i < COUNT; i += 4) {
        const float4 four = *reinterpret_cast<const float4 *>(row + first + i / 4 * (TILE / 2));
        v[i] = four.x;
        v[i + 1] = four.y;
        v[i + 2] = four.z;
        v[i + 3] = four.w;
    }
}

template <class T> struct alignas(4 * sizeof(T)) Four {
    T v[4];
};

template <class T>
__device__ __forceinline__ void store_four(T *p, const float *sums, int left, bool whole)
{
    if (whole && left >= 4) {
        Four<T> four;
#pragma unroll
        for (int j = 0; j < 4; j++) {
            four.v[j] = from_float<T>(sums[j]);
        }
        *reinterpret_cast<Four<T> *>(p) = four;
        return;
    }
#pragma unroll
    for (int j = 0; j < 4; j++) {
        if (j < left) {
            p[j] = from_float<T>(sums[j]);
        }
    }
}

/* Blocks a multiprocessor: eight rows of sums a thread do not fit the registers that two leave. */
constexpr int BLOCKS = TM == 4 ? 512 / THREADS : 1;

extern "C" __global__ void __launch_bounds__(THREADS, BLOCKS)
    matmul_candidate(const BENCH_T *a, const BENCH_T *b, BENCH_T *out, int M, int N, int K)
{
    __shared__ __align__(16) Tiles tiles;
    const TilePlace place =
        tile_place(static_cast<int>(blockIdx.x), (M - 1) / BM + 1, (N - 1) / BN + 1);
    const int first_row = place.m * BM;
    const int first_column = place.n * BN;
    const bool a_packable = K % Pack<BENCH_T>::size == 0 && is_packable(a);
    const bool b_packable = N % Pack<BENCH_T>::size == 0 && is_packable(b);
    const int x = static_cast<int>(threadIdx.x) % (BN / TN) * 4;
    const int y = static_cast<int>(threadIdx.x) / (BN / TN) * 4;
    TileLoad<BENCH_T, BM, BK> a_load;
    TileLoad<BENCH_T, BK, BN> b_load;
    float sums[TM][TN] = {};

    a_load.load(a, first_row, 0, M, K, a_packable);
    b_load.load(b, 0, first_column, K, N, b_packable);
    store_tiles(tiles, 0, a_load, b_load);
    __syncthreads();
    int buffer = 0;
    for (int k = 0; k < K; k += BK) {
        if (k + BK < K) {
            a_load.load(a, first_row, k + BK, M, K, a_packable);
            b_load.load(b, k + BK, first_column, K, N, b_packable);
        }
#pragma unroll
        for (int j = 0; j < BK; j++) {
            float a_values[TM], b_values[TN];
            read_fragment<TM, BM>(tiles.a[buffer][j], y, a_values);
            read_fragment<TN, BN>(tiles.b[buffer][j], x, b_values);
#pragma unroll
            for (int m = 0; m < TM; m++) {
#pragma unroll
                for (int n = 0; n < TN; n++) {
                    sums[m][n] = fmaf(a_values[m], b_values[n], sums[m][n]);
                }
            }
        }
        buffer ^= 1;
        if (k + BK < K) {
            store_tiles(tiles, buffer, a_load, b_load);
            __syncthreads();
        }
    }

    const bool whole = N % 4 == 0 && is_packable(out);
#pragma unroll
    for (int m = 0; m < TM; m++) {
        const int row = first_row + y + m % 4 + m / 4 * (BM / 2);
#pragma unroll
        for (int n = 0; n < TN; n += 4) {
            const int column = first_column + x + n / 4 * (BN / 2);
            if (row < M) {
                store_four(out + static_cast<long long>(row) * N + column, sums[m] + n, N - column,
                           whole);
            }
        }
    }
}
