/*
 * Attention by its definition, in double, a block a query: scores of all keys in shared memory, the
 * greatest of them, and the weighted mean of the values. scale: the weighted mean of their
 * magnitudes; weights are between 0 and 1, and most implementations round them to the tensors' type
 * before they meet the values, so the rounding errors of an element are relative to that.
 */
#include "../common/convert.cuh"

extern "C" __global__ void attention_oracle(const BENCH_T *q, const BENCH_T *k, const BENCH_T *v,
                                            double *out, double *scale, long long q_len,
                                            long long kv_len, long long dim, double factor,
                                            int causal, long long group)
{
    extern __shared__ double scores[];
    const long long query = blockIdx.x % q_len;
    const long long head = blockIdx.x / q_len / group; /* of keys and values */
    const long long seen = causal && query + 1 < kv_len ? query + 1 : kv_len;
    for (long long key = threadIdx.x; key < seen; key += blockDim.x) {
        double score = 0;
        for (long long d = 0; d < dim; d++) {
            score +=
                to_double(q[blockIdx.x * dim + d]) * to_double(k[(head * kv_len + key) * dim + d]);
        }
        scores[key] = score * factor;
    }
    __syncthreads();
    double max = scores[0];
    for (long long key = 1; key < seen; key++) {
        max = scores[key] > max ? scores[key] : max;
    }
    for (long long d = threadIdx.x; d < dim; d += blockDim.x) {
        double sum = 0, value = 0, magnitude = 0;
        for (long long key = 0; key < seen; key++) {
            const double weight = exp(scores[key] - max);
            const double x = to_double(v[(head * kv_len + key) * dim + d]);
            sum += weight;
            value += weight * x;
            magnitude += weight * fabs(x);
        }
        out[blockIdx.x * dim + d] = value / sum;
        scale[blockIdx.x * dim + d] = magnitude / sum;
    }
}
