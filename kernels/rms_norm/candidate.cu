/*
 * RMS normalization of rows that fit the registers of a block: each element is read once and
 * written once. THREADS threads work on a row: up to a warp they need nothing but shuffles, and a
 * block of 128 takes several rows; above, a block takes one row and reduces through shared memory.
 * A thread holds up to 16 elements, loaded as packs of 16 bytes before the first use; the weight is
 * the same for all rows and comes from L1 and L2.
 *
 * Longer rows are held as they are in memory, with HELD and where they fit registers and shared
 * memory (held_row.cuh), or read twice, last stretch first the second time because that is what the
 * caches still hold.
 */
#include "../common/held_row.cuh"
#include "../common/reduce.cuh"
#include "../common/row.cuh"

#define ELEMENTS 16 /* at most, a thread: rms_norm.json's `where` knows it too */
#define ROWS (THREADS < 128 ? 128 / THREADS : 1) /* of a block */
#define BLOCK (THREADS * ROWS)

struct Row {
    const BENCH_T *x, *weight;
    BENCH_T *out;
    long long cols;
    float eps;
    int lane;
    bool live; /* false: a group without a row, which stores nothing */
};

template <class Slice> __device__ __forceinline__ float squares_of(const float (&v)[Slice::size])
{
    float squares = 0.0f;
#pragma unroll
    for (int i = 0; i < Slice::size; i++) {
        squares = fmaf(v[i], v[i], squares);
    }
    return squares;
}

/* The thread's weights from column `begin` on, as they are in memory. */
template <class Slice> struct Weights {
    static constexpr int steps = Slice::size / Slice::step;
    typename Slice::Step step[steps];

    __device__ __forceinline__ Weights(const Row &r, long long begin)
    {
#pragma unroll
        for (int s = 0; s < steps; s++) {
            step[s] = Slice::load_step(r.weight + begin, r.cols - begin, r.lane, s * Slice::step);
        }
    }
};

/* Writes the thread's elements from column `begin` on, scaled. */
template <class Slice>
__device__ __forceinline__ void write_scaled(const Row &r, long long begin, float scale,
                                             const Weights<Slice> &weights, float (&v)[Slice::size])
{
#pragma unroll
    for (int i = 0; i < Slice::size; i++) {
        v[i] = v[i] * scale * to_float(weights.step[i / Slice::step].v[i % Slice::step]);
    }
    Slice::store(r.out + begin, r.cols - begin, r.lane, v);
}

template <int PACKS, bool VECTORS> __device__ __forceinline__ void normalize_once(const Row &r)
{
    using Slice = RowSlice<BENCH_T, THREADS, PACKS, VECTORS>;
    float v[Slice::size];
    Slice::load(r.x, r.cols, r.lane, 0.0f, v);
    const Weights<Slice> weights(r, 0); /* on their way while the squares are added up */
    const float squares = group_reduce<THREADS>(squares_of<Slice>(v), Sum());
    if (r.live) {
        write_scaled<Slice>(r, 0, rsqrtf(squares / r.cols + r.eps), weights, v);
    }
}

/* The row begins at a multiple of 16 bytes, and is one of packs. */
__device__ __forceinline__ void normalize_held(const Row &r)
{
    constexpr int size = Pack<BENCH_T>::size;
    HeldRow<BENCH_T, THREADS> row(r.x, r.cols, r.lane);
    float squares = 0.0f;
    row.each([&](const Pack<BENCH_T> &p, int) {
#pragma unroll
        for (int i = 0; i < size; i++) {
            squares = fmaf(to_float(p.v[i]), to_float(p.v[i]), squares);
        }
    });
    const float scale = rsqrtf(group_reduce<THREADS>(squares, Sum()) / r.cols + r.eps);
    row.each([&](Pack<BENCH_T> p, int at) {
        const Pack<BENCH_T> w = pack_load(r.weight + at);
#pragma unroll
        for (int i = 0; i < size; i++) {
            p.v[i] = from_float<BENCH_T>(to_float(p.v[i]) * scale * to_float(w.v[i]));
        }
        pack_store(r.out + at, p);
    });
}

template <bool VECTORS> __device__ __forceinline__ void normalize_twice(const Row &r)
{
    using Slice = RowSlice<BENCH_T, THREADS, ELEMENTS / Pack<BENCH_T>::size, VECTORS>;
    float v[Slice::size];
    float squares = 0.0f;
    for (long long begin = 0; begin < r.cols; begin += Slice::span) {
        Slice::load(r.x + begin, r.cols - begin, r.lane, 0.0f, v);
        squares += squares_of<Slice>(v);
    }
    const float scale = rsqrtf(group_reduce<THREADS>(squares, Sum()) / r.cols + r.eps);
    const long long last = (r.cols - 1) / Slice::span * Slice::span;
    for (long long begin = last; begin >= 0; begin -= Slice::span) {
        Slice::load(r.x + begin, r.cols - begin, r.lane, 0.0f, v);
        write_scaled<Slice>(r, begin, scale, Weights<Slice>(r, begin), v);
    }
}

template <bool VECTORS> __device__ __forceinline__ void normalize(const Row &r)
{
    constexpr int one_pack_each = THREADS * Pack<BENCH_T>::size;
    if constexpr (HELD) {
        if (VECTORS && HeldRow<BENCH_T, THREADS>::takes(r.cols)) {
            normalize_held(r);
        } else {
            normalize_twice<false>(r);
        }
    } else if (r.cols <= one_pack_each) {
        normalize_once<1, VECTORS>(r);
    } else if (r.cols <= 2 * one_pack_each) {
        normalize_once<2, VECTORS>(r);
    } else if (r.cols <= ELEMENTS * THREADS) {
        normalize_once<ELEMENTS / Pack<BENCH_T>::size, VECTORS>(r);
    } else if constexpr (THREADS >= 512) {
        normalize_twice<VECTORS>(r);
    }
}

/* Two blocks of 512 are 64 registers a thread: one writes while the other reads. */
__global__ void __launch_bounds__(BLOCK, BLOCK == 512 ? 2 : 1)
    rms_norm_rows(const BENCH_T *__restrict__ x, const BENCH_T *__restrict__ weight,
                  BENCH_T *__restrict__ out, long long rows, long long cols, float eps)
{
    long long row = static_cast<long long>(blockIdx.x) * ROWS + threadIdx.x / THREADS;
    /* A group without a row works on the last one, for the shuffles need it, and stores nothing. */
    const bool live = row < rows;
    row = live ? row : rows - 1;
    const bool vectors = cols % Pack<BENCH_T>::size == 0 && is_packable(x) && is_packable(out) &&
                         is_packable(weight);
    const int lane = threadIdx.x % THREADS;
    const Row r = {x + row * cols, weight, out + row * cols, cols, eps, lane, live};
    if (vectors) {
        normalize<true>(r);
    } else {
        normalize<false>(r);
    }
}
