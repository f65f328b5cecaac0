/*
 * Group normalization of groups that fit the registers of a block: each element is read once and
 * written once, as in layer_norm's candidate. THREADS threads work on a group: up to a warp they
 * need nothing but shuffles, and a block of 128 takes several groups; above, a block takes one
 * group and reduces through shared memory. Mean first, then the squared deviations from it, both
 * from registers. A thread holds HELD packs of 16 bytes, up to 32 elements, all loaded before the
 * first use; 64 registers a thread let a multiprocessor hold 1024 threads, so that of up to four
 * million elements all groups are read at once.
 *
 * Longer groups (HELD is 0) are read twice: moments of slices merged as they come, then the
 * output, last stretch first because that is what the caches still hold.
 */
#include "channels.cuh"

#define ROWS (THREADS < 128 ? 128 / THREADS : 1) /* of a block */
#define BLOCK (THREADS * ROWS)

struct Group {
    const BENCH_T *x;
    BENCH_T *out, *mean, *rstd; /* of the first group: kernel arguments take no registers */
    long long row;
    Channels channels;
    float eps;
    int lane;
    bool live; /* false: threads without a group, which store nothing */
};

/* The group's channels, weights and biases of few of them in shared memory: so they are on their
 * way with the group, and after its sums need not be waited for. Those are read after the barriers
 * of the first sum. */
__device__ __forceinline__ Channels nearby(const Group &g)
{
    __shared__ BENCH_T weights[BLOCK], biases[BLOCK];
    Channels c = g.channels;
    if (c.count <= THREADS) {
        if (g.lane < c.count) {
            weights[threadIdx.x] = c.weight[g.lane];
            biases[threadIdx.x] = c.bias[g.lane];
        }
        c.weight = weights + threadIdx.x - g.lane;
        c.bias = biases + threadIdx.x - g.lane;
    }
    if constexpr (THREADS <= 32) {
        __syncwarp();
    }
    return c;
}

__device__ __forceinline__ void store_moments(const Group &g, float mean, float rstd)
{
    if (g.live && g.lane == 0) {
        g.mean[g.row] = from_float<BENCH_T>(mean);
        g.rstd[g.row] = from_float<BENCH_T>(rstd);
    }
}

/* Elements are held as they are in memory: floats would take twice the registers of 16 bits. */
template <Travel TRAVEL> __device__ __forceinline__ void normalize_once(const Group &g)
{
    using Slice = RowSlice<BENCH_T, THREADS, HELD, TRAVEL != SINGLES>;
    constexpr int step = Slice::step;
    const long long cols = g.channels.cols;
    const BENCH_T *x = g.x + g.row * cols;
    typename Slice::Step held[Slice::size / step];
#pragma unroll
    for (int i = 0; i < Slice::size; i += step) {
        held[i / step] = Slice::load_step(x, cols, g.lane, i);
    }
    const Channels channels = nearby(g);

    float sum = 0.0f;
#pragma unroll
    for (int i = 0; i < Slice::size; i++) {
        sum += Slice::inside(g.lane, i, cols) ? to_float(held[i / step].v[i % step]) : 0.0f;
    }
    const float per_col = 1.0f / cols;
    const float mean = group_reduce<THREADS>(sum, Sum()) * per_col;

    float squares = 0.0f;
#pragma unroll
    for (int i = 0; i < Slice::size; i++) {
        const float d =
            Slice::inside(g.lane, i, cols) ? to_float(held[i / step].v[i % step]) - mean : 0.0f;
        squares = fmaf(d, d, squares);
    }
    const float rstd = rsqrtf(group_reduce<THREADS>(squares, Sum()) * per_col + g.eps);
    store_moments(g, mean, rstd);

    BENCH_T *out = g.out + g.row * cols;
#pragma unroll
    for (int i = 0; i < Slice::size; i += step) {
        if (g.live && Slice::inside(g.lane, i, cols)) {
            asm volatile("" ::: "memory"); /* reading ahead for all would take registers */
            float v[step];
#pragma unroll
            for (int k = 0; k < step; k++) {
                v[k] = to_float(held[i / step].v[k]);
            }
            const int at = Slice::column(g.lane, i);
            access_scale<step, TRAVEL>(v, channels, at, mean, rstd);
#pragma unroll
            for (int k = 0; k < step; k++) {
                held[i / step].v[k] = from_float<BENCH_T>(v[k]);
            }
            *reinterpret_cast<typename Slice::Step *>(out + at) = held[i / step];
        }
    }
}

template <Travel TRAVEL> __device__ __forceinline__ void normalize_twice(const Group &g)
{
    constexpr int elements = TRAVEL != SINGLES ? 16 : 8; /* single ones take an address each, too */
    using Slice = RowSlice<BENCH_T, THREADS, elements / Pack<BENCH_T>::size, TRAVEL != SINGLES>;
    const long long cols = g.channels.cols;
    const BENCH_T *x = g.x + g.row * cols;
    BENCH_T *out = g.out + g.row * cols;
    const float3 mine = stretch_moments<Slice>(x, cols, g.lane);
    const float3 all = group_reduce<THREADS>(mine, MergeMoments());
    const float rstd = rsqrtf(all.z / cols + g.eps);
    store_moments(g, all.y, rstd);

    float v[Slice::size];
    const long long last = (cols - 1) / Slice::span * Slice::span;
    for (long long begin = last; begin >= 0; begin -= Slice::span) {
        Slice::load(x + begin, cols - begin, g.lane, 0.0f, v);
        slice_scale<Slice, TRAVEL>(v, g.channels, static_cast<unsigned>(begin), all.y, rstd,
                                   g.lane);
        if (g.live) {
            Slice::store(out + begin, cols - begin, g.lane, v);
        }
    }
}

template <Travel TRAVEL> __device__ __forceinline__ void normalize(const Group &g)
{
    /* Single elements take a register each, and an address. */
    constexpr int most = TRAVEL == SINGLES ? 16 : 32;
    if constexpr (HELD > 0 && HELD * Pack<BENCH_T>::size <= most) {
        normalize_once<TRAVEL>(g);
    } else {
        normalize_twice<TRAVEL>(g);
    }
}

__global__ void __launch_bounds__(BLOCK, HELD > 0 ? 1024 / BLOCK : 1)
    group_norm_groups(const BENCH_T *__restrict__ x, const BENCH_T *__restrict__ weight,
                      const BENCH_T *__restrict__ bias, BENCH_T *__restrict__ out,
                      BENCH_T *__restrict__ mean, BENCH_T *__restrict__ rstd, long long rows,
                      long long groups, long long channels, long long inner, float eps)
{
    long long row = static_cast<long long>(blockIdx.x) * ROWS + threadIdx.x / THREADS;
    const bool live = row < rows;
    row = live ? row : rows - 1; /* for the shuffles need all threads */
    /* 32 bits: a division of 64 takes as long as a small group. */
    const long long cols = channels * inner;
    const long long first = static_cast<unsigned>(row) % static_cast<unsigned>(groups) * channels;
    const Channels c = {weight + first, bias + first, static_cast<unsigned>(cols),
                        static_cast<unsigned>(inner), static_cast<unsigned>(channels)};
    const int lane = threadIdx.x % THREADS;
    const Group g = {x, out, mean, rstd, row, c, eps, lane, live};
    switch (travel_of(x, out, cols, inner)) {
    case SINGLES:
        return normalize<SINGLES>(g);
    case PACKS:
        return normalize<PACKS>(g);
    case PACKS_ACROSS:
        return normalize<PACKS_ACROSS>(g);
    }
}
