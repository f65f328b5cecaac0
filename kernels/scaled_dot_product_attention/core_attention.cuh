/*
 * Attention of a tile of 64 queries on the ordinary cores, in true float32 whatever the tensors
 * hold: out[q_len][dim] = softmax(scale * q k^T) v for one head, row-major, dim <= Dim.
 *
 *   CoreAttention<T, Dim, Rounded>   Dim: 32, 64 or 128; zeros where dim is less
 *     threads        256
 *     shared_bytes   dynamic shared memory
 *     run(...)       queries first_query … first_query + 63; as AttentionTile::run
 *     Rounded        weights are rounded to T before they meet the values, and keys that a query
 *                    does not see get 10^6 less in the exponent instead of no weight: FlagGems'
 *
 * A step takes 64 keys. A thread has the scores of 4 queries and 4 keys, then the sums of the same
 * queries and Dim / 16 columns, all in registers; queries and keys lie transposed in shared memory,
 * so that operands are read as float4, and values take the keys' place. The 16 threads of a query
 * are neighbours in a warp, and find its maximum and sum with shuffles (online softmax).
 */
#ifndef BENCH_KERNELS_SCALED_DOT_PRODUCT_ATTENTION_CORE_ATTENTION_CUH
#define BENCH_KERNELS_SCALED_DOT_PRODUCT_ATTENTION_CORE_ATTENTION_CUH

#include "../common/convert.cuh"
#include "../common/reduce.cuh"

template <class T, int Dim, bool Rounded = false> struct CoreAttention {
    static constexpr int threads = 256;
    static constexpr int side = 64;   /* queries and keys of a tile */
    static constexpr int stride = 68; /* floats a row, of shared memory: a multiple of 4 */
    static constexpr int columns = Dim / 16;
    static constexpr int shared_bytes = (2 * Dim + side) * stride * 4;

    /* Rows first … first + 63 of x[rows][dim], as tile[Dim][64] or tile[64][Dim]. */
    template <bool Transposed>
    static __device__ __forceinline__ void load(float *tile, const T *x, int first, int rows,
                                                int dim)
    {
        for (int i = static_cast<int>(threadIdx.x); i < side * Dim; i += threads) {
            const int row = i / Dim, d = i % Dim;
            const bool valid = first + row < rows && d < dim;
            tile[Transposed ? d * stride + row : row * Dim + d] =
                valid ? to_float(x[static_cast<long long>(first + row) * dim + d]) : 0.0f;
        }
    }

    static __device__ __forceinline__ void score(float (&scores)[4][4], const float *queries,
                                                 const float *keys, int y, int x)
    {
#pragma unroll 8
        for (int d = 0; d < Dim; d++) {
            const float4 q = *reinterpret_cast<const float4 *>(queries + d * stride + y * 4);
            const float4 k = *reinterpret_cast<const float4 *>(keys + d * stride + x * 4);
            const float q_values[4] = {q.x, q.y, q.z, q.w}, k_values[4] = {k.x, k.y, k.z, k.w};
#pragma unroll
            for (int i = 0; i < 4; i++) {
#pragma unroll
                for (int j = 0; j < 4; j++) {
                    scores[i][j] = fmaf(q_values[i], k_values[j], scores[i][j]);
                }
            }
        }
    }

    /* Scores in powers of 2, masked. */
    static __device__ __forceinline__ void mask(float (&scores)[4][4], int query, int key,
                                                int kv_len, float scale_log2, bool causal)
    {
#pragma unroll
        for (int i = 0; i < 4; i++) {
#pragma unroll
            for (int j = 0; j < 4; j++) {
                scores[i][j] *= scale_log2;
                if (key + j >= kv_len) {
                    scores[i][j] = -infinity();
                } else if (causal && key + j > query + i) {
                    scores[i][j] = Rounded ? scores[i][j] - 1.0e6f : -infinity();
                }
            }
        }
    }

    /* From scores to weights, which go to shared memory; sums so far are brought up to date. */
    static __device__ __forceinline__ void weigh(float (&scores)[4][4], float (&max)[4],
                                                 float (&sum)[4], float (&sums)[4][columns],
                                                 float *weights, int y, int x)
    {
#pragma unroll
        for (int i = 0; i < 4; i++) {
            float higher =
                fmaxf(fmaxf(scores[i][0], scores[i][1]), fmaxf(scores[i][2], scores[i][3]));
            higher = fmaxf(max[i], warp_reduce<16>(higher, Max()));
            const float factor = exp2f(max[i] - higher);
            max[i] = higher;
            sum[i] *= factor;
#pragma unroll
            for (int c = 0; c < columns; c++) {
                sums[i][c] *= factor;
            }
#pragma unroll
            for (int j = 0; j < 4; j++) {
                const float weight = exp2f(scores[i][j] - higher);
                sum[i] += weight;
                weights[(x * 4 + j) * stride + y * 4 + i] =
                    Rounded ? to_float(from_float<T>(weight)) : weight;
            }
        }
    }

    static __device__ __forceinline__ void run(float *shared, const T *q, const T *k, const T *v,
                                               T *out, int first_query, int q_len, int kv_len,
                                               int dim, float scale_log2, bool causal)
    {
        float *queries = shared, *keys = shared + Dim * stride, *weights = keys + Dim * stride;
        float *values = keys;
        const int x = static_cast<int>(threadIdx.x) % 16, y = static_cast<int>(threadIdx.x) / 16;
        const int seen = causal ? min(kv_len, first_query + side) : kv_len;
        float max[4], sum[4] = {}, sums[4][columns] = {};
#pragma unroll
        for (int i = 0; i < 4; i++) {
            max[i] = -3.402823466e38f;
        }

        load<true>(queries, q, first_query, q_len, dim);
        for (int first_key = 0; first_key < seen; first_key += side) {
            load<true>(keys, k, first_key, kv_len, dim);
            __syncthreads();
            float scores[4][4] = {};
            score(scores, queries, keys, y, x);
            mask(scores, first_query + y * 4, first_key + x * 4, kv_len, scale_log2, causal);
            weigh(scores, max, sum, sums, weights, y, x);
            __syncthreads(); /* the keys have been read */
            load<false>(values, v, first_key, kv_len, dim);
            __syncthreads();
#pragma unroll 4
            for (int key = 0; key < side; key++) {
                const float4 w = *reinterpret_cast<const float4 *>(weights + key * stride + y * 4);
                const float w_values[4] = {w.x, w.y, w.z, w.w};
#pragma unroll
                for (int c = 0; c < columns; c++) {
                    const float value = values[key * Dim + c * 16 + x];
#pragma unroll
                    for (int i = 0; i < 4; i++) {
                        sums[i][c] = fmaf(w_values[i], value, sums[i][c]);
                    }
                }
            }
            __syncthreads(); /* values and weights have been read */
        }

#pragma unroll
        for (int i = 0; i < 4; i++) {
            const float inverse = 1.0f / warp_reduce<16>(sum[i], Sum());
            const int query = first_query + y * 4 + i;
#pragma unroll
            for (int c = 0; c < columns; c++) {
                if (query < q_len && c * 16 + x < dim) {
                    out[static_cast<long long>(query) * dim + c * 16 + x] =
                        from_float<T>(sums[i][c] * inverse);
                }
            }
        }
    }
};

#endif
