/*
 * Attention as FlagGems does it on tensor cores (src/flag_gems/ops/attention.py, _attn_fwd, after
 * Triton's tutorial on fused attention; tile sizes of its NVIDIA backend, tune_configs.yaml).
 *
 * A launch of two dimensions: tiles of 64 queries, heads. 4 warps; BLOCK_N keys a step, two stages
 * in flight; powers of 2; weights are rounded to the tensors' type for the second product, sums are
 * of unrounded weights. FlagGems runs over the keys below the diagonal first, then over those of
 * the tile's own diagonal with a mask; that is one loop here, which masks where it must
 * (attention_tile.cuh). On Hopper Triton uses wgmma, which plain sm_90 code cannot, so FlagGems
 * itself is faster there than this.
 */
#include "attention_tile.cuh"

using Tile = AttentionTile<BENCH_T, DIM, 4, BLOCK_N>;

extern "C" __global__ void __launch_bounds__(Tile::threads)
    attention_reference_tensor_core(const BENCH_T *q, const BENCH_T *k, const BENCH_T *v,
                                    BENCH_T *out, int q_len, int kv_len, float scale_log2,
                                    int causal, unsigned group)
{
    extern __shared__ __align__(128) unsigned char attention_shared[];
    const long long head = blockIdx.y, shared_head = blockIdx.y / group; /* of keys and values */
    Tile::run(reinterpret_cast<BENCH_T *>(attention_shared), q + head * q_len * DIM,
              k + shared_head * kv_len * DIM, v + shared_head * kv_len * DIM,
              out + head * q_len * DIM, static_cast<int>(blockIdx.x) * Tile::queries, q_len, kv_len,
              scale_log2, causal != 0);
}
