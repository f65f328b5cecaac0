/*
 * Layer normalization of rows that fit the registers of a block: each element is read once and
 * written once. THREADS threads work on a row: up to a warp they need nothing but shuffles, and a
 * block of 128 takes several rows; above, a block takes one row and reduces through shared memory.
 * Mean first, then the squared deviations from it, both from registers: two exact passes for the
 * price of one. A thread holds up to 16 elements, loaded as packs of 16 bytes before the
 * first use; weight and bias are the same for all rows and come from L1 and L2.
 *
 * Longer rows are read twice: moments of slices merged as they come, then the output, last stretch
 * first because that is what the caches still hold.
 */
#include "../common/moments.cuh"

#define ELEMENTS 16 /* at most, a thread: layer_norm.json's `where` knows it too */
#define ROWS (THREADS < 128 ? 128 / THREADS : 1) /* of a block */
#define BLOCK (THREADS * ROWS)
/* Blocks a multiprocessor, which limits the registers (48 up to 256 threads): reads in flight. What
 * then spills, up to 120 bytes on sm_90, does so in rows of single elements only. */
#define BLOCKS (BLOCK <= 256 ? 1280 / BLOCK : 1)

struct Row {
    const BENCH_T *x, *weight, *bias;
    BENCH_T *out;
    long long cols;
    float eps;
    int lane;
    bool live; /* false: a group without a row, which stores nothing */
};

template <int SLICE_PACKS, bool VECTORS>
__device__ __forceinline__ void normalize_once(const Row &r)
{
    using Slice = RowSlice<BENCH_T, THREADS, SLICE_PACKS, VECTORS>;
    float v[Slice::size];
    Slice::load(r.x, r.cols, r.lane, 0.0f, v);
    /* Few weights are on their way meanwhile; many would take registers, and so threads, too long.
     */
    constexpr bool early = VECTORS && SLICE_PACKS == 1;
    SliceWeights<Slice> weights;
    if constexpr (early) {
        weights.load(r.weight, r.bias, r.cols, r.lane);
    }

    float sum = 0.0f;
#pragma unroll
    for (int i = 0; i < Slice::size; i++) {
        sum += v[i];
    }
    const float per_col = 1.0f / r.cols;
    const float mean = group_reduce<THREADS>(sum, Sum()) * per_col;

    float squares = 0.0f;
#pragma unroll
    for (int i = 0; i < Slice::size; i++) {
        const float d = Slice::inside(r.lane, i, r.cols) ? v[i] - mean : 0.0f;
        squares = fmaf(d, d, squares);
    }
    const float rstd = rsqrtf(group_reduce<THREADS>(squares, Sum()) * per_col + r.eps);

    if constexpr (!early) {
        weights.load(r.weight, r.bias, r.cols, r.lane);
    }
    if (r.live) {
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

template <bool VECTORS> __device__ __forceinline__ void normalize(const Row &r)
{
    constexpr int one_pack_each = THREADS * Pack<BENCH_T>::size;
    if (r.cols <= one_pack_each) {
        normalize_once<1, VECTORS>(r);
    } else if (r.cols <= 2 * one_pack_each) {
        normalize_once<2, VECTORS>(r);
    } else if (r.cols <= ELEMENTS * THREADS) {
        normalize_once<ELEMENTS / Pack<BENCH_T>::size, VECTORS>(r);
    } else if constexpr (THREADS >= 512) {
        normalize_twice<VECTORS>(r);
    }
}

__global__ void __launch_bounds__(BLOCK, BLOCKS)
    layer_norm_rows(const BENCH_T *__restrict__ x, const BENCH_T *__restrict__ weight,
                    const BENCH_T *__restrict__ bias, BENCH_T *__restrict__ out, long long rows,
                    long long cols, float eps)
{
    long long row = static_cast<long long>(blockIdx.x) * ROWS + threadIdx.x / THREADS;
    /* A group without a row works on the last one, for the shuffles need it, and stores nothing. */
    const bool live = row < rows;
    row = live ? row : rows - 1;
    const bool vectors = cols % Pack<BENCH_T>::size == 0 && is_packable(x) && is_packable(out) &&
                         is_packable(weight) && is_packable(bias);
    const int lane = threadIdx.x % THREADS;
    const Row r = {x + row * cols, weight, bias, out + row * cols, cols, eps, lane, live};
    if (vectors) {
        normalize<true>(r);
    } else {
        normalize<false>(r);
    }
}
