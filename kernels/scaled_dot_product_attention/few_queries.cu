/*
 * Attention of at most 8 queries a head, as in decoding: a block a head of keys and values
 * (few_queries.cuh), or several where more than ROWS queries share them. Any head of up to 128
 * columns, any dtype.
 */
#include "few_queries.cuh"

struct StoreMean {
    BENCH_T *out;
    int dim;

    __device__ __forceinline__ void operator()(int row, int d, float value, float, float sum) const
    {
        out[static_cast<long long>(row) * dim + d] = from_float<BENCH_T>(value / sum);
    }
};

/* With one query, 24 warps a multiprocessor should fit: they keep the memory busy. */
constexpr int blocks = ROWS == 1 ? 768 / THREADS : 1;

extern "C" __global__ void __launch_bounds__(THREADS, blocks)
    attention_few_queries(const BENCH_T *__restrict__ q, const BENCH_T *__restrict__ k,
                          const BENCH_T *__restrict__ v, BENCH_T *__restrict__ out, int q_len,
                          int kv_len, int dim, float scale_log2, int causal, int group)
{
    const int rows = q_len * group; /* that share a head of keys and values */
    const int tiles = (rows - 1) / ROWS + 1;
    const long long head = blockIdx.x / tiles;
    const int first_row = static_cast<int>(blockIdx.x % tiles) * ROWS;
    const StoreMean store = {out + head * rows * dim, dim};
    FewQueries<BENCH_T, DIM, ROWS, KEYS, THREADS>::run(
        q + head * rows * dim, k + head * kv_len * dim, v + head * kv_len * dim, first_row, rows,
        q_len, 0, causal ? min(q_len, kv_len) : kv_len, dim, scale_log2, causal != 0, store);
}
