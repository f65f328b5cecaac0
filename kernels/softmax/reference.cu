/*
 * The algorithm of FlagGems' softmax_kernel_inner (src/flag_gems/ops/softmax.py, with the
 * heuristics of runtime/backend/_nvidia/heuristics_config_utils.py): one block a row.
 *
 * - Up to 32768 columns, one tile: the next power of two, 4 warps below 2048, 8 below 4096, 16 from
 *   there; the row is held in registers, ELEMENTS of it a thread (a macro, so that each tile size
 *   is a kernel with its own registers, as it is in Triton).
 * - Beyond: tiles of 4096 and 16 warps. A running maximum and sum for each element of the tile, one
 *   exponential to rescale and one to add for each number; then they are merged, and a second pass
 *   goes over the tiles from the last to the first.
 *
 * Triton's loads are vectors of 16 bytes where it can prove alignment (columns a multiple of 16),
 * single elements otherwise.
 */
#include "../common/convert.cuh"
#include "../common/pack.cuh"
#include "../common/reduce.cuh"

#define PACK (16 / static_cast<int>(sizeof(BENCH_T)))

/* Reductions of blocks whose size is known at launch only. */
template <class Op> __device__ __forceinline__ float block_reduce(float value, Op op)
{
    __shared__ float partial[16];
    const int warps = blockDim.x / 32;
    value = warp_reduce<32>(value, op);
    __syncthreads();
    if (threadIdx.x % 32 == 0) {
        partial[threadIdx.x / 32] = value;
    }
    __syncthreads();
    value = static_cast<int>(threadIdx.x % 32) < warps ? partial[threadIdx.x % 32] : Op::identity();
    return warp_reduce<32>(value, op);
}

/* Where the thread's i-th element of a tile is: runs of a pack if vectors are used. */
__device__ __forceinline__ int place(int i, bool vectors)
{
    return vectors ? (i / PACK * blockDim.x + threadIdx.x) * PACK + i % PACK
                   : i * blockDim.x + threadIdx.x;
}

__device__ __forceinline__ void load_tile(const BENCH_T *x, long long count, bool vectors,
                                          float (&v)[ELEMENTS])
{
    if (vectors) {
#pragma unroll
        for (int i = 0; i < ELEMENTS; i += PACK) {
            Pack<BENCH_T> p;
            const bool inside = place(i, true) < count;
            if (inside) {
                p = pack_load(x + place(i, true));
            }
#pragma unroll
            for (int k = 0; k < PACK; k++) {
                v[i + k] = inside ? to_float(p.v[k]) : -infinity();
            }
        }
    } else {
#pragma unroll
        for (int i = 0; i < ELEMENTS; i++) {
            v[i] = place(i, false) < count ? to_float(x[place(i, false)]) : -infinity();
        }
    }
}

__device__ __forceinline__ void store_tile(BENCH_T *out, long long count, bool vectors,
                                           const float (&v)[ELEMENTS])
{
    if (vectors) {
#pragma unroll
        for (int i = 0; i < ELEMENTS; i += PACK) {
            if (place(i, true) < count) {
                Pack<BENCH_T> p;
#pragma unroll
                for (int k = 0; k < PACK; k++) {
                    p.v[k] = from_float<BENCH_T>(v[i + k]);
                }
                pack_store(out + place(i, true), p);
            }
        }
    } else {
#pragma unroll
        for (int i = 0; i < ELEMENTS; i++) {
            if (place(i, false) < count) {
                out[place(i, false)] = from_float<BENCH_T>(v[i]);
            }
        }
    }
}

__device__ __forceinline__ float max_of(const float (&v)[ELEMENTS])
{
    float max = v[0];
#pragma unroll
    for (int i = 1; i < ELEMENTS; i++) {
        max = fmaxf(max, v[i]);
    }
    return block_reduce(max, Max());
}

__device__ __forceinline__ float sum_of(const float (&v)[ELEMENTS])
{
    float sum = 0.0f;
#pragma unroll
    for (int i = 0; i < ELEMENTS; i++) {
        sum += v[i];
    }
    return block_reduce(sum, Sum());
}

__device__ __forceinline__ void one_tile(const BENCH_T *x, BENCH_T *out, long long cols,
                                         bool vectors)
{
    float v[ELEMENTS];
    load_tile(x, cols, vectors, v);
    const float m = max_of(v);
#pragma unroll
    for (int i = 0; i < ELEMENTS; i++) {
        v[i] = expf(v[i] - m);
    }
    const float z = sum_of(v);
#pragma unroll
    for (int i = 0; i < ELEMENTS; i++) {
        v[i] = v[i] / z;
    }
    store_tile(out, cols, vectors, v);
}

__device__ __forceinline__ void many_tiles(const BENCH_T *x, BENCH_T *out, long long cols, int tile,
                                           bool vectors)
{
    float m[ELEMENTS], z[ELEMENTS], v[ELEMENTS];
#pragma unroll
    for (int i = 0; i < ELEMENTS; i++) {
        m[i] = -infinity();
        z[i] = 0.0f;
    }
    for (long long begin = 0; begin < cols; begin += tile) {
        load_tile(x + begin, cols - begin, vectors, v);
#pragma unroll
        for (int i = 0; i < ELEMENTS; i++) {
            const float higher = fmaxf(m[i], v[i]);
            if (higher != -infinity()) {
                z[i] = z[i] * expf(m[i] - higher) + expf(v[i] - higher);
            }
            m[i] = higher;
        }
    }
    const float m_all = max_of(m);
#pragma unroll
    for (int i = 0; i < ELEMENTS; i++) {
        z[i] *= expf(m[i] - m_all);
    }
    const float z_all = sum_of(z);
    for (long long begin = (cols - 1) / tile * tile; begin >= 0; begin -= tile) {
        load_tile(x + begin, cols - begin, vectors, v);
#pragma unroll
        for (int i = 0; i < ELEMENTS; i++) {
            v[i] = expf(v[i] - m_all) / z_all;
        }
        store_tile(out + begin, cols - begin, vectors, v);
    }
}

__global__ void __launch_bounds__(512)
    softmax_inner(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out, long long cols,
                  int tile)
{
    const bool vectors = cols % 16 == 0;
    x += blockIdx.x * cols;
    out += blockIdx.x * cols;
    if (tile >= cols) {
        one_tile(x, out, cols, vectors);
    } else if constexpr (ELEMENTS == 8) {
        many_tiles(x, out, cols, tile, vectors);
    }
}
