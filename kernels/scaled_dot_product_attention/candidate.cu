/*
 * Attention on the ordinary cores, in true float32 whatever the tensors hold: a block a tile of
 * queries of a head (register_tile.cuh). Any head of up to 128 columns, any device. For float16 and
 * bfloat16 with 64 or 128 columns on a GPU, tensor_core.cu is the fast one.
 */
#include "head_tile.cuh"
#include "register_tile.cuh"

using Tile = RegisterTile<BENCH_T, DIM, ROWS>;

extern "C" __global__ void __launch_bounds__(Tile::threads, Tile::blocks)
    attention_candidate(const BENCH_T *q, const BENCH_T *k, const BENCH_T *v, BENCH_T *out,
                        int q_len, int kv_len, int dim, float scale_log2, int causal,
                        unsigned group)
{
    extern __shared__ __align__(16) float attention_floats[];
    const HeadTile place = head_tile<SPREAD>((q_len - 1) / Tile::queries + 1);
    const long long head = place.head, shared_head = place.head / group; /* of keys and values */
    Tile::run(attention_floats, q + head * q_len * dim, k + shared_head * kv_len * dim,
              v + shared_head * kv_len * dim, out + head * q_len * dim, place.tile * Tile::queries,
              q_len, kv_len, dim, scale_log2, causal != 0);
}
