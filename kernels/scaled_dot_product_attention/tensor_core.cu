/*
 * Attention on tensor cores, for short sequences: a block a tile of 16 * TILES * WARPS queries of a
 * head (attention_tile.cuh). With few queries a head, small tiles make enough blocks to fill a GPU;
 * with many, two tiles a warp halve what is read from shared memory.
 */
#include "attention_tile.cuh"
#include "head_tile.cuh"

using Tile = AttentionTile<BENCH_T, DIM, WARPS, KEYS, TILES>;

extern "C" __global__ void __launch_bounds__(Tile::threads, Tile::blocks)
    attention_tensor_core(const BENCH_T *q, const BENCH_T *k, const BENCH_T *v, BENCH_T *out,
                          int q_len, int kv_len, float scale_log2, int causal, unsigned group)
{
    extern __shared__ __align__(128) unsigned char attention_shared[];
    const HeadTile place = head_tile<SPREAD>((q_len - 1) / Tile::queries + 1);
    const long long head = place.head, shared_head = place.head / group; /* of keys and values */
    Tile::run(reinterpret_cast<BENCH_T *>(attention_shared), q + head * q_len * DIM,
              k + shared_head * kv_len * DIM, v + shared_head * kv_len * DIM,
              out + head * q_len * DIM, place.tile * Tile::queries, q_len, kv_len, scale_log2,
              causal != 0);
}
