/*
 * Embedding as FlagGems does it (src/flag_gems/ops/embedding.py, embedding_kernel): weight[V][D],
 * indices[N] -> out[N][D]. One block of 4 warps (Triton's default) an output row, which it copies
 * as one masked tile of 2^k >= D elements. Triton knows D when it compiles and moves 16 bytes a
 * thread where D is a multiple of 16, single elements otherwise.
 */
#include "../common/pack.cuh"

extern "C" __global__ void __launch_bounds__(128)
    embedding_reference(const BENCH_T *weight, const long long *indices, BENCH_T *out,
                        long long columns)
{
    const BENCH_T *from = weight + indices[blockIdx.x] * columns;
    BENCH_T *to = out + blockIdx.x * columns;
    if (columns % 16 == 0 && is_packable(weight) && is_packable(out)) {
        constexpr int size = Pack<BENCH_T>::size;
#pragma unroll 4
        for (long long i = threadIdx.x * size; i < columns; i += 128 * size) {
            pack_store(to + i, pack_load(from + i));
        }
        return;
    }
#pragma unroll 4
    for (long long i = threadIdx.x; i < columns; i += 128) {
        to[i] = from[i];
    }
}
