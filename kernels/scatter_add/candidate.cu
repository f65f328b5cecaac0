/*
 * scatter_add along rows that fit shared memory: a block keeps the sums of one row there, in
 * float32, adds all of its terms by atomic additions in shared memory, which neither go to L2 nor
 * wait for other blocks, and writes the row once, rounded once. Each tensor moves once, in one
 * launch; a copy followed by atomic additions to global memory moves the output twice more, and in
 * float16 and bfloat16 rounds each addition.
 */
#include "../common/pack.cuh"
#include "terms.cuh"

__device__ __forceinline__ void begin_packs(const BENCH_T *x, int width, float *sums)
{
    constexpr int size = Pack<BENCH_T>::size;

#pragma unroll 1 /* more would spill */
    for (int i = threadIdx.x * size; i < width; i += BLOCK * size) {
        const Pack<BENCH_T> p = pack_load(x + i);
#pragma unroll
        for (int k = 0; k < size; k++) {
            sums[i + k] = to_float(p.v[k]);
        }
    }
}

__device__ __forceinline__ void write_packs(const float *sums, int width, BENCH_T *out)
{
    constexpr int size = Pack<BENCH_T>::size;

#pragma unroll 1 /* more would spill */
    for (int i = threadIdx.x * size; i < width; i += BLOCK * size) {
        Pack<BENCH_T> p;
#pragma unroll
        for (int k = 0; k < size; k++) {
            p.v[k] = from_float<BENCH_T>(sums[i + k]);
        }
        pack_store(out + i, p);
    }
}

__global__ void __launch_bounds__(BLOCK)
    scatter_add_rows(const BENCH_T *__restrict__ x, const long long *__restrict__ index,
                     const BENCH_T *__restrict__ src, BENCH_T *__restrict__ out, long long cols,
                     int width)
{
    extern __shared__ __align__(16) float sums[];
    x += static_cast<long long>(blockIdx.x) * width;
    out += static_cast<long long>(blockIdx.x) * width;
    const bool packs = width % Pack<BENCH_T>::size == 0 && is_packable(x) && is_packable(out);
    add_terms<BLOCK, 2>(index + blockIdx.x * cols, src + blockIdx.x * cols, cols, sums, [&] {
        if (packs) {
            begin_packs(x, width, sums);
        } else {
            for (int i = threadIdx.x; i < width; i += BLOCK) {
                sums[i] = to_float(x[i]);
            }
        }
        __syncthreads();
    });
    __syncthreads();
    if (packs) {
        write_packs(sums, width, out);
    } else {
        for (int i = threadIdx.x; i < width; i += BLOCK) {
            out[i] = from_float<BENCH_T>(sums[i]);
        }
    }
}
