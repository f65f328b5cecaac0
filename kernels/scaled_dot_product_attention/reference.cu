/*
 * Attention as FlagGems does it (src/flag_gems/ops/attention.py, _attn_fwd) where tl.dot does not
 * use tensor cores: float32 with allow_tf32=False, or any dtype on a device without them. For
 * float16 and bfloat16 on a GPU see reference_tensor_core.cu.
 *
 * A launch of two dimensions: tiles of 64 queries, heads; 64 keys a step, 8 warps, no stages. As in
 * FlagGems, the mask of the diagonal takes 10^6 off the scores in powers of 2, and weights are
 * rounded to the tensors' type for the second product (core_attention.cuh).
 */
#include "core_attention.cuh"

using Tile = CoreAttention<BENCH_T, DIM, true>;

extern "C" __global__ void __launch_bounds__(Tile::threads)
    attention_reference(const BENCH_T *q, const BENCH_T *k, const BENCH_T *v, BENCH_T *out,
                        int q_len, int kv_len, int dim, float scale_log2, int causal,
                        unsigned group)
{
    extern __shared__ __align__(16) float attention_floats[];
    const long long head = blockIdx.y, shared_head = blockIdx.y / group; /* of keys and values */
    Tile::run(attention_floats, q + head * q_len * dim, k + shared_head * kv_len * dim,
              v + shared_head * kv_len * dim, out + head * q_len * dim,
              static_cast<int>(blockIdx.x) * Tile::side, q_len, kv_len, dim, scale_log2,
              causal != 0);
}
