/*
 * RMS normalization, THREADS threads a row (row_packs.cuh). PACKS says how the row is held, so that
 * it is read once and written once; the description's `where` knows which rows are whose:
 *
 *   1, 2, 4   that many packs of 16 bytes a thread, as they are in memory
 *   16        up to eight of them in registers and eight in shared memory (held_row.cuh)
 *   0         rows that are not made of whole packs: up to 16 single elements a thread, those of
 *             neighbouring threads side by side. Longer ones, and those of more than 16 packs a
 *             thread, are read twice, last stretch first the second time because that is what the
 *             caches still hold
 *
 * Tensors are 16-byte aligned. The weight is the same for all rows and comes from L1 and L2; with
 * few packs it is on its way while the squares are added up.
 */
#include "../common/held_row.cuh"
#include "../common/reduce.cuh"
#include "../common/row.cuh"
#include "../common/row_packs.cuh"

#define ELEMENTS 16 /* at most, a thread, with PACKS 0: rms_norm.json's `where` knows it too */

using Group = RowGroup<THREADS>;

struct Row {
    const BENCH_T *x, *weight;
    BENCH_T *out;
    long long cols;
    float eps;
    int lane;
    bool live;

    /* The row's factor, of this thread's sum of squares. */
    __device__ __forceinline__ float scale(float squares) const
    {
        return rsqrtf(group_reduce<THREADS>(squares, Sum()) / static_cast<float>(cols) + eps);
    }
};

__device__ __forceinline__ float add_squares(const Pack<BENCH_T> &p, float squares)
{
#pragma unroll
    for (int i = 0; i < Pack<BENCH_T>::size; i++) {
        squares = fmaf(to_float(p.v[i]), to_float(p.v[i]), squares);
    }
    return squares;
}

__device__ __forceinline__ Pack<BENCH_T> scaled(Pack<BENCH_T> p, float scale,
                                                const Pack<BENCH_T> &weight)
{
#pragma unroll
    for (int i = 0; i < Pack<BENCH_T>::size; i++) {
        p.v[i] = from_float<BENCH_T>(to_float(p.v[i]) * scale * to_float(weight.v[i]));
    }
    return p;
}

#if PACKS == 0

#define BLOCKS (Group::block == 512 ? 2 : 1) /* 64 registers: one writes while the other reads */

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

template <int SLICE_PACKS> __device__ __forceinline__ void normalize_once(const Row &r)
{
    using Slice = RowSlice<BENCH_T, THREADS, SLICE_PACKS, false>;
    float v[Slice::size];
    Slice::load(r.x, r.cols, r.lane, 0.0f, v);
    const Weights<Slice> weights(r, 0); /* on their way while the squares are added up */
    const float scale = r.scale(squares_of<Slice>(v));
    if (r.live) {
        write_scaled<Slice>(r, 0, scale, weights, v);
    }
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
    const float scale = r.scale(squares);
    const long long last = (r.cols - 1) / Slice::span * Slice::span;
    for (long long begin = last; begin >= 0; begin -= Slice::span) {
        Slice::load(r.x + begin, r.cols - begin, r.lane, 0.0f, v);
        write_scaled<Slice>(r, begin, scale, Weights<Slice>(r, begin), v);
    }
}

__device__ __forceinline__ void normalize(const Row &r)
{
    constexpr int one_pack_each = THREADS * Pack<BENCH_T>::size;
    if (r.cols <= one_pack_each) {
        normalize_once<1>(r);
    } else if (r.cols <= 2 * one_pack_each) {
        normalize_once<2>(r);
    } else if (r.cols <= ELEMENTS * THREADS) {
        normalize_once<ELEMENTS / Pack<BENCH_T>::size>(r);
    } else if constexpr (THREADS >= 512) {
        if (r.cols % Pack<BENCH_T>::size == 0) {
            normalize_twice<true>(r);
        } else {
            normalize_twice<false>(r);
        }
    }
}

#elif PACKS == 16

#define BLOCKS (Group::block == 512 ? 2 : 1)

__device__ __forceinline__ void normalize(const Row &r)
{
    HeldRow<BENCH_T, THREADS> row(r.x, r.cols, r.lane);
    float squares = 0.0f;
    row.each([&](const Pack<BENCH_T> &p, int) { squares = add_squares(p, squares); });
    const float scale = r.scale(squares);
    row.each([&](const Pack<BENCH_T> &p, int at) {
        pack_store(r.out + at, scaled(p, scale, pack_load(r.weight + at)));
    });
}

#else

using Held = RowPacks<BENCH_T, THREADS, PACKS>;
#define BLOCKS Held::blocks

__device__ __forceinline__ void normalize(const Row &r)
{
    const Held row(r.x, r.cols, r.lane);
    Pack<BENCH_T> weight[PACKS];
    const auto load = [&](int k) {
        weight[k] = pack_load(r.weight + (row.inside(k) ? row.column(k) : 0));
    };
    float squares = 0.0f;
#pragma unroll
    for (int k = 0; k < PACKS; k++) {
        if constexpr (PACKS <= 2) {
            load(k); /* on their way meanwhile; more would take registers too long */
        }
        squares = row.inside(k) ? add_squares(row.pack[k], squares) : squares;
    }
    const float scale = r.scale(squares);
#pragma unroll
    for (int k = 0; k < PACKS; k++) {
        if constexpr (PACKS > 2) {
            load(k);
        }
        if (r.live && row.inside(k)) {
            pack_store(r.out + row.column(k), scaled(row.pack[k], scale, weight[k]));
        }
    }
}

#endif

__global__ void __launch_bounds__(Group::block, BLOCKS)
    rms_norm_rows(const BENCH_T *__restrict__ x, const BENCH_T *__restrict__ weight,
                  BENCH_T *__restrict__ out, long long rows, long long cols, float eps)
{
    const Group group(rows);
    const Row r = {x + group.row * cols, weight,    out + group.row * cols, cols, eps,
                   group.lane,           group.live};
    normalize(r);
}
