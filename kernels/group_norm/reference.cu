/*
 * FlagGems' group_norm_kernel (src/flag_gems/ops/groupnorm.py): a block of four warps a group,
 * which holds the whole group as one tile in registers, the next power of two of the channels by
 * that of their elements: mean, then the squared deviations, then the output. ELEMENTS is what a
 * thread holds, a macro, so that each size of a tile is a kernel with its own registers, as it is
 * in Triton. Accesses are vectors where Triton can prove alignment (`inner` a multiple of 16).
 */
#include "../common/pack.cuh"
#include "../common/reduce.cuh"

#define THREADS 128
#define WIDTH (16 / static_cast<int>(sizeof(BENCH_T)))

/* Of the thread's i-th element of the tile. */
struct Place {
    long long at; /* in the group */
    int channel;
    bool inside;
};

__device__ __forceinline__ Place place(int i, bool vectors, int log_inner, long long channels,
                                       long long inner)
{
    const int in_tile =
        vectors ? (i / WIDTH * THREADS + static_cast<int>(threadIdx.x)) * WIDTH + i % WIDTH
                : i * THREADS + static_cast<int>(threadIdx.x);
    const int channel = in_tile >> log_inner, element = in_tile & ((1 << log_inner) - 1);
    return {channel * inner + element, channel, channel < channels && element < inner};
}

__global__ void __launch_bounds__(THREADS)
    group_norm_kernel(const BENCH_T *__restrict__ x, const BENCH_T *__restrict__ weight,
                      const BENCH_T *__restrict__ bias, BENCH_T *__restrict__ out,
                      BENCH_T *__restrict__ mean, BENCH_T *__restrict__ rstd, long long groups,
                      long long channels, long long inner, int log_inner, float eps)
{
    const bool vectors = inner % 16 == 0 && is_packable(x) && is_packable(out);
    const long long cols = channels * inner, first = blockIdx.x % groups * channels;
    x += blockIdx.x * cols;
    out += blockIdx.x * cols;
    float v[ELEMENTS];
    float sum = 0.0f;
#pragma unroll
    for (int i = 0; i < ELEMENTS; i++) {
        if (vectors && i % WIDTH == 0) {
            const Place p = place(i, true, log_inner, channels, inner);
            Pack<BENCH_T> pack = {};
            if (p.inside) {
                pack = pack_load(x + p.at);
            }
#pragma unroll
            for (int k = 0; k < WIDTH; k++) {
                v[i + k] = to_float(pack.v[k]);
            }
        } else if (!vectors) {
            const Place p = place(i, false, log_inner, channels, inner);
            v[i] = p.inside ? to_float(x[p.at]) : 0.0f;
        }
        sum += v[i];
    }
    const float centre = group_reduce<THREADS>(sum, Sum()) / cols;
    float squares = 0.0f;
#pragma unroll
    for (int i = 0; i < ELEMENTS; i++) {
        v[i] = place(i, vectors, log_inner, channels, inner).inside ? v[i] - centre : 0.0f;
        squares += v[i] * v[i];
    }
    const float factor = rsqrtf(group_reduce<THREADS>(squares, Sum()) / cols + eps);
#pragma unroll
    for (int i = 0; i < ELEMENTS; i += WIDTH) {
        Pack<BENCH_T> pack = {};
#pragma unroll
        for (int k = 0; k < WIDTH; k++) {
            const Place p = place(i + k, vectors, log_inner, channels, inner);
            if (p.inside) {
                const float w = to_float(weight[first + p.channel]);
                const float b = to_float(bias[first + p.channel]);
                pack.v[k] = from_float<BENCH_T>(v[i + k] * factor * w + b);
                if (!vectors) {
                    out[p.at] = pack.v[k];
                }
            }
        }
        if (vectors && place(i, true, log_inner, channels, inner).inside) {
            pack_store(out + place(i, true, log_inner, channels, inner).at, pack);
        }
    }
    if (threadIdx.x == 0) {
        mean[blockIdx.x] = from_float<BENCH_T>(centre);
        rstd[blockIdx.x] = from_float<BENCH_T>(factor);
    }
}
