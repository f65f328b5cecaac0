/*
 * Group normalization of groups that fit the registers of a block: each element is read once and
 * written once, as in layer_norm's candidate. THREADS threads work on a group: up to a warp they
 * need nothing but shuffles, and a block of 128 takes several groups; above, a block takes one
 * group and reduces through shared memory. Mean first, then the squared deviations from it, both
 * from registers. A thread holds up to 16 elements, loaded as packs of 16 bytes before the first
 * use.
 *
 * Longer groups are read twice: moments of slices merged as they come, then the output, last
 * stretch first because that is what the caches still hold.
 */
#include "channels.cuh"

#define ELEMENTS 16 /* at most, a thread: group_norm.json's `where` knows it too */
#define ROWS (THREADS < 128 ? 128 / THREADS : 1) /* of a block */
#define BLOCK (THREADS * ROWS)

struct Group {
    const BENCH_T *x;
    BENCH_T *out, *mean, *rstd; /* mean and rstd: where the group's are stored */
    Channels channels;
    float eps;
    int lane;
    bool live; /* false: threads without a group, which store nothing */
};

__device__ __forceinline__ void store_moments(const Group &g, float mean, float rstd)
{
    if (g.live && g.lane == 0) {
        *g.mean = from_float<BENCH_T>(mean);
        *g.rstd = from_float<BENCH_T>(rstd);
    }
}

template <int SLICE_PACKS, Travel TRAVEL>
__device__ __forceinline__ void normalize_once(const Group &g)
{
    using Slice = RowSlice<BENCH_T, THREADS, SLICE_PACKS, TRAVEL != SINGLES>;
    const long long cols = g.channels.cols;
    float v[Slice::size];
    Slice::load(g.x, cols, g.lane, 0.0f, v);

    float sum = 0.0f;
#pragma unroll
    for (int i = 0; i < Slice::size; i++) {
        sum += v[i];
    }
    const float per_col = 1.0f / cols;
    const float mean = group_reduce<THREADS>(sum, Sum()) * per_col;

    float squares = 0.0f;
#pragma unroll
    for (int i = 0; i < Slice::size; i++) {
        const float d = Slice::inside(g.lane, i, cols) ? v[i] - mean : 0.0f;
        squares = fmaf(d, d, squares);
    }
    const float rstd = rsqrtf(group_reduce<THREADS>(squares, Sum()) * per_col + g.eps);

    slice_scale<Slice, TRAVEL>(v, g.channels, 0, mean, rstd, g.lane);
    store_moments(g, mean, rstd);
    if (g.live) {
        Slice::store(g.out, cols, g.lane, v);
    }
}

template <Travel TRAVEL> __device__ __forceinline__ void normalize_twice(const Group &g)
{
    constexpr int elements = TRAVEL != SINGLES ? ELEMENTS : ELEMENTS / 2; /* an address each, too */
    using Slice = RowSlice<BENCH_T, THREADS, elements / Pack<BENCH_T>::size, TRAVEL != SINGLES>;
    const long long cols = g.channels.cols;
    const float3 mine = stretch_moments<Slice>(g.x, cols, g.lane);
    const float3 all = group_reduce<THREADS>(mine, MergeMoments());
    const float rstd = rsqrtf(all.z / cols + g.eps);
    store_moments(g, all.y, rstd);

    float v[Slice::size];
    const long long last = (cols - 1) / Slice::span * Slice::span;
    for (long long begin = last; begin >= 0; begin -= Slice::span) {
        Slice::load(g.x + begin, cols - begin, g.lane, 0.0f, v);
        slice_scale<Slice, TRAVEL>(v, g.channels, static_cast<unsigned>(begin), all.y, rstd,
                                   g.lane);
        Slice::store(g.out + begin, cols - begin, g.lane, v);
    }
}

template <Travel TRAVEL> __device__ __forceinline__ void normalize(const Group &g)
{
    constexpr int one_pack_each = THREADS * Pack<BENCH_T>::size;
    if (g.channels.cols <= one_pack_each) {
        normalize_once<1, TRAVEL>(g);
    } else if (g.channels.cols <= 2 * one_pack_each) {
        normalize_once<2, TRAVEL>(g);
    } else if (g.channels.cols <= ELEMENTS * THREADS) {
        normalize_once<ELEMENTS / Pack<BENCH_T>::size, TRAVEL>(g);
    } else if constexpr (THREADS == 512) {
        normalize_twice<TRAVEL>(g);
    }
}

__global__ void __launch_bounds__(BLOCK)
    group_norm_groups(const BENCH_T *__restrict__ x, const BENCH_T *__restrict__ weight,
                      const BENCH_T *__restrict__ bias, BENCH_T *__restrict__ out,
                      BENCH_T *__restrict__ mean, BENCH_T *__restrict__ rstd, long long rows,
                      long long groups, long long channels, long long inner, float eps)
{
    long long row = static_cast<long long>(blockIdx.x) * ROWS + threadIdx.x / THREADS;
    const bool live = row < rows;
    row = live ? row : rows - 1; /* for the shuffles need all threads */
    const long long cols = channels * inner, first = row % groups * channels;
    const Channels c = {weight + first, bias + first, static_cast<unsigned>(cols),
                        static_cast<unsigned>(inner)};
    const Group g = {x + row * cols,
                     out + row * cols,
                     mean + row,
                     rstd + row,
                     c,
                     eps,
                     static_cast<int>(threadIdx.x % THREADS),
                     live};
    switch (travel_of(x, out, cols, inner)) {
    case SINGLES:
        return normalize<SINGLES>(g);
    case PACKS:
        return normalize<PACKS>(g);
    case PACKS_ACROSS:
        return normalize<PACKS_ACROSS>(g);
    }
}
