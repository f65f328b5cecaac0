/*
 * Attention by Hopper's wgmma, for short sequences: a block a tile of 64 * GROUPS queries of a head
 * (wgmma_attention.cuh). Large tiles read keys and values fewer times from the L2; small ones and
 * AHEAD = 0 let more blocks run at the same time, which fill one another's gaps. With AHEAD = 2 a
 * block has several tiles, and fills the gaps between them itself (wgmma_stream.cuh).
 */
#include "head_tile.cuh"
#include "wgmma_attention.cuh"
#include "wgmma_stream.cuh"

#if AHEAD == 2
using Tile = WgmmaStream<BENCH_T, DIM, GROUPS, KEYS, SPREAD>;
#else
using Tile = WgmmaAttention<BENCH_T, DIM, GROUPS, KEYS, STAGES, AHEAD>;
#endif

extern "C" __global__ void __launch_bounds__(Tile::threads, Tile::blocks)
    attention_wgmma(const BENCH_T *q, const BENCH_T *k, const BENCH_T *v, BENCH_T *out, int q_len,
                    int kv_len, float scale_log2, int causal, unsigned group, unsigned count)
{
    extern __shared__ __align__(1024) unsigned char attention_shared[];
    BENCH_T *const shared = reinterpret_cast<BENCH_T *>(attention_shared);
#if AHEAD == 2
    Tile::run(shared, q, k, v, out, {count, q_len, kv_len, group, causal != 0}, scale_log2);
#else
    const unsigned tiles = static_cast<unsigned>((q_len - 1) / Tile::queries + 1);
    const HeadTile place = head_tile<SPREAD>(tiles, blockIdx.x, count);
    const long long head = place.head, shared_head = place.head / group; /* of keys and values */
    Tile::run(shared, q + head * q_len * DIM, k + shared_head * kv_len * DIM,
              v + shared_head * kv_len * DIM, out + head * q_len * DIM, place.tile * Tile::queries,
              q_len, kv_len, scale_log2, causal != 0);
#endif
}
