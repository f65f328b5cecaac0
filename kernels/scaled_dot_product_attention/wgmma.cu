/*
 * Attention by Hopper's wgmma, for short sequences: a block a tile of 64 * GROUPS queries of a head
 * (wgmma_attention.cuh). Large tiles read keys and values fewer times from the L2; small ones and
 * AHEAD = 0 let more blocks run at the same time, which fill one another's gaps.
 */
#include "head_tile.cuh"
#include "wgmma_attention.cuh"

using Tile = WgmmaAttention<BENCH_T, DIM, GROUPS, KEYS, STAGES, AHEAD>;

extern "C" __global__ void __launch_bounds__(Tile::threads, Tile::blocks)
    attention_wgmma(const BENCH_T *q, const BENCH_T *k, const BENCH_T *v, BENCH_T *out, int q_len,
                    int kv_len, float scale_log2, int causal, unsigned group)
{
    extern __shared__ __align__(1024) unsigned char attention_shared[];
    const HeadTile place = head_tile<SPREAD>((q_len - 1) / Tile::queries + 1);
    const long long head = place.head, shared_head = place.head / group; /* of keys and values */
    Tile::run(reinterpret_cast<BENCH_T *>(attention_shared), q + head * q_len * DIM,
              k + shared_head * kv_len * DIM, v + shared_head * kv_len * DIM,
              out + head * q_len * DIM, place.tile * Tile::queries, q_len, kv_len, scale_log2,
              causal != 0);
}
