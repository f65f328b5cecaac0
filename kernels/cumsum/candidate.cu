/*
 * Running sums along one dimension in one launch: x[outer][n][inner] -> out.
 *
 * Every element is read once and written once, in 16 bytes where rows allow, with several packs in
 * flight a thread; sums are carried in float32 registers, never through memory.
 *
 *   inner == 1, short rows   (up to a warp's packs) `lanes` <= 32 threads a row, so that a block
 *                            works on many rows; only shuffles, no barrier
 *   inner == 1, long rows    a block a row (lanes == BLOCK): tiles of ITEMS packs a thread, one
 *                            barrier a tile, the running sum carried from tile to tile. BLOCK and
 *                            ITEMS are such that a row of up to 1024 packs is one tile: all of it
 *                            is in flight together. For few and very long rows see
 *                            candidate_lookback (lookback.cu)
 *   inner > 1                `lanes` <= 32 threads side by side over the columns, the block's other
 *                            threads above each other along n, COLUMN_ROWS elements each
 *
 * COLUMNS is 1 where inner > 1: rows and columns share no registers.
 */
#include "row_tile.cuh"

constexpr int COLUMN_ROWS = 4;

template <bool Aligned, class T>
__device__ __forceinline__ void scan_rows_by_lanes(const T *x, T *out, long long rows, long long n,
                                                   int lanes)
{
    constexpr int size = Pack<T>::size;
    const int log_lanes = __ffs(lanes) - 1; /* an integer division takes longer than the scan */
    const int lane = static_cast<int>(threadIdx.x) & (lanes - 1);
    const long long i = static_cast<long long>(blockIdx.x) * (BLOCK >> log_lanes) +
                        (static_cast<int>(threadIdx.x) >> log_lanes);
    /* Threads without a row take part in the shuffles with an empty one. */
    const Row<T, Aligned> row(x + min(i, rows - 1) * n, out + min(i, rows - 1) * n,
                              i < rows ? n : 0);
    /* The same number of rounds for all groups of a warp, wherever their rows start. */
    const long long packs = Aligned ? n / size : (n + 2 * size - 2) / size;
    float carry = 0.0f;
    for (long long pack = lane; pack - lane < packs; pack += lanes) {
        float v[size];
        row.load(pack, v);
        scan_pack(v);
        const float sum = scan_lanes(v[size - 1], lanes);
        row.store(pack, v, carry + (sum - v[size - 1]));
        carry += __shfl_sync(0xffffffffu, sum, lanes - 1, lanes);
    }
}

template <bool Aligned, class T>
__device__ __forceinline__ void scan_row_by_block(const T *x, T *out, long long n)
{
    __shared__ float partial[2][32];
    const Row<T, Aligned> row(x + blockIdx.x * n, out + blockIdx.x * n, n);
    float carry = 0.0f;
    for (long long tile = 0; tile * RowTile<T, ITEMS>::elements < row.end; tile++) {
        RowTile<T, ITEMS> values;
        const float sum = values.load(row, tile, partial[tile % 2]);
        values.store(row, tile, carry);
        carry += sum;
    }
}

/* WIDTH neighbouring elements as float, and back: one 16-byte access where addresses allow. */
template <int WIDTH, class T>
__device__ __forceinline__ void load_width(const T *p, bool packable, float (&v)[WIDTH])
{
    if constexpr (WIDTH == 1) {
        v[0] = to_float(*p);
    } else {
        const Pack<T> pack = packable ? pack_load(p) : pack_load_part(p, WIDTH);
#pragma unroll
        for (int i = 0; i < WIDTH; i++) {
            v[i] = to_float(pack.v[i]);
        }
    }
}

template <int WIDTH, class T>
__device__ __forceinline__ void store_width(T *p, bool packable, const float (&v)[WIDTH],
                                            const float (&before)[WIDTH])
{
    if constexpr (WIDTH == 1) {
        *p = from_float<T>(before[0] + v[0]);
    } else {
        Pack<T> pack;
#pragma unroll
        for (int i = 0; i < WIDTH; i++) {
            pack.v[i] = from_float<T>(before[i] + v[i]);
        }
        if (packable) {
            pack_store(p, pack);
        } else {
            pack_store_part(p, pack, WIDTH);
        }
    }
}

/*
 * A thread's COLUMN_ROWS sums of each column become running sums in the tile of the block: on entry
 * v holds elements; on return v holds running sums within the thread and `before` what comes before
 * them. carry: the sum of all tiles so far. `partial` as in scan_block.
 */
template <int WIDTH>
__device__ __forceinline__ void scan_column_tile(float (&v)[COLUMN_ROWS][WIDTH],
                                                 float (&before)[WIDTH], float (&carry)[WIDTH],
                                                 float (*partial)[32 * WIDTH], int lanes)
{
    const int lane = static_cast<int>(threadIdx.x) % lanes;
    const int warp = static_cast<int>(threadIdx.x) / 32;
    const int lane_of_warp = static_cast<int>(threadIdx.x) % 32;
#pragma unroll
    for (int i = 0; i < WIDTH; i++) {
#pragma unroll
        for (int k = 1; k < COLUMN_ROWS; k++) {
            v[k][i] += v[k - 1][i];
        }
        float sum = v[COLUMN_ROWS - 1][i];
        for (int step = lanes; step < 32; step *= 2) {
            const float above = __shfl_up_sync(0xffffffffu, sum, step);
            sum += lane_of_warp >= step ? above : 0.0f;
        }
        if (lane_of_warp + lanes >= 32) {
            partial[warp][lane * WIDTH + i] = sum;
        }
        before[i] = carry[i] + (sum - v[COLUMN_ROWS - 1][i]);
    }
    __syncthreads();
#pragma unroll
    for (int w = 0; w < BLOCK / 32; w++) {
#pragma unroll
        for (int i = 0; i < WIDTH; i++) {
            const float sum = partial[w][lane * WIDTH + i];
            before[i] += w < warp ? sum : 0.0f;
            carry[i] += sum;
        }
    }
}

/* WIDTH columns a thread: a whole pack (inner % WIDTH == 0) or one. */
template <class T, int WIDTH>
__device__ __forceinline__ void scan_columns(const T *x, T *out, long long n, long long inner,
                                             int lanes)
{
    __shared__ float partial[2][BLOCK / 32][32 * WIDTH];
    const int lane = static_cast<int>(threadIdx.x) % lanes;
    const int height = BLOCK / lanes;
    /* A 64-bit division takes longer than a small tile; lanes * WIDTH is a power of two. */
    const int log_strip = __ffs(lanes * WIDTH) - 1;
    const unsigned strips = static_cast<unsigned>((inner + lanes * WIDTH - 1) >> log_strip);
    const long long column =
        (static_cast<long long>(blockIdx.x % strips) << log_strip) + lane * WIDTH;
    const long long first = blockIdx.x / strips * n * inner + column;
    const bool packable = is_packable(x) && is_packable(out);
    float carry[WIDTH] = {};
    int parity = 0;

    for (long long start = 0; start < n; start += COLUMN_ROWS * height) {
        const long long r = start + threadIdx.x / lanes * COLUMN_ROWS;
        float v[COLUMN_ROWS][WIDTH] = {};
#pragma unroll
        for (int k = 0; k < COLUMN_ROWS; k++) {
            if (column < inner && r + k < n) {
                load_width<WIDTH>(x + first + (r + k) * inner, packable, v[k]);
            }
        }
        float before[WIDTH];
        scan_column_tile<WIDTH>(v, before, carry, partial[parity], lanes);
#pragma unroll
        for (int k = 0; k < COLUMN_ROWS; k++) {
            if (column < inner && r + k < n) {
                store_width<WIDTH>(out + first + (r + k) * inner, packable, v[k], before);
            }
        }
        parity ^= 1;
    }
}

template <bool Aligned, class T>
__device__ __forceinline__ void scan_rows(const T *x, T *out, long long rows, long long n,
                                          int lanes)
{
    if (lanes == BLOCK) {
        scan_row_by_block<Aligned>(x, out, n);
    } else {
        scan_rows_by_lanes<Aligned>(x, out, rows, n, lanes);
    }
}

/* width: columns a thread where inner > 1, Pack<T>::size or 1; the grid was made for it. */
extern "C" __global__ void __launch_bounds__(BLOCK)
    cumsum_candidate(const BENCH_T *x, BENCH_T *out, long long outer, long long n, long long inner,
                     int lanes, int width)
{
    if constexpr (!COLUMNS) {
        if (rows_are_aligned(x, out, n)) {
            scan_rows<true>(x, out, outer, n, lanes);
        } else {
            scan_rows<false>(x, out, outer, n, lanes);
        }
    } else if (width == 1) {
        scan_columns<BENCH_T, 1>(x, out, n, inner, lanes);
    } else {
        scan_columns<BENCH_T, Pack<BENCH_T>::size>(x, out, n, inner, lanes);
    }
}
