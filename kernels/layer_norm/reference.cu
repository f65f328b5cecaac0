/*
 * The algorithm of FlagGems' layer_norm (src/flag_gems/ops/layernorm.py, tuned over the values of
 * runtime/backend/_nvidia/tune_configs.yaml), by the number of columns:
 *
 * - up to 128 (layer_norm_persistent_kernel_multiline; TILE 128): a block takes a tile of 1024
 *   elements, 1024 / (next power of two) rows of it;
 * - up to 4096 (layer_norm_persistent_kernel; TILE 1024 or 4096): a block takes a row, one tile in
 *   registers, mean first and then the squared deviations;
 * - beyond (layer_norm_loop_kernel; TILE 2048 or 8192): Welford's update for each element of the
 *   tile, merged at the end, and a second pass over the tiles from the last to the first.
 *
 * 4, 8 or 16 warps (WARPS). Accesses are vectors where Triton can prove alignment (columns a
 * multiple of 16). FlagGems also stores mean and 1/deviation of each row, for the backward pass;
 * that is left out here, as the operator has one output.
 */
#include "../common/reduce.cuh"

#define THREADS (32 * WARPS)
#define ELEMENTS (TILE > THREADS ? TILE / THREADS : 1)
#define PACK_MAX (16 / static_cast<int>(sizeof(BENCH_T)))
#define WIDTH (ELEMENTS < PACK_MAX ? ELEMENTS : PACK_MAX)

struct alignas(WIDTH * sizeof(BENCH_T)) Vector {
    BENCH_T v[WIDTH];
};

struct Args {
    const BENCH_T *x, *weight, *bias;
    BENCH_T *out;
    long long cols;
    float eps;
    bool vectors;
};

/* Where the thread's i-th element of a tile is. */
__device__ __forceinline__ int place(int i, bool vectors)
{
    return vectors ? (i / WIDTH * THREADS + static_cast<int>(threadIdx.x)) * WIDTH + i % WIDTH
                   : i * THREADS + static_cast<int>(threadIdx.x);
}

__device__ __forceinline__ void load_tile(const BENCH_T *from, long long count, bool vectors,
                                          float (&v)[ELEMENTS])
{
    if (vectors) {
#pragma unroll
        for (int i = 0; i < ELEMENTS; i += WIDTH) {
            Vector p;
            const bool inside = place(i, true) < count;
            if (inside) {
                p = *reinterpret_cast<const Vector *>(from + place(i, true));
            }
#pragma unroll
            for (int k = 0; k < WIDTH; k++) {
                v[i + k] = inside ? to_float(p.v[k]) : 0.0f;
            }
        }
    } else {
#pragma unroll
        for (int i = 0; i < ELEMENTS; i++) {
            v[i] = place(i, false) < count ? to_float(from[place(i, false)]) : 0.0f;
        }
    }
}

__device__ __forceinline__ void store_tile(BENCH_T *to, long long count, bool vectors,
                                           const float (&v)[ELEMENTS])
{
    if (vectors) {
#pragma unroll
        for (int i = 0; i < ELEMENTS; i += WIDTH) {
            if (place(i, true) < count) {
                Vector p;
#pragma unroll
                for (int k = 0; k < WIDTH; k++) {
                    p.v[k] = from_float<BENCH_T>(v[i + k]);
                }
                *reinterpret_cast<Vector *>(to + place(i, true)) = p;
            }
        }
    } else {
#pragma unroll
        for (int i = 0; i < ELEMENTS; i++) {
            if (place(i, false) < count) {
                to[place(i, false)] = from_float<BENCH_T>(v[i]);
            }
        }
    }
}

__device__ __forceinline__ float tile_sum(const float (&v)[ELEMENTS])
{
    float sum = 0.0f;
#pragma unroll
    for (int i = 0; i < ELEMENTS; i++) {
        sum += v[i];
    }
    return group_reduce<THREADS>(sum, Sum());
}

/* Writes the tile at column `begin`; x holds its elements. */
__device__ __forceinline__ void write_tile(const Args &a, long long begin, float (&x)[ELEMENTS],
                                           float mean, float rstd)
{
    const long long count = a.cols - begin;
    float w[ELEMENTS], b[ELEMENTS];
    load_tile(a.weight + begin, count, a.vectors, w);
    load_tile(a.bias + begin, count, a.vectors, b);
#pragma unroll
    for (int i = 0; i < ELEMENTS; i++) {
        x[i] = (x[i] - mean) * rstd * w[i] + b[i];
    }
    store_tile(a.out + begin, count, a.vectors, x);
}

__device__ __forceinline__ void one_tile(const Args &a)
{
    float x[ELEMENTS], d[ELEMENTS];
    load_tile(a.x, a.cols, a.vectors, x);
    const float mean = tile_sum(x) / a.cols;
#pragma unroll
    for (int i = 0; i < ELEMENTS; i++) {
        d[i] = place(i, a.vectors) < a.cols ? (x[i] - mean) * (x[i] - mean) : 0.0f;
    }
    const float rstd = rsqrtf(tile_sum(d) / a.cols + a.eps);
    write_tile(a, 0, x, mean, rstd);
}

__device__ __forceinline__ void many_tiles(const Args &a)
{
    float x[ELEMENTS], m[ELEMENTS] = {}, s[ELEMENTS] = {}, count[ELEMENTS] = {};
    for (long long begin = 0, step = 1; begin < a.cols; begin += TILE, step++) {
        load_tile(a.x + begin, a.cols - begin, a.vectors, x);
#pragma unroll
        for (int i = 0; i < ELEMENTS; i++) {
            if (place(i, a.vectors) < a.cols - begin) {
                const float mean = m[i] + (x[i] - m[i]) / static_cast<float>(step);
                s[i] += (x[i] - mean) * (x[i] - m[i]);
                m[i] = mean;
                count[i] += 1.0f;
            }
        }
    }
#pragma unroll
    for (int i = 0; i < ELEMENTS; i++) {
        x[i] = m[i] * count[i];
    }
    const float mean = tile_sum(x) / a.cols;
#pragma unroll
    for (int i = 0; i < ELEMENTS; i++) {
        s[i] += count[i] * (m[i] - mean) * (m[i] - mean);
    }
    const float rstd = rsqrtf(tile_sum(s) / a.cols + a.eps);
    for (long long begin = (a.cols - 1) / TILE * TILE; begin >= 0; begin -= TILE) {
        load_tile(a.x + begin, a.cols - begin, a.vectors, x);
        write_tile(a, begin, x, mean, rstd);
    }
}

/* Sums over `lanes` neighbouring lanes of a warp, a power of two. */
__device__ __forceinline__ float lanes_sum(float value, int lanes)
{
    for (int mask = lanes / 2; mask > 0; mask /= 2) {
        value += shuffle_xor(value, mask);
    }
    return value;
}

/* Rows of at most 128 columns: up to 32 lanes a row, up to 4 elements a lane, neighbours where
 * vectors are used and 32 apart otherwise. */
__device__ __forceinline__ void many_rows(const Args &a, long long rows)
{
    int tile_cols = 1;
    while (tile_cols < a.cols) {
        tile_cols *= 2;
    }
    const int tile_rows = 1024 / tile_cols;
    const int lanes = a.vectors ? tile_cols / 4 : (tile_cols < 32 ? tile_cols : 32);
    const int lane = threadIdx.x % lanes;
    const int step = a.vectors ? 1 : lanes;
    const int first = a.vectors ? lane * 4 : lane;
    for (int base = 0; base < tile_rows; base += THREADS / lanes) {
        const int in_tile = base + threadIdx.x / lanes;
        const long long row = static_cast<long long>(blockIdx.x) * tile_rows + in_tile;
        const bool live = in_tile < tile_rows && row < rows;
        float x[4], sum = 0.0f, squares = 0.0f;
#pragma unroll
        for (int i = 0; i < 4; i++) {
            const bool inside = live && first + i * step < a.cols;
            x[i] = inside ? to_float(a.x[row * a.cols + first + i * step]) : 0.0f;
            sum += x[i];
        }
        const float mean = lanes_sum(sum, lanes) / a.cols;
#pragma unroll
        for (int i = 0; i < 4; i++) {
            squares += first + i * step < a.cols ? (x[i] - mean) * (x[i] - mean) : 0.0f;
        }
        const float rstd = rsqrtf(lanes_sum(squares, lanes) / a.cols + a.eps);
#pragma unroll
        for (int i = 0; i < 4; i++) {
            const int col = first + i * step;
            if (live && col < a.cols) {
                const float w = to_float(a.weight[col]), b = to_float(a.bias[col]);
                a.out[row * a.cols + col] = from_float<BENCH_T>((x[i] - mean) * rstd * w + b);
            }
        }
    }
}

__global__ void __launch_bounds__(THREADS)
    layer_norm_reference(const BENCH_T *__restrict__ x, const BENCH_T *__restrict__ weight,
                         const BENCH_T *__restrict__ bias, BENCH_T *__restrict__ out,
                         long long rows, long long cols, float eps)
{
    Args a = {x, weight, bias, out, cols, eps, cols % 16 == 0};
    if constexpr (TILE == 128) {
        many_rows(a, rows);
        return;
    }
    a.x += blockIdx.x * cols;
    a.out += blockIdx.x * cols;
    if constexpr (TILE == 1024 || TILE == 4096) {
        one_tile(a);
    } else if constexpr (TILE / WARPS <= 1024) {
        many_tiles(a); /* larger tiles do not fit the registers, and `where` excludes them */
    }
}
