/*
 * FlagGems' cross_entropy_loss (src/flag_gems/fused/cross_entropy_loss.py) with class indices and
 * without weights or label smoothing, for logits of two dimensions:
 *
 * - celoss_indices_kernel: a block of four warps a row, tiles of BLOCK_C classes. Each element of
 *   the tile has a running maximum, which begins at 0, and a running sum of exponentials (one
 *   exponential to rescale and one to add for each number); they are merged at the end. The row's
 *   loss and its weight, 1 or 0, go to memory.
 * - sum_and_scale: one block of four warps adds up both, in tiles of MEAN_TILE rows.
 *
 * BLOCK_C and MEAN_TILE are tuned, as FlagGems tunes them (BLOCK_D is 1 where there are no further
 * dimensions). Loads are vectors where Triton can prove alignment, that is where the columns are a
 * multiple of 16. Without a mean FlagGems converts the losses to the tensor's dtype in a launch of
 * its own; here they are converted where they are computed.
 */
#include "../common/pack.cuh"
#include "../common/reduce.cuh"

#define THREADS 128
#define ELEMENTS (BLOCK_C / THREADS)
#define MOST_WIDE (16 / static_cast<int>(sizeof(BENCH_T)))
#define WIDTH (ELEMENTS < MOST_WIDE ? ELEMENTS : MOST_WIDE)

struct alignas(WIDTH * sizeof(BENCH_T)) Vector {
    BENCH_T v[WIDTH];
};

/* The tile's elements of this thread; -infinity beyond the row's end. */
__device__ __forceinline__ void load_tile(const BENCH_T *x, long long count, bool vectors,
                                          float (&v)[ELEMENTS])
{
    if (vectors) {
#pragma unroll
        for (int i = 0; i < ELEMENTS; i += WIDTH) {
            const int at = (i / WIDTH * THREADS + static_cast<int>(threadIdx.x)) * WIDTH;
            Vector p = {};
            if (at < count) {
                p = *reinterpret_cast<const Vector *>(x + at);
            }
#pragma unroll
            for (int k = 0; k < WIDTH; k++) {
                v[i + k] = at < count ? to_float(p.v[k]) : -infinity();
            }
        }
    } else {
#pragma unroll
        for (int i = 0; i < ELEMENTS; i++) {
            const int at = i * THREADS + static_cast<int>(threadIdx.x);
            v[i] = at < count ? to_float(x[at]) : -infinity();
        }
    }
}

template <class Out>
__device__ __forceinline__ void celoss_indices(const BENCH_T *x, const long long *target, Out *out,
                                               float *weight, long long cols,
                                               long long ignore_index)
{
    const bool vectors = cols % 16 == 0 && is_packable(x);
    const long long t = target[blockIdx.x];
    x += blockIdx.x * cols;
    float max[ELEMENTS] = {}, sum[ELEMENTS] = {}, v[ELEMENTS];
    for (long long begin = 0; begin < cols; begin += BLOCK_C) {
        load_tile(x + begin, cols - begin, vectors, v);
#pragma unroll
        for (int i = 0; i < ELEMENTS; i++) {
            const float higher = fmaxf(max[i], v[i]);
            sum[i] = sum[i] * expf(max[i] - higher) + expf(v[i] - higher);
            max[i] = higher;
        }
    }
    float highest = max[0];
#pragma unroll
    for (int i = 1; i < ELEMENTS; i++) {
        highest = fmaxf(highest, max[i]);
    }
    highest = group_reduce<THREADS>(highest, Max());
    float all = 0.0f;
#pragma unroll
    for (int i = 0; i < ELEMENTS; i++) {
        all += sum[i] * expf(max[i] - highest);
    }
    all = group_reduce<THREADS>(all, Sum());
    if (threadIdx.x == 0) {
        const float counts = t == ignore_index ? 0.0f : 1.0f;
        /* FlagGems reads the logit of an ignored target too; here one that is no class is not. */
        const float at_target = t >= 0 && t < cols ? to_float(x[t]) : 0.0f;
        out[blockIdx.x] = from_float<Out>((logf(all) + highest - at_target) * counts);
        if (weight != nullptr) {
            weight[blockIdx.x] = counts;
        }
    }
}

__global__ void __launch_bounds__(THREADS)
    celoss_indices_kernel(const BENCH_T *__restrict__ x, const long long *__restrict__ target,
                          float *__restrict__ loss, float *__restrict__ weight, long long cols,
                          long long ignore_index)
{
    celoss_indices(x, target, loss, weight, cols, ignore_index);
}

__global__ void __launch_bounds__(THREADS)
    celoss_indices_converted(const BENCH_T *__restrict__ x, const long long *__restrict__ target,
                             BENCH_T *__restrict__ out, long long cols, long long ignore_index)
{
    celoss_indices(x, target, out, nullptr, cols, ignore_index);
}

#ifdef MEAN_TILE
__global__ void __launch_bounds__(THREADS)
    sum_and_scale(const float *__restrict__ loss, const float *__restrict__ weight,
                  BENCH_T *__restrict__ out, long long rows)
{
    constexpr int each = MEAN_TILE > THREADS ? MEAN_TILE / THREADS : 1;
    float sum = 0.0f, scale = 0.0f;
    for (long long begin = 0; begin < rows; begin += MEAN_TILE) {
#pragma unroll
        for (int i = 0; i < each; i++) {
            const int in_tile = i * THREADS + static_cast<int>(threadIdx.x);
            if (in_tile < MEAN_TILE && begin + in_tile < rows) {
                sum += loss[begin + in_tile];
                scale += weight[begin + in_tile];
            }
        }
    }
    sum = group_reduce<THREADS>(sum, Sum());
    scale = group_reduce<THREADS>(scale, Sum());
    if (threadIdx.x == 0) {
        *out = from_float<BENCH_T>(sum / scale);
    }
}
#endif
