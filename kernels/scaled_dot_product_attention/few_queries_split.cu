/*
 * Attention of at most 8 queries a head where few heads share many keys: a block a head would leave
 * most of the GPU idle, so keys are cut into parts, a block each (few_queries.cuh), and a second
 * launch merges their sums. partial[row][part] is, for each query of each head, `dim` sums of
 * weighted values, the maximum that they are relative to, and the sum of the weights.
 */
#include "few_queries.cuh"

#define MERGE_THREADS 128

struct StorePart {
    float *partial;
    int part, parts, dim;

    __device__ __forceinline__ void operator()(int row, int d, float value, float max,
                                               float sum) const
    {
        float *to = partial + (static_cast<long long>(row) * parts + part) * (dim + 2);
        to[d] = value;
        if (d == 0) {
            to[dim] = max;
            to[dim + 1] = sum;
        }
    }
};

extern "C" __global__ void __launch_bounds__(THREADS)
    attention_parts(const BENCH_T *__restrict__ q, const BENCH_T *__restrict__ k,
                    const BENCH_T *__restrict__ v, float *__restrict__ partial, int q_len,
                    int kv_len, int dim, float scale_log2, int group, int chunk, int parts)
{
    const int rows = q_len * group; /* that share a head of keys and values */
    const int tiles = (rows - 1) / ROWS + 1;
    const int part = static_cast<int>(blockIdx.x % parts), begin = part * chunk;
    const int first_row = static_cast<int>(blockIdx.x / parts % tiles) * ROWS;
    const long long head = blockIdx.x / parts / tiles;
    const StorePart store = {partial + head * rows * parts * (dim + 2), part, parts, dim};
    FewQueries<BENCH_T, DIM, ROWS, KEYS, THREADS>::run(
        q + head * rows * dim, k + head * kv_len * dim, v + head * kv_len * dim, first_row, rows,
        q_len, begin, min(begin + chunk, kv_len), dim, scale_log2, false, store);
}

/* A block a query. */
extern "C" __global__ void __launch_bounds__(MERGE_THREADS)
    attention_merge(const float *__restrict__ partial, BENCH_T *__restrict__ out, int dim,
                    int parts)
{
    partial += static_cast<long long>(blockIdx.x) * parts * (dim + 2);
    out += static_cast<long long>(blockIdx.x) * dim;
    for (int d = static_cast<int>(threadIdx.x); d < dim; d += MERGE_THREADS) {
        float max = lowest_score(), sum = 0.0f, value = 0.0f;
        for (int part = 0; part < parts; part++) {
            max = fmaxf(max, partial[part * (dim + 2) + dim]);
        }
#pragma unroll 4
        for (int part = 0; part < parts; part++) {
            const float *from = partial + part * (dim + 2);
            const float factor = exp2_of_negative(from[dim] - max);
            sum += from[dim + 1] * factor;
            value += from[d] * factor;
        }
        out[d] = from_float<BENCH_T>(value / sum);
    }
}
