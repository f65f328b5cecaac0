/*
 * FlagGems' topk (src/flag_gems/ops/topk.py), for Triton without its language extensions:
 *
 * - rows of less than 4096 elements (topk_single_stage_kernel; TILE > 0): a block of four warps
 *   sorts the whole row, padded to the next power of two, by a bitonic network of values and
 *   indices, and stores the first k. Triton moves the halves of each exchange through shared memory
 *   or shuffles, as its layout has them; here all go through shared memory;
 * - longer rows in two stages: a block of four warps takes the k largest of each chunk of 1024, one
 *   after the other, each by a maximum over the chunk and the first place where it is
 *   (topk_stage1_kernel); then a block takes the k largest of those of all chunks in the same way,
 *   all of them held in registers, ELEMENTS a thread (topk_stage2_kernel).
 *
 * Values are compared as float32. Which of equal elements comes first is not defined.
 */
#include "../common/reduce.cuh"

#define THREADS 128
#define CHUNK 1024

#if TILE > 0
__global__ void __launch_bounds__(THREADS)
    topk_single_stage(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ values,
                      long long *__restrict__ indices, long long cols, int k)
{
    __shared__ float value[TILE];
    __shared__ int id[TILE];
    x += blockIdx.x * cols;
#pragma unroll 1
    for (int i = threadIdx.x; i < TILE; i += THREADS) {
        value[i] = i < cols ? to_float(x[i]) : -infinity();
        id[i] = i < cols ? i : -1;
    }
#pragma unroll 1
    for (int size = 2; size <= TILE; size *= 2) {
#pragma unroll 1
        for (int distance = size / 2; distance > 0; distance /= 2) {
            __syncthreads();
#pragma unroll 1
            for (int pair = threadIdx.x; pair < TILE / 2; pair += THREADS) {
                const int left = 2 * pair - (pair & (distance - 1)), right = left + distance;
                const bool flip = size == TILE || (left & size) != 0; /* descending in the end */
                if ((value[left] > value[right]) != flip) {
                    const float v = value[left];
                    const int i = id[left];
                    value[left] = value[right];
                    id[left] = id[right];
                    value[right] = v;
                    id[right] = i;
                }
            }
        }
    }
    __syncthreads();
#pragma unroll 1
    for (int i = threadIdx.x; i < k; i += THREADS) {
        values[static_cast<long long>(blockIdx.x) * k + i] = from_float<BENCH_T>(value[i]);
        indices[static_cast<long long>(blockIdx.x) * k + i] = id[i];
    }
}
#else

/* The first place of the block's `Each` values a thread that is available and holds `value`; 0 if
 * there is none, as Triton's argmin gives. Element i of a thread is at i * THREADS + threadIdx.x.
 */
template <int Each>
__device__ __forceinline__ int first_place(const float (&v)[Each], unsigned long long available,
                                           float value)
{
    float place = Each * THREADS; /* exact: at most 8192 */
#pragma unroll
    for (int i = Each - 1; i >= 0; i--) {
        if ((available >> i & 1) != 0 && v[i] == value) {
            place = static_cast<float>(i * THREADS + threadIdx.x);
        }
    }
    const float first = -group_reduce<THREADS>(-place, Max());
    return first < Each * THREADS ? static_cast<int>(first) : 0;
}

template <int Each> __device__ __forceinline__ float largest(const float (&v)[Each])
{
    float max = v[0];
#pragma unroll
    for (int i = 1; i < Each; i++) {
        max = fmaxf(max, v[i]);
    }
    return group_reduce<THREADS>(max, Max());
}

template <int Each>
__device__ __forceinline__ void take_out(float (&v)[Each], unsigned long long &available, int place)
{
#pragma unroll
    for (int i = 0; i < Each; i++) {
        if (place == i * THREADS + static_cast<int>(threadIdx.x)) {
            v[i] = -infinity();
            available &= ~(1ull << i);
        }
    }
}

__global__ void __launch_bounds__(THREADS)
    topk_stage1(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ values,
                long long *__restrict__ indices, long long cols, int k)
{
    constexpr int each = CHUNK / THREADS;
    const long long begin = static_cast<long long>(blockIdx.y) * CHUNK;
    const long long list = (static_cast<long long>(blockIdx.x) * gridDim.y + blockIdx.y) * k;
    float v[each];
    unsigned long long available = 0;
#pragma unroll
    for (int i = 0; i < each; i++) {
        const long long at = begin + i * THREADS + threadIdx.x;
        v[i] = at < cols ? to_float(x[blockIdx.x * cols + at]) : -infinity();
        available |= static_cast<unsigned long long>(at < cols) << i;
    }
    for (int r = 0; r < k; r++) {
        const float value = largest(v);
        const int place = first_place(v, available, value);
        if (threadIdx.x == 0) {
            values[list + r] = from_float<BENCH_T>(value);
            indices[list + r] = begin + place;
        }
        take_out(v, available, place);
    }
}

__global__ void __launch_bounds__(THREADS)
    topk_stage2(const BENCH_T *__restrict__ chunk_values,
                const long long *__restrict__ chunk_indices, BENCH_T *__restrict__ values,
                long long *__restrict__ indices, int count, int k)
{
    chunk_values += static_cast<long long>(blockIdx.x) * count;
    chunk_indices += static_cast<long long>(blockIdx.x) * count;
    float v[ELEMENTS];
    unsigned long long available = 0;
#pragma unroll
    for (int i = 0; i < ELEMENTS; i++) {
        const int at = i * THREADS + static_cast<int>(threadIdx.x);
        v[i] = at < count ? to_float(chunk_values[at]) : -infinity();
        available |= static_cast<unsigned long long>(at < count) << i;
    }
    for (int r = 0; r < k; r++) {
        const float value = largest(v);
        const int place = first_place(v, available, value);
        if (threadIdx.x == 0) {
            values[static_cast<long long>(blockIdx.x) * k + r] = from_float<BENCH_T>(value);
            indices[static_cast<long long>(blockIdx.x) * k + r] = chunk_indices[place];
        }
        take_out(v, available, place);
    }
}
#endif
