/*
 * Attention as one would write it first: a block a query, all its scores in shared memory, then
 * softmax over them, then the weighted sum of the values. Room for scores ends at a multiple of 16
 * bytes, for the compiler reads the last ones with one load of 16 and leaves what is too much.
 */
#include "../common/reduce.cuh"

constexpr int block = 128;

extern "C" __global__ void __launch_bounds__(block)
    attention_plain(const BENCH_T *q, const BENCH_T *k, const BENCH_T *v, BENCH_T *out, int q_len,
                    int kv_len, int dim, float scale, int causal, int group)
{
    extern __shared__ float scores[];
    const long long head = blockIdx.x / q_len / group; /* of keys and values */
    const int query = static_cast<int>(blockIdx.x % q_len);
    const int seen = causal ? min(kv_len, query + 1) : kv_len;
    q += static_cast<long long>(blockIdx.x) * dim;
    out += static_cast<long long>(blockIdx.x) * dim;
    k += head * kv_len * dim;
    v += head * kv_len * dim;

    float max = Max::identity(), sum = 0.0f;
    for (int key = threadIdx.x; key < seen; key += block) {
        float score = 0.0f;
        for (int d = 0; d < dim; d++) {
            score = fmaf(to_float(q[d]), to_float(k[static_cast<long long>(key) * dim + d]), score);
        }
        scores[key] = score * scale;
        max = fmaxf(max, scores[key]);
    }
    max = group_reduce<block>(max, Max());
    for (int key = threadIdx.x; key < seen; key += block) {
        scores[key] = expf(scores[key] - max);
        sum += scores[key];
    }
    sum = group_reduce<block>(sum, Sum());
    __syncthreads();
    for (int d = threadIdx.x; d < dim; d += block) {
        float value = 0.0f;
        for (int key = 0; key < seen; key++) {
            value = fmaf(scores[key], to_float(v[static_cast<long long>(key) * dim + d]), value);
        }
        out[d] = from_float<BENCH_T>(value / sum);
    }
}
