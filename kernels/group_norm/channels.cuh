/*
 * The last step of group normalization, for a slice of a group's elements that is in registers (see
 * ../common/row.cuh). A group is `channels` channels of `inner` elements each, one weight and one
 * bias a channel.
 *
 *   slice_scale<Slice>(v, w, begin, mean, rstd, lane)
 *                      v becomes (v - mean) * rstd * weight + bias; the slice's column 0 is the
 *                      group's element `begin`
 *
 * With vectors a pack is of one channel, for `inner` is a multiple of the pack: one division an
 * access, of 32 bits (a group has less than 2^31 elements), and two loads that the whole warp
 * mostly shares.
 */
#ifndef BENCH_KERNELS_GROUP_NORM_CHANNELS_CUH
#define BENCH_KERNELS_GROUP_NORM_CHANNELS_CUH

#include "../common/moments.cuh"

struct Channels {
    const BENCH_T *weight, *bias; /* of the group's first channel */
    unsigned cols, inner;         /* elements of the group and of a channel */
};

template <class Slice>
__device__ __forceinline__ void slice_scale(float (&v)[Slice::size], const Channels &c,
                                            unsigned begin, float mean, float rstd, int lane)
{
#pragma unroll
    for (int i = 0; i < Slice::size; i += Slice::step) {
        if (Slice::inside(lane, i, static_cast<long long>(c.cols - begin))) {
            const unsigned channel = (begin + Slice::column(lane, i)) / c.inner;
            const float w = to_float(c.weight[channel]), b = to_float(c.bias[channel]);
#pragma unroll
            for (int k = 0; k < Slice::step; k++) {
                v[i + k] = fmaf((v[i + k] - mean) * rstd, w, b);
            }
        }
    }
}

/* May a group's elements be moved in packs? */
__device__ __forceinline__ bool in_packs(const BENCH_T *x, const BENCH_T *out, long long inner)
{
    return inner % Pack<BENCH_T>::size == 0 && is_packable(x) && is_packable(out);
}

#endif
