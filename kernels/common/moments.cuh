/*
 * Mean and squared deviations of a stretch of numbers, and the last step of layer normalization.
 *
 * Moments of parts are merged by Chan, Golub and LeVeque's formula ("Algorithms for computing the
 * sample variance", 1983), which keeps its accuracy where the mean is large against the deviation
 * and the difference of the sums of squares would not.
 */
#ifndef BENCH_KERNELS_COMMON_MOMENTS_CUH
#define BENCH_KERNELS_COMMON_MOMENTS_CUH

#include "reduce.cuh"
#include "row.cuh"

/* As float3 for group_reduce: x = count, y = mean, z = sum of squared deviations from the mean. */
struct MergeMoments {
    __device__ __forceinline__ float3 operator()(float3 a, float3 b) const
    {
        const float count = a.x + b.x;
        const float share = count > 0.0f ? b.x / count : 0.0f;
        const float delta = b.y - a.y;
        return make_float3(count, a.y + delta * share, a.z + b.z + delta * delta * a.x * share);
    }
};

/* Of the thread's elements of a slice; those beyond `cols` do not count. */
template <class Slice>
__device__ __forceinline__ float3 slice_moments(const float (&v)[Slice::size], long long cols,
                                                int lane)
{
    float count = 0.0f, sum = 0.0f;
#pragma unroll
    for (int i = 0; i < Slice::size; i++) {
        if (Slice::inside(lane, i, cols)) {
            count += 1.0f;
            sum += v[i];
        }
    }
    const float mean = count > 0.0f ? sum / count : 0.0f;
    float squares = 0.0f;
#pragma unroll
    for (int i = 0; i < Slice::size; i++) {
        const float d = Slice::inside(lane, i, cols) ? v[i] - mean : 0.0f;
        squares = fmaf(d, d, squares);
    }
    return make_float3(count, mean, squares);
}

/* Merges the moments of a stretch of `cols` numbers into `moments`, slice by slice. */
template <class Slice, class T>
__device__ __forceinline__ float3 stretch_moments(const T *x, long long cols, int lane)
{
    float v[Slice::size];
    float3 moments = make_float3(0.0f, 0.0f, 0.0f);
    for (long long begin = 0; begin < cols; begin += Slice::span) {
        Slice::load(x + begin, cols - begin, lane, 0.0f, v);
        moments = MergeMoments()(moments, slice_moments<Slice>(v, cols - begin, lane));
    }
    return moments;
}

/* A thread's share of weight and bias, as they are in memory: floats would take more registers. */
template <class Slice> struct SliceWeights {
    static constexpr int steps = Slice::size / Slice::step;
    typename Slice::Step weight[steps], bias[steps];

    /* weight and bias begin at the slice's column 0. */
    template <class T>
    __device__ __forceinline__ void load(const T *weight_row, const T *bias_row, long long cols,
                                         int lane)
    {
#pragma unroll
        for (int i = 0; i < steps; i++) {
            weight[i] = Slice::load_step(weight_row, cols, lane, i * Slice::step);
            bias[i] = Slice::load_step(bias_row, cols, lane, i * Slice::step);
        }
    }
};

/* v becomes (v - mean) * rstd * weight + bias. */
template <class Slice>
__device__ __forceinline__ void
slice_normalize(float (&v)[Slice::size], const SliceWeights<Slice> &w, float mean, float rstd)
{
#pragma unroll
    for (int i = 0; i < Slice::size; i++) {
        const int s = i / Slice::step, k = i % Slice::step;
        v[i] = fmaf((v[i] - mean) * rstd, to_float(w.weight[s].v[k]), to_float(w.bias[s].v[k]));
    }
}

#endif
