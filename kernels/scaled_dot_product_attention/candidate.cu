/*
 * Attention on the ordinary cores, in true float32 whatever the tensors hold: a block a tile of 64
 * queries of a head (core_attention.cuh). Any head of up to 128 columns, any device. For float16
 * and bfloat16 with 64 or 128 columns on a GPU, tensor_core.cu is the fast one.
 */
#include "core_attention.cuh"

using Tile = CoreAttention<BENCH_T, DIM>;

extern "C" __global__ void __launch_bounds__(Tile::threads)
    attention_candidate(const BENCH_T *q, const BENCH_T *k, const BENCH_T *v, BENCH_T *out,
                        int q_len, int kv_len, int dim, float scale_log2, int causal,
                        unsigned group)
{
    extern __shared__ __align__(16) float attention_floats[];
    const int tiles = (q_len - 1) / Tile::side + 1;
    const long long head = blockIdx.x / tiles;
    /* The last tiles have most to do if causal: they go first. */
    const int tile = tiles - 1 - static_cast<int>(blockIdx.x % tiles);
    const long long shared_head = blockIdx.x / tiles / group; /* of keys and values */
    Tile::run(attention_floats, q + head * q_len * dim, k + shared_head * kv_len * dim,
              v + shared_head * kv_len * dim, out + head * q_len * dim, tile * Tile::side, q_len,
              kv_len, dim, scale_log2, causal != 0);
}
