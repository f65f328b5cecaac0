/*
 * The last step of group normalization, for a slice of a group's elements that is in registers (see
 * ../common/row.cuh). A group is `channels` channels of `inner` elements each, one weight and one
 * bias a channel.
 *
 *   slice_scale<Slice, TRAVEL>(v, c, begin, mean, rstd, lane)
 *                      v becomes (v - mean) * rstd * weight + bias; the slice's column 0 is the
 *                      group's element `begin`
 *   access_scale<Count, TRAVEL>(v, c, first, mean, rstd)
 *                      the same for one access of a slice
 *
 * Elements travel one by one (SINGLES), or in packs. Where a channel is a multiple of the pack, a
 * pack is of one channel (PACKS): one division an access, of 32 bits (a group has less than 2^31
 * elements), and two loads that the whole warp mostly shares. Otherwise, if the group is one and a
 * channel is not shorter than a pack, a pack may hold the end of a channel and the start of the
 * next (PACKS_ACROSS).
 */
#ifndef BENCH_KERNELS_GROUP_NORM_CHANNELS_CUH
#define BENCH_KERNELS_GROUP_NORM_CHANNELS_CUH

#include "../common/moments.cuh"

enum Travel { SINGLES, PACKS, PACKS_ACROSS };

struct Channels {
    const BENCH_T *weight, *bias; /* of the group's first channel */
    unsigned cols, inner;         /* elements of the group and of a channel */
    unsigned count;               /* channels of the group */
};

/* The `Count` elements of an access, of which the first is the group's element `first`. */
template <int Count, Travel TRAVEL>
__device__ __forceinline__ void access_scale(float *v, const Channels &c, unsigned first,
                                             float mean, float rstd)
{
    const unsigned channel = first / c.inner;
    const int left = TRAVEL == PACKS_ACROSS ? static_cast<int>(c.inner - first % c.inner)
                                            : Count; /* of this channel */
    const unsigned next = left < Count ? channel + 1 : channel;
    const float w = to_float(c.weight[channel]) * rstd, b = to_float(c.bias[channel]);
    const float w_next = to_float(c.weight[next]) * rstd, b_next = to_float(c.bias[next]);
#pragma unroll
    for (int k = 0; k < Count; k++) {
        v[k] = fmaf(v[k] - mean, k < left ? w : w_next, k < left ? b : b_next);
    }
}

template <class Slice, Travel TRAVEL>
__device__ __forceinline__ void slice_scale(float (&v)[Slice::size], const Channels &c,
                                            unsigned begin, float mean, float rstd, int lane)
{
#pragma unroll
    for (int i = 0; i < Slice::size; i += Slice::step) {
        if (Slice::inside(lane, i, static_cast<long long>(c.cols - begin))) {
            access_scale<Slice::step, TRAVEL>(v + i, c, begin + Slice::column(lane, i), mean, rstd);
        }
    }
}

/* How a group's elements can travel. */
__device__ __forceinline__ Travel travel_of(const BENCH_T *x, const BENCH_T *out, long long cols,
                                            long long inner)
{
    constexpr int pack = Pack<BENCH_T>::size;
    if (!is_packable(x) || !is_packable(out) || cols % pack != 0 || inner < pack) {
        return SINGLES;
    }
    return inner % pack == 0 ? PACKS : PACKS_ACROSS;
}

#endif
