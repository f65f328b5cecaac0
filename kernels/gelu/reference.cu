/*
 * The algorithm of FlagGems' gelu (src/flag_gems/ops/gelu.py), as its pointwise code generator
 * (src/flag_gems/utils/pointwise_dynamic.py, codegen_config_utils.py) lays it out on NVIDIA GPUs:
 * a contiguous tensor is one dimension, cut into tiles of min(512, next power of two) elements; 4
 * warps a tile, so 4 neighbouring elements a thread; at most 65536 blocks, which stride over the
 * tiles. Triton's loads are vectors where it can prove alignment, that is where n is a multiple of
 * 16, and single elements otherwise. Constants and formulas are FlagGems'.
 */
#include "../common/convert.cuh"

struct alignas(4 * sizeof(BENCH_T)) Four {
    BENCH_T v[4];
};

__device__ __forceinline__ BENCH_T gelu_none(BENCH_T x)
{
    float v = to_float(x);
    return from_float<BENCH_T>(0.5f * v * (1.0f + erff(v * 0.7071067811f)));
}

__device__ __forceinline__ BENCH_T gelu_tanh(BENCH_T x)
{
    float v = to_float(x);
    float inner = v * 0.79788456f * (1.0f + 0.044715f * (v * v));
    return from_float<BENCH_T>(0.5f * v * (1.0f + tanhf(inner)));
}

__device__ __forceinline__ BENCH_T gelu_one(BENCH_T x, int approximate_tanh)
{
    return approximate_tanh ? gelu_tanh(x) : gelu_none(x);
}

__global__ void __launch_bounds__(128)
    gelu_tiles(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out, long long n, int tile,
               int approximate_tanh)
{
    const bool vectors = n % 16 == 0 && tile >= 4;
    for (long long begin = static_cast<long long>(blockIdx.x) * tile; begin < n;
         begin += static_cast<long long>(gridDim.x) * tile) {
        if (vectors) {
            const int offset = threadIdx.x * 4;
            if (offset < tile && begin + offset < n) {
                Four p = *reinterpret_cast<const Four *>(x + begin + offset);
#pragma unroll
                for (int i = 0; i < 4; i++) {
                    p.v[i] = gelu_one(p.v[i], approximate_tanh);
                }
                *reinterpret_cast<Four *>(out + begin + offset) = p;
            }
        } else {
            for (int offset = threadIdx.x; offset < tile; offset += blockDim.x) {
                if (begin + offset < n) {
                    out[begin + offset] = gelu_one(x[begin + offset], approximate_tanh);
                }
            }
        }
    }
}
