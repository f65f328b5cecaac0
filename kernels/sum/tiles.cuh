/*
 * The two inner loops of the fast sums: along rows and along columns of x[outer][n][inner]. Both
 * read 16 bytes a thread with UNROLL reads in flight before the first addition waits, and add in
 * float32, in an order that depends on the shape alone (same bits every time).
 *
 * `lanes` is a power of two, the same for the whole grid: how many neighbouring threads share a
 * row, or how many stand side by side over the columns. BLOCK threads a block. UNROLL is 2 or 4:
 * up to 64 bytes in flight a thread, in at most 64 registers.
 *
 * Short rows take a few microseconds, most of them waiting: for memory, and for instructions that
 * no cache holds yet. So there is no integer division (some 40 instructions each) and, where a row
 * is made of whole packs, no code for its ends.
 */
#ifndef BENCH_KERNELS_SUM_TILES_CUH
#define BENCH_KERNELS_SUM_TILES_CUH

#include "../common/convert.cuh"
#include "../common/pack.cuh"
#include "../common/reduce.cuh"

template <class T> __device__ __forceinline__ float pack_sum(const Pack<T> &pack)
{
    float v[Pack<T>::size];
#pragma unroll
    for (int i = 0; i < Pack<T>::size; i++) {
        v[i] = to_float(pack.v[i]);
    }
#pragma unroll
    for (int step = Pack<T>::size / 2; step > 0; step /= 2) {
#pragma unroll
        for (int i = 0; i < step; i++) {
            v[i] += v[i + step];
        }
    }
    return v[0];
}

/* This lane's share of the sum of `packs` packs from p on, which is 16-byte aligned. */
template <class T>
__device__ __forceinline__ float sum_packs(const T *p, long long packs, int lane, int lanes)
{
    constexpr int size = Pack<T>::size;
    float sum = 0.0f;
    p += lane * size;
#pragma unroll 1
    for (long long left = packs - lane; left > 0; left -= UNROLL * lanes) {
        Pack<T> pack[UNROLL] = {};
#pragma unroll
        for (int u = 0; u < UNROLL; u++) {
            if (u * lanes < left) {
                pack[u] = pack_load(p + u * lanes * size);
            }
        }
        float sums[UNROLL];
#pragma unroll
        for (int u = 0; u < UNROLL; u++) {
            sums[u] = pack_sum(pack[u]);
        }
#pragma unroll
        for (int step = UNROLL / 2; step > 0; step /= 2) {
#pragma unroll
            for (int u = 0; u < step; u++) {
                sums[u] += sums[u + step];
            }
        }
        sum += sums[0];
        p += UNROLL * lanes * size;
    }
    return sum;
}

/* This lane's share of the sum of p[0 … n), at any alignment. */
template <class T>
__device__ __forceinline__ float sum_contiguous(const T *p, long long n, int lane, int lanes)
{
    constexpr int size = Pack<T>::size;
    if (n % size == 0 && is_packable(p)) {
        return sum_packs(p, n / size, lane, lanes);
    }
    const int past = static_cast<int>(reinterpret_cast<unsigned long long>(p) % 16 / sizeof(T));
    const long long head = min(n, static_cast<long long>((size - past) % size));
    const long long packs = (n - head) / size;
    float ends = 0.0f;
#pragma unroll 1 /* to unroll, one would divide by `lanes` */
    for (long long i = lane; i < head; i += lanes) {
        ends += to_float(p[i]);
    }
#pragma unroll 1
    for (long long i = head + packs * size + lane; i < n; i += lanes) {
        ends += to_float(p[i]);
    }
    return ends + sum_packs(p + head, packs, lane, lanes);
}

/* The sum over `lanes` neighbouring threads, in each of them. All threads of the block call it. */
__device__ __forceinline__ float sum_lanes(float value, int lanes)
{
    for (int mask = min(lanes, 32) / 2; mask > 0; mask /= 2) {
        value += shuffle_xor(value, mask);
    }
    if (lanes > 32) {
        __shared__ float partial[BLOCK / 32];
        if (threadIdx.x % 32 == 0) {
            partial[threadIdx.x / 32] = value;
        }
        __syncthreads();
        /* Every warp adds up its row's warps itself, which saves a second barrier. */
        const int warps = lanes / 32;
        const int warp = static_cast<int>(threadIdx.x) / 32;
        const int lane = static_cast<int>(threadIdx.x) % 32;
        value = partial[(warp & ~(warps - 1)) + (lane & (warps - 1))];
        for (int mask = warps / 2; mask > 0; mask /= 2) {
            value += shuffle_xor(value, mask);
        }
    }
    return value;
}

/* Rows: out[row] = sum of x[row][begin … end), BLOCK / lanes rows a block. */
template <class T, class Out>
__device__ __forceinline__ void sum_rows(const T *x, Out *out, long long rows, long long n,
                                         long long begin, long long end, int lanes)
{
    const int log_lanes = __ffs(lanes) - 1;
    const int lane = static_cast<int>(threadIdx.x) & (lanes - 1);
    const long long row = static_cast<long long>(blockIdx.x) * (BLOCK >> log_lanes) +
                          (static_cast<int>(threadIdx.x) >> log_lanes);
    float sum = 0.0f;
    if (row < rows) {
        sum = sum_contiguous(x + row * n + begin, end - begin, lane, lanes);
    }
    sum = sum_lanes(sum, lanes);
    if (row < rows && lane == 0) {
        out[row] = from_float<Out>(sum);
    }
}

/* WIDTH neighbouring elements (a whole pack or one), as float. */
template <int WIDTH, class T>
__device__ __forceinline__ void load_floats(const T *p, bool packable, float *to)
{
    if constexpr (WIDTH == 1) {
        to[0] = to_float(*p);
    } else {
        const Pack<T> pack = packable ? pack_load(p) : pack_load_part(p, WIDTH);
#pragma unroll
        for (int i = 0; i < WIDTH; i++) {
            to[i] = to_float(pack.v[i]);
        }
    }
}

/*
 * Columns: out[o][c] = sum over r in [begin, end) of x[o][r][c]. A block takes lanes * WIDTH
 * columns (lanes <= 32) of one o, and its BLOCK / lanes rows of threads take every so manieth r.
 * WIDTH > 1 needs inner % WIDTH == 0.
 */
template <int WIDTH, class T, class Out>
__device__ __forceinline__ void sum_columns(const T *x, Out *out, long long n, long long inner,
                                            long long begin, long long end, int lanes)
{
    const int log_lanes = __ffs(lanes) - 1;
    const int log_strip = __ffs(lanes * WIDTH) - 1; /* WIDTH is a power of two, too */
    const unsigned strips = static_cast<unsigned>((inner + lanes * WIDTH - 1) >> log_strip);
    const long long o = blockIdx.x / strips;
    const long long first_column = static_cast<long long>(blockIdx.x % strips) << log_strip;
    const int lane = static_cast<int>(threadIdx.x) & (lanes - 1);
    const long long column = first_column + lane * WIDTH;
    const int height = BLOCK >> log_lanes;
    const bool packable = is_packable(x);

    float sums[WIDTH] = {};
    if (column < inner) {
        const T *p = x + o * n * inner + column;
#pragma unroll 1
        for (long long r = begin + (threadIdx.x >> log_lanes); r < end; r += UNROLL * height) {
            float values[UNROLL][WIDTH] = {};
#pragma unroll
            for (int u = 0; u < UNROLL; u++) {
                if (r + u * height < end) {
                    load_floats<WIDTH>(p + (r + u * height) * inner, packable, values[u]);
                }
            }
#pragma unroll
            for (int i = 0; i < WIDTH; i++) {
#pragma unroll
                for (int step = UNROLL / 2; step > 0; step /= 2) {
#pragma unroll
                    for (int u = 0; u < step; u++) {
                        values[u][i] += values[u + step][i];
                    }
                }
                sums[i] += values[0][i];
            }
        }
    }
    /* Threads of a warp that stand over the same columns, then the warps, through shared memory. */
    for (int mask = 16; mask >= lanes; mask /= 2) {
#pragma unroll
        for (int i = 0; i < WIDTH; i++) {
            sums[i] += shuffle_xor(sums[i], mask);
        }
    }
    __shared__ float partial[BLOCK / 32][32 * WIDTH];
    if (threadIdx.x % 32 < lanes) {
#pragma unroll
        for (int i = 0; i < WIDTH; i++) {
            partial[threadIdx.x / 32][lane * WIDTH + i] = sums[i];
        }
    }
    __syncthreads();
    for (int c = threadIdx.x; c < lanes * WIDTH && first_column + c < inner; c += BLOCK) {
        float sum = 0.0f;
#pragma unroll
        for (int w = 0; w < BLOCK / 32; w++) {
            sum += partial[w][c];
        }
        out[o * inner + first_column + c] = from_float<Out>(sum);
    }
}

/* Rows (inner == 1) or columns, whose loads are as wide as `inner` lets them be. */
template <bool COLUMNS_OF_X, class T, class Out>
__device__ __forceinline__ void sum_range(const T *x, Out *out, long long outer, long long n,
                                          long long inner, long long begin, long long end,
                                          int lanes)
{
    if constexpr (!COLUMNS_OF_X) {
        sum_rows(x, out, outer, n, begin, end, lanes);
    } else if (inner % Pack<T>::size == 0) {
        sum_columns<Pack<T>::size>(x, out, n, inner, begin, end, lanes);
    } else {
        sum_columns<1>(x, out, n, inner, begin, end, lanes);
    }
}

#endif
