/*
 * Layer normalization, THREADS threads a row (row_packs.cuh): mean first, then the squared
 * deviations from it, both from what is held, two exact passes for the price of one. PACKS says how
 * the row is held, so that it is read once and written once; the description's `where` knows which
 * rows are whose:
 *
 *   1, 2, 4   that many packs of 16 bytes a thread, as they are in memory
 *   16        up to eight of them in registers and eight in shared memory (held_row.cuh)
 *   0         rows that are not made of whole packs: up to 16 single elements a thread, those of
 *             neighbouring threads side by side. Longer ones, and those of more than 16 packs a
 *             thread, are read twice: moments of slices merged as they come, then the output, last
 *             stretch first because that is what the caches still hold
 *
 * Tensors are 16-byte aligned. Weight and bias are the same for all rows and come from L1 and L2.
 */
#include "../common/held_row.cuh"
#include "../common/moments.cuh"
#include "../common/row_packs.cuh"

#define ELEMENTS 16 /* at most, a thread, with PACKS 0: layer_norm.json's `where` knows it too */

using Group = RowGroup<THREADS>;

struct Row {
    const BENCH_T *x, *weight, *bias;
    BENCH_T *out;
    long long cols;
    float eps;
    int lane;
    bool live;

    /* Over all threads of the row. */
    __device__ __forceinline__ float average(float mine) const
    {
        return group_reduce<THREADS>(mine, Sum()) / static_cast<float>(cols);
    }
};

#if PACKS == 0

/* Blocks a multiprocessor, which limits the registers: up to 96 for up to 256 threads, for each of 16
 * elements has an address and a predicate of its own, and with fewer it spills. 640 threads of 16
 * reads are enough on their way. 1024 threads have 64, and spill up to 80 bytes on sm_90. */
#define BLOCKS (Group::block <= 256 ? 640 / Group::block : 1)

template <int SLICE_PACKS> __device__ __forceinline__ void normalize_once(const Row &r)
{
    using Slice = RowSlice<BENCH_T, THREADS, SLICE_PACKS, false>;
    float v[Slice::size];
    Slice::load(r.x, r.cols, r.lane, 0.0f, v);
    float sum = 0.0f;
#pragma unroll
    for (int i = 0; i < Slice::size; i++) {
        sum += v[i];
    }
    const float mean = r.average(sum);

    float squares = 0.0f;
#pragma unroll
    for (int i = 0; i < Slice::size; i++) {
        const float d = Slice::inside(r.lane, i, r.cols) ? v[i] - mean : 0.0f;
        squares = fmaf(d, d, squares);
    }
    const float rstd = rsqrtf(r.average(squares) + r.eps);
    if (r.live) {
        SliceWeights<Slice> weights;
        weights.load(r.weight, r.bias, r.cols, r.lane);
        slice_normalize(v, weights, mean, rstd);
        Slice::store(r.out, r.cols, r.lane, v);
    }
}

template <bool VECTORS> __device__ __forceinline__ void normalize_twice(const Row &r)
{
    /* Single elements take a register for each address, too. */
    constexpr int elements = VECTORS ? ELEMENTS : ELEMENTS / 2;
    using Slice = RowSlice<BENCH_T, THREADS, elements / Pack<BENCH_T>::size, VECTORS>;
    const float3 mine = stretch_moments<Slice>(r.x, r.cols, r.lane);
    const float3 all = group_reduce<THREADS>(mine, MergeMoments());
    const float rstd = rsqrtf(all.z / r.cols + r.eps);

    float v[Slice::size];
    const long long last = (r.cols - 1) / Slice::span * Slice::span;
    for (long long begin = last; begin >= 0; begin -= Slice::span) {
        const long long rest = r.cols - begin;
        Slice::load(r.x + begin, rest, r.lane, 0.0f, v);
        SliceWeights<Slice> weights;
        weights.load(r.weight + begin, r.bias + begin, rest, r.lane);
        slice_normalize(v, weights, all.y, rstd);
        Slice::store(r.out + begin, rest, r.lane, v);
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

#else

__device__ __forceinline__ float add_all(const Pack<BENCH_T> &p, float sum)
{
#pragma unroll
    for (int i = 0; i < Pack<BENCH_T>::size; i++) {
        sum += to_float(p.v[i]);
    }
    return sum;
}

__device__ __forceinline__ float add_squares(const Pack<BENCH_T> &p, float mean, float squares)
{
#pragma unroll
    for (int i = 0; i < Pack<BENCH_T>::size; i++) {
        const float d = to_float(p.v[i]) - mean;
        squares = fmaf(d, d, squares);
    }
    return squares;
}

__device__ __forceinline__ void write_normal(const Row &r, int column, Pack<BENCH_T> p, float mean,
                                             float rstd, const Pack<BENCH_T> &weight,
                                             const Pack<BENCH_T> &bias)
{
#pragma unroll
    for (int i = 0; i < Pack<BENCH_T>::size; i++) {
        p.v[i] = from_float<BENCH_T>(
            fmaf((to_float(p.v[i]) - mean) * rstd, to_float(weight.v[i]), to_float(bias.v[i])));
    }
    pack_store(r.out + column, p);
}

#if PACKS == 16

#define BLOCKS (Group::block == 512 ? 2 : 1) /* 64 registers: one writes while the other reads */

__device__ __forceinline__ void normalize(const Row &r)
{
    HeldRow<BENCH_T, THREADS> row(r.x, r.cols, r.lane);
    float sum = 0.0f, squares = 0.0f;
    row.each([&](const Pack<BENCH_T> &p, int) { sum = add_all(p, sum); });
    const float mean = r.average(sum);
    row.each([&](const Pack<BENCH_T> &p, int) { squares = add_squares(p, mean, squares); });
    const float rstd = rsqrtf(r.average(squares) + r.eps);
    row.each([&](const Pack<BENCH_T> &p, int at) {
        write_normal(r, at, p, mean, rstd, pack_load(r.weight + at), pack_load(r.bias + at));
    });
}

#else

using Held = RowPacks<BENCH_T, THREADS, PACKS>;
#define BLOCKS Held::blocks

__device__ __forceinline__ float mean_of(const Row &r, const Held &row)
{
    float sum = 0.0f;
#pragma unroll
    for (int k = 0; k < PACKS; k++) {
        sum = row.inside(k) ? add_all(row.pack[k], sum) : sum;
    }
    return r.average(sum);
}

__device__ __forceinline__ float rstd_of(const Row &r, const Held &row, float mean)
{
    float squares = 0.0f;
#pragma unroll
    for (int k = 0; k < PACKS; k++) {
        squares = row.inside(k) ? add_squares(row.pack[k], mean, squares) : squares;
    }
    return rsqrtf(r.average(squares) + r.eps);
}

__device__ __forceinline__ void normalize(const Row &r)
{
    const Held row(r.x, r.cols, r.lane);
    Pack<BENCH_T> weight[PACKS], bias[PACKS];
    const auto load = [&](int k) {
        weight[k] = pack_load(r.weight + (row.inside(k) ? row.column(k) : 0));
        bias[k] = pack_load(r.bias + (row.inside(k) ? row.column(k) : 0));
    };
    if constexpr (PACKS == 1) {
        load(0); /* on their way meanwhile; more would take registers too long */
    }
    const float mean = mean_of(r, row), rstd = rstd_of(r, row, mean);
#pragma unroll
    for (int k = 0; k < PACKS; k++) {
        if constexpr (PACKS > 1) {
            load(k);
        }
        if (r.live && row.inside(k)) {
            write_normal(r, row.column(k), row.pack[k], mean, rstd, weight[k], bias[k]);
        }
    }
}

#endif

#endif

__global__ void __launch_bounds__(Group::block, BLOCKS)
    layer_norm_rows(const BENCH_T *__restrict__ x, const BENCH_T *__restrict__ weight,
                    const BENCH_T *__restrict__ bias, BENCH_T *__restrict__ out, long long rows,
                    long long cols, float eps)
{
    const Group group(rows);
    const Row r = {x + group.row * cols, weight,    bias, out + group.row * cols, cols, eps,
                   group.lane,           group.live};
    normalize(r);
}
